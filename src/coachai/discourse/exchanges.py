"""Where a teacher's turn answers a student's: the pairs in which uptake and focusing are read. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from coachai.content_words import content
from coachai.discourse.windows import bare
from coachai.records import Utterance
from coachai.turns import WORK_TIME_GAP

STUDENT_WORDS = 5
"""A student turn with fewer words gives nothing to take up (Demszky et al. 2021)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """`teacher` is the index of the first utterance of the teacher's turn; `said` is all that the student
    says in the turn before, and all that the teacher says."""

    teacher: int
    said: tuple[str, str]


def words_taken_up(student: str, teacher: str) -> float:
    """The square root of the number of different content words of the student that the teacher says too.

    A network of this size hardly sees that a word comes back; raters do (shared words alone agree with them
    nearly as well as sentence embeddings: Demszky et al. 2021, and `models/discourse/README.md`).
    """
    return math.sqrt(len(set(content(bare(student))) & set(content(bare(teacher)))))


def exchanges(utterances: Sequence[Utterance]) -> list[Exchange]:
    """The exchanges of a lesson: a student's turn of five words or more, and the teacher's that follows it.

    A turn is one voice's utterances with words. What nobody understood, an unknown voice and a silence of
    more than 20 seconds end a turn and what it answers; wordless sounds of the teacher's do not.
    """
    found = []
    turns = _turns(utterances)
    for before, after in pairwise(turns):
        student = " ".join(utterances[k].text for k in before)
        answers = before and after and utterances[before[0]].role == "student"
        if answers and utterances[after[0]].role == "teacher" and len(bare(student)) >= STUDENT_WORDS:
            teacher = " ".join(utterances[k].text for k in after)
            found.append(Exchange(teacher=after[0], said=(student, teacher)))
    return found


def _turns(utterances: Sequence[Utterance]) -> list[list[int]]:
    """Indices of utterances turn by turn; an empty turn stands where nothing answers what was before."""
    turns: list[list[int]] = [[]]
    for k, each in enumerate(utterances):
        if not each.text and each.role == "teacher":
            continue
        if not each.text or each.role == "unknown":
            turns.append([])
            continue
        last = utterances[turns[-1][-1]] if turns[-1] else None
        if last is not None and each.start - last.end > WORK_TIME_GAP:
            turns.append([])
            last = None
        if last is None or (last.role, last.speaker) != (each.role, each.speaker):
            turns.append([])
        turns[-1].append(k)
    return turns
