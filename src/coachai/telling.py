"""Moments and coverage in neutral words, for the eyes of teacher and evaluator alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from coachai.records import PARTIAL_BELOW, Moment, Transcript

PAUSES = frozenset({"wait_time_1", "wait_time_1_at_least_3s", "open_wait_time", "wait_after_nomination"})
"""Measurements whose moments are pauses that begin where a teacher's question or call ends."""

LOOK_HERE = "look here: "
"""How the label of a moment begins that a person should look at and that counts for nothing."""

_NEXT = {
    "student": "then a student speaks",
    "several": "then several students speak",
    "teacher repeats": "then the question is repeated",
    "new question": "then another question follows",
    "nominates": "then somebody is called on",
    "answers": "then the teacher seems to answer",
    "teacher goes on": "then the teacher goes on",
    "gives think time": "then the class is given time to think",
    "nobody heard": "then nobody is heard",
    "unclear who": "then somebody speaks",
}


def measured_on(transcript: Transcript) -> str:
    """What share of the lesson could be heard at all, as a sentence; empty where nothing is lost."""
    if transcript.recording.cut:
        return "Measured on the part of the lesson that can be read; how much is missing cannot be told."
    if transcript.coverage >= PARTIAL_BELOW:
        return ""
    return f"Measured on {share(transcript.coverage)} of the lesson; the rest of its sound cannot be read."


def share(part: float) -> str:
    """A part as people read it, "54 %"; never 100 % where something is lost, never 0 % where something is."""
    whole = min(99, round(100 * part)) if part < 1 else 100
    return f"{max(1, whole) if part > 0 else 0}\u00a0%"


def told(moment: Moment, measure: str) -> Moment:
    """The moment with a label that says what is heard there, e.g. "4.2 s of quiet, then a student speaks"."""
    say = _SAYING.get(measure)
    return replace(moment, label=say(moment)) if say else moment


def is_only_a_hint(moment: Moment) -> bool:
    """Whether a moment is there to be looked at and is no evidence of anything."""
    return moment.label.startswith(LOOK_HERE)


def _pause(moment: Moment) -> str:
    after = _NEXT.get(moment.label)
    return f"{moment.duration:.1f} s of quiet" + (f", {after}" if after else "")


def _unanswered(moment: Moment) -> str:
    after = _NEXT.get(moment.label)
    return "nobody answers at first" + (f", {after}" if after else "")


_SAYING: dict[str, Callable[[Moment], str]] = {
    **dict.fromkeys(PAUSES, _pause),
    "no_response_recovery": _unanswered,
    "structured_think_time": lambda moment: f"{moment.duration:.0f} s to think",
    "wait_time_2": lambda moment: f"{moment.duration:.1f} s before the teacher speaks after a student",
    "student_to_student": lambda moment: f"students speak to each other for {moment.duration:.0f} s",
    "student_turns": lambda moment: f"a student speaks for {moment.duration:.0f} s",
    "student_turn_seconds": lambda moment: f"a student speaks for {moment.duration:.0f} s",
}
