"""Pieces of one voice: speech regions cut where the voice may change, and what each piece sounds like."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from coachai.records import Span
from coachai.timeline import merged
from coachai.voices.features import CEPSTRA, HOP_SECONDS, Frames
from coachai.voices.mel import Floats
from coachai.voices.network import FEATURES, Steps

LONGEST_PIECE = 4.0
"""Seconds. What is longer is cut at its widest, deepest pause, so that it can hold more than one voice."""
SHORT_PAUSE = 0.2
"""Seconds. A voice seldom changes across a shorter pause, and longer pieces tell voices apart better."""
_SHORTEST_SIDE = 0.4  # seconds that a cut leaves on either side
_DIP_SECONDS = 0.25
_SILENT_DB = -80.0
_ACTIVE_DB = 30.0  # frames this far below the piece's loud parts say nothing about a voice
_VOICED = 0.5
_FEWEST_FRAMES = 10
_FEWEST_STEPS = 4
_LEAST_VARIANCE = 1e-4

OWN_SIZE = 3 * (CEPSTRA - 1) + 2 * CEPSTRA + 6
"""Numbers of a voice's vector that are counted by hand: its cepstra and its pitch."""
VECTOR_SIZE = OWN_SIZE + 2 * FEATURES + 1
"""All of them: by hand, mean and deviation of the network's features, and the
log odds of an adult that it hears."""


def cut_into_pieces(speech: Sequence[Span], frames: Frames) -> list[Span]:
    """The speech, short pauses bridged and what is longer than 4 s cut at its deepest dips. Sorted."""
    pieces: list[Span] = []
    for region in merged(speech, gap=SHORT_PAUSE):
        level = _level_of(region, frames)
        waiting = [(0, len(level))]
        ends: list[int] = []
        while waiting:
            first, last = waiting.pop()
            if last - first <= LONGEST_PIECE / HOP_SECONDS:
                ends.append(last)
            else:
                place = _deepest(level, first, last)
                waiting += [(first, place), (place, last)]
        edges = [region.start, *(region.start + end * HOP_SECONDS for end in sorted(ends)[:-1]), region.end]
        pieces += [Span(start=start, end=end) for start, end in pairwise(edges)]
    return pieces


def _level_of(region: Span, frames: Frames) -> Floats:
    """Smoothed level every 10 ms of the region; pauses are silent, so a wide pause is a deep dip."""
    part = frames.within(region)
    level = np.full(max(1, round(region.duration / HOP_SECONDS)), _SILENT_DB, dtype=np.float32)
    places = np.round((frames.time[part] - region.start) / HOP_SECONDS).astype(int)
    level[np.clip(places, 0, len(level) - 1)] = frames.level[part]
    width = round(_DIP_SECONDS / HOP_SECONDS)
    padded = np.pad(level, (width // 2, width - 1 - width // 2), mode="edge")
    return np.convolve(padded, np.full(width, 1 / width, dtype=np.float32), mode="valid")


def _deepest(level: Floats, first: int, last: int) -> int:
    side = round(_SHORTEST_SIDE / HOP_SECONDS)
    return first + side + int(np.argmin(level[first + side : last - side]))


def piece_vectors(pieces: Sequence[Span], frames: Frames) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each of m pieces sounds like, shape (m, VECTOR_SIZE), and its seconds of sound, shape (m,).

    A piece with too little sound to say anything has zero seconds.
    """
    vectors = np.zeros((len(pieces), VECTOR_SIZE))
    seconds = np.zeros(len(pieces))
    for k, piece in enumerate(pieces):
        vector, active = voice_vector(piece, frames)
        if active:
            vectors[k], seconds[k] = vector, active * HOP_SECONDS
    return vectors, seconds


def voice_vector(span: Span, frames: Frames) -> tuple[NDArray[np.float64], int]:
    """What one stretch sounds like, shape (VECTOR_SIZE,), and how many frames say so: 0 where too few do.

    Mean and spread of the cepstra (whole and voiced only), of their steps and of the pitch; then mean and
    deviation of the network's features where it hears one voice, and its mean log odds of an adult.
    """
    steps = frames.steps
    part, inside = frames.within(span), steps.within(span)
    cepstra, pitch = frames.cepstra[part], frames.pitch[part]
    voicing, level = frames.voicing[part], frames.level[part]
    if len(level) < _FEWEST_FRAMES or inside.stop <= inside.start:
        return np.zeros(VECTOR_SIZE), 0
    active = level > np.percentile(level, 95) - _ACTIVE_DB
    voiced = active & (voicing > _VOICED)
    if voiced.sum() < _FEWEST_FRAMES - 2:
        voiced = active & (voicing >= np.percentile(voicing[active], 70))
    sounding, changes, ringing = cepstra[active], np.diff(cepstra, axis=0)[active[1:]], cepstra[voiced]
    low, middle, high = np.percentile(pitch[voiced], (25, 50, 75))
    one = _one_voice(steps, inside)
    features = steps.features[inside][one].astype(np.float64)
    vector = np.concatenate(
        [
            sounding[:, 1:].mean(axis=0),
            sounding.std(axis=0),
            changes.std(axis=0),
            ringing[:, 1:].mean(axis=0),
            ringing[:, 1:].std(axis=0),
            [middle, low, high, high - low, voiced.sum() / active.sum(), voicing[active].mean()],
            features.mean(axis=0),
            np.sqrt(features.var(axis=0) + _LEAST_VARIANCE),
            [steps.adult[inside][one].mean()],
        ]
    )
    return vector.astype(np.float64), int(active.sum())


def _one_voice(steps: Steps, part: slice) -> NDArray[np.bool_]:
    """The steps in which the network hears somebody, and one alone; all who speak, or all, where few do."""
    talking = steps.speech[part] > 0
    alone = talking & (steps.overlap[part] < 0)
    for found in (alone, talking):
        if found.sum() >= _FEWEST_STEPS:
            return found
    return np.ones_like(talking)
