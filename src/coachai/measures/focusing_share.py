"""Focusing: whether the teacher follows up on students' thinking or leads them to an answer.

Definition: a follow-up focuses when it asks about what the student thinks, and funnels when it leads by
steps to the answer the teacher has in mind (Wood 1998; Herbel-Eisenmann and Breyfogle 2005). The value is
the number of focusing follow-ups, divided by focusing and funneling ones together.
How computed: by the model that reads a student's turn (five words or more) with the teacher's turn after it;
most follow-ups are neither and are not in this number.
Limits: without the model, or where it agrees too little with people, there is no share. Funneling has its
place; a share says nothing of whether it was the right one.
Source: Alic et al. 2022 (questions that raters called focusing or funneling).
"""

from __future__ import annotations

from coachai.chances import drift_of, is_read
from coachai.measures.measure import (
    MOMENTS_ONLY,
    SHARE_NEEDS,
    UNCHECKED,
    Labelled,
    Measure,
    cannot_say,
    counts,
    hinted,
    in_order,
    labelled,
    moment,
    span_of,
    told_by_a_person,
)
from coachai.readings import FOLLOW_UPS, probabilities_of
from coachai.records import Measurement, Transcript, Utterance
from coachai.uncertainty import share_of_either

NO_MODEL = "Only a model that reads exchanges can tell, and this report was made without one."

_FOCUSING = Labelled(
    role="teacher",
    name="focusing",
    moment="asks about a student's thinking",
    with_student=True,
)
_FUNNELING = Labelled(
    role="teacher",
    name="funneling",
    moment="leads to an answer",
    with_student=True,
)


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Focusing follow-ups among those that focus or funnel, 0 to 1."""
    name, unit = "focusing_share", "share"
    if not is_read(transcript, "focusing"):
        return (cannot_say(name, unit, NO_MODEL),)
    focusing, funneling = (labelled(transcript, "teacher", each) for each in FOLLOW_UPS)
    moments = in_order(
        (moment(span_of(transcript, each, _FOCUSING), _FOCUSING.moment) for each in focusing),
        (moment(span_of(transcript, each, _FUNNELING), _FUNNELING.moment) for each in funneling),
        hinted(transcript, _FOCUSING),
    )
    n = len(focusing) + len(funneling)
    checked = [counts(transcript, each) for each in FOLLOW_UPS]
    if not all(checked):
        note = UNCHECKED if None in checked else MOMENTS_ONLY
        return (cannot_say(name, unit, note, n=n, moments=moments),)
    if n < SHARE_NEEDS:
        note = f"A share needs at least {SHARE_NEEDS} follow-ups; we can tell of {n}."
        return (cannot_say(name, unit, note, n=n, moments=moments),)
    value = len(focusing) / n
    answers = [each for each in transcript.utterances if each.role == "teacher"]
    chances = [_either(each) for each in answers]
    low, high = share_of_either([each for each in chances if sum(each)], drift_of(FOLLOW_UPS), value)
    return (Measurement(measure=name, value=value, low=low, high=high, unit=unit, n=n, moments=moments),)


def _either(utterance: Utterance) -> tuple[float, float]:
    """The chances that a follow-up focuses and that it funnels; certain where a person said so."""
    for place, name in enumerate(FOLLOW_UPS):
        if told_by_a_person(utterance, name):
            return (1.0, 0.0) if place == 0 else (0.0, 1.0)
    denied = {each.name for each in utterance.labels if each.probability == 0}
    read = {name: chance for name, chance in probabilities_of(utterance).items() if name not in denied}
    return read.get("focusing", 0.0), read.get("funneling", 0.0)


MEASURE = Measure(
    name="focusing_share",
    yields={"focusing_share": "Follow-ups on students' thinking"},
    rests_on="student_words",
    compute=compute,
)
