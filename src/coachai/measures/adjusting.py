"""Adjusting after an error: the teacher notices an error and answers it.

Definition: the teacher marks or answers a student's error; the moment begins with what the student said.
How computed: a rule on the teacher's words after a student's turn; the value is the number of such
sentences.
Limits: not checked against people. Whether the teaching changed because of the error only a person can
tell; these are moments to look at.
Source: checking for understanding as in Danielson 3d; the rule is our own.
"""

from __future__ import annotations

from coachai.measures.measure import Labelled, Measure, count_labelled
from coachai.records import Measurement, Transcript

_ADJUSTS_AFTER_ERROR = Labelled(
    role="teacher", name="corrects_error", moment="answers an error", with_student=True
)


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """How many there are, each a moment."""
    return (count_labelled(transcript, "adjusts_after_error", _ADJUSTS_AFTER_ERROR),)


MEASURE = Measure(
    name="adjusting",
    yields={"adjusts_after_error": "You answer an error"},
    rests_on="teacher_words",
    compute=compute,
)
