"""One clip under the conditions of a classroom: in a room, with noise, far away, over a phone. Seeded.

Not the recipe that the network is trained with (`mixtures.py`): what is reported should not be what was
rehearsed.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfiltfilt

RATE = 16_000
Sound = NDArray[np.float32]
Rng = np.random.Generator
LEVEL = 0.07
"""Root mean square of the speech before it goes anywhere."""
CLEAN = "clean"


def in_condition(sound: Sound, condition: str, name: str, others: Sequence[Sound]) -> Sound:
    """The clip `name` under a condition, the same at every call; `others` are voices that babble around."""
    if condition == CLEAN:
        return sound
    rng = np.random.default_rng([zlib.crc32(name.encode()), sorted(CONDITIONS).index(condition)])
    level = float(np.sqrt(np.mean(sound**2)))
    heard = CONDITIONS[condition](sound * np.float32(LEVEL / max(level, 1e-6)), rng, others)
    return np.clip(heard, -1, 1).astype(np.float32)


def _room(sound: Sound, rng: Rng, _: Sequence[Sound]) -> Sound:
    return _noised(_echoed(sound, rng, (0.3, 0.6), (0.3, 0.7)), _hum(len(sound), rng), 30.0)


def _noisy(sound: Sound, rng: Rng, others: Sequence[Sound]) -> Sound:
    around = _hum(len(sound), rng) + 2.0 * _babble(len(sound), rng, others)
    return _noised(_echoed(sound, rng, (0.3, 0.6), (0.3, 0.7)), around, float(rng.uniform(10, 20)))


def _far(sound: Sound, rng: Rng, _: Sequence[Sound]) -> Sound:
    """Six metres and more: more echo than voice, the highs dulled by the air and the room, near the noise."""
    dull = sosfiltfilt(butter(1, 3500, fs=RATE, output="sos"), sound).astype(np.float32)
    far = _noised(
        _echoed(dull, rng, (0.5, 0.8), (1.0, 2.0)), _hum(len(sound), rng), float(rng.uniform(10, 15))
    )
    return 0.1 * far


def _phone(sound: Sound, rng: Rng, _: Sequence[Sound]) -> Sound:
    """300 to 3400 Hz, eight bits by the mu law (ITU-T G.711)."""
    narrow = resample_poly(
        sosfiltfilt(butter(4, (300, 3400), "bandpass", fs=RATE, output="sos"), sound), 1, 2
    )
    loud = np.sign(narrow) * np.log1p(255 * np.abs(np.clip(narrow, -1, 1))) / np.log(256)
    coarse = np.round(loud * 127) / 127
    back = np.sign(coarse) * np.expm1(np.abs(coarse) * np.log(256)) / 255
    wide = resample_poly(back, 2, 1)[: len(sound)].astype(np.float32)
    return _noised(wide, _hum(len(wide), rng), 30.0)


CONDITIONS: dict[str, Callable[[Sound, Rng, Sequence[Sound]], Sound]] = {
    "room": _room,
    "noisy": _noisy,
    "far": _far,
    "phone": _phone,
}


def _echoed(sound: Sound, rng: Rng, seconds: tuple[float, float], strength: tuple[float, float]) -> Sound:
    """With an echo that has died away (60 dB) after so many seconds, and so much of it beside the voice."""
    decay = float(rng.uniform(*seconds))
    age = np.arange(round(decay * RATE)) / RATE
    tail = rng.standard_normal(len(age)) * np.exp(-6.9 * age / decay)
    tail *= rng.uniform(*strength) / np.sqrt(np.sum(tail**2))
    return (sound + fftconvolve(sound, tail)[: len(sound)]).astype(np.float32)


def _hum(length: int, rng: Rng) -> Sound:
    """Noise of rooms: as much in every octave, as fans and streets have it."""
    spectrum = np.fft.rfft(rng.standard_normal(max(length, 2)))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(max(length, 2), 1 / RATE), 40.0))
    noise = np.fft.irfft(spectrum, max(length, 2))[:length]
    return (noise / max(float(np.std(noise)), 1e-9)).astype(np.float32)


def _babble(length: int, rng: Rng, others: Sequence[Sound]) -> Sound:
    """Five other voices backwards: a class that murmurs, without words."""
    whole = np.zeros(length, dtype=np.float32)
    for k in rng.integers(len(others), size=5) if others else ():
        voice = np.resize(others[int(k)][::-1], length)
        whole += voice / max(float(np.std(voice)), 1e-6)
    spread = float(np.std(whole))
    return whole / np.float32(spread) if spread > 0 else whole


def _noised(sound: Sound, noise: Sound, decibels: float) -> Sound:
    """The sound with noise so many decibels below it."""
    speech = float(np.sqrt(np.mean(sound**2)))
    return (sound + noise / max(float(np.std(noise)), 1e-9) * speech * 10 ** (-decibels / 20)).astype(
        np.float32
    )
