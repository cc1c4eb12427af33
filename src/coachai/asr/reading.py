"""Anything a recogniser hands over, read as a Recognition of real words at possible times.

A recogniser may run elsewhere, be another's, or be broken: not a number for a time, bytes for a text,
a word of a hundred megabytes, words before the start and after the end. What cannot be read is counted.
"""

from __future__ import annotations

import math
import numbers
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count

from coachai.errors import EnvironmentLacks
from coachai.records import Span, Word
from coachai.transcript import Line, Recognition

LONGEST_TEXT = 200
"""Letters of one word; a sentence in a script without spaces is shorter."""

LONGEST_NOTE = 1000
MOST_A_SECOND = 20.0
"""Words and lines a second of recording, beyond `MOST_ANYWHERE`, of which none is worth reading."""

MOST_ANYWHERE = 1000


def read_recognition(found: object, duration: float) -> Recognition:
    """The recognition with only what can be read: lines with words, in order, within `duration` seconds.

    Words that cannot be are counted in `dropped`, and `note` says how many. Raises EnvironmentLacks
    (``RECOGNISER_FAILED``) where it is no recognition, or has more words than anybody can say.
    """
    if not isinstance(found, Recognition):
        raise failed("it did not answer with words")
    allowance = _Allowance(MOST_ANYWHERE + MOST_A_SECOND * duration)
    lines: list[Line] = []
    unread = 0
    for line in allowance.taken(found.lines):
        words, lost = _words(allowance.taken(getattr(line, "words", None)), duration)
        unread += lost
        if words:
            lines.append(
                Line(
                    start=words[0].start,
                    end=max(word.end for word in words),
                    words=tuple(words),
                    speaker=_text(getattr(line, "speaker", None), LONGEST_TEXT) or None,
                )
            )
    return Recognition(
        recogniser=_text(found.recogniser, LONGEST_TEXT) or "unknown",
        model=_text(found.model, LONGEST_TEXT),
        language=_text(found.language, LONGEST_TEXT),
        lines=tuple(lines),
        marks=found.marks is True,
        names=found.names is True,
        note=_note(found.note, unread),
        dropped=_count(found.dropped) + unread,
        dismissed=tuple(_spans(allowance.taken(found.dismissed), duration)),
        unsure=tuple(_spans(allowance.taken(found.unsure), duration)),
    )


def failed(why: str) -> EnvironmentLacks:
    """The error for a recogniser that cannot be used; `why` goes on "The recogniser cannot be used: "."""
    return EnvironmentLacks(
        "RECOGNISER_FAILED",
        f"The recogniser cannot be used: {why}. Try again, name another one with --asr, or hand in captions "
        "with --captions.",
    )


class _Allowance:
    """How much of an answer is read before it is given up, so that none can fill the memory."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._read = count(1)

    def taken(self, things: object) -> Iterator[object]:
        if isinstance(things, str | bytes) or not isinstance(things, Iterable):
            raise failed("it did not answer with words")
        for thing in things:
            if next(self._read) > self._most:
                raise failed("it wrote more words than anybody can say in this time")
            yield thing


def _words(told: Iterable[object], duration: float) -> tuple[list[Word], int]:
    """The words that can be read, none before the one ahead of it, and how many cannot."""
    words: list[Word] = []
    unread = 0
    for each in told:
        word = _word(each, duration)
        if word is None or (words and word.start < words[-1].start):
            unread += 1
        else:
            words.append(word)
    return words, unread


def _word(told: object, duration: float) -> Word | None:
    text = getattr(told, "text", None)
    span = _span(told, duration)
    if span is None or not isinstance(text, str) or len(text) > LONGEST_TEXT:
        return None
    clean = _text(text, LONGEST_TEXT)
    if not clean:
        return None
    probability = _number(getattr(told, "probability", None))
    return Word(
        start=span.start,
        end=span.end,
        text=clean,
        probability=0.0 if probability is None else min(1.0, max(0.0, probability)),
    )


def _spans(told: Iterable[object], duration: float) -> Iterator[Span]:
    for each in told:
        span = _span(each, duration)
        if span is not None:
            yield span


def _span(told: object, duration: float) -> Span | None:
    """The part of it that lies in the recording; None where its times are not two numbers in order."""
    start, end = _number(getattr(told, "start", None)), _number(getattr(told, "end", None))
    if start is None or end is None or start > end or end < 0 or start >= duration:
        return None
    return Span(start=max(0.0, start), end=min(end, duration))


def _number(told: object) -> float | None:
    if isinstance(told, bool) or not isinstance(told, numbers.Real):
        return None
    try:
        number = float(told)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _count(told: object) -> int:
    return told if isinstance(told, int) and told > 0 else 0


def _text(told: object, most: int) -> str:
    """In one line, without signs that no page or file can carry, at most `most` letters."""
    if not isinstance(told, str):
        return ""
    plain = "".join(
        each for each in told[:most] if each.isspace() or unicodedata.category(each) not in ("Cc", "Cs")
    )
    return " ".join(plain.split())


def _note(told: object, unread: int) -> str:
    note = _text(told, LONGEST_NOTE)
    if not unread:
        return note
    return f"{note} Words left out because their times or texts cannot be: {unread}.".strip()
