"""Voices made of a pulse train and resonances: enough to tell a large throat from a small one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from coachai.media import SAMPLE_RATE, Audio
from coachai.records import Span

VOWELS = ((700, 1200, 2500), (400, 2000, 2600), (300, 900, 2300), (550, 1700, 2450), (600, 1000, 2500))


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Pitch in Hz; `size` scales the resonances: 1 for a man, about 0.75 for a child."""

    pitch: float
    size: float
    tilt: float = 0.9


TEACHER = Speaker(pitch=115.0, size=1.0)
CHILD = Speaker(pitch=290.0, size=0.74, tilt=0.6)
OTHER_CHILD = Speaker(pitch=250.0, size=0.82, tilt=0.75)


def said(speaker: Speaker, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Some syllables of a quarter of a second each, the pitch wandering as in speech."""
    count = round(seconds * SAMPLE_RATE)
    places = np.arange(0, count + 4000, 4000)
    wander = np.interp(np.arange(count), places, rng.normal(0, 0.06, len(places)))
    phase = np.cumsum(speaker.pitch * 2**wander / SAMPLE_RATE)
    pulses = np.diff(np.floor(phase), prepend=0.0) + 0.02 * rng.standard_normal(count)
    source = lfilter([1.0], [1.0, -speaker.tilt], pulses)
    voice = np.zeros(count)
    step = SAMPLE_RATE // 4
    for first in range(0, count, step):
        part = source[first : first + step]
        for formant in VOWELS[rng.integers(len(VOWELS))]:
            centre = formant / speaker.size * rng.uniform(0.96, 1.04)
            radius = np.exp(-np.pi * 90 / SAMPLE_RATE)
            poles = [1.0, -2 * radius * np.cos(2 * np.pi * centre / SAMPLE_RATE), radius**2]
            part = part + 0.4 * lfilter([1 - radius], poles, part)
        voice[first : first + step] = part * np.hanning(len(part) + 2)[1:-1] ** 0.3
    return 0.1 * voice / np.sqrt(np.mean(voice**2))


def recorded(told: Sequence[tuple[float, float, Sequence[Speaker]]], path: Path, seed: int = 1) -> Audio:
    """Sound of (start, end, who speaks at once) (seconds), a little noise, and two seconds more."""
    rng = np.random.default_rng(seed)
    sound = 1e-3 * rng.standard_normal(round((max(end for _, end, _ in told) + 2) * SAMPLE_RATE))
    for start, end, speakers in told:
        first = round(start * SAMPLE_RATE)
        for speaker in speakers:
            voice = said(speaker, end - start, rng)
            sound[first : first + len(voice)] += voice / np.sqrt(len(speakers))
    return Audio.from_array(np.clip(sound, -1, 1).astype(np.float32), path)


def spans_of(told: Sequence[tuple[float, float, Sequence[Speaker]]]) -> tuple[Span, ...]:
    """Where somebody speaks."""
    return tuple(Span(start=start, end=end) for start, end, _ in told)
