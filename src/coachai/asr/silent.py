"""No words at all: voices and timing only (the choice called `none`)."""

from __future__ import annotations

from collections.abc import Sequence

from coachai.media import Audio
from coachai.records import Progress, Span
from coachai.transcript import Recognition


class NoWords:
    """A recogniser that hears no words: for a lesson in a language we have no recogniser for."""

    def transcribe(
        self,
        audio: Audio,  # noqa: ARG002 (the door is the same for every recogniser)
        speech: Sequence[Span],  # noqa: ARG002
        progress: Progress,
    ) -> Recognition:
        """A Recognition without lines, at once."""
        progress(1.0)
        return Recognition(
            recogniser="none",
            model="none",
            language="",
            lines=(),
            marks=False,
            names=False,
            note="No words were looked for: only voices and timing can be measured here.",
        )
