"""Frames read in windows and pieces cut from speech: arithmetic that must hold for any regions."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.media import Audio
from coachai.records import Span
from coachai.timeline import merged, shared_seconds
from coachai.voices.features import voice_frames
from coachai.voices.pieces import LONGEST_PIECE, cut_into_pieces, piece_vectors

REGIONS = st.lists(
    st.tuples(st.floats(0.0, 1.5), st.floats(0.02, 7.0)), min_size=1, max_size=6
)  # pause before, length


def laid(regions: list[tuple[float, float]]) -> tuple[Span, ...]:
    """Regions one after the other."""
    spans: list[Span] = []
    clock = 0.0
    for pause, length in regions:
        start = clock + pause + 0.05
        clock = start + length
        spans.append(Span(start=start, end=clock))
    return tuple(spans)


def murmur(seconds: float, folder: str) -> Audio:
    """Noise whose loudness comes and goes."""
    rng = np.random.default_rng(2)
    count = round(seconds * 16000)
    loudness = 0.05 * (1.1 + np.sin(np.arange(count) / 5000))
    return Audio.from_array(
        (loudness * rng.standard_normal(count)).astype(np.float32), Path(folder) / "a.raw"
    )


@settings(max_examples=30)
@given(REGIONS)
def test_pieces_are_in_order_cover_the_speech_and_are_short(regions: list[tuple[float, float]]) -> None:
    speech = laid(regions)
    with tempfile.TemporaryDirectory() as folder:
        frames = voice_frames(murmur(speech[-1].end + 0.5, folder), speech, lambda _: None)
        pieces = cut_into_pieces(speech, frames)
    assert all(before.end <= after.start for before, after in pairwise(pieces))
    assert all(shared_seconds(region, pieces) > region.duration - 1e-6 for region in speech)
    assert all(piece.duration <= LONGEST_PIECE + 0.02 for piece in pieces)
    vectors, seconds = piece_vectors(pieces, frames)
    assert np.isfinite(vectors).all()
    assert all(sound <= piece.duration + 0.02 for sound, piece in zip(seconds, pieces, strict=True))


def test_frames_do_not_depend_on_where_the_windows_fall(tmp_path: Path) -> None:
    audio = murmur(50.0, str(tmp_path))
    whole = voice_frames(audio, [Span(start=0.0, end=50.0)], lambda _: None)
    parts = [Span(start=k * 5.0, end=(k + 1) * 5.0) for k in range(10)]
    pieced = voice_frames(audio, parts, lambda _: None)
    assert merged(parts) == (Span(start=0.0, end=50.0),)
    np.testing.assert_allclose(pieced.time, whole.time, atol=1e-9)
    np.testing.assert_allclose(pieced.cepstra, whole.cepstra, atol=1e-3)
    np.testing.assert_allclose(pieced.pitch, whole.pitch, atol=1e-3)


def test_a_tone_has_its_pitch(tmp_path: Path) -> None:
    for hertz in (90.0, 180.0, 330.0):
        time = np.arange(16000) / 16000
        tone = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 12))
        audio = Audio.from_array((0.1 * tone).astype(np.float32), tmp_path / "tone.raw")
        frames = voice_frames(audio, [Span(start=0.2, end=0.8)], lambda _: None)
        np.testing.assert_allclose(2.0**frames.pitch, hertz, rtol=0.01)
        assert frames.voicing.min() > 0.9
