"""Lessons composed for the evaluation: from readers who were not learned from, where there are enough."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.voices import composing, lessons, listening
from models.voices.inputs import Clip, clips_in

CLIPS = Path(__file__).parents[3] / "shared" / "data" / "speech" / "speechocean762" / "metadata.csv"


def clips(adults: int, children: int, sentences: int = 5) -> list[Clip]:
    ages = [40] * adults + [9] * children + [15]
    return [
        Clip(utterance=f"{k}-{n}", speaker=f"{k:04d}", age=age, gender="f", path=Path(f"{k}-{n}.flac"))
        for k, age in enumerate(ages)
        for n in range(sentences)
    ]


def test_readers_between_child_and_adult_have_no_part() -> None:
    found = composing.readers_of(clips(2, 3))
    assert [(each.name, each.adult, len(each.clips)) for each in found] == [
        ("0000", True, 5),
        ("0001", True, 5),
        ("0002", False, 5),
        ("0003", False, 5),
        ("0004", False, 5),
    ]


@pytest.mark.parametrize(
    ("adults", "children", "sentences", "enough"),
    [(3, 9, 5, True), (2, 9, 5, False), (3, 8, 5, False), (3, 9, 4, False)],
)
def test_too_few_readers_are_said_to_be_so(adults: int, children: int, sentences: int, enough: bool) -> None:
    told = composing.lacking(composing.readers_of(clips(adults, children, sentences)))
    assert (told == "") is enough
    if not enough:
        assert f"{children} children" in told


@given(st.integers(0, 2**31))
def test_drawn_turns_are_a_lesson_s(seed: int) -> None:
    rows = composing.rows(np.random.default_rng(seed))
    assert {each["role"] for each in rows} == {"teacher", "student"}
    assert rows == composing.rows(np.random.default_rng(seed))
    assert all(each["text"].rstrip("?").split() for each in rows)
    assert not any(each["text"].endswith("?") for each in rows if each["role"] == "student")


@pytest.mark.slow
@pytest.mark.data
def test_group_work_of_real_readers_is_composed_with_its_truth_and_heard(tmp_path: Path) -> None:
    if not CLIPS.is_file():
        pytest.skip("the labelled clips are not beside the checkout")
    cast = composing.readers_of(clips_in(CLIPS))
    made, unmade = composing.composed(tmp_path, cast, ["group_work"], 1, 1, lambda _: None)
    assert unmade == []
    (lesson,) = made
    assert lesson.kind == "group_work"
    assert sum(each.duration for each in lesson.group) > 100
    assert lesson.speakers == set(lesson.readers.values())
    heard = listening.heard_lesson(lesson.media, None)
    assert heard is not None
    figure = lessons.group_f1([lessons.row_of(lesson, lessons.NONE, heard)])
    assert figure is not None
    assert 0 <= figure.value <= 1  # type: ignore[operator]
    assert 0.3 < figure.baseline < 0.9  # type: ignore[operator]
