"""What written words say about time: how long a word takes to speak, and where a speaker may pause."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SENTENCE, COMMA, INSIDE, WORDED = range(4)
"""Kinds of place between two words. The first three are told by marks (punctuation) or by a change of
speaker. From WORDED on there are no marks, and the wording makes a new sentence ever more likely."""

_ODDS_STEPS = (-4.0, -2.5, -1.0, 0.5, 2.0)
"""Log-odds of a new sentence that part the kinds from WORDED on."""

PAUSED = (0.9, 0.6, 0.06, 0.04, 0.07, 0.16, 0.38, 0.66, 0.85)
"""How often a pause falls in each kind of place, before anything is known of the recording."""

LONG_PAUSE = (0.0, 0.3, 0.8, 0.8, 0.6, 0.4, 0.2, 0.0, 0.0)
"""Extra cost (minus log of a probability) of each second of a pause in each kind of place."""

_WORD_SECONDS, _SYLLABLE_SECONDS, _LETTER_SECONDS = 0.031, 0.048, 0.038
"""Least squares over 900 composed utterances (mean error 0.17 s an utterance, rates fitted apart)."""

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SYMBOLS = {"+": 1, "=": 2, "×": 1, "÷": 3, "%": 2, "$": 2, "/": 1, "<": 2, ">": 2, "&": 1, "°": 2}
_LETTERS_PER_SYLLABLE = 2.7

_ENDS = re.compile(r"(?:[.?!…]|--)[\"'”’)\]]*$")
_PAUSES = re.compile(r"[,;:—–-][\"'”’)\]]*$")
# How words begin and end sentences: log-odds counted over 206,000 sentences of transcribed lessons, in
# steps. Only common words of any lesson are named; all others take `_OTHER_...`.
_BEGIN_STEPS = {
    3.6: "alright yes yeah okay oh ok thank awesome wow hello",
    2.1: "no well so wait what's um nice hold here's i'll that's let's uh sorry maybe hi",
    0.6: """all now let i'm why who how it's i've does i what remember but anybody if good we'll there's we're
        because we've they're everybody everyone when she you're he great very please and where which can do
        did is are you we they""",
    -0.8: "my it the a in for that not this one some these also there to",
    -2.8: """of than had been be have into about out up them us me said know mean going gonna thing many away
        off through way far lot bit else ahead want need get doing getting down back other same each""",
}
_END_STEPS = {
    1.9: """awesome yes yet okay correct yeah again right minute wrong sorry today together here ready too
        good no please done ok alright class exactly job sense""",
    -0.9: """over on do did be use take get go try made not what than says about need then like is with was by
        from have got had really also all""",
    -2.1: """to of for and but or a in at as are were can could will should might may been has does don't
        didn't can't so just because some any every each another other which who where only still always his
        her he she they you""",
    -3.4: """the my your our their i we i'm i'll i've you're we're they're it's that's there's what's let's
        here's when if how let keep give pretty would gonna an able we've we'll you've thank very""",
}
_BEGINS = {word: odds for odds, words in _BEGIN_STEPS.items() for word in words.split()}
_FINISHES = {word: odds for odds, words in _END_STEPS.items() for word in words.split()}
_ANY_PLACE, _OTHER_BEGINS, _OTHER_FINISHES = -1.9, -0.6, 0.5


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
    begins = _BEGINS.get(after.lower().replace("’", "'"), _OTHER_BEGINS)
    finishes = _FINISHES.get(before.lower().replace("’", "'"), _OTHER_FINISHES)
    return WORDED + bisect(_ODDS_STEPS, _ANY_PLACE + begins + finishes)


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
