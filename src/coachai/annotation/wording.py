"""The words of a sentence, and the student's words that a teacher's sentence follows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from coachai.records import Label, Utterance
from coachai.sentences import plain

Labels = Mapping[int, tuple[Label, ...]]
"""What a rule returns: labels by the index of the utterance."""


def listed(words: str) -> frozenset[str]:
    """The words of a string as a set: keeps word lists readable."""
    return frozenset(words.split())


ACKNOWLEDGEMENTS = listed(
    "okay ok yes yeah right good so oh alright all and um uh very nice great mm hmm hm i you know"
)
"""Words that alone repeat nothing, whoever said them before."""


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a text without marks or case."""
    return tuple(filter(None, map(plain, re.split(r"[\s/—–-]+", text))))


def joined(words: Sequence[str]) -> str:
    """Words as patterns want them: a space on either side of each."""
    return f" {' '.join(words)} "


def phrases(lines: str, **words: str) -> re.Pattern[str]:
    """Phrases, one a line, to be searched in `joined` words; a line is a pattern of whole words,
    "^" and "$" are the first and the last word's edge.

    ``{name}`` in a line stands for any of ``words[name]`` (alternatives parted by "|").
    """
    for name, alternatives in words.items():
        lines = lines.replace(f"{{{name}}}", f"(?:{alternatives})")
    kept = [line.strip().replace("$", "(?= $)") for line in lines.splitlines() if line.strip()]
    begins = [f"(?:{line[1:]})" for line in kept if line.startswith("^")]
    anywhere = [line for line in kept if not line.startswith("^")]
    first = rf"^ (?:{'|'.join(begins)})(?= |$)" if begins else ""
    rest = rf"(?<= )(?:{'|'.join(anywhere)})(?= |$)" if anywhere else ""
    return re.compile("|".join(filter(None, (first, rest))))


def one(name: str, probability: float, rule: str) -> tuple[Label, ...]:
    """A single label made by a rule."""
    return (Label(name=name, probability=probability, source=f"rule:{rule}"),)


def taken_away(utterance: Utterance, label: str) -> bool:
    """Whether a person said that the utterance is not this."""
    return any(each.name == label and each.probability == 0 for each in utterance.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Where a teacher's sentence stands: the student sentences right before its turn (as tokens, oldest
    first) and its place in the teacher's turn (1 is the first)."""

    student: tuple[tuple[str, ...], ...]
    place: int

    @property
    def student_words(self) -> tuple[str, ...]:
        """All words of the student turn."""
        return tuple(word for sentence in self.student for word in sentence)


def replies(utterances: Sequence[Utterance]) -> dict[int, Reply]:
    """For each sentence of a teacher turn that follows student words: what it may take up."""
    found: dict[int, Reply] = {}
    student: list[tuple[str, ...]] = []
    place = 0
    last: str = "unknown"
    for index, utterance in enumerate(utterances):
        if utterance.role == "student":
            if last != "student":
                student = []
            student.append(tokens(utterance.text))
        elif utterance.role == "teacher":
            place = place + 1 if last == "teacher" else 1
            if any(student):
                found[index] = Reply(student=tuple(filter(None, student)), place=place)
        else:
            student = []
        last = utterance.role
    return found


def answered(utterances: Sequence[Utterance], within: float) -> list[bool]:
    """For each utterance whether a student's is the next to begin, at most `within` seconds later."""
    return [
        after.role == "student" and after.start - before.end <= within
        for before, after in pairwise(utterances)
    ] + [False] * bool(utterances)
