"""Who asks and who calls: shares for each voice, from marks or from the words that questions begin with."""

from __future__ import annotations

import numpy as np
import pytest

from coachai.records import Span, Word
from coachai.transcript import Line
from coachai.voices.asking import FEWEST, UNHEARD, spoken

SPANS = [Span(start=10.0 * k, end=10.0 * k + 8.0) for k in range(6)]
VOICES = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])


def said(*texts: str) -> list[Line]:
    """One line in each span, its words spread over it."""
    lines = []
    for span, text in zip(SPANS, texts, strict=False):
        words = text.split()
        step = span.duration / len(words)
        lines.append(
            Line(
                start=span.start,
                end=span.end,
                words=tuple(
                    Word(start=span.start + k * step, end=span.start + (k + 1) * step, text=word)
                    for k, word in enumerate(words)
                ),
            )
        )
    return lines


@pytest.mark.parametrize(
    "texts",
    [
        ("Why is that?", "Who agrees?", "What, then?", "Go on.", "Because.", "Is it four?"),
        ("why not here", "who agrees", "can anyone say more", "go on", "because", "what is four"),
    ],
    ids=["marks", "words"],
)
def test_each_voice_gets_its_share_of_the_questions(texts: tuple[str, ...]) -> None:
    assert spoken(said(*texts), SPANS, VOICES).asks == pytest.approx([0.75, 0.25])


def test_where_there_are_marks_the_words_have_no_say() -> None:
    lines = said("I know why.", "Four?", "Five?", "Six?", "Seven?", "What a day.")
    assert spoken(lines, SPANS, VOICES).asks == pytest.approx([0.75, 0.25])


def test_a_few_questions_say_nothing() -> None:
    lines = said(*["Why?"] * (FEWEST - 1), "So.", "So.", "So.")
    assert spoken(lines, SPANS, VOICES).asks is None
    assert spoken([], SPANS, VOICES) == UNHEARD


@pytest.mark.parametrize(
    "texts",
    [
        ("Travis?", "Yes, Maria.", "Go ahead, Leo.", "It is four.", "Thank you, Ana.", "So it is."),
        ("okay travis", "yes maria", "go ahead leo", "it is four", "thank you ana", "so it is"),
    ],
    ids=["marks", "words"],
)
def test_who_calls_on_others_by_name(texts: tuple[str, ...]) -> None:
    assert spoken(said(*texts), SPANS, VOICES).calls == pytest.approx([0.75, 0.25])


def test_a_name_at_the_end_of_a_question_is_a_call_and_a_capital_that_is_also_written_small_is_none() -> None:
    lines = said(
        "What do you think, Maria?",
        "Why, Leo?",
        "Because two rulers.",
        "Rulers.",
        "Rulers?",
        "Can it be, Ana?",
    )
    assert spoken(lines, SPANS, VOICES).calls is None  # three calls: too few to say anything
    more = said("What is it, Maria?", "Why, Leo?", "Ana?", "Rulers.", "Two rulers?", "Can it be, Ana?")
    assert spoken(more, SPANS, VOICES).calls == pytest.approx([0.75, 0.25])
