"""Calls by name: "Travis?", "Yes, Maria.", "What do you think, Maria?". A rule; no labelled set checks it.

With marks, a name is a capitalised word that the transcript never writes small; without marks, the rule
knows only the short phrases that call on somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

CALL_WORDS = 4
"""A call by name alone has at most this many words ("Okay, go ahead, Maria.")."""

ALONE = "name_alone"
"""The rule's name where the sentence is nothing but the call."""

AT_END = "name_at_end"
"""The rule's name where a question ends with the name."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_LEADS = _listed(
    "yes yeah okay ok alright all right go ahead so and um uh oh what about how now then next "
    "thank you thanks hi hey let's hear from mr miss ms mrs sir please good great is it your "
    "turn hmm to"
)
_NO_NAMES = _listed(
    "hm mhmm yay yup yikes oops ooh ah aha shh whoa woah bless amen mmhmm ditto "
    "i i'm i'll i've i'd monday tuesday wednesday thursday friday saturday sunday january "
    "february march april june july august september october november december english spanish "
    "american math mathematics google zoom inaudible unintelligible crosstalk laughter correct "
    "exactly excellent perfect absolutely awesome beautiful wonderful nice good great cool wow "
    "sure sorry ready class everyone everybody anybody anyone somebody guys friends ladies "
    "gentlemen boys girls folks people kids team sir ma'am one two three four five six seven "
    "eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
    "twenty thirty forty fifty sixty seventy eighty ninety hundred thousand zero half halves "
    "third thirds fourth fourths fifth fifths sixth sixths seventh eighth eighths ninth tenth "
    "tenths hundredths first second plus minus times divided equals equal fraction fractions "
    "number numbers numerator denominator positive negative true false agree disagree why what "
    "when where who which how because yes yeah yep no nope not maybe okay ok right alright huh "
    "hmm mhm mm interesting fantastic amazing terrific fabulous brilliant precisely done stop "
    "wait listen look watch see remember think talk turn write read hold again more less bigger "
    "smaller same different here there this that these those it he she they we you them him her "
    "us me mine yours please thanks thank welcome hello morning afternoon goodbye bye today "
    "tomorrow x y z a b c d e f g h n alrighty gotcha bingo perfect super"
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


def written_small(texts: Iterable[str]) -> frozenset[str]:
    """Every word that the texts write with a small first letter somewhere."""
    return frozenset(
        word.replace("’", "'") for text in texts for word in _WORD.findall(text) if word[0].islower()
    )


def is_name(word: str, small: frozenset[str]) -> bool:
    """Whether a written word is somebody's name: a capital, and neither in `small` nor any word we know."""
    bare = word.lower().replace("’", "'").removesuffix("'s")
    return len(bare) > 1 and word[0].isupper() and bare not in small | _LEADS | _NO_NAMES


def call_with_marks(text: str, small: frozenset[str], *, question: bool) -> str | None:
    """The rule by which the sentence calls on somebody, None if it does not."""
    words = _WORD.findall(text)
    if not words:
        return None
    *leads, last = words
    if len(words) > 2 and len(last) == 1 and is_name(words[-2], small):  # "Kyle T"
        *leads, last = words[:-1]
    if not is_name(last, small):
        return None
    if len(words) <= CALL_WORDS and all(word.lower() in _LEADS or is_name(word, small) for word in leads):
        return ALONE
    vocative = re.search(rf",\s*{re.escape(last)}\W*(?:\w\W*)?$", text)
    return AT_END if vocative and question else None


def calls_unmarked(words: Sequence[str]) -> bool:
    """ "go ahead maria", "yes maria": a lead and one word that is none of ours."""
    if not 2 <= len(words) <= CALL_WORDS:
        return False
    *leads, last = words
    return (
        all(word in _LEADS for word in leads)
        and len(last) > 2
        and last.isalpha()
        and last not in _LEADS | _NO_NAMES
    )
