"""Arithmetic on sorted spans of time: pure functions, seconds in and out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TypeVar

from coachai.records import Span

S = TypeVar("S", bound=Span)


def merged(spans: Iterable[Span], gap: float = 0.0) -> tuple[Span, ...]:
    """Union of spans, sorted and disjoint; neighbours at most `gap` seconds apart are joined."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start):
        if joined and span.start <= joined[-1].end + gap:
            last = joined[-1]
            joined[-1] = Span(start=last.start, end=max(last.end, span.end))
        else:
            joined.append(Span(start=span.start, end=span.end))
    return tuple(joined)


def intersected(left: Iterable[Span], right: Iterable[Span]) -> tuple[Span, ...]:
    """The time that lies in both, sorted and disjoint."""
    first, second = merged(left), merged(right)
    shared: list[Span] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start = max(first[i].start, second[j].start)
        end = min(first[i].end, second[j].end)
        if start < end:
            shared.append(Span(start=start, end=end))
        if first[i].end <= second[j].end:
            i += 1
        else:
            j += 1
    return tuple(shared)


def subtracted(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """The time in `spans` that is not in `taken`, sorted and disjoint."""
    left: list[Span] = []
    holes = merged(taken)
    passed = 0  # holes that end before the span at hand, and so before all later ones
    for span in merged(spans):
        start = span.start
        while passed < len(holes) and holes[passed].end <= start:
            passed += 1
        for hole in islice(holes, passed, None):
            if hole.start >= span.end:
                break
            if hole.start > start:
                left.append(Span(start=start, end=hole.start))
            start = max(start, hole.end)
        if start < span.end:
            left.append(Span(start=start, end=span.end))
    return tuple(left)


def total(spans: Iterable[Span]) -> float:
    """Seconds covered, time that lies in several spans counted once."""
    return sum(span.duration for span in merged(spans))


def shared_seconds(span: Span, spans: Sequence[Span]) -> float:
    """Seconds of `span` that are covered by `spans`."""
    return total(intersected([span], spans))


def finder(spans: Iterable[S]) -> Callable[[Span], list[S]]:
    """A look-up of the spans that share time with a given one, in order of start; for many look-ups."""
    ordered = sorted(spans, key=lambda each: each.start)
    starts = [each.start for each in ordered]
    longest = max((each.duration for each in ordered), default=0.0)

    def touching(span: Span) -> list[S]:
        first = bisect_left(starts, span.start - longest)
        last = bisect_left(starts, span.end)
        return [each for each in ordered[first:last] if each.end > span.start]

    return touching
