"""Who asks: question marks, or the words questions begin with, tell who teaches better than any sound."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from coachai.records import Span, Word
from coachai.transcript import Line
from coachai.voices.projection import Array

FEWEST = 4
"""Questions below which their share says nothing."""

_ASKED = re.compile(r"\?[!?.]*[\"'”’)\]]*$")
_ASKS = frozenset(["what", "why", "how", "who", "which", "what's", "who's", "how's"])
_TURNED = frozenset(["do", "did", "does", "can", "could", "would", "will", "is", "are"])
_TO_WHOM = frozenset(["you", "anyone", "anybody", "everyone", "everybody", "we", "it", "that"])


def asked_share(lines: Sequence[Line], spans: Sequence[Span], chances: Array) -> Array:
    """Share of the questions that each voice asks (k,); zeros where there are fewer than FEWEST.

    Questions are the question marks of the lines, or where there are none the words they begin with
    ("what", "do you"): rough, but nobody needs to know which question was one. `spans` (m, sorted by start)
    are pieces of sound, `chances` (m, k) that each is each voice.
    """
    starts = [span.start for span in spans]
    share: Array = np.zeros(chances.shape[1])
    words = [word for line in lines for word in line.words]
    asked = [word for word in words if _ASKED.search(word.text)] or _openers(words)
    if len(asked) < FEWEST or not starts:
        return share
    for word in asked:
        share += chances[max(0, bisect_right(starts, (word.start + word.end) / 2) - 1)]
    return share / len(asked)


def _openers(words: Sequence[Word]) -> list[Word]:
    texts = [word.text.casefold() for word in words]
    return [
        word
        for k, (word, text) in enumerate(zip(words, texts, strict=True))
        if text in _ASKS or (text in _TURNED and texts[k + 1 : k + 2] and texts[k + 1] in _TO_WHOM)
    ]
