"""What is drawn is where it was heard, and covers the lesson once."""

from __future__ import annotations

import dataclasses
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.records import Moment, Report
from coachai.report.drawing import Row, Strip, row_seconds, time_budget, timeline, wait_strip
from coachai.report.view import playable, waits
from coachai.turns import time_by_class
from tests.report.made_up import made_up_report, made_up_transcript


def with_waits(*lengths: float) -> Strip:
    report = made_up_report()
    measured = dataclasses.replace(
        report.measurements[0],
        moments=tuple(Moment(start=40.0, end=40.0 + each, label="student") for each in lengths),
    )
    return wait_strip(waits(dataclasses.replace(report, measurements=(measured,))))


def rows_of(report: Report) -> tuple[Row, ...]:
    return timeline(report, time_by_class(report.transcript), waits(report))[1]


def boxes(report: Report, name: str) -> list[tuple[float, float]]:
    """(start, end) in seconds of every box of a class on the timeline."""
    found = []
    for row in rows_of(report):
        for x, width in re.findall(r"M(\d+) \d+h(\d+)", row.paths.get(name, "")):
            found.append((row.start + int(x) / 10, row.start + (int(x) + int(width)) / 10))
    return found


def test_the_timeline_shows_each_class_where_it_was_heard() -> None:
    report = made_up_report()
    assert boxes(report, "several") == [(43.5, 58.0)]
    assert boxes(report, "missing") == [(5.0, 7.0)]
    assert boxes(report, "unknown") == [(70.5, 72.0)]
    assert boxes(report, "student")[0] == (14.1, 17.0)
    assert boxes(report, "wait") == [(10.5, 14.1), (27.0, 28.2), (62.0, 66.5)]
    assert boxes(report, "quick") == [(21.0, 21.5), (30.0, 31.0)]


def test_a_box_that_runs_over_the_end_of_a_row_goes_on_in_the_next() -> None:
    report = made_up_report()
    assert boxes(report, "teacher")[-3:-1] == [(59.0, 60.0), (60.0, 62.0)]


def test_questions_stand_where_they_end_and_tags_do_not() -> None:
    rows = rows_of(made_up_report())
    ends = [row.start + int(x) / 10 for row in rows for x in re.findall(r"M(\d+)", row.paths["question"])]
    assert ends == [10.5, 21.0, 27.0, 30.0, 62.0]


@given(st.floats(1, 30_000))
def test_rows_cover_the_lesson_without_a_gap(duration: float) -> None:
    report = made_up_report()
    transcript = dataclasses.replace(
        made_up_transcript(), duration=duration, utterances=(), speech=(), overlap=(), missing=()
    )
    rows = rows_of(dataclasses.replace(report, transcript=transcript, measurements=()))
    assert rows[0].start == 0
    assert rows[-1].end >= duration - 0.1
    assert len(rows) <= 11
    assert all(a.end == b.start for a, b in itertools.pairwise(rows))


def test_rows_are_short_enough_to_see_a_wait() -> None:
    assert [row_seconds(each) for each in (80, 600, 2700, 5400, 90_000)] == [60, 60, 300, 600, 9000]


def test_dots_pile_up_only_where_waits_are_alike() -> None:
    strip = with_waits(1.0, 1.05, 1.1, 4.0)
    assert [each.y for each in strip.dots] == [0, 11, 22, 0]
    assert [each.x for each in strip.dots] == sorted(each.x for each in strip.dots)


def test_hundreds_of_waits_draw_together_instead_of_growing_a_tower() -> None:
    strip = with_waits(*(0.5 + i % 7 * 0.01 for i in range(400)))
    assert strip.height <= 215
    assert len({(each.x, each.y) for each in strip.dots}) == 400
    assert strip.radius < with_waits(1.0).radius


def test_the_three_second_line_parts_shorter_from_longer() -> None:
    strip = with_waits(2.9, 3.1)
    assert strip.dots[0].x < strip.three < strip.dots[1].x


def test_a_very_long_wait_stands_at_the_edge_and_the_axis_says_so() -> None:
    strip = with_waits(1.0, 17.0)
    assert strip.ticks[-1] == (98.0, "10 s+")
    assert strip.dots[-1].x == 98.0
    assert with_waits().dots == ()


def test_the_time_budget_covers_the_whole_recording() -> None:
    seconds = dict(time_budget(made_up_report(), time_by_class(made_up_transcript())))
    assert sum(seconds.values()) == pytest.approx(80.0)
    assert seconds["Several voices"] == pytest.approx(14.5)


def test_a_moment_plays_from_the_sentence_it_is_about() -> None:
    transcript = made_up_transcript()
    moment = Moment(start=17.4, end=19.0, label="restates")
    (shown,) = playable([moment], transcript)
    assert shown.said == "Lighter than the water around it, yes."
    assert shown.who == "Teacher"
    assert (shown.play_from, shown.play_to) == (pytest.approx(17.1), pytest.approx(21.5))


def test_a_moment_in_the_middle_of_nothing_quotes_nobody() -> None:
    (shown,) = playable([Moment(start=77.0, end=79.0, label="quiet")], made_up_transcript())
    assert shown.said == ""
    assert shown.play_to <= 80.0
