"""The door for engines that tell the voices of one recording apart.

An engine says who is who and nothing else: whether a voice is an adult's or a child's, and which one teaches,
is decided beside it, from the same sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from coachai.media.audio import Audio
from coachai.records import Progress, Span
from coachai.voices.projection import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldApart:
    """m stretches of one voice each, and the chance (m, k) that each is each of k voices; rows sum to 1.

    `spans` are sorted, do not run over each other and lie in the pieces that were asked about; a stretch in
    which the engine heard nobody is left out. Where several speak at once a span is the voice that it hears
    best. `overlap` is where it hears several, None from an engine that does not listen for that.
    """

    spans: tuple[Span, ...]
    chances: Array
    overlap: tuple[Span, ...] | None = None

    def __post_init__(self) -> None:
        if self.chances.ndim != 2 or len(self.chances) != len(self.spans):
            raise ValueError(f"{len(self.spans)} spans need as many rows of chances: {self.chances.shape}")


class Diarizer(Protocol):
    """Tells the voices of one recording apart. What it knows of them ends with the call."""

    name: str
    """For provenance, such as "pyannote community-1": a folder's name, never its path."""

    def tell_apart(self, audio: Audio, pieces: Sequence[Span], progress: Progress) -> ToldApart:
        """Who speaks in `pieces`: speech of `audio` (seconds), sorted, cut into at most about 4 s each.

        `progress` is called with the fraction done, and whatever it raises stops the work.
        """
        ...
