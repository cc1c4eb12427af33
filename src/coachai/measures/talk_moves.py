"""Talk moves: what the teacher does with what is said, and in which part of the lesson.

Definition: moves of accountable talk (TalkMoves): keeping everyone together, getting students to relate to
another's ideas, restating, revoicing, pressing for accuracy, pressing for reasoning; a sentence makes one
at most. Restating, revoicing and pressing for reasoning have numbers of their own elsewhere.
How computed: by the model that reads talk moves (restating by shared words); the values are numbers of
sentences. The beginning, the middle and the end of the lesson each have a third of the whole-class time,
and count all moves that agree with people well enough to be counted.
Limits: without the model there is no number. It was trained on mathematics lessons in English. More moves
are not better: each is good in its place.
Source: TalkMoves coding manual (Suresh et al. 2022); accountable talk (Michaels, O'Connor and Resnick 2008).
"""

from __future__ import annotations

from collections.abc import Sequence

from coachai.chances import is_read, tally_of
from coachai.measures.measure import (
    Labelled,
    Measure,
    cannot_say,
    count_read,
    counts,
    moment,
)
from coachai.readings import TEACHER_MOVES
from coachai.records import Measurement, Span, Transcript, Utterance
from coachai.turns import thirds, whole_class_seconds
from coachai.uncertainty import tallied

PARTS = ("beginning", "middle", "end")

LEAST_SECONDS = 180.0
"""Less whole-class time than a minute a part has no beginning, middle and end."""

MOVES = {
    "keeping_everyone_together": "keeps everyone together",
    "getting_students_to_relate": "gets students to relate to an idea",
    "restating": "restates a student",
    "revoicing": "revoices a student",
    "press_for_accuracy": "press for accuracy",
    "press_for_reasoning": "press for reasoning",
}
"""What a moment of each move is called."""

NO_MODEL = "Only the model that reads talk moves can tell, and this report was made without it."

_OWN = (
    Labelled(
        role="teacher",
        name="keeping_everyone_together",
        moment=MOVES["keeping_everyone_together"],
        perhaps="keeping everyone together",
    ),
    Labelled(
        role="teacher",
        name="getting_students_to_relate",
        moment=MOVES["getting_students_to_relate"],
        with_student=True,
        perhaps="getting students to relate to an idea",
    ),
    Labelled(
        role="teacher",
        name="press_for_accuracy",
        moment=MOVES["press_for_accuracy"],
        with_student=True,
        perhaps="a press for accuracy",
    ),
)


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """How many of each move, and how many of all of them in each part of the lesson."""
    if not is_read(transcript, TEACHER_MOVES[0]):
        return tuple(cannot_say(name, "count", NO_MODEL) for name in MEASURE.yields)
    counted = tuple(name for name in TEACHER_MOVES if counts(transcript, name))
    parts = zip(PARTS, thirds(transcript), strict=True)
    return (
        *(count_read(transcript, each.name, each) for each in _OWN),
        *(_in_part(transcript, f"talk_moves_{name}", part, counted) for name, part in parts),
    )


def _in_part(transcript: Transcript, name: str, part: Span, counted: Sequence[str]) -> Measurement:
    """All moves that are counted, in one part of the lesson."""
    if not counted:
        return cannot_say(name, "count", "No move agrees with people well enough here to be counted.")
    if whole_class_seconds(transcript) < LEAST_SECONDS:
        return cannot_say(name, "count", "Less than three minutes of whole-class time have no parts.")
    said = [each for each in transcript.utterances if each.role == "teacher" and _begins_in(each, part)]
    moments = tuple(moment(each, MOVES[move]) for each in said for move in _moves(each, counted)[:1])
    value = float(len(moments))
    low, high = tallied(tally_of(transcript, "teacher", counted, said), value)
    return Measurement(
        measure=name,
        value=value,
        low=low,
        high=high,
        unit="count",
        n=len(moments),
        moments=moments,
        note=_which(counted),
    )


def _begins_in(utterance: Utterance, part: Span) -> bool:
    return part.start <= utterance.start < part.end


def _moves(utterance: Utterance, counted: Sequence[str]) -> list[str]:
    return [name for name in counted if utterance.has(name)]


def _which(counted: Sequence[str]) -> str:
    """What the number leaves out, where it leaves something out."""
    missing = [name.replace("_", " ") for name in TEACHER_MOVES if name not in counted]
    return f"Without {', '.join(missing)}: too often missed or mistaken to be counted." if missing else ""


MEASURE = Measure(
    name="talk_moves",
    yields={
        "keeping_everyone_together": "You keep everyone together",
        "getting_students_to_relate": "You get students to relate to each other's ideas",
        "press_for_accuracy": "You press for accuracy",
        "talk_moves_beginning": "Talk moves in the first third",
        "talk_moves_middle": "Talk moves in the middle third",
        "talk_moves_end": "Talk moves in the last third",
    },
    rests_on="student_words",
    compute=compute,
)
