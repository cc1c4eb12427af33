"""Speech regions: from the waveform, in windows, unbiased, and none where nobody speaks."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path
from shutil import which

import numpy as np
import pytest
from numpy.typing import NDArray

from coachai.media import SAMPLE_RATE, Audio
from coachai.records import Span
from coachai.timeline import shared_seconds, total
from coachai.voices.speech import find_speech, speech_probabilities

RATE = SAMPLE_RATE
CLIPS = Path(__file__).parents[2].parent / "shared" / "data" / "speech" / "clips"
needs_flite = pytest.mark.skipif(which("flite") is None, reason="flite is not installed")


def silent(_: float) -> None:
    """Progress nobody watches."""


def spoken(text: str, folder: Path, voice: str = "slt") -> NDArray[np.float64]:
    """The text as flite says it, silence at both ends cut at a hundredth of the peak."""
    import scipy.io.wavfile

    target = folder / "said.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(target)], check=True)
    rate, sound = scipy.io.wavfile.read(target)
    assert rate == RATE
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1] / 32768


def room(sound: NDArray[np.float64], seconds: float = 0.4) -> NDArray[np.float64]:
    """The sound with an echo that dies out by 60 dB in so many seconds."""
    length = round(seconds * RATE)
    tail = np.random.default_rng(1).standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    tail *= 0.45 / np.sqrt(np.sum(tail**2))
    return sound + np.convolve(sound, tail)[: len(sound)]


WAITS = (0.5, 1.0, 3.0, 2.0, 0.8, 5.0, 1.5)
SAYINGS = (
    "What do you notice about the two fractions?",
    "They are the same.",
    "How do you know?",
    "Because four is half of eight.",
    "Who can say that again?",
    "Me.",
    "And why does it work?",
    "You divide both numbers by two.",
)


@pytest.fixture(scope="module")
def dialogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[NDArray[np.float64], list[Span]]:
    """Two voices that take turns with known waits, and where each speaks."""
    folder = tmp_path_factory.mktemp("dialogue")
    clock, spans, parts = 1.0, [], [np.zeros(RATE)]
    for k, text in enumerate(SAYINGS):
        sound = spoken(text, folder, ("slt", "rms")[k % 2])
        sound *= 0.08 / np.sqrt(np.mean(sound**2))
        spans.append(Span(start=clock, end=clock + len(sound) / RATE))
        wait = np.zeros(round((WAITS[k] if k < len(WAITS) else 1.0) * RATE))
        parts += [sound, wait]
        clock += (len(sound) + len(wait)) / RATE
    return np.concatenate(parts), spans


def waits(speech: tuple[Span, ...], truth: list[Span]) -> NDArray[np.float64]:
    """Measured minus true silence between the utterances of the truth."""
    off = []
    for before, after in pairwise(truth):
        middle = (before.end + after.start) / 2
        end = max(each.end for each in speech if each.start < middle)
        start = min(each.start for each in speech if each.end > middle)
        off.append((start - end) - (after.start - before.end))
    return np.array(off)


def noise(kind: str, seconds: float, level: float) -> NDArray[np.float64]:
    length = round(seconds * RATE)
    rng = np.random.default_rng(5)
    if kind == "silence":
        return np.zeros(length)
    if kind == "hum":
        clock = np.arange(length) / RATE
        return level * sum(np.sin(2 * np.pi * 60 * k * clock) / k for k in range(1, 9))
    white = rng.standard_normal(length)
    if kind == "pink":
        waves = np.fft.rfft(white)
        white = np.fft.irfft(waves / np.sqrt(np.arange(1, len(waves) + 1)), length)
    return level * white / np.std(white)


@needs_flite
@pytest.mark.parametrize("condition", ["clean", "room", "noisy"])
def test_waits_between_speakers_are_measured_without_bias(dialogue, condition, tmp_path):
    sound, truth = dialogue
    heard = sound if condition == "clean" else room(sound)
    if condition == "noisy":
        heard = heard + noise("pink", len(heard) / RATE, 0.008)[: len(heard)]
    off = waits(find_speech(Audio.from_array(heard, tmp_path / "sound"), silent), truth)
    assert abs(off.mean()) <= (0.08 if condition == "noisy" else 0.05)
    assert np.abs(off).mean() <= (0.2 if condition == "noisy" else 0.1)


@needs_flite
def test_windows_and_the_whole_agree(dialogue, tmp_path):
    audio = Audio.from_array(dialogue[0], tmp_path / "sound")
    whole = speech_probabilities(audio, silent, window_frames=10**6)
    for window_frames in (1, 7, 100):
        windowed = speech_probabilities(audio, silent, window_frames=window_frames)
        np.testing.assert_allclose(windowed, whole, atol=1e-4)


@needs_flite
@pytest.mark.parametrize("decibels", [-20, -40])
def test_a_quieter_recording_has_the_same_waits(dialogue, decibels, tmp_path):
    sound, truth = dialogue
    plain = find_speech(Audio.from_array(sound, tmp_path / "plain"), silent)
    quiet = find_speech(Audio.from_array(sound * 10 ** (decibels / 20), tmp_path / "quiet"), silent)
    assert np.abs(waits(quiet, truth) - waits(plain, truth)).max() <= 0.05
    assert total(quiet) == pytest.approx(total(plain), rel=0.02)


@needs_flite
def test_a_far_voice_in_noise_is_heard(dialogue, tmp_path):
    """Every second speaker stands far off: 8 dB quieter, in noise 17 dB below the near one."""
    sound, truth = dialogue
    far = sound.copy()
    for each in truth[1::2]:
        far[round(each.start * RATE) : round(each.end * RATE)] *= 10 ** (-8 / 20)
    noisy = far + noise("pink", len(far) / RATE, 0.011)[: len(far)]
    speech = find_speech(Audio.from_array(noisy, tmp_path / "sound"), silent)
    for each in truth:
        assert shared_seconds(each, speech) >= 0.5 * each.duration


@pytest.mark.parametrize("kind", ["silence", "white", "pink", "hum"])
@pytest.mark.parametrize("level", [0.001, 0.03, 0.2])
def test_no_speech_in_what_nobody_says(kind, level, tmp_path):
    assert find_speech(Audio.from_array(noise(kind, 12, level), tmp_path / "sound"), silent) == ()


@needs_flite
def test_no_speech_where_the_file_has_no_sound(dialogue, tmp_path):
    sound, _ = dialogue
    missing = [Span(start=2.0, end=3.5), Span(start=6.0, end=6.2)]
    audio = Audio.from_array(sound, tmp_path / "sound", missing)
    speech = find_speech(audio, silent)
    assert speech
    assert all(shared_seconds(hole, speech) == 0 for hole in missing)


@needs_flite
def test_regions_are_sorted_apart_and_inside_the_recording(dialogue, tmp_path):
    sound, truth = dialogue
    audio = Audio.from_array(sound[: round(truth[-1].end * RATE) - 8000], tmp_path / "sound")
    speech = find_speech(audio, silent)
    assert all(before.end < after.start for before, after in pairwise(speech))
    assert speech[0].start >= 0
    assert speech[-1].end <= audio.duration
    assert speech[-1].end == pytest.approx(audio.duration, abs=0.06)


@pytest.mark.parametrize("samples", [1, 511, 513, 20_000])
def test_very_short_recordings_are_no_trouble(samples, tmp_path):
    assert find_speech(Audio.from_array(np.zeros(samples), tmp_path / "sound"), silent) == ()


@needs_flite
def test_progress_rises_to_one_and_may_stop_the_work(dialogue, tmp_path):
    audio = Audio.from_array(np.tile(dialogue[0], 4), tmp_path / "sound")
    told: list[float] = []
    find_speech(audio, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 2

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_speech(audio, stop)


@pytest.mark.data
@pytest.mark.skipif(
    not CLIPS.is_dir(), reason="the labelled data is not beside the checkout (../shared/data)"
)
def test_a_real_speech_pauses_where_the_speaker_does(tmp_path):
    """President Kennedy's sentence: speech most of the time, with the long pause after "Americans"."""
    import soundfile
    from scipy.signal import resample_poly

    sound, rate = soundfile.read(CLIPS / "jfk.flac")
    sound = resample_poly(sound.mean(axis=1), RATE, rate)
    speech = find_speech(Audio.from_array(sound, tmp_path / "sound"), silent)
    assert 0.5 < total(speech) / (len(sound) / RATE) < 0.95
    assert any(after.start - before.end > 0.5 for before, after in pairwise(speech))
