"""Praat TextGrids in the long text format, UTF-8 (Praat manual, "TextGrid file formats")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coachai.records import Report, Transcript
from coachai.report.exports.tiers import Piece, Tier, tiers_of

NO_WORDS = "(speech, words not made out)"
"""A label without text is a pause in Praat, so speech without words has to say so."""


def textgrid(record: Report | Transcript) -> str:
    """A TextGrid: an interval tier a voice, of a report also tiers of moments; pauses are empty intervals.

    A TextGrid needs a tier and some length: where nothing was heard there is an empty tier, "Nobody".
    """
    transcript = record.transcript if isinstance(record, Report) else record
    tiers = tiers_of(record) or (Tier(name="Nobody", kind="context", who="", pieces=()),)
    ends = [each.end for tier in tiers for each in tier.pieces]
    whole = max([round(transcript.duration * 1000), 1, *ends])
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {_seconds(whole)}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, tier in enumerate(tiers, start=1):
        intervals = list(_without_gaps(tier.pieces, whole, heard=tier.kind == "utterance"))
        lines += [
            f"    item [{number}]:",
            '        class = "IntervalTier"',
            f"        name = {_quoted(tier.name)}",
            "        xmin = 0",
            f"        xmax = {_seconds(whole)}",
            f"        intervals: size = {len(intervals)}",
        ]
        for place, each in enumerate(intervals, start=1):
            lines += [
                f"        intervals [{place}]:",
                f"            xmin = {_seconds(each.start)}",
                f"            xmax = {_seconds(each.end)}",
                f"            text = {_quoted(each.text)}",
            ]
    return "\n".join(lines) + "\n"


def _without_gaps(pieces: Sequence[Piece], whole: int, *, heard: bool) -> Iterator[Piece]:
    """The pieces with empty ones between, from 0 to `whole` (ms); `heard`: they are somebody's speech."""
    reached = 0
    for each in pieces:
        if each.start > reached:
            yield Piece(start=reached, end=each.start, text="")
        yield Piece(start=each.start, end=each.end, text=each.text or (NO_WORDS if heard else "(no label)"))
        reached = each.end
    if reached < whole:
        yield Piece(start=reached, end=whole, text="")


def _seconds(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds}.{rest:03d}" if rest else str(seconds)


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
