"""Zeros in uncompressed sound: what was wiped, what was made silent and what is silence."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.media import SAMPLE_RATE, decode, probe
from coachai.media.wiped import Wiped

ROOM = np.random.default_rng(1).integers(-300, 300, 20 * SAMPLE_RATE).astype(np.int16)
ROOM[ROOM == 0] = 1


def found(sound: np.ndarray, block: int = 32_000) -> list[tuple[float, float]]:
    wiped = Wiped()
    for first in range(0, len(sound), block):
        wiped.hear(sound[first : first + block].astype("<i2").tobytes())
    return [(each.start, each.end) for each in wiped.spans()]


def with_zeros(*holes: tuple[float, float]) -> np.ndarray:
    sound = ROOM.copy()
    for start, end in holes:
        sound[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = 0
    return sound


def test_a_room_that_falls_perfectly_silent_was_wiped() -> None:
    assert found(ROOM) == []
    assert found(with_zeros((3, 5), (8, 8.6))) == [(3, 5), (8, 8.6)]


def test_a_blink_is_not_worth_telling() -> None:
    assert found(with_zeros((3, 3.4))) == []


def test_silence_before_the_first_and_after_the_last_sound_is_silence() -> None:
    assert found(with_zeros((0, 2.5), (18, 20))) == []
    assert found(with_zeros((0, 2.5), (9, 10))) == [(9, 10)]


def test_a_file_whose_silences_fade_is_silent_on_purpose() -> None:
    sound = with_zeros((3, 5), (8, 10))
    fade = np.linspace(1, 0, 1600)
    sound[3 * SAMPLE_RATE - 1600 : 3 * SAMPLE_RATE] = sound[3 * SAMPLE_RATE - 1600 : 3 * SAMPLE_RATE] * fade
    assert found(sound) == []


def test_a_file_that_is_mostly_zeros_holds_silence() -> None:
    assert found(with_zeros((1, 8), (9, 13))) == []


@settings(max_examples=60)
@given(
    st.integers(1, 100_000),
    st.lists(st.tuples(st.integers(0, 190), st.integers(1, 40)), max_size=3),
)
def test_it_does_not_matter_in_which_pieces_it_is_heard(block: int, holes: list[tuple[int, int]]) -> None:
    sound = with_zeros(*((start / 10, (start + length) / 10) for start, length in holes))
    assert found(sound, max(block, 100)) == found(sound, len(sound))


def test_a_wiped_stretch_of_a_wav_is_missing_sound(tmp_path: Path) -> None:
    path = tmp_path / "lesson.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(with_zeros((6, 9)).tobytes())
    audio = decode(path, tmp_path, lambda _: None, probe(path, shortest=1))
    (hole,) = audio.missing
    assert (hole.start, hole.end) == (pytest.approx(6, abs=0.01), pytest.approx(9, abs=0.01))
