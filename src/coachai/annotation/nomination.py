"""`nomination`: the teacher calls on somebody by name, alone ("Travis?", "Yes, Maria.") or at the end of
a question ("What do you think, Maria?"). A rule; no labelled set checks it.

With marks, a name is a capitalised word that the transcript never writes small; without marks, the rule
knows only the short phrases that call on somebody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from coachai.annotation.wording import Labels, listed, one, tokens
from coachai.records import Label, Transcript, Utterance

CALL_WORDS = 4
"""A call by name alone has at most this many words ("Okay, go ahead, Maria.")."""

ALONE = "name_alone"
"""The rule's name where the sentence is nothing but the call."""

_LEADS = listed(
    "yes yeah okay ok alright all right go ahead so and um uh oh what about how now then next "
    "thank you thanks hi hey let's hear from mr miss ms mrs sir please good great is it your "
    "turn hmm to"
)
_NO_NAMES = listed(
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


def nomination(transcript: Transcript) -> Labels:
    """The teacher's sentences that call on somebody by name."""
    utterances = transcript.utterances
    marks = transcript.words_from.marks
    small = written_small(utterances) if marks else frozenset()
    found: dict[int, tuple[Label, ...]] = {}
    for index, utterance in enumerate(utterances):
        if utterance.role != "teacher" or not utterance.text:
            continue
        if not marks:
            if _calls_unmarked(utterance, utterances[index + 1 : index + 2]):
                found[index] = one("nomination", 0.5, ALONE)
        elif rule := _call_with_marks(utterance, small):
            found[index] = one("nomination", 0.8, rule)
    return found


def calls_alone(utterance: Utterance) -> bool:
    """Whether the sentence is nothing but a call by name."""
    return any(label.source == f"rule:{ALONE}" for label in utterance.labels)


def written_small(utterances: Sequence[Utterance]) -> frozenset[str]:
    """Every word that the transcript writes with a small first letter somewhere."""
    return frozenset(
        word.replace("’", "'")
        for utterance in utterances
        for word in _WORD.findall(utterance.text)
        if word[0].islower()
    )


def is_name(word: str, small: frozenset[str]) -> bool:
    """Whether a written word is somebody's name: a capital, and neither in `small` nor any word we know."""
    bare = word.lower().replace("’", "'").removesuffix("'s")
    return len(bare) > 1 and word[0].isupper() and bare not in small | _LEADS | _NO_NAMES


def _call_with_marks(utterance: Utterance, small: frozenset[str]) -> str | None:
    """The rule by which the sentence calls on somebody, None if it does not."""
    words = _WORD.findall(utterance.text)
    if not words:
        return None
    *leads, last = words
    if len(words) > 2 and len(last) == 1 and is_name(words[-2], small):  # "Kyle T"
        *leads, last = words[:-1]
    if not is_name(last, small):
        return None
    if len(words) <= CALL_WORDS and all(word.lower() in _LEADS or is_name(word, small) for word in leads):
        return ALONE
    vocative = re.search(rf",\s*{re.escape(last)}\W*(?:\w\W*)?$", utterance.text)
    return "name_at_end" if vocative and utterance.has("question") else None


def _calls_unmarked(utterance: Utterance, after: Sequence[Utterance]) -> bool:
    """ "go ahead maria", "yes maria" before a student speaks: a lead and one word that is none of ours."""
    words = tokens(utterance.text)
    if not 2 <= len(words) <= CALL_WORDS or not (after and after[0].role == "student"):
        return False
    *leads, last = words
    return (
        all(word in _LEADS for word in leads)
        and len(last) > 2
        and last.isalpha()
        and last not in _LEADS | _NO_NAMES
    )
