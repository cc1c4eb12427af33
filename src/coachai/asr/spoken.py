"""What written words say about time: how long a word takes to speak, and where a speaker may pause."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SENTENCE, COMMA, INSIDE, LIKELY, OPEN, UNLIKELY = range(6)
"""Kinds of place between two words. The first three are told by marks (punctuation), or by a change of
speaker; the last three are all that the wording tells where a text has no marks."""

PAUSE_KINDS = (0.9, 0.6, 0.06, 0.45, 0.15, 0.03)
"""How often a pause falls in each kind of place, before anything is known of the recording."""

_WORD_SECONDS, _SYLLABLE_SECONDS, _LETTER_SECONDS = 0.031, 0.048, 0.038
"""Least squares over 900 composed utterances (mean error 0.17 s an utterance, rates fitted apart)."""

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SYMBOLS = {"+": 1, "=": 2, "×": 1, "÷": 3, "%": 2, "$": 2, "/": 1, "<": 2, ">": 2, "&": 1, "°": 2}
_LETTERS_PER_SYLLABLE = 2.7

_ENDS = re.compile(r"(?:[.?!…]|--)[\"'”’)\]]*$")
_PAUSES = re.compile(r"[,;:—–-][\"'”’)\]]*$")
_LEAD_ON = """a an the of to and or but if my your his our their its is are was were i i'm i'll we we're they
he she in on at for with from by into than because so very every you're it's that's let's can could would
will what's there's"""
_BEGIN = """so okay ok now what how why who where when can could do does did yes no yeah right all let's
alright well because i you um and but is are if good"""
_LEADS_ON, _BEGINS = frozenset(_LEAD_ON.split()), frozenset(_BEGIN.split())


def spoken_seconds(text: str) -> float:
    """About how long a written word takes to say at an even pace; more than 0 for any text."""
    letters = syllables = 0.0
    for number in _NUMBER.findall(text):
        syllables += _number_syllables(number.replace(",", ""))
    letters += syllables * _LETTERS_PER_SYLLABLE
    spelled = sum(_SYMBOLS.get(mark, 0) for mark in text)
    syllables, letters = syllables + spelled, letters + spelled * _LETTERS_PER_SYLLABLE
    for part in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text):
        syllables += _syllables(part.lower())
        letters += len(part.replace("'", "").replace("’", ""))
    return _WORD_SECONDS + _SYLLABLE_SECONDS * syllables + _LETTER_SECONDS * letters


def pause_kinds(texts: Sequence[str], speakers: Sequence[str | None], *, marks: bool) -> NDArray[np.int64]:
    """The kind of each place between words, shape (words + 1,): place k stands before word k.

    A change of speaker ends a sentence whatever the marks say; so do the beginning and the end.
    """
    kinds = np.full(len(texts) + 1, SENTENCE)
    for k in range(1, len(texts)):
        if speakers[k] == speakers[k - 1]:
            kinds[k] = _marked(texts[k - 1]) if marks else _worded(texts[k - 1], texts[k])
    return kinds


def is_marked(texts: Sequence[str]) -> bool:
    """Whether the words carry punctuation: at least one in 40 ends a sentence (speech: one in 10)."""
    return sum(bool(re.search(r"[.?!…]", text)) for text in texts) * 40 >= max(len(texts), 1)


def ends_sentence(text: str) -> bool:
    """Whether a word carries the mark that ends a sentence."""
    return bool(_ENDS.search(text))


def _marked(before: str) -> int:
    if ends_sentence(before):
        return SENTENCE
    return COMMA if _PAUSES.search(before) else INSIDE


def _worded(before: str, after: str) -> int:
    if before.lower() in _LEADS_ON:
        return UNLIKELY
    return LIKELY if after.lower() in _BEGINS else OPEN


def _syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouyà-öø-ÿ]+", word))
    silent = (word.endswith("e") and not word.endswith("le")) or bool(re.search(r"[^td]ed$", word))
    return max(1, groups - (silent and groups > 1))


def _number_syllables(number: str) -> int:
    """Syllables of a number as English says it; long ones digit by digit."""
    whole, _, decimals = number.partition(".")
    ones = (2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 2, 2, 2, 2, 3, 2, 2)
    after = 1 + sum(ones[int(digit)] for digit in decimals) if decimals else 0
    if len(whole) > 6:
        return after + sum(ones[int(digit)] for digit in whole)
    value, said = int(whole), 0
    if value >= 1000:
        said, value = _number_syllables(str(value // 1000)) + 2, value % 1000
    if value >= 100:
        said, value = said + ones[value // 100] + 2, value % 100
    if value >= 20:
        said, value = said + (3 if value // 10 == 7 else 2), value % 10
    if value or not said:
        said += ones[value]
    return said + after
