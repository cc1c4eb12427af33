"""How well labels agree with people: the figures of `configs/discourse.json`, and which of them apply.

The file is written by the evaluation of the discourse model. A label's figures depend on who made it (a
trained model, or rules) and on the form of the words it was read in. Where the file is absent nothing is
known, and nothing is claimed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from coachai.records import Transcript
from coachai.resources import resource

Form = Literal["marked", "bare", "wer20", "wer35"]

FORMS: Mapping[Form, str] = {
    "marked": "sentences with marks",
    "bare": "words without marks or case",
    "wer20": "the same with one word in five wrong",
    "wer35": "the same with one word in three wrong",
}
"""The forms of words that labels were checked in, from the easiest to the hardest."""

FORM_OF: Mapping[str, Form] = {
    "captions": "marked",
    "captions_unnamed": "marked",
    "faster-whisper": "marked",
    "captions_unmarked": "bare",
    "pocketsphinx": "wer35",
}
"""The form that stands for a source of words (`validation.source_key`); a source without words has none."""

VARIANTS: Mapping[str, str] = {
    "talkmoves": "the model trained on TalkMoves lessons",
    "open": "the model trained on freely licensed exchanges only",
    "rules": "the rules alone",
}
"""Who may make labels, as `configs/discourse.json` names them."""

TASKS = ("uptake", "focusing")
"""What raters judged exchanges for."""

OF_EXCHANGES = frozenset({"uptake", "focusing", "funneling"})
"""The only labels the open variant was trained for; everything else its reports have from the rules."""

OTHER = ", other weights"
"""What stands behind a variant's name where a report was made with weights that are not those checked."""

REPORTING_F1 = 0.60
"""The F1 below which a label is never counted: its places are shown to look at, and that is all. Nor is one
counted that is no better than giving it always (`Figures.counts`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One label, one form of words: agreement with people, sentence by sentence.

    `low` and `high` are the 90 % interval of F1 over lessons, `ece` the expected calibration error of its
    probabilities (None: it has none), `ece_by_chance` what that would be for so few sentences if every
    promise were held, `n` how often people gave the label, `baseline` a trivial way to label
    by its name, with the F1 of that.
    """

    f1: float
    precision: float
    recall: float
    n: int
    low: float | None = None
    high: float | None = None
    ece: float | None = None
    ece_by_chance: float | None = None
    baseline: tuple[str, float] | None = None

    @property
    def counts(self) -> bool:
        """Whether the label agrees well enough to be counted: `REPORTING_F1`, and surely more than no skill.

        A label that people give to most places reaches a high F1 by being given always.
        """
        surely = self.f1 if self.low is None else self.low
        return self.f1 >= REPORTING_F1 and (self.baseline is None or surely > self.baseline[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """A correlation with raters (1: the same order or line, 0: chance), with its 90 % interval over lessons,
    the number of exchanges and the trivial baseline."""

    value: float
    low: float | None
    high: float | None
    n: int
    baseline: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """Everything one variant was found to do. `on` says what was read, `counted` how much of it (`lessons`,
    and exchanges rated for `uptake` and for `focusing`), `card` which model it was, by the hash of its card;
    `ranks` has how far scores of exchanges go with raters', by task and form."""

    on: str = ""
    counted: Mapping[str, int] = field(default_factory=dict)
    card: str = ""
    labels: Mapping[str, Mapping[str, Figures]] = field(default_factory=dict)
    ranks: Mapping[str, Mapping[str, Rank]] = field(default_factory=dict)
    speed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The whole file; empty where there is none. `on` says what was read last."""

    on: str = ""
    date: str = ""
    machine: str = ""
    variants: Mapping[str, Evaluated] = field(default_factory=dict)

    def figures(self, label: str, variant: str, form: Form) -> Figures | None:
        """What is known of a label in reports that `variant` made; None where nobody checked."""
        found = self.variants.get(maker_of(label, variant))
        return found.labels.get(label, {}).get(form) if found is not None else None


@lru_cache(maxsize=1)
def shipped() -> Evaluation:
    """The figures that came with the program."""
    file = resource("configs", "discourse.json")
    return read_evaluation(file.read_text(encoding="utf-8")) if file.is_file() else Evaluation()


def read_evaluation(text: str) -> Evaluation:
    """The figures from the text of `configs/discourse.json`."""
    told = json.loads(text)
    return Evaluation(
        on=told["measured_on"],
        date=told["date"],
        machine=told["machine"],
        variants={name: _evaluated(variant) for name, variant in told["variants"].items()},
    )


def _evaluated(told: Mapping[str, Any]) -> Evaluated:
    return Evaluated(
        on=told.get("measured_on", ""),
        counted=told.get("counted", {}),
        card=told.get("card", ""),
        labels={
            label: {
                form: _figures(forms[form]) for form in FORMS if forms.get(form, {}).get("f1") is not None
            }
            for label, forms in told.get("labels", {}).items()
        },
        ranks={
            task: {form: _rank(told[task][form]) for form in FORMS if _is_known(told[task].get(form))}
            for task in TASKS
            if task in told
        },
        speed=told.get("speed", {}).get("utterances_per_second"),
    )


def _is_known(told: Mapping[str, Any] | None) -> bool:
    return told is not None and told["value"] is not None


def _rank(told: Mapping[str, Any]) -> Rank:
    return Rank(
        value=told["value"],
        low=told.get("low"),
        high=told.get("high"),
        n=told["n"],
        baseline=_baseline(told),
    )


def _baseline(told: Mapping[str, Any]) -> tuple[str, float] | None:
    base = told.get("baseline")
    return (base["name"], base["value"]) if base else None


def _figures(told: Mapping[str, Any]) -> Figures:
    return Figures(
        f1=told["f1"],
        precision=told["precision"],
        recall=told["recall"],
        n=told["n"],
        low=told.get("low"),
        high=told.get("high"),
        ece=told.get("ece"),
        ece_by_chance=told.get("ece_by_chance"),
        baseline=_baseline(told),
    )


def variant_of(transcript: Transcript, evaluation: Evaluation | None = None) -> str:
    """Who made this transcript's labels: the model whose readings it carries, else `rules`.

    A model of that name that is not the one that was evaluated is another: nobody has checked it.
    """
    read = (reading for utterance in transcript.utterances for reading in utterance.readings)
    first = next(read, None)
    if first is None:
        return "rules"
    name = first.source.removeprefix("model:")
    checked = (evaluation or shipped()).variants.get(name, Evaluated()).card
    used = transcript.provenance.hashes.get("labels", checked)
    return name if not checked or used == checked else f"{name}{OTHER}"


def maker_of(label: str, variant: str) -> str:
    """Who makes this label in reports of a variant: restating is the rule's in all of them."""
    if label == "restating" or (variant.removesuffix(OTHER) == "open" and label not in OF_EXCHANGES):
        return "rules"
    return variant


def is_counted(label: str, variant: str, source: str, evaluation: Evaluation | None = None) -> bool | None:
    """Whether a label agrees with people well enough to be counted; None where nobody checked.

    `source` is the key of the source of words (`validation.source_key`).
    """
    form = FORM_OF.get(source)
    found = (evaluation or shipped()).figures(label, variant, form) if form is not None else None
    return None if found is None else found.counts
