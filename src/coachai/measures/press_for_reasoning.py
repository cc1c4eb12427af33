"""Press for reasoning: the teacher asks why, how somebody knows, or for an explanation.

Definition: the teacher presses a student to explain, justify or connect ideas (TalkMoves, "pressing for
reasoning").
How computed: a rule on the words, together with a question mark or an invitation; moments only.
Limits: such rules find most presses but are often wrong (9 in 10 found, 3 in 10 right on TalkMoves), and
a lesson has about one in a thousand words. So there are moments to look at and no number.
Source: TalkMoves coding manual (Suresh et al. 2022).
"""

from __future__ import annotations

from coachai.measures.measure import Labelled, Measure, only_moments
from coachai.records import Measurement, Transcript

_PRESS_FOR_REASONING = Labelled(
    role="teacher", name="press_for_reasoning", moment="press for reasoning", with_student=True
)


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """The moments, without a number."""
    return (only_moments(transcript, "press_for_reasoning", _PRESS_FOR_REASONING),)


MEASURE = Measure(
    name="press_for_reasoning",
    yields={"press_for_reasoning": "You press for reasons"},
    rests_on="teacher_words",
    compute=compute,
)
