"""What a waveform can carry and what it cannot: what nobody says is refused, what is doubtful is not said."""

from __future__ import annotations

from pathlib import Path
from shutil import which

import numpy as np
import pytest

from benchmarks.staging import NOBODY, VOICES, Sound, in_noise, nobody, noise, staged
from coachai.errors import NotScored
from coachai.media import Audio, require_hearable
from coachai.records import Span
from coachai.timeline import shared_seconds, total
from coachai.voices.speech import find_speech
from coachai.voices.tones import without_tones

needs_voices = pytest.mark.skipif(
    which("flite") is None or which("espeak-ng") is None, reason="flite and espeak-ng are not installed"
)


def heard(sound: Sound, folder: Path) -> tuple[Audio, tuple[Span, ...]]:
    """The sound as decoded, and where speech is found in it."""
    audio = Audio.from_array(np.clip(sound, -1, 1), folder / "sound")
    return audio, find_speech(audio, lambda _: None)


@pytest.mark.parametrize("kind", NOBODY)
@pytest.mark.parametrize("level", [0.02, 0.2])
def test_what_nobody_says_is_refused(kind: str, level: float, tmp_path: Path) -> None:
    with pytest.raises(NotScored) as refusal:
        require_hearable(*heard(nobody(kind, 10.0, level), tmp_path))
    assert refusal.value.code == "NO_SPEECH"


@pytest.mark.parametrize("kind", ["swelling tone 90 Hz", "swelling tone 120 Hz"])
@pytest.mark.parametrize("snr", [30, 10])
def test_a_swelling_tone_in_noise_is_no_voice(kind: str, snr: float, tmp_path: Path) -> None:
    tone = nobody(kind, 20.0, 0.1)
    sound = tone + noise("pink", len(tone)) * 0.1 * 10 ** (-snr / 20)
    with pytest.raises(NotScored):
        require_hearable(*heard(sound, tmp_path))


@needs_voices
@pytest.mark.parametrize("name", VOICES)
def test_no_voice_is_lost_for_a_tone(name: str, tmp_path: Path) -> None:
    played = staged(name, name, waits=(0.5, 1.0, 1.5))
    audio = Audio.from_array(in_noise(played, "pink", 0), tmp_path / "sound")
    assert without_tones(audio, played.said) == played.said


@needs_voices
def test_no_wait_ends_with_a_tone(tmp_path: Path) -> None:
    """A tone sounds in the ten seconds between a question and its answer."""
    played = staged("flite slt", "child", waits=(1.0, 10.0, 1.0))
    sound, wait = played.sound.copy(), Span(start=played.said[2].end, end=played.said[3].start)
    tone = nobody("swelling tone 90 Hz", wait.duration - 2, 0.05)
    first = round((wait.start + 1) * 16_000)
    sound[first : first + len(tone)] += tone
    _, speech = heard(sound, tmp_path)
    assert shared_seconds(wait, speech) < 0.3
    assert total(speech) > 0.8 * total(played.said)
