"""`measurements.csv`: one row a measurement, for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from coachai.measures import MEASURES
from coachai.records import Measurement
from coachai.report.page import one_line

COLUMNS = (
    "measure",
    "title",
    "value",
    "low",
    "high",
    "unit",
    "n",
    "excluded",
    "coverage",
    "note",
    "validation",
)

_RUN = re.compile(r"(^|;)([\s\u200b-\u200f\u2028-\u202f\u2060-\u2069\ufeff\"]*)('*)(?=[=+\-@＝＋－＠])")
"""Where a spreadsheet would see a formula: at the start of a cell, behind what it does not show too. Where
the comma parts decimals, a spreadsheet parts cells at semicolons instead, quotes or not."""


def measurements_csv(measurements: Sequence[Measurement]) -> str:
    """A header and a row a measurement (RFC 4180, CRLF). "Cannot say" is an empty cell with its note.

    Text that a spreadsheet would run as a formula gets an apostrophe in front (`cell`).
    """
    titles = {name: title for each in MEASURES for name, title in each.yields.items()}
    sheet = io.StringIO(newline="")
    rows = csv.writer(sheet, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for each in measurements:
        rows.writerow(
            [
                cell(each.measure),
                cell(titles.get(each.measure, each.measure.replace("_", " "))),
                *map(_number, (each.value, each.low, each.high)),
                cell(each.unit),
                each.n,
                len(each.excluded),
                _number(each.coverage),
                cell(each.note),
                cell(each.validation),
            ]
        )
    return sheet.getvalue()


def _number(value: float | None) -> str:
    """Four decimals are more than any interval here supports."""
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def cell(text: str) -> str:
    """The text on one line, with an apostrophe before what a spreadsheet would run, as spreadsheets do it.

    To have the text back, take one apostrophe away before each sign of a formula that follows one.
    """
    return _RUN.sub(r"\1\2'\3", one_line(text))
