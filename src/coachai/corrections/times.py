"""Times that a person gave an utterance: they cross no neighbour, and speech follows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coachai.records import Span, Transcript, Utterance
from coachai.timeline import finder, merged, shared_seconds, subtracted

HAIR = 0.0015
"""Seconds: times are kept in whole milliseconds."""


def clashes(
    heard: Transcript, made: Sequence[Utterance], changed: Sequence[int]
) -> Iterator[tuple[int, int, str]]:
    """Why the new time of an utterance cannot be, where it cannot: (utterance, the one it crosses, reason).

    It may not begin before the one before it or after the one after it, nor speak over anybody for longer
    than it was heard to, nor lie where the recording ends or has no sound.
    """
    if not changed:
        return
    others = finder([_Placed(start=each.start, end=each.end, place=k) for k, each in enumerate(made)])
    for k in changed:
        before, now = heard.utterances[k], made[k]
        if now.end > heard.duration + HAIR:
            yield k, k, f"ends at {now.end:g} s, after the recording's end at {heard.duration:g} s"
        elif shared_seconds(now, heard.missing) > shared_seconds(before, heard.missing) + HAIR:
            yield k, k, "lies where the recording has no sound"
        else:
            yield from ((k, each, _crossing(made[each])) for each in _passed(made, k))
            yield from (
                (k, each.place, _crossing(made[each.place]))
                for each in others(now)
                if each.place != k
                and _shared(now, each) > _shared(before, heard.utterances[each.place]) + HAIR
            )


def _passed(made: Sequence[Utterance], k: int) -> Iterator[int]:
    """The neighbours whose beginning an utterance has passed."""
    if k > 0 and made[k].start < made[k - 1].start:
        yield k - 1
    if k + 1 < len(made) and made[k].start > made[k + 1].start:
        yield k + 1


def _crossing(other: Utterance) -> str:
    return f"runs into the sentence from {other.start:g} to {other.end:g} s"


def speech_with(heard: Transcript, made: Sequence[Utterance], changed: Sequence[int]) -> tuple[Span, ...]:
    """The stretches of speech once these utterances have moved: what they left is none, unless others
    speak there, and what they now fill is."""
    if not changed:
        return heard.speech
    left = subtracted([heard.utterances[k] for k in changed], made)
    return merged([*subtracted(heard.speech, left), *(made[k] for k in changed)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed(Span):
    """An utterance's time with its place in the list."""

    place: int


def _shared(one: Span, other: Span) -> float:
    return max(0.0, min(one.end, other.end) - max(one.start, other.start))
