"""The measures: one function per file, Transcript -> Measurements. `MEASURES` is the whole list."""

from __future__ import annotations

from coachai.measures import talk_ratio, wait_time_1
from coachai.measures.measure import Measure, take
from coachai.records import Measurement, Transcript

MEASURES: tuple[Measure, ...] = (
    wait_time_1.MEASURE,
    talk_ratio.MEASURE,
)


def measure_all(transcript: Transcript) -> tuple[Measurement, ...]:
    """Every measurement of a transcript, in order of display. Never raises for a valid Transcript."""
    return tuple(each for measure in MEASURES for each in take(measure, transcript))
