"""Measures of what is said: questions and labels."""

from __future__ import annotations

import pytest

from coachai.measures import measure_all
from coachai.records import Measurement
from tests.timeline import lesson


def measured(drawing: str, name: str, **changes: object) -> Measurement:
    return next(each for each in measure_all(lesson(drawing, **changes)) if each.measure == name)


def asking(questions: int, *, opened: int = 0, seconds: float = 10.0) -> str:
    return "\n".join(
        f"{seconds * i} - {seconds * i + 3} T: Now what do you all make of that one here?"
        f"  #question #{'open' if i < opened else 'closed'}"
        for i in range(questions)
    )


def test_questions_are_counted_by_time_and_by_words_tags_apart() -> None:
    drawing = asking(12) + "\n118 - 119 T: Okay?  #question #tag"
    rate = measured(drawing, "question_rate", duration=120.0)
    assert (rate.value, rate.n, len(rate.moments), len(rate.excluded)) == (60.0, 12, 12, 1)
    assert rate.low <= 60 <= rate.high
    by_words = measured(drawing, "questions_per_1000_words", duration=120.0)
    assert by_words.value == pytest.approx(1000 * 12 / 121)


def test_group_work_is_no_time_to_ask_in() -> None:
    drawing = asking(6) + "\n60 - 120 *"
    assert measured(drawing, "question_rate").value == pytest.approx(60.0)


def test_missed_questions_widen_the_rate_upwards_where_marks_are_missing() -> None:
    marked = measured(asking(12), "question_rate")
    unmarked = measured(asking(12), "question_rate", marks=False, names=False)
    assert unmarked.value == marked.value
    assert unmarked.high > 1.5 * marked.high - 0.5 * marked.value


def test_a_rate_needs_time_and_words() -> None:
    assert "Less than a minute" in measured(asking(3), "question_rate").note
    assert "only 30 of the teacher's words" in measured(asking(3), "questions_per_1000_words").note


def test_the_share_of_open_questions_needs_ten_and_says_that_it_is_unchecked() -> None:
    found = measured(asking(12, opened=3), "open_questions")
    assert (found.value, found.n, len(found.moments)) == (0.25, 12, 3)
    assert "nobody has checked" in found.note
    few = measured(asking(9, opened=3), "open_questions")
    assert (few.value, len(few.moments)) == (None, 3)


@pytest.mark.parametrize(
    ("label", "name", "role"),
    [
        ("reasoning", "student_reasoning", "S1"),
        ("process_praise", "process_praise", "T"),
        ("person_praise", "person_praise", "T"),
        ("yet", "says_yet", "T"),
        ("whole_class", "whole_class_elicitations", "T"),
        ("corrects_error", "adjusts_after_error", "T"),
    ],
)
def test_labels_of_the_right_role_are_counted(label: str, name: str, role: str) -> None:
    other = "T" if role == "S1" else "S1"
    drawing = f"0 - 2 T: So.\n20 - 22 {role}: This one.  #{label}\n40 - 42 {other}: Not this.  #{label}"
    found = measured(drawing, name)
    assert (found.value, found.unit, found.low) == (1.0, "count", 1.0)
    assert [each.start for each in found.moments] == [20.0]


@pytest.mark.parametrize("name", ["press_for_reasoning", "restating", "revoicing", "uptake"])
def test_talk_moves_are_moments_with_the_students_words_and_no_number(name: str) -> None:
    drawing = f"""
        0 - 2 S1: It is light.
        3 - 5 T: You say it is light.  #{name}
        40 - 42 T: And light it is.  #{name}
        """
    found = measured(drawing, name)
    assert (found.value, found.n) == (None, 2)
    assert "Moments to look at" in found.note
    assert [(each.start, each.end) for each in found.moments] == [(0.0, 5.0), (40.0, 42.0)]
