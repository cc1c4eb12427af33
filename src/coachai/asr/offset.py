"""How far the clock of a caption file is off: captions of a recording that was cut at its beginning, or that
a tool shows late throughout, fit once all of them are moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coachai.asr.importing.found import Cue
from coachai.records import Span

STEP = 0.1
"""Seconds: how finely shifts are tried; the laying finds the rest."""

FURTHEST = 60.0
"""Seconds: no larger shift is looked for."""

SMALLEST = 0.5
"""Seconds: smaller shifts are left to the laying."""

CLEARER = 0.08
"""How much better (in correlation) the best shift must be than none and than any other 3 s away. Composed
lessons, shifted by 1.5 and 5 s: at least 0.1 better; captions of another lesson: at most 0.05."""

ELSEWHERE = 3.0
DENSEST = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """`late` is how late the captions are (s, 0 where that is not clear); `doubtful`: no shift fits well."""

    late: float
    doubtful: bool


def fitted(cues: Sequence[Cue], speech: Sequence[Span]) -> Fit:
    """The shift at which the captions' words fall best on speech, by correlation in steps of STEP."""
    last = speech[-1].end + 2 * FURTHEST if speech else 0.0
    cues = [cue for cue in cues if cue.start < last]
    if not cues:
        return Fit(late=0.0, doubtful=False)
    steps = round(min(last, max(speech[-1].end, *(cue.end for cue in cues))) / STEP) + 1
    said = _profile(cues, [float(len(cue.text)) for cue in cues], steps)
    heard = _profile(speech, [span.duration for span in speech], steps)
    reach = min(round(FURTHEST / STEP), steps - 1)
    found = _correlated(np.minimum(said, DENSEST * np.median(said[said > 0])), heard, reach)
    best, here = int(found.argmax()), float(found[reach])
    away = np.abs(np.arange(len(found)) - best) > ELSEWHERE / STEP
    other = float(found[away].max()) if away.any() else 0.0
    clear = found[best] - other >= CLEARER
    late = (best - reach) * STEP
    if clear and abs(late) >= SMALLEST and found[best] - here >= CLEARER / 2:
        return Fit(late=late, doubtful=False)
    return Fit(late=0.0, doubtful=len(cues) >= 40 and not clear and here < 2 * CLEARER)


def moved(cues: Sequence[Cue], late: float) -> tuple[Cue, ...]:
    """The cues and their words `late` seconds earlier; what then lies before the beginning is gone."""
    return tuple(
        replace(
            cue,
            start=max(0.0, cue.start - late),
            end=cue.end - late,
            words=tuple(
                replace(word, start=max(0.0, word.start - late), end=max(0.0, word.end - late))
                for word in cue.words
            ),
        )
        for cue in cues
        if cue.end - late > 0
    )


def _profile(spans: Sequence[Span], weights: Sequence[float], steps: int) -> NDArray[np.float64]:
    """Each span's weight spread over its time."""
    edges = np.zeros(steps + 1)
    for span, weight in zip(spans, weights, strict=True):
        first = min(int(span.start / STEP), steps - 1)
        last = min(max(int(span.end / STEP), first + 1), steps)
        edges[first] += weight / (last - first)
        edges[last] -= weight / (last - first)
    return np.maximum(np.cumsum(edges)[:-1], 0.0)


def _correlated(said: NDArray[np.float64], heard: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Correlation at each shift from -reach to reach steps (positive: `said` comes late)."""
    said, heard = said - said.mean(), heard - heard.mean()
    size = 1 << (2 * len(said) - 1).bit_length()
    whole = np.fft.irfft(np.fft.rfft(said, size) * np.conj(np.fft.rfft(heard, size)), size)
    shifts = np.arange(-reach, reach + 1)
    power = float(np.sqrt(np.sum(said**2) * np.sum(heard**2)))
    return np.asarray(whole[shifts % size] / max(power, 1e-12))
