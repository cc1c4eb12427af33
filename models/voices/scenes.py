"""Make the scenes and keep them as the network sees them: chunks of log mel frames with their truth."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachai.voices.mel import BANDS, BEFORE, FRAME, HOP, log_mel, power_spectrum
from models.voices.corpora import RATE, Clip, Sound, clips, held_apart, meetings, sound_of
from models.voices.mixtures import SECONDS, STEPS, Cast, Scene, scene

CHUNK = 200
"""Scenes in one file: what an interruption costs at most."""
ROOMS = 120
FRAMES = round(SECONDS * RATE) // HOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenes:
    """N scenes: `frames` (N, FRAMES, BANDS) float16, `count`, `voice` (N, STEPS).

    `parts` (P, 4): scene, first and last step, voice of each stretch that is one reader's alone.
    """

    frames: NDArray[np.float16]
    count: NDArray[np.int8]
    voice: NDArray[np.int16]
    parts: NDArray[np.int32]


def taught_clips(data: Path) -> list[Clip]:
    """The clips of every reader who is not held apart."""
    found = clips(data)
    held = held_apart(found, data)
    return [each for each in found if each.speaker not in held]


def seen(sound: Sound) -> NDArray[np.float32]:
    """A scene's frames (FRAMES, BANDS)."""
    return log_mel(power_spectrum(np.pad(sound, (BEFORE, FRAME - HOP - BEFORE))))


def make(data: Path, work: Path, count: int, processes: int) -> None:
    """Write the chunks that are not there yet; each has a seed of its own."""
    work.mkdir(parents=True, exist_ok=True)
    missing = [k for k in range(-(-count // CHUNK)) if not (work / f"scenes-{k:03d}.npz").exists()]
    shares = [missing[k::processes] for k in range(processes)]
    with ProcessPoolExecutor(processes) as pool:
        for done in [pool.submit(_write, data, work, share) for share in shares if share]:
            done.result()


def _write(data: Path, work: Path, chunks: list[int]) -> None:
    found = taught_clips(data)
    cast = Cast(found, [sound_of(each.path) for each in found], meetings(data))
    cast.furnish(ROOMS, np.random.default_rng(7))
    for chunk in chunks:
        rng = np.random.default_rng([11, chunk])
        made = [scene(cast, rng) for _ in range(CHUNK)]
        path = work / f"scenes-{chunk:03d}.npz"
        part = path.with_suffix(".part.npz")
        np.savez(part, **_packed(made))
        part.rename(path)
        print(f"scenes: {path.name} written", flush=True)


def _packed(made: list[Scene]) -> dict[str, NDArray[np.generic]]:
    return {
        "frames": np.stack([seen(each.sound) for each in made]).astype(np.float16),
        "count": np.stack([each.count for each in made]),
        "voice": np.stack([each.voice for each in made]),
        "parts": np.array(
            [(k, *part) for k, each in enumerate(made) for part in each.parts], dtype=np.int32
        ).reshape(-1, 4),
    }


def load(work: Path, count: int) -> Scenes:
    """All chunks in memory: 0.8 GB for 8,000 scenes."""
    frames = np.zeros((count, FRAMES, BANDS), dtype=np.float16)
    rest: dict[str, list[NDArray[np.generic]]] = {"count": [], "voice": [], "parts": []}
    for first in range(0, count, CHUNK):
        with np.load(work / f"scenes-{first // CHUNK:03d}.npz") as chunk:
            frames[first : first + CHUNK] = chunk["frames"]
            for name in ("count", "voice"):
                rest[name].append(chunk[name])
            parts = chunk["parts"][:, :4].copy()
            parts[:, 0] += first
            rest["parts"].append(parts)
    together = {name: np.concatenate(each) for name, each in rest.items()}
    assert together["count"].shape == (count, STEPS)
    return Scenes(frames=frames, **together)  # type: ignore[arg-type]
