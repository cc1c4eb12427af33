"""How a conversation is laid before the encoder: nothing twice, nothing left out, context on both sides."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from coachai.discourse.windows import (
    AFTER,
    BEFORE,
    HEAD,
    SECTION,
    SEQUENCE,
    TAIL,
    TURN_HEAD,
    TURN_TAIL,
    bare,
    batch,
    markers,
    shortened,
    turn,
    windows,
)

LENGTHS = st.lists(st.integers(1, 1 + HEAD + TAIL), max_size=300)


@given(LENGTHS)
def test_every_utterance_is_owned_once_and_in_order(lengths: list[int]) -> None:
    assert [k for each in windows(lengths) for k in each.owning] == list(range(len(lengths)))


@given(LENGTHS)
def test_no_sequence_is_longer_than_the_encoder_reads(lengths: list[int]) -> None:
    for each in windows(lengths):
        assert 2 + sum(lengths[each.first : each.last]) <= SEQUENCE
        assert 0 <= each.first <= each.owned < each.owned_end <= each.last <= len(lengths)


@given(LENGTHS)
def test_every_utterance_has_context_on_both_sides(lengths: list[int]) -> None:
    """All that there is, or as many tokens as promised less the utterance that would be more than that."""
    for each in windows(lengths):
        before, after = sum(lengths[each.first : each.owned]), sum(lengths[each.owned_end : each.last])
        assert each.first == 0 or before + lengths[each.first - 1] > BEFORE
        assert before <= BEFORE
        alone = each.owned_end - each.owned == 1
        assert each.last == len(lengths) or after >= AFTER or alone


@given(LENGTHS, st.data())
def test_another_length_moves_only_the_windows_near_it(lengths: list[int], data: st.DataObject) -> None:
    """What was read far from a correction stays as it was: same neighbours, same window."""
    assume(lengths)
    place = data.draw(st.integers(0, len(lengths) - 1))
    other = list(lengths)
    other[place] = data.draw(st.integers(1, 1 + HEAD + TAIL))
    section = place // SECTION
    near = range((section - 1) * SECTION, (section + 2) * SECTION)
    far = [[each for each in windows(some) if each.owned not in near] for some in (lengths, other)]
    assert far[0] == far[1]


def test_long_utterances_and_turns_keep_both_ends() -> None:
    ids = list(range(500))
    assert shortened(ids) == [*ids[:HEAD], *ids[-TAIL:]]
    assert turn(ids) == [*ids[:TURN_HEAD], *ids[-TURN_TAIL:]]
    assert shortened(ids[:64]) == ids[:64]
    assert turn(ids[:120]) == ids[:120]


@given(st.text())
def test_bare_words_have_no_marks_and_no_case(text: str) -> None:
    words = bare(text)
    assert bare(" ".join(words)) == words
    assert all(word == word.lower() and word.isascii() and " " not in word for word in words)


def test_bare_words_keep_their_apostrophes() -> None:
    assert bare("“Don’t, MARIA?” It's 2.5!") == ["don't", "maria", "it's", "2", "5"]


def test_markers_tell_who_speaks_and_who_goes_on() -> None:
    roles = ["teacher", "teacher", "student", "student", "student", "unknown", "student"]
    speakers = ["T", "T", "A", "A", "B", "", "B"]
    assert markers(roles, speakers) == [0, 1, 2, 3, 2, 4, 2]


@given(st.lists(st.lists(st.lists(st.integers(5, 9), min_size=1, max_size=5), min_size=1), min_size=1))
def test_a_batch_holds_every_token_and_averages_each_utterance(sequences: list[list[list[int]]]) -> None:
    laid = batch(sequences, (1, 2, 0))
    for row, sequence in enumerate(sequences):
        tokens = [token for each in sequence for token in each]
        assert laid.ids[row][laid.attention[row] == 1].tolist() == [1, *tokens, 2]
        assert (laid.ids[row][laid.attention[row] == 0] == 0).all()
        for k, each in enumerate(sequence):
            own = np.flatnonzero(laid.pool[row, k])
            assert laid.ids[row][own].tolist() == each
            assert own[0] == laid.marks[row, k]
            assert np.isclose(laid.pool[row, k].sum(), 1)
        starts = [laid.marks[row, k] for k in range(len(sequence))]
        assert all(before < after for before, after in pairwise(starts))
