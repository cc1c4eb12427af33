"""How likely a sentence begins at a word where there are no marks: wording and pause, added up.

The weights are log-odds in half steps, fitted by a logistic regression on 200 TalkMoves lessons without
their marks (words only: on 148 other lessons P .66, R .33 at 0) and rounded; closed-class and discourse
words only, so that nothing rests on what a lesson is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

BIAS = -2.5
"""About one gap between two words in thirteen ends a sentence."""


def _weights(table: Mapping[float, str]) -> dict[str, float]:
    return {word: weight for weight, words in table.items() for word in words.split()}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


BEGINS = _weights(
    {
        4.0: "okay alright",
        3.5: "oh",
        3.0: "yes hey yeah what's thank ok awesome let's here's",
        2.5: "well i'll that's so remember no nice let i'm sorry",
        2.0: "anybody raise maybe it's we've we'll now we're turn if i how you're um they're there's then",
        1.5: "all wait excellent why everyone everybody when show look he very she i've what we good go give",
        1.0: "uh they don't perfect tell take you any who this see please does but think",
        0.5: "actually there because where my and first",
        -0.5: "your should as in a for are",
        -1.0: "would had were on has is",
        -1.5: "will have be at was with",
        -2.5: "them than to",
        -3.5: "of",
    }
)
"""Weight of the word that would begin the sentence."""

ENDS = _weights(
    {
        2.5: "awesome ready",
        1.5: "job okay good correct sense yes wrong sorry minute right again",
        1.0: "please here today problem great yeah together done",
        0.5: "too thinking there questions question answers down friends",
        -0.5: "why on know guys going that now his",
        -1.0: "see been said every be times not divided any about you their minus equals each with",
        -1.5: "who well um she oh has do did uh think than have from is what were in he had what's",
        -2.0: "says does was some plus at which want for really don't are will they there's should by",
        -2.5: "very like our where could an can my we're let's then",
        -3.0: "of a you're we to as your would or how that's just i'm it's",
        -3.5: "i because the when so",
        -4.0: "but and if",
    }
)
"""Weight of the word that would end the sentence before."""

SHORTEST_PAUSE = 0.12
"""Seconds; anything shorter is no pause."""

PAUSES = ((0.2, 1.0), (0.35, 3.0), (0.6, 4.0), (1.0, 5.0), (float("inf"), 6.5))
"""(pause in seconds under which, weight): a quarter of a second is worth more than any word."""

SENTENCE_WORDS = 9
INNER_PAUSES = 0.03
"""Words a sentence and pauses a word inside sentences: what classroom talk has, roughly."""

PRIOR_WORDS = 60
"""Words of a usual recording that are taken for granted before this one's pauses are counted."""

HIDDEN = (0.15, 0.9)
"""Least and most share of sentence ends without a pause that is believed of a recording."""

LONG_WORDS, LONG_STEP, LONG_MOST = 10, 0.15, 2.0
"""A sentence that goes on: what each word beyond the tenth adds, and at most. Where noise hides the
pauses, words alone would never end one."""

_WH = _set("what how who where when which why what's")
_ASKING = _set("is are was were do does did can could would will should have has")
_SUBJECTS = _set("you we i he she it they that this these there anyone anybody the")
_EMBEDDING = _set(
    "know see tell show is that's about to understand remember figure out explain thinking write me of on "
    "and or at exactly wonder sure guess"
)


def wording(words: Sequence[str], index: int) -> float:
    """Log-odds that a sentence begins at `index` by the words alone; `words` are bare and small."""
    before, here = words[index - 1], words[index]
    after = words[index + 1] if index + 1 < len(words) else ""
    weight = BIAS + BEGINS.get(here, 0.0) + ENDS.get(before, 0.0)
    if here in _WH:
        weight += 1.5 * (after in _ASKING) - 2.0 * (before in _EMBEDDING)
    elif here in _ASKING and after in _SUBJECTS and before not in _WH and before not in _SUBJECTS:
        weight += 2.5
    if here == before:
        weight += 1.0
    return weight


def going_on(count: int) -> float:
    """What a sentence of already `count` words adds to the log-odds that another begins."""
    return min(LONG_STEP * max(count - LONG_WORDS, 0), LONG_MOST)


def pausing(seconds: float, without: float) -> float:
    """What a pause of that many seconds adds to the log-odds; `without` is what no pause adds."""
    if seconds < SHORTEST_PAUSE:
        return without
    return next(weight for under, weight in PAUSES if seconds < under)


def no_pause(pauses: Sequence[float]) -> float:
    """What it adds that there is no pause, judged by all the gaps between words of a recording (s).

    Where noise or a murmur fills the pauses, few are found, and then their absence says little.
    """
    usual = 1 / SENTENCE_WORDS + INNER_PAUSES
    heard = sum(pause >= SHORTEST_PAUSE for pause in pauses)
    found = (heard + usual * PRIOR_WORDS) / (len(pauses) + PRIOR_WORDS)
    hidden = 1 - (found - INNER_PAUSES) * SENTENCE_WORDS
    return log(min(max(hidden, HIDDEN[0]), HIDDEN[1]))
