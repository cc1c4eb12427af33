"""What a recogniser asks of its model: clips of sound in, words out.

A recogniser plans the clips, decides what to believe and lays the words on the speech; that takes no time.
The model may be loaded here or held by a serving engine on another machine. Clips are heard one by one,
whatever else is heard with them, so that it makes no difference where, or by how many, a lesson is heard.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from coachai.media import Audio
from coachai.records import Progress, Span, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How clips are to be heard: the language forced (a code, or "" for the model's own) and the beams."""

    language: str = ""
    beam_size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a model wrote for one clip: words on the recording's clock in order of time, their mean log
    probability and the probability that nobody speaks, where the model tells these."""

    words: tuple[Word, ...]
    logprob: float = 0.0
    no_speech: float = 0.0


class Decoder(Protocol):
    """A model that hears clips of a recording, one at a time or several."""

    @property
    def name(self) -> str:
        """The model, as reports name it; never a path."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages it knows; one alone for a model that writes only English."""
        ...

    def language_of(self, audio: Audio, clips: Sequence[Span]) -> str:
        """The code of the language that these clips, taken together, are most probably in."""
        ...

    def decode(
        self, audio: Audio, clips: Sequence[Span], how: Hearing
    ) -> Generator[tuple[int, Decoded], None, None]:
        """Each clip's place in `clips` and its words, in any order, as soon as it is heard.

        Closing the iterator ends the work. Raises EnvironmentLacks where the model cannot run.
        """
        ...


def heard_in_order(
    decoder: Decoder, audio: Audio, clips: Sequence[Span], how: Hearing, progress: Progress
) -> list[Decoded]:
    """What was heard in each clip, in order. `progress` is called after each with the share of the sound
    that is heard; whatever it raises ends the work."""
    answers: dict[int, Decoded] = {}
    whole, done = sum(clip.duration for clip in clips), 0.0
    with closing(decoder.decode(audio, clips, how)) as hearing:
        for index, decoded in hearing:
            answers[index] = decoded
            done += clips[index].duration
            progress(min(1.0, done / whole))
    return [answers[index] for index in range(len(clips))]
