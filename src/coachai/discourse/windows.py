"""How a conversation is laid before the encoder: utterances one after another, each behind a marker.

One sequence holds a run of utterances, so that every one is read with what came before and after it, and
every word is read about once::

    [CLS] [teacher] what do you think maria [student] it is a half [teacher] a half [SEP]

Pure: no model library; training and use share it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MARKERS = ("[teacher]", "[teacher+]", "[student]", "[student+]", "[somebody]")
"""Tokens before an utterance: who speaks, with "+" where the same voice goes on."""

SEQUENCE = 256
"""Tokens in one sequence, at most."""

BEFORE, AFTER = 64, 40
"""Tokens of context that an utterance has before and after it, at least, where there are so many."""

SECTION = 64
"""Utterances after which windows are laid anew, so that a word more or less moves only those near it."""

HEAD, TAIL = 44, 20
"""Tokens kept of the beginning and the end of an utterance that is longer than both together."""

TURN_HEAD, TURN_TAIL = 80, 40
"""The same of a whole turn, where an exchange of two turns is a sequence of its own."""

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Window:
    """Utterances ``first`` to ``last`` (exclusive) are read together; those from ``owned`` to ``owned_end``
    are the ones whose reading counts, the others are context."""

    first: int
    last: int
    owned: int
    owned_end: int

    @property
    def owning(self) -> range:
        """The utterances whose reading counts."""
        return range(self.owned, self.owned_end)


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences as an encoder wants them, shapes (sequences, tokens) and (sequences, utterances).

    `marks` is the place of each utterance's marker; `pool` (sequences, utterances, tokens) averages over
    an utterance's own tokens, marker included. Places past a sequence's last utterance are zeros.
    """

    ids: NDArray[np.int64]
    attention: NDArray[np.int64]
    marks: NDArray[np.int64]
    pool: NDArray[np.float32]


def markers(roles: Sequence[str], speakers: Sequence[str]) -> list[int]:
    """For each utterance the index in `MARKERS` of the one it stands behind."""
    found: list[int] = []
    for k, (role, speaker) in enumerate(zip(roles, speakers, strict=True)):
        goes_on = k > 0 and roles[k - 1] == role and speakers[k - 1] == speaker
        if role == "teacher":
            found.append(1 if k > 0 and roles[k - 1] == "teacher" else 0)
        elif role == "student":
            found.append(3 if goes_on else 2)
        else:
            found.append(4)
    return found


def shortened(ids: Sequence[int]) -> list[int]:
    """An utterance's tokens, without the middle of a very long one."""
    return list(ids) if len(ids) <= HEAD + TAIL else [*ids[:HEAD], *ids[-TAIL:]]


def turn(ids: Sequence[int]) -> list[int]:
    """A whole turn's tokens in an exchange, without the middle of a very long one."""
    return list(ids) if len(ids) <= TURN_HEAD + TURN_TAIL else [*ids[:TURN_HEAD], *ids[-TURN_TAIL:]]


def bare(text: str) -> list[str]:
    """The words of a text without marks or case: "Don’t, Maria?" becomes ["don't", "maria"]."""
    return _WORD.findall(text.lower().replace("’", "'").replace("‘", "'"))


def windows(lengths: Sequence[int]) -> list[Window]:
    """Windows that own every utterance exactly once, none across the edge of a `SECTION`.

    `lengths` are the tokens of each utterance, marker included, none more than 1 + HEAD + TAIL.
    """
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(int)
    room = SEQUENCE - 2
    found: list[Window] = []
    owned = 0
    while owned < len(lengths):
        edge = min(len(lengths), (owned // SECTION + 1) * SECTION)
        first = int(np.searchsorted(ends, max(0, ends[owned] - BEFORE), side="left"))
        fitting = int(np.searchsorted(ends, ends[first] + room, side="right")) - 1
        owned_end = len(lengths)
        if fitting < len(lengths):
            owned_end = int(np.searchsorted(ends, ends[fitting] - AFTER, side="right")) - 1
        owned_end = min(edge, max(owned_end, owned + 1))
        last = min(fitting, int(np.searchsorted(ends, ends[owned_end] + AFTER, side="left")))
        found.append(Window(first, last, owned, owned_end))
        owned = owned_end
    return found


def batch(sequences: Sequence[Sequence[Sequence[int]]], edges: tuple[int, int, int]) -> Batch:
    """Lay sequences side by side: each is a list of utterances, each of those its marker and tokens.

    `edges` are the ids of the tokens that begin, end and fill up a sequence.
    """
    begin, end, fill = edges
    long = max(2 + sum(map(len, each)) for each in sequences)
    most = max(map(len, sequences))
    ids = np.full((len(sequences), long), fill, dtype=np.int64)
    attention = np.zeros((len(sequences), long), dtype=np.int64)
    marks = np.zeros((len(sequences), most), dtype=np.int64)
    pool = np.zeros((len(sequences), most, long), dtype=np.float32)
    for row, utterances in enumerate(sequences):
        whole = [begin, *(token for each in utterances for token in each), end]
        ids[row, : len(whole)] = whole
        attention[row, : len(whole)] = 1
        places = np.cumsum([1, *map(len, utterances)])
        for k, (start, stop) in enumerate(pairwise(places)):
            marks[row, k] = start
            pool[row, k, start:stop] = 1 / (stop - start)
    return Batch(ids, attention, marks, pool)
