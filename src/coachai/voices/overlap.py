"""Where several voices speak at once: a chorus, group work. Heard with care, so that one voice stays one.

One voice rings: its strongest frames repeat almost perfectly from one period to the next, and its pitch
moves smoothly. Many voices together never do, and their sum sounds the same from moment to moment.
Two voices at a time are beyond this rule. The limits are set by hand on mixtures of one to eight readers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coachai.records import Span
from coachai.timeline import merged
from coachai.transcript import Line
from coachai.voices.features import HOP_SECONDS, Frames

_SHORTEST_SECONDS = 1.5  # of speech: less tells nothing
_RINGING_BELOW = 0.88  # height of the autocorrelation that a tenth of the frames exceed
_STRONGEST = 90  # percentile
_DULLER_BY = 0.06  # than most of this recording
_RINGING = 0.8
_RINGING_SHARE_BELOW = 0.25  # of the active frames
_JUMP_OCTAVES = 0.3
_JUMPS_ABOVE = 0.22  # share of the steps of 10 ms
_CHANGE_BELOW = 1.75  # mean spread of the cepstra
_ACTIVE_DB = 30.0
_LINES_TOGETHER = 1.0  # seconds: caption times are off by up to half a second either way


def several_voices(pieces: Sequence[Span], frames: Frames) -> list[bool]:
    """For each piece, whether it is several voices at once. Noise dulls every voice, hence `usual`."""
    parts = [frames.within(piece) for piece in pieces]
    ringing = [
        float(np.percentile(frames.voicing[part], _STRONGEST))
        if part.stop - part.start >= _SHORTEST_SECONDS / HOP_SECONDS
        else None
        for part in parts
    ]
    usual = np.median([height for height in ringing if height is not None] or [1.0])
    limit = min(_RINGING_BELOW, float(usual) - _DULLER_BY)
    return [
        height is not None and height < limit and _restless(frames, part)
        for height, part in zip(ringing, parts, strict=True)
    ]


def _restless(frames: Frames, part: slice) -> bool:
    """Few frames ring, the pitch jumps about, and yet the sound hardly changes."""
    level = frames.level[part]
    active = level > np.percentile(level, 95) - _ACTIVE_DB
    jumps = np.abs(np.diff(frames.pitch[part])) > _JUMP_OCTAVES
    return bool(
        (frames.voicing[part][active] > _RINGING).mean() < _RINGING_SHARE_BELOW
        and jumps.mean() > _JUMPS_ABOVE
        and frames.cepstra[part, 1:].std(axis=0).mean() < _CHANGE_BELOW
    )


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
