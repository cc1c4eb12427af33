"""Where several voices speak at once: a chorus, group work. By the network, and by captions that say so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coachai.records import Span
from coachai.timeline import intersected, merged
from coachai.transcript import Line
from coachai.voices.group import several_at_once
from coachai.voices.network import STEP_SECONDS, Steps

_LINES_TOGETHER = 1.0  # seconds: caption times are off by up to half a second either way


def several_voices(speech: Sequence[Span], steps: Steps) -> tuple[Span, ...]:
    """Where in the speech (sorted, disjoint) several voices go at once for seconds on end."""
    inside = np.zeros(len(steps.overlap), dtype=bool)
    for span in speech:
        inside[steps.within(span)] = True
    places = np.flatnonzero(inside)
    times = np.asarray((places + 0.5) * STEP_SECONDS, dtype=np.float64)
    chance = np.asarray(1 / (1 + np.exp(-steps.overlap[places])), dtype=np.float64)
    found = several_at_once(times, chance)
    return intersected(speech, found)


def lines_at_once(lines: Sequence[Line]) -> tuple[Span, ...]:
    """Where lines of different names run at the same time for a second or more."""
    together: list[Span] = []
    open_lines: list[Line] = []
    for line in sorted(lines, key=lambda each: each.start):
        open_lines = [each for each in open_lines if each.end > line.start]
        for other in open_lines:
            end = min(line.end, other.end)
            if other.speaker != line.speaker and end - line.start >= _LINES_TOGETHER:
                together.append(Span(start=line.start, end=end))
        open_lines.append(line)
    return merged(together)
