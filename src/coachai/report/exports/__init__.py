"""A transcript or a report in the formats of other tools; what each holds is told in docs/exports.md.

No coaching sentence and no number is in any of them: utterances, and of a report its moments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from coachai.records import Report, Transcript
from coachai.report.exports.elan import eaf
from coachai.report.exports.praat import textgrid
from coachai.report.exports.rttm import rttm
from coachai.report.exports.sheet import utterances_csv
from coachai.report.exports.subrip import srt
from coachai.report.markers import transcript_vtt


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a format is written: `suffix` of its files, and the text of one made from a record."""

    suffix: str
    write: Callable[[Report | Transcript], str]


FORMATS: Mapping[str, Format] = {
    "vtt": Format(suffix=".vtt", write=lambda record: transcript_vtt(transcript_of(record))),
    "srt": Format(suffix=".srt", write=lambda record: srt(transcript_of(record))),
    "csv": Format(suffix=".csv", write=utterances_csv),
    "eaf": Format(suffix=".eaf", write=eaf),
    "textgrid": Format(suffix=".TextGrid", write=textgrid),
    "rttm": Format(suffix=".rttm", write=lambda record: rttm(transcript_of(record))),
}


def transcript_of(record: Report | Transcript) -> Transcript:
    """The transcript itself, or the one in a report."""
    return record.transcript if isinstance(record, Report) else record
