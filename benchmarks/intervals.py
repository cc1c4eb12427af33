"""Do the 90 % intervals hold? Lessons recomposed from observed stretches, with the truth beside each.

Every lesson is cut where both the truth and the observation are silent; a recomposed lesson is a random
draw of such stretches (without repetition) from lessons of one condition. All errors of hearing stay in
their place, so an interval meets the errors that it will meet in use; what changes is the lesson.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from benchmarks.scoring import Scored, Truth, as_transcript
from coachai.measures import MEASURES
from coachai.records import Measurement, Span, Transcript
from coachai.timeline import merged, subtracted

MEASURED = ("wait_time_1", "talk_ratio", "question_rate")
STRETCH = 15.0
"""Seconds: a stretch is at least this long."""
PAUSE = 0.3
"""Seconds of silence, true and observed, around a cut."""

Timed = TypeVar("Timed", bound=Span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """For one source of words: measure -> (share covered, median width, lessons with an interval)."""

    source: str
    figures: dict[str, tuple[float, float, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of a lesson: where it stands and which lesson it is from."""

    row: Scored
    start: float
    end: float


def coverage(source: str, rows: Sequence[Scored], lessons: int, seed: int = 0) -> Coverage:
    """Recompose `lessons` lessons and count how often the interval holds the true value."""
    rng = np.random.default_rng(seed)
    conditions = sorted({row.truth.condition for row in rows})
    pools = {
        name: [piece for row in rows if row.truth.condition == name for piece in stretches(row)]
        for name in conditions
    }
    held: dict[str, list[bool]] = {name: [] for name in MEASURED}
    widths: dict[str, list[float]] = {name: [] for name in MEASURED}
    for number in range(lessons):
        pool = pools[conditions[number % len(conditions)]]
        count = max(2, round(len(pool) * rng.uniform(0.35, 0.65)))
        heard, true = joined([pool[k] for k in rng.choice(len(pool), size=count, replace=False)])
        told, known = measured(heard), measured(true)
        for name in MEASURED:
            low, high, value = told[name].low, told[name].high, known[name].value
            if low is not None and high is not None and value is not None:
                held[name].append(low - 1e-9 <= value <= high + 1e-9)
                widths[name].append(high - low)
    figures = {
        name: (float(np.mean(held[name])), float(np.median(widths[name])), len(held[name]))
        for name in MEASURED
        if held[name]
    }
    return Coverage(source=source, figures=figures)


def measured(transcript: Transcript) -> dict[str, Measurement]:
    """The measurements whose intervals are checked."""
    wanted = [each for each in MEASURES if set(each.yields) & set(MEASURED)]
    return {one.measure: one for each in wanted for one in each.compute(transcript)}


def stretches(row: Scored) -> list[Stretch]:
    """Cut a lesson in the middle of common silences, at least STRETCH seconds apart."""
    busy = merged([*row.truth.utterances, *row.heard.utterances, *row.heard.speech])
    whole = Span(start=0.0, end=row.truth.duration)
    cuts = [0.0]
    for pause in subtracted([whole], busy):
        middle = (pause.start + pause.end) / 2
        if pause.duration >= PAUSE and middle - cuts[-1] >= STRETCH:
            cuts.append(middle)
    return [
        Stretch(row=row, start=start, end=end)
        for start, end in zip(cuts, [*cuts[1:], whole.end], strict=True)
    ]


def joined(pieces: Sequence[Stretch]) -> tuple[Transcript, Transcript]:
    """(what was heard, what is true) of the stretches one after the other."""
    length = sum(piece.end - piece.start for piece in pieces)
    heard = pieces[0].row.heard
    heard = replace(
        heard,
        duration=length,
        utterances=_laid(pieces, lambda piece: piece.row.heard.utterances),
        speech=_laid(pieces, lambda piece: piece.row.heard.speech),
        overlap=_laid(pieces, lambda piece: piece.row.heard.overlap),
        missing=(),
    )
    truth = Truth(
        lesson="recomposed",
        condition=pieces[0].row.truth.condition,
        duration=length,
        utterances=_laid(pieces, lambda piece: piece.row.truth.utterances),
    )
    return heard, as_transcript(truth)


def _laid(pieces: Sequence[Stretch], spans_of: Callable[[Stretch], Sequence[Timed]]) -> tuple[Timed, ...]:
    laid: list[Timed] = []
    clock = 0.0
    for piece in pieces:
        for span in spans_of(piece):
            start, end = max(span.start, piece.start), min(span.end, piece.end)
            if start < end:
                shift = clock - piece.start
                laid.append(_moved(span, start + shift, end + shift, shift))
        clock += piece.end - piece.start
    return tuple(laid)


def _moved(span: Timed, start: float, end: float, shift: float) -> Timed:
    words = tuple(
        replace(word, start=word.start + shift, end=word.end + shift) for word in getattr(span, "words", ())
    )
    return replace(span, start=start, end=end, **({"words": words} if words else {}))
