"""Work time: long silences in which students can work.

Definition: stretches of more than 20 seconds in which nobody speaks; they are time to complete a task,
not waits (Stahl's student task-completion work-time).
How computed: from the speech regions of the waveform; the value is the sum in seconds.
Left out, each with its reason: silence before the first and after the last words, and silence inside
structured think time.
Limits: quiet work that somebody talks through, and work in groups, is not in this number.
Source: Stahl 1994.
"""

from __future__ import annotations

from coachai.episodes import think_times
from coachai.measures.measure import Measure, moment
from coachai.mishearing import errors_of
from coachai.records import Excluded, Measurement, Moment, Span, Transcript
from coachai.timeline import shared_seconds
from coachai.turns import long_silences
from coachai.uncertainty import Sample, interval, total

_HALF = 0.5


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Total time in silences of more than 20 s."""
    found = long_silences(transcript)
    thinking = [each for each in think_times(transcript) if isinstance(each, Moment)]
    reasons = [_why_left_out(transcript, each, thinking) for each in found]
    counted = [each for each, reason in zip(found, reasons, strict=True) if not reason]
    excluded = tuple(
        Excluded(start=each.start, end=each.end, reason=reason)
        for each, reason in zip(found, reasons, strict=True)
        if reason
    )
    value = sum((each.duration for each in counted), 0.0)
    sample = Sample(
        values=[each.duration for each in counted],
        real=[1.0] * len(counted),
        spread=errors_of(transcript).boundary,
    )
    low, high = interval(sample, total, value)
    return (
        Measurement(
            measure="work_time",
            value=value,
            low=low,
            high=high,
            unit="s",
            n=len(counted),
            moments=tuple(moment(each, "quiet work") for each in counted),
            excluded=excluded,
        ),
    )


def _why_left_out(transcript: Transcript, silence: Span, thinking: list[Moment]) -> str:
    speech = transcript.speech
    if not speech or silence.start <= speech[0].start:
        return "before the first words"
    if silence.end >= speech[-1].end:
        return "after the last words"
    if shared_seconds(silence, thinking) > _HALF * silence.duration:
        return "counted as structured think time"
    return ""


MEASURE = Measure(
    name="work_time",
    yields={"work_time": "Quiet work"},
    rests_on="sound",
    compute=compute,
    needs_teacher=False,
)
