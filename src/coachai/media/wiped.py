"""Stretches of uncompressed sound that were overwritten with zeros: nothing else in such a file shows it.

Compressed sound cannot be decoded where its bytes are gone. Of PCM every byte is a sample, so that a wiped
stretch plays as perfect silence. A room is never that silent, and sound that was made silent on purpose
fades: a stretch of zeros that begins and ends in the middle of sound is taken for damage, unless the same
file also has silences that fade, or is mostly zeros. Zeros before the first and after the last sound are left
alone: people put them there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coachai.media.audio import SAMPLE_RATE
from coachai.media.tape import SHORTEST_GAP
from coachai.records import Span

EDGE_SECONDS = 0.002
"""How much of the sound beside a stretch of zeros is looked at."""

FADED = 8
"""A peak below this (of 32,768) beside zeros is the end of a fade, not of a sound."""

MOSTLY = 0.5
"""Share of zeros from which on silence is what the file holds."""

_EDGE = round(EDGE_SECONDS * SAMPLE_RATE)
_LONG = round(SHORTEST_GAP * SAMPLE_RATE)


class Wiped:
    """Listens to the tape as it is written."""

    def __init__(self) -> None:
        self._length = 0
        self._before: NDArray[np.int16] = np.zeros(0, dtype=np.int16)  # the last sound that was heard
        self._silent_from = 0
        self._found: list[Span] = []
        self._fades = False

    def hear(self, samples: bytes) -> None:
        """Take little-endian int16 samples that follow what was heard last."""
        block = np.frombuffer(samples, dtype="<i2")
        sounding = np.flatnonzero(block)
        if len(sounding):
            edges = np.concatenate([[self._silent_from - self._length - 1], sounding])
            for k in np.flatnonzero(np.diff(edges) > _LONG):
                last, first = int(edges[k]), int(edges[k + 1])
                before = self._before if last < 0 else block[max(0, last - _EDGE) : last + 1]
                self._note(last + 1, first, before, block[first : first + _EDGE])
            last = int(sounding[-1])
            self._before = block[max(0, last - _EDGE) : last + 1]
            self._silent_from = self._length + last + 1
        self._length += len(block)

    def spans(self) -> list[Span]:
        """The stretches (s) that were wiped."""
        silent = sum(each.duration for each in self._found)
        natural = self._fades or silent >= MOSTLY * self._length / SAMPLE_RATE
        return [] if natural else list(self._found)

    def _note(self, start: int, end: int, before: NDArray[np.int16], after: NDArray[np.int16]) -> None:
        if not len(before):
            return
        if _is_faded(before) or _is_faded(after):
            self._fades = True
            return
        start, end = self._length + start, self._length + end
        self._found.append(Span(start=start / SAMPLE_RATE, end=end / SAMPLE_RATE))


def _is_faded(beside: NDArray[np.int16]) -> bool:
    return int(np.abs(beside.astype(np.int32)).max()) < FADED
