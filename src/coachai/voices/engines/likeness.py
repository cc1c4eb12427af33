"""Voices told apart by how alike their pieces are, for engines that give one vector a piece."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from coachai.records import Span
from coachai.voices.clusters import MOST_VOICES
from coachai.voices.engines.diarizer import ToldApart
from coachai.voices.projection import Array

SHORTEST_PIECE = 0.6
"""Seconds: a shorter piece says too little to begin a voice, and gets the voice that it is most like."""

SPREAD = 0.05
"""Of cosine likeness: a piece this much more like one voice than another is e times likelier to be it. Not
fitted on anything: the chances are in the right order and no more."""


def told_by_likeness(pieces: Sequence[Span], vectors: Array, distance: float) -> ToldApart:
    """Voices of m pieces by their vectors (m, d), joined while they lie within a cosine `distance`.

    Average linkage; how many voices there are follows from `distance`, at most MOST_VOICES. A piece whose
    vector is zero or not a number is left out: nothing was heard in it. Voices are numbered as they first
    speak.
    """
    length = np.linalg.norm(vectors, axis=1)
    heard = np.isfinite(length) & (length > 0)
    spans = tuple(piece for piece, each in zip(pieces, heard, strict=True) if each)
    if not spans:
        return ToldApart(spans=(), chances=np.zeros((0, 0)))
    unit = vectors[heard] / length[heard, None]
    long = np.array([span.duration >= SHORTEST_PIECE for span in spans])
    if not long.any():
        long[:] = True
    centres = _centres(unit[long], np.array([span.duration for span in spans])[long], distance)
    likeness = unit @ centres.T
    odds = np.exp((likeness - likeness.max(axis=1, keepdims=True)) / SPREAD)
    chances = odds / odds.sum(axis=1, keepdims=True)
    spoken = chances[:, list(dict.fromkeys(chances.argmax(axis=1).tolist()))]
    return ToldApart(spans=spans, chances=spoken / spoken.sum(axis=1, keepdims=True))


def _centres(unit: Array, seconds: Array, distance: float) -> Array:
    """The voices' middles (k, d), unit length, those that speak most where there are too many."""
    groups = np.ones(1, dtype=int)
    if len(unit) > 1:
        tree = linkage(unit, method="average", metric="cosine")
        # Rounding may leave a distance a hair below zero, which `fcluster` takes for a broken tree.
        tree[:, 2] = np.maximum.accumulate(np.maximum(tree[:, 2], 0.0))
        groups = fcluster(tree, distance, criterion="distance")
    spoken = np.bincount(groups, weights=seconds)
    kept = [group for group in np.argsort(-spoken, kind="stable")[:MOST_VOICES] if spoken[group] > 0]
    middles = np.stack([(seconds[groups == each, None] * unit[groups == each]).sum(axis=0) for each in kept])
    found: Array = middles / np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-12)
    return found
