"""What a voice sounds like, frame by frame: cepstra and pitch of the stretches with speech, and what the
network hears of the recording.

Read in windows, so that the sound of a long lesson is never in memory at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import librosa
import numpy as np
from numpy.typing import NDArray

from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.records import Progress, Span
from coachai.voices.loudness import gain_to
from coachai.voices.mel import FFT, FRAME, HOP, Floats
from coachai.voices.network import LOUD_DB, Steps, heard_steps

HOP_SECONDS = HOP / SAMPLE_RATE
_BANDS = 40
CEPSTRA = 20
_LOWEST_HZ, _HIGHEST_HZ = 70.0, 480.0  # a low male voice to a high child's
_WINDOW_SECONDS = 20.0
_OCTAVE_COST = 0.02  # Boersma (1993): prefers the higher of two candidates an octave apart
_FLOOR_DB = -80.0
_NETWORK_SHARE = 0.5  # of the work


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Frames of speech, 10 ms apart, in order; n of them.

    `time` (n,) seconds at the middle; `cepstra` (n, 20) mel cepstra, the first is the level;
    `pitch` (n,) log2 of Hz; `voicing` (n,) height of the autocorrelation's peak, 0 to 1;
    `level` (n,) dB full scale. `steps`: what the network hears, of all of the recording.
    """

    time: NDArray[np.float64]
    cepstra: Floats
    pitch: Floats
    voicing: Floats
    level: Floats
    steps: Steps

    def within(self, span: Span) -> slice:
        """The frames whose middle lies in the span."""
        first, last = np.searchsorted(self.time, (span.start, span.end))
        return slice(int(first), int(last))


def voice_frames(audio: Audio, speech: Sequence[Span], progress: Progress) -> Frames:
    """Frames of the speech in `audio`. Calls `progress` with the share of speech that is read."""
    steps = heard_steps(audio, lambda done: progress(_NETWORK_SHARE * done))
    gain = np.float32(gain_to(LOUD_DB, audio) if speech else 1.0)
    whole = float(max(sum(span.duration for span in speech), 1e-9))
    done = 0.0
    parts: list[tuple[NDArray[np.float64], Floats, Floats, Floats, Floats]] = []
    for span in _windows(speech):
        parts.append(_frames_of(audio, span, gain))
        done += span.duration
        progress(float(min(1.0, _NETWORK_SHARE + (1 - _NETWORK_SHARE) * done / whole)))
    if not parts:
        nothing = np.zeros(0, dtype=np.float32)
        empty = np.zeros((0, CEPSTRA), dtype=np.float32)
        return Frames(
            time=np.zeros(0), cepstra=empty, pitch=nothing, voicing=nothing, level=nothing, steps=steps
        )
    time, cepstra, pitch, voicing, level = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Frames(time=time, cepstra=cepstra, pitch=pitch, voicing=voicing, level=level, steps=steps)


def _windows(speech: Sequence[Span]) -> Iterator[Span]:
    for span in speech:
        start = span.start
        while start < span.end:
            end = min(span.end, start + _WINDOW_SECONDS)
            yield Span(start=start, end=end)
            start = end


def _frames_of(
    audio: Audio, span: Span, gain: np.float32
) -> tuple[NDArray[np.float64], Floats, Floats, Floats, Floats]:
    """The frames whose middle lies on the grid of 10 ms inside the span; the sound around them is real."""
    first = int(np.ceil(span.start / HOP_SECONDS - 1e-6))
    count = max(0, int(np.ceil(span.end / HOP_SECONDS - 1e-6)) - first)
    before = first * HOP - FRAME // 2
    sound = gain * audio.read_samples(max(0, before), max(0, (first + count) * HOP + FRAME // 2))
    sound = np.pad(sound, (max(0, -before), 0))
    needed = (count - 1) * HOP + FRAME
    sound = np.pad(sound, (0, max(0, needed - len(sound))))
    if count == 0:
        nothing = np.zeros(0, dtype=np.float32)
        return np.zeros(0), np.zeros((0, CEPSTRA), dtype=np.float32), nothing, nothing, nothing
    framed = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP][:count]
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(framed * window, FFT)).astype(np.float32) ** 2
    bands = np.log(power @ _mel().T + 1e-6)
    cepstra = librosa.feature.mfcc(S=bands.T, n_mfcc=CEPSTRA).T
    pitch, voicing = _pitch(power, window)
    energy = np.mean(framed * framed, axis=1)
    level = np.maximum(10 * np.log10(energy + 1e-12), _FLOOR_DB).astype(np.float32)
    time = ((first + np.arange(count)) * HOP_SECONDS).astype(np.float64)
    return (
        time,
        cepstra.astype(np.float32),
        pitch.astype(np.float32),
        voicing.astype(np.float32),
        level,
    )


@cache
def _mel() -> Floats:
    filters: Floats = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=FFT, n_mels=_BANDS, fmin=60.0, fmax=7600.0)
    return filters


def _pitch(power: Floats, window: Floats) -> tuple[Floats, Floats]:
    """Pitch (log2 Hz) and voicing by the autocorrelation over that of the window (Boersma, 1993)."""
    shortest = int(SAMPLE_RATE / _HIGHEST_HZ)
    longest = int(SAMPLE_RATE / _LOWEST_HZ) + 1
    own = np.fft.irfft(np.abs(np.fft.rfft(window, FFT)) ** 2)[: longest + 1]
    found = np.fft.irfft(power)[:, : longest + 1]
    found = found / np.maximum(found[:, :1], 1e-9) / (own / own[0])
    lags = np.arange(shortest, longest)
    heights = found[:, shortest:longest] - _OCTAVE_COST * np.log2(lags / shortest)
    peak = shortest + np.argmax(heights, axis=1)
    rows = np.arange(len(found))
    below, at, above = found[rows, peak - 1], found[rows, peak], found[rows, peak + 1]
    bend = np.minimum(below - 2 * at + above, -1e-6)
    shift = np.clip(0.5 * (below - above) / bend, -0.5, 0.5)
    return np.log2(SAMPLE_RATE / (peak + shift)), np.clip(at, 0.0, 1.0)
