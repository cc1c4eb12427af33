"""Laying pieces of sound on the player's clock: gaps become zeros and are remembered, overlaps go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from coachai.media.audio import SAMPLE_RATE
from coachai.records import Span
from coachai.timeline import merged

TOLERANCE = 0.010
"""Seconds a time stamp may stray from the running sound before it counts as a gap or an overlap.

Containers round time stamps (Matroska to 1 ms) and cameras jitter; half of the 20 ms that we promise.
"""

SHORTEST_GAP = 0.5
"""Seconds without sound that are worth telling: below it lie codec priming and lost packets."""

LONGEST_TAIL = 1.0
"""Seconds that pictures may go on after the sound where nothing says how long the sound should be."""

LAST_PACKET = 0.15
"""Seconds before the end in which a packet that cannot be decoded is the one that a cut went through."""

_BLOCK = np.zeros(1 << 19, dtype="<i2")


class Tape:
    """Mono int16 samples that grow from time 0."""

    def __init__(self, write: Callable[[bytes], object], rate: int = SAMPLE_RATE) -> None:
        """Hand the sound, `rate` little-endian samples a second, to `write` as it comes."""
        self.rate = rate
        self._write = write
        self._length = 0
        self._leave_out = 0
        self._missing: list[Span] = []

    @property
    def seconds(self) -> float:
        """Where the tape ends now."""
        return self._length / self.rate

    def move_to(self, seconds: float) -> None:
        """Let the next sound start at `seconds`: fill a gap, or leave out what overlaps the tape."""
        target = round(seconds * self.rate)
        self._leave_out = max(0, self._length - target)
        if target > self._length:
            self._note(self._length, target)
            self._fill(target - self._length)

    def add(self, samples: NDArray[np.int16]) -> None:
        """Sound (int16, shape (n,)) that follows what was added last."""
        if self._leave_out:
            left = self._leave_out
            self._leave_out = max(0, left - samples.shape[0])
            samples = samples[left:]
        if samples.shape[0]:
            self._write(samples.astype("<i2", copy=False).tobytes())
            self._length += samples.shape[0]

    def finish(
        self, seconds: float, lost: Sequence[Span] = (), promised: float | None = None
    ) -> tuple[Span, ...]:
        """Fill the tape up to `seconds`; returns where sound is missing, the `lost` spans included.

        `promised` is where the file says that its sound ends (None: it does not say). Sound beyond `seconds`
        (padding of a last packet) is not taken back: that is for the file's owner.
        """
        reached, told = self.seconds, len(self._missing)
        self.move_to(seconds)
        kept = promised is None or min(promised, seconds) - reached < SHORTEST_GAP
        if kept and seconds - reached < LONGEST_TAIL:
            del self._missing[told:]  # nothing is lost: the pictures go on a little
        inside = [
            Span(start=each.start, end=min(seconds, each.end))
            for each in lost
            if each.start < seconds - LAST_PACKET
        ]
        return merged([*self._missing, *inside], gap=0.1)

    def _note(self, first: int, last: int) -> None:
        if last - first >= SHORTEST_GAP * self.rate:
            self._missing.append(Span(start=first / self.rate, end=last / self.rate))

    def _fill(self, samples: int) -> None:
        self._length += samples
        while samples > 0:
            self._write(_BLOCK[:samples].tobytes())
            samples -= _BLOCK.shape[0]
