"""Which pieces are the same voice: agglomerative linking, then a hidden Markov model over the pieces.

Both under the two-covariance model of `projection`: pieces scatter around their speaker, speakers around
the middle. The second step is variational Bayes over speakers (VBx: Landini et al., 2022), with the pause
before a piece deciding how likely the voice has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from coachai.records import Span
from coachai.voices.projection import Array

MOST_VOICES = 24
_LINKED_AT_ONCE = 250  # pieces: linking is cubic, so long lessons are linked in parts first
_USUAL_DISTANCE = 1.2  # of the mean from the middle, squared, in variances of speakers
_USUAL_SPREAD, _STRETCHES = 1.35, (0.9, 1.4)  # of the pieces, in the same; by how much it is put right
_ROUNDS = 15
_SMALLEST_SHARE = 1e-4  # of the pieces: a voice below it is dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """m pieces: where, points (m, d) in the learned view, their variance (m,), speakers' variance (d,)."""

    spans: Sequence[Span]
    points: Array
    variance: Array
    between: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a recording does to every voice alike: moves it by `offset` (d,), shrinks it to 1 / `stretch`."""

    offset: Array
    stretch: float

    def undone(self, points: Array) -> Array:
        """The points (m, d) as they would lie without it."""
        found: Array = (points - self.offset) * self.stretch
        return found


def setting(points: Array, seconds: Array, between: Array) -> Setting:
    """What the microphone, the room and its noise do to points (m, d) with so many seconds of sound (m,).

    The mean over a recording holds both its voices and its sound. Of a mean that lies where voices lie
    nothing is taken away; the further out it lies, the more of it is the sound (a positive-part
    James-Stein estimate). Noise and distance make all voices more alike: where the points lie closer together
    than is usual they are drawn apart.
    """
    if not seconds.sum() > 0:
        return Setting(offset=np.zeros(points.shape[1]), stretch=1.0)
    middle = np.average(points, axis=0, weights=seconds)
    far = float(np.mean(middle**2 / between))
    offset = max(0.0, 1.0 - _USUAL_DISTANCE / max(far, 1e-9)) * middle
    spread = float(np.mean(np.average((points - middle) ** 2, axis=0, weights=seconds) / between))
    stretch = float(np.clip(np.sqrt(_USUAL_SPREAD / max(spread, 1e-9)), *_STRETCHES))
    return Setting(offset=offset, stretch=stretch)


def _evidence(precision: Array, weighted: Array, between: Array) -> Array:
    """Log evidence (k,) of one common speaker for what has this precision (k,) and weighted sum (k, d)."""
    total = precision[..., None] + 1 / between
    terms = 0.5 * weighted**2 / total - 0.5 * np.log(between * total)
    found: Array = terms.sum(axis=-1)
    return found


def linked(pieces: Pieces, caution: float = 0.0) -> list[list[int]]:
    """Groups of pieces (indices) that are one voice: joined while joining gains log evidence > `caution`."""
    weight = np.where(np.isfinite(pieces.variance), 1 / pieces.variance, 0.0)
    groups = [[int(k)] for k in np.flatnonzero(weight > 0)]
    while True:
        before = len(groups)
        joined: list[list[int]] = []
        for first in range(0, before, _LINKED_AT_ONCE):
            joined += _joined(groups[first : first + _LINKED_AT_ONCE], pieces, weight, caution)
        groups = joined
        if before <= _LINKED_AT_ONCE or len(groups) == before:
            return sorted(groups, key=len, reverse=True)


def _joined(groups: list[list[int]], pieces: Pieces, weight: Array, caution: float) -> list[list[int]]:
    groups = [list(group) for group in groups]
    precision = np.array([weight[group].sum() for group in groups])
    weighted = np.array([(weight[group, None] * pieces.points[group]).sum(axis=0) for group in groups])
    alone = _evidence(precision, weighted, pieces.between)
    count = len(groups)
    gain = np.full((count, count), -np.inf)
    for k in range(count):
        gain[k] = (
            _evidence(precision[k] + precision, weighted[k] + weighted, pieces.between) - alone[k] - alone
        )
    np.fill_diagonal(gain, -np.inf)
    alive = np.ones(count, dtype=bool)
    while True:
        left, right = divmod(int(np.argmax(gain)), count)
        if not gain[left, right] > caution:
            return [groups[k] for k in np.flatnonzero(alive)]
        groups[left] += groups[right]
        precision[left] += precision[right]
        weighted[left] += weighted[right]
        alive[right] = False
        alone[left] = _evidence(precision[left], weighted[left], pieces.between)
        row = _evidence(precision[left] + precision, weighted[left] + weighted, pieces.between)
        row = np.where(alive, row - alone[left] - alone, -np.inf)
        row[left] = -np.inf
        gain[left], gain[:, left] = row, row
        gain[right], gain[:, right] = -np.inf, -np.inf


def voice_chances(pieces: Pieces, groups: Sequence[Sequence[int]]) -> Array:
    """Chance (m, k) that each piece is each of k voices, starting from `groups`; the rows sum to 1.

    (m, 0) where there are no groups: nothing that could be told apart was heard.
    """
    if not groups:
        return np.zeros((len(pieces.spans), 0))
    chances = np.full((len(pieces.spans), len(groups)), 0.05 / len(groups))
    for k, group in enumerate(groups):
        chances[group, k] += 0.95
    chances /= chances.sum(axis=1, keepdims=True)
    share = chances.mean(axis=0)
    stay = stay_chances(pieces.spans)
    for _ in range(_ROUNDS):
        fit = _fit(pieces, chances)
        chances, entered = _smoothed(fit, share, stay)
        share = (entered + 0.1) / (entered + 0.1).sum()
        kept = chances.sum(axis=0) > 0.2
        chances, share = chances[:, kept], share[kept] / share[kept].sum()
        chances /= np.maximum(chances.sum(axis=1, keepdims=True), 1e-12)
    return chances


def _fit(pieces: Pieces, chances: Array) -> Array:
    """Expected log likelihood (m, k) of each piece under each voice."""
    weight = np.where(np.isfinite(pieces.variance), 1 / pieces.variance, 0.0)
    precision = (chances * weight[:, None]).sum(axis=0)[:, None] + 1 / pieces.between
    middle = (chances.T @ (weight[:, None] * pieces.points)) / precision
    away = (
        (pieces.points**2).sum(axis=1)[:, None]
        - 2 * pieces.points @ middle.T
        + (middle**2).sum(axis=1)
        + (1 / precision).sum(axis=1)
    )
    found: Array = -0.5 * weight[:, None] * away
    return found


def stay_chances(spans: Sequence[Span]) -> Array:
    """Chance (m,) that a piece is still the voice of the piece before, by the pause between them."""
    pauses = np.array([after.start - before.end for before, after in pairwise(spans)])
    return np.append(0.0, 0.25 + 0.7 * np.exp(-np.maximum(pauses, 0.0) / 0.35)) if len(spans) else pauses


def _smoothed(fit: Array, share: Array, stay: Array) -> tuple[Array, Array]:
    """Forward and backward over the pieces: chances (m, k) and how often each voice was entered (k,)."""
    likely = np.exp(fit - fit.max(axis=1, keepdims=True)) + 1e-30
    count, voices = likely.shape
    ahead = np.zeros((count, voices))
    now = share
    for k in range(count):
        now = likely[k] * (stay[k] * now + (1 - stay[k]) * share)
        now = now / now.sum()
        ahead[k] = now
    chances = np.zeros((count, voices))
    entered = np.zeros(voices)
    behind = np.ones(voices)
    for k in range(count - 1, -1, -1):
        both = ahead[k] * behind
        chances[k] = both / both.sum()
        arrived = likely[k] * behind
        fresh = (1 - stay[k]) * share * arrived
        before = ahead[k - 1] if k else share
        entered += fresh / max(float((stay[k] * before * arrived + fresh).sum()), 1e-300)
        behind = stay[k] * arrived + (1 - stay[k]) * float((share * arrived).sum())
        behind = behind / behind.sum()
    return chances, entered
