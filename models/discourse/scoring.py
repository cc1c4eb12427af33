"""Figures with intervals: what was counted in each lesson, and every lesson drawn again and again.

Everything that is scored is first brought down to a few sums for each lesson (right, wrongly made, missed;
for calibration what was promised and what held). A draw of lessons with replacement is then a row of
weights, a thousand draws are one matrix product, and no sentence is looked at twice. Lessons are drawn, not
sentences, because sentences of one lesson share their teacher, class and subject.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]

DRAWS, SEED, INTERVAL = 1000, 0, 0.90
"""Draws of the lessons, the seed they are drawn with, and the share of draws that an interval holds."""

BINS = np.linspace(0.1, 1.0, 10)
"""Edges of the nine bins of calibration. Below .1 nearly everything is rightly called unlikely, and a mean
over it would look well calibrated whatever the rest does."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, its interval over lessons, what it was counted on, and what no reading at all comes to.

    None where it cannot be said, as a correlation over one lesson.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    baseline: tuple[str, float] | None = None

    def beside(self, name: str, value: float) -> Figure:
        """The same figure with a trivial baseline."""
        return replace(self, baseline=(name, value))

    def as_json(self) -> dict[str, object]:
        """As it is written: rounded, names beside numbers."""
        told = self.baseline and {"name": self.baseline[0], "value": rounded(self.baseline[1])}
        low, high = rounded(self.low), rounded(self.high)
        return {"value": rounded(self.value), "low": low, "high": high, "n": self.n, "baseline": told}


def rounded(value: float | None, digits: int = 4) -> float | None:
    """A number short enough to be read; None where it is none."""
    return None if value is None or not np.isfinite(value) else round(float(value), digits)


def figure(of: Callable[[Numbers], Numbers], groups: int, n: int) -> Figure:
    """What `of` makes of weights (draws, groups): with all ones it is the value, with draws the interval."""
    value = float(of(np.ones((1, groups)))[0]) if groups else float("nan")
    if not np.isfinite(value):
        return Figure(None, None, None, n)
    drawn = of(drawn_again(groups))
    drawn = drawn[np.isfinite(drawn)]
    if groups < 2 or not drawn.size:
        return Figure(value, None, None, n)
    edge = (1 - INTERVAL) / 2
    low, high = np.quantile(drawn, [edge, 1 - edge])
    return Figure(value, float(low), float(high), n)


@lru_cache(maxsize=8)
def drawn_again(groups: int) -> Numbers:
    """How often each of the groups is drawn, in each draw (draws, groups); the same at every call."""
    rng = np.random.default_rng(SEED)
    return rng.multinomial(groups, np.full(groups, 1 / groups), size=DRAWS).astype(float)


def sums(values: ArrayLike, groups: ArrayLike, count: int) -> Numbers:
    """The sum of the values (one each, or a row each) in each of `count` groups."""
    rows = np.asarray(values, dtype=float)
    total = np.zeros((count, *rows.shape[1:]))
    np.add.at(total, np.asarray(groups, dtype=int), rows)
    return total


# Labels


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one label in each lesson: made and right, made and wrong, and missed; shape (lessons, 3)."""

    counts: Numbers

    @classmethod
    def of(cls, truth: ArrayLike, made: ArrayLike, groups: ArrayLike, count: int) -> Agreement:
        """Counted from what people said of each sentence and what was said here."""
        true, said = np.asarray(truth, dtype=bool), np.asarray(made, dtype=bool)
        return cls(sums(np.stack([true & said, ~true & said, true & ~said], axis=-1), groups, count))

    @property
    def support(self) -> int:
        """How often people made the label."""
        return int(self.counts[:, 0].sum() + self.counts[:, 2].sum())

    def f1s(self, weights: Numbers) -> Numbers:
        """F1 for each row of weights; nan where neither people nor the reading made the label."""
        right, wrong, missed = (weights @ self.counts).T
        return _share(2 * right, 2 * right + wrong + missed)

    def f1(self) -> Figure:
        """F1 over all lessons."""
        return figure(self.f1s, len(self.counts), self.support)

    def precision(self) -> Figure:
        """How much of what was made is right."""
        return figure(lambda weights: self._shared(weights, 1), len(self.counts), self.support)

    def recall(self) -> Figure:
        """How much of what people made was found."""
        return figure(lambda weights: self._shared(weights, 2), len(self.counts), self.support)

    def _shared(self, weights: Numbers, other: int) -> Numbers:
        found = weights @ self.counts
        return _share(found[:, 0], found[:, 0] + found[:, other])


def macro_f1(labels: Sequence[Agreement]) -> Figure:
    """The mean F1 of labels, each counting alike. A label that neither people nor the model made is left out
    of the mean: there is nothing to be right or wrong about."""

    def mean(weights: Numbers) -> Numbers:
        each = np.stack([label.f1s(weights) for label in labels])
        known = np.isfinite(each)
        return _share(np.where(known, each, 0).sum(axis=0), known.sum(axis=0))

    return figure(mean, len(labels[0].counts), sum(label.support for label in labels))


def _share(part: Numbers, whole: Numbers) -> Numbers:
    whole = np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


# Correlations


def pearsons(x: ArrayLike, y: ArrayLike, weights: Numbers) -> Numbers:
    """Pearson's r for each row of weights (draws, n); x and y are (n) or (draws, n). nan where one of them
    does not vary."""
    one, two = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    total = weights.sum(axis=1, keepdims=True)
    dx = one - (weights * one).sum(axis=1, keepdims=True) / total
    dy = two - (weights * two).sum(axis=1, keepdims=True) / total
    spread = np.sqrt((weights * dx**2).sum(axis=1) * (weights * dy**2).sum(axis=1))
    # Sums of equal numbers leave a rounding error where there should be nothing.
    size = total[:, 0] * np.maximum(np.abs(one).max(), 1e-300) * np.maximum(np.abs(two).max(), 1e-300)
    return _share((weights * dx * dy).sum(axis=1), np.where(spread > 1e-12 * size, spread, 0))


def ranks(x: ArrayLike, weights: Numbers) -> Numbers:
    """Ranks in each draw (draws, n), where x stands as often as its weight says; ties share their mean."""
    values = np.asarray(x, dtype=float)
    _, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    tied = np.add.reduceat(weights[:, order], starts, axis=1)
    return (np.cumsum(tied, axis=1) - tied + (tied + 1) / 2)[:, place]


def spearmans(x: ArrayLike, y: ArrayLike, weights: Numbers) -> Numbers:
    """Spearman's rank correlation for each row of weights."""
    return pearsons(ranks(x, weights), ranks(y, weights), weights)


def correlation(
    kind: Callable[[ArrayLike, ArrayLike, Numbers], Numbers],
    x: ArrayLike,
    y: ArrayLike,
    groups: ArrayLike | None = None,
) -> Figure:
    """A correlation with its interval over groups (over the pairs themselves where there are no groups).

    None for fewer than three pairs: two always lie on a line.
    """
    n = len(np.asarray(x))
    if n < 3:
        return Figure(None, None, None, n)
    own = np.arange(n) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    return figure(lambda weights: kind(x, y, weights[:, own]), int(own.max()) + 1, n)


def partial_spearman(x: ArrayLike, y: ArrayLike, given: ArrayLike, groups: ArrayLike) -> Figure:
    """The rank correlation of x and y with that of a third taken out of both."""

    def partial(one: ArrayLike, two: ArrayLike, weights: Numbers) -> Numbers:
        third = spearmans(one, given, weights), spearmans(two, given, weights)
        left = np.sqrt((1 - third[0] ** 2) * (1 - third[1] ** 2))
        return _share(spearmans(one, two, weights) - third[0] * third[1], np.where(left > 1e-9, left, 0))

    return correlation(partial, x, y, groups)


# Calibration


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of one label in each lesson and bin: sentences, the sum of their probabilities, how many people gave
    the label, and the variance of that number if every promise were held; shape (lessons, bins, 4)."""

    counts: Numbers

    @classmethod
    def of(cls, probability: ArrayLike, truth: ArrayLike, groups: ArrayLike, count: int) -> Calibration:
        """Counted from the probabilities of all sentences; those under the first edge are left out."""
        chance, true = np.asarray(probability, dtype=float), np.asarray(truth, dtype=float)
        kept = chance >= BINS[0]
        bins = np.clip(np.searchsorted(BINS, chance, side="right") - 1, 0, len(BINS) - 2)
        rows = np.zeros((len(chance), len(BINS) - 1, 4))
        columns = [np.ones_like(chance), chance, true, chance * (1 - chance)]
        rows[np.arange(len(chance)), bins] = np.stack(columns, axis=-1)
        return cls(sums(rows[kept], np.asarray(groups)[kept], count))

    def errors(self, weights: Numbers) -> Numbers:
        """The expected calibration error: how far promise and truth are apart, by bin, weighted by how many
        sentences are in it."""
        held = np.tensordot(weights, self.counts, axes=1)
        return _share(np.abs(held[..., 1] - held[..., 2]).sum(axis=-1), held[..., 0].sum(axis=-1))

    def error(self) -> Figure:
        """The expected calibration error over all lessons, beside what it would be by chance alone."""
        found = figure(self.errors, len(self.counts), int(self.counts[..., 0].sum()))
        return found if found.value is None else found.beside("by chance", self.by_chance())

    def by_chance(self) -> float:
        """What the error would be, on average, if every promise were held and sentences were independent.

        The mean absolute deviation of a normal variable is its standard deviation times the root of 2/pi.
        Where few sentences are counted no model can have an error below this.
        """
        count, _, _, variance = self.counts.sum(axis=0).T
        return float(np.sqrt(2 / np.pi * variance).sum() / count.sum())

    def bins(self) -> list[dict[str, float | int | None]]:
        """What was promised and what held, by bin, for a picture; `low` and `high` over lessons."""
        told: list[dict[str, float | int | None]] = []
        for k in range(len(BINS) - 1):
            count, promised, held, _ = self.counts[:, k].sum(axis=0)
            if not count:
                continue
            share = figure(
                lambda weights, k=k: _share(weights @ self.counts[:, k, 2], weights @ self.counts[:, k, 0]),
                len(self.counts),
                int(count),
            )
            told.append(
                {
                    "from": rounded(BINS[k], 2),
                    "n": int(count),
                    "promised": rounded(promised / count),
                    "held": rounded(held / count),
                    "low": rounded(share.low),
                    "high": rounded(share.high),
                }
            )
        return told
