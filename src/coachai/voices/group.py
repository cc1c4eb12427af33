"""Group work: stretches in which several voices go at once, from the chance that they do moment by moment.

An answer that runs into a question is two voices, too, but for a moment. In group work most moments of many
seconds have several voices, with breaths between them, and the teacher's voice now and then.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coachai.records import Span
from coachai.timeline import merged
from coachai.voices.projection import Array

SHORTEST = 3.0
"""Seconds that several voices must go on for."""

_AROUND = 3.0  # seconds over which the chance is averaged: a word or two
_BEGINS, _ENDS = 0.5, 0.3  # mean chance at which a stretch is one, and down to which it goes on
_BREATH = 1.5  # seconds of quiet or of one voice that a stretch may hold


def several_at_once(times: Array, chance: Array, *, begins: float = _BEGINS) -> tuple[Span, ...]:
    """Where several voices go at once, from the `chance` (n,) of it at `times` (n,) seconds, evenly spaced.

    `times` may leave out where nobody speaks: a gap of up to a second and a half is bridged, a longer one
    ends a stretch. `begins` is the mean chance at which a stretch is one; it goes on while the mean is above
    three fifths of that. Stretches are sorted and disjoint, at least SHORTEST long.
    """
    if not len(times):
        return ()
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    mean = _average(times, chance)
    found: list[Span] = []
    for first, last in _runs(times, mean >= begins * _ENDS / _BEGINS, step):
        if mean[first : last + 1].max() >= begins:
            start = max(0.0, float(times[first]) - step / 2)
            found.append(Span(start=start, end=float(times[last]) + step / 2))
    return tuple(span for span in merged(found, gap=_BREATH) if span.duration >= SHORTEST)


def _average(times: Array, chance: Array) -> Array:
    """The mean chance (n,) of the moments within half of `_AROUND` to either side."""
    sums = np.append(0.0, np.cumsum(chance))
    first = np.searchsorted(times, times - _AROUND / 2)
    last = np.searchsorted(times, times + _AROUND / 2, side="right")
    found: Array = (sums[last] - sums[first]) / (last - first)
    return found


def _runs(times: Array, holds: NDArray[np.bool_], step: float) -> list[tuple[int, int]]:
    """First and last index of each run of moments in a row that hold."""
    runs: list[tuple[int, int]] = []
    for k in np.flatnonzero(holds):
        if runs and runs[-1][1] == k - 1 and times[k] - times[k - 1] <= _BREATH + step:
            runs[-1] = (runs[-1][0], int(k))
        else:
            runs.append((int(k), int(k)))
    return runs
