"""Composed scenes: the truth says who teaches, who visits and where many talk at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from benchmarks.compose import DATA, RATE
from benchmarks.scenes import SCENES, Cast, Scene, captioned, composed, readers

pytestmark = pytest.mark.data


def scene(kind: str, seed: int = 3) -> Scene:
    """A short lesson of that kind; skipped where the labelled data is not there."""
    if not DATA.is_dir():
        pytest.skip("needs the labelled data beside the checkout (../shared/data)")
    return composed(kind, Cast(readers=readers(DATA, "free"), rng=np.random.default_rng(seed)), minutes=1.5)


def seconds(told: Scene, role: str) -> float:
    """How long those of a role talk."""
    return sum(each.end - each.start for each in told.said if each.role == role)


@pytest.mark.parametrize("kind", list(SCENES))
def test_every_scene_has_a_sound_for_each_utterance_and_nobody_two_parts(kind: str) -> None:
    told = scene(kind)
    assert len(told.said) == len(told.sounds) > 10
    for each, sound in zip(told.said, told.sounds, strict=True):
        assert each.end - each.start == pytest.approx(len(sound) / RATE, abs=2e-3)
    assert len(set(told.readers.values())) == len(told.readers)
    assert {each.speaker for each in told.said} <= set(told.readers)
    assert seconds(told, "teacher") > 15


def test_teachers_are_men_and_women_and_students_children_or_adults() -> None:
    people = {each.name: each for each in (readers(DATA, "free") if DATA.is_dir() else ())}
    man, woman, adults = scene("male"), scene("female"), scene("adult_class")
    assert people[man.readers["teacher"]].gender == "m"
    assert people[woman.readers["teacher"]].gender == "f"
    assert all(people[name].adult for name in adults.readers.values())
    assert not any(people[name].adult for part, name in man.readers.items() if part != "teacher")


def test_two_teach_a_visitor_comes_and_a_film_runs_on_end() -> None:
    assert {each.speaker for each in scene("two_teachers").said if each.role == "teacher"} == {
        "teacher",
        "teacher_2",
    }
    assert 50 < seconds(scene("visitor"), "visitor") < 150
    told = scene("video").said
    film = [k for k, each in enumerate(told) if each.role == "video"]
    assert all(after == before + 1 for before, after in pairwise(film))
    assert told[film[-1]].end - told[film[0]].start >= 60


def test_in_group_work_several_talk_at_once_and_no_caption_has_it() -> None:
    told = scene("group_work")
    ((start, end),) = told.group
    grid = np.zeros(round((end - start) * 10))
    for each in told.said:
        first, last = (int(np.clip((at - start) * 10, 0, len(grid))) for at in (each.start, each.end))
        grid[first:last] += each.role == "student"
    assert (grid >= 2).mean() > 0.5
    assert not [each for each in captioned(told) if each.role == "student" and start <= each.start < end]


def test_held_and_free_readers_are_different_people() -> None:
    if not DATA.is_dir():
        pytest.skip("needs the labelled data beside the checkout (../shared/data)")
    free, held = ({each.name for each in readers(DATA, which)} for which in ("free", "held"))
    assert free
    assert held
    assert not free & held
