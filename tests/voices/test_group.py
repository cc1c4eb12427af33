"""Group work: from the chance of several voices at each moment to stretches."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.voices.group import SHORTEST, several_at_once
from coachai.voices.projection import Array

STEP = 0.04


def heard(drawing: str) -> tuple[Array, Array]:
    """A character a second: "8" is a chance of .8, "." nobody speaks."""
    told = [
        (k + STEP * part, int(mark) / 10)
        for k, mark in enumerate(drawing)
        if mark != "."
        for part in range(round(1 / STEP))
    ]
    return np.array([time for time, _ in told]), np.array([chance for _, chance in told])


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        ("000000000000000000", []),
        ("000008888888800000", [(5.0, 13.0)]),
        ("000008888088880000", [(5.0, 14.0)]),  # somebody alone for a second
        ("000008888.88880000", [(5.0, 14.0)]),  # a breath
        ("000080000080000800", []),  # answers that run into questions
        ("0088888800000008888880", [(2.0, 8.0), (15.0, 21.0)]),
        ("44444444444444444444", []),  # never plainly several
        ("", []),
    ],
)
def test_stretches(drawing: str, expected: list[tuple[float, float]]) -> None:
    found = several_at_once(*heard(drawing))
    assert len(found) == len(expected)
    for span, (start, end) in zip(found, expected, strict=True):
        assert span.start == pytest.approx(start, abs=1.0)
        assert span.end == pytest.approx(end, abs=1.0)


def test_a_lower_threshold_finds_more() -> None:
    times, chance = heard("004444444400")
    assert several_at_once(times, chance) == ()
    assert len(several_at_once(times, chance, begins=0.3)) == 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 8)), max_size=12))
def test_stretches_are_long_sorted_and_apart(drawn: list[tuple[int, int]]) -> None:
    times, chance = heard("".join(str(mark) * count for mark, count in drawn))
    found = several_at_once(times, chance)
    assert all(span.duration >= SHORTEST for span in found)
    assert all(before.end < after.start for before, after in pairwise(found))
    if found:
        assert found[0].start >= 0
        assert found[-1].end <= times[-1] + STEP


def test_the_whole_of_a_lesson_of_group_work_is_one_stretch() -> None:
    times, chance = heard("9" * 120)
    (found,) = several_at_once(times, chance)
    assert (found.start, found.end) == (0.0, pytest.approx(120.0, abs=0.1))
