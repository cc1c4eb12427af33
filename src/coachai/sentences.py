"""Where sentences begin in a stream of words, with marks (punctuation) and without."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from coachai.boundaries import SHORTEST_PAUSE, going_on, no_pause, pausing, wording
from coachai.records import Word

LONGEST_PAUSE = 3.0
"""Seconds of silence that no sentence spans: longer ones are waits or work time."""

REACH = 2
"""Words: a change of voice is moved to a sentence's start at most this many words away."""

_END = re.compile(r"(\.{3,}|…|[.?!]+)[\"'”’)\]]*$")
_CLOSING = "\"'”’)]"
_TITLES = {"mr.", "mrs.", "ms.", "mx.", "dr.", "st.", "prof.", "vs.", "e.g.", "i.e.", "fig.", "approx."}
_SHORT = {"etc.", "a.m.", "p.m.", "u.s.", "u.k.", "jr.", "sr.", "ft.", "in.", "cm.", "lb.", "oz.", "sec."}
_INITIAL = re.compile(r"^[A-HJ-Z]\.$")


def sentence_starts(words: Sequence[Word], *, marks: bool, cuts: Collection[int]) -> list[int]:
    """Indices of the words that begin a sentence; the first is 0 (an empty list without words).

    `words` are one speaker's in order of time; `cuts` are indices that begin a sentence whatever the
    words say (another voice, another caption). No word is lost or moved: sentence k is
    ``words[starts[k]:starts[k + 1]]``.
    """
    if not words:
        return []
    bare = [] if marks else [plain(word.text) for word in words]
    pauses = [after.start - before.end for before, after in pairwise(words)]
    without = no_pause(pauses)
    starts = [0]
    for index in range(1, len(words)):
        pause = pauses[index - 1]
        if marks:
            ended = begins_after_mark(words, starts[-1], index)
        else:
            odds = wording(bare, index) + pausing(pause, without) + going_on(index - starts[-1])
            ended = odds > 0
        if ended or index in cuts or pause > LONGEST_PAUSE:
            starts.append(index)
    return starts


def likeliest_start(words: Sequence[Word], index: int, *, marks: bool) -> int | None:
    """Where the sentence begins that another voice says from about word `index` on.

    At the nearest mark or else the longest pause within `REACH` words; without marks, wording decides
    where there is no pause. None where marked words run on without either: the voices' edges are rougher
    than a sentence that somebody wrote as one.
    """
    near = range(max(1, index - REACH), min(len(words), index + REACH + 1))
    pauses = {at: round(words[at].start - words[at - 1].end, 3) for at in near}
    if not marks:
        first = near[0] - 1
        said = [plain(word.text) for word in words[first : near[-1] + 2]]
        return max(near, key=lambda at: (pauses[at], wording(said, at - first)))
    marked = [at for at in near if begins_after_mark(words, 0, at)]
    if marked:
        return min(marked, key=lambda at: abs(at - index))
    longest = max(near, key=lambda at: (pauses[at], -abs(at - index)))
    return longest if pauses[longest] >= SHORTEST_PAUSE else None


def begins_after_mark(words: Sequence[Word], start: int, index: int) -> bool:
    """Whether the mark on the word before `index` ends a sentence (begun at `start`).

    Decimals ("2.5") carry their point inside; abbreviations ("Mr."), initials ("Kyle T.") and an
    ellipsis followed by a small letter do not end one.
    """
    before, after = words[index - 1].text, words[index].text
    end = _END.search(before)
    if not end:
        return False
    mark = end[1]
    continues = after.lstrip("\"'“‘([")[:1].islower()
    if mark.startswith("...") or mark == "…":
        return not continues
    if mark == ".":
        bare = before.rstrip(_CLOSING)
        if bare.lower() in _TITLES or (continues and bare.lower() in _SHORT):
            return False
        return not (_INITIAL.match(bare) and index - 1 > start)
    return True


def line_continues(before: str, after: str) -> bool:
    """Whether a punctuated line that begins with the word `after` goes on with the sentence before it."""
    ended = _END.search(before)
    return after.lstrip("\"'“‘([")[:1].islower() and not (ended and ended[1] not in ("...", "…"))


def plain(text: str) -> str:
    """A word without marks or case: "Maria?" becomes "maria", "Don’t" "don't"."""
    return re.sub(r"[^a-z0-9']+", "", text.lower().replace("’", "'").replace("‘", "'")).strip("'")
