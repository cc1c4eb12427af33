"""`measurements.csv`: one row a measurement, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from coachai.measures import MEASURES
from coachai.records import Measurement
from coachai.report.page import printable

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

_FORMULA = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")


def measurements_csv(measurements: Sequence[Measurement]) -> str:
    """A header and a row a measurement (RFC 4180, CRLF). "Cannot say" is an empty cell with its note.

    Text that a spreadsheet would run as a formula gets an apostrophe in front, as spreadsheets do it.
    """
    titles = {name: title for each in MEASURES for name, title in each.yields.items()}
    sheet = io.StringIO(newline="")
    rows = csv.writer(sheet, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for each in measurements:
        rows.writerow(
            [
                _text(each.measure),
                _text(titles.get(each.measure, each.measure.replace("_", " "))),
                *map(_number, (each.value, each.low, each.high)),
                _text(each.unit),
                each.n,
                len(each.excluded),
                _number(each.coverage),
                _text(each.note),
                _text(each.validation),
            ]
        )
    return sheet.getvalue()


def _number(value: float | None) -> str:
    """Four decimals are more than any interval here supports."""
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    shown = printable(text)
    return f"'{shown}" if shown.lstrip(" \n\u00a0").startswith(_FORMULA) else shown
