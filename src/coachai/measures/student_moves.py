"""Student moves: what students do in their own sentences.

Definition: a student's sentence that makes a claim, asks for more information, or relates to what another
student said (TalkMoves); giving reasons has a number of its own.
How computed: by the model that reads talk moves; the values are numbers of sentences, each a moment.
Limits: without the model there is no number. Recognisers and microphones lose children's words, so there
are likely more. Whether a claim is right, or a question good, only a person can tell.
Source: TalkMoves coding manual (Suresh et al. 2022).
"""

from __future__ import annotations

from coachai.chances import is_read
from coachai.measures.measure import Labelled, Measure, cannot_say, count_read
from coachai.records import Measurement, Transcript

NO_MODEL = "Only the model that reads talk moves can tell, and this report was made without it."

_MOVES = {
    "student_claims": Labelled(
        role="student", name="making_a_claim", moment="makes a claim", perhaps="a claim"
    ),
    "student_questions": Labelled(
        role="student",
        name="asking_for_more_information",
        moment="asks for more",
        perhaps="a student who asks for more",
    ),
    "student_relating": Labelled(
        role="student",
        name="relating_to_another_student",
        moment="relates to another student",
        perhaps="a student who relates to another",
        with_student=True,
    ),
}


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """How many of each there are, each a moment."""
    if not is_read(transcript, "making_a_claim"):
        return tuple(cannot_say(name, "count", NO_MODEL) for name in MEASURE.yields)
    return tuple(count_read(transcript, name, label) for name, label in _MOVES.items())


MEASURE = Measure(
    name="student_moves",
    yields={
        "student_claims": "Students make claims",
        "student_questions": "Students ask for more",
        "student_relating": "Students relate to each other's ideas",
    },
    rests_on="student_words",
    compute=compute,
)
