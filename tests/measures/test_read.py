"""Measures where a model has read the words: what is counted, how surely, and what is only worth a look."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai import label_figures
from coachai.annotation import annotate
from coachai.label_figures import Evaluated, Evaluation, Figures
from coachai.measures import measure_all
from coachai.readings import STUDENT_MOVES, TEACHER_MOVES
from coachai.records import Label, Measurement, Transcript
from tests.lessons import unhurried
from tests.timeline import lesson, reads

CHANCES = st.floats(0.05, 0.99).map(lambda chance: round(chance, 3))
FORMS = ("marked", "bare", "wer20", "wer35")


def figures(f1: float) -> Evaluation:
    """What would be known if every label agreed with people so well."""
    one = Figures(f1=f1, precision=f1, recall=f1, n=100)
    names = (*TEACHER_MOVES, *STUDENT_MOVES, "question", "uptake", "focusing", "funneling")
    made = Evaluated(labels={name: dict.fromkeys(FORMS, one) for name in names})
    return Evaluation(on="lessons", variants={"talkmoves": made, "rules": made})


@pytest.fixture(autouse=True)
def agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    knows(monkeypatch, figures(0.8))


def knows(monkeypatch: pytest.MonkeyPatch, evaluation: Evaluation) -> None:
    monkeypatch.setattr(label_figures, "shipped", lambda: evaluation)


def talk(sentences: int, *, seconds: float = 10.0) -> str:
    """A student's sentence and a teacher's, again and again: the teacher's have the odd numbers."""
    return "\n".join(
        f"{seconds * i} - {seconds * i + 3} S1: it is seven and a half i think"
        f"\n{seconds * i + 4} - {seconds * i + 8} T: now look at this one and tell me more"
        for i in range(sentences)
    )


def taught(name: str, chances: Mapping[int, float], *, sentences: int = 20, **changes: object) -> Transcript:
    """A lesson in which the teacher's sentences of these numbers may be what `name` says."""
    drawn = lesson(talk(sentences), **({"marks": False} | changes))
    return annotate(reads(drawn, {2 * i + 1: {name: chance} for i, chance in chances.items()}))


def named(transcript: Transcript, name: str) -> Measurement:
    return next(each for each in measure_all(transcript) if each.measure == name)


def test_a_move_is_counted_where_its_reading_agrees_with_people() -> None:
    found = named(taught("press_for_reasoning", {0: 0.9, 3: 0.8, 5: 0.1}), "press_for_reasoning")
    assert (found.value, found.unit, found.n) == (2.0, "count", 2)
    assert [(each.start, each.label) for each in found.moments] == [
        (0.0, "press for reasoning"),
        (30.0, "press for reasoning"),
    ]


@pytest.mark.parametrize("name", ["press_for_reasoning", "revoicing", "press_for_accuracy"])
def test_below_the_reporting_threshold_there_are_moments_and_no_number(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, figures(0.59))
    found = named(taught(name, {0: 0.9, 3: 0.8}), name)
    assert (found.value, found.unit, len(found.moments)) == (None, "moments", 2)
    assert "how many there are says nothing" in found.note


def test_what_nobody_checked_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    knows(monkeypatch, Evaluation())
    told = taught("press_for_reasoning", {0: 0.9})
    assert named(told, "press_for_reasoning").value is None
    assert "nobody has checked" in named(told, "press_for_reasoning").note
    assert "No move agrees" in named(told, "talk_moves_end").note
    asked = taught("question", dict.fromkeys(range(12), 0.9))
    assert named(asked, "question_rate").value is None
    assert len(named(asked, "question_rate").moments) == 12


def test_what_comes_near_a_label_is_to_be_looked_at_and_not_counted() -> None:
    found = named(taught("press_for_reasoning", {0: 0.9, 1: 0.3, 2: 0.1}), "press_for_reasoning")
    assert (found.value, found.n) == (1.0, 1)
    assert [each.label for each in found.moments] == [
        "press for reasoning",
        "look here: perhaps a press for reasoning",
    ]


def test_no_hint_where_the_sentence_is_another_move_or_a_person_spoke() -> None:
    told = taught("press_for_reasoning", {0: 0.3, 1: 0.3})
    said = list(told.utterances)
    said[1] = replace(said[1], labels=(Label(name="revoicing", probability=1.0, source="person:MR"),))
    said[3] = replace(
        said[3], labels=(Label(name="press_for_reasoning", probability=0.0, source="person:MR"),)
    )
    found = named(annotate(replace(told, utterances=tuple(said))), "press_for_reasoning")
    assert (found.n, found.moments) == (0, ())


def test_the_interval_of_a_count_knows_what_stayed_below_the_threshold() -> None:
    few = named(taught("press_for_reasoning", {0: 0.95}), "press_for_reasoning")
    many = named(
        taught("press_for_reasoning", {0: 0.95} | dict.fromkeys(range(1, 20), 0.35)), "press_for_reasoning"
    )
    assert (few.value, many.value) == (1.0, 1.0)
    assert few.high is not None
    assert many.high is not None
    assert few.high <= 2.0
    assert many.high >= 6.0


def test_what_a_person_said_is_certain() -> None:
    told = taught("press_for_reasoning", dict.fromkeys(range(10), 0.6))
    sure = tuple(
        replace(each, labels=(Label(name="press_for_reasoning", probability=1.0, source="person:MR"),))
        if each.role == "teacher"
        else each
        for each in told.utterances
    )
    found = named(annotate(replace(told, utterances=sure)), "press_for_reasoning")
    assert (found.value, found.low, found.high) == (20.0, 20.0, 20.0)
    assert named(told, "press_for_reasoning").low < 10.0


def test_questions_without_marks_are_as_sure_as_their_readings() -> None:
    sure = named(taught("question", dict.fromkeys(range(12), 0.98)), "question_rate")
    unsure = named(taught("question", dict.fromkeys(range(12), 0.6) | {15: 0.3}), "question_rate")
    assert sure.value == unsure.value
    assert sure.high is not None
    assert sure.value is not None
    assert unsure.low is not None
    assert sure.low is not None
    assert sure.high - sure.low < (unsure.high or 0.0) - unsure.low
    assert [each.label for each in unsure.moments][-1] == "look here: perhaps a question"


def test_with_marks_readings_change_nothing_about_questions() -> None:
    drawn = annotate(lesson(talk(20).replace("more", "more?"), marks=True))
    read = annotate(reads(drawn, {2 * i + 1: {"question": 0.2} for i in range(20)}))
    assert named(read, "question_rate") == named(drawn, "question_rate")
    assert named(read, "wait_time_1") == named(drawn, "wait_time_1")


def test_waits_rest_on_the_questions_that_were_read() -> None:
    told = taught("question", dict.fromkeys(range(12), 0.9))
    assert named(told, "wait_time_1").value == pytest.approx(2.0)
    assert named(told, "wait_time_1").n == 12


def test_each_third_of_the_lesson_has_its_moves() -> None:
    chances = {0: 0.9, 1: 0.9, 2: 0.9, 10: 0.9, 19: 0.9}
    found = taught("press_for_accuracy", chances)
    thirds = [named(found, f"talk_moves_{part}") for part in ("beginning", "middle", "end")]
    assert [each.value for each in thirds] == [3.0, 1.0, 1.0]
    assert named(found, "press_for_accuracy").value == 5.0
    assert {each.label for part in thirds for each in part.moments} == {"press for accuracy"}


def test_moves_that_agree_too_little_are_in_no_third(monkeypatch: pytest.MonkeyPatch) -> None:
    known = figures(0.8)
    poor = {
        **known.variants["talkmoves"].labels,
        "revoicing": figures(0.4).variants["rules"].labels["question"],
    }
    variants = {**known.variants, "talkmoves": Evaluated(labels=poor)}
    knows(monkeypatch, replace(known, variants=variants))
    found = named(taught("revoicing", {0: 0.9}), "talk_moves_beginning")
    assert found.value == 0.0
    assert "Without revoicing" in found.note


def test_a_short_lesson_has_no_thirds() -> None:
    found = named(taught("revoicing", {0: 0.9}, sentences=5), "talk_moves_end")
    assert "Less than three minutes" in found.note


def test_without_a_model_only_the_note_says_why() -> None:
    found = annotate(lesson(talk(20), marks=False))
    for name in ("press_for_accuracy", "talk_moves_beginning", "student_claims", "focusing_share"):
        measurement = named(found, name)
        assert (measurement.value, measurement.n, measurement.moments) == (None, 0, ())
        assert "made without" in measurement.note


def test_students_moves_are_counted() -> None:
    drawn = lesson(talk(20), marks=False)
    told = annotate(reads(drawn, {0: {"making_a_claim": 0.9}, 2: {"providing_evidence": 0.7}}))
    assert named(told, "student_claims").value == 1.0
    assert named(told, "student_reasoning").value == 1.0
    assert named(told, "student_relating").value == 0.0


def follow_ups(focusing: int, funneling: int, *, neither: int = 0) -> Transcript:
    kinds = [{"focusing": 0.7, "funneling": 0.2}] * focusing + [
        {"focusing": 0.1, "funneling": 0.8}
    ] * funneling
    kinds += [{"focusing": 0.06, "funneling": 0.1}] * neither
    drawn = lesson(talk(len(kinds)), marks=False)
    return annotate(reads(drawn, {2 * i + 1: kind for i, kind in enumerate(kinds)}))


def test_the_share_of_focusing_follow_ups() -> None:
    found = named(follow_ups(6, 6, neither=5), "focusing_share")
    assert (found.value, found.n, found.unit) == (0.5, 12, "share")
    assert found.low is not None
    assert found.high is not None
    assert 0.1 < found.low < 0.5 < found.high < 0.9
    assert {each.label for each in found.moments} == {"asks about a student's thinking", "leads to an answer"}


def test_a_share_of_follow_ups_needs_ten_and_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "at least 10" in named(follow_ups(3, 4), "focusing_share").note
    knows(monkeypatch, figures(0.5))
    assert named(follow_ups(6, 6), "focusing_share").value is None


def test_uptake_shows_the_likeliest_first_and_no_number() -> None:
    found = named(taught("uptake", {0: 0.5, 4: 0.9, 7: 0.7}), "uptake")
    assert found.value is None
    assert [each.start for each in found.moments] == [40.0, 70.0, 0.0]


@unhurried
@given(st.dictionaries(st.integers(0, 19), CHANCES), st.integers(0, 19))
def test_a_likelier_reading_never_means_fewer(chances: dict[int, float], place: int) -> None:
    before = named(taught("press_for_accuracy", chances), "press_for_accuracy")
    likelier = min(0.99, chances.get(place, 0.05) + 0.2)
    after = named(taught("press_for_accuracy", chances | {place: likelier}), "press_for_accuracy")
    for found in (before, after):
        if found.value is not None and found.low is not None and found.high is not None:
            assert 0 <= found.low <= found.value <= found.high < math.inf
            assert found.value == found.n
    if before.value is not None and after.value is not None:
        assert after.value >= before.value
        # One sentence more is drawn: the same luck falls on others.
        assert (after.high or 0.0) >= (before.high or 0.0) - 1.0
        assert (after.low or 0.0) >= (before.low or 0.0) - 1.0


@unhurried
@given(
    st.dictionaries(
        st.integers(0, 39), st.dictionaries(st.sampled_from(TEACHER_MOVES + STUDENT_MOVES), CHANCES)
    )
)
def test_the_same_readings_give_the_same_numbers_and_whole_moments(
    readings: dict[int, dict[str, float]],
) -> None:
    told = annotate(reads(lesson(talk(20), marks=False), readings))
    found = measure_all(told)
    assert found == measure_all(annotate(told))
    thirds = [each for each in found if each.measure.startswith("talk_moves_")]
    if all(each.value is not None for each in thirds):
        labelled = sum(
            any(map(each.has, TEACHER_MOVES)) for each in told.utterances if each.role == "teacher"
        )
        assert sum(each.value or 0.0 for each in thirds) == labelled
