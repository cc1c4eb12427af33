"""The network that hears voices: windowed equals whole, faint speech is added only beside speech."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.media import SAMPLE_RATE, Audio
from coachai.records import Span
from coachai.timeline import shared_seconds, subtracted, total
from coachai.voices import network
from coachai.voices.network import STEP_SECONDS, Steps, heard_steps
from coachai.voices.overlap import several_voices
from coachai.voices.speech import with_faint_speech
from tests.voices.made_voices import CHILD, TEACHER, recorded, said


def quiet(_: float) -> None:
    """Progress nobody watches."""


def steps_of(speech: list[float], overlap: list[float] | None = None) -> Steps:
    """Steps that hear speech, and several voices, with these log odds."""
    odds = np.array(speech, dtype=np.float32)
    return Steps(
        speech=odds,
        overlap=np.array(overlap or [-5.0] * len(speech), dtype=np.float32),
        adult=np.zeros_like(odds),
        features=np.zeros((len(odds), network.FEATURES), dtype=np.float16),
    )


def test_what_is_heard_does_not_depend_on_where_the_windows_fall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(4)
    sound = np.concatenate([said(who, 4.3, rng) for who in (TEACHER, CHILD) * 3]).astype(np.float32)
    whole = heard_steps(Audio.from_array(sound, tmp_path / "once.raw"), quiet)
    monkeypatch.setattr(network, "_WINDOW", 37)
    again = heard_steps(Audio.from_array(sound, tmp_path / "again.raw"), quiet)
    for name in ("speech", "overlap", "adult"):
        np.testing.assert_allclose(getattr(again, name), getattr(whole, name), atol=2e-3)
    np.testing.assert_allclose(again.features.astype(float), whole.features.astype(float), atol=2e-2)
    assert len(whole.speech) == -(-len(sound) // round(STEP_SECONDS * SAMPLE_RATE))


def test_a_recording_is_heard_once_and_forgotten_with_its_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio = recorded([(1.0, 4.0, [TEACHER])], tmp_path / "sound.raw")
    first = heard_steps(audio, quiet)
    told: list[float] = []
    assert heard_steps(audio, told.append) is first
    assert told == [1.0]
    before = len(network._KEPT)
    del audio
    gc.collect()
    assert len(network._KEPT) == before - 1


@given(start=st.floats(0, 50), length=st.floats(0, 20))
def test_steps_within_a_span_are_those_whose_middle_lies_in_it(start: float, length: float) -> None:
    steps = steps_of([0.0] * 2000)
    span = Span(start=start, end=start + length)
    inside = steps.within(span)
    middles = (np.arange(2000) + 0.5) * STEP_SECONDS
    expected = np.flatnonzero((middles >= span.start - 1e-9) & (middles < span.end - 1e-9))
    assert abs((inside.stop - inside.start) - len(expected)) <= 1
    if len(expected) > 2:
        assert abs(inside.start - int(expected[0])) <= 1


def test_faint_speech_is_added_beside_speech_and_nowhere_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(6)
    hertz = np.repeat(rng.uniform(300, 5000, 30), SAMPLE_RATE // 5)  # moves as speech does: no steady tone
    sound = 0.1 * np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE)
    audio = Audio.from_array(sound.astype(np.float32), tmp_path / "sound.raw")
    odds = [-4.0] * round(audio.duration / STEP_SECONDS)
    odds[20:50] = [3.0] * 30  # 0.8 s to 2 s: the soft beginning of what is detected from 1 s on
    monkeypatch.setitem(network._KEPT, audio, steps_of(odds))
    speech = (Span(start=1.0, end=4.0),)
    fuller = with_faint_speech(audio, speech)
    assert total(subtracted(speech, fuller)) == 0.0
    assert total(fuller) == pytest.approx(3.2)
    assert fuller[0].start == pytest.approx(0.8)
    assert with_faint_speech(audio, (Span(start=3.0, end=3.5),)) == (Span(start=3.0, end=3.5),)
    assert with_faint_speech(audio, ()) == ()


def test_several_voices_for_seconds_on_end_are_overlap_inside_the_speech() -> None:
    #                 0        10 s    16 s            40 s
    overlap = [-4.0] * 250 + [3.0] * 150 + [-4.0] * 600
    speech = [Span(start=0.0, end=14.0), Span(start=15.0, end=40.0)]
    found = several_voices(speech, steps_of([2.0] * 1000, overlap))
    assert shared_seconds(Span(start=10.0, end=16.0), found) > 4.0
    assert total(subtracted(found, speech)) == 0.0
    assert shared_seconds(Span(start=0.0, end=9.0), found) == 0.0
    assert several_voices(speech, steps_of([2.0] * 1000)) == ()
