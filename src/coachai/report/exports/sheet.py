"""The transcript as a spreadsheet: a row an utterance, of a report also a row a moment."""

from __future__ import annotations

import csv
import io

from coachai.corrections.telling import beside
from coachai.records import Report, Transcript, Utterance
from coachai.report.exports.tiers import marks, piece
from coachai.report.page import one_line
from coachai.report.table import cell
from coachai.report.view import voice_of

COLUMNS = ("kind", "start", "end", "speaker", "role", "labels", "about", "text", "corrected")


def utterances_csv(record: Report | Transcript) -> str:
    """RFC 4180, CRLF; times in seconds; text that a spreadsheet would run gets an apostrophe in front."""
    transcript = record.transcript if isinstance(record, Report) else record
    sheet = io.StringIO(newline="")
    rows = csv.writer(sheet, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for each in sorted(transcript.utterances, key=lambda said: (said.start, said.end)):
        rows.writerow(_said(each))
    if isinstance(record, Report):
        for about, moments in marks(record).items():
            for moment in moments:
                shown = piece(moment, moment.label)
                times = _seconds(shown.start), _seconds(shown.end)
                rows.writerow(["moment", *times, "", "", "", cell(about), cell(shown.text), ""])
    return sheet.getvalue()


def _said(utterance: Utterance) -> list[str]:
    shown = piece(utterance, utterance.text)
    # A label that a person took away stays in the record, with probability 0.
    labels = " ".join(each.name for each in utterance.labels if each.probability > 0)
    return [
        "utterance",
        _seconds(shown.start),
        _seconds(shown.end),
        cell(voice_of(utterance)),
        utterance.role,
        cell(labels),
        "",
        cell(shown.text),
        cell(one_line("; ".join(map(beside, utterance.corrected)))),
    ]


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}"
