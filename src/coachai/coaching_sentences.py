"""Moments as sentences to the teacher: what was heard there, with the teacher's own words.

Quotes are verbatim from the transcript; where the words are not to be relied on, nothing is quoted.
"""

from __future__ import annotations

from collections.abc import Callable

from coachai.records import Moment, Role, Transcript, Utterance
from coachai.telling import PAUSES

LONGEST_QUOTE = 140
"""Characters; a longer sentence is quoted by its end."""

AT_ONCE = 0.25
"""Seconds; a shorter pause is not heard as one."""

SURE_OF_WORDS = 0.6
"""Mean word probability from which on a sentence may be quoted."""

_EDGE = 0.06
_NOT_QUOTED = frozenset({"pocketsphinx", "none"})
_STUDENTS = frozenset(
    {
        *("student_reasoning", "student_claims", "student_questions", "student_relating"),
        *("student_turn_length", "student_turns", "student_turn_seconds"),
    }
)
_WHAT_FOLLOWED = {
    "student": "a student spoke",
    "several": "several students spoke",
    "teacher repeats": "you asked it again",
    "new question": "you asked something else",
    "nominates": "you called on somebody",
    "answers": "you spoke again",
    "teacher goes on": "you spoke again",
    "gives think time": "you gave the class time to think",
    "unclear who": "somebody spoke",
}


def sentence(moment: Moment, measure: str, transcript: Transcript) -> str:
    """What is heard at a moment of `measure`, in the second person, e.g. "At 3:12 you asked ...".

    `moment` carries the measure's own label (what ended a pause).
    """
    return _SAYING.get(measure, _said)(moment, transcript, measure)


def clock(seconds: float) -> str:
    """A place in the recording as a player shows it: 1:05, or 1:02:03 from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def quoted(utterance: Utterance | None, transcript: Transcript) -> str:
    """An utterance's own words in quotation marks; empty where they are not to be relied on.

    Of a long sentence only its end stands between the marks, after three dots.
    """
    if utterance is None or not utterance.text or transcript.words_from.recogniser in _NOT_QUOTED:
        return ""
    words = utterance.words
    if words and sum(each.probability for each in words) / len(words) < SURE_OF_WORDS:
        return ""
    text = utterance.text
    if len(text) <= LONGEST_QUOTE:
        return f"“{text}”"
    tail = text[-LONGEST_QUOTE:]
    tail = tail[tail.index(" ") + 1 :] if " " in tail else tail
    return f"… “{tail}”"


def _pause(moment: Moment, transcript: Transcript, measure: str) -> str:
    asked = quoted(_ends_at(moment.start, transcript), transcript)
    did = "called on a student" if measure == "wait_after_nomination" else "asked"
    asked = f" {asked}" if asked and did == "asked" else f": {asked}" if asked else ""
    did = did if asked or did != "asked" else "asked a question"
    follows = _WHAT_FOLLOWED.get(moment.label)
    seconds = _seconds(moment)
    if follows is None:
        return f"At {clock(moment.start)} you {did}{asked}, and {seconds} of quiet followed."
    return f"At {clock(moment.start)} you {did}{asked}; after {seconds} of quiet, {follows}."


def _think_time(moment: Moment, transcript: Transcript, measure: str) -> str:
    del measure
    asked = quoted(_ends_at(moment.start, transcript), transcript)
    with_words = f": {asked}" if asked else "."
    return f"At {clock(moment.start)} you gave the class {_seconds(moment)} to think{with_words}"


def _after_student(moment: Moment, transcript: Transcript, measure: str) -> str:
    del measure
    words = quoted(_ends_at(moment.start, transcript), transcript)
    student = f"a student said {words}" if words else "a student had spoken"
    after = "at once" if moment.duration < AT_ONCE else f"after {_seconds(moment)}"
    return f"At {clock(moment.start)} {student}, and you spoke {after}."


def _students(moment: Moment, transcript: Transcript, measure: str) -> str:
    del transcript, measure
    at = clock(moment.start)
    return f"At {at} students spoke to each other for {_seconds(moment)} without you in between."


def _turn(moment: Moment, transcript: Transcript, measure: str) -> str:
    del measure
    words = quoted(_said_in(moment, transcript, "student"), transcript)
    with_words = f": {words}" if words else "."
    return f"At {clock(moment.start)} a student spoke for {_seconds(moment)}{with_words}"


def _unanswered(moment: Moment, transcript: Transcript, measure: str) -> str:
    del measure
    words = quoted(_said_in(moment, transcript, "teacher", first=True), transcript)
    asked = f"asked {words}" if words else "asked a question"
    return f"At {clock(moment.start)} you {asked} and nobody answered at first. Listen to what you did next."


def _said(moment: Moment, transcript: Transcript, measure: str) -> str:
    role: Role = "student" if measure in _STUDENTS else "teacher"
    words = quoted(_said_in(moment, transcript, role), transcript)
    at = clock(moment.start)
    if not words:
        return f"Listen to what is said at {at}."
    return f"At {at} a student said {words}" if role == "student" else f"At {at} you said {words}"


def _seconds(moment: Moment) -> str:
    length = moment.duration
    return f"{length:.1f} seconds" if length < 9.95 else f"{length:.0f} seconds"


def _ends_at(time: float, transcript: Transcript) -> Utterance | None:
    return next((each for each in transcript.utterances if abs(each.end - time) <= _EDGE), None)


def _said_in(moment: Moment, transcript: Transcript, role: Role, *, first: bool = False) -> Utterance | None:
    """The last (or first) utterance of a role inside a moment; a moment may begin with the other side."""
    inside = [
        each
        for each in transcript.utterances
        if each.role == role and each.start >= moment.start - _EDGE and each.end <= moment.end + _EDGE
    ]
    return inside[0 if first else -1] if inside else None


_SAYING: dict[str, Callable[[Moment, Transcript, str], str]] = {
    **dict.fromkeys(PAUSES, _pause),
    "structured_think_time": _think_time,
    "wait_time_2": _after_student,
    "student_to_student": _students,
    "student_turns": _turn,
    "student_turn_seconds": _turn,
    "no_response_recovery": _unanswered,
}
