"""Levels, overload and silence, in words for a teacher."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coachai.errors import InputRefused
from coachai.media import SAMPLE_RATE, Audio, audio_quality, require_hearable
from coachai.records import Span

SPEECH = (Span(start=2.0, end=4.0), Span(start=6.0, end=9.0))


def room(folder: Path, *, speech: float, noise: float, missing: tuple[Span, ...] = ()) -> Audio:
    """Twelve seconds of noise at `noise` dBFS, at `speech` dBFS where SPEECH is; zeros where missing."""
    wave = np.random.default_rng(5).standard_normal(12 * SAMPLE_RATE)
    level = np.full(wave.size, 10 ** (noise / 20))
    for span in SPEECH:
        level[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)] = 10 ** (speech / 20)
    for span in missing:
        level[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)] = 0
    return Audio.from_array(wave * level, folder / "sound.s16", missing)


def test_levels_in_and_outside_speech(tmp_path: Path) -> None:
    quality = audio_quality(room(tmp_path, speech=-25.0, noise=-60.0), SPEECH)
    assert quality.speech_level_dbfs == pytest.approx(-25, abs=0.3)
    assert quality.noise_level_dbfs == pytest.approx(-60, abs=0.3)
    assert quality.snr_db == pytest.approx(35, abs=0.5)
    assert quality.clipped_share == 0
    assert quality.notes == ()


def test_missing_sound_is_no_quiet_room(tmp_path: Path) -> None:
    missing = (Span(start=9.5, end=12.0),)
    quality = audio_quality(room(tmp_path, speech=-25.0, noise=-50.0, missing=missing), SPEECH)
    assert quality.noise_level_dbfs == pytest.approx(-50, abs=0.3)
    assert quality.notes == ("Sound is missing from 0:10 to 0:12.",)


def test_many_gaps_are_named_once(tmp_path: Path) -> None:
    missing = tuple(Span(start=k / 10, end=k / 10 + 0.05) for k in range(0, 80, 10))
    notes = audio_quality(room(tmp_path, speech=-25.0, noise=-50.0, missing=missing), SPEECH).notes
    assert len(notes) == 6
    assert notes[-1] == "Sound is missing in 3 more places, 0 seconds in all."


def test_speech_that_can_hardly_be_heard(tmp_path: Path) -> None:
    audio = room(tmp_path, speech=-61.0, noise=-80.0)
    sentence = (
        "We can hardly hear anything (−61 dB). No wait time or talk shares were computed. Move the "
        "microphone closer and check its level."
    )
    assert audio_quality(audio, SPEECH).notes == (sentence,)
    with pytest.raises(InputRefused) as refusal:
        require_hearable(audio, SPEECH)
    assert (refusal.value.code, refusal.value.message) == ("TOO_QUIET", sentence)


def test_digital_silence(tmp_path: Path) -> None:
    audio = room(tmp_path, speech=-200.0, noise=-200.0)
    quality = audio_quality(audio, ())
    assert quality.speech_level_dbfs is None
    assert quality.noise_level_dbfs == -96.0
    with pytest.raises(InputRefused) as refusal:
        require_hearable(audio, ())
    assert refusal.value.code == "SILENT"
    assert refusal.value.message.startswith("We can hardly hear anything (−96 dB).")


def test_loud_sound_without_speech(tmp_path: Path) -> None:
    audio = room(tmp_path, speech=-20.0, noise=-20.0)
    assert audio_quality(audio, ()).notes == ("We found no speech in this recording.",)
    with pytest.raises(InputRefused) as refusal:
        require_hearable(audio, ())
    assert refusal.value.code == "NO_SPEECH"
    require_hearable(audio, SPEECH)


def test_overloaded_speech(tmp_path: Path) -> None:
    quality = audio_quality(room(tmp_path, speech=5.0, noise=-50.0), SPEECH)
    assert quality.clipped_share == pytest.approx(1.0, abs=0.01)
    assert quality.notes == (
        "The sound is overloaded (clipped) for 100 % of the time; who-speaks is less sure.",
    )


def test_a_loud_voice_that_only_touches_full_scale_is_not_overloaded(tmp_path: Path) -> None:
    assert audio_quality(room(tmp_path, speech=-11.0, noise=-50.0), SPEECH).notes == ()


def test_noise_close_to_speech(tmp_path: Path) -> None:
    """7 dB more while somebody speaks: the speech alone is 6 dB above the noise."""
    assert audio_quality(room(tmp_path, speech=-25.0, noise=-32.0), SPEECH).notes == (
        "Speech is only 6 dB louder than the noise in the room; waits and who-speaks are less sure.",
    )


def test_very_short_sound(tmp_path: Path) -> None:
    quality = audio_quality(Audio.from_array(np.ones(100, np.int16), tmp_path / "s.s16"), ())
    assert quality.speech_level_dbfs is None
    assert quality.noise_level_dbfs is None
