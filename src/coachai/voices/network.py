"""The network that hears voices (`models/voices`): every 40 ms speech, overlap, adult or child, and features.

It hears a recording once, in windows with real sound on both sides that is longer than its own view, so that
windowed equals whole. What it hears is kept beside the sound, in memory, and forgotten with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.records import Progress, Span
from coachai.resources import resource
from coachai.voices.loudness import gain_to
from coachai.voices.mel import BEFORE, FRAME, HOP, Floats, log_mel, power_spectrum

STEP_SECONDS = 0.04
"""Seconds between two answers of the network."""
FEATURES = 128
"""Numbers that describe the voice in each step."""
LOUD_DB = -22.0
"""dBFS to which the loud twentieth of a recording is brought before the network hears it."""
_STEP = round(STEP_SECONDS * SAMPLE_RATE)
_WINDOW = 500  # steps: 20 s of sound at a time
_BESIDE = 32  # steps: 1.3 s of real sound on both sides; the network looks 1.2 s far


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """n steps of 40 ms from the first sound on.

    `speech`, `overlap`, `adult` (n,) log odds that somebody speaks, that several do, that an adult does;
    `features` (n, FEATURES) of the voice, half precision.
    """

    speech: Floats
    overlap: Floats
    adult: Floats
    features: NDArray[np.float16]

    def within(self, span: Span) -> slice:
        """The steps whose middle lies in the span."""
        first, last = (int(np.ceil(edge / STEP_SECONDS - 0.5)) for edge in (span.start, span.end))
        return slice(max(0, first), max(0, last))


_KEPT: WeakKeyDictionary[Audio, Steps] = WeakKeyDictionary()


def heard_steps(audio: Audio, progress: Progress) -> Steps:
    """What the network hears of all of the sound; heard once, and kept as long as the sound is."""
    if audio not in _KEPT:
        _KEPT[audio] = _listened(audio, progress)
    progress(1.0)
    return _KEPT[audio]


def _listened(audio: Audio, progress: Progress) -> Steps:
    count = -(-len(audio) // _STEP)
    gain = np.float32(gain_to(LOUD_DB, audio))
    speech, overlap, adult = (np.zeros(count, dtype=np.float32) for _ in range(3))
    features = np.zeros((count, FEATURES), dtype=np.float16)
    for first in range(0, count, _WINDOW):
        last = min(count, first + _WINDOW)
        begin = (first - _BESIDE) * _STEP - BEFORE
        size = (last - first + 2 * _BESIDE) * _STEP + FRAME - HOP
        frames = log_mel(power_spectrum(gain * _read(audio, begin, size)))
        told = _session().run(None, {"frames": frames[None]})
        own = slice(_BESIDE, _BESIDE + last - first)
        speech[first:last], overlap[first:last], adult[first:last] = (each[0, own] for each in told[:3])
        features[first:last] = told[3][0, own]
        progress(last / count)
    return Steps(speech=speech, overlap=overlap, adult=adult, features=features)


def _read(audio: Audio, first: int, size: int) -> Floats:
    """So many samples from `first` on, which may lie before the recording; zeros where there is none."""
    sound = audio.read_samples(max(0, first), max(0, first + size))
    ahead = max(0, -first)
    return np.pad(sound, (ahead, max(0, size - ahead - len(sound))))


@cache
def _session() -> Any:
    """The network that ships with the program, on one core."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    weights = resource("models", "voices", "voices.onnx").read_bytes()
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
