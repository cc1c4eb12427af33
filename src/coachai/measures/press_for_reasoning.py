"""Press for reasoning: the teacher asks why, how somebody knows, or for an explanation.

Definition: the teacher presses a student to explain, justify or connect ideas (TalkMoves, "pressing for
reasoning").
How computed: by the model that reads talk moves, where it is installed: the value is the number of such
sentences. Without it by a rule on the words, together with a question mark or an invitation: moments only.
Limits: rules find most presses but are often wrong (9 in 10 found, 3 in 10 right on TalkMoves), and a
lesson has about one in a thousand words. The model was trained on mathematics lessons.
Source: TalkMoves coding manual (Suresh et al. 2022).
"""

from __future__ import annotations

from coachai.measures.measure import Labelled, Measure, count_or_moments
from coachai.records import Measurement, Transcript

_PRESS_FOR_REASONING = Labelled(
    role="teacher",
    name="press_for_reasoning",
    moment="press for reasoning",
    with_student=True,
    perhaps="a press for reasoning",
)


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """How many there are where a model read them, else the moments without a number."""
    return (count_or_moments(transcript, "press_for_reasoning", _PRESS_FOR_REASONING),)


MEASURE = Measure(
    name="press_for_reasoning",
    yields={"press_for_reasoning": "You press for reasons"},
    rests_on="teacher_words",
    compute=compute,
)
