"""Question rate: how often the teacher asks.

Definition: the teacher's questions in 10 minutes of whole-class time, and in 1,000 of the teacher's
words. Tags such as "okay?" are left out.
How computed: questions are sentences that ask, by their marks; where there are none, by the model that
reads the words, if it is installed, else by a rule.
Whole-class time is the recording without missing sound, group work (several voices for 10 seconds or
more) and silences of more than 20 seconds. Where a person named stretches of group or independent work,
these and what was asked in them are left out.
Limits: without marks and without the model nearly half of the questions can be missed; the interval says
so. A number of questions says nothing about their quality.
Source: TalkMoves corpus: 36 question marks in 1,000 teacher words (27 to 45), tags included.
"""

from __future__ import annotations

from coachai.chances import is_read, tally_of
from coachai.measures.measure import (
    MOMENTS_ONLY,
    UNCHECKED,
    Labelled,
    Measure,
    cannot_say,
    counts,
    hinted,
    in_order,
    labelled,
    moment,
    question_sample,
)
from coachai.mishearing import errors_of
from coachai.records import Excluded, Measurement, Transcript
from coachai.turns import to_the_class, whole_class_seconds
from coachai.uncertainty import count, interval, tallied

LEAST_SECONDS = 60.0
"""Less whole-class time than this carries no rate."""

LEAST_WORDS = 100
"""Fewer words than this carry no rate."""

_QUESTION = Labelled(role="teacher", name="question", moment="question", perhaps="a question")


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Questions in 10 minutes, and in 1,000 teacher words."""
    aside, transcript = _asked_aside(transcript)
    asked = labelled(transcript, "teacher", "question")
    questions = [each for each in asked if not each.has("tag")]
    left_out = aside + tuple(
        Excluded(start=each.start, end=each.end, reason="a tag such as 'okay?'")
        for each in asked
        if each.has("tag")
    )
    moments = tuple(moment(each, "question") for each in questions)
    n = len(questions)
    read = is_read(transcript, "question")
    if read:
        told = [each for each in transcript.utterances if not each.has("tag")]
        low, high = tallied(tally_of(transcript, "teacher", ("question",), told), float(n))
        moments = in_order(moments, hinted(transcript, _QUESTION))
    else:
        low, high = interval(question_sample(transcript, questions), count, float(n))
    reason = ""
    if read and not (checked := counts(transcript, "question")):
        reason = UNCHECKED if checked is None else MOMENTS_ONLY
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
        if factor is None or reason:
            note = reason or few.get(
                name, f"We understood only {words} of the teacher's words, too few for a rate."
            )
            measurements.append(cannot_say(name, unit, note, n=n, moments=moments, excluded=left_out))
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
                excluded=left_out,
            )
        )
    return tuple(measurements)


def _asked_aside(transcript: Transcript) -> tuple[tuple[Excluded, ...], Transcript]:
    """What was asked where people say that students work apart, and the transcript without these parts."""
    to_all = to_the_class(transcript)
    kept = set(map(id, to_all.utterances))
    aside = tuple(
        Excluded(start=each.start, end=each.end, reason="asked in group work or independent work")
        for each in labelled(transcript, "teacher", "question")
        if id(each) not in kept
    )
    return aside, to_all


MEASURE = Measure(
    name="question_rate",
    yields={
        "question_rate": "Questions in ten minutes",
        "questions_per_1000_words": "Questions in a thousand words",
    },
    rests_on="teacher_words",
    compute=compute,
)
