"""Longest teacher stretch: the longest time the teacher talks without a break.

Definition: teacher talk that no student, no several voices and no pause of 3 seconds or more breaks; a
student's "mm-hm" does not break it.
How computed: from who speaks when; the value is the length of the longest such stretch in seconds, which
is the moment.
Limits: a student's word that the microphone missed makes a stretch too long. Long talk has its place.
Source: turns as in conversation analysis; the 3 seconds are Stahl's.
"""

from __future__ import annotations

from collections.abc import Sequence

from coachai.measures.measure import Measure, cannot_say, moment
from coachai.mishearing import errors_of
from coachai.records import Measurement, Span, Transcript, Utterance
from coachai.turns import WITHIN_RESPONSE_GAP, floor_turns
from coachai.uncertainty import longest_run, surest


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """The longest uninterrupted teacher talk (s)."""
    name, unit = "longest_teacher_stretch", "s"
    talk = [turn.utterances for turn in floor_turns(transcript) if turn.role == "teacher"]
    stretches = [stretch for said in talk for stretch in _unbroken(said)]
    if not stretches:
        return (cannot_say(name, unit, "We heard no teacher talk."),)
    spans = [Span(start=each[0].start, end=max(u.end for u in each)) for each in stretches]
    best = max(spans, key=lambda each: each.duration)
    low, high = _interval(transcript, stretches, best.duration)
    return (
        Measurement(
            measure=name,
            value=best.duration,
            low=low,
            high=high,
            unit=unit,
            n=len(spans),
            moments=(moment(best, "teacher talk"),),
        ),
    )


def _unbroken(said: Sequence[Utterance]) -> list[list[Utterance]]:
    stretches: list[list[Utterance]] = []
    for each in said:
        if stretches and each.start - stretches[-1][-1].end < WITHIN_RESPONSE_GAP:
            stretches[-1].append(each)
        else:
            stretches.append([each])
    return stretches


def _interval(
    transcript: Transcript, stretches: Sequence[Sequence[Utterance]], value: float
) -> tuple[float, float]:
    """Breaks that are none join two stretches; sentences that are a student's break one."""
    slip, sure = errors_of(transcript).slip, surest(transcript)
    seconds: list[float] = []
    joins: list[float] = []
    breaks: list[float] = []
    previous: Utterance | None = None
    for stretch in stretches:
        for i, each in enumerate(stretch):
            pause = 0.0 if previous is None else max(0.0, each.start - previous.end)
            near = previous is not None and pause < 2 * WITHIN_RESPONSE_GAP
            joins.append(1 - slip / 10 if i else slip if near else 0.0)
            seconds.append(each.duration + (pause if near else 0.0))
            breaks.append(min(1.0, (1 - each.role_confidence / sure) / 2 + slip / 10))
            previous = each
    return longest_run(seconds, joins, breaks, value)


MEASURE = Measure(
    name="teacher_stretch",
    yields={"longest_teacher_stretch": "Your longest stretch of talk"},
    rests_on="sound",
    compute=compute,
)
