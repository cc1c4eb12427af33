"""What a model's readings are called, and from which probability on one of them makes a label.

A reading is a calibrated probability. The threshold that gives the best F1 is about half of that best F1
(Lipton, Elkan and Naryanaswamy 2014), so every label has its own; product and evaluation share them here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from coachai.records import Label, Utterance

TEACHER_MOVES = (
    "keeping_everyone_together",
    "getting_students_to_relate",
    "restating",
    "revoicing",
    "press_for_accuracy",
    "press_for_reasoning",
)
"""A teacher's sentence makes at most one of these (TalkMoves, Suresh et al. 2022)."""

STUDENT_MOVES = (
    "relating_to_another_student",
    "asking_for_more_information",
    "making_a_claim",
    "providing_evidence",
)
"""A student's sentence makes at most one of these."""

FOLLOW_UPS = ("focusing", "funneling")
"""How a teacher answers a student's turn: after their thinking, or towards an answer; often neither."""

THRESHOLDS: Mapping[str, float] = {
    "question": 0.44,
    "keeping_everyone_together": 0.44,
    "getting_students_to_relate": 0.32,
    "restating": 0.33,
    "revoicing": 0.26,
    "press_for_accuracy": 0.42,
    "press_for_reasoning": 0.45,
    "relating_to_another_student": 0.20,
    "asking_for_more_information": 0.27,
    "making_a_claim": 0.41,
    "providing_evidence": 0.40,
    "focusing": 0.40,
    "funneling": 0.40,
    "uptake": 0.40,
}
"""The least probability that makes a label; chosen on lessons that are not reported."""

LOOK_HERE_FROM = 0.5
"""Share of a threshold from which on a reading is worth a look by a person; it is never counted."""

LEAST = 0.05
"""Readings below this probability are not kept."""

RESTATED = 0.8
"""How often a sentence that only repeats the student's words is a restatement: the rule's precision."""

Deciding = Literal["teacher", "student", "exchange"]

CHOICES: Mapping[Deciding, tuple[str, ...]] = {
    "teacher": TEACHER_MOVES,
    "student": STUDENT_MOVES,
    "exchange": FOLLOW_UPS,
}
"""Labels of which an utterance, or a turn that answers a student, has at most one."""

LABEL_NAMES: Mapping[str, str] = {"providing_evidence": "reasoning"}
"""Readings whose label had its name before there was a model."""

READING_NAMES: Mapping[str, str] = {label: reading for reading, label in LABEL_NAMES.items()}
"""The same, from the label's name to the reading's."""

_OF_SENTENCES = frozenset({"question", *TEACHER_MOVES, *STUDENT_MOVES})


def asks(probability: float) -> bool:
    """Whether a sentence with that probability of asking is labelled a question."""
    return probability >= THRESHOLDS["question"]


def decide(
    probabilities: Mapping[str, float], role: str, *, restates: bool | None = None
) -> tuple[str, float] | None:
    """The move that a sentence makes, by its reading's name, and its probability; None: no move.

    `role` is `teacher`, `student` or `exchange` (focusing or funneling); any other makes none. `restates`
    is what the rule for restating says, which keeps that task: True makes the label whatever the model
    reads, False leaves it out; None goes by the model alone.
    """
    if restates and role == "teacher":
        return "restating", max(RESTATED, probabilities.get("restating", 0.0))
    choices = next((names for kind, names in CHOICES.items() if kind == role), ())
    reached = [
        (probabilities[name] / THRESHOLDS[name], name)
        for name in choices
        if probabilities.get(name, 0.0) >= THRESHOLDS[name]
        and not (name == "restating" and restates is False)
    ]
    if not reached:
        return None
    _, name = max(reached)
    return name, probabilities[name]


def probabilities_of(utterance: Utterance) -> dict[str, float]:
    """An utterance's readings by name."""
    return {each.name: each.probability for each in utterance.readings}


def reading(utterance: Utterance, label: str) -> Label | None:
    """What the model read for a label of that name; None where it read nothing worth keeping."""
    name = READING_NAMES.get(label, label)
    return next((each for each in utterance.readings if each.name == name), None)


def sentences_are_read(utterances: Iterable[Utterance]) -> bool:
    """Whether a model read these sentences for questions and talk moves."""
    return any(each.name in _OF_SENTENCES for said in utterances for each in said.readings)


def exchanges_are_read(utterances: Iterable[Utterance]) -> bool:
    """Whether a model read what teachers make of students' turns; one that reads sentences does so too."""
    return any(said.readings for said in utterances)
