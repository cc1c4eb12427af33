"""Decoded sound: 16 kHz mono int16 in a file, read in windows.

Ninety minutes are 173 MB on disk and almost nothing in memory, which float arrays are not.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachai.records import Span

SAMPLE_RATE = 16_000
"""Samples a second: what the recognisers and the speech detector expect."""


class Audio:
    """The sound of a recording on the player's clock; sample k stands at k / 16000 seconds.

    `missing` are the stretches where the file has no sound; they are zeros here.
    """

    sample_rate = SAMPLE_RATE

    def __init__(self, path: Path, missing: Sequence[Span] = ()) -> None:
        """Open raw little-endian int16 samples at `path`; raises FileNotFoundError, ValueError (empty)."""
        self.path = path
        self.missing = tuple(missing)
        # Read, not mapped: pages of a mapped file count as memory of whoever touched them. The place stays
        # open, so that the sound is there until the last who reads it is gone, as a mapping's would be.
        self._place = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._place)
        self._length = os.fstat(self._place).st_size // 2
        if not self._length:
            raise ValueError("there is no sound in this file")

    @classmethod
    def from_array(cls, samples: NDArray[Any], path: Path, missing: Sequence[Span] = ()) -> Audio:
        """Write samples (float -1 to 1, or int16; shape (n,)) at `path` and open them."""
        if samples.dtype.kind == "f":
            samples = np.round(np.clip(samples, -1, 1) * 32767)
        samples.astype("<i2").tofile(path)
        return cls(path, missing)

    def __len__(self) -> int:
        """Number of samples."""
        return self._length

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self) / SAMPLE_RATE

    def read(self, start: float, end: float) -> NDArray[np.float32]:
        """Samples from `start` to `end` seconds, float32 from -1 to 1; shorter at the recording's edges."""
        first, last = max(0, round(start * SAMPLE_RATE)), max(0, round(end * SAMPLE_RATE))
        return self.read_samples(first, last)

    def read_samples(self, first: int, last: int) -> NDArray[np.float32]:
        """Samples `first` to `last` (exclusive), float32 from -1 to 1."""
        return self.raw(first, last).astype(np.float32) / np.float32(32768)

    def raw(self, first: int, last: int) -> NDArray[Any]:
        """Samples `first` to `last` (exclusive) as they are kept, int16."""
        first = max(0, first)
        count = max(0, min(last, self._length) - first)
        return np.frombuffer(os.pread(self._place, 2 * count, 2 * first), dtype="<i2")
