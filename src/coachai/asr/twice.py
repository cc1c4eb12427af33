"""Two hearings of one lesson: what they do not agree on is unsure.

A recogniser that invents over speech invents something else when it is asked in another way (Koenecke et
al., 2024, heard the same clips twice and got other inventions). So the words of the first hearing are
kept, and those that the second does not confirm are marked; nothing is taken from the second.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from coachai.asr.holding import Held
from coachai.asr.journal import Journal
from coachai.asr.recogniser import Recogniser, Resumable
from coachai.media import Audio
from coachai.records import Progress, Span, Word
from coachai.timeline import merged
from coachai.transcript import Recognition

APART = 1.0
"""Seconds of silence over which no word of one hearing is taken for a word of the other."""

_HAIR = 1e-6

NOTE = (
    "The lesson was heard twice: sentences in which the two hearings differ are shown as unsure and count "
    "for nothing."
)


class Twice:
    """A recogniser whose words are those of `first`, unsure where `second` hears others."""

    def __init__(self, first: Recogniser, second: Recogniser) -> None:
        self._both = first, second

    def keeping(self, journal: Journal) -> Twice:
        """The same, with what each hears kept in a journal: they hear other clips."""
        first, second = (
            each.keeping(journal) if isinstance(each, Resumable) else each for each in self._both
        )
        return Twice(first, second)

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """What the first hears, with the places in `unsure` of words that the second does not confirm."""
        one = Held(self._both[0]).transcribe(audio, speech, lambda done: progress(done / 2))
        other = Held(self._both[1]).transcribe(audio, speech, lambda done: progress((1 + done) / 2))
        differing = differences(_words(one), _words(other), speech)
        return replace(one, unsure=(*one.unsure, *differing), note=f"{one.note} {NOTE}".strip())


def differences(one: Sequence[Word], other: Sequence[Word], speech: Sequence[Span]) -> tuple[Span, ...]:
    """The words of `one` that `other` has not in the same order, as spans; case and commas do not count.

    Where `other` has a word more, the nearest word of `one` is unsure. Both are in order of time.
    """
    found: list[Word] = []
    for stretch in merged(speech, APART):
        mine, theirs = _within(one, stretch), _within(other, stretch)
        matcher = SequenceMatcher(None, [*map(_said, mine)], [*map(_said, theirs)], autojunk=False)
        for what, first, last, also, until in matcher.get_opcodes():
            if what == "insert":
                found += _nearest(mine[max(0, first - 1) : first + 1], theirs[also:until])
            elif what != "equal":
                found += mine[first:last]
    return tuple(Span(start=word.start, end=word.end) for word in found)


def _words(recognition: Recognition) -> list[Word]:
    words = [word for line in recognition.lines for word in line.words]
    return sorted(words, key=lambda word: word.start)


def _within(words: Sequence[Word], stretch: Span) -> Sequence[Word]:
    first = bisect_left(words, stretch.start - _HAIR, key=lambda word: word.start)
    return words[first : bisect_right(words, stretch.end, key=lambda word: word.start)]


def _said(word: Word) -> str:
    """What has to agree: letters, numbers, and whether it ends a question."""
    text = word.text.casefold()
    return "".join(filter(str.isalnum, text)) + ("?" if "?" in text or "？" in text else "")


def _nearest(words: Sequence[Word], more: Sequence[Word]) -> Iterator[Word]:
    """The one of these words that stands nearest to the others, if there is one."""
    middle = (more[0].start + more[-1].end) / 2
    if words:
        yield min(words, key=lambda word: abs((word.start + word.end) / 2 - middle))
