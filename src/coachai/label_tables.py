"""How labels agree with people, as sections with tables; part of `coachai.accuracy`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coachai.label_figures import FORMS, TASKS, VARIANTS, Evaluation, Figures, Form, Rank, maker_of
from coachai.readings import STUDENT_MOVES, TEACHER_MOVES
from coachai.validation import NAMES

PUBLISHED: Mapping[str, float] = {
    "keeping_everyone_together": 0.71,
    "getting_students_to_relate": 0.61,
    "restating": 0.82,
    "revoicing": 0.66,
    "press_for_accuracy": 0.83,
    "press_for_reasoning": 0.81,
    "relating_to_another_student": 0.38,
    "asking_for_more_information": 0.59,
    "making_a_claim": 0.78,
    "providing_evidence": 0.77,
}
"""F1 of RoBERTa-base as the notebooks of the TalkMoves repository print it (Suresh et al. 2022)."""

LABELS = ("question", *TEACHER_MOVES, *STUDENT_MOVES, "uptake", "focusing", "funneling")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under their heads."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A title at its level (1 is the whole), and paragraphs, bullets (tuples) and tables under it."""

    level: int
    title: str
    parts: tuple[str | tuple[str, ...] | Table, ...] = ()


SHORT: Mapping[Form, str] = {"marked": "typed", "bare": "bare", "wer20": "20 %", "wer35": "35 %"}
"""The forms of words in a table whose rows fit a terminal."""


def label_by_label(known: Evaluation) -> Iterable[Section]:
    """Precision, recall, F1 and calibration of every label, by who reads it and in which words."""
    tables = {label: _rows(label, known) for label in LABELS}
    left = [NAMES[label] for label, rows in tables.items() if not rows]
    yield Section(
        2,
        "Label by label",
        (
            "Agreement with people, sentence by sentence (for the last three, exchange by exchange). "
            "*Calibration* is how far the probability that a reading gives is off on average (0.05: what is "
            "called 70 % likely is true 65 to 75 times in a hundred), in brackets how far it would be off by "
            "chance with so few if every promise were held; rules give none. “n” is how often "
            "people gave the label, “no skill” the F1 of giving it always.",
            (
                *(f"*{SHORT[form]}*: {words}" for form, words in FORMS.items()),
                *(f"*{name}*: {who}" for name, who in VARIANTS.items()),
            ),
            "Wrong words are made on purpose, in equal parts left out, put in and replaced. Restating is "
            "made by a rule whoever makes the rest, because the rule agrees better; questions are told by "
            "their marks where there are any. The rules' lists of words were made on 350 TalkMoves "
            "lessons, some of which may be among those read here: that flatters them a little. Their "
            "figures on lessons that took no part are in `benchmarks/RESULTS.md`.",
            *((f"Not checked: {', '.join(left)}.",) if left else ()),
        ),
    )
    heads = ("read by", "words", "F1", "precision", "recall", "calibration", "n", "no skill")
    for label, rows in tables.items():
        if rows:
            yield Section(3, NAMES[label][:1].upper() + NAMES[label][1:], (Table(heads, rows),))


def _rows(label: str, known: Evaluation) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (variant, SHORT[form], *_cells(figures))
        for variant in VARIANTS
        for form in FORMS
        if maker_of(label, variant) == variant
        and not (label == "question" and form == "marked")
        and (figures := known.figures(label, variant, form)) is not None
    )


def _cells(figures: Figures) -> tuple[str, ...]:
    return (
        _between(figures.f1, figures.low, figures.high),
        f"{figures.precision:.2f}",
        f"{figures.recall:.2f}",
        _calibration(figures),
        str(figures.n),
        "–" if figures.baseline is None else f"{figures.baseline[1]:.2f}",
    )


def _calibration(figures: Figures) -> str:
    if figures.ece is None:
        return "–"
    luck = "" if figures.ece_by_chance is None else f" ({figures.ece_by_chance:.3f})"
    return f"{figures.ece:.3f}{luck}"


def _between(value: float, low: float | None, high: float | None) -> str:
    return f"{value:.2f}" if low is None or high is None else f"{value:.2f} [{low:.2f}, {high:.2f}]"


def exchanges(known: Evaluation) -> Section:
    """How far scores of exchanges go with their raters'."""
    kinds = {"uptake": "uptake, Spearman", "focusing": "focusing, Pearson"}
    rows = tuple(
        (kinds[task], name, SHORT[form], *_rank(variant.ranks[task][form]))
        for task in TASKS
        for name, variant in known.variants.items()
        for form in FORMS
        if form in variant.ranks.get(task, {})
    )
    heads = ("task", "read by", "words", "correlation", "exchanges", "no skill")
    return Section(
        2,
        "What teachers make of students' words",
        (
            "How far the score of an exchange goes with the mean of its raters (1: in step with them, 0: "
            "chance). Longer turns are rated higher, so what stands beside it is how far the length of the "
            "teacher's turn goes with the raters, or whether it holds a question mark. Raters agree little "
            "among themselves: on uptake all three say the same of a third of the exchanges.",
            Table(heads, rows) if rows else "Not checked.",
        ),
    )


def _rank(rank: Rank) -> tuple[str, ...]:
    beside = "–" if rank.baseline is None else f"{rank.baseline[1]:.2f} ({rank.baseline[0]})"
    return _between(rank.value, rank.low, rank.high), str(rank.n), beside


def published(known: Evaluation) -> Section:
    """What papers report, beside what was measured here; nothing that nobody looked up is a figure."""
    forms: tuple[Form, ...] = ("bare", "marked")
    rows = tuple(
        (NAMES[label], f"{figure:.2f}", *(_f1(known.figures(label, "talkmoves", form)) for form in forms))
        for label, figure in PUBLISHED.items()
    )
    heads = ("label, F1", "published", "here, bare", "here, typed")
    return Section(
        2,
        "Beside published figures",
        (
            "Talk moves, published: RoBERTa-base, six times larger than the model here, on the official "
            "test lessons of TalkMoves without punctuation, as the notebooks of its repository print it "
            "(Suresh et al. 2022). Here: other lessons, named at the top, so that a few hundredths mean "
            "nothing.",
            Table(heads, rows),
            (
                "Questions: weighted F1 .59, and r .85 for the rate of a session, from recognisers of 2016 "
                "in real classrooms (Blanchard et al. 2016, abstract); not comparable with typed words.",
                "Focusing: r .76 with experts' labels (Alic et al. 2022, abstract), divided in another way.",
                "Uptake: Demszky et al. 2021 report Spearman's rho for their measure. We remember about .54 "
                "and could not look it up, so it stands in no comparison.",
            ),
        ),
    )


def _f1(figures: Figures | None) -> str:
    return "–" if figures is None else f"{figures.f1:.2f}"
