"""The six example rubrics: whole, honest about what they are, and readable by the machine where it may."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from coachai.rubric import Rubric, list_rubrics, load_rubric

SHIPPED = (
    "building-on-student-ideas",
    "checking-for-understanding",
    "effort-focused-feedback",
    "questioning",
    "student-talk",
    "wait-time",
)
UNVALIDATED_RULES = {"open_wait_time", "open_questions"}
LEVEL_WORDS = re.compile(
    r"\b(Demonstrated|Progressing|Not yet|pass(es|ed)?|fail(s|ed)?|level|score|grade|proficien\w+)\b"
)


def rubrics() -> list[Rubric]:
    return [load_rubric(each) for each in SHIPPED]


def every(rubric: Rubric) -> list[tuple[str, str]]:
    """The coaching sentences, each with its criterion."""
    texts: list[tuple[str, str]] = []
    for criterion in rubric.criteria:
        said = criterion.coaching
        found = [said.prepare, said.strength, said.cannot_tell, *(each.text for each in said.next_steps)]
        texts += [(criterion.id, text) for text in found if text]
    return texts


def test_the_six_are_there() -> None:
    assert list_rubrics() == SHIPPED


@pytest.mark.parametrize("rubric", rubrics(), ids=SHIPPED)
def test_each_is_whole(rubric: Rubric) -> None:
    assert rubric.notice == "example, not endorsed by any issuer"
    assert rubric.human_scale.levels == ("Demonstrated", "Progressing", "Not yet")
    assert {"overview", "evidence", "reflection"} <= {part.kind for part in rubric.parts}
    assert all(prompt.words for part in rubric.parts for prompt in part.prompts)
    assert all(re.search(r"\S", source.reference) for source in rubric.key_method.research)
    assert any(not criterion.indicators for criterion in rubric.criteria), "something only a person can judge"
    assert any(criterion.indicators for criterion in rubric.criteria)


@pytest.mark.parametrize("rubric", rubrics(), ids=SHIPPED)
def test_each_round_trips(rubric: Rubric, tmp_path: Path) -> None:
    path = tmp_path / "again.yaml"
    path.write_text(json.dumps(rubric.model_dump(mode="json", exclude_none=True), ensure_ascii=False))
    again = load_rubric(path)
    assert again.model_dump() == rubric.model_dump()


@pytest.mark.parametrize("rubric", rubrics(), ids=SHIPPED)
def test_what_the_teacher_reads_names_no_level(rubric: Rubric) -> None:
    said = [text for _, text in every(rubric)]
    said += [each.what for criterion in rubric.criteria for each in criterion.indicators]
    assert [text for text in said if LEVEL_WORDS.search(text)] == []


@pytest.mark.parametrize("rubric", rubrics(), ids=SHIPPED)
def test_every_coaching_sentence_is_long_enough_to_be_found_on_a_page(rubric: Rubric) -> None:
    assert all(len(text) > 25 for _, text in every(rubric))


def test_wait_time_counts_moments_and_openness_makes_no_finding() -> None:
    first = load_rubric("wait-time").criteria[0]
    (indicator,) = first.indicators
    assert indicator.ask == "count_at_least"
    assert (indicator.times, indicator.lasting) == (5, 3.0)
    assert set(indicator.measures) == {"wait_time_1", "wait_after_nomination", "structured_think_time"}
    assert not UNVALIDATED_RULES & set(indicator.measures)


def test_student_ideas_are_clips_and_never_counts() -> None:
    asked = [
        each
        for criterion in load_rubric("building-on-student-ideas").criteria
        for each in criterion.indicators
    ]
    assert {each.ask for each in asked} == {"clips"}
    measures = {name for each in asked for name in each.measures}
    assert measures == {"restating", "revoicing", "uptake", "getting_students_to_relate"}


def test_no_rubric_looks_twice_at_quick_checks() -> None:
    again = {name for r in rubrics() for c in r.criteria for each in c.indicators for name in each.look_again}
    assert not again & {"wait_time_1", "wait_time_1_at_least_3s", "wait_after_nomination"}
