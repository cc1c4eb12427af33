"""Everything the sound says about the voices of one recording, as one question with one answer.

What tells voices apart stays where it was worked out: the answer holds turns, roles and doubt, nothing by
which a voice could be known again. So the listener may be in this program or behind a serving engine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from coachai.media.audio import Audio
from coachai.records import Progress, Span
from coachai.transcript import Line, Voices
from coachai.voices import doubting, hearing
from coachai.voices.engines.diarizer import Diarizer
from coachai.voices.speech import with_faint_speech

OWN_VOICES = "coachai voices 1"
"""The network of our own that hears voices (`models/voices`), and the version of its weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about the voices: where somebody speaks (s), the lines that words were found in, the
    teacher's name in them, if one is given, and a clip of the teacher's voice alone."""

    speech: tuple[Span, ...]
    lines: tuple[Line, ...] = ()
    teacher_name: str | None = None
    teacher_sample: Audio | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listened:
    """The speech that turns lie on (s) and who speaks in it; `voices.heard` is empty."""

    speech: tuple[Span, ...]
    voices: Voices


class Listener(Protocol):
    """Hears who speaks when, and which voice teaches."""

    @property
    def name(self) -> str:
        """What tells voices apart, for provenance."""
        ...

    def listen(self, audio: Audio, asked: Question, progress: Progress) -> Listened:
        """The answer for one recording. `progress` is called with the fraction done; whatever it raises
        stops the work. Raises InputRefused where the teacher's name is not in the lines."""
        ...


class Ears:
    """The listener of this program: its own network, or beside it another engine that is loaded here."""

    def __init__(self, engine: Diarizer | None = None) -> None:
        self._engine = engine
        self.name = OWN_VOICES if engine is None else engine.name

    def listen(self, audio: Audio, asked: Question, progress: Progress) -> Listened:
        """As `Listener`. Without words the turns lie on what the network hears as well."""
        speech = asked.speech if asked.lines else with_faint_speech(audio, asked.speech)
        heard = hearing.hear_voices(
            audio,
            speech,
            lines=asked.lines,
            progress=progress,
            teacher_name=asked.teacher_name,
            teacher_sample=asked.teacher_sample,
            engine=self._engine,
        )
        voices = replace(doubting.doubted(heard, asked.lines), heard=(), between=())
        return Listened(speech=tuple(speech), voices=voices)
