"""Voices told apart by how alike their pieces are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.records import Span
from coachai.voices.clusters import MOST_VOICES
from coachai.voices.engines.likeness import told_by_likeness
from coachai.voices.projection import Array


def drawn(voices: str, spread: float = 0.05, seed: int = 1) -> Array:
    """A vector for each letter, near its voice's direction."""
    rng = np.random.default_rng(seed)
    ways = np.eye(32)
    return np.stack([ways[ord(who) - 65] + spread * rng.standard_normal(32) for who in voices])


def seconds(*durations: float) -> list[Span]:
    """Pieces of these lengths, a second apart."""
    starts = np.cumsum([0.0, *(each + 1.0 for each in durations)])
    return [
        Span(start=float(start), end=float(start) + each)
        for start, each in zip(starts, durations, strict=False)
    ]


def letters(chances: Array) -> str:
    """The likeliest voice of each piece."""
    return "".join(chr(65 + k) for k in chances.argmax(axis=1))


@pytest.mark.parametrize("said", ["AABAB", "AAAA", "A", "ABCABCDA"])
def test_like_pieces_are_one_voice_however_many_there_are(said: str) -> None:
    told = told_by_likeness(seconds(*[2.0] * len(said)), drawn(said), 0.4)
    assert letters(told.chances) == said
    assert told.chances.shape == (len(said), len(set(said)))
    assert told.chances.sum(axis=1) == pytest.approx(np.ones(len(said)))
    assert told.overlap is None


def test_voices_are_numbered_as_they_first_speak() -> None:
    assert letters(told_by_likeness(seconds(*[2.0] * 5), drawn("CCABB"), 0.4).chances) == "AABCC"


def test_a_larger_distance_joins_what_a_smaller_keeps_apart() -> None:
    pieces, vectors = seconds(*[2.0] * 6), drawn("ABABAB")
    assert told_by_likeness(pieces, vectors, 0.3).chances.shape[1] == 2
    assert told_by_likeness(pieces, vectors, 1.5).chances.shape[1] == 1


def test_a_short_piece_begins_no_voice_and_gets_the_one_it_is_most_like() -> None:
    vectors = drawn("ABABZ")
    vectors[4, :2] = (0.2, 0.6)
    alone = told_by_likeness(seconds(2, 2, 2, 2, 2), vectors, 0.4)
    short = told_by_likeness(seconds(2, 2, 2, 2, 0.4), vectors, 0.4)
    assert letters(alone.chances) == "ABABC"
    assert letters(short.chances) == "ABABB"


def test_where_every_piece_is_short_they_are_taken_as_they_are() -> None:
    assert letters(told_by_likeness(seconds(0.3, 0.3, 0.3), drawn("ABA"), 0.4).chances) == "ABA"


def test_a_piece_between_two_voices_is_less_sure_than_one_of_theirs() -> None:
    vectors = drawn("ABABA", spread=0.0)
    vectors[4] = vectors[0] + 0.9 * vectors[1]
    told = told_by_likeness(seconds(2, 2, 2, 2, 0.5), vectors, 0.4)
    assert told.chances[4].max() < 0.9 < told.chances[0].max()


def test_what_is_no_sound_is_left_out() -> None:
    vectors = drawn("AAB")
    vectors[1] = 0.0
    pieces = seconds(2, 2, 2)
    assert told_by_likeness(pieces, vectors, 0.4).spans == (pieces[0], pieces[2])
    vectors[2] = np.nan
    assert told_by_likeness(pieces, vectors, 0.4).spans == (pieces[0],)
    assert told_by_likeness(pieces, np.zeros((3, 4)), 0.4).spans == ()
    assert told_by_likeness([], np.zeros((0, 4)), 0.4).spans == ()


def test_there_are_never_more_voices_than_can_be_told() -> None:
    vectors = np.eye(40)
    told = told_by_likeness(seconds(*[2.0] * 40), vectors, 0.4)
    assert told.chances.shape == (40, MOST_VOICES)


@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=12), st.floats(0.01, 100))
def test_how_loud_the_vectors_are_changes_nothing(said: list[str], times: float) -> None:
    pieces, vectors = seconds(*[2.0] * len(said)), drawn("".join(said))
    one, other = told_by_likeness(pieces, vectors, 0.4), told_by_likeness(pieces, times * vectors, 0.4)
    assert letters(one.chances) == letters(other.chances)
