"""What an engine says as turns of named voices, cut to the pieces of speech that it was asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coachai.records import Span
from coachai.timeline import finder, intersected
from coachai.voices.engines.diarizer import ToldApart

SHORTEST_SPAN = 0.05
"""Seconds: what is left of a turn beside a piece's edge and shorter is nobody's; engines are no finer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTurn(Span):
    """A stretch of one voice, by the engine's own name for it."""

    voice: str


def told_by_turns(
    turns: Sequence[VoiceTurn], pieces: Sequence[Span], *, sure: float, overlap: Sequence[Span] | None = None
) -> ToldApart:
    """The turns inside `pieces`, each the voice that it names with the chance `sure`, else any other alike.

    Where turns run over each other, the later one begins where the earlier one ends. Voices are numbered as
    they first speak. Where there is one voice alone, it is that one. `overlap` is cut to the pieces.
    """
    spans: list[Span] = []
    said: list[str] = []
    touched = finder(pieces)
    reached = 0.0
    for turn in sorted(turns, key=lambda each: (each.start, each.end)):
        start = max(turn.start, reached)
        if turn.end <= start:
            continue
        reached = turn.end
        for piece in touched(Span(start=start, end=turn.end)):
            part = Span(start=max(start, piece.start), end=max(start, min(turn.end, piece.end), piece.start))
            if part.duration >= SHORTEST_SPAN:
                spans.append(part)
                said.append(turn.voice)
    voices = {voice: k for k, voice in enumerate(dict.fromkeys(said))}
    others = len(voices) - 1
    chances = np.full((len(spans), len(voices)), (1 - sure) / others if others > 0 else 0.0)
    chances[np.arange(len(spans)), [voices[voice] for voice in said]] = sure if others > 0 else 1.0
    several = None if overlap is None else intersected(overlap, pieces)
    return ToldApart(spans=tuple(spans), chances=chances, overlap=several)
