"""Wait time 2: how long the teacher waits after a student has spoken.

Definition: the time from the end of a student's response to the teacher's next speech (Rowe 1974).
How computed: one speaker's utterances with pauses under 3 seconds are one response; each response that
the teacher follows gives one wait. Speech that overlaps the response makes it 0 s. The value is the
median.
Left out, each with its reason: responses after which a student or several voices speak (a student who
answers a student is a success, see student to student), silences of more than 20 seconds, missing
sound, and speech of which we cannot tell whose it is.
Limits: the end of a student's answer is often faint, so a wait may come out too long.
Source: Rowe 1974, 1986; Stahl 1994.
"""

from __future__ import annotations

from statistics import median as middle

from coachai.measures.measure import Measure, cannot_say, moment, role_certainties
from coachai.mishearing import errors_of
from coachai.records import Excluded, Measurement, Transcript
from coachai.turns import after_responses
from coachai.uncertainty import Sample, interval, median

RECALL = (0.85, 1.0)
"""Share of students' responses that are heard; a guess."""


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Median wait after a student's response (s)."""
    name, unit = "wait_time_2", "s"
    found = after_responses(transcript)
    excluded = tuple(
        Excluded(start=each.start, end=each.end, reason=each.why_left_out)
        for each in found
        if each.why_left_out
    )
    waits = [each for each in found if not each.why_left_out]
    if not waits:
        nothing = "We heard no student's response that the teacher followed."
        return (cannot_say(name, unit, nothing, excluded=excluded),)
    errors = errors_of(transcript)
    sample = Sample(
        values=[each.duration for each in waits],
        real=role_certainties(transcript, [each.response for each in waits]),
        spread=errors.boundary,
        shift=errors.shift,
        swallowed=errors.swallowed,
        recall=RECALL,
    )
    value = middle(each.duration for each in waits)
    low, high = interval(sample, median, value)
    return (
        Measurement(
            measure=name,
            value=value,
            low=low,
            high=high,
            unit=unit,
            n=len(waits),
            moments=tuple(moment(each, "teacher") for each in waits),
            excluded=excluded,
        ),
    )


MEASURE = Measure(
    name="wait_time_2",
    yields={"wait_time_2": "Wait after a student speaks"},
    rests_on="sound",
    compute=compute,
)
