"""What is known about how well each measure works: only figures that were measured, by source of words.

Two files hold them. `configs/accuracy.json`, written by the accuracy benchmark, has a sentence for each
measure and source of words, from lessons composed with known truth::

    {"measured_on": "...", "date": "...", "labels": "rules",
     "measures": {"wait_time_1": {"captions": "a sentence", "captions_unmarked": "...", ...}}}

`labels` says who found the questions there (a key of `label_figures.VARIANTS`). `configs/discourse.json`
says how well labels agree with people; measures that rest on labels quote it (`RESTS_ON_LABELS`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from coachai.label_figures import (
    FORM_OF,
    VARIANTS,
    Evaluated,
    Evaluation,
    Figures,
    Form,
    maker_of,
    shipped,
)
from coachai.readings import FOLLOW_UPS, TEACHER_MOVES
from coachai.records import WordSource
from coachai.resources import resource

NOT_CHECKED = "not checked"

TOO_OFTEN_WRONG = "Checked, and too often wrong to count"
"""How the sentence begins where a check was made and its result allows nothing but moments to look at."""

STAND_IN = {"faster-whisper": "captions_unnamed"}
"""Whose figures are quoted, and named as such, where a source of words has none of its own: Whisper's
weights cannot be had where the benchmark runs, and captions with marks and no names are most like its words.
"""

RESTS_ON_LABELS: Mapping[str, tuple[str, ...]] = {
    "question_rate": ("question",),
    "questions_per_1000_words": ("question",),
    "press_for_reasoning": ("press_for_reasoning",),
    "restating": ("restating",),
    "revoicing": ("revoicing",),
    "uptake": ("uptake",),
    "student_reasoning": ("providing_evidence",),
    "student_claims": ("making_a_claim",),
    "student_questions": ("asking_for_more_information",),
    "student_relating": ("relating_to_another_student",),
    "keeping_everyone_together": ("keeping_everyone_together",),
    "getting_students_to_relate": ("getting_students_to_relate",),
    "press_for_accuracy": ("press_for_accuracy",),
    "focusing_share": FOLLOW_UPS,
    "talk_moves_beginning": TEACHER_MOVES,
    "talk_moves_middle": TEACHER_MOVES,
    "talk_moves_end": TEACHER_MOVES,
}
"""The labels (by their reading's name) that decide whether a measurement is right; they must be checked."""

TOGETHER = frozenset({"talk_moves_beginning", "talk_moves_middle", "talk_moves_end"})
"""Measurements that count several labels as one, those among them that agree well enough to be counted."""

FOUND_BY_QUESTIONS = frozenset(
    {"wait_time_1", "wait_time_1_at_least_3s", "wait_after_nomination", "structured_think_time"}
)
"""Measurements whose sentences hold for the questions that were found when they were measured."""

NAMES: Mapping[str, str] = {
    "question": "questions",
    "keeping_everyone_together": "keeping everyone together",
    "getting_students_to_relate": "getting students to relate to each other's ideas",
    "restating": "restating",
    "revoicing": "revoicing",
    "press_for_accuracy": "pressing for accuracy",
    "press_for_reasoning": "pressing for reasoning",
    "relating_to_another_student": "relating to another student",
    "asking_for_more_information": "asking for more information",
    "making_a_claim": "making a claim",
    "providing_evidence": "giving evidence or reasons",
    "uptake": "building on a student's words",
    "focusing": "focusing",
    "funneling": "funneling",
}
"""Labels in words, as documents and reports call them."""

WITHOUT_READING: Mapping[str, str] = {"always": "marking everything"}
"""Trivial ways to label, in words."""

_READ_IN: Mapping[Form, str] = {
    "marked": "",
    "bare": ", read without punctuation",
    "wer20": ", read without punctuation and with one word in five wrong",
    "wer35": ", read without punctuation and with one word in three wrong",
}
_NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def source_key(words: WordSource) -> str:
    """The name under which figures for this source of words are kept.

    `captions` (marks and names), `captions_unnamed` (marks only), `captions_unmarked` (words only),
    `sound` (no words at all), or the recogniser's own name.
    """
    if words.recogniser == "none":
        return "sound"
    if words.recogniser != "captions":
        return words.recogniser
    if not words.marks:
        return "captions_unmarked"
    return "captions" if words.names else "captions_unnamed"


def validation_of(
    measure: str, source: str, variant: str = "rules", evaluation: Evaluation | None = None
) -> str:
    """On what and how well a measurement was checked with that source of words, or "not checked".

    `variant` is who made the labels (`label_figures.variant_of`); `evaluation` is what is known about labels,
    by default what came with the program.
    """
    known = evaluation or shipped()
    composed = _composed(measure, source, variant)
    labels = RESTS_ON_LABELS.get(measure, ())
    form = FORM_OF.get(source)
    # Where sentences carry marks a question is what ends with one: there is nothing a reading could add.
    if not labels or form is None or (labels == ("question",) and form == "marked"):
        return composed or NOT_CHECKED
    if measure in TOGETHER:
        told = pooled_sentence(labels, variant, form, known)
    else:
        told = label_sentence(labels, variant, form, known)
    if not told or told.startswith(TOO_OFTEN_WRONG):
        return told or composed or NOT_CHECKED
    if source in STAND_IN:
        told = f"With words that people typed instead of this recogniser's: {told[:1].lower()}{told[1:]}"
    return f"{told} {composed}" if composed else told


def is_validated(sentence: str) -> bool:
    """Whether what `validation_of` says allows a finding to rest on the measurement."""
    return not sentence.startswith((NOT_CHECKED, TOO_OFTEN_WRONG))


def stands_in(words: WordSource) -> bool:
    """Whether what is known about this source of words was measured with another one."""
    source = source_key(words)
    return source in STAND_IN and not any(source in known for known in _kept()["measures"].values())


def label_sentence(labels: Sequence[str], variant: str, form: Form, evaluation: Evaluation) -> str:
    """How well these labels agree with people, in words for a teacher; empty where not all were checked.

    Begins with `TOO_OFTEN_WRONG` where one of them does not agree well enough to be counted.
    """
    found = {name: evaluation.figures(name, variant, form) for name in labels}
    known = {name: figures for name, figures in found.items() if figures is not None}
    if len(known) < len(labels):
        return ""
    told = "; ".join(
        f"{f'{NAMES[name]}: ' if len(known) > 1 else ''}{_in_ten(figures)} ({_on_a_scale(figures)})"
        for name, figures in known.items()
    )
    makers = {maker_of(name, variant) for name in labels}
    by = " and ".join(VARIANTS.get(maker, maker) for maker in sorted(makers))
    on = f"{_read(labels[0], evaluation.variants[min(makers)])}{_READ_IN[form]}"
    if not all(figures.counts for figures in known.values()):
        return (
            f"{TOO_OFTEN_WRONG}: on {on}, with {by}, {told}. So there are places to look at, and no number."
        )
    return f"Checked on {on}, with {by}: {told}."


def pooled_sentence(labels: Sequence[str], variant: str, form: Form, evaluation: Evaluation) -> str:
    """The same for labels that are counted as one; what is too often wrong is not among them."""
    found = {name: evaluation.figures(name, variant, form) for name in labels}
    known = {name: each for name, each in found.items() if each is not None}
    counted = {name: each for name, each in known.items() if each.counts}
    if len(known) < len(labels):
        return ""
    if not counted:
        best = max(known, key=lambda name: known[name].f1)
        return label_sentence([best], variant, form, evaluation)
    there = sum(each.n for each in counted.values())
    right = sum(each.recall * each.n for each in counted.values())
    made = sum(each.recall * each.n / each.precision for each in counted.values() if each.precision)
    both = Figures(f1=2 * right / (made + there), precision=right / made, recall=right / there, n=there)
    on = f"{_read(labels[0], evaluation.variants[variant])}{_READ_IN[form]}"
    return (
        f"Checked on {on}, with {VARIANTS.get(variant, variant)}: {_in_ten(both)} ({_on_a_scale(both)}; "
        f"counted together: {', '.join(NAMES[name] for name in counted)})."
    )


def _read(label: str, variant: Evaluated) -> str:
    """What a label was checked on; the exchanges that people judged come from mathematics lessons as well."""
    task = {"uptake": "uptake", "focusing": "focusing", "funneling": "focusing"}.get(label, "lessons")
    what = (
        "mathematics lessons that people coded"
        if task == "lessons"
        else "exchanges in mathematics lessons that people judged"
    )
    many = variant.counted.get(task)
    return f"{many} {what}" if many else what


def _in_ten(figures: Figures) -> str:
    """Precision and recall as a teacher would say them."""
    right, found = (_NUMBERS[round(10 * share)] for share in (figures.precision, figures.recall))
    verb = "is" if right in ("none", "one") else "are"
    return f"of ten we mark, {right} {verb} right; of ten there are, we find {found}"


def _on_a_scale(figures: Figures) -> str:
    """F1 with its interval and what no skill at all would come to."""
    told = f"on one scale from 0 to 1: {figures.f1:.2f}"
    if figures.low is not None and figures.high is not None:
        told += f", very likely {figures.low:.2f} to {figures.high:.2f}"
    if figures.baseline is not None:
        name, value = figures.baseline
        told += f"; {WITHOUT_READING.get(name, name)}: {value:.2f}"
    return told


def _composed(measure: str, source: str, variant: str) -> str:
    """The sentence from lessons composed with known truth; empty where there is none for these questions."""
    known = _kept()["measures"].get(measure, {})
    key = source if source in known else STAND_IN.get(source, "")
    sentence: str = known.get(key, "")
    if not sentence:
        return ""
    made = _kept().get("labels", "rules")
    if made != variant and FORM_OF.get(key) not in (None, "marked"):
        if "question" in RESTS_ON_LABELS.get(measure, ()):
            return ""
        if measure in FOUND_BY_QUESTIONS:
            sentence += f" The questions were found by {VARIANTS.get(made, made)} there."
    if key == source:
        return sentence
    return f"With captions instead of this recogniser's words: {sentence[:1].lower()}{sentence[1:]}"


@lru_cache(maxsize=1)
def _kept() -> dict[str, Any]:
    text = resource("configs", "accuracy.json").read_text(encoding="utf-8")
    kept: dict[str, Any] = json.loads(text)
    return kept
