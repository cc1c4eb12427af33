"""Who asks: a share of the questions for each voice, from marks or from the words questions begin with."""

from __future__ import annotations

import numpy as np
import pytest

from coachai.records import Span, Word
from coachai.transcript import Line
from coachai.voices.asking import FEWEST, asked_share

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
    assert asked_share(said(*texts), SPANS, VOICES) == pytest.approx([0.75, 0.25])


def test_where_there_are_marks_the_words_have_no_say() -> None:
    lines = said("I know why.", "Four?", "Five?", "Six?", "Seven?", "What a day.")
    assert asked_share(lines, SPANS, VOICES) == pytest.approx([0.75, 0.25])


def test_a_few_questions_say_nothing() -> None:
    lines = said(*["Why?"] * (FEWEST - 1), "So.", "So.", "So.")
    assert asked_share(lines, SPANS, VOICES) == pytest.approx([0.0, 0.0])
    assert asked_share([], SPANS, VOICES) == pytest.approx([0.0, 0.0])
