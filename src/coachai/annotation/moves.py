"""What a teacher does with a student's words: `press_for_reasoning`, `restating`, `revoicing`, `uptake`;
and `reasoning`, what a student does with their own.

Where a model has read the sentences, only `restating` is a rule's; the rest are the model's to find.
Definitions follow the TalkMoves coding manual (Suresh et al. 2022) and Demszky et al. 2021; the rules'
agreement with them is printed by `benchmarks/annotation.py`.
"""

from __future__ import annotations

from coachai.annotation.wording import (
    ACKNOWLEDGEMENTS,
    Labels,
    Reply,
    joined,
    one,
    phrases,
    replies,
    tokens,
)
from coachai.content_words import content
from coachai.readings import RESTATED, TEACHER_MOVES, exchanges_are_read, sentences_are_read
from coachai.records import Label, Transcript, Utterance

RESTATED_SENTENCES = 3
"""Student sentences back from the teacher's turn in which restated words may stand."""

REVOICED_SHARE = 0.3
"""Share of a sentence's content words that stand in the student's turn, from which it revoices; chosen on
TalkMoves lessons (at .5, the figure of earlier rules, it finds too few)."""

UPTAKE_STUDENT_WORDS = 5
"""A student turn shorter than this gives nothing to take up (Demszky et al. 2021)."""

UPTAKE_SENTENCES = 5
"""Sentences into the teacher's turn after which shared words are more likely the lesson's subject."""

UPTAKE_SHARED = 2
"""Content words of the student's that one sentence takes up; counted within a sentence, so that talking
longer is not taking up more."""

REASONING_WORDS = 8
"""A student sentence shorter than this is a claim, not a reason (edu-convokit's limit)."""

_PRESS = phrases(
    r"""
    why
    how come
    (?:explain|prove|justify|convince|reason|reasoning|evidence)
    how {do} {you}
    how (?:does|is) (?:that|it|this)
    how (?:you|he|she|they) (?:got|did|know|knew|figured|solved)
    how'd you
    what (?:makes|made) (?:you|it|that)
    what (?:do you mean|did you do)
    what (?:were|are|was|is) your? (?:thinking|thought)
    what were you thinking
    what's your (?:reason|reasoning|thinking|evidence|strategy)
    (?:walk|talk) (?:me|us) through
    tell (?:me|us) (?:how|why|more|about|what you)
    describe how
    where did you get
    """,
    do="do|did|can|could|would",
    you="you|we|he|she|they|i|your",
)
_NO_PRESS = phrases(
    """
    why don't (?:you|we)
    (?:that's|this is|which is) why
    the reason
    """
)
_ORDERS = phrases(
    r"^(?:(?!i |i'll |i'm |we |he |she |they )\S+ ){0,3}?{order}",
    order="explain|tell|show|prove|justify|convince|describe|walk|talk|say",
)
_REASON = phrases(
    """
    (?:because|cause|if|so|first|since|therefore|then|that's why|means)
    (?:equals|times|divided|plus|minus)
    i (?:did|added|multiplied|divided|subtracted|put|took|got|knew|counted|used|thought)
    you (?:have to|can|could|would|need|add|multiply|divide|subtract|do)
    """
)


def moves(transcript: Transcript) -> Labels:
    """The teacher's talk moves; restating, revoicing and uptake need words of a student's just before."""
    found: dict[int, tuple[Label, ...]] = {}
    taken_from = replies(transcript.utterances)
    read = sentences_are_read(transcript.utterances)
    exchanges = exchanges_are_read(transcript.utterances)
    for index, utterance in enumerate(transcript.utterances):
        if utterance.role != "teacher" or not utterance.text:
            continue
        labels: tuple[Label, ...] = ()
        told = any(map(utterance.has, TEACHER_MOVES))  # a sentence makes one move, and a person said which
        if not (read or told) and presses(utterance):
            labels += one("press_for_reasoning", 0.4, "press_words")
        reply = taken_from.get(index)
        if reply is not None:
            if not told and restates(utterance, reply):
                labels += one("restating", RESTATED, "same_words")
            elif not (read or told) and revoices(utterance, reply):
                labels += one("revoicing", 0.65, "shared_words")
            if not exchanges and takes_up(utterance, reply):
                labels += one("uptake", 0.6, "shared_words")
        if labels:
            found[index] = labels
    return found


def presses(utterance: Utterance) -> bool:
    """Asks for a reason or a way, in a question or an order: finds most, and some that ask for steps only."""
    said = joined(tokens(utterance.text))
    if not _PRESS.search(said) or _NO_PRESS.search(said):
        return False
    return utterance.has("question") or bool(_ORDERS.search(said))


def restates(utterance: Utterance, reply: Reply) -> bool:
    """Repeats the student's words in their order and adds nothing; "yes", "okay" repeat nothing."""
    words = tokens(utterance.text)
    if utterance.has("question") or ACKNOWLEDGEMENTS.issuperset(words):
        return False
    heard = " | ".join(" ".join(sentence) for sentence in reply.student[-RESTATED_SENTENCES:])
    return joined(words) in f" {heard} "


def revoices(utterance: Utterance, reply: Reply) -> bool:
    """The first sentence of the teacher's turn says part of what the student said, and changes or adds."""
    words = tokens(utterance.text)
    mine = content(words)
    if utterance.has("question") or reply.place > 1 or len(words) < 2 or not mine:
        return False
    heard = set(reply.student_words)
    return sum(word in heard for word in mine) / len(mine) >= REVOICED_SHARE


def takes_up(utterance: Utterance, reply: Reply) -> bool:
    """Builds on a student turn of some length: shares its content words and does not only repeat it."""
    if len(reply.student_words) < UPTAKE_STUDENT_WORDS or reply.place > UPTAKE_SENTENCES:
        return False
    if restates(utterance, reply):
        return False
    shared = set(content(tokens(utterance.text))) & set(content(reply.student_words))
    return len(shared) >= UPTAKE_SHARED


def reasoning(transcript: Transcript) -> Labels:
    """Students' sentences that give a reason or a way: a connective or a step, in enough words."""
    found: dict[int, tuple[Label, ...]] = {}
    if sentences_are_read(transcript.utterances):
        return found
    for index, utterance in enumerate(transcript.utterances):
        words = tokens(utterance.text)
        if utterance.role == "student" and len(words) >= REASONING_WORDS and _REASON.search(joined(words)):
            found[index] = one("reasoning", 0.6, "reason_words")
    return found
