"""`question`: the sentence asks. `tag`: a question of at most two words that only checks ("okay?")."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from coachai.annotation.asking import asking
from coachai.annotation.wording import Labels, answered, listed, taken_away, tokens
from coachai.readings import asks, reading, sentences_are_read
from coachai.records import Label, Transcript, Utterance

TAG_WORDS = 2
"""A tag question has at most two words; the TalkMoves manual leaves "Okay?", "Right?" alone uncoded."""

TAGS = listed(
    "okay ok right alright all_right yes yeah yep no huh correct good agreed clear understand "
    "understood ready got_it get_it gotcha makes_sense make_sense you_know you_see see_that "
    "see_it see with_me isn't_it is_it am_i we_good all_good you_good all_set you_ready "
    "okay_ready okay_guys right_guys yeah_okay yes_no okay_everybody everybody_okay "
    "everybody_ready"
)
"""The words of a tag, joined by "_", as one reads them in classroom transcripts."""

ANSWER_WITHIN = 10.0
"""Seconds within which a student's speech counts as the answer that tells a question."""

MARK_PRECISION = 0.97
"""How often a question mark stands at a question where people or a good recogniser wrote it."""

_FINAL_MARK = re.compile(r"\?[?!.…]*[\"'”’)\]]*$")


def questions(transcript: Transcript) -> Labels:
    """With marks, a final question mark and nothing else; without, the model's reading or the wording.

    The probability by wording (`asking`) is the one its log-odds stand for. A longer pause after the
    sentence is deliberately no cue: it would choose questions by their wait.
    """
    found: dict[int, tuple[Label, ...]] = {}
    utterances = transcript.utterances
    replied = answered(utterances, ANSWER_WITHIN)
    read = sentences_are_read(utterances)
    for index, utterance in enumerate(utterances):
        words = tokens(utterance.text)
        if not words:
            continue
        if transcript.words_from.marks:
            asked = _by_mark(utterance)
        elif read:
            asked = _by_reading(utterance)
        else:
            asked = _by_words(words, answered=replied[index] and utterance.role == "teacher")
        if asked is None or taken_away(utterance, "question"):
            continue
        found[index] = (asked,)
        if len(words) <= TAG_WORDS and "_".join(words) in TAGS:
            found[index] = (asked, Label(name="tag", probability=0.95, source="rule:tag"))
    return found


def _by_mark(utterance: Utterance) -> Label | None:
    if not _FINAL_MARK.search(utterance.text):
        return None
    return Label(name="question", probability=MARK_PRECISION, source="rule:question_mark")


def _by_reading(utterance: Utterance) -> Label | None:
    read = reading(utterance, "question")
    return read if read is not None and asks(read.probability) else None


def _by_words(words: Sequence[str], *, answered: bool) -> Label | None:
    odds = asking(words, answered=answered)
    if odds < 0:
        return None
    probability = round(1 / (1 + math.exp(-odds)), 2)
    return Label(name="question", probability=min(probability, 0.95), source="rule:question_words")
