"""Drawings as numbers: the timeline of who speaks, the waits as dots, the evaluator's rail.

Shapes are SVG path data in plain units; the templates choose colours through classes, so that one file
serves light, dark and print. Times are drawn in tenths of a second.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coachai.records import Report, Span, Transcript
from coachai.report.view import Playable, Wait
from coachai.report.words import clock
from coachai.turns import TimeByClass

Marks = tuple[Sequence[Span], int, int]
"""Spans of one class of mark, with the top and the height at which they are drawn."""

MOST_ROWS = 10
ROW_SECONDS = (60, 120, 300, 600, 900, 1800, 3600)
"""Lengths of a row of the timeline: the shortest that keeps the lesson on ten rows."""

TEACHER_LANE, STUDENT_LANE, SEVERAL_LANE, UNKNOWN_LANE = (8, 10), (20, 10), (8, 22), (17, 4)
"""Top and height of each class in a row 40 high: told apart by place as well as by colour."""

ROW_HEIGHT = 40
_QUESTION = (1, 5)
_WAIT = (34, 5)

THREE_SECONDS = 3.0
AXIS_LEAST = 6
AXIS_MOST = 10
DOT_PIXELS = 11
"""Across one dot and the air around it, where there is room."""

DOT_SHARE = 0.03
"""The same as a share of the axis."""

STRIP_PIXELS = 200
"""A pile grows no higher than this: a long lesson's dots draw together instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Span):
    """One row of the timeline; `paths` maps a class of mark to SVG path data, x in 0.1 s from `start`."""

    at: str
    width: int
    paths: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One wait in the strip: `x` in per cent of the axis, `y` in pixels from its foot."""

    x: float
    y: float
    wait: Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The waits as dots over an axis in seconds; `ticks` are (per cent, text), `three` the 3 s line."""

    dots: tuple[Dot, ...]
    height: int
    ticks: tuple[tuple[float, str], ...]
    three: float
    radius: float


def timeline(report: Report, classes: TimeByClass, shown: Sequence[Wait]) -> tuple[Row, tuple[Row, ...]]:
    """The lesson drawn twice: as one row for all of it, and as rows of equal length."""
    duration = max(report.transcript.duration, 0.1)
    step = row_seconds(duration)
    beyond = Span(start=duration, end=duration + step)
    marks = {**_marks(report.transcript, classes, shown), "beyond": ((beyond,), 0, ROW_HEIGHT)}
    rows: list[Row] = []
    while not rows or rows[-1].end < duration - 0.05:
        start = rows[-1].end if rows else 0.0
        rows.append(_row(Span(start=start, end=start + step), marks))
    return _row(Span(start=0.0, end=duration), marks), tuple(rows)


def row_seconds(duration: float) -> float:
    """How long a row of the timeline is, in seconds."""
    return next((each for each in ROW_SECONDS if duration <= each * MOST_ROWS), duration / MOST_ROWS)


def wait_strip(shown: Sequence[Wait]) -> Strip:
    """Each wait as a dot at its length, piled up where several have the same; over 10 s at the edge."""
    longest = max((each.duration for each in shown), default=0.0)
    axis = min(AXIS_MOST, max(AXIS_LEAST, int(longest) + 1))
    in_order = sorted(shown, key=lambda each: each.duration)
    places = [min(each.duration, axis) / axis for each in in_order]
    levels = _piled(places, DOT_SHARE)
    if DOT_PIXELS * (max(levels, default=0) + 1) > STRIP_PIXELS:
        levels = _piled(places, DOT_SHARE / 2)
    high = max(levels, default=0) + 1
    pitch = min(DOT_PIXELS, STRIP_PIXELS / high)
    last = f"{axis} s+" if longest > axis else f"{axis} s"
    ticks = [(round(2 + 96 * i / axis, 2), str(i)) for i in range(axis)]
    return Strip(
        dots=tuple(
            Dot(x=round(2 + 96 * x, 2), y=round(pitch * level, 1), wait=wait)
            for x, level, wait in zip(places, levels, in_order, strict=True)
        ),
        radius=round(max(1.8, 0.42 * pitch), 1),
        height=round(pitch * max(high, 3)) + 10,
        ticks=(*ticks, (98.0, last)),
        three=round(2 + 96 * THREE_SECONDS / axis, 2),
    )


def _piled(places: Sequence[float], apart: float) -> list[int]:
    """For each place (0 to 1, sorted) the lowest level on which nothing stands closer than `apart`."""
    ends: list[float] = []
    levels: list[int] = []
    for x in places:
        level = next((i for i, end in enumerate(ends) if x - end >= apart), len(ends))
        ends[level : level + 1] = [x]
        levels.append(level)
    return levels


def time_budget(report: Report, classes: TimeByClass) -> tuple[tuple[str, float], ...]:
    """Seconds in each class, for the words that stand beside the drawing; classes without time left out."""
    named = (
        ("Teacher", classes.teacher),
        ("One student", classes.student),
        ("Several voices", classes.several),
        ("Speech, unsure whose", classes.unknown),
        ("No speech", classes.silence),
        ("Sound missing", report.transcript.missing),
    )
    seconds = ((name, sum(each.duration for each in spans)) for name, spans in named)
    return tuple((name, each) for name, each in seconds if each > 0.05)


def _row(span: Span, marks: Mapping[str, Marks]) -> Row:
    drawn = {name: _boxes(spans, span, top, height) for name, (spans, top, height) in marks.items()}
    return Row(
        start=span.start,
        end=span.end,
        at=clock(span.start),
        width=max(1, round(span.duration * 10)),
        paths={name: path for name, path in drawn.items() if path},
    )


def _marks(transcript: Transcript, classes: TimeByClass, shown: Sequence[Wait]) -> dict[str, Marks]:
    asked = [
        each
        for each in transcript.utterances
        if each.role == "teacher" and each.has("question") and not each.has("tag")
    ]
    return {
        "missing": (transcript.missing, 2, 36),
        "teacher": (classes.teacher, *TEACHER_LANE),
        "student": (classes.student, *STUDENT_LANE),
        "several": (classes.several, *SEVERAL_LANE),
        "unknown": (classes.unknown, *UNKNOWN_LANE),
        "question": ([Span(start=each.end, end=each.end) for each in asked], *_QUESTION),
        "quick": ([each for each in shown if each.quick], *_WAIT),
        "wait": ([each for each in shown if not each.quick], *_WAIT),
    }


def _boxes(spans: Sequence[Span], row: Span, top: int, height: int) -> str:
    """Path data of the spans within a row; a span without length is a stroke downwards.

    `spans` are sorted and disjoint, save for a few hairs.
    """
    first = max(0, bisect_left(spans, row.start, key=lambda each: each.start) - 1)
    path: list[str] = []
    for span in spans[first:]:
        if span.start >= row.end:
            break
        if span.end < row.start or (span.end == row.start and span.start < span.end):
            continue
        x = round((max(span.start, row.start) - row.start) * 10)
        width = round((min(span.end, row.end) - max(span.start, row.start)) * 10)
        box = f"h{max(width, 1)}v{height}h-{max(width, 1)}z" if span.end > span.start else f"v{height}"
        path.append(f"M{x} {top}{box}")
    return "".join(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """One moment on the rail: `x` in per cent, `speaks` for or against by shape."""

    x: float
    moment: Playable
    against: bool


def markers_on(duration: float, shown: Sequence[Playable], against: Sequence[Playable]) -> tuple[Marker, ...]:
    """The moments of one criterion in order of time, placed along the whole recording."""
    both = [*((each, False) for each in shown), *((each, True) for each in against)]
    return tuple(
        Marker(x=round(100 * min(each.start / max(duration, 0.1), 1.0), 2), moment=each, against=no)
        for each, no in sorted(both, key=lambda pair: pair[0].start)
    )
