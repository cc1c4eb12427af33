"""Where sentences begin: examples as tables, and what must hold for any words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.boundaries import going_on, no_pause, pausing, wording
from coachai.records import Word
from coachai.sentences import LONGEST_PAUSE, line_continues, plain, sentence_starts


def said(text: str) -> list[Word]:
    """Words of 0.3 s; "|" is a pause of half a second, "||" one of four seconds."""
    words, clock = [], 0.0
    for token in text.split():
        if set(token) == {"|"}:
            clock += {1: 0.5, 2: 4.0}[len(token)]
            continue
        words.append(Word(start=round(clock, 3), end=round(clock + 0.3, 3), text=token))
        clock += 0.3
    return words


def split(text: str, *, marks: bool) -> list[str]:
    words = said(text)
    starts = sentence_starts(words, marks=marks, cuts=())
    ends = [*starts[1:], len(words)]
    return [" ".join(word.text for word in words[a:b]) for a, b in zip(starts, ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Why? Because it floats.", ["Why?", "Because it floats."]),
        ("Mr. Lee has 2.5 pounds. Okay?", ["Mr. Lee has 2.5 pounds.", "Okay?"]),
        ("Meet at 3 p.m. in the hall.", ["Meet at 3 p.m. in the hall."]),
        ("We stop at 3 p.m. Then we go.", ["We stop at 3 p.m.", "Then we go."]),
        ("So it is... um, four.", ["So it is... um, four."]),
        ("So it is… Four.", ["So it is…", "Four."]),
        ("Let's hear Kyle T. on this one.", ["Let's hear Kyle T. on this one."]),
        ("She said “stop.” Then she left.", ["She said “stop.”", "Then she left."]),
        ("No. Try again!", ["No.", "Try again!"]),
        ("What?! Really?", ["What?!", "Really?"]),
        ("no end here", ["no end here"]),
        ("It was long || and then it went on.", ["It was long", "and then it went on."]),
    ],
)
def test_marks_end_sentences_but_not_abbreviations_decimals_or_hesitations(
    text: str, sentences: list[str]
) -> None:
    assert split(text, marks=True) == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("we add the tops | what do we get | seven", ["we add the tops", "what do we get", "seven"]),
        ("put it in the | middle of the page", ["put it in the | middle of the page".replace(" |", "")]),
        ("that is right okay so how many are left", ["that is right", "okay so how many are left"]),
        ("tell me what you did", ["tell me what you did"]),
        ("three || four", ["three", "four"]),
    ],
)
def test_without_marks_pauses_and_openers_begin_sentences_but_phrases_stay_whole(
    text: str, sentences: list[str]
) -> None:
    assert split(text, marks=False) == sentences


tokens = st.sampled_from(
    [
        "so",
        "what",
        "is",
        "Mr.",
        "2.5",
        "four.",
        "Why?",
        "the",
        "...",
        "T.",
        "okay",
        "“yes.”",
        "?",
        "—",
        "e.g.",
    ]
)


@given(
    st.lists(st.tuples(tokens, st.sampled_from([0.0, 0.13, 0.4, 5.0])), max_size=30),
    st.booleans(),
    st.sets(st.integers(1, 29)),
)
def test_no_word_is_lost_and_cuts_and_long_pauses_always_begin_a_sentence(
    drawn: list[tuple[str, float]], marks: bool, cuts: set[int]
) -> None:
    words, clock = [], 0.0
    for text, pause in drawn:
        words.append(Word(start=clock + pause, end=clock + pause + 0.2, text=text))
        clock += pause + 0.2
    starts = sentence_starts(words, marks=marks, cuts=cuts)
    assert starts == sorted(set(starts))
    assert starts[:1] == ([0] if words else [])
    assert all(0 <= start < len(words) for start in starts)
    forced = {k for k, (_, pause) in enumerate(drawn) if k and (pause > LONGEST_PAUSE or k in cuts)}
    assert forced <= set(starts)


@given(st.text(max_size=12))
def test_plain_words_are_small_bare_and_stay_so(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert plain(text) == plain(text).lower()
    assert not set(plain(text)) & set('.,?!"“”')


def test_a_longer_pause_is_never_less_of_a_boundary() -> None:
    weights = [pausing(seconds / 20, no_pause([0.0] * 9 + [0.3])) for seconds in range(60)]
    assert weights == sorted(weights)


def test_a_sentence_rather_begins_at_an_opener_than_after_an_article() -> None:
    assert wording(["you", "are", "right", "what", "is", "next"], 3) > 0
    assert wording(["put", "the", "okay"], 2) < wording(["put", "it", "okay"], 2)
    assert wording(["see", "what", "happens"], 1) < wording(["done", "what", "happens"], 1)


@pytest.mark.parametrize(
    ("before", "after", "goes_on"),
    [("numerator", "and", True), ("so...", "um", True), ("done.", "and", False), ("done", "Now", False)],
)
def test_a_caption_goes_on_with_the_one_before_only_in_mid_sentence(
    before: str, after: str, goes_on: bool
) -> None:
    assert line_continues(before, after) is goes_on


def test_no_pause_says_less_where_few_pauses_can_be_heard() -> None:
    clear, noisy = no_pause(([0.0] * 7 + [0.3]) * 50), no_pause(([0.0] * 30 + [0.3]) * 50)
    assert clear < noisy < 0


def test_the_longer_a_sentence_the_likelier_it_ends_up_to_a_limit() -> None:
    assert going_on(5) == 0 < going_on(15) < going_on(40) == going_on(400)
