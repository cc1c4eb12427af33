"""Add to a model's card how its numbers become probabilities, fitted on lessons kept for choosing.

    python models/discourse/calibrate.py --model models/discourse/talkmoves --data ../shared/data

Each task gets one scale and a shift for each label (Platt 1999; Guo et al. 2017), by maximum likelihood on
the shipped eight-bit file's own numbers. Also prints the threshold on each label's probability that gives it
the best F1 there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from corpora import Exchange, Lesson, Unreadable, composed_of, part_of, read_exchanges, read_lessons, split
from forms import written
from numpy.typing import NDArray
from scipy.optimize import minimize

from coachai.discourse.card import COLUMNS
from coachai.discourse.exchanges import words_taken_up
from coachai.discourse.model import Model, load
from coachai.readings import STUDENT_MOVES, TEACHER_MOVES

Floats = NDArray[np.float64]
FORMS = {"question": ("bare", "wer20"), "teacher": ("marked", "bare"), "student": ("marked", "bare")}
"""Forms of words on which each task is fitted: those in which it is used."""

HOLD = 1e-2
"""How strongly shifts are held to nothing: rare labels have few examples here, and lessons differ in them. Of
1e-4 to 100, in steps of ten, what gave lessons left out the least calibration error (six parts by lesson)."""


def softmax_fit(logits: Floats, truth: NDArray[np.int64]) -> dict[str, object]:
    """Scale and shifts with the least log loss; logits (n, labels), truth the label's index."""

    def loss(given: Floats) -> float:
        odds = given[0] * logits + given[1:]
        odds = odds - odds.max(axis=1, keepdims=True)
        rows = np.arange(len(truth))
        each = np.log(np.exp(odds).sum(axis=1)) - odds[rows, truth]
        return float(each.mean() + HOLD * (given[1:] ** 2).sum())

    best = minimize(loss, np.array([1.0, *[0.0] * logits.shape[1]]), method="L-BFGS-B").x
    return {"scale": round(float(best[0]), 4), "shifts": [round(float(each), 4) for each in best[1:]]}


def sigmoid_fit(logits: Floats, truths: Sequence[NDArray[np.bool_]]) -> dict[str, object]:
    """One scale and a shift for each of the truths, with the least log loss; logits (n)."""

    def loss(given: Floats) -> float:
        odds = given[0] * logits + given[1:, None]
        signed = np.where(np.stack(truths), odds, -odds)
        return float(np.logaddexp(0, -signed).mean())

    best = minimize(loss, np.array([1.0, *[0.0] * len(truths)]), method="L-BFGS-B").x
    shifts = [round(float(each), 4) for each in best[1:]]
    told: dict[str, object] = {"scale": round(float(best[0]), 4)}
    return told | ({"shift": shifts[0]} if len(shifts) == 1 else {"shifts": shifts})


def best_threshold(chance: Floats, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """The threshold with the best F1, and that F1."""
    order = np.argsort(-chance)
    right = np.cumsum(truth[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + truth.sum())
    best = int(f1.argmax())
    return float(chance[order[best]]), float(f1[best])


def numbers(model: Model, lessons: Sequence[Lesson], form: str) -> Floats:
    """The model's numbers (sentences, 15) for lessons in one form of words."""
    texts = written([[each.text for each in lesson.said] for lesson in lessons], form)
    return np.concatenate(
        [
            model.logits(
                [each.role for each in lesson.said],
                [each.speaker for each in lesson.said],
                said,
                marks=form == "marked",
            )
            for lesson, said in zip(lessons, texts, strict=True)
        ]
    )


def sentences(model: Model, lessons: Sequence[Lesson]) -> dict[str, object]:
    """Calibration of questions and moves."""
    said = [each for lesson in lessons for each in lesson.said]
    read = {form: numbers(model, lessons, form) for form in ("marked", "bare", "wer20")}
    truths = {
        "question": np.array([-1 if each.asks is None else int(each.asks) for each in said]),
        "teacher": np.array([-1 if each.teacher is None else each.teacher for each in said]),
        "student": np.array([-1 if each.student is None else each.student for each in said]),
    }
    found: dict[str, object] = {}
    for task, forms in FORMS.items():
        logits = np.concatenate([read[form][:, COLUMNS[task]] for form in forms])
        truth = np.concatenate([truths[task]] * len(forms))
        kept = (truth >= 0) & ~np.isnan(logits[:, 0])
        if task == "question":
            found[task] = sigmoid_fit(logits[kept, 0], [truth[kept] == 1])
        else:
            found[task] = softmax_fit(logits[kept], truth[kept])
        show(task, found[task], read, truths[task])
    return found


def show(task: str, fitted: object, read: dict[str, Floats], truth: NDArray[np.int64]) -> None:
    """Print the best thresholds, form by form."""
    assert isinstance(fitted, dict)
    shifts = np.asarray(fitted.get("shifts", [fitted.get("shift")]), dtype=float)
    names = {
        "question": ("question",),
        "teacher": ("none", *TEACHER_MOVES),
        "student": ("none", *STUDENT_MOVES),
    }
    for form, logits in read.items():
        kept = (truth >= 0) & ~np.isnan(logits[:, 0])
        odds = float(fitted["scale"]) * logits[kept][:, COLUMNS[task]] + shifts
        if task == "question":
            chances = 1 / (1 + np.exp(-odds))
        else:
            chances = np.exp(odds - odds.max(axis=1, keepdims=True))
            chances /= chances.sum(axis=1, keepdims=True)
        for k, name in enumerate(names[task]):
            true = truth[kept] == (1 if task == "question" else k)
            threshold, f1 = best_threshold(chances[:, k], true)
            print(f"{form:7s} {name:32s} threshold {threshold:.2f}  F1 {f1:.3f}  n {true.sum()}")


def exchanges(model: Model, task: str, rows: Sequence[Exchange]) -> dict[str, object]:
    """Calibration of uptake (high or not) or of focusing (at least funneling; focusing)."""
    pairs = [(each.student, each.teacher) for each in rows]
    read = model.exchanges(pairs, marks=True)
    score = read.uptake if task == "uptake" else read.focusing
    rating = np.array([each.rating for each in rows])
    heard = ~np.isnan(score)
    taken_up: dict[str, object] = {}
    if task == "uptake":
        shared = np.array([words_taken_up(*pair) for pair in pairs])
        own = score - model.card.shared * shared
        weight = shared_weight(own[heard], shared[heard], rating[heard])
        score = own + weight * shared
        taken_up = {"shared": weight}
    agreed = heard & np.array([each.level is not None for each in rows])
    level = np.array([-1 if each.level is None else each.level for each in rows])[agreed]
    least: tuple[int, ...] = (2,) if task == "uptake" else (1, 2)
    fitted = sigmoid_fit(score[agreed], [level >= each for each in least]) | taken_up
    r = np.corrcoef(score[heard], rating[heard])[0, 1]
    print(f"{task}: r {r:.3f} over {heard.sum()}, {fitted}")
    return fitted


def shared_weight(own: Floats, shared: Floats, rating: Floats) -> float:
    """How much shared words count beside the network's own number: by least squares on the raters' mean."""
    terms = np.stack([own, shared, np.ones_like(own)], axis=1)
    of_own, of_shared, _ = np.linalg.lstsq(terms, rating, rcond=None)[0]
    if of_own <= 0:
        sys.exit("The network's number for uptake does not agree with raters at all; train it first.")
    return round(max(0.0, float(of_shared / of_own)), 4)


def main() -> None:
    """Fit, print and write the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    told = parser.parse_args()
    model = load(told.model, calibrated=False)
    card = json.loads((told.model / "card.json").read_text(encoding="utf-8"))
    kinds: dict[str, Callable[[], list[Exchange]]] = {
        "uptake": lambda: read_exchanges(told.data / "uptake" / "train.csv", "uptake_zscore"),
        "focusing": lambda: read_exchanges(
            told.data / "focusing" / "train.csv", "follow_up_unfiltered_zscore"
        ),
    }
    try:
        found: dict[str, object] = {}
        if "teacher" in model.card.tasks:
            lessons = read_lessons(told.data / "talkmoves" / "train.jsonl.gz")
            found |= sentences(model, split(lessons, "dev", composed_of(told.data)))
        for task, rows in kinds.items():
            found[task] = exchanges(model, task, [each for each in rows() if part_of(each.lesson) == "dev"])
    except Unreadable as wrong:
        sys.exit(str(wrong))
    card["calibration"] = found
    (told.model / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
