"""The figures as a table for people, and as the small file that the program quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forms import FORMS
from scoring import Figure, rounded

from coachai.label_tables import PUBLISHED

Details = Mapping[str, Any]

TITLES = {
    "question_f1": "questions, bare words, F1",
    "question_rate_r": "share of questions by lesson, r",
    "question_rate_off": "the same, mean distance",
    "question_f1_wer20": "questions, 20 % word errors, F1",
    "question_rate_r_wer20": "share of questions, 20 %, r",
    "question_f1_wer35": "questions, 35 % word errors, F1",
    "question_rate_r_wer35": "share of questions, 35 %, r",
    "teacher_macro_f1": "teacher's six moves, macro F1",
    "teacher_macro_f1_without_rule": "the same without the rule",
    "teacher_macro_f1_bare": "the same, bare words",
    "teacher_macro_f1_wer20": "the same, 20 % word errors",
    "teacher_macro_f1_wer35": "the same, 35 % word errors",
    "teacher_macro_f1_seven": "with “none”, macro F1 of seven",
    "teacher_macro_f1_seven_bare": "the same, bare words",
    "student_macro_f1": "student moves, macro F1 of five",
    "student_macro_f1_bare": "the same, bare words",
    "student_macro_f1_wer20": "the same, 20 % word errors",
    "student_macro_f1_wer35": "the same, 35 % word errors",
    "uptake_spearman": "uptake, Spearman",
    "uptake_spearman_bare": "the same, bare words",
    "uptake_spearman_wer20": "the same, 20 % word errors",
    "uptake_spearman_wer35": "the same, 35 % word errors",
    "focusing_pearson": "focusing, Pearson",
    "focusing_pearson_bare": "the same, bare words",
    "focusing_pearson_wer20": "the same, 20 % word errors",
    "focusing_pearson_wer35": "the same, 35 % word errors",
    "utterances_per_second": "sentences a second, 2 cores",
}
"""What is printed of the figures, in this order; the file has them all."""

ROBERTA = {"none": 0.93, **PUBLISHED}
"""F1 of RoBERTa-base as the TalkMoves repository gives it (official test lessons, text without punctuation):
published, not measured here."""

KEPT = ("f1", "low", "high", "precision", "recall", "n", "ece", "ece_by_chance", "baseline")
"""What the program quotes of a label."""


def table(figures: Mapping[str, Figure], details: Details) -> str:
    """Everything a person wants to see first, in about a hundred columns."""
    rows = [f"{'':36s}{'figure':>8s}   {'90 % interval':15s}{'n':>8s}   without reading", ""]
    for name, title in TITLES.items():
        if name in figures:
            rows.append(_row(title, figures[name]))
    labels = details["labels"]
    if labels:
        head = f"{'label, F1 by form of words':28s}" + "".join(f"{form:>7s}" for form in FORMS)
        rows += [
            "",
            f"{head}{'P':>7s}{'R':>6s}{'ECE':>6s}{'luck':>6s}{'n':>7s}{'always':>7s}{'rules':>7s}{'RoBERTa':>8s}",
        ]
        rows += [_label_row(label, forms, details["rules"].get(label, {})) for label, forms in labels.items()]
        rows += [
            "P, R, ECE, always and rules are of the first form in the row; luck is the ECE of a model whose",
            "every promise is held, with so few sentences. RoBERTa is as published, without punctuation",
            "(compare bare). Questions with marks go by the marks, restating by the rule.",
        ]
    if "uptake" in details:
        told = _values(details["uptake"])
        rows += [
            "",
            "Does uptake only measure how long the teacher talks? rho with the number of words is "
            f"{told['raters_and_length']} for raters",
            f"and {told['score_and_length']} for the score; with that taken out, score and raters agree at "
            f"rho {told['without_length']}.",
        ]
    if details["linear"]:
        told = _values(details["linear"])
        rows += ["", "Linear model: " + ", ".join(f"{name} {value}" for name, value in told.items())]
    if "left_out" in details:
        rows += ["", f"Left out: {details['left_out']} (--minutes)."]
    return "\n".join(rows)


def _values(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: "-" if each["value"] is None else f"{each['value']:.2f}" for name, each in figures.items()}


def _row(title: str, of: Figure) -> str:
    digits = 0 if (of.value or 0) > 5 else 3
    shown = lambda number: "-" if number is None else f"{number:.{digits}f}"  # noqa: E731
    between = f"{shown(of.low)} to {shown(of.high)}" if of.low is not None else ""
    guess = f"   {of.baseline[1]:.3f} {of.baseline[0]}" if of.baseline else ""
    return f"{title:36s}{shown(of.value):>8s}   {between:15s}{of.n:8d}{guess}"


def _label_row(label: str, forms: Details, rules: Details) -> str:
    first = next(form for form in FORMS if form in forms)
    its = forms[first]
    by_form = "".join(f"{forms[form]['f1']:7.3f}" if form in forms else f"{'':7s}" for form in FORMS)
    ece = f"{its['ece']:6.3f}{its['ece_by_chance']:6.3f}" if its["ece"] is not None else f"{'':12s}"
    rule = f"{rules[first]['f1']:7.3f}" if first in rules else f"{'':7s}"
    published = f"{ROBERTA[label]:8.2f}" if label in ROBERTA else ""
    return (
        f"{label:28s}{by_form}{its['precision']:7.2f}{its['recall']:6.2f}{ece}{its['n']:7d}"
        f"{its['baseline']['value']:7.3f}{rule}{published}"
    ).rstrip()


def for_card(figures: Mapping[str, Figure], details: Details) -> str:
    """The figures as Markdown for the model's card: tasks, labels, whether uptake only follows length."""
    made, linear = details["made_by"], details["linear"]
    rows = [
        f"Of {measured_on(details['counted'])}; `{made['command']}`, {made['date']}, {made['machine']}, "
        f"{made['seconds'] / 60:.1f} minutes. Weights: sha256 `{made['model']['sha256']['model.onnx']}`.",
        "",
        *_markdown(("figure", "value", "90 % interval", "linear model", "without reading", "n")),
    ]
    for name, title in _whole(TITLES).items():
        if name in figures:
            its = figures[name]
            beside = linear.get(name, {}).get("value")
            guess = f"{its.baseline[1]:.2f} ({its.baseline[0]})" if its.baseline else ""
            digits = 0 if (its.value or 0) > 5 else 3
            between = "" if its.low is None else f"{its.low:.3f} to {its.high:.3f}"
            cells = (title, _number(its.value, digits), between, _number(beside, 3), guess, f"{its.n}")
            rows.append(f"| {' | '.join(cells)} |")
    if details["labels"]:
        rows += [
            "",
            *_markdown((*("label", *FORMS), "P", "R", "calibration error (luck)", "n", "always", "RoBERTa")),
            *(_label_markdown(label, forms) for label, forms in details["labels"].items()),
            "",
            "F1 by form of words; precision, recall and calibration error are of the first form that has "
            "them. Luck: the calibration error, on average, of a model whose every promise is held, with so "
            "few sentences. RoBERTa-base as the TalkMoves repository gives it, official test lessons, "
            "without punctuation: published, not measured here.",
        ]
    if "uptake" in details:
        told = _values(details["uptake"])
        rows += [
            "",
            "Uptake does not just follow length: rho with the teacher's words is "
            f"{told['raters_and_length']} for raters and {told['score_and_length']} for the score; with "
            f"length taken out they still agree at {told['without_length']}. Shared words alone agree with "
            f"raters at {told['shared_words_alone']}.",
        ]
    return "\n".join([*rows, ""])


def _whole(titles: Mapping[str, str]) -> dict[str, str]:
    """Titles that can stand alone: "the same" says of what."""
    found, last = {}, ""
    for name, title in titles.items():
        last = last if title.startswith("the same") else title
        found[name] = title.replace("the same", last.partition(",")[0], 1)
    return found


def _markdown(heads: Sequence[str]) -> list[str]:
    return [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _label_markdown(label: str, forms: Details) -> str:
    its = forms[next(form for form in FORMS if form in forms and not _by_marks(label, form))]
    f1 = (_number(forms[form]["f1"], 3) if form in forms else "" for form in FORMS)
    error = "" if its["ece"] is None else f"{its['ece']:.3f} ({its['ece_by_chance']:.3f})"
    shares = (_number(its[each], 2) for each in ("precision", "recall"))
    always, roberta = _number(its["baseline"]["value"], 2), _number(ROBERTA.get(label), 2)
    return f"| {' | '.join((label, *f1, *shares, error, str(its['n']), always, roberta))} |"


def _by_marks(label: str, form: str) -> bool:
    """Whether the program goes by the marks and not by the model."""
    return label == "question" and form == "marked"


def figures_for_product(before: Details, figures: Mapping[str, Figure], details: Details) -> dict[str, Any]:
    """`configs/discourse.json` with this model's figures in it; those of other models stay.

    The rules' figures come from the same lessons, and are renewed whenever lessons were read.
    """
    made, counted = details["made_by"], details["counted"]
    name = made["model"]["name"]
    own: dict[str, Any] = dict(before.get("variants", {}).get(name, {}))
    own |= {
        "measured_on": measured_on(counted),
        "counted": dict(counted),
        "command": made["command"],
        "sha256": made["model"]["sha256"]["model.onnx"],
        "card": made["model"]["card"],
    }
    own["labels"] = {**own.get("labels", {}), **_kept(details["labels"])}
    for task in ("uptake", "focusing"):
        if task in details:
            its = {
                form: figures[each].as_json()
                for form, each in zip(FORMS, _names(task), strict=True)
                if each in figures
            }
            own[task] = {**its, "without_length": details[task]["without_length"]}
    if "utterances_per_second" in figures:
        own["speed"] = {"utterances_per_second": rounded(figures["utterances_per_second"].value, 0)}
    variants = {**before.get("variants", {}), name: own}
    if counted["lessons"]:
        read = {task: counted[task] for task in ("lessons", "uptake") if task in counted}
        variants["rules"] = {
            "measured_on": measured_on(read),
            "counted": read,
            "labels": _kept(details["rules"]),
        }
    # The page's own sentence is about the run that read lessons; exchanges alone say less.
    whole = {"measured_on": own["measured_on"], "date": made["date"], "machine": made["machine"]}
    if not counted["lessons"]:
        whole |= {key: before[key] for key in whole if key in before}
    return {**whole, "variants": variants}


def measured_on(counted: Mapping[str, int]) -> str:
    """What was read, in words."""
    told = [f"{counted['lessons']} mathematics lessons that people coded"] if counted["lessons"] else []
    told += [
        f"{counted[task]} exchanges that people rated for {task}"
        for task in ("uptake", "focusing")
        if task in counted
    ]
    return f"{', '.join(told)}, none of them used in training"


def _kept(labels: Details) -> dict[str, Any]:
    return {
        label: {form: {name: its[name] for name in KEPT} for form, its in forms.items()}
        for label, forms in labels.items()
    }


def _names(task: str) -> tuple[str, ...]:
    name = "uptake_spearman" if task == "uptake" else "focusing_pearson"
    return name, f"{name}_bare", f"{name}_wer20", f"{name}_wer35"
