"""Student turn length: how many words students say in a turn.

Definition: the mean number of words in a student turn (see student turns).
How computed: over the turns in which words were understood; turns of ten words or more are moments.
Left out, each with its reason: turns of which no words were understood.
Limits: recognisers lose children's words first, so the true number is likely higher. Words that were
dropped look like short turns.
Source: TalkMoves corpus: in the median lesson of US mathematics 6.9 words a turn, from transcripts.
"""

from __future__ import annotations

from coachai.measures.measure import Measure, cannot_say, moment, role_certainties
from coachai.mishearing import errors_of
from coachai.records import Excluded, Measurement, Transcript
from coachai.turns import floor_turns
from coachai.uncertainty import Sample, interval, mean

LONGER_TURN = 10
"""Words, from which on a turn is a moment worth hearing (a fifth of the turns in TalkMoves)."""


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Mean words in a student turn."""
    name, unit = "student_turn_length", "words"
    turns = [turn for turn in floor_turns(transcript) if turn.role == "student"]
    understood = [turn for turn in turns if turn.words > 0]
    excluded = tuple(
        Excluded(start=turn.start, end=turn.end, reason="no words were understood")
        for turn in turns
        if turn.words == 0
    )
    if not understood:
        nothing = "We understood no words of a student."
        return (cannot_say(name, unit, nothing, excluded=excluded),)
    errors = errors_of(transcript)
    value = sum(turn.words for turn in understood) / len(understood)
    sample = Sample(
        values=[float(turn.words) for turn in understood],
        real=role_certainties(transcript, understood),
        scale=errors.words,
    )
    low, high = interval(sample, mean, value)
    return (
        Measurement(
            measure=name,
            value=value,
            low=low,
            high=high,
            unit=unit,
            n=len(understood),
            moments=tuple(
                moment(turn, f"{turn.words} words") for turn in understood if turn.words >= LONGER_TURN
            ),
            excluded=excluded,
        ),
    )


MEASURE = Measure(
    name="student_turn_length",
    yields={"student_turn_length": "Words in a student turn"},
    rests_on="student_words",
    compute=compute,
)
