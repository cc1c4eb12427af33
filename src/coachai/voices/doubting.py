"""Do the turns fit the sound? What is handed on as one voice is held against how it sounds and behaves.

Turns may be wrong whoever made them: voices run together, captions that give a child's line to the teacher.
So before roles are believed each stretch is asked, without a look at its own turn, whether it sounds more
like the teacher's other turns or like somebody else's; and the voice that is said to teach is asked again
whether it talks, asks and takes part as one who teaches. Both lower the confidence, never raise it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coachai.timeline import finder
from coachai.transcript import Heard, Line, Turn, Voices
from coachai.voices.asking import spoken
from coachai.voices.clusters import Pieces
from coachai.voices.projection import Array
from coachai.voices.teacher import teacher_by_sound

USUAL_FIT = 0.9
"""Share of the sound that fits its turn where voices are told apart rightly: in nine of ten composed lessons
with nothing swapped it is more (median .97), with a tenth of the turns swapped less (median .8)."""

_OWN_SECONDS = 15.0  # of its own turn around a stretch, which have no say about it
_SCALE = 3.0  # log evidence is overstated by about this factor: pieces of a voice are not independent
_CLEAREST = 30.0
_PLAINLY = 0.5  # a turn that fits less well than this is doubted itself


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labelled:
    """Pieces m with their voice (m,) of `count` and their turn (m,); `teacher` is the voice said to teach."""

    heard: Sequence[Heard]
    voice: NDArray[np.intp]
    turn: NDArray[np.intp]
    count: int
    teacher: int


def doubted(voices: Voices, lines: Sequence[Line]) -> Voices:
    """The voices with as much confidence as the sound of their turns, and the questions in `lines`, allow.

    Unchanged where the sound was not asked (`heard` is empty) or nobody is said to teach.
    """
    labelled = _labelled(voices)
    if labelled is None:
        return voices
    fits = _fits(labelled, np.asarray(voices.between))
    apart = min(1.0, _share_that_fits(labelled, fits) / USUAL_FIT)
    believed = _believed(voices, _teaching_again(labelled, lines))
    return replace(
        voices,
        turns=_turns_doubted(voices.turns, labelled, fits),
        teacher_confidence=believed * apart,
        voices_confidence=voices.voices_confidence * apart,
    )


def _labelled(voices: Voices) -> _Labelled | None:
    """The pieces that lie in somebody's turn; None where there are none, or no teacher."""
    seconds: dict[str, float] = {}
    for turn in voices.turns:
        if turn.role == "teacher":
            seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + turn.duration
    names = sorted({turn.speaker for turn in voices.turns})
    place = {id(turn): k for k, turn in enumerate(voices.turns)}
    touching = finder(voices.turns)
    found = []
    for each in voices.heard:
        near = touching(each)
        if near:
            most = max(near, key=lambda turn: min(turn.end, each.end) - max(turn.start, each.start))
            found.append((each, names.index(most.speaker), place[id(most)]))
    if not seconds or not found:
        return None
    heard, voice, turn_of = zip(*found, strict=True)
    teacher = names.index(max(seconds, key=lambda name: (seconds[name], name)))
    return _Labelled(
        heard=heard, voice=np.array(voice), turn=np.array(turn_of), count=len(names), teacher=teacher
    )


def _fits(labelled: _Labelled, between: Array) -> Array:
    """Chance (m,) that each piece is on the right side: the teacher's, or another's. 1 with one voice."""
    if labelled.count < 2:
        return np.ones(len(labelled.heard))
    heard, own = labelled.heard, labelled.voice
    points = np.array([each.point for each in heard])
    variance = np.array([each.variance for each in heard])
    middles = np.array([(each.start + each.end) / 2 for each in heard])
    weight = 1 / variance
    precision = np.zeros(labelled.count)
    weighted = np.zeros((labelled.count, points.shape[1]))
    np.add.at(precision, own, weight)
    np.add.at(weighted, own, weight[:, None] * points)
    fits = np.zeros(len(heard))
    for k in range(len(heard)):
        out = (labelled.turn == labelled.turn[k]) & (np.abs(middles - middles[k]) < _OWN_SECONDS)
        left, sums = precision.copy(), weighted.copy()
        left[own[k]] -= weight[out].sum()
        sums[own[k]] -= weight[out] @ points[out]
        total = np.maximum(left, 0.0)[:, None] + 1 / between
        spread = 1 / total + variance[k]
        like = -0.5 * ((points[k] - sums / total) ** 2 / spread + np.log(spread)).sum(axis=1)
        gain = like[labelled.teacher] - np.delete(like, labelled.teacher).max()
        side = gain if own[k] == labelled.teacher else -gain
        fits[k] = 1 / (1 + np.exp(-np.clip(side / _SCALE, -_CLEAREST, _CLEAREST)))
    return fits


def _share_that_fits(labelled: _Labelled, fits: Array) -> float:
    """Share of the sound on its right side, the mean of both sides: students' few turns count as much."""
    seconds = np.array([each.seconds for each in labelled.heard])
    teaches = labelled.voice == labelled.teacher
    sides = [side for side in (teaches, ~teaches) if seconds[side].sum() > 0]
    return float(np.mean([np.average(fits[side], weights=seconds[side]) for side in sides]))


def _teaching_again(labelled: _Labelled, lines: Sequence[Line]) -> float:
    """Chance that the voice that is said to teach does, from how it sounds and behaves in these turns."""
    heard = labelled.heard
    chances = np.zeros((len(heard), labelled.count))
    chances[np.arange(len(heard)), labelled.voice] = 1.0
    pieces = Pieces(
        spans=heard,
        points=np.array([each.point for each in heard]),
        variance=np.array([each.variance for each in heard]),
        between=np.ones(len(heard[0].point)),
    )
    seconds = np.array([each.seconds for each in heard])
    adult = np.array([each.adult for each in heard])
    guess = teacher_by_sound(pieces, seconds, adult, chances, spoken(lines, heard, chances))
    return float(guess.teaching[labelled.teacher])


def _believed(voices: Voices, again: float) -> float:
    """The confidence after the second look; what a person told us weighs as much as it was trusted."""
    before = voices.teacher_confidence
    if voices.teacher_from == "sound":
        return min(before, again)
    both = before * again
    return min(before, both / max(both + (1 - before) * (1 - again), 1e-9))


def _turns_doubted(turns: Sequence[Turn], labelled: _Labelled, fits: Array) -> tuple[Turn, ...]:
    """Turns that plainly sound like the other side are less sure by as much."""
    seconds = np.array([each.seconds for each in labelled.heard])
    held = np.bincount(labelled.turn, weights=seconds, minlength=len(turns))
    fitting = np.bincount(labelled.turn, weights=seconds * fits, minlength=len(turns))
    doubted_turns = []
    for turn, whole, good in zip(turns, held, fitting, strict=True):
        kept = min(1.0, float(good / whole) / _PLAINLY) if whole > 0 else 1.0
        doubted_turns.append(
            replace(
                turn,
                role_confidence=turn.role_confidence * kept,
                voice_confidence=turn.voice_confidence * kept,
            )
        )
    return tuple(doubted_turns)
