"""Word errors as a recogniser makes them, for training and for figures at a known rate."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")


def bare(text: str) -> list[str]:
    """The words of a text without marks or case: "Don’t, Maria?" becomes ["don't", "maria"]."""
    return _WORD.findall(text.lower().replace("’", "'").replace("‘", "'"))


def with_word_errors(
    words: Sequence[str], rate: float, rng: random.Random, vocabulary: Sequence[str]
) -> list[str]:
    """The words with errors at `rate` (0 to 1) of them: in equal parts inserted, deleted and substituted.

    Each word is deleted with probability rate/3, replaced with rate/3, and followed by another with
    rate/3; other words are drawn from `vocabulary`, a list in which each word stands as often as it is
    said. A sentence may lose all its words.
    """
    said: list[str] = []
    for word in words:
        chance = rng.random()
        if chance >= rate / 3:
            said.append(rng.choice(vocabulary) if chance < rate * 2 / 3 else word)
        if rng.random() < rate / 3:
            said.append(rng.choice(vocabulary))
    return said
