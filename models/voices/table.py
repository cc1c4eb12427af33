"""Fit the table that `coachai.voices.projection` reads: who differs from whom, and who is an adult.

Readers of both corpora, each sentence clean, in a room and with noise. What the network hears of them is part
of their vectors, so the table is fitted after it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.signal import fftconvolve
from sklearn.linear_model import Ridge

from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.records import Span
from coachai.voices.features import voice_frames
from coachai.voices.pieces import OWN_SIZE, VECTOR_SIZE, voice_vector
from coachai.voices.projection import FARTHEST
from models.voices.corpora import ADULT_FROM, Clip, Sound, clips, sound_of

DIMENSIONS = 40
SHRINK = 0.3  # of the scatter within speakers towards its diagonal
CROPS = (0.5, 1.0, 2.0)  # seconds: short answers must be told apart too
CONDITIONS = ("clean", "room", "noisy")
GROWN, RIDGE = 20.0, 100.0
ODDS_A_YEAR, YEARS_OF_NETWORK, LINE = 0.42, 0.6, 14.7
"""Log odds of an adult for each year above the line between child and adult, and the years that one of the
network's log odds is worth. Set on readers that neither had learned from (a third of them left out)."""
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One voice vector of a clip, with the seconds of sound in it; `crop` 0 for all of a part of a clip."""

    clip: Clip
    condition: str
    seconds: float
    crop: float
    vector: Array


def samples(data: Path, processes: int) -> list[Sample]:
    """Voice vectors of parts of every clip and of crops of them, in the three conditions."""
    with ProcessPoolExecutor(processes) as pool:
        parts = pool.map(_part, [(data, k, processes) for k in range(processes)])
        return [each for part in parts for each in part]


def _part(asked: tuple[Path, int, int]) -> list[Sample]:
    """Every so manieth clip's samples; the others lend their voices to the babble."""
    data, own, processes = asked
    listed = clips(data)
    return list(_heard(listed, [sound_of(each.path) for each in listed], slice(own, None, processes)))


def _heard(listed: Sequence[Clip], sounds: Sequence[Sound], own: slice) -> Iterator[Sample]:
    rng = np.random.default_rng([5, own.start])
    with tempfile.TemporaryDirectory() as folder:
        for clip, sound in zip(listed[own], sounds[own], strict=True):
            for first in range(0, max(1, len(sound) - SAMPLE_RATE), 4 * SAMPLE_RATE):
                part = sound[first : first + 4 * SAMPLE_RATE]
                for condition in CONDITIONS:
                    heard = in_condition(part, condition, sounds, rng)
                    audio = Audio.from_array(heard, Path(folder) / "clip.raw")
                    yield from _cropped(audio, clip, condition, rng)


def _cropped(audio: Audio, clip: Clip, condition: str, rng: np.random.Generator) -> Iterator[Sample]:
    frames = voice_frames(audio, [Span(start=0.0, end=audio.duration)], lambda _: None)
    for crop in (0.0, *CROPS):
        if crop > audio.duration:
            continue
        start = float(rng.uniform(0.0, audio.duration - crop)) if crop else 0.0
        span = Span(start=start, end=start + (crop or audio.duration))
        vector, used = voice_vector(span, frames)
        if used:
            yield Sample(clip=clip, condition=condition, seconds=used / 100, crop=crop, vector=vector)


def in_condition(sound: Sound, condition: str, others: Sequence[Sound], rng: np.random.Generator) -> Sound:
    """The sound at some distance, in a room with decaying noise as its echo, or with noise and babble."""
    heard = sound * rng.uniform(0.4, 1.0)
    if condition != "clean":
        decay = rng.uniform(0.25, 0.5)
        age = np.arange(round(decay * SAMPLE_RATE)) / SAMPLE_RATE
        tail = rng.standard_normal(len(age)) * np.exp(-6.9 * age / decay)
        tail *= rng.uniform(0.3, 0.6) / np.sqrt(np.sum(tail**2))
        heard = heard + fftconvolve(heard, tail)[: len(heard)]
    noise = rng.standard_normal(len(heard))
    if condition == "noisy":
        babble = np.zeros(len(heard))
        for k in rng.integers(len(others), size=3):
            kept = others[k][::-1][: len(heard)]
            babble[: len(kept)] += kept
        noise = noise + 2 * babble / np.std(babble)
    below = {"clean": 50.0, "room": 32.0, "noisy": 14.0}[condition]
    return np.clip(heard + noise / np.std(noise) * 0.07 * 10 ** (-below / 20), -1, 1).astype(np.float32)


def fitted(found: Sequence[Sample]) -> dict[str, Array]:
    """The table: see `coachai.voices.projection.Projection`."""
    vectors = np.stack([each.vector for each in found])
    seconds = np.array([each.seconds for each in found])
    crop = np.array([each.crop for each in found])
    speaker = np.array([each.clip.speaker for each in found])
    condition = np.array([each.condition for each in found])
    read = np.array([each.clip.corpus == "speechocean762" for each in found])
    whole = crop == 0
    mean, scale = vectors[whole].mean(axis=0), vectors[whole].std(axis=0) + 1e-6
    even = (vectors - mean) / scale
    settled = even.copy()
    # Corpora differ in microphone and room: that is no difference between voices.
    for kind in sorted(set(zip(condition, read.tolist(), strict=True))):
        own = (condition == kind[0]) & (read == kind[1])
        settled[own] -= even[whole & own].mean(axis=0)
    used = whole | (crop == 2.0)
    groups = [f"{a} {b}" for a, b in zip(speaker[used], condition[used], strict=True)]
    directions, between = discriminant(settled[used], groups)
    points = even @ directions
    ages = np.array([each.clip.age or GROWN for each in found], dtype=np.float64)
    return {
        "mean": mean,
        "scale": scale,
        "directions": directions,
        "between": between,
        "middle": points[whole & read].mean(axis=0),
        "scatter": _scatter(settled @ directions, speaker, condition, seconds, whole),
        "adult": adult_weights(even[whole & read], ages[whole & read], scale),
    }


def adult_weights(even: Array, ages: Array, scale: Array) -> Array:
    """Weights (v + 1,) of the log odds of an adult: the age that is counted by hand, and the network's word.

    The age is regressed, not the class: six years are further from grown than twelve, and there are few
    children to learn from. It is given the network's word with a weight found on readers new to both.
    """
    age = np.minimum(ages, GROWN)
    children = age < ADULT_FROM
    even_odds = np.where(children, (~children).mean() / children.mean(), 1.0)
    near = np.clip(even[:, :OWN_SIZE], -FARTHEST, FARTHEST)
    model = Ridge(alpha=RIDGE).fit(near, age, sample_weight=even_odds)
    weights = np.zeros(VECTOR_SIZE + 1)
    weights[:OWN_SIZE] = ODDS_A_YEAR * model.coef_
    weights[VECTOR_SIZE - 1] = ODDS_A_YEAR * YEARS_OF_NETWORK * scale[VECTOR_SIZE - 1]
    weights[VECTOR_SIZE] = ODDS_A_YEAR * (model.intercept_ - LINE)
    return weights


def discriminant(points: Array, groups: Sequence[str]) -> tuple[Array, Array]:
    """Directions (v, d) in which the scatter within a group is 1, and the variance between groups (d,)."""
    _, group = np.unique(groups, return_inverse=True)
    sizes = np.bincount(group)
    means = np.zeros((len(sizes), points.shape[1]))
    np.add.at(means, group, points)
    means /= sizes[:, None]
    many = sizes[group] > 1
    rest = (points - means[group])[many]
    within = rest.T @ rest / (many.sum() - (sizes > 1).sum())
    within = (1 - SHRINK) * within + SHRINK * np.diag(np.diag(within)) + 1e-4 * np.eye(len(within))
    across = np.cov(means.T) - within / np.mean(sizes)
    values, vectors = eigh(across, within)
    best = np.argsort(-values)[:DIMENSIONS]
    return vectors[:, best], np.maximum(values[best], 1e-3)


def _scatter(points: Array, speaker: Array, condition: Array, seconds: Array, whole: Array) -> Array:
    """Least-squares a, b of the variance of a piece around its speaker: a + b / seconds."""
    rows: list[float] = []
    times: list[float] = []
    for key in sorted(set(zip(speaker.tolist(), condition.tolist(), strict=True))):
        own = (speaker == key[0]) & (condition == key[1])
        if (own & whole).sum() < 4:
            continue
        count = (own & whole).sum()
        middle = points[own & whole].mean(axis=0)
        rows += (((points[own] - middle) ** 2).mean(axis=1) * count / (count - 1)).tolist()
        times += seconds[own].tolist()
    design = np.stack([np.ones(len(times)), 1 / np.array(times)], axis=1)
    found: Array = np.linalg.lstsq(design, np.array(rows), rcond=None)[0]
    return np.maximum(found, (0.3, 0.01))
