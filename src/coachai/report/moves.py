"""The talk moves as a table: a row for each move, a column for each third of the lesson, dots for moments."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from coachai.records import Measurement, Report, Span
from coachai.report.view import Playable, measurement_of, playable
from coachai.turns import thirds

PARTS = (
    ("talk_moves_beginning", "First third"),
    ("talk_moves_middle", "Middle third"),
    ("talk_moves_end", "Last third"),
)
"""The measurements that are drawn, with what stands over their column."""

ROWS = {
    "keeps everyone together": "Keep everyone together",
    "gets students to relate to an idea": "Get students to relate to an idea",
    "restates a student": "Say a student's words again",
    "revoices a student": "Put a student's words in your own",
    "press for accuracy": "Press for accuracy",
    "press for reasoning": "Press for reasoning",
}
"""What the moments of each move are called, and what stands before its row."""

_EDGE = 4.0
"""Per cent of a cell that stay free on either side, so that no dot is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One move in one part of the lesson: how often, and where (`x` in per cent of the cell)."""

    count: int
    dots: tuple[tuple[float, Playable], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesTable:
    """Rows of cells with their titles; `totals` are the columns' sums with how sure they are."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    totals: tuple[tuple[int, str], ...]
    note: str


def moves_table(report: Report) -> MovesTable | None:
    """The moves that were counted; None where none can be."""
    found = [measurement_of(report, name) for name, _ in PARTS]
    counted = [each for each in found if each is not None and each.value is not None]
    if len(counted) < len(PARTS):
        return None
    spans = thirds(report.transcript)
    columns = [_cells(part, span, report) for part, span in zip(counted, spans, strict=True)]
    rows = tuple(
        (title, tuple(column[label] for column in columns))
        for label, title in ROWS.items()
        if any(column[label].count for column in columns)
    )
    return MovesTable(
        heads=tuple(title for _, title in PARTS),
        rows=rows,
        totals=tuple((each.n, _very_likely(each)) for each in counted),
        note=counted[0].note,
    )


def _cells(part: Measurement, span: Span, report: Report) -> dict[str, Cell]:
    """The moments of one part of the lesson by what they are called."""
    cells = {}
    for label in ROWS:
        shown = playable((each for each in part.moments if each.label == label), report.transcript)
        dots = tuple((_place(each.start, span), each) for each in shown)
        cells[label] = Cell(count=len(shown), dots=dots)
    return cells


def _very_likely(part: Measurement) -> str:
    """The interval in as few words as a narrow column holds, in whole numbers."""
    low, high = floor(part.low or 0.0), ceil(part.high or 0.0)
    return f"very likely {low} to {high}" if low < high else ""


def _place(seconds: float, span: Span) -> float:
    """Where a time stands in a cell, in per cent."""
    share = (seconds - span.start) / span.duration if span.duration else 0.5
    return round(_EDGE + (100 - 2 * _EDGE) * min(1.0, max(0.0, share)), 2)
