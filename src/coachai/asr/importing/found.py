"""What the readers hand over: cues, and what they could not use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from coachai.records import Span, Word

NO_TEXT = "it has no text"
NO_WORDS = "it has no words, only a sound or a sign"
UNREADABLE = "its times cannot be read"
NO_ARROW = "there is no --> between its times"
OVER_59 = "its minutes or seconds are more than 59"
NEGATIVE = "it starts before zero"
BACKWARDS = "its end is not after its start"
STRAY = "this text belongs to no times"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue(Span):
    """What a transcript shows from `start` to `end` (s, rough): one speaker's words.

    `line` is the line of its times in the file (from 1; in JSON the number of its entry). `words` are its
    words with their own times and probabilities, where the file has them.
    """

    text: str
    speaker: str | None = None
    line: int = 0
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """What was not used: its line (as in `Cue`) and why, as the end of a sentence that begins with it.

    `timed` is False for text that stands under no times at all.
    """

    line: int
    reason: str
    timed: bool = True


class Shown(NamedTuple):
    """A cue as it stands in the file, times in seconds, tags and all."""

    line: int
    start: float
    end: float
    lines: tuple[str, ...]
    speaker: str | None = None
    words: tuple[Word, ...] = ()


class Reading(NamedTuple):
    """A file as one reader sees it. `timed` counts its timing lines: as many as `shown` and timed rejects."""

    format: str
    shown: list[Shown]
    rejects: list[Reject]
    timed: int
    unit: str = "line"
