"""Teach the network on the scenes; every pass is kept, so an interruption costs at most one."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as entropy

from models.voices.corpora import ADULT_FROM, CHILD_UNDER, Clip, Sound
from models.voices.mixtures import SPEEDS, median_pitch
from models.voices.network import Network, Speakers, pooled
from models.voices.scenes import Scenes

BATCH = 32
RATE_OF_LEARNING = 3e-3
DECAY = 0.02
WARM_UP = 0.05
GROWN, YEARS_A_SPEED = 20.0, 30.0
"""Years: when voices no longer change, and how much younger a child sounds at twice the speed."""
SHORTEST, LONGEST = 10, 100
"""Steps of 40 ms in a stretch whose voice is learned."""
SPEAKER_WEIGHT, ADULT_WEIGHT = 0.25, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`passes` over the scenes; `adult` (voices,) as `adults_of` gives it; `seed`.

    `left_out`: voices (numbers) whose name and age are not told.
    """

    passes: int
    adult: NDArray[np.float32]
    left_out: Collection[int] = ()
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """b scenes: frames, how many speak, adult by step (NaN unknown).

    `parts` (p, 4): row, first and last step, voice of each stretch.
    """

    frames: Tensor
    count: Tensor
    adult: Tensor
    parts: Tensor


def learn(scenes: Scenes, recipe: Recipe, kept: Path, stop: int | None = None) -> Network:
    """Learn `recipe.passes` passes, or up to `stop` of them; goes on from the last one kept in `kept`."""
    torch.manual_seed(recipe.seed)
    network, speakers = Network(), Speakers(len(recipe.adult))
    weights = [*network.parameters(), *speakers.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=RATE_OF_LEARNING, weight_decay=DECAY)
    steps = recipe.passes * (len(scenes.frames) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: _slope(k / steps))
    parts = (network, speakers, optimizer, schedule)
    adult = torch.from_numpy(recipe.adult)
    for turn in range(_resumed(parts, kept), stop or recipe.passes):
        started, sums = time.monotonic(), np.zeros(5)
        network.train()
        rng = np.random.default_rng([recipe.seed, turn])
        for k, batch in enumerate(batches(scenes, recipe, rng)):
            losses = torch.stack(_losses(network, speakers, batch, adult))
            optimizer.zero_grad()
            losses.sum().backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(weights, 5.0)
            optimizer.step()
            schedule.step()
            sums += losses.detach().numpy()
            if k % 25 == 24:
                told = " ".join(f"{each:.3f}" for each in sums / 25)
                print(f"pass {turn + 1} step {k + 1} {time.monotonic() - started:.0f} s: {told}", flush=True)
                sums[:] = 0
        part = kept.with_suffix(".part")
        torch.save({"done": turn + 1, "state": [each.state_dict() for each in parts]}, part)
        part.rename(kept)
    network.eval()
    return network


def _slope(share: float) -> float:
    """Up in the first twentieth, then down to nothing as a cosine."""
    if share < WARM_UP:
        return share / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (share - WARM_UP) / (1 - WARM_UP)))) + 1e-3


def _resumed(parts: tuple[object, ...], kept: Path) -> int:
    if not kept.exists():
        return 0
    stored = torch.load(kept, weights_only=True)
    for part, state in zip(parts, stored["state"], strict=True):
        part.load_state_dict(state)  # type: ignore[attr-defined]
    return int(stored["done"])


def batches(scenes: Scenes, recipe: Recipe, rng: np.random.Generator) -> Iterator[Batch]:
    """All scenes once, in another order and a little changed each time."""
    order = rng.permutation(len(scenes.frames))
    starts = np.searchsorted(scenes.parts[:, 0], np.arange(len(scenes.frames) + 1))
    adult = np.append(recipe.adult, np.nan).astype(np.float32)  # the last: voice -1
    adult[list(recipe.left_out)] = np.nan
    for first in range(0, len(order) - BATCH + 1, BATCH):
        chosen = order[first : first + BATCH]
        rows = []
        for row, k in enumerate(chosen):
            for _, begin, end, voice in scenes.parts[starts[k] : starts[k + 1]]:
                if voice in recipe.left_out:
                    continue
                length = int(min(end - begin, rng.integers(SHORTEST, LONGEST + 1)))
                start = int(rng.integers(begin, end - length + 1))
                rows.append((row, start, start + length, voice))
        yield Batch(
            frames=torch.from_numpy(_changed(scenes.frames[chosen].astype(np.float32), rng)),
            count=torch.from_numpy(scenes.count[chosen].astype(np.int64)),
            adult=torch.from_numpy(adult[scenes.voice[chosen]]),
            parts=torch.tensor(rows, dtype=torch.int64).reshape(-1, 4),
        )


def _changed(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Some bands and some moments hidden (Park et al., 2019), each scene a little louder or softer."""
    for k in range(len(frames)):
        scene, least = frames[k], frames[k].min()
        for _ in range(2):
            width = int(rng.integers(0, 8))
            band = int(rng.integers(0, scene.shape[1] - width))
            scene[:, band : band + width] = scene.mean() if width else least
        width = int(rng.integers(0, 16))
        first = int(rng.integers(0, scene.shape[0] - width))
        scene[first : first + width] = least
        frames[k] += rng.uniform(-1.0, 1.0)
    return frames


def _losses(network: Network, speakers: Speakers, batch: Batch, adult: Tensor) -> list[Tensor]:
    """Speech, overlap, adult by step, adult by stretch, speaker; each with its weight."""
    speech, overlap, odds, features = network(batch.frames)
    rows, first, last, voice = batch.parts.T
    sums = torch.nn.functional.pad(odds.cumsum(1), (1, 0))
    mean = (sums[rows, last] - sums[rows, first]) / (last - first)
    return [
        entropy(speech, (batch.count > 0).float()),
        entropy(overlap, (batch.count > 1).float()),
        0.3 * ADULT_WEIGHT * _even(odds, batch.adult),
        ADULT_WEIGHT * _even(mean, adult[voice]),
        SPEAKER_WEIGHT * speakers(pooled(features, rows, first, last), voice),
    ]


def _even(odds: Tensor, adult: Tensor) -> Tensor:
    """Cross entropy where it is known (not NaN), children and adults given the same weight."""
    known = ~adult.isnan()
    if not known.any():
        return odds.sum() * 0.0
    true = adult[known]
    share = true.mean().clamp(0.05, 0.95)
    weight = torch.where(true == 1, 0.5 / share, 0.5 / (1 - share))
    return entropy(odds[known], true, weight=weight)


def adults_of(clips: Sequence[Clip], sounds: Sequence[Sound]) -> NDArray[np.float32]:
    """Whether each voice (every reader at every speed, by name) sounds adult: 1, 0, or NaN in between.

    Faster is smaller: vocal tracts of nine and of twelve years differ by about a tenth, as the speeds do.
    """
    first = {each.speaker: k for k, each in reversed(list(enumerate(clips)))}
    found = []
    for name in sorted(first):
        clip = clips[first[name]]
        age = GROWN if clip.age is None else min(clip.age, GROWN)
        man = clip.gender == "m" or (not clip.gender and median_pitch(sounds[first[name]]) < 160.0)
        for speed in SPEEDS:
            younger = YEARS_A_SPEED * (speed - 1)
            if age >= ADULT_FROM:
                # A man stays a man at this speed; a woman comes near a girl of sixteen.
                younger = 0.0 if man else max(0.0, younger)
            sounding = age - younger
            known = sounding < CHILD_UNDER or sounding >= ADULT_FROM
            found.append(float(sounding >= ADULT_FROM) if known else np.nan)
    return np.array(found, dtype=np.float32)


def voices_of(readers: Collection[str], taught: Collection[str]) -> set[int]:
    """The numbers of all voices (one for each speed) of some of the taught readers."""
    names = sorted(taught)
    return {names.index(each) * len(SPEEDS) + way for each in readers for way in range(len(SPEEDS))}
