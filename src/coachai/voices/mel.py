"""The spectrum of a sound every 10 ms, and what the network sees of it: log mel bands.

Frames of 40 ms, so that the lowest bands still hold single harmonics: children and adults differ in pitch.
"""

from __future__ import annotations

from functools import cache

import librosa
import numpy as np
from numpy.typing import NDArray

from coachai.media.audio import SAMPLE_RATE

HOP = round(0.01 * SAMPLE_RATE)
FRAME = round(0.04 * SAMPLE_RATE)
"""Samples between frames, and in one: two periods of the lowest pitch looked for."""
BEFORE = (FRAME - HOP) // 2
"""Samples that a frame holds before its own 10 ms, and after them."""
FFT = 1024
BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 60.0, 7600.0
_LEAST_POWER = 1e-6  # what is quieter says nothing: about 70 dB below a loud voice

Floats = NDArray[np.float32]


def power_spectrum(sound: Floats) -> Floats:
    """Power of frames every HOP samples, shape (n, FFT // 2 + 1), n = (samples - FRAME) // HOP + 1."""
    framed = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP]
    spectrum = np.fft.rfft(framed * window(), FFT)
    return np.asarray(spectrum.real**2 + spectrum.imag**2, dtype=np.float32)


def log_mel(power: Floats) -> Floats:
    """Natural log of the power in BANDS mel bands, shape (n, BANDS)."""
    return np.asarray(np.log(power @ _filters() + np.float32(_LEAST_POWER)), dtype=np.float32)


@cache
def window() -> Floats:
    """What each frame is multiplied by, shape (FRAME,)."""
    return np.hanning(FRAME + 1)[:-1].astype(np.float32)


@cache
def _filters() -> Floats:
    filters: Floats = librosa.filters.mel(
        sr=SAMPLE_RATE, n_fft=FFT, n_mels=BANDS, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, norm=None
    ).T
    return np.ascontiguousarray(filters.astype(np.float32))
