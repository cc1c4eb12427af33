"""The table of talk moves on the teacher's page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from coachai import label_figures
from coachai.annotation import annotate
from coachai.coaching import coach
from coachai.label_figures import Evaluated, Evaluation, Figures
from coachai.measures import measure_all
from coachai.readings import TEACHER_MOVES
from coachai.records import Report
from coachai.report.moves import moves_table
from coachai.report.teacher import teacher_page
from coachai.rubric import load_rubric
from tests.report.made_up import made_up_advice, made_up_report
from tests.timeline import lesson, reads

GOOD = Figures(f1=0.8, precision=0.8, recall=0.8, n=100)


@pytest.fixture(autouse=True)
def agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every move agreed with people well enough to be counted, but one."""
    good = {name: {"bare": GOOD} for name in TEACHER_MOVES if name != "getting_students_to_relate"}
    poor = {"getting_students_to_relate": {"bare": replace(GOOD, f1=0.4)}}
    made = Evaluated(labels=good | poor)
    known = Evaluation(on="lessons", variants={"talkmoves": made, "rules": made})
    monkeypatch.setattr(label_figures, "shipped", lambda: known)


def read_report(minutes: int = 36) -> Report:
    """A lesson of that length in which moves come often at first and seldom later."""
    drawing = "\n".join(
        f"{12 * i} - {12 * i + 4} S1: i think it is a half because we cut it once"
        f"\n{12 * i + 5} - {12 * i + 10} T: <b>so</b> tell us more about that one please"
        for i in range(5 * minutes)
    )
    kinds = ("press_for_reasoning", "revoicing", "press_for_accuracy", "keeping_everyone_together")
    drawn = reads(
        lesson(drawing, marks=False),
        {
            2 * i + 1: {kinds[i % 4]: 0.9 if i % (2 + i // 20) == 0 else 0.25}
            for i in range(5 * minutes)
            if i % 3
        },
    )
    transcript = annotate(drawn)
    return replace(made_up_report(), transcript=transcript, measurements=measure_all(transcript))


def test_each_cell_has_as_many_dots_as_it_says_and_columns_add_up() -> None:
    report = read_report()
    table = moves_table(report)
    assert table is not None
    assert [title for title, _ in table.rows] == [
        "Keep everyone together",
        "Put a student's words in your own",
        "Press for accuracy",
        "Press for reasoning",
    ]
    for _, cells in table.rows:
        for cell in cells:
            assert cell.count == len(cell.dots)
            assert all(0 <= x <= 100 for x, _ in cell.dots)
    sums = [sum(cells[part].count for _, cells in table.rows) for part in range(3)]
    assert sums == [n for n, _ in table.totals]
    assert sums[0] > sums[2] > 0


def test_dots_stand_in_order_of_time_and_play_their_sentence() -> None:
    table = moves_table(read_report())
    assert table is not None
    for _, cells in table.rows:
        for cell in cells:
            assert [x for x, _ in cell.dots] == sorted(x for x, _ in cell.dots)
            assert all(each.play_from <= each.start for _, each in cell.dots)


def test_what_is_not_counted_is_told_and_has_no_row() -> None:
    table = moves_table(read_report())
    assert table is not None
    assert "getting students to relate" in table.note


def test_without_a_model_or_in_a_short_lesson_there_is_no_table() -> None:
    assert moves_table(made_up_report()) is None
    assert moves_table(read_report(2)) is None
    rubric = load_rubric("wait-time")
    page = teacher_page(made_up_report(), rubric, made_up_advice(), video=None)
    assert 'class="moves"' not in page


def test_the_page_has_the_table_and_what_was_said_stays_text() -> None:
    rubric = load_rubric("questioning")
    report = read_report()
    page = teacher_page(
        report, rubric, coach(report.transcript, report.measurements, (), rubric), video="a.mp4"
    )
    table = re.search(r'<table class="moves">.*?</table>', page, re.DOTALL)
    assert table is not None
    assert table[0].count('scope="col"') == 3
    assert table[0].count('scope="row"') == 5
    assert "very likely" in table[0]
    assert "<b>" not in table[0]
    assert table[0].count("<circle") == table[0].count("data-from=") > 10


def test_hints_stand_apart_from_the_moments_that_are_counted() -> None:
    rubric = load_rubric("questioning")
    report = read_report()
    pressed = next(each for each in report.measurements if each.measure == "press_for_reasoning")
    near = len(pressed.moments) - pressed.n
    assert near > 0
    page = teacher_page(report, rubric, made_up_advice(), video=None)
    number = page[page.index("<h3>You press for reasons</h3>") :]
    assert f"worth a look: perhaps more of this ({near})" in number[: number.index("</details>")]
    moments = re.search(r"<dt>Moments</dt><dd>(.*?)</dd>", number, re.DOTALL)
    assert moments is not None
    assert moments[1].count('class="at"') == pressed.n
