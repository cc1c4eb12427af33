"""Uptake and focusing, exchange by exchange: what a model makes of what raters rated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from baselines import always, taken_up_by_rule
from corpora import Exchange, Unreadable, read_exchanges
from forms import written
from numpy.typing import NDArray
from scoring import Agreement, Calibration, Figure, correlation, partial_spearman, pearsons, spearmans
from sentences import described
from word_errors import bare

from coachai.discourse.exchanges import words_taken_up
from coachai.discourse.model import Model
from coachai.readings import THRESHOLDS, decide

Numbers = NDArray[np.float64]


RATINGS: Mapping[str, str] = {"uptake": "uptake_zscore", "focusing": "follow_up_unfiltered_zscore"}
"""The column of each set that its figure is about."""

LEVELS: Mapping[str, Mapping[str, int]] = {
    "uptake": {"uptake": 2},
    "focusing": {"focusing": 2, "funneling": 1},
}
"""Each set's labels, and what most raters say where it holds: high uptake; a follow-up that focuses or
funnels. Exchanges on which the raters have no majority count for the correlation only."""


@dataclass(frozen=True, slots=True)
class Rated:
    """A set's exchanges."""

    task: str
    rows: Sequence[Exchange]

    @property
    def ratings(self) -> Numbers:
        """The raters' mean."""
        return np.array([each.rating for each in self.rows])

    @property
    def lessons(self) -> NDArray[np.str_]:
        """The observations they are of."""
        return np.array([each.lesson for each in self.rows])


def rated(path: Path, task: str, kept: Callable[[str], bool]) -> Rated:
    """The exchanges of the lessons that are `kept`. Raises Unreadable."""
    rows = [each for each in read_exchanges(path, RATINGS[task]) if kept(each.lesson)]
    if not rows:
        raise Unreadable(f"{path.name} holds no exchange of the part that was asked for.")
    return Rated(task, rows)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the model made of a set in one form: of each exchange a score and the labels' probabilities."""

    scores: Numbers
    chances: Sequence[Mapping[str, float]]


def read_exchanges_in(model: Model, of: Rated, form: str) -> Answers:
    """Every exchange read alone, in one form."""
    said = written([(each.student, each.teacher) for each in of.rows], form)
    read = model.exchanges([(student, teacher) for student, teacher in said], marks=form == "marked")
    scores = read.uptake if of.task == "uptake" else read.focusing
    known = scores[~np.isnan(scores)]
    # Where no word is left there is nothing to go by: neither high nor low.
    return Answers(np.where(np.isnan(scores), known.mean() if known.size else 0.0, scores), read.readings)


def lengths(of: Sequence[Exchange]) -> Numbers:
    """Words of the teacher's turn."""
    return np.array([float(len(bare(each.teacher))) for each in of])


def agreement_with_raters(of: Rated, answers: Answers) -> Figure:
    """Spearman for uptake, Pearson for focusing, as the published figures are, beside the best that can be
    had without reading (what does not vary comes to 0)."""
    once = np.ones((1, len(of.rows)))
    if of.task == "uptake":
        long = np.nan_to_num(spearmans(lengths(of.rows), of.ratings, once)[0])
        return correlation(spearmans, answers.scores, of.ratings, of.lessons).beside("teacher's words", long)
    asking = [float("?" in each.teacher) for each in of.rows]
    mark = np.nan_to_num(pearsons(asking, of.ratings, once)[0])
    return correlation(pearsons, answers.scores, of.ratings, of.lessons).beside("a question mark", mark)


def length_told(of: Rated, answers: Answers) -> dict[str, Figure]:
    """Whether a score only measures how long the teacher talks: raters' and the score's correlation with it,
    what is left of their agreement without it, and what shared words alone come to."""
    long = lengths(of.rows)
    shared = [words_taken_up(each.student, each.teacher) for each in of.rows]
    return {
        "raters_and_length": correlation(spearmans, of.ratings, long, of.lessons),
        "score_and_length": correlation(spearmans, answers.scores, long, of.lessons),
        "without_length": partial_spearman(answers.scores, of.ratings, long, of.lessons),
        "shared_words_alone": correlation(spearmans, shared, of.ratings, of.lessons),
    }


def label_figures(of: Rated, answers: Answers) -> dict[str, dict[str, object]]:
    """F1 and calibration of each label of a set, over the exchanges on which raters agree."""
    agreed = [k for k, each in enumerate(of.rows) if each.level is not None]
    level = np.array([of.rows[k].level for k in agreed])
    own = np.unique(of.lessons[agreed], return_inverse=True)[1]
    found = {}
    for label, answer in LEVELS[of.task].items():
        truth = level == answer
        if not truth.any():
            continue
        chances = np.array([answers.chances[k].get(label, 0.0) for k in agreed])
        made = np.array([_makes(label, answers.chances[k]) for k in agreed])
        count = int(own.max()) + 1
        found[label] = described(
            Agreement.of(truth, made, own, count),
            always(truth),
            Calibration.of(chances, truth, own, count),
        )
    return found


def rule_figures(of: Rated) -> dict[str, object] | None:
    """F1 of the program's rule for uptake, sentences as typed; None where raters agree on nothing high."""
    agreed = [each for each in of.rows if each.level is not None]
    truth = np.array([each.level == LEVELS["uptake"]["uptake"] for each in agreed])
    if not truth.any():
        return None
    own = np.unique([each.lesson for each in agreed], return_inverse=True)[1]
    made = np.array([taken_up_by_rule(each) for each in agreed])
    return described(Agreement.of(truth, made, own, int(own.max()) + 1), always(truth), None)


def _makes(label: str, chances: Mapping[str, float]) -> bool:
    if label == "uptake":
        return chances.get("uptake", 0.0) >= THRESHOLDS["uptake"]
    made = decide(chances, "exchange")
    return made is not None and made[0] == label
