"""How loud a recording's voices are: what is heard of it is brought to one level first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coachai.media import Audio

_FRAME = 512  # samples: 32 ms
_AT_A_TIME = 1024  # frames: 33 s of sound, 2 MB
_LOUD_SHARE = 95  # percentile of the frames' power: voices, not the pauses between them
_SILENCE_POWER = 1e-10
_MOST_GAIN_DB = 40.0


def loud_level(audio: Audio) -> float | None:
    """Level (dBFS) that the loudest twentieth of the sound exceeds; None where there is not a whole frame."""
    powers: list[NDArray[np.float32]] = []
    for first in range(0, len(audio), _AT_A_TIME * _FRAME):
        samples = audio.read_samples(first, first + _AT_A_TIME * _FRAME)
        whole = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
        powers.append(np.mean(whole**2, axis=1))
    if not sum(map(len, powers)):
        return None
    return 10 * float(np.log10(np.percentile(np.concatenate(powers), _LOUD_SHARE) + _SILENCE_POWER))


def gain_to(wanted_db: float, audio: Audio) -> float:
    """What to multiply the sound by so that its loud twentieth lies at `wanted_db` (dBFS); at most 100."""
    level = loud_level(audio)
    return 1.0 if level is None else float(10 ** (min(wanted_db - level, _MOST_GAIN_DB) / 20))
