"""Wait after a nomination: how long the teacher waits after calling on somebody by name.

Definition: the time from the end of the name ("Maria?", "What do you think, Maria?") to the next speech
by anyone. A pause before a name and a pause after it do different work, so they are kept apart.
How computed: as wait time 1, after utterances in which the teacher calls on somebody.
Left out, each with its reason: silences of more than 20 seconds, missing sound, group work, answers that
only the teacher seems to have heard, and the end of the recording.
Limits: names are found by rules; unusual ones are missed, most of all by recognisers.
Source: Rowe 1974; Ingram and Elliott 2014.
"""

from __future__ import annotations

from coachai.episodes import counted, left_out, nominations
from coachai.measures.measure import Measure, median_wait
from coachai.records import Measurement, Transcript


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Median wait after a nomination (s)."""
    found = nominations(transcript)
    nothing = "We heard nobody called on by name."
    return (median_wait(transcript, "wait_after_nomination", counted(found), left_out(found), nothing),)


MEASURE = Measure(
    name="wait_after_nomination",
    yields={"wait_after_nomination": "Wait after you call on somebody"},
    rests_on="teacher_words",
    compute=compute,
)
