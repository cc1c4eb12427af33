"""Whole-class elicitations: the teacher asks everyone for a response.

Definition: the teacher asks for a response from every student at once: hands, thumbs, boards, a chorus.
How computed: a rule on the teacher's words; the value is the number of such sentences, each a moment.
Limits: what students showed is not heard, and the rule has not been checked against people. Whether the
teacher used what students showed only a person can tell.
Source: checking for understanding as in Danielson 3d; the rule is our own.
"""

from __future__ import annotations

from coachai.measures.measure import Labelled, Measure, count_labelled
from coachai.records import Measurement, Transcript

_WHOLE_CLASS_ELICITATIONS = Labelled(role="teacher", name="whole_class", moment="asks everyone")


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """How many there are, each a moment."""
    return (count_labelled(transcript, "whole_class_elicitations", _WHOLE_CLASS_ELICITATIONS),)


MEASURE = Measure(
    name="whole_class_elicitations",
    yields={"whole_class_elicitations": "You ask everyone to respond"},
    rests_on="teacher_words",
    compute=compute,
)
