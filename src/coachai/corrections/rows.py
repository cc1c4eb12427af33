"""Rows to train from: label corrections, with a teacher's words where these are surely the teacher's own.

No row holds a student's words, as text or as context: of a student's sentence only its length and place are
told. A teacher who says a student's words again tells them too, so such sentences leave without their text,
as do those of which we are not sure who spoke or cannot tell the names. Nothing says whose lesson it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from coachai.annotation.wording import tokens
from coachai.calling import is_name, written_small
from coachai.content_words import FUNCTION_WORDS, content
from coachai.languages import is_understood
from coachai.records import Transcript, Utterance
from coachai.timeline import finder
from coachai.unsure import UNSURE

ROW_VERSION = 1

SURE = 0.8
"""Least certainty that the teacher is the teacher, and spoke this, unless a person said so."""

TOGETHER = 3
"""Words in a row, not all of them function words, that make a sentence a student's."""

SHARED = 2
"""Content words that a sentence may not share with what a student said shortly before."""

SHORTLY = 30.0
"""Seconds: so long a teacher goes on taking up what a student said."""

NAME = "[name]"

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_SELF = re.compile(r"I(?:['’]\w+)?")
_REPEATING = ("restating", "revoicing")

Said = tuple[str, ...]


def training_rows(heard: Transcript, made: Transcript) -> str:
    """The label corrections of a transcript as JSON lines; `heard` is it as the machine heard it.

    Keys: `role`, `label`, `to` (what a person says), `machine` (its probability, null: it found none),
    `source` (what found it), `text` (null where it stays here), `left_out` (why), `marks`, `words` and
    `seconds` (how many), `before` and `after` (the roles of the neighbours).
    """
    words = _Words(heard, made)
    lines = [
        json.dumps(row, ensure_ascii=False) + "\n"
        for k, each in enumerate(made.utterances)
        if any(correction.what == "label" for correction in each.corrected)
        for row in _rows(heard, made, k, words)
    ]
    return "".join(lines)


def _rows(heard: Transcript, made: Transcript, k: int, words: _Words) -> Iterator[dict[str, Any]]:
    said = made.utterances
    each = said[k]
    for correction in each.corrected:
        if correction.what != "label":
            continue
        found = [
            label
            for label in (*heard.utterances[k].readings, *heard.utterances[k].labels)
            if label.name == correction.label
        ]
        left_out = words.why_left_out(k, correction.label)
        yield {
            "version": ROW_VERSION,
            "role": each.role,
            "label": correction.label,
            "to": correction.now == "yes",
            "machine": found[0].probability if found else None,
            "source": found[0].source if found else None,
            "text": None if left_out else words.unnamed(each.text),
            "left_out": left_out,
            "marks": made.words_from.marks,
            "words": len(each.text.split()),
            "seconds": round(each.duration, 1),
            "before": said[k - 1].role if k else None,
            "after": said[k + 1].role if k + 1 < len(said) else None,
        }


class _Words:
    """What students said in a lesson and who is named in it, looked up for every row."""

    def __init__(self, heard: Transcript, made: Transcript) -> None:
        self._made = made
        # Whoever may have been a student, to the machine or to a person, counts as one; so do both wordings.
        pairs = list(zip(heard.utterances, made.utterances, strict=True))
        self._students = [
            (k, tokens(text))
            for k, (old, new) in enumerate(pairs)
            if "student" in (old.role, new.role) or "unknown" in (old.role, new.role)
            for text in {old.text, new.text}
        ]
        self._runs: dict[Said, set[int]] = {}
        for k, said in self._students:
            for run in _runs(said):
                self._runs.setdefault(run, set()).add(k)
        self._voices = finder(made.overlap)
        self._others = finder([each for each in made.utterances if each.role != "teacher"])
        self._small = written_small(each.text for each in made.utterances)
        self._known = _names_in(made.utterances)

    def why_left_out(self, k: int, label: str) -> str:
        """Why the text of an utterance stays here; empty where it may be exported."""
        each = self._made.utterances[k]
        if each.role != "teacher":
            return "not the teacher's words"
        if not self._surely_the_teacher(each):
            return "not surely the teacher's words"
        if each.has(UNSURE) or not each.text:
            return "no words that were made out"
        if self._voices(each) or self._others(each):
            return "somebody else speaks at the same time"
        if label in _REPEATING or any(map(each.has, _REPEATING)) or self._repeats(k):
            return "says a student's words again"
        if not is_understood(self._made.language) or any(map(_is_foreign, each.text.split())):
            return "not in English"
        letters = [letter for letter in each.text if letter.isalpha()]
        if not self._made.words_from.marks or not any(letter.islower() for letter in letters):
            return "written without capitals, so names cannot be told"
        return ""

    def _surely_the_teacher(self, each: Utterance) -> bool:
        if any(correction.what == "role" for correction in each.corrected):
            return True
        return min(each.role_confidence, self._made.teacher_confidence) >= SURE

    def _repeats(self, k: int) -> bool:
        """Whether the sentence holds what a student said, anywhere in the lesson, or shortly before."""
        each = self._made.utterances[k]
        said = tokens(each.text)
        if any(self._runs.get(run, set()) - {k} for run in _runs(said)):
            return True
        mine = set(content(said))
        if not mine:
            return False
        for other, theirs in self._students:
            if other == k:
                continue
            if len(said) < TOGETHER and _inside(said, theirs):
                return True
            before = self._made.utterances[other]
            near = before.start <= each.end and each.start - before.end <= SHORTLY
            if near and len(mine & set(theirs)) >= min(SHARED, len(mine)):
                return True
        return False

    def unnamed(self, text: str) -> str:
        """The text with a stand-in for every word that may be a name.

        Inside a sentence that is every capital but "I"; at its beginning what this transcript never writes
        small and what we do not know as a word; and the names of the voices wherever they stand.
        """

        def replaced(found: re.Match[str]) -> str:
            word, before = found[0], text[: found.start()].rstrip("\"'“”‘’([ ")
            if _SELF.fullmatch(word):
                return word
            begins = not before or before[-1] in ".?!…"
            named = is_name(word, self._small) if begins else word[0].isupper()
            return NAME if named or _plain(word) in self._known else word

        return _WORD.sub(replaced, text)


def _runs(said: Said) -> Iterator[Said]:
    for first in range(len(said) - TOGETHER + 1):
        run = said[first : first + TOGETHER]
        if not FUNCTION_WORDS.issuperset(run):
            yield run


def _inside(said: Said, theirs: Said) -> bool:
    return any(theirs[k : k + len(said)] == said for k in range(len(theirs) - len(said) + 1))


def _names_in(utterances: Sequence[Utterance]) -> frozenset[str]:
    """The parts of the names that voices go by, where they were kept, and words that are always capital."""
    ours = {"teacher", "student", "voice"}
    shown = {_plain(word) for each in utterances for word in _WORD.findall(each.speaker)}
    inside = {
        _plain(word)
        for each in utterances
        for before, word in pairwise(_WORD.findall(each.text))
        if word[0].isupper() and not _SELF.fullmatch(word) and f"{before} {word}" in each.text
    }
    small = {_plain(word) for word in written_small(each.text for each in utterances)}
    return frozenset(name for name in (shown - ours) | (inside - small) if len(name) > 1)


def _is_foreign(word: str) -> bool:
    """Whether nothing of a word is left to compare it by: it has letters, and none that English has."""
    return not tokens(word) and any(letter.isalpha() for letter in word)


def _plain(word: str) -> str:
    return word.lower().replace("’", "'").removesuffix("'s")


def rows_about(rows: str) -> Mapping[str, int]:
    """How many rows there are, and how many of them carry words."""
    read = [json.loads(row) for row in rows.splitlines()]
    return {"rows": len(read), "with words": sum(row["text"] is not None for row in read)}
