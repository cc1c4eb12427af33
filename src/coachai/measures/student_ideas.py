"""Building on student ideas: the teacher takes up what a student just said.

Definition: restating repeats a student's words and adds nothing; revoicing repeats and adds or changes;
uptake builds on the student's words in any of these ways or by asking further (TalkMoves; Demszky 2021).
How computed: restating by the words that the teacher's sentence shares with the student's turn before it;
revoicing and uptake by the model that reads talk moves, where it is installed, else by shared words too.
Restating and revoicing are counted where the model is installed; uptake is moments only, the likeliest
first. Each moment has the student's words in front.
Limits: both voices must be understood. Shared words are not yet a use of the idea, and a teacher can
build on an idea without sharing a word. Rubrics ask for instances, never for a quantity (MQI).
Source: TalkMoves coding manual; Demszky et al. 2021; MQI.
"""

from __future__ import annotations

from coachai.measures.measure import Labelled, Measure, count_or_moments, only_moments
from coachai.records import Measurement, Transcript

_RESTATING = Labelled(
    role="teacher",
    name="restating",
    moment="restates a student",
    with_student=True,
    perhaps="a student's words said again",
)
_REVOICING = Labelled(
    role="teacher",
    name="revoicing",
    moment="revoices a student",
    with_student=True,
    perhaps="a student's words put in your own",
)
_UPTAKE = Labelled(role="teacher", name="uptake", moment="takes up a student's words", with_student=True)


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Restating and revoicing as counts where a model read them, else as moments; uptake as moments."""
    return (
        count_or_moments(transcript, "restating", _RESTATING),
        count_or_moments(transcript, "revoicing", _REVOICING),
        only_moments(transcript, "uptake", _UPTAKE),
    )


MEASURE = Measure(
    name="student_ideas",
    yields={
        "restating": "You say a student's words again",
        "revoicing": "You put a student's words in your own",
        "uptake": "You build on a student's words",
    },
    rests_on="student_words",
    compute=compute,
)
