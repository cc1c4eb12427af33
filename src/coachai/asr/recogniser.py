"""The one door for everything that turns speech into words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from coachai.asr.journal import Journal
from coachai.media import Audio
from coachai.records import Progress, Span
from coachai.transcript import Recognition


class Recogniser(Protocol):
    """Turns the speech of a recording into words; one file each in this package.

    Any object with this method may be handed to `pipeline.observe`: one that runs elsewhere, or a test's.
    Nobody's words are taken on trust; see `coachai.asr.holding`.
    """

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """Words that lie in `speech` (sorted, disjoint), in order of time.

        `progress` is called between regions with the fraction done; whatever it raises stops the work.
        """
        ...


@runtime_checkable
class Resumable(Protocol):
    """A recogniser that can go on where it was interrupted."""

    def keeping(self, journal: Journal) -> Recogniser:
        """The same recogniser, with what it hears kept in a journal and not heard again."""
        ...
