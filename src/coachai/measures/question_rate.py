"""Question rate: how often the teacher asks.

Definition: the teacher's questions in 10 minutes of whole-class time, and in 1,000 of the teacher's
words. Tags such as "okay?" are left out.
How computed: questions are sentences that ask, by their marks or by a rule where there are none.
Whole-class time is the recording without missing sound, group work (several voices for 10 seconds or
more) and silences of more than 20 seconds.
Limits: without marks nearly half of the questions can be missed; the interval says so. A number of
questions says nothing about their quality.
Source: TalkMoves corpus: 36 question marks in 1,000 teacher words (27 to 45), tags included.
"""

from __future__ import annotations

from coachai.measures.measure import (
    Measure,
    cannot_say,
    labelled,
    moment,
    question_sample,
)
from coachai.mishearing import errors_of
from coachai.records import Excluded, Measurement, Transcript
from coachai.turns import whole_class_seconds
from coachai.uncertainty import count, interval

LEAST_SECONDS = 60.0
"""Less whole-class time than this carries no rate."""

LEAST_WORDS = 100
"""Fewer words than this carry no rate."""


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Questions in 10 minutes, and in 1,000 teacher words."""
    asked = labelled(transcript, "teacher", "question")
    questions = [each for each in asked if not each.has("tag")]
    tags = tuple(
        Excluded(start=each.start, end=each.end, reason="a tag such as 'okay?'")
        for each in asked
        if each.has("tag")
    )
    moments = tuple(moment(each, "question") for each in questions)
    n = len(questions)
    low, high = interval(question_sample(transcript, questions), count, float(n))
    whole = whole_class_seconds(transcript)
    words = sum(len(each.text.split()) for each in transcript.utterances if each.role == "teacher")
    spread = errors_of(transcript).words
    rates = (
        ("question_rate", "per 10 min", 600 / whole if whole >= LEAST_SECONDS else None, 0.0),
        (
            "questions_per_1000_words",
            "per 1000 words",
            1000 / words if words >= LEAST_WORDS else None,
            spread,
        ),
    )
    few = {"question_rate": "Less than a minute of whole-class time is too little for a rate."}
    measurements = []
    for name, unit, factor, off in rates:
        if factor is None:
            note = few.get(name, f"We understood only {words} of the teacher's words, too few for a rate.")
            measurements.append(cannot_say(name, unit, note, n=n, moments=moments, excluded=tags))
            continue
        measurements.append(
            Measurement(
                measure=name,
                value=n * factor,
                low=low * factor / (1 + off),
                high=high * factor * (1 + off),
                unit=unit,
                n=n,
                moments=moments,
                excluded=tags,
            )
        )
    return tuple(measurements)


MEASURE = Measure(
    name="question_rate",
    yields={
        "question_rate": "Questions in ten minutes",
        "questions_per_1000_words": "Questions in a thousand words",
    },
    rests_on="teacher_words",
    compute=compute,
)
