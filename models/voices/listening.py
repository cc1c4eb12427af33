"""The program at work: lessons as `coachai analyze` hears them, shorter sounds, single clips, its speed."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly
from threadpoolctl import threadpool_limits

from coachai.errors import InputRefused
from coachai.media import SAMPLE_RATE, Audio, decode, probe
from coachai.pipeline import Observing, observe
from coachai.records import Span, Transcript
from coachai.voices.doubting import doubted
from coachai.voices.features import voice_frames
from coachai.voices.hearing import hear_voices
from coachai.voices.pieces import voice_vector
from coachai.voices.projection import learned_projection
from coachai.voices.speech import find_speech, with_faint_speech

SHORTEST = 1.0
"""Seconds. A minute of a meeting may be shorter than any lesson that the program takes."""
SPEED_SECONDS = 600.0
Result = TypeVar("Result")
Sound = NDArray[np.float32]


def adult_log_odds(audio: Audio) -> float:
    """Log odds that the one voice in the sound is an adult's: what the program itself says of all of it."""
    whole = Span(start=0.0, end=audio.duration)
    frames = voice_frames(audio, [whole], lambda _: None)
    vector, used = voice_vector(whole, frames)
    return float(learned_projection().adult_log_odds(vector[None])[0]) if used else 0.0


def clip_sound(path: Path) -> Sound:
    """A clip at the program's rate, one channel."""
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = sound.mean(axis=1)
    return np.asarray(
        mono if rate == SAMPLE_RATE else resample_poly(mono, SAMPLE_RATE, rate), dtype=np.float32
    )


def heard_lesson(media: Path, captions: Path | None) -> Transcript | None:
    """The lesson as `coachai analyze` hears it, with captions or with no words; None where it is refused."""
    how = Observing(asr="captions" if captions else "none", captions=captions, labels="rules")
    with tempfile.TemporaryDirectory() as folder:
        try:
            return observe(media, how, folder=Path(folder), progress=lambda _: lambda _: None)
        except InputRefused:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardVoices:
    """Who speaks when in a sound, as (start, end, voice), and where there is speech at all."""

    turns: tuple[tuple[float, float, str], ...]
    speech: tuple[Span, ...]
    duration: float


def heard_voices(media: Path) -> HeardVoices:
    """The voices of a sound that is too short to be a lesson: the same stages, no words, number unknown."""
    with _decoded(media) as audio:
        speech = with_faint_speech(audio, find_speech(audio, lambda _: None))
        voices = doubted(hear_voices(audio, speech, progress=lambda _: None), ())
        return HeardVoices(
            turns=tuple((each.start, each.end, each.speaker) for each in voices.turns),
            speech=speech,
            duration=audio.duration,
        )


@contextmanager
def _decoded(media: Path) -> Iterator[Audio]:
    with tempfile.TemporaryDirectory() as folder:
        recording = probe(media, shortest=SHORTEST)
        yield decode(media, Path(folder), lambda _: None, recording)


def shares_of_real_time(media: Path) -> dict[str, float]:
    """Seconds of processor time for a second of sound, on one core: `decode`, `speech` and `voices`.

    The lesson is repeated until it has ten minutes; what is loaded once is loaded before.
    """
    with tempfile.TemporaryDirectory() as folder, _one_core():
        before = by_children()
        with _decoded(media) as audio:
            shares = {"decode": (by_children() - before) / audio.duration}
            once = audio.read_samples(0, len(audio))
        short = Audio.from_array(once[: 20 * SAMPLE_RATE], Path(folder) / "short.raw")
        hear_voices(short, find_speech(short, lambda _: None), progress=lambda _: None)
        times = max(1, int(np.ceil(SPEED_SECONDS * SAMPLE_RATE / len(once))))
        whole = Audio.from_array(np.tile(once, times), Path(folder) / "whole.raw")
        speech, seconds = _timed(lambda: find_speech(whole, lambda _: None))
        shares["speech"] = seconds / whole.duration
        _, seconds = _timed(
            lambda: hear_voices(whole, with_faint_speech(whole, speech), progress=lambda _: None)
        )
        shares["voices"] = seconds / whole.duration
    return shares


@contextmanager
def _one_core() -> Iterator[None]:
    """On one core and with one thread: threads that wait for work use processor time, too."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, [min(cores)])
    try:
        with threadpool_limits(1):
            yield
    finally:
        os.sched_setaffinity(0, cores)


def by_children() -> float:
    """Seconds of processor time of the programs that were started and have ended: sound is decoded in one."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started = time.process_time()
    result = work()
    return result, time.process_time() - started
