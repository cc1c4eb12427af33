"""`question`: the sentence asks. `tag`: a question of at most two words that only checks ("okay?")."""

from __future__ import annotations

import math
import re

from coachai.annotation.asking import asking
from coachai.annotation.wording import Labels, answered, listed, tokens
from coachai.records import Label, Transcript

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
    """With marks, a final question mark and nothing else; without marks, the wording (`asking`).

    The probability without marks is the one the log-odds stand for. A longer pause after the sentence is
    deliberately no cue: it would choose questions by their wait.
    """
    found: dict[int, tuple[Label, ...]] = {}
    marks = transcript.words_from.marks
    replied = answered(transcript.utterances, ANSWER_WITHIN)
    for index, utterance in enumerate(transcript.utterances):
        words = tokens(utterance.text)
        if not words:
            continue
        if marks:
            if not _FINAL_MARK.search(utterance.text):
                continue
            asks = Label(name="question", probability=MARK_PRECISION, source="rule:question_mark")
        else:
            odds = asking(words, answered=replied[index] and utterance.role == "teacher")
            if odds < 0:
                continue
            probability = round(1 / (1 + math.exp(-odds)), 2)
            asks = Label(name="question", probability=min(probability, 0.95), source="rule:question_words")
        found[index] = (asks,)
        if len(words) <= TAG_WORDS and "_".join(words) in TAGS:
            found[index] = (asks, Label(name="tag", probability=0.95, source="rule:tag"))
    return found
