"""Student reasoning: students give reasons.

Definition: a student's sentence that gives evidence or a reason (TalkMoves, "providing evidence or
reasoning").
How computed: by the model that reads talk moves, where it is installed, else by a rule on words such as
because, if, so, first, in sentences of eight words or more; the value is the number of such sentences, each
a moment.
Limits: the rule reached F1 .63 on transcripts of mathematics lessons; recognisers lose children's words,
so there are likely more. Whether a reason is right only a person can tell.
Source: TalkMoves coding manual (Suresh et al. 2022).
"""

from __future__ import annotations

from coachai.measures.measure import Labelled, Measure, count_labelled
from coachai.records import Measurement, Transcript

_STUDENT_REASONING = Labelled(role="student", name="reasoning", moment="gives a reason", perhaps="a reason")


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """How many there are, each a moment."""
    return (count_labelled(transcript, "student_reasoning", _STUDENT_REASONING),)


MEASURE = Measure(
    name="student_reasoning",
    yields={"student_reasoning": "Students give reasons"},
    rests_on="student_words",
    compute=compute,
)
