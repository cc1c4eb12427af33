"""Turns of an engine, cut to the pieces of speech that it was asked about."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.records import Span
from coachai.timeline import intersected, total
from coachai.voices.engines.diarizer import ToldApart
from coachai.voices.engines.turns import VoiceTurn, told_by_turns

TIMES = st.integers(0, 300).map(lambda tenths: tenths / 10)


def turns_of(drawn: str) -> list[VoiceTurn]:
    """A letter a second: who speaks then; a dot is nobody."""
    return [VoiceTurn(start=k, end=k + 1, voice=who) for k, who in enumerate(drawn) if who != "."]


def drawn_from(told: ToldApart, seconds: int) -> str:
    """The likeliest voice of each second, as letters; a dot where no span lies."""
    letters = ["."] * seconds
    for span, chances in zip(told.spans, told.chances, strict=True):
        for k in range(round(span.start), round(span.end)):
            letters[k] = "ABCDEF"[int(chances.argmax())]
    return "".join(letters)


@pytest.mark.parametrize(
    ("said", "asked", "expected"),
    [
        ("xxyy..x", [(0, 7)], "AABB..A"),
        ("yyxxzz", [(0, 6)], "AABBCC"),
        ("xxyyxx", [(2, 4)], "..AA.."),
        ("xxxxxx", [(1, 2), (3, 5)], ".A.AA."),
        ("..yy..", [(0, 2)], "......"),
        ("", [(0, 3)], "..."),
    ],
)
def test_voices_are_numbered_as_they_speak_in_the_pieces(
    said: str, asked: list[tuple[int, int]], expected: str
) -> None:
    pieces = [Span(start=start, end=end) for start, end in asked]
    assert drawn_from(told_by_turns(turns_of(said), pieces, sure=0.9), len(expected)) == expected


def test_a_turn_is_its_voice_with_the_chance_given_and_the_rest_is_shared() -> None:
    told = told_by_turns(turns_of("xyz"), [Span(start=0, end=3)], sure=0.8)
    assert told.chances == pytest.approx(np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]))


def test_one_voice_alone_is_certain_to_be_that_voice() -> None:
    assert told_by_turns(turns_of("xx"), [Span(start=0, end=2)], sure=0.8).chances.tolist() == [[1.0], [1.0]]


def test_where_two_turns_run_over_each_other_the_earlier_goes_on() -> None:
    turns = [VoiceTurn(start=0, end=3, voice="x"), VoiceTurn(start=2, end=5, voice="y")]
    told = told_by_turns(turns, [Span(start=0, end=6)], sure=0.9)
    assert told.spans == (Span(start=0, end=3), Span(start=3, end=5))
    inside = [VoiceTurn(start=0, end=3, voice="x"), VoiceTurn(start=1, end=2, voice="y")]
    assert told_by_turns(inside, [Span(start=0, end=6)], sure=0.9).spans == (Span(start=0, end=3),)


def test_overlap_is_that_inside_the_pieces_or_not_known() -> None:
    pieces = [Span(start=0, end=2), Span(start=4, end=6)]
    told = told_by_turns(turns_of("xx..xx"), pieces, sure=0.9, overlap=[Span(start=1, end=5)])
    assert told.overlap == (Span(start=1, end=2), Span(start=4, end=5))
    assert told_by_turns(turns_of("xx"), pieces, sure=0.9).overlap is None


@given(
    st.lists(st.tuples(TIMES, TIMES, st.sampled_from("xyz")), max_size=12),
    st.lists(TIMES, max_size=10, unique=True),
)
def test_spans_are_sorted_apart_and_inside_both_turns_and_pieces(
    said: list[tuple[float, float, str]], edges: list[float]
) -> None:
    turns = [VoiceTurn(start=min(a, b), end=max(a, b), voice=who) for a, b, who in said]
    ends = sorted(edges)
    pieces = [Span(start=a, end=b) for a, b in zip(ends[::2], ends[1::2], strict=False)]
    told = told_by_turns(turns, pieces, sure=0.9)
    assert all(before.end <= after.start for before, after in pairwise(told.spans))
    assert total(told.spans) == pytest.approx(total(intersected(turns, pieces)), abs=1e-6)
    assert total(intersected(told.spans, pieces)) == pytest.approx(total(told.spans))
    assert told.chances.sum(axis=1) == pytest.approx(np.ones(len(told.spans)))
