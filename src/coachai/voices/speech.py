"""Where there is speech, from the waveform alone and without padding: the ground that waits are measured on.

The detector is Silero VAD v6 (Silero Team, 2025; MIT), the ONNX model that ships inside faster-whisper.
It is run by our own session in windows over the memory-mapped sound, carrying its state, so that an hour
needs no more memory than a minute and windowed equals whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from coachai.errors import EnvironmentLacks
from coachai.media import SAMPLE_RATE, Audio, audio_quality
from coachai.records import Progress, Span
from coachai.timeline import merged, subtracted, total
from coachai.voices.loudness import loud_level
from coachai.voices.network import STEP_SECONDS, heard_steps
from coachai.voices.tones import without_tones

FRAME = 512
"""Samples the detector judges at a time (32 ms); it also sees the 64 samples before them."""

CONTEXT = 64
SETTLE = SAMPLE_RATE
WINDOW_FRAMES = 1024
"""Frames read at a time: 33 s of sound, 2 MB."""

SPEECH_AT = 0.5
SILENCE_AT = 0.42
"""Speech begins at the first probability and ends below the second. Silero's own 0.35 holds on to the
echo of a room for another 0.02 s."""

EDGE_LAG = 0.025
"""Seconds: the detector needs most of a frame to be sure; its edges come this late, starts and ends alike
(measured on composed lessons, clean, in a room and in noise)."""

SHORTEST_GAP = 0.12
"""Seconds: a shorter silence is a stop consonant or a breath within a word, not a pause."""

SHORTEST_SPEECH = 0.1
"""Seconds: anything shorter is a click."""

QUIET_DB, WANTED_DB, MOST_GAIN_DB = -35.0, -22.0, 34.0
"""A recording whose loudest twentieth lies below the first level (dBFS) is raised to the second: the
detector was trained on ordinary levels and goes deaf below about -50 dBFS."""

NOISY_DB = 25.0
"""Speech less than this above the noise: here the detector misses far voices, so loudness has a say."""

FAINT_AT, FAINT_RISE_DB, SHORTEST_FAINT = 0.15, 9.0, 0.25
"""In noise, speech is also what stays this likely, this far above the noise and for these seconds."""

SOMEBODY = 1.0
"""Seconds of detected speech below which the network is not asked."""

SPOKEN_AT, UNSPOKEN_AT, FEWEST_STEPS = 0.5, -0.5, 5
"""Log odds of the network at which its speech begins and ends, and the steps (40 ms) that it must last."""

BABBLE_DOUBT = 0.5
"""What is added to both in noise (under NOISY_DB): it may be voices."""

NOISE_SECONDS, NOISE_STEP, NOISE_SHARE = 15.0, 5.0, 10.0
"""The noise level is that of the quietest tenth (%) of the 15 s around, found every 5 s."""

_FRAME_SECONDS = FRAME / SAMPLE_RATE
_SILENCE_POWER = 1e-10


def find_speech(audio: Audio, progress: Progress) -> tuple[Span, ...]:
    """Stretches with speech, sorted and disjoint, never inside `audio.missing`.

    What the detector takes for speech and never changes its sound is left out (`coachai.voices.tones`).
    Raises EnvironmentLacks where the detector's file is not installed.
    """
    voices = without_tones(audio, detected_speech(audio, progress))
    progress(1.0)
    return voices


def with_faint_speech(audio: Audio, speech: Sequence[Span]) -> tuple[Span, ...]:
    """The speech, and what the network hears beside it: soft beginnings and ends, voices far away.

    Turns are then whole, and few voices are lost; but in noise pauses become shorter than they are, so waits
    are never measured on this. Where the detector found nobody there is nobody: it knows more noises.
    """
    if total(speech) < SOMEBODY:
        return tuple(speech)
    odds = heard_steps(audio, lambda _: None).speech
    snr = audio_quality(audio, speech).snr_db
    doubt = BABBLE_DOUBT if snr is not None and snr < NOISY_DB else 0.0
    runs = _runs(odds, SPOKEN_AT + doubt, UNSPOKEN_AT + doubt)
    spoken = [
        Span(start=first * STEP_SECONDS, end=min(audio.duration, last * STEP_SECONDS))
        for first, last in runs
        if last - first >= FEWEST_STEPS
    ]
    heard = subtracted(merged([*speech, *spoken], gap=SHORTEST_GAP), audio.missing)
    fuller = without_tones(audio, [span for span in heard if span.duration >= SHORTEST_SPEECH])
    return merged([*speech, *fuller])


def detected_speech(audio: Audio, progress: Progress) -> tuple[Span, ...]:
    """What the detector alone takes for speech (s, sorted, disjoint, outside `audio.missing`)."""
    probabilities, levels = _listened(audio, progress)
    runs = [*_runs(probabilities, SPEECH_AT, SILENCE_AT), *_faint_runs(probabilities, levels)]
    spans = [
        Span(
            start=max(0.0, first * _FRAME_SECONDS - EDGE_LAG),
            end=min(audio.duration, last * _FRAME_SECONDS - EDGE_LAG),
        )
        for first, last in runs
    ]
    heard = subtracted(merged(spans, gap=SHORTEST_GAP), audio.missing)
    return tuple(span for span in heard if span.duration >= SHORTEST_SPEECH)


def speech_probabilities(
    audio: Audio, progress: Progress, window_frames: int = WINDOW_FRAMES
) -> NDArray[np.float32]:
    """The detector's probability of speech for each 32 ms, shape (ceil(samples / 512),)."""
    return _listened(audio, progress, window_frames)[0]


def _listened(
    audio: Audio, progress: Progress, window_frames: int = WINDOW_FRAMES
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For each 32 ms the probability of speech, and the level in dB with the low hum taken out."""
    session = _session()
    gain = _gain(audio)
    hidden = cell = np.zeros((1, 1, 128), np.float32)
    # The detector takes the first sound out of nothing for speech: let it hear the first second backwards.
    samples = gain * audio.read_samples(0, SETTLE)[::-1]
    padded = np.concatenate([np.zeros(CONTEXT + -len(samples) % FRAME, np.float32), samples])
    if len(samples):
        _, hidden, cell = session.run(None, {"input": _frames(padded), "h": hidden, "c": cell})
    context = padded[-CONTEXT:]
    heard: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
    levels: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
    for first in range(0, len(audio), window_frames * FRAME):
        samples = gain * audio.read_samples(first, first + window_frames * FRAME)
        padded = np.concatenate([context, samples, np.zeros(-len(samples) % FRAME, np.float32)])
        found, hidden, cell = session.run(None, {"input": _frames(padded), "h": hidden, "c": cell})
        heard.append(found)
        sharp = padded[CONTEXT:] - np.float32(0.95) * padded[CONTEXT - 1 : -1]
        power = np.mean(sharp.reshape(-1, FRAME) ** 2, axis=1)
        levels.append(10 * np.log10(power + np.float32(_SILENCE_POWER)))
        context = padded[-CONTEXT:]
        progress(min(1.0, (first + len(samples)) / len(audio)))
    return np.concatenate(heard), np.concatenate(levels)


def _frames(padded: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each 32 ms with the samples before it, shape (frames, CONTEXT + FRAME)."""
    return np.ascontiguousarray(sliding_window_view(padded, FRAME + CONTEXT)[::FRAME])


def _gain(audio: Audio) -> np.float32:
    """What to multiply a quiet recording by; 1 for any other."""
    level = loud_level(audio)
    if level is None or level >= QUIET_DB:
        return np.float32(1)
    return np.float32(10 ** (min(WANTED_DB - level, MOST_GAIN_DB) / 20))


def _runs(values: NDArray[np.float32], begin: float, end: float) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) place of each run that begins at `begin` and stays above `end`."""
    start: int | None = None
    for k, value in enumerate(values.tolist()):
        if start is None and value >= begin:
            start = k
        elif start is not None and value < end:
            yield start, k
            start = None
    if start is not None:
        yield start, len(values)


def _faint_runs(probabilities: NDArray[np.float32], levels: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Runs of faint speech in noise: likely for a while, and well above the noise."""
    sure = probabilities >= SPEECH_AT
    noise = _noise(levels)
    if not sure.any() or np.median(levels[sure]) - np.median(noise) >= NOISY_DB:
        return
    rises = levels - noise.astype(np.float32)
    faint = (_smoothed(rises, 5) > FAINT_RISE_DB) & (_smoothed(probabilities, 7) > FAINT_AT)
    # Smoothing smears loud speech over its edges, so a run begins and ends at frames that count alone.
    alone = np.flatnonzero((rises > FAINT_RISE_DB) & (probabilities > FAINT_AT))
    edges = np.flatnonzero(np.diff(faint.astype(np.int8), prepend=0, append=0))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        inside = alone[np.searchsorted(alone, first) : np.searchsorted(alone, last)]
        if len(inside) and (inside[-1] + 1 - inside[0]) * _FRAME_SECONDS >= SHORTEST_FAINT:
            yield int(inside[0]), int(inside[-1]) + 1


def _noise(levels: NDArray[np.float32]) -> NDArray[np.float64]:
    """The level (dB) of the noise around each frame."""
    if not len(levels):
        return np.zeros(0)
    smooth = _smoothed(levels, 3)
    half, step = round(NOISE_SECONDS / _FRAME_SECONDS / 2), round(NOISE_STEP / _FRAME_SECONDS)
    middles = np.arange(0, len(levels), step)
    found = [np.percentile(smooth[max(0, k - half) : k + half + 1], NOISE_SHARE) for k in middles]
    return np.interp(np.arange(len(levels)), middles, found)


def _smoothed(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Running mean over an odd number of frames; the edges repeat their last value."""
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.full(width, 1 / width, np.float32), mode="valid")


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
