"""Where a model fails: teachers' sentences that it misread, by kind of mistake. No student is quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from corpora import Said
from numpy.typing import NDArray
from sentences import Coded, Read
from word_errors import bare

from coachai.content_words import content

EACH = 2
"""Sentences quoted of a kind of mistake."""

WORDS = (5, 28)
"""Words that a quoted sentence has: shorter ones say nothing without their lesson."""

REPEATING = frozenset({"restating", "revoicing"})
"""Labels whose sentences hold a student's words; they are counted, not quoted."""

JUST_BEFORE = 12
"""Sentences before one in which it may have found a student's words."""

KINDS: Sequence[tuple[str, str, bool]] = (
    ("question", "Asks, and was not heard as a question without its mark", True),
    ("question", "Does not ask, and was heard as a question", False),
    ("press_for_reasoning", "Presses for reasoning, and was not seen", True),
    ("press_for_reasoning", "Does not press for reasoning, and was marked", False),
    ("press_for_accuracy", "Presses for accuracy, and was not seen", True),
    ("revoicing", "Revoices a student, and was not seen", True),
    ("revoicing", "Does not revoice, and was marked", False),
    ("getting_students_to_relate", "Gets students to relate, and was not seen", True),
    ("getting_students_to_relate", "Does not get students to relate, and was marked", False),
    ("keeping_everyone_together", "Keeps everyone together, and was not seen", True),
)
"""Label, what people say of the sentence and the model does not, and whether people gave the label."""

NOTE = (
    "The sentences are teachers', from the TalkMoves data set (Suresh et al. 2022), CC BY-NC-SA 4.0; they "
    "keep that licence. Students' words are not quoted, nor sentences that repeat them. Of each kind those "
    f"are shown in which the model was surest and wrong: {EACH} at most, of different lessons, {WORDS[0]} "
    f"to {WORDS[1]} words long, with the probability that the model gave the label."
)


def examples(coded: Coded, reads: Mapping[str, Read]) -> str:
    """A page of Markdown."""
    told = ["# Where the model fails", "", NOTE, ""]
    said = [each for lesson in coded.lessons for each in lesson.said]
    for label, title, missed in KINDS:
        read = reads["bare" if label == "question" else "marked"]
        places = wrong(coded, read, label, missed)
        count = len(places)
        told += [f"## {title} ({count} of {int(coded.of['teacher'].sum())} sentences)", ""]
        quoted: list[int] = []
        for k in () if label in REPEATING else places:
            length = len(bare(said[k].text))
            if (
                len(quoted) < EACH
                and WORDS[0] <= length <= WORDS[1]
                and coded.lesson[k] not in coded.lesson[quoted]
                and not repeats(said, int(k))
            ):
                quoted.append(int(k))
        for k in quoted:
            told.append(f"- “{' '.join(said[k].text.split())}” ({read.chances[label][k]:.2f})")
        told += ["", *([] if quoted else ["None to quote.", ""])]
    return "\n".join(told)


def repeats(said: Sequence[Said], place: int) -> bool:
    """Whether half of a sentence's content words are a student's, said shortly before."""
    before = said[max(0, place - JUST_BEFORE) : place]
    heard = {word for each in before if each.role == "student" for word in bare(each.text)}
    mine = content(bare(said[place].text))
    return 2 * sum(word in heard for word in mine) >= max(1, len(mine))


def wrong(coded: Coded, read: Read, label: str, missed: bool) -> NDArray[np.int64]:
    """The teacher's sentences of that mistake, the surest first."""
    true, made = coded.truth[label], read.made[label]
    kind = true & ~made if missed else made & ~true
    places = np.flatnonzero(kind & coded.of["teacher"])
    chances = read.chances[label][places]
    return places[np.argsort(chances if missed else -chances, kind="stable")]
