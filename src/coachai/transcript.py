"""Speech, words and voices become a Transcript.

The evidence types below are what the recognisers (`asr/`) and the voice analysis (`voices/`) hand over;
they live here because neither of those packages knows the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from coachai.records import Role, Span, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Span):
    """Words that belong together (a caption sentence, a recogniser's line), laid on the waveform.

    `speaker` is the name the source gives, None where it gives none. `words` carry their marks
    (punctuation) in `text` where the source has them.
    """

    words: tuple[Word, ...]
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What a recogniser heard. `marks`: the text is punctuated; `names`: lines carry speaker names.

    `dropped` counts words thrown away because they fell where there is no speech. `note` is for the
    teacher: which recogniser, in plain words, and what is unreliable because of it.
    """

    recogniser: str
    model: str
    language: str
    lines: tuple[Line, ...]
    marks: bool
    names: bool
    note: str
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Span):
    """A stretch of one voice. `speaker` is a letter ("A", "B") or a caption name."""

    speaker: str
    role: Role
    role_confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """Who speaks when. `overlap`: several voices at once. `teacher_from`: name, sample, sound, nothing."""

    turns: tuple[Turn, ...]
    overlap: tuple[Span, ...]
    teacher_confidence: float
    teacher_from: str
