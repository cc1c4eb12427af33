"""Waits, time to think and what happens when nobody answers."""

from __future__ import annotations

import pytest

from coachai.measures import measure_all
from coachai.records import Measurement
from tests.timeline import lesson


def measured(drawing: str, name: str, **changes: object) -> Measurement:
    return next(each for each in measure_all(lesson(drawing, **changes)) if each.measure == name)


LESSON = """
    0.0 - 2.0  T: Why does ice float?  #question #open
    6.0 - 7.0 S1: Because it is light.
    7.5 - 8.2  T: Okay?  #question #tag
    9.0 -10.0  T: Is it cold?  #question #closed
   11.0 -12.0 S2: Yes.
   12.5 -14.0  T: What do you think of that, Maria?  #question #open #nomination
   16.0 -17.0 S3: It is true.
   17.5 -18.0  T: Travis?  #question #nomination
   23.5 -24.5  T: Anybody else?  #question #closed
   24.9 -26.0 S1: No.
   """


def test_wait_time_1_is_the_median_pause_after_questions_tags_apart() -> None:
    found = measured(LESSON, "wait_time_1")
    assert (found.value, found.n, found.unit) == (pytest.approx(1.5), 4, "s")
    assert [(each.start, round(each.duration, 3), each.label) for each in found.moments] == [
        (2.0, 4.0, "student"),
        (10.0, 1.0, "student"),
        (14.0, 2.0, "student"),
        (24.5, 0.4, "student"),
    ]
    assert [each.start for each in found.excluded] == [8.2, 18.0]


def test_a_share_of_long_waits_needs_ten_waits() -> None:
    few = measured(LESSON, "wait_time_1_at_least_3s")
    assert (few.value, few.n, len(few.moments)) == (None, 4, 1)
    assert "at least 10" in few.note
    waits = [1.0] * 6 + [3.0] * 4
    rows, now = [], 0.0
    for wait in waits:
        rows.append(f"{now} - {now + 2} T: Why is it so?  #question")
        rows.append(f"{now + 2 + wait} - {now + 4 + wait} S1: Because it is.")
        now += 5 + wait
    enough = measured("\n".join(rows), "wait_time_1_at_least_3s")
    assert (enough.value, enough.n, len(enough.moments)) == (0.4, 10, 4)


def test_open_waits_are_those_after_open_questions_to_everyone() -> None:
    found = measured(LESSON, "open_wait_time")
    assert (found.value, found.n) == (4.0, 1)
    assert "one student by name" in found.excluded[0].reason


def test_a_wait_after_a_name_is_kept_apart() -> None:
    found = measured(LESSON, "wait_after_nomination")
    assert [(each.start, each.duration, each.label) for each in found.moments] == [
        (14.0, 2.0, "student"),
        (18.0, 5.5, "new question"),
    ]


def test_wait_time_2_is_the_median_pause_between_a_student_and_the_teacher() -> None:
    found = measured(LESSON, "wait_time_2")
    assert (found.value, found.n) == (0.5, 3)
    assert [each.reason for each in found.excluded] == ["the last words before the end of the recording"]


def test_nobody_answers_and_the_teacher_does_something() -> None:
    drawing = """
        0 - 2 T: Why does ice float?  #question
        8 - 10 T: Why does ice float on water?  #question
        16 - 18 T: Take a minute to think.  #think_prompt
        40 - 42 T: Is it heavy?  #question
        46 - 47 S1: No.
        50 - 52 T: Who can say more?  #question
        58 - 59 S2: Me.
        """
    found = measured(drawing, "no_response_recovery")
    assert (found.value, found.n) == (2.0, 2)
    assert [(each.start, each.end, each.label) for each in found.moments] == [
        (0, 10, "teacher repeats"),
        (8, 18, "gives think time"),
    ]
    think = measured(drawing, "structured_think_time")
    assert (think.value, think.n) == (22.0, 1)
    work = measured(drawing, "work_time")
    assert (work.value, [each.reason for each in work.excluded]) == (
        0.0,
        ["counted as structured think time"],
    )


def test_work_time_is_silence_between_words() -> None:
    found = measured("30 - 32 T: Now write.\n72 - 74 T: So.", "work_time", duration=100.0)
    assert (found.value, found.n) == (40.0, 1)
    assert [each.reason for each in found.excluded] == ["before the first words", "after the last words"]


def test_no_prompt_is_not_zero_seconds_of_thinking() -> None:
    found = measured(LESSON, "structured_think_time")
    assert (found.value, found.note) == (None, "We heard no prompt to think, write or talk to a neighbour.")
    talked_over = "0 - 2 T: Take a minute to think.  #think_prompt\n2.5 - 4 T: So.\n5 - 7 T: And so."
    assert measured(talked_over, "structured_think_time").excluded[0].reason.startswith("less than three")


def test_students_who_answer_each_other_are_a_run() -> None:
    found = measured(
        "0 - 2 S1: It is light.\n3 - 4 S2: It is not.\n5 - 6 S1: It is.\n7 - 8 T: Well.", "student_to_student"
    )
    assert [(each.start, each.end) for each in found.moments] == [(0, 6)]
    assert found.value == 1.0
    unnamed = measured(
        "0 - 2 S1: It is light.\n3 - 4 S2: It is not.\n7 - 8 T: Well.", "student_to_student", names=False
    )
    assert (unnamed.low, unnamed.value) == (0.0, 1.0)
