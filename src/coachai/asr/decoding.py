"""What a recogniser asks of its model: clips of sound in, words out.

A recogniser plans the clips, decides what to believe and lays the words on the speech; that takes no time.
The model may be loaded here or held by a serving engine on another machine. Clips are heard one by one,
whatever else is heard with them, so that it makes no difference where, or by how many, a lesson is heard.
What goes into a clip is decided before, by the recogniser.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from coachai.media import Audio
from coachai.records import Progress, Span, Word

Clip = tuple[Span, ...]
"""What a model hears at once: pieces of the recording (s), sorted and disjoint."""

BETWEEN = 0.5
"""Seconds of silence that stand between two pieces of a clip when it is heard, whatever lay there: enough
for a word's time, which is known to a fifth of a second or so, to tell the piece that it belongs to."""


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

    def language_of(self, audio: Audio, pieces: Sequence[Span]) -> str:
        """The code of the language that these pieces, taken together, are most probably in."""
        ...

    def decode(
        self, audio: Audio, clips: Sequence[Clip], how: Hearing
    ) -> Generator[tuple[int, Decoded], None, None]:
        """Each clip's place in `clips` and its words, in any order, as soon as it is heard.

        Closing the iterator ends the work. Raises EnvironmentLacks where the model cannot run.
        """
        ...


def heard_in_order(
    decoder: Decoder, audio: Audio, clips: Sequence[Clip], how: Hearing, progress: Progress
) -> list[Decoded]:
    """What was heard in each clip, in order. `progress` is called after each with the share of the sound
    that is heard; whatever it raises ends the work."""
    answers: dict[int, Decoded] = {}
    whole, done = sum(seconds_of(clip) for clip in clips), 0.0
    with closing(decoder.decode(audio, clips, how)) as hearing:
        for index, decoded in hearing:
            answers[index] = decoded
            done += seconds_of(clips[index])
            progress(min(1.0, done / whole))
    return [answers[index] for index in range(len(clips))]


def seconds_of(clip: Clip) -> float:
    """How much of the recording a clip holds."""
    return sum(piece.duration for piece in clip)


def by_piece(clip: Clip, words: Sequence[Word]) -> list[tuple[Span, list[Word]]]:
    """Each piece with its words; `words` lie in the pieces, in order of time."""
    found: list[tuple[Span, list[Word]]] = [(piece, []) for piece in clip]
    k = 0
    for word in words:
        while k + 1 < len(clip) and word.start >= clip[k + 1].start:
            k += 1
        found[k][1].append(word)
    return found
