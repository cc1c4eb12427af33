"""Stretches of a recording's sound that travel to where a model is, and are a recording again there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.records import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """`pieces` of sound (first sample, int16 samples (n,)) of a recording that is `length` samples long."""

    length: int
    missing: tuple[Span, ...]
    pieces: tuple[tuple[int, NDArray[Any]], ...]

    @property
    def seconds(self) -> float:
        """How much sound there is in it."""
        return sum(len(samples) for _, samples in self.pieces) / SAMPLE_RATE

    @contextmanager
    def opened(self) -> Iterator[Audio]:
        """The recording, silent but for the pieces, which stand where they stood: reading them gives the
        samples that reading the whole gives. Its file is removed afterwards; silence takes no room in it."""
        with tempfile.TemporaryDirectory(prefix="coachai-") as folder:
            path = Path(folder) / "sound.raw"
            with path.open("wb") as file:
                file.truncate(2 * max(1, self.length))
                for first, samples in self.pieces:
                    file.seek(2 * first)
                    file.write(np.ascontiguousarray(samples, dtype="<i2").data)
            yield Audio(path, self.missing)


def excerpt(audio: Audio, spans: Sequence[Span] | None = None) -> Excerpt:
    """The sound of `audio` in `spans` (s), or all of it."""
    wanted = [Span(start=0.0, end=audio.duration)] if spans is None else spans
    places = [
        (max(0, round(span.start * SAMPLE_RATE)), max(0, round(span.end * SAMPLE_RATE))) for span in wanted
    ]
    pieces = tuple((first, audio.raw(first, last)) for first, last in places)
    return Excerpt(length=len(audio), missing=audio.missing, pieces=pieces)
