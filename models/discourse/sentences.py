"""Questions and talk moves, sentence by sentence: what a model and the rules make of coded lessons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from baselines import always, by_rule, macro_without_reading
from corpora import Lesson, asked
from forms import written
from numpy.typing import NDArray
from scoring import (
    Agreement,
    Calibration,
    Figure,
    Numbers,
    correlation,
    macro_f1,
    pearsons,
    rounded,
    sums,
)

from coachai.annotation.moves import restates
from coachai.annotation.wording import replies
from coachai.discourse.model import Model
from coachai.readings import STUDENT_MOVES, TEACHER_MOVES, asks, decide
from coachai.records import Label, Utterance

Truths = NDArray[np.bool_]
MOVES: Mapping[str, tuple[str, ...]] = {"teacher": TEACHER_MOVES, "student": STUDENT_MOVES}
NONE = "none"


@dataclass(frozen=True, slots=True)
class Coded:
    """The lessons' sentences in a row: which lesson each is of, whose coded sentences they are (by role), and
    which labels people gave them. All arrays are (sentences)."""

    lessons: Sequence[Lesson]
    lesson: NDArray[np.int64]
    of: Mapping[str, Truths]
    truth: Mapping[str, Truths]
    move: Mapping[str, NDArray[np.int64]]

    @classmethod
    def from_lessons(cls, lessons: Sequence[Lesson]) -> Coded:
        """Laid out once."""
        said = [each for lesson in lessons for each in lesson.said]
        move = {
            "teacher": np.array([-1 if each.teacher is None else each.teacher for each in said]),
            "student": np.array([-1 if each.student is None else each.student for each in said]),
        }
        truth = {"question": np.array([bool(each.asks) for each in said])}
        for role, names in MOVES.items():
            truth |= {name: move[role] == k for k, name in enumerate(names, 1)}
        return cls(
            lessons=lessons,
            lesson=np.repeat(np.arange(len(lessons)), [len(each.said) for each in lessons]),
            of={role: codes >= 0 for role, codes in move.items()},
            truth=truth,
            move=move,
        )

    def role_of(self, label: str) -> str:
        """Whose sentences a label is looked for in; questions are the teacher's."""
        return "student" if label in STUDENT_MOVES else "teacher"

    def agreement(self, label: str, made: Truths) -> Agreement:
        """How well a label was made, over the coded sentences it is looked for in."""
        kept = self.of[self.role_of(label)]
        return Agreement.of(self.truth[label][kept], made[kept], self.lesson[kept], len(self.lessons))

    def none(self, role: str, made: Mapping[str, Truths]) -> Agreement:
        """How well "no move" was made: where none of the moves was."""
        kept = self.of[role]
        any_made = np.any([made[name] for name in MOVES[role]], axis=0)
        true = self.move[role][kept] == 0
        return Agreement.of(true, ~any_made[kept], self.lesson[kept], len(self.lessons))

    def macro(self, role: str, made: Mapping[str, Truths], *, none: bool) -> Figure:
        """The mean F1 of a role's moves, with or without "no move", beside labelling without reading."""
        labels = [self.agreement(name, made[name]) for name in MOVES[role]]
        if none:
            labels.append(self.none(role, made))
        every = len(MOVES[role]) + 1
        guess = macro_without_reading(self.move[role][self.of[role]], range(0 if none else 1, every), every)
        return macro_f1(labels).beside(*guess)


@dataclass(frozen=True, slots=True)
class Read:
    """What was made of the lessons in one form of words: labels, the labels that the model alone would have
    made (without the rule for restating), and probabilities (0 where nothing was read)."""

    made: Mapping[str, Truths]
    alone: Mapping[str, Truths]
    chances: Mapping[str, NDArray[np.float64]]


def read_lessons_in(
    model: Model, coded: Coded, form: str, told: Callable[[float], None] = lambda _: None
) -> Read:
    """Every lesson read whole, in one form; labels are made as the program makes them."""
    labels = tuple(coded.truth)
    made = {name: np.zeros(len(coded.lesson), dtype=bool) for name in labels}
    alone = {name: np.zeros(len(coded.lesson), dtype=bool) for name in labels}
    chances = {name: np.zeros(len(coded.lesson)) for name in labels}
    texts = written([[each.text for each in lesson.said] for lesson in coded.lessons], form)
    place = 0
    for lesson, said in zip(coded.lessons, texts, strict=True):
        roles = [each.role for each in lesson.said]
        found = model.read(roles, [each.speaker for each in lesson.said], said, marks=form == "marked")
        again = restated(roles, said, [_asks(form, *each) for each in zip(said, found, strict=True)])
        for k, (role, each) in enumerate(zip(roles, found, strict=True), place):
            for name in chances.keys() & each.keys():
                chances[name][k] = each[name]
            made["question"][k] = alone["question"][k] = bool(each) and asks(each.get("question", 0.0))
            for into, rule in ((made, again[k - place]), (alone, None)):
                move = decide(each, role, restates=rule) if each else None
                if move is not None:
                    into[move[0]][k] = True
        place += len(said)
        told(place / max(1, len(coded.lesson)))
    return Read(made, alone, chances)


def restated(roles: Sequence[str], texts: Sequence[str], asking: Sequence[bool]) -> list[bool]:
    """Which sentences the program's rule calls restating."""
    said = [
        Utterance(
            start=float(k),
            end=k + 0.9,
            speaker=role,
            role=role if role in ("teacher", "student") else "unknown",  # type: ignore[arg-type]
            role_confidence=1.0,
            text=text,
            labels=(Label(name="question", probability=1.0, source="evaluation"),) if asks_here else (),
        )
        for k, (role, text, asks_here) in enumerate(zip(roles, texts, asking, strict=True))
    ]
    taken_from = replies(said)
    return [
        bool(each.text) and k in taken_from and restates(each, taken_from[k]) for k, each in enumerate(said)
    ]


def _asks(form: str, text: str, read: Mapping[str, float]) -> bool:
    """Whether a sentence counts as a question: where words have marks, the mark says so."""
    return asked(text) if form == "marked" else asks(read.get("question", 0.0))


def by_rules(coded: Coded, form: str) -> dict[str, Truths]:
    """The labels that the program's rules make without any model."""
    texts = written([[each.text for each in lesson.said] for lesson in coded.lessons], form)
    found = [
        by_rule(lesson, said, marks=form == "marked")
        for lesson, said in zip(coded.lessons, texts, strict=True)
    ]
    return {label: np.concatenate([each[label] for each in found]) for label in found[0]}


# Figures


def question_figures(coded: Coded, made: Truths) -> dict[str, Figure]:
    """F1 of questions among the teacher's coded sentences, and how well lessons' rates of asking agree."""
    kept = coded.of["teacher"]
    truth = coded.truth["question"][kept]
    f1 = coded.agreement("question", made).f1().beside("every sentence asks", always(truth))
    true, guessed = rates(coded, coded.truth["question"]), rates(coded, made)
    # Whoever says the same of every lesson has no correlation.
    r = correlation(pearsons, guessed, true).beside("the same rate always", 0.0)
    off = float(np.abs(guessed - true).mean()) if true.size else float("nan")
    same = float(np.abs(true - np.median(true)).mean()) if true.size else float("nan")
    return {"f1": f1, "rate_r": r, "rate_off": Figure(off, None, None, true.size).beside("the median", same)}


def rates(coded: Coded, made: Truths) -> NDArray[np.float64]:
    """The share of the teacher's coded sentences that carry a label, by lesson that has such sentences."""
    kept = coded.of["teacher"]
    both = sums(
        np.stack([made[kept], np.ones(int(kept.sum()))], axis=-1), coded.lesson[kept], len(coded.lessons)
    )
    there = both[:, 1] > 0
    return np.asarray(both[there, 0] / both[there, 1], dtype=float)


def label_figures(
    coded: Coded, label: str, made: Truths, chances: Numbers | None = None
) -> dict[str, object] | None:
    """Everything about one label in one form; None where the lessons have no sentence to look for it in."""
    kept = coded.of[coded.role_of(label)]
    truth = coded.truth[label][kept]
    if not truth.any():
        return None
    promised = None
    if chances is not None:
        promised = Calibration.of(chances[kept], truth, coded.lesson[kept], len(coded.lessons))
    return described(coded.agreement(label, made), always(truth), promised)


def described(found: Agreement, guessing: float, promised: Calibration | None) -> dict[str, object]:
    """A label's figures as they are written; `guessing` is F1 of giving it always.

    A label that was never made has a precision of 0 here, as scikit-learn says it.
    """
    f1 = found.f1()
    told: dict[str, object] = {"f1": rounded(f1.value)}
    told |= {
        "low": rounded(f1.low),
        "high": rounded(f1.high),
        "precision": rounded(found.precision().value or 0.0),
        "recall": rounded(found.recall().value or 0.0),
        "n": found.support,
        "baseline": {"name": "always", "value": rounded(guessing)},
        "ece": None,
        "ece_by_chance": None,
    }
    if promised is not None:
        error = promised.error()
        told |= {"ece": rounded(error.value), "ece_low": rounded(error.low), "ece_high": rounded(error.high)}
        told |= {"ece_by_chance": rounded(error.baseline and error.baseline[1])}
        told |= {"ece_n": error.n, "bins": promised.bins()}
    return told
