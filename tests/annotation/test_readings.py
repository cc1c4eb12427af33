"""Labels from what a model read, beside rules and under people's word; no model is needed to test them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.annotation import annotate
from coachai.annotation.reading import THRESHOLDS, asks, decide
from coachai.readings import CHOICES, TEACHER_MOVES
from coachai.records import Label, Transcript
from tests.timeline import lesson, reads

LESSON = """
    0 -  3 S1: i think we add the two sides to get eleven
    4 -  6 T: what makes you say that
    7 -  9 S1: because they are the same
   10 - 12 T: they are the same
   13 - 15 T: and you can all see that
"""
CHANCES = st.floats(0, 1)


def names(transcript: Transcript, index: int) -> set[str]:
    return {each.name for each in annotate(transcript).utterances[index].labels if each.probability > 0}


def read(readings: Mapping[int, Mapping[str, float]], *, marks: bool = False) -> Transcript:
    return reads(lesson(LESSON, marks=marks), readings)


def person(transcript: Transcript, index: int, name: str, probability: float) -> Transcript:
    """The transcript after somebody said that an utterance is (1) or is not (0) this."""
    said = list(transcript.utterances)
    label = Label(name=name, probability=probability, source="person:MR")
    said[index] = replace(said[index], labels=(*said[index].labels, label))
    return replace(transcript, utterances=tuple(said))


def test_without_marks_a_reading_makes_a_question_and_wording_does_not() -> None:
    asked = read({1: {"question": 0.9}, 4: {"question": 0.3}})
    assert "question" in names(asked, 1)
    assert "question" not in names(asked, 4)
    assert "question" not in names(read({4: {"question": 0.3}}), 1)
    assert "question" in names(lesson(LESSON, marks=False), 1)


def test_with_marks_the_marks_say_what_is_a_question() -> None:
    assert "question" not in names(read({1: {"question": 0.99}}, marks=True), 1)


def test_rules_that_look_at_questions_find_those_that_were_read() -> None:
    assert {"question", "open"} <= names(read({1: {"question": 0.9}}), 1)


def test_a_reading_makes_the_move_and_the_rules_for_it_rest() -> None:
    assert "press_for_reasoning" in names(read({1: {"press_for_reasoning": 0.7, "question": 0.9}}), 1)
    assert "press_for_reasoning" not in names(read({1: {"question": 0.9}}), 1)
    assert "press_for_reasoning" in names(lesson(LESSON, marks=False), 1)


def test_restating_stays_the_rules_whatever_was_read() -> None:
    assert "restating" in names(read({3: {"revoicing": 0.9}}), 3)
    assert "revoicing" not in names(read({3: {"revoicing": 0.9}}), 3)
    assert "restating" not in names(read({4: {"restating": 0.9}}), 4)


def test_a_students_evidence_is_called_reasoning() -> None:
    assert "reasoning" in names(read({2: {"providing_evidence": 0.6}}), 2)
    assert "reasoning" not in names(read({0: {"making_a_claim": 0.6}}), 0)
    assert "making_a_claim" in names(read({0: {"making_a_claim": 0.6}}), 0)


def test_a_follow_up_is_taken_up_and_focusing_or_funneling() -> None:
    told = read({1: {"uptake": 0.8, "focusing": 0.5, "funneling": 0.45}})
    assert {"uptake", "focusing"} <= names(told, 1)
    assert "funneling" not in names(told, 1)


def test_a_model_of_exchanges_only_leaves_sentences_to_the_rules() -> None:
    told = reads(lesson(LESSON, marks=False), {1: {"uptake": 0.1}}, source="model:open")
    assert {"question", "press_for_reasoning"} <= names(told, 1)
    assert "uptake" not in names(told, 1)


def test_a_label_that_a_person_took_away_is_not_made_again() -> None:
    told = person(
        read({1: {"question": 0.9, "press_for_reasoning": 0.9, "revoicing": 0.5}}), 1, "question", 0
    )
    assert "question" not in names(told, 1)
    assert "open" not in names(told, 1)
    moved = person(told, 1, "press_for_reasoning", 0)
    assert "press_for_reasoning" not in names(moved, 1)
    assert annotate(annotate(moved)) == annotate(moved)
    assert "restating" not in names(person(read({}), 3, "restating", 0), 3)


def test_a_move_that_a_person_gave_leaves_no_room_for_another() -> None:
    told = person(read({1: {"press_for_reasoning": 0.9}, 3: {"revoicing": 0.9}}), 1, "press_for_accuracy", 1)
    assert names(told, 1) & set(TEACHER_MOVES) == {"press_for_accuracy"}
    assert names(person(told, 3, "revoicing", 1), 3) & set(TEACHER_MOVES) == {"revoicing"}


def test_labels_are_made_anew_when_roles_or_readings_change() -> None:
    told = annotate(read({1: {"press_for_reasoning": 0.9}}))
    forgotten = replace(told, utterances=tuple(replace(each, readings=()) for each in told.utterances))
    assert annotate(forgotten) == annotate(lesson(LESSON, marks=False))


def test_words_that_are_unsure_get_no_label_by_a_model() -> None:
    told = read({1: {"question": 0.9, "press_for_reasoning": 0.9}, 2: {"question": 0.1}})
    said = list(told.utterances)
    said[1] = replace(said[1], labels=(Label(name="unsure", probability=1.0, source="hearing:twice"),))
    assert names(replace(told, utterances=tuple(said)), 1) == {"unsure"}


def test_the_most_likely_against_its_threshold_is_the_move() -> None:
    assert decide({"revoicing": 0.5, "press_for_accuracy": 0.45}, "teacher") == ("revoicing", 0.5)
    assert decide({"revoicing": THRESHOLDS["revoicing"] - 0.01}, "teacher") is None
    assert decide({"revoicing": 0.9}, "student") is None
    assert decide({"making_a_claim": 0.4}, "unknown") is None
    assert decide({"revoicing": 0.9}, "teacher", restates=True) == ("restating", 0.8)
    assert decide({"restating": 0.9, "revoicing": 0.5}, "teacher", restates=False) == ("revoicing", 0.5)


@given(
    st.dictionaries(st.sampled_from(sorted(THRESHOLDS)), CHANCES), st.sampled_from(sorted(CHOICES.items()))
)
def test_a_move_reaches_its_threshold_and_belongs_to_its_role(
    chances: dict[str, float], kind: tuple[str, tuple[str, ...]]
) -> None:
    role, choices = kind
    made = decide(chances, role)
    reached = {name for name in choices if chances.get(name, 0.0) >= THRESHOLDS[name]}
    assert (made is None) == (not reached)
    if made is not None:
        name, probability = made
        assert name in reached
        assert chances[name] == probability
        better = chances | {name: 1.0}
        assert decide(better, role) == (name, 1.0) or max(chances[each] for each in reached) == 1.0


@pytest.mark.parametrize(("probability", "asked"), [(0.0, False), (0.43, False), (0.44, True), (1.0, True)])
def test_a_sentence_asks_from_its_threshold_on(probability: float, asked: bool) -> None:
    assert asks(probability) is asked
