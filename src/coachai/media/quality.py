"""How usable the sound is: levels, noise and overload, measured window by window."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.media.refusals import NOTES, REFUSED, clock_text, refused
from coachai.records import FAINT_SECONDS, FAINT_SHARE, AudioQuality, Span
from coachai.timeline import merged, subtracted, total

TOO_QUIET = -55.0
"""dBFS: speech below this cannot be told from the noise of a microphone amplifier."""

SILENT = -75.0
"""dBFS: nothing but the last bits of a 16-bit file."""

FLOOR = -96.0
"""dBFS: the step of a 16-bit file, said in place of minus infinity."""

NOISY = 10.0
"""dB between speech and noise below which boundaries are less sure (reliability H-05)."""

LEAST_SPEECH = 2.0
"""Seconds of speech in all below which a recording holds none to measure; a bell may sound like a word."""

FAINT_RISE_DB, FAINT_STRETCH = 6.0, 0.4
"""What rises so far above the room for so many seconds outside speech may be whispering, or far away."""

CLIPPED_NOTE = 0.05
"""Share of speech time at full scale that is worth telling."""

_FRAME = SAMPLE_RATE // 20  # 50 ms
_WINDOW = 200 * _FRAME  # 10 s
_FULL_SCALE = 0.97  # resampling and mixing down round a flat top a little
_FLAT_SAMPLES = 8  # 1 % of a frame: a loud voice touches full scale, an overloaded one stays there
_TAIL = 0.25  # seconds around speech that hold its echo, no measure of the room
_SYLLABLE = 0.16  # seconds between two syllables of one voice that stand out of the room
_MOST_GAPS_NAMED = 5
_LEAST_SNR = -15.0  # dB; less cannot be told from no speech at all
_LEAST_OWN = 10 ** (_LEAST_SNR / 10)


def audio_quality(audio: Audio, speech: Sequence[Span]) -> AudioQuality:
    """Levels in and outside `speech` (RMS, dBFS), overload, unheard voices, and what to tell a teacher.

    `snr_db` is the speech's own power against the noise's: at low levels what is heard while somebody
    speaks is mostly noise, which is taken off.
    """
    power, flat = _frames(audio)
    talking = _inside(speech, power.shape[0])
    missing = _inside(audio.missing, power.shape[0])
    quiet = _inside(
        subtracted([Span(start=0.0, end=audio.duration)], [_widened(each) for each in merged(speech)]),
        power.shape[0],
    )
    quiet &= ~talking & ~missing
    level, noise = _level(power[talking & ~missing]), _noise_level(power, quiet, talking & ~missing)
    clipped = float(flat[talking].mean()) if talking.any() else 0.0
    snr = None if level is None or noise is None else _above(level, noise)
    faint = _faint_seconds(power, quiet)
    notes = [*_loudness_notes(power, talking), *_missing_notes(audio.missing)]
    if snr is not None and snr < NOISY:
        notes.append(NOTES["NOISY"].format(snr=max(0, round(snr))))
    if clipped >= CLIPPED_NOTE:
        notes.append(NOTES["CLIPPED"].format(share=round(100 * clipped)))
    if faint >= max(FAINT_SECONDS, FAINT_SHARE * total(speech)) and talking.any():
        notes.append(NOTES["FAINT"].format(seconds=round(faint)))
    return AudioQuality(
        speech_level_dbfs=level,
        noise_level_dbfs=noise,
        snr_db=snr,
        clipped_share=clipped,
        faint_seconds=round(faint, 3),
        notes=tuple(notes),
    )


def require_hearable(audio: Audio, speech: Sequence[Span]) -> None:
    """Raise InputRefused (SILENT, TOO_QUIET, NO_SPEECH) where there is nothing to measure."""
    power, _ = _frames(audio)
    level = _loudness(power, _inside(speech, power.shape[0]))
    if level < TOO_QUIET:
        raise refused("SILENT" if level < SILENT else "TOO_QUIET", level=_signed(level))
    if total(speech) < LEAST_SPEECH:
        raise refused("NO_SPEECH")


def _frames(audio: Audio) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Mean power of each 50 ms, and whether it is at full scale; read 10 s at a time."""
    powers, flats = [], []
    for window in _windows(audio):
        frames = window.reshape(-1, _FRAME)
        powers.append(np.mean(np.square(frames, dtype=np.float64), axis=1))
        flats.append((np.abs(frames) >= _FULL_SCALE).sum(axis=1) >= _FLAT_SAMPLES)
    if not powers:
        return np.zeros(0), np.zeros(0, dtype=bool)
    return np.concatenate(powers), np.concatenate(flats)


def _windows(audio: Audio) -> Iterator[NDArray[np.float32]]:
    whole = len(audio) // _FRAME * _FRAME
    for first in range(0, whole, _WINDOW):
        yield audio.read_samples(first, min(whole, first + _WINDOW))


def _inside(spans: Sequence[Span], frames: int) -> NDArray[np.bool_]:
    """Which frames have their middle in one of the spans."""
    inside = np.zeros(frames, dtype=bool)
    for span in spans:
        first = math.ceil(span.start * SAMPLE_RATE / _FRAME - 0.5)
        last = math.ceil(span.end * SAMPLE_RATE / _FRAME - 0.5)
        inside[max(0, first) : max(0, last)] = True
    return inside


def _widened(span: Span) -> Span:
    return Span(start=max(0.0, span.start - _TAIL), end=span.end + _TAIL)


def _level(power: NDArray[np.float64]) -> float | None:
    return _decibels(float(power.mean())) if power.shape[0] else None


def _middle(power: NDArray[np.float64]) -> float | None:
    """The level of the middle frame: one sentence that was not found as speech is no noise of the room."""
    return _decibels(float(np.median(power))) if power.shape[0] else None


def _noise_level(
    power: NDArray[np.float64], quiet: NDArray[np.bool_], talking: NDArray[np.bool_]
) -> float | None:
    """The level outside speech; where voices fill all the time, that of the quietest tenth between them."""
    if quiet.any() or not talking.any():
        return _middle(power[quiet])
    return _decibels(float(np.quantile(power[talking], 0.1)))


def _above(level: float, noise: float) -> float:
    """How far (dB) what speaks lies above the noise, when both together have `level`."""
    own = 10 ** ((level - noise) / 10) - 1
    return 10 * math.log10(own) if own > _LEAST_OWN else _LEAST_SNR


def _faint_seconds(power: NDArray[np.float64], quiet: NDArray[np.bool_]) -> float:
    """Seconds outside speech in which something stands out of the room for a while."""
    if not quiet.any():
        return 0.0
    floor = float(np.quantile(power[quiet], 0.25))
    rising = power > max(floor, 10 ** (SILENT / 10)) * 10 ** (FAINT_RISE_DB / 10)
    edges = np.flatnonzero(np.diff((rising & quiet).astype(np.int8), prepend=0, append=0))
    runs = [
        Span(start=first * _FRAME / SAMPLE_RATE, end=last * _FRAME / SAMPLE_RATE)
        for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    ]
    return total([each for each in merged(runs, gap=_SYLLABLE) if each.duration >= FAINT_STRETCH])


def _decibels(power: float) -> float:
    return max(FLOOR, 10 * math.log10(power)) if power > 0 else FLOOR


def _loudness(power: NDArray[np.float64], talking: NDArray[np.bool_]) -> float:
    """Level of the speech, or of the loudest twentieth where no speech was found, in dBFS."""
    if talking.any():
        return _decibels(float(power[talking].mean()))
    return _decibels(float(np.quantile(power, 0.95))) if power.shape[0] else FLOOR


def _loudness_notes(power: NDArray[np.float64], talking: NDArray[np.bool_]) -> list[str]:
    level = _loudness(power, talking)
    if level < TOO_QUIET:
        return [REFUSED["TOO_QUIET"].format(level=_signed(level))]
    return [] if talking.any() else [REFUSED["NO_SPEECH"]]


def _signed(level: float) -> str:
    return f"−{round(-level)}" if level < -0.5 else f"{round(level)}"


def _missing_notes(missing: Sequence[Span]) -> list[str]:
    notes = [
        NOTES["SOUND_MISSING"].format(start=clock_text(each.start), end=clock_text(each.end))
        for each in missing[:_MOST_GAPS_NAMED]
    ]
    rest = missing[_MOST_GAPS_NAMED:]
    if rest:
        seconds = round(sum(each.duration for each in rest))
        notes.append(NOTES["MORE_MISSING"].format(count=len(rest), seconds=seconds))
    return notes
