"""The forms of words that labels are checked in, from the easiest to the hardest."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from word_errors import bare, with_word_errors

SEED = 0

ERRORS: Mapping[str, float | None] = {"marked": None, "bare": 0.0, "wer20": 0.20, "wer35": 0.35}
"""Forms and their rate of word errors; None: as it was typed, with marks and case."""

FORMS = tuple(ERRORS)


def written(texts: Sequence[Sequence[str]], form: str) -> list[list[str]]:
    """The texts (sentences of lessons) as a source of words of that form gives them.

    A sentence, what stands before it and what stands after it have the same form. Words that stand in for
    others are drawn from all these texts, each as often as it is said; seed 0, in the order of the texts.
    """
    rate = ERRORS[form]
    if rate is None:
        return [list(each) for each in texts]
    words = [[bare(text) for text in each] for each in texts]
    if not rate:
        return [[" ".join(said) for said in each] for each in words]
    rng, vocabulary = random.Random(SEED), [word for each in words for said in each for word in said]
    return [[" ".join(with_word_errors(said, rate, rng, vocabulary)) for said in each] for each in words]
