"""Sound in which two voices are two tones: enough for models that are there to be loaded and run."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from coachai.media import Audio
from coachai.records import Span

RATE = 16_000
TONES = (220.0, 900.0)
"""Hertz: the low voice and the high one."""

Told = list[tuple[float, float, str]]
"""Start, end (seconds) and who: "low", "high" or "both"."""


def tones(told: Told, path: Path, seconds: float) -> Audio:
    """The sound of what is told: a tone for each voice, a little noise beneath."""
    rng = np.random.default_rng(1)
    sound = 1e-4 * rng.standard_normal(round(seconds * RATE))
    for start, end, who in told:
        clock = np.arange(round(start * RATE), round(end * RATE)) / RATE
        for tone, name in zip(TONES, ("low", "high"), strict=True):
            if who in (name, "both"):
                sound[round(start * RATE) : round(end * RATE)] += 0.2 * np.sin(2 * np.pi * tone * clock)
    return Audio.from_array(sound.astype(np.float32), path)


def pieces_of(told: Told) -> tuple[Span, ...]:
    """Where anybody speaks, one piece a turn."""
    return tuple(Span(start=start, end=end) for start, end, _ in told)
