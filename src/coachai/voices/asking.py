"""Who asks and who calls on somebody by name: both tell who teaches better than any sound."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coachai.calling import call_with_marks, calls_unmarked, written_small
from coachai.records import Span, Word
from coachai.transcript import Line
from coachai.voices.projection import Array

FEWEST = 4
"""Questions, or calls by name, below which their share says nothing."""

_ASKED = re.compile(r"\?[!?.]*[\"'”’)\]]*$")
_ENDED = re.compile(r"[.!?…][\"'”’)\]]*$")
_ASKS = frozenset(["what", "why", "how", "who", "which", "what's", "who's", "how's"])
_TURNED = frozenset(["do", "did", "does", "can", "could", "would", "will", "is", "are"])
_TO_WHOM = frozenset(["you", "anyone", "anybody", "everyone", "everybody", "we", "it", "that"])
_PAUSE = 0.6  # seconds between words that end a phrase where there are no marks
_PLAIN = re.compile(r"[^\w']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Shares (k,) of the questions and of the calls by name that each voice speaks, which sum to 1.

    None where there are fewer than FEWEST of them, or no words.
    """

    asks: Array | None
    calls: Array | None


UNHEARD = Spoken(asks=None, calls=None)
"""Where there are no words."""


def spoken(lines: Sequence[Line], spans: Sequence[Span], chances: Array) -> Spoken:
    """Who asks and who calls, from the words of `lines`.

    Questions are the question marks, or where there are none the words they begin with ("what", "do you"):
    rough, but nobody needs to know which question was one. Calls are short ("Yes, Maria.") or end a question.
    `spans` (m, sorted by start) are pieces of sound, `chances` (m, k) that each is each voice.
    """
    words = [word for line in lines for word in line.words]
    asked = [word for word in words if _ASKED.search(word.text)] or _openers(words)
    return Spoken(asks=_shares(asked, spans, chances), calls=_shares(_calls(lines, words), spans, chances))


def _shares(words: Sequence[Word], spans: Sequence[Span], chances: Array) -> Array | None:
    """Whose the words are (k,), as shares; None where they are too few."""
    if len(words) < FEWEST or not spans:
        return None
    starts = [span.start for span in spans]
    places = [max(0, bisect_right(starts, (word.start + word.end) / 2) - 1) for word in words]
    share: Array = chances[places].mean(axis=0)
    return share


def _openers(words: Sequence[Word]) -> list[Word]:
    texts = [word.text.casefold() for word in words]
    return [
        word
        for k, (word, text) in enumerate(zip(words, texts, strict=True))
        if text in _ASKS or (text in _TURNED and texts[k + 1 : k + 2] and texts[k + 1] in _TO_WHOM)
    ]


def _calls(lines: Sequence[Line], words: Sequence[Word]) -> list[Word]:
    """The names that somebody is called by: the last words of calls."""
    marks = any(_ENDED.search(word.text) for word in words)
    small = written_small(word.text for word in words) if marks else frozenset()
    found = []
    for phrase in _phrases(lines, marks=marks):
        text = " ".join(word.text for word in phrase)
        if marks:
            called = call_with_marks(text, small, question=bool(_ASKED.search(text))) is not None
        else:
            called = calls_unmarked([_PLAIN.sub("", word.text).casefold() for word in phrase])
        if called:
            found.append(phrase[-1])
    return found


def _phrases(lines: Sequence[Line], *, marks: bool) -> Iterator[list[Word]]:
    """Words up to a mark that ends a sentence, or up to a pause where there are no marks."""
    phrase: list[Word] = []
    for line in lines:
        for word in line.words:
            if phrase and not marks and word.start - phrase[-1].end > _PAUSE:
                yield phrase
                phrase = []
            phrase.append(word)
            if marks and _ENDED.search(word.text):
                yield phrase
                phrase = []
        if marks and phrase and line.speaker is not None:  # a line with a name is one speaker's
            yield phrase
            phrase = []
    if phrase:
        yield phrase
