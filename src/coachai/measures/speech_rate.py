"""Teacher speech rate: how fast the teacher speaks.

Definition: the teacher's words in a minute of the teacher's own speech; pauses between sentences are not
counted.
How computed: words and time of the teacher's sentences that were understood.
Limits: words that a recogniser drops make speech look slower. There is no right rate.
Source: speaking rate as in phonetics (words a minute, pauses between sentences apart).
"""

from __future__ import annotations

from coachai.measures.measure import Measure, cannot_say
from coachai.mishearing import errors_of
from coachai.records import Measurement, Transcript
from coachai.timeline import intersected, total
from coachai.uncertainty import Sample, interval, mean

LEAST_SECONDS = 30.0
"""Less speech than this carries no rate."""


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """The teacher's words in a minute of speech."""
    name, unit = "teacher_speech_rate", "words/min"
    said = [each for each in transcript.utterances if each.role == "teacher" and each.text]
    seconds = total(intersected(said, transcript.speech))
    if seconds < LEAST_SECONDS:
        note = "We understood less than half a minute of the teacher's speech."
        return (cannot_say(name, unit, note, n=len(said)),)
    value = sum(len(each.text.split()) for each in said) / seconds * 60
    errors = errors_of(transcript)
    sample = Sample(values=[value], real=[1.0], scale=errors.words + errors.edge)
    low, high = interval(sample, mean, value)
    return (Measurement(measure=name, value=value, low=low, high=high, unit=unit, n=len(said)),)


MEASURE = Measure(
    name="speech_rate",
    yields={"teacher_speech_rate": "How fast you speak"},
    rests_on="teacher_words",
    compute=compute,
)
