"""Cutting speech for a recogniser and laying its words back on the speech."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachai.asr.doubt import believed
from coachai.asr.regions import PAUSE, laid_on, packed, stretches
from coachai.media import SAMPLE_RATE, Audio
from coachai.records import Span, Word
from coachai.timeline import merged, shared_seconds, subtracted, total


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Audio:
    """Two minutes of noise with a quiet tenth of a second at 13.0 and at 33.0 s."""
    sound = np.random.default_rng(1).normal(0, 0.1, 120 * SAMPLE_RATE)
    for quiet in (13.0, 33.0):
        sound[round(quiet * SAMPLE_RATE) : round((quiet + 0.1) * SAMPLE_RATE)] *= 0.01
    return Audio.from_array(sound, tmp_path_factory.mktemp("noise") / "noise.raw")


def spans(*times: tuple[float, float]) -> list[Span]:
    return [Span(start=start, end=end) for start, end in times]


@st.composite
def speech(draw: st.DrawFn) -> list[Span]:
    lengths = st.floats(0.1, 40.0).map(lambda x: round(x, 3))
    gaps = st.floats(0.12, 5.0).map(lambda x: round(x, 3))
    found, clock = [], draw(gaps)
    while clock < 80 and draw(st.booleans()):
        end = min(119.0, clock + draw(lengths))
        found.append(Span(start=clock, end=end))
        clock = end + draw(gaps)
    return found


# --- stretches ----------------------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(speech=speech(), join=st.sampled_from([0.0, 0.6, 2.0]), margin=st.sampled_from([0.0, 0.2]))
def test_stretches_hold_all_speech_and_are_never_too_long(
    noise: Audio, speech: list[Span], join: float, margin: float
) -> None:
    parts = stretches(noise, speech, longest=29.0, join=join, margin=margin)
    assert all(part.duration <= 29.0 + 1e-6 for part in parts)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(parts))
    assert total(subtracted(speech, parts)) == pytest.approx(0, abs=1e-6)
    # Nothing but the speech, what joins it and the margins is read.
    beyond = total(subtracted(parts, merged(speech, gap=join)))
    assert beyond <= 2 * margin * len(parts) + 1e-6


def test_neighbours_are_joined_and_long_gaps_divide(noise: Audio) -> None:
    parts = stretches(noise, spans((1, 2), (2.5, 4), (7, 8)), longest=12, join=0.6, margin=0.2)
    assert [(part.start, part.end) for part in parts] == [(0.8, 4.2), (6.8, 8.2)]


def test_too_much_speech_is_cut_at_the_widest_gap(noise: Audio) -> None:
    talk = spans((0, 4), (4.2, 7), (7.9, 9), (9.3, 11), (11.3, 14))
    assert stretches(noise, talk, longest=12, join=2, margin=0) == tuple(spans((0, 7), (7.9, 14)))


def test_a_monologue_is_cut_where_it_is_quietest(noise: Audio) -> None:
    first, second, third = stretches(noise, spans((0, 56)), longest=25, join=0, margin=0)
    assert first.end == pytest.approx(13.05, abs=0.05)
    assert second.end == pytest.approx(33.05, abs=0.05)
    assert third.end == 56


def test_margins_stay_within_the_recording_and_out_of_the_neighbour(noise: Audio) -> None:
    parts = stretches(noise, spans((0.1, 1), (1.2, 119.95)), longest=200, join=0, margin=0.2)
    assert [(part.start, part.end) for part in parts] == [(0.05, 1.1), (1.1, pytest.approx(119.975))]


# --- stretches that are heard together ---------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(speech=speech(), join=st.sampled_from([0.6, 2.0]), margin=st.sampled_from([0.0, 0.2]))
def test_what_is_packed_is_all_speech_in_full_groups(
    noise: Audio, speech: list[Span], join: float, margin: float
) -> None:
    groups = packed(noise, speech, longest=29.0, join=join, margin=margin, between=0.5)
    parts = [part for group in groups for part in group]
    assert all(sum(part.duration + 0.5 for part in group) - 0.5 <= 29.0 + 1e-6 for group in groups)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(parts))
    assert total(subtracted(speech, parts)) == pytest.approx(0, abs=1e-6)
    assert total(subtracted(parts, merged(speech, gap=join))) <= 2 * margin * len(parts) + 1e-6
    apart = stretches(noise, speech, longest=29.0, join=join, margin=margin)
    assert len(groups) <= len(apart)


def test_what_lies_far_apart_goes_into_one_group_until_it_is_full(noise: Audio) -> None:
    talk = spans((0, 4), (10, 13), (20, 24), (25, 26), (40, 43), (50, 52))
    groups = packed(noise, talk, longest=19, join=2, margin=0, between=0.5)
    assert groups == (tuple(spans((0, 4), (10, 13), (20, 26), (40, 43))), tuple(spans((50, 52))))


def test_a_full_group_ends_at_the_longest_silence_near_its_end(noise: Audio) -> None:
    talk = spans((0, 4), (10, 13), (20, 24), (60, 61), (61.5, 66))
    groups = packed(noise, talk, longest=14, join=2, margin=0, between=0.5)
    assert groups == (tuple(spans((0, 4), (10, 13), (20, 24))), tuple(spans((60, 66))))


# --- words laid on speech -----------------------------------------------------------------------------


def said(*told: tuple[float, float, str]) -> list[Word]:
    return [Word(start=start, end=end, text=text) for start, end, text in told]


def drawn(words: list[Word], speech: list[Span], slack: float = 0.0) -> tuple[list[str], int]:
    """Each line as "start-end words"."""
    lines, dropped = laid_on(words, speech, slack=slack)
    return [
        f"{line.start:g}-{line.end:g} {' '.join(word.text for word in line.words)}" for line in lines
    ], len(dropped)


def test_outer_words_reach_the_edges_of_their_region() -> None:
    words = said((1.2, 1.5, "why"), (1.5, 1.8, "ice"))
    assert drawn(words, spans((1, 2))) == (["1-2 why ice"], 0)
    # An edge far from the words stays free: something else was said there.
    assert drawn(words, spans((1, 4))) == (["1-1.8 why ice"], 0)


def test_lines_end_at_pauses_between_and_within_regions() -> None:
    words = said((1, 1.4, "yes"), (1.5, 2, "it"), (2.4, 3, "does"), (3.5, 4, "good"))
    assert drawn(words, spans((1, 3), (3.5, 4))) == (["1-2 yes it", "2.4-3 does", "3.5-4 good"], 0)


def test_a_word_over_two_regions_goes_where_most_of_it_is() -> None:
    words = said((1, 1.5, "a"), (1.6, 2.6, "b"), (2.6, 3, "c"))
    assert drawn(words, spans((1, 1.7), (2, 3))) == (["1-1.7 a", "2-3 b c"], 0)


def test_words_without_speech_are_dropped_and_near_ones_kept() -> None:
    words = said((0, 0.5, "ghost"), (1, 2, "here"), (2.2, 2.4, "late"), (5, 5, "ghost"))
    assert drawn(words, spans((1, 2))) == (["1-2 here"], 3)
    assert drawn(words, spans((1, 2)), slack=0.3) == (["1-2 here late"], 2)
    assert laid_on(words, []) == ((), tuple(words))
    assert laid_on([], spans((1, 2))) == ((), ())


@settings(max_examples=150)
@given(
    speech=speech(),
    steps=st.lists(st.tuples(st.floats(-0.3, 3), st.floats(0, 2)), max_size=30),
    slack=st.sampled_from([0.0, 0.3]),
)
def test_laid_words_stand_in_speech_in_order(
    speech: list[Span], steps: list[tuple[float, float]], slack: float
) -> None:
    words, clock = [], 0.0
    for number, (gap, length) in enumerate(steps):
        start = max(0.0, clock + gap)
        words.append(Word(start=start, end=start + length, text=str(number)))
        clock = start + length
    lines, dropped = laid_on(words, speech, slack=slack)
    kept = [word for line in lines for word in line.words]
    assert len(kept) + len(dropped) == len(words)
    assert all(a.end <= b.start for a, b in pairwise(kept))
    assert all(shared_seconds(word, speech) == pytest.approx(word.duration, abs=1e-6) for word in kept)
    assert all(b.start - a.end >= PAUSE - 1e-9 for a, b in pairwise(lines))
    assert all((line.start, line.end) == (line.words[0].start, line.words[-1].end) for line in lines)


# --- doubt --------------------------------------------------------------------------------------------


def spoken(text: str, rate: float = 3.0) -> list[Word]:
    return [Word(start=k / rate, end=(k + 0.9) / rate, text=word) for k, word in enumerate(text.split())]


@pytest.mark.parametrize(
    ("text", "logprob", "kept"),
    [
        ("Thank you.", -0.2, True),
        ("Thank you.", -0.6, False),
        ("I said thank you to her.", -0.6, True),
        ("Thanks for watching!", -0.3, True),
        ("Subtitles by the Amara.org community", -0.5, False),
        ("So what do you notice?", -1.5, True),
        ("So what do you notice?", -2.5, False),
    ],
)
def test_phrases_that_captions_end_with_need_certainty(text: str, logprob: float, kept: bool) -> None:
    words = spoken(text)
    assert believed(words, logprob=logprob, no_speech=0.1, spoken=3.0) == (words if kept else [])


@pytest.mark.parametrize(
    ("no_speech", "logprob", "kept"), [(0.9, -1.2, False), (0.9, -0.5, True), (0.3, -1.2, True)]
)
def test_no_speech_needs_both_signs(no_speech: float, logprob: float, kept: bool) -> None:
    words = spoken("where is it")
    assert bool(believed(words, logprob=logprob, no_speech=no_speech, spoken=2.0)) is kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("no no no no no", "no no no no no"),
        ("no " * 20, "no no"),
        ("I see. " * 6 + "And then?", "I see. I see. And then?"),
        ("count with me one two three one two three", "count with me one two three one two three"),
    ],
)
def test_loops_are_kept_twice(text: str, kept: str) -> None:
    words = believed(spoken(text), logprob=-0.2, no_speech=0.0, spoken=20.0)
    assert " ".join(word.text for word in words) == kept


def test_nobody_speaks_that_fast() -> None:
    numbers = spoken("one two three four five six seven eight nine ten eleven twelve")
    assert believed(numbers, logprob=-0.2, no_speech=0.0, spoken=1.0) == []
    assert believed(numbers, logprob=-0.2, no_speech=0.0, spoken=4.0) == numbers
    tail = [Word(start=5.0, end=5.0, text=text) for text in ("see", "you", "in", "a", "minute")]
    assert believed([*numbers, *tail], logprob=-0.2, no_speech=0.0, spoken=5.0) == numbers
