"""Where a teacher's turn answers a student's, drawn as lessons."""

from __future__ import annotations

import pytest

from coachai.discourse.exchanges import exchanges
from tests.timeline import lesson

LONG = "I think it is a half"


def found(drawing: str) -> list[tuple[int, str, str]]:
    return [(each.teacher, *each.said) for each in exchanges(lesson(drawing).utterances)]


def test_it_stands_on_the_first_utterance_of_the_teachers_turn() -> None:
    drawing = """
        0.0 - 1.0  T: Yes, Maria?
        2.0 - 3.0 S1: I think
        3.5 - 5.0 S1: it is a half.
        6.0 - 7.0  T: A half.
        7.0 - 8.0  T: Why a half?
        9.0 -10.0 S1: Because.
       11.0 -12.0  T: Okay.
    """
    assert found(drawing) == [(3, "I think it is a half.", "A half. Why a half?")]


def test_only_the_student_right_before_is_answered() -> None:
    drawing = f"""
        0.0 - 2.0 S1: {LONG}.
        2.5 - 4.0 S2: No no, it is a third.
        4.0 - 5.0  T: A third?
    """
    assert found(drawing) == [(2, "No no, it is a third.", "A third?")]


@pytest.mark.parametrize("words", ["One two three four", "one, two - three ... four"])
def test_fewer_than_five_words_give_nothing_to_take_up(words: str) -> None:
    assert found(f"0 - 2 S1: {words}\n 3 - 4 T: Why?") == []
    assert len(found(f"0 - 2 S1: {words} five\n 3 - 4 T: Why?")) == 1


@pytest.mark.parametrize(
    ("between", "count"),
    [
        ("3.0 - 4.0 S2: (not understood)", 0),
        ("3.0 - 4.0  ?: Maybe so", 0),
        ("3.0 - 4.0  ?: (not understood)", 0),
        ("3.0 - 4.0  T: (a sound of hers)", 1),
        ("", 1),
    ],
)
def test_what_stands_between_may_end_it(between: str, count: int) -> None:
    assert len(found(f"0.0 - 2.0 S1: {LONG}\n{between}\n5.0 - 6.0 T: Why?")) == count


def test_a_long_silence_ends_it() -> None:
    assert len(found(f"0.0 - 2.0 S1: {LONG}\n 21.9 - 23.0 T: Why?")) == 1
    assert found(f"0.0 - 2.0 S1: {LONG}\n 22.1 - 23.0 T: Why?") == []


def test_a_teacher_who_begins_answers_nobody() -> None:
    assert found("0 - 2 T: Good morning, all of you here.\n 3 - 4 T: Sit down.") == []
    assert exchanges(()) == []
