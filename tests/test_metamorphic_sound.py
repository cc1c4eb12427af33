"""Relations 8 to 12 of the table in `tests/test_metamorphic.py`: the sample changed and heard anew."""

from __future__ import annotations

import re
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from coachai.measures import measure_all
from coachai.pipeline import Observing, observe
from coachai.records import Measurement, Transcript
from coachai.turns import silences

ROOT = Path(__file__).parents[1]
RATE = 48_000
TIME_SHARES = ("teacher_time", "student_time", "several_voices_time", "no_speech_time")
COUNTED = ("wait_time_1", "wait_after_nomination", "student_turns", "question_rate", "uptake")
WAIT, MEDIAN, SHARE = 0.16, 0.1, 0.01
"""Seconds that another codec may move a wait (five frames of speech detection), and their median; a share."""

Sound = NDArray[np.int16]
Measured = dict[str, Measurement]


@pytest.fixture(scope="module")
def sound() -> Sound:
    """The sample's sound, 48 kHz, one channel."""
    with av.open(str(ROOT / "samples" / "lesson.mp4")) as file:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        frames = [
            each.to_ndarray()[0] for frame in file.decode(audio=0) for each in resampler.resample(frame)
        ]
    return np.concatenate(frames)


@pytest.fixture(scope="module")
def heard(sound: Sound, tmp_path_factory: pytest.TempPathFactory) -> Transcript:
    folder = tmp_path_factory.mktemp("sample")
    return listened(written(folder / "sample.wav", sound), captions(folder, lambda time: time), folder)


def written(path: Path, *channels: Sound) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.stack(channels, axis=1).tobytes())
    return path


def encoded(path: Path, sound: Sound, codec: str) -> Path:
    """The same sound by another codec in another container."""
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream(codec, rate=RATE, layout="mono")
        form = stream.codec_context.format.name
        resampler = av.AudioResampler(format=form, layout="mono", rate=RATE)
        for first in range(0, sound.size, RATE):
            plain = av.AudioFrame.from_ndarray(sound[None, first : first + RATE], format="s16", layout="mono")
            plain.sample_rate, plain.pts, plain.time_base = RATE, first, Fraction(1, RATE)
            for frame in resampler.resample(plain):
                file.mux(stream.encode(frame))
        for frame in resampler.resample(None):
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


_STAMP = re.compile(r"(\d\d):(\d\d):(\d\d\.\d\d\d)")


def captions(folder: Path, clock: Callable[[float], float | None]) -> Path:
    """The sample's captions on another clock; cues of which a time has no place there are left out."""

    def stamp(found: re.Match[str]) -> str:
        time = clock(int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]))
        return (
            "none" if time is None else f"{int(time // 3600):02}:{int(time // 60 % 60):02}:{time % 60:06.3f}"
        )

    text = (ROOT / "samples" / "lesson.vtt").read_text(encoding="utf-8")
    cues = [_STAMP.sub(stamp, cue) for cue in text.split("\n\n")]
    path = folder / "lesson.vtt"
    path.write_text("\n\n".join(cue for cue in cues if "none" not in cue.splitlines()[0]), encoding="utf-8")
    return path


def listened(recording: Path, words: Path | None, folder: Path) -> Transcript:
    how = Observing(asr="auto" if words else "none", captions=words, teacher="Ms. Rivera" if words else None)
    return observe(recording, how, folder=folder, progress=lambda _: lambda _: None)


def measured(transcript: Transcript) -> Measured:
    return {each.measure: each for each in measure_all(transcript)}


def assert_alike(before: Measured, after: Measured, later: float = 0.0) -> None:
    """The same waits, one by one, at most `later` seconds on; the same counts; the same share of the talk."""
    for name in COUNTED:
        assert after[name].n == before[name].n > 0, name
    for old, new in zip(before["wait_time_1"].moments, after["wait_time_1"].moments, strict=True):
        assert new.label == old.label
        assert new.duration == pytest.approx(old.duration, abs=WAIT)
        assert new.start == pytest.approx(old.start + later, abs=WAIT)
    assert after["wait_time_1"].value == pytest.approx(before["wait_time_1"].value, abs=MEDIAN)
    assert after["talk_ratio"].value == pytest.approx(before["talk_ratio"].value, abs=SHARE)


def test_8_left_and_right_swapped_is_the_same_lesson(sound: Sound, tmp_path: Path) -> None:
    left = sound[: 62 * RATE]
    right = (0.4 * np.roll(left, 90)).astype(np.int16)
    one, other = (
        listened(written(tmp_path / name, *both), None, tmp_path)
        for name, both in (("one.wav", (left, right)), ("other.wav", (right, left)))
    )
    assert one.recording.sha256 != other.recording.sha256
    assert len(one.utterances) > 5
    assert one.utterances == other.utterances
    assert (one.speech, one.overlap, one.quality) == (other.speech, other.overlap, other.quality)
    assert measure_all(one) == measure_all(other)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "codec"), [("lesson.webm", "libopus"), ("lesson.mp3", "libmp3lame")])
def test_9_another_container_and_codec_is_the_same_lesson(
    heard: Transcript, sound: Sound, tmp_path: Path, name: str, codec: str
) -> None:
    words = captions(tmp_path, lambda time: time)
    again = listened(encoded(tmp_path / name, sound, codec), words, tmp_path)
    assert again.recording.audio_codec != heard.recording.audio_codec
    before, after = measured(heard), measured(again)
    assert_alike(before, after)
    for share in TIME_SHARES:
        assert after[share].value == pytest.approx(before[share].value, abs=SHARE)


def music(seconds: float) -> Sound:
    """Chords, each note struck and dying away."""
    time = np.arange(round(seconds * RATE)) / RATE
    wave_form = np.zeros_like(time)
    for beat, root in enumerate((220.0, 277.2, 329.6, 246.9) * round(seconds / 4)):
        since = np.maximum(time - beat, 0.0)
        struck = np.where(time >= beat, np.exp(-2.5 * since), 0.0)
        wave_form += struck * sum(np.sin(2 * np.pi * root * part * time) / part for part in (1, 2, 3))
    return (3000 * wave_form).astype(np.int16)


@pytest.mark.slow
def test_10_music_before_the_lesson_only_moves_it(heard: Transcript, sound: Sound, tmp_path: Path) -> None:
    """Whether the music itself is heard as music is the business of the sound checks, not of this test."""
    added = np.concatenate([music(12.0), np.zeros(2 * RATE, np.int16)])
    by = added.size / RATE
    words = captions(tmp_path, lambda time: time + by)
    again = listened(written(tmp_path / "a.wav", np.concatenate([added, sound])), words, tmp_path)
    assert_alike(measured(heard), measured(again), later=by)


@pytest.mark.slow
def test_11_silence_after_the_sound_is_only_silence(heard: Transcript, sound: Sound, tmp_path: Path) -> None:
    words = captions(tmp_path, lambda time: time)
    longer = np.concatenate([sound, np.zeros(60 * RATE, np.int16)])
    again = listened(written(tmp_path / "a.wav", longer), words, tmp_path)
    assert again.duration == pytest.approx(heard.duration + 60, abs=0.02)
    before, after = measured(heard), measured(again)
    assert_alike(before, after)
    for name in TIME_SHARES:
        gained = 60.0 if name == "no_speech_time" else 0.0
        seconds = (before[name].value or 0.0) * heard.duration + gained
        assert (after[name].value or 0.0) * again.duration == pytest.approx(seconds, abs=1.0), name


@pytest.mark.slow
def test_12_two_halves_have_together_what_the_whole_has(
    heard: Transcript, sound: Sound, tmp_path: Path
) -> None:
    """Cut in the middle of the longest silence that leaves a minute on either side."""
    inside = [each for each in silences(heard) if each.start > 65 and each.end < heard.duration - 65]
    quiet = max(inside, key=lambda each: each.duration)
    cut = (quiet.start + quiet.end) / 2
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    halves = (
        (sound[: round(cut * RATE)], lambda time: time if time < cut else None),
        (sound[round(cut * RATE) :], lambda time: time - cut if time > cut else None),
    )
    first, second = (
        measured(listened(written(folder / "a.wav", part), captions(folder, clock), folder))
        for folder, (part, clock) in zip(folders, halves, strict=True)
    )
    whole = measured(heard)
    over_the_cut = [each for each in whole["wait_time_1"].moments if each.start < cut < each.end]
    assert first["wait_time_1"].n + second["wait_time_1"].n == whole["wait_time_1"].n - len(over_the_cut)
    waits = [each.duration for half in (first, second) for each in half["wait_time_1"].moments]
    expected = [each.duration for each in whole["wait_time_1"].moments if each not in over_the_cut]
    assert waits == pytest.approx(expected, abs=WAIT)
    assert first["student_turns"].n + second["student_turns"].n == whole["student_turns"].n
