"""Decoded sound: 16 kHz mono int16 in a memory-mapped file, read in windows.

Ninety minutes are 173 MB on disk and almost nothing in memory, which float arrays are not.
"""

from __future__ import annotations

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
        self._samples = np.memmap(path, dtype="<i2", mode="r")

    @classmethod
    def from_array(cls, samples: NDArray[Any], path: Path, missing: Sequence[Span] = ()) -> Audio:
        """Write samples (float -1 to 1, or int16; shape (n,)) at `path` and open them."""
        if samples.dtype.kind == "f":
            samples = np.round(np.clip(samples, -1, 1) * 32767)
        samples.astype("<i2").tofile(path)
        return cls(path, missing)

    def __len__(self) -> int:
        """Number of samples."""
        return int(self._samples.shape[0])

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
        return self._samples[first:last].astype(np.float32) / np.float32(32768)

    def raw(self, first: int, last: int) -> NDArray[Any]:
        """Samples `first` to `last` (exclusive) as they are kept, int16."""
        return np.array(self._samples[first:last])
