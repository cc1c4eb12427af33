"""Fit the linear view of voices that `coachai.voices.projection` reads.

    python models/voices/train.py [--data ../shared/data] [--out models/voices/voices.npz]

Real readers of speechocean762 and LibriSpeech (both CC BY 4.0), each clip clean, in a room and with noise.
Speakers that stand in the reported lessons (`lessons/sources.json`) are left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.signal import fftconvolve
from sklearn.linear_model import LogisticRegression

from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.records import Span
from coachai.voices.features import voice_frames
from coachai.voices.pieces import voice_vector

DATA = Path(__file__).parents[2].parent / "shared" / "data"
DIMENSIONS = 40
SHRINK = 0.3  # of the scatter within speakers towards its diagonal
RIDGE = 0.01
CROPS = (0.5, 1.0, 2.0)  # seconds: short answers must be told apart too
CONDITIONS = ("clean", "room", "noisy")
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One voice vector: `age` in years (40 where only "adult" is known), `seconds` of sound in it."""

    speaker: str
    corpus: str
    age: int
    condition: str
    seconds: float
    crop: float
    vector: Array


def main() -> None:
    """Fit and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "voices.npz")
    asked = parser.parse_args()
    table = fitted(list(samples(asked.data)))
    np.savez(asked.out, **{name: each.astype(np.float32) for name, each in table.items()})
    print(f"{asked.out}: " + ", ".join(f"{name} {each.shape}" for name, each in table.items()))


def clips(data: Path) -> Iterator[tuple[str, str, int, Path]]:
    """Speaker, corpus, age and file of every clip whose speaker stands in no reported lesson."""
    sources = json.loads((data / "lessons" / "sources.json").read_text(encoding="utf-8"))
    held = {speaker for each in sources.values() for speaker in each["speechocean762"]}
    folder = data / "speech" / "speechocean762"
    with (folder / "metadata.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if row["speaker"] not in held:
                yield row["speaker"], "speechocean762", int(row["age"]), folder / f"{row['utterance']}.flac"
    for path in sorted((data / "speech" / "librispeech").rglob("*.flac")):
        yield f"L{path.stem.split('-')[0]}", "librispeech", 40, path


def samples(data: Path) -> Iterator[Sample]:
    """Voice vectors of whole clips and of crops, in the three conditions."""
    rng = np.random.default_rng(5)
    listed = list(clips(data))
    sounds = [_levelled(soundfile.read(path, dtype="float32")[0]) for *_, path in listed]
    with tempfile.TemporaryDirectory() as folder:
        for (speaker, corpus, age, _), sound in zip(listed, sounds, strict=True):
            for first in range(0, max(1, len(sound) - SAMPLE_RATE), 4 * SAMPLE_RATE):
                part = sound[first : first + 4 * SAMPLE_RATE]
                for condition in CONDITIONS:
                    heard = in_condition(part, condition, sounds, rng)
                    audio = Audio.from_array(heard, Path(folder) / "clip.raw")
                    for crop in (0.0, *CROPS):
                        length = min(crop or audio.duration, audio.duration)
                        start = float(rng.uniform(0.0, audio.duration - length))
                        vector, seconds = _vector(audio, Span(start=start, end=start + length))
                        if seconds > 0 and (not crop or length == crop):
                            yield Sample(
                                speaker=speaker,
                                corpus=corpus,
                                age=age,
                                condition=condition,
                                seconds=seconds,
                                crop=crop,
                                vector=vector,
                            )


def _vector(audio: Audio, span: Span) -> tuple[Array, float]:
    frames = voice_frames(audio, [span], lambda _: None)
    vector, used = voice_vector(frames.cepstra, frames.pitch, frames.voicing, frames.level)
    return vector, used / 100


def _levelled(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without the silence at both ends, at one level."""
    loud = np.flatnonzero(np.abs(sound) > 0.03 * np.abs(sound).max())
    kept = sound[loud[0] : loud[-1] + 1]
    return kept * np.float32(0.08 / np.sqrt(np.mean(kept**2)))


def in_condition(
    sound: NDArray[np.float32],
    condition: str,
    others: Sequence[NDArray[np.float32]],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
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
    speaker = np.array([each.speaker for each in found])
    condition = np.array([each.condition for each in found])
    read = np.array([each.corpus == "speechocean762" for each in found])
    age = np.array([each.age for each in found])
    whole = crop == 0
    mean, scale = vectors[whole].mean(axis=0), vectors[whole].std(axis=0) + 1e-6
    even = (vectors - mean) / scale
    settled = even.copy()
    for each in CONDITIONS:
        settled[condition == each] -= even[whole & (condition == each)].mean(axis=0)
    used = whole | (crop == 2.0)
    directions, between = _discriminant(
        settled[used], [f"{a} {b}" for a, b in zip(speaker[used], condition[used], strict=True)]
    )
    points = even @ directions
    scatter = _scatter(settled @ directions, speaker, condition, seconds, whole)
    told = whole & read & ((age < 13) | (age >= 18))
    model = LogisticRegression(C=RIDGE, class_weight="balanced", max_iter=3000)
    model.fit(even[told], age[told] >= 18)
    return {
        "mean": mean,
        "scale": scale,
        "directions": directions,
        "between": between,
        "middle": points[whole & read].mean(axis=0),
        "scatter": scatter,
        "adult": np.append(model.coef_[0], model.intercept_[0]),
    }


def _discriminant(points: Array, groups: Sequence[str]) -> tuple[Array, Array]:
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


if __name__ == "__main__":
    main()
