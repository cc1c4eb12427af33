"""Student turns: how often students take the floor, and for how long.

Definition: a turn is a maximal run of utterances by students; a "mm-hm" (at most two words and shorter
than 0.7 s, and not the answer to a question) does not break the other's turn. The length in seconds is
the mean speech in a turn, pauses apart.
How computed: from who speaks when; words play no part.
Limits: faint answers are missed first, so there may be more turns than counted here. Two students in a
row are one turn of students.
Source: turns as in conversation analysis (Sacks, Schegloff and Jefferson 1974); lengths in the TalkMoves
corpus.
"""

from __future__ import annotations

from coachai.measures.measure import NO_STUDENT, Measure, cannot_say, moment, role_certainties
from coachai.mishearing import errors_of
from coachai.records import Measurement, Transcript
from coachai.turns import floor_turns
from coachai.uncertainty import Sample, count, interval, mean

RECALL = (0.85, 1.0)
"""Share of students' turns that are heard; a guess."""


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Number of student turns, and their mean length (s)."""
    turns = [turn for turn in floor_turns(transcript) if turn.role == "student"]
    if not turns:
        return (
            cannot_say("student_turns", "count", NO_STUDENT),
            cannot_say("student_turn_seconds", "s", NO_STUDENT),
        )
    errors = errors_of(transcript)
    sample = Sample(
        values=[turn.seconds for turn in turns],
        real=role_certainties(transcript, turns),
        spread=errors.boundary,
        recall=RECALL,
        scale=errors.edge,
    )
    moments = tuple(moment(turn, "student") for turn in turns)
    number = float(len(turns))
    low, high = interval(sample, count, number)
    times = Measurement(
        measure="student_turns",
        value=number,
        low=low,
        high=high,
        unit="count",
        n=len(turns),
        moments=moments,
    )
    value = sum(turn.seconds for turn in turns) / len(turns)
    low, high = interval(sample, mean, value)
    lengths = Measurement(
        measure="student_turn_seconds",
        value=value,
        low=low,
        high=high,
        unit="s",
        n=len(turns),
        moments=moments,
    )
    return times, lengths


MEASURE = Measure(
    name="student_turns",
    yields={"student_turns": "Student turns", "student_turn_seconds": "Length of a student turn"},
    rests_on="sound",
    compute=compute,
)
