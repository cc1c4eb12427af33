"""What is known about a measure: a sentence for its source of words, or that nobody checked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from coachai.label_figures import FORM_OF, REPORTING_F1, Evaluation
from coachai.measures import MEASURES, measure_all
from coachai.readings import TEACHER_MOVES
from coachai.records import Label, Transcript
from coachai.resources import resource
from coachai.validation import (
    FOUND_BY_QUESTIONS,
    NAMES,
    NOT_CHECKED,
    RESTS_ON_LABELS,
    TOO_OFTEN_WRONG,
    is_validated,
    source_key,
    stands_in,
    validation_of,
)
from tests.test_label_figures import evaluated, figures
from tests.timeline import lesson

YIELDED = {name for measure in MEASURES for name in measure.yields}


@pytest.mark.parametrize(
    ("recogniser", "marks", "names", "key"),
    [
        ("captions", True, True, "captions"),
        ("captions", True, False, "captions_unnamed"),
        ("captions", False, False, "captions_unmarked"),
        ("captions", False, True, "captions_unmarked"),
        ("pocketsphinx", False, False, "pocketsphinx"),
        ("faster-whisper", True, False, "faster-whisper"),
        ("none", False, False, "sound"),
    ],
)
def test_figures_are_kept_by_the_source_of_words(recogniser: str, marks: bool, names: bool, key: str) -> None:
    words = replace(lesson("").words_from, recogniser=recogniser, marks=marks, names=names)
    assert source_key(words) == key


def test_what_nobody_measured_is_not_checked() -> None:
    assert validation_of("wait_time_1", "a source nobody heard of") == NOT_CHECKED
    assert validation_of("a measure nobody heard of", "captions") == NOT_CHECKED


def test_every_figure_kept_belongs_to_a_measurement() -> None:
    kept = json.loads(resource("configs", "accuracy.json").read_text(encoding="utf-8"))
    assert set(kept) == {"measured_on", "date", "labels", "measures"}
    assert set(kept["measures"]) <= YIELDED
    for name, sentences in kept["measures"].items():
        for source, sentence in sentences.items():
            told = validation_of(name, source, kept["labels"], Evaluation())
            assert told == sentence != ""
            assert is_validated(told)


def test_every_measurement_that_rests_on_labels_is_one_and_its_labels_have_words() -> None:
    assert {*RESTS_ON_LABELS, *FOUND_BY_QUESTIONS} <= YIELDED
    assert {label for labels in RESTS_ON_LABELS.values() for label in labels} <= set(NAMES)


def test_whisper_s_words_quote_captions_and_say_so() -> None:
    quoted = validation_of("wait_time_1", "faster-whisper")
    assert quoted.startswith("With captions instead of this recogniser's words: checked on")
    words = lesson("").words_from
    assert stands_in(replace(words, recogniser="faster-whisper", names=False))
    assert not stands_in(words)


KNOWN = evaluated(
    talkmoves={
        "counted": {"lessons": 58},
        "labels": {
            "press_for_reasoning": {
                "marked": figures(
                    0.74,
                    precision=0.71,
                    recall=0.78,
                    low=0.7,
                    high=0.77,
                    baseline={"name": "always", "value": 0.03},
                ),
                "bare": figures(REPORTING_F1 - 0.01, precision=0.1, recall=1.0),
            },
            "question": {"bare": figures(0.9), "wer35": figures(0.75)},
        },
    },
    rules={"labels": {"press_for_reasoning": {"marked": figures(0.46)}, "question": {"bare": figures(0.7)}}},
)


def test_a_measure_that_rests_on_labels_quotes_them_in_words_with_the_trivial_baseline_beside() -> None:
    told = validation_of("press_for_reasoning", "captions", "talkmoves", KNOWN)
    assert told == (
        "Checked on 58 mathematics lessons that people coded, with the model trained on TalkMoves lessons: "
        "of ten we mark, seven are right; of ten there are, we find eight (on one scale from 0 to 1: 0.74, "
        "very likely 0.70 to 0.77; marking everything: 0.03)."
    )
    assert is_validated(told)


@pytest.mark.parametrize(("variant", "source"), [("talkmoves", "captions_unmarked"), ("rules", "captions")])
def test_a_label_that_is_too_often_wrong_validates_nothing_and_its_figures_are_told(
    variant: str, source: str
) -> None:
    told = validation_of("press_for_reasoning", source, variant, KNOWN)
    assert told.startswith(TOO_OFTEN_WRONG)
    assert "of ten we mark" in told
    assert not is_validated(told)


@pytest.mark.parametrize(
    ("variant", "source"),
    [
        ("talkmoves", "pocketsphinx"),
        ("talkmoves", "sound"),
        ("rules", "captions_unmarked"),
        ("own", "captions"),
    ],
)
def test_a_label_without_figures_for_these_words_is_not_checked(variant: str, source: str) -> None:
    assert validation_of("press_for_reasoning", source, variant, KNOWN) == NOT_CHECKED


def test_no_figures_at_all_leave_every_label_unchecked() -> None:
    of_labels = [name for name, labels in RESTS_ON_LABELS.items() if labels != ("question",)]
    told = {
        validation_of(name, source, "talkmoves", Evaluation()) for name in of_labels for source in FORM_OF
    }
    assert told == {NOT_CHECKED}


def test_whisper_s_labels_quote_typed_words_and_say_so() -> None:
    told = validation_of("press_for_reasoning", "faster-whisper", "talkmoves", KNOWN)
    assert told.startswith("With words that people typed instead of this recogniser's: checked on")
    assert validation_of("press_for_reasoning", "faster-whisper", "rules", KNOWN).startswith(TOO_OFTEN_WRONG)


def test_questions_with_marks_are_those_that_end_with_one() -> None:
    told = validation_of("question_rate", "captions", "talkmoves", KNOWN)
    assert told == validation_of("question_rate", "captions", "rules", Evaluation())


def test_composed_lessons_validate_questions_only_for_who_found_them_there() -> None:
    rules = validation_of("question_rate", "captions_unmarked", "rules", KNOWN)
    assert "with the rules alone" in rules
    model = validation_of("question_rate", "captions_unmarked", "talkmoves", KNOWN)
    assert "with the model trained on TalkMoves lessons" in model
    found_by = json.loads(resource("configs", "accuracy.json").read_text(encoding="utf-8"))["labels"]
    assert {"rules": "composed lessons" in rules, "talkmoves": "composed lessons" in model} == {
        "rules": found_by == "rules",
        "talkmoves": found_by == "talkmoves",
    }
    assert validation_of("question_rate", "captions_unmarked", "open", Evaluation()) == NOT_CHECKED
    waits = {
        variant: validation_of("wait_time_1", "captions_unmarked", variant, KNOWN)
        for variant in ("rules", "talkmoves")
    }
    assert "The questions were found by" not in waits.pop(found_by)
    assert "The questions were found by" in waits.popitem()[1]
    assert "found by" not in validation_of("wait_time_1", "captions", "talkmoves", KNOWN)


def test_a_measurement_quotes_whoever_read_its_transcript() -> None:
    def waits(heard: Transcript) -> str:
        return next(each.validation for each in measure_all(heard) if each.measure == "wait_time_1")

    heard = lesson("0.0 - 1.0 T: why #question\n3.0 - 4.0 S1: because it is", marks=False, names=False)
    read = tuple(
        replace(each, readings=(Label(name="question", probability=0.9, source="model:talkmoves"),))
        for each in heard.utterances
    )
    kept = json.loads(resource("configs", "accuracy.json").read_text(encoding="utf-8"))["labels"]
    assert ("found by" in waits(heard)) == (kept != "rules")
    assert ("found by" in waits(replace(heard, utterances=read))) == (kept != "talkmoves")


def test_moves_that_are_counted_as_one_are_told_as_one_without_those_that_are_too_often_wrong() -> None:
    good, bad = figures(0.8, n=100), figures(0.3, n=900)
    moves = {name: {"marked": good if name == "revoicing" else bad} for name in TEACHER_MOVES}
    known = evaluated(
        talkmoves={"labels": moves}, rules={"labels": {"restating": {"marked": figures(0.7, n=300)}}}
    )
    told = validation_of("talk_moves_middle", "captions", "talkmoves", known)
    assert "0.72; counted together: restating, revoicing)" in told, "(0.8 * 100 + 0.7 * 300) / 400"
    assert is_validated(told)
    none = evaluated(
        talkmoves={"labels": {name: {"marked": bad} for name in TEACHER_MOVES}},
        rules={"labels": {"restating": {"marked": bad}}},
    )
    assert validation_of("talk_moves_middle", "captions", "talkmoves", none).startswith(TOO_OFTEN_WRONG)
    assert validation_of("talk_moves_middle", "captions", "rules", known) == NOT_CHECKED
