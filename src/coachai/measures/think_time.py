"""Structured think time: time that the teacher gives to think, write or talk to a neighbour.

Definition: from the end of a prompt such as "take a minute" or "turn and talk" to the teacher's next
speech to the whole class. It need not be silent.
How computed: from the prompt's last words (what the teacher adds within 3 seconds belongs to it) to the
teacher's next utterance that is not among several voices; the value is the sum in seconds.
Left out, each with its reason: prompts after which the teacher goes on within 3 seconds.
Limits: prompts are found by rules. Talk with a group that the microphone hears as the teacher alone ends
the time too early.
Source: Stahl 1994 (think-time).
"""

from __future__ import annotations

from coachai.episodes import think_times
from coachai.measures.measure import Measure, cannot_say
from coachai.mishearing import errors_of
from coachai.records import Excluded, Measurement, Moment, Transcript
from coachai.uncertainty import Sample, interval, total


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Total structured think time (s)."""
    name, unit = "structured_think_time", "s"
    found = think_times(transcript)
    moments = tuple(each for each in found if isinstance(each, Moment))
    excluded = tuple(each for each in found if isinstance(each, Excluded))
    if not moments:
        nothing = "We heard no prompt to think, write or talk to a neighbour."
        return (cannot_say(name, unit, nothing, excluded=excluded),)
    errors = errors_of(transcript)
    sample = Sample(
        values=[each.duration for each in moments],
        real=[errors.trust * transcript.teacher_confidence] * len(moments),
        spread=errors.boundary,
    )
    value = sum(each.duration for each in moments)
    low, high = interval(sample, total, value)
    return (
        Measurement(
            measure=name,
            value=value,
            low=low,
            high=high,
            unit=unit,
            n=len(moments),
            moments=moments,
            excluded=excluded,
        ),
    )


MEASURE = Measure(
    name="think_time",
    yields={"structured_think_time": "Time you gave to think"},
    rests_on="teacher_words",
    compute=compute,
)
