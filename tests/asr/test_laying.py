"""Words with rough times find their place on the speech of the waveform."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.asr.laying import RoughWord, lay
from coachai.asr.spoken import spoken_seconds
from coachai.records import Span

SENTENCES = (
    "What do you notice about these two fractions?",
    "They have the same denominator.",
    "How do you know?",
    "Because it says eight at the bottom.",
    "Good, and which of them is bigger?",
    "Five eighths.",
    "So if I add one more eighth, what do I get?",
    "Six eighths, and that is three fourths.",
    "Okay.",
    "Now turn to your partner and say why that works.",
)


def silent(_: float) -> None:
    """Progress nobody watches."""


def spans(*pairs: tuple[float, float]) -> list[Span]:
    return [Span(start=start, end=end) for start, end in pairs]


def cue(text: str, start: float, end: float, number: int, speaker: str | None = None) -> list[RoughWord]:
    return [RoughWord(text=t, cue=number, start=start, end=end, speaker=speaker) for t in text.split()]


def lesson(seed: int, off: float, late: float = 0.0) -> tuple[list[RoughWord], list[Span], list[Span]]:
    """Words of cues that are up to `off` seconds wrong (and `late`), the speech, each sentence's span."""
    chance = random.Random(seed)
    clock, words, true = 2.0, [], []
    for number, text in enumerate(SENTENCES * 4):
        length = 0.1 + 1.15 * sum(map(spoken_seconds, text.split())) * chance.uniform(0.9, 1.1)
        true.append(Span(start=clock, end=clock + length))
        start = max(0.0, clock + late + chance.uniform(-off, off))
        end = max(start + 0.2, clock + length + late + chance.uniform(-off, off))
        words += cue(text, start, end, number, "T" if number % 2 == 0 else "S")
        clock += length + chance.choice([0.3, 0.6, 1.0, 2.5])
    return words, true, true


def ends_of_sentences(words: list[RoughWord], laid: list[Span]) -> list[float]:
    return [laid[k].end for k in range(len(words)) if k + 1 == len(words) or words[k + 1].cue != words[k].cue]


def test_sentence_ends_snap_to_the_ends_of_speech():
    for seed in range(3):
        words, speech, true = lesson(seed, off=0.5)
        ends = ends_of_sentences(words, lay(words, speech, silent))
        off = np.abs(np.array(ends) - [each.end for each in true])
        assert np.mean(off < 1e-6) >= 0.97


def test_captions_that_are_all_late_are_laid_all_the_same():
    words, speech, true = lesson(7, off=0.3, late=0.7)
    ends = ends_of_sentences(words, lay(words, speech, silent))
    assert np.mean(np.abs(np.array(ends) - [each.end for each in true]) < 1e-6) >= 0.9


def test_a_wait_inside_a_caption_is_found():
    """A video site's cue: the question, five seconds of nothing, the answer, as one line."""
    speech = spans((1.0, 3.4), (8.4, 9.3), (9.9, 11.5))
    words = cue("so what is half of one fourth", 0.8, 3.5, 0)
    words += cue("of a pizza one eighth", 3.0, 9.4, 1)
    words += cue("very good how did you get that", 9.7, 11.6, 2)
    speech[0] = Span(start=1.0, end=4.0)
    laid = lay(words, speech, silent)
    by_text = {word.text: span for word, span in zip(words, laid, strict=True)}
    assert by_text["pizza"].end == 4.0
    assert by_text["eighth"].end == 9.3
    assert by_text["very"].start == 9.9


def test_speech_that_no_caption_covers_stays_without_words():
    speech = spans((1.0, 3.0), (4.0, 5.5), (12.0, 14.0))
    words = cue("What do you notice about the fractions here?", 1.0, 3.0, 0, "T")
    words += cue("I see. So they have the same bottom number?", 12.0, 14.0, 1, "T")
    laid = lay(words, speech, silent)
    assert all(span.end <= 3.0 or span.start >= 12.0 for span in laid)


def test_a_short_answer_keeps_its_own_region():
    speech = spans((1.0, 3.0), (4.5, 4.9), (5.6, 7.6))
    words = cue("How many times does two go into eight?", 1.2, 3.4, 0, "T")
    words += cue("Four.", 4.1, 4.4, 1, "S")
    words += cue("Four, so what is the new numerator?", 5.9, 7.3, 2, "T")
    laid = lay(words, speech, silent)
    assert [span for word, span in zip(words, laid, strict=True) if word.cue == 1] == spans((4.5, 4.9))


def test_the_work_can_be_stopped():
    words, speech, _ = lesson(1, off=0.5)

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    try:
        lay(words, speech, stop)
    except KeyboardInterrupt:
        return
    raise AssertionError("the interrupt was swallowed")


def test_no_words_are_no_trouble():
    assert lay([], spans((0.0, 1.0)), silent) == []


regions = st.lists(st.tuples(st.floats(0.1, 4), st.floats(0.12, 3)), min_size=1, max_size=12)
cues = st.lists(
    st.tuples(st.floats(0, 30), st.floats(0.01, 40), st.integers(1, 12), st.booleans()),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60)
@given(regions, cues)
def test_every_word_lies_in_speech_and_in_order(lengths, rough):
    clock, speech = 0.0, []
    for length, gap in lengths:
        speech.append(Span(start=clock, end=clock + length))
        clock += length + gap
    words: list[RoughWord] = []
    for number, (start, length, count, named) in enumerate(sorted(rough)):
        words += cue("so 3/4 is " + "more " * count, start, start + length, number, "A" if named else None)
    laid = lay(words, speech, silent)
    assert len(laid) == len(words)
    for before, after in pairwise(laid):
        assert before.end <= after.start + 1e-9
    for span in laid:
        assert any(each.start - 1e-9 <= span.start and span.end <= each.end + 1e-9 for each in speech)


@given(st.text(max_size=30))
def test_any_text_takes_time_to_say(text):
    assert 0 < spoken_seconds(text) < 60
