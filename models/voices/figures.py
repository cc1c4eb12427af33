"""Figures as the evaluation of voices writes them: a value, its interval, and what no listening comes to.

Intervals are drawn over what is independent (lessons, minutes of meetings, speakers), never over sentences or
frames: those of one speaker or one room are right or wrong together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.discourse.scoring import Figure, figure, rounded

Numbers = NDArray[np.float64]
EDGES = np.linspace(0.0, 1.0, 11)
"""Of the ten bins of calibration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A figure, how many of what (`of`) it was counted on, a trivial baseline, and its parts (`by`)."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    of: str
    baseline: float | None = None
    baseline_is: str = ""
    by: Mapping[str, Mapping[str, Told]] = field(default_factory=dict)

    def beside(self, what: str, baseline: float | None) -> Told:
        """The same figure with a trivial baseline."""
        return replace(self, baseline=baseline, baseline_is=what)

    def in_parts(self, **by: Mapping[str, Told]) -> Told:
        """The same figure with its parts, by condition or age; what has no parts is left out."""
        return replace(self, by={**self.by, **{name: parts for name, parts in by.items() if parts}})

    def as_json(self) -> dict[str, Any]:
        """As it is written."""
        told: dict[str, Any] = {
            "value": rounded(self.value),
            "low": rounded(self.low),
            "high": rounded(self.high),
            "n": self.n,
            "of": self.of,
            "baseline": rounded(self.baseline),
            "baseline_is": self.baseline_is,
        }
        for name, parts in self.by.items():
            told[f"by_{name}"] = {part: each.as_json() for part, each in parts.items()}
        return told


def told(found: Figure, of: str) -> Told:
    """A figure with its interval as it is told."""
    return Told(value=found.value, low=found.low, high=found.high, n=found.n, of=of)


def mean(values: Iterable[float], of: str) -> Told:
    """The mean of one number for each unit; units without one (not a number) are left out."""
    kept = np.array([each for each in values if np.isfinite(each)], dtype=float)
    return told(figure(lambda weights: (weights @ kept) / weights.sum(axis=1), len(kept), len(kept)), of)


def ratio(parts: Iterable[float], wholes: Iterable[float], of: str, n: int | None = None) -> Told:
    """The sum of the parts over the sum of the wholes, one of both for each unit."""
    part, whole = (np.array(list(each), dtype=float) for each in (parts, wholes))
    count = len(part) if n is None else n
    return told(figure(lambda weights: share(weights @ part, weights @ whole), len(part), count), of)


def balanced(right: ArrayLike, every: ArrayLike, of: str, n: int) -> Told:
    """The mean over classes of the share that is right; `right` and `every` are (units, classes)."""
    good, whole = np.asarray(right, dtype=float), np.asarray(every, dtype=float)
    return told(
        figure(lambda weights: share(weights @ good, weights @ whole).mean(axis=1), len(good), n),
        of,
    )


def share(part: ArrayLike, whole: ArrayLike) -> Numbers:
    """Part of the whole; not a number where there is nothing to take a part of."""
    below = np.asarray(whole, dtype=float)
    empty = np.full(below.shape, np.nan)
    return np.divide(np.asarray(part, dtype=float), below, out=empty, where=below > 0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of each unit and bin: promises, their sum, how many held, and the variance of that if all were kept."""

    counts: Numbers

    @classmethod
    def of(cls, promised: Sequence[float], held: Sequence[bool], units: Sequence[str]) -> Calibration:
        """Counted from promises (0 to 1), what held of them, and whose they are."""
        chance, true = np.asarray(promised, dtype=float), np.asarray(held, dtype=float)
        names, unit = np.unique(np.asarray(units, dtype=str), return_inverse=True)
        counts = np.zeros((len(names), len(EDGES) - 1, 4))
        if chance.size:
            place = np.clip(np.searchsorted(EDGES, chance, side="right") - 1, 0, len(EDGES) - 2)
            rows = np.stack([np.ones_like(chance), chance, true, chance * (1 - chance)], axis=-1)
            np.add.at(counts, (unit, place), rows)
        return cls(counts)

    def error(self, of: str) -> Told:
        """The expected calibration error, beside what it would be if every promise were held."""

        def errors(weights: Numbers) -> Numbers:
            each = np.tensordot(weights, self.counts, axes=1)
            return share(np.abs(each[..., 1] - each[..., 2]).sum(axis=-1), each[..., 0].sum(axis=-1))

        count, _, _, variance = self.counts.sum(axis=0).T
        found = told(figure(errors, len(self.counts), int(count.sum())), of)
        # The mean absolute deviation of a normal variable is its standard deviation times the root of 2/pi.
        luck = float(np.sqrt(2 / np.pi * variance).sum() / count.sum()) if count.sum() else None
        return found.beside("by chance, if every promise were kept", luck)

    def as_json(self, of: str) -> dict[str, Any]:
        """The error, and what was promised and what held by bin; intervals over units."""
        error = self.error(of)
        bins = []
        for k in range(len(EDGES) - 1):
            count, promised, held, _ = self.counts[:, k].sum(axis=0)
            if count:
                drawn = ratio(self.counts[:, k, 2], self.counts[:, k, 0], of)
                bins.append(
                    {
                        "from": rounded(EDGES[k], 2),
                        "n": int(count),
                        "promised": rounded(promised / count),
                        "held": rounded(held / count),
                        "low": rounded(drawn.low),
                        "high": rounded(drawn.high),
                    }
                )
        return {
            "ece": rounded(error.value),
            "ece_low": rounded(error.low),
            "ece_high": rounded(error.high),
            "ece_by_chance": rounded(error.baseline),
            "ece_n": error.n,
            "of": of,
            "bins": bins,
        }
