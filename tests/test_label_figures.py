"""Which figures apply to a label: who made it, in which words, and whether they are good enough to count."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from coachai.label_figures import (
    FORM_OF,
    FORMS,
    REPORTING_F1,
    VARIANTS,
    Evaluation,
    is_counted,
    maker_of,
    read_evaluation,
    shipped,
    variant_of,
)
from coachai.records import Label
from coachai.resources import resource
from coachai.validation import is_validated, validation_of
from tests.timeline import lesson


def figures(f1: float, **more: Any) -> dict[str, Any]:
    return {"f1": f1, "precision": f1, "recall": f1, "n": 100} | more


def evaluated(**variants: Any) -> Evaluation:
    told = {"measured_on": "lessons", "date": "a day", "machine": "a machine", "variants": variants}
    return read_evaluation(json.dumps(told))


def test_a_label_s_figures_are_those_of_whoever_made_it_in_words_of_the_same_form() -> None:
    known = evaluated(
        talkmoves={
            "labels": {"revoicing": {"marked": figures(0.7, low=0.6, high=0.8), "bare": figures(0.5)}}
        },
        rules={"labels": {"restating": {"marked": figures(0.84)}, "revoicing": {"marked": figures(0.55)}}},
    )
    assert known.figures("revoicing", "talkmoves", "marked") is not None
    assert known.figures("revoicing", "talkmoves", "wer20") is None
    assert known.figures("restating", "talkmoves", "marked") == known.figures("restating", "rules", "marked")
    assert known.figures("revoicing", "open", "marked") == known.figures("revoicing", "rules", "marked")
    assert known.figures("uptake", "open", "marked") is None
    assert maker_of("focusing", "open") == "open"


@pytest.mark.parametrize(
    ("source", "counted"),
    [("captions", True), ("captions_unmarked", False), ("pocketsphinx", None), ("sound", None)],
)
def test_a_label_is_counted_where_its_f1_reaches_the_threshold(source: str, counted: bool | None) -> None:
    at, below = figures(REPORTING_F1), figures(REPORTING_F1 - 0.001)
    known = evaluated(talkmoves={"labels": {"revoicing": {"marked": at, "bare": below}}})
    assert is_counted("revoicing", "talkmoves", source, known) is counted


@pytest.mark.parametrize(("low", "counted"), [(0.61, False), (0.63, True), (None, True)])
def test_a_label_that_is_hardly_better_than_giving_it_always_is_not_counted(
    low: float | None, counted: bool
) -> None:
    often = figures(0.66, low=low, high=0.8, baseline={"name": "always", "value": 0.62})
    known = evaluated(talkmoves={"labels": {"uptake": {"marked": often}}})
    assert is_counted("uptake", "talkmoves", "captions", known) is counted
    told = validation_of("uptake", "captions", "talkmoves", known)
    assert is_validated(told) is counted


def test_without_a_file_nothing_is_known() -> None:
    assert is_counted("revoicing", "talkmoves", "captions", Evaluation()) is None


def test_the_readings_of_a_transcript_say_who_made_its_labels() -> None:
    heard = lesson("0.0 - 1.0 T: Why?\n2.0 - 3.0 S1: Because it is.")
    assert variant_of(heard) == "rules"
    read = Label(name="question", probability=0.7, source="model:open")
    first, *others = heard.utterances
    told = replace(heard, utterances=(first, *(replace(each, readings=(read,)) for each in others)))
    assert variant_of(told) == "open"


@pytest.mark.parametrize(("used", "known"), [("abc", "talkmoves"), ("def", "talkmoves, other weights")])
def test_figures_are_those_of_one_model_and_of_no_other_by_its_name(used: str, known: str) -> None:
    checked = evaluated(
        talkmoves={"card": "abc", "labels": {"revoicing": {"marked": figures(0.7)}}},
        rules={"labels": {"restating": {"marked": figures(0.8)}}},
    )
    heard = lesson("0.0 - 1.0 T: Why?")
    read = Label(name="question", probability=0.7, source="model:talkmoves")
    heard = replace(
        heard,
        utterances=(replace(heard.utterances[0], readings=(read,)),),
        provenance=replace(heard.provenance, hashes={"labels": used}),
    )
    variant = variant_of(heard, checked)
    assert variant == known
    assert is_counted("revoicing", variant, "captions", checked) is (True if used == "abc" else None)
    assert is_counted("restating", variant, "captions", checked) is True


@pytest.mark.parametrize("name", ["talkmoves", "open"])
def test_the_figures_shipped_are_those_of_the_weights_shipped(name: str) -> None:
    card = resource("models", "discourse", name, "card.json")
    if name not in shipped().variants or not card.is_file():
        pytest.skip(f"{name} or its figures are not in this copy")
    assert shipped().variants[name].card == hashlib.sha256(card.read_bytes()).hexdigest()


def test_what_came_with_the_program_can_be_read() -> None:
    assert set(shipped().variants) <= set(VARIANTS)
    assert set(FORM_OF.values()) <= set(FORMS)
    for variant in shipped().variants.values():
        for label in variant.labels.values():
            assert set(label) <= set(FORMS)
