"""Where there is speech, from the waveform alone and without padding: the ground that waits are measured on.

The detector is Silero VAD v6 (Silero Team, 2025; MIT), the ONNX model that ships inside faster-whisper.
It is run by our own session in windows over the memory-mapped sound, carrying its state, so that an hour
needs no more memory than a minute and windowed equals whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachai.errors import EnvironmentLacks
from coachai.media import SAMPLE_RATE, Audio
from coachai.records import Progress, Span
from coachai.timeline import merged, subtracted

FRAME = 512
"""Samples the detector judges at a time (32 ms); it also sees the 64 samples before them."""

CONTEXT = 64
WINDOW_FRAMES = 1024
"""Frames read at a time: 33 s of sound, 2 MB."""

SPEECH_AT = 0.5
SILENCE_AT = 0.35
"""Speech begins at the first probability and ends below the second (Silero's own hysteresis)."""

SHORTEST_GAP = 0.12
"""Seconds: a shorter silence is a stop consonant or a breath within a word, not a pause."""

SHORTEST_SPEECH = 0.1
"""Seconds: anything shorter is a click."""


def find_speech(audio: Audio, progress: Progress) -> tuple[Span, ...]:
    """Stretches with speech, sorted and disjoint, never inside `audio.missing`.

    Raises EnvironmentLacks where the detector's file is not installed.
    """
    probabilities = speech_probabilities(audio, progress)
    spans = [
        Span(start=start, end=min(end, audio.duration))
        for start, end in _stretches(probabilities)
        if start < audio.duration
    ]
    heard = subtracted(merged(spans, gap=SHORTEST_GAP), audio.missing)
    progress(1.0)
    return tuple(span for span in heard if span.duration >= SHORTEST_SPEECH)


def speech_probabilities(
    audio: Audio, progress: Progress, window_frames: int = WINDOW_FRAMES
) -> NDArray[np.float32]:
    """The detector's probability of speech for each 32 ms, shape (ceil(samples / 512),)."""
    session = _session()
    hidden = cell = np.zeros((1, 1, 128), np.float32)
    context = np.zeros(CONTEXT, np.float32)
    heard: list[NDArray[np.float32]] = []
    for first in range(0, len(audio), window_frames * FRAME):
        samples = audio.read_samples(first, first + window_frames * FRAME)
        padded = np.concatenate([context, samples, np.zeros(-len(samples) % FRAME, np.float32)])
        context = padded[-CONTEXT:]
        frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME + CONTEXT)[::FRAME]
        found, hidden, cell = session.run(
            None, {"input": np.ascontiguousarray(frames), "h": hidden, "c": cell}
        )
        heard.append(found)
        progress(min(1.0, (first + len(samples)) / len(audio)))
    return np.concatenate(heard) if heard else np.zeros(0, np.float32)


def _stretches(probabilities: NDArray[np.float32]) -> Iterator[tuple[float, float]]:
    """Start and end (s) of each run of frames above SPEECH_AT that stays above SILENCE_AT."""
    start: int | None = None
    step = FRAME / SAMPLE_RATE
    for k, probability in enumerate(probabilities):
        if start is None and probability >= SPEECH_AT:
            start = k
        elif start is not None and probability < SILENCE_AT:
            yield start * step, k * step
            start = None
    if start is not None:
        yield start * step, len(probabilities) * step


def _session() -> Any:
    import onnxruntime

    # find_spec reads where the package lies without importing it, which would take seconds.
    package = find_spec("faster_whisper")
    folder = Path(package.origin).parent if package and package.origin else None
    model = folder / "assets" / "silero_vad_v6.onnx" if folder else None
    if model is None or not model.is_file():
        raise EnvironmentLacks(
            "NO_SPEECH_DETECTOR",
            "The speech detector is not installed; install coachai again (it comes with faster-whisper).",
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
