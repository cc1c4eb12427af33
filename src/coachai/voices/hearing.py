"""Who speaks when, and which voice teaches: the door of this package."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coachai.media.audio import Audio
from coachai.records import Progress, Role, Span
from coachai.transcript import Line, Turn, Voices
from coachai.voices.clusters import MOST_VOICES, Pieces, linked, voice_chances
from coachai.voices.features import Frames, voice_frames
from coachai.voices.names import named_groups, teacher_named
from coachai.voices.pieces import cut_into_pieces, piece_vectors, voice_vector
from coachai.voices.projection import Array, Projection, learned_projection
from coachai.voices.teacher import TeacherGuess, letters, teacher_by_sample, teacher_by_sound

UNKNOWN_BELOW = 0.55
"""Role confidence below which a turn's role is `unknown`."""
NAMED_CONFIDENCE = 0.98
_SAME_VOICE = 2.2  # pieces of one recording share more than the model knows: their variance is raised
_FRAMES_SHARE = 0.8  # of the work
_SAME_TURN = 1.0  # seconds: a longer pause ends a turn
_NOTHING = Voices(turns=(), overlap=(), teacher_confidence=0.0, teacher_from="nothing")


def hear_voices(
    audio: Audio,
    speech: Sequence[Span],
    *,
    lines: Sequence[Line] = (),
    teacher_name: str | None = None,
    teacher_sample: Audio | None = None,
    progress: Progress,
) -> Voices:
    """Speaker turns and roles in the speech of `audio`.

    Where `lines` carry speaker names the turns follow the names, else the sound. The teacher is
    `teacher_name` (any unambiguous part of a name in the lines), else the voice most like
    `teacher_sample`, else the voice that sounds and behaves most like a teacher. No role is read from a
    title in a name. Times are seconds. Raises InputRefused where the name is not in the lines.
    """
    named = [line for line in lines if line.speaker]
    chosen = teacher_named(teacher_name, named) if teacher_name else None
    if not speech:
        progress(1.0)
        return _NOTHING
    if chosen is not None:
        progress(1.0)
        return _by_name(named, chosen)
    table = learned_projection()
    frames = voice_frames(audio, speech, lambda done: progress(_FRAMES_SHARE * done))
    spans = [Span(start=line.start, end=line.end) for line in named] or cut_into_pieces(speech, frames)
    vectors, seconds = piece_vectors(spans, frames)
    pieces = Pieces(
        spans=spans,
        points=np.where(seconds[:, None] > 0, table.project(vectors), 0.0),
        variance=_SAME_VOICE * table.scatter_of(seconds),
        between=table.between,
    )
    if named:
        names, chances = named_groups(named)
    else:
        chances = voice_chances(pieces, linked(pieces)[:MOST_VOICES])
        names = letters(chances.shape[1])
    if not chances.shape[1]:
        progress(1.0)
        return _NOTHING
    progress(0.95)
    if teacher_sample is not None:
        guess = _like(teacher_sample, table, pieces, chances)
    else:
        guess = teacher_by_sound(pieces, seconds, table.adult_log_odds(vectors), chances)
    turns = _turns(spans, chances, names, guess)
    progress(1.0)
    return Voices(
        turns=turns,
        overlap=(),
        teacher_confidence=guess.confidence,
        teacher_from="sample" if teacher_sample is not None else "sound",
    )


def _by_name(named: Sequence[Line], teacher: str) -> Voices:
    turns = [
        Turn(
            start=line.start,
            end=line.end,
            speaker=line.speaker or "",
            role="teacher" if line.speaker == teacher else "student",
            role_confidence=NAMED_CONFIDENCE,
        )
        for line in sorted(named, key=lambda each: each.start)
    ]
    return Voices(turns=joined(turns), overlap=(), teacher_confidence=NAMED_CONFIDENCE, teacher_from="name")


def _like(sample: Audio, table: Projection, pieces: Pieces, chances: Array) -> TeacherGuess:
    whole = Span(start=0.0, end=sample.duration)
    frames: Frames = voice_frames(sample, [whole], lambda _: None)
    vector, used = voice_vector(frames.cepstra, frames.pitch, frames.voicing, frames.level)
    if not used:
        return TeacherGuess(voice=None, confidence=0.0)
    variance = _SAME_VOICE * float(table.scatter_of(np.array([used / 100]))[0])
    return teacher_by_sample(table.project(vector[None])[0], variance, pieces, chances)


def _turns(
    spans: Sequence[Span], chances: Array, names: Sequence[str], guess: TeacherGuess
) -> tuple[Turn, ...]:
    """A turn for each run of pieces of one voice, its role as sure as the voice and the teacher are."""
    who = chances.argmax(axis=1)
    turns: list[Turn] = []
    for k, span in enumerate(spans):
        role, confidence = _role(chances[k], guess)
        turns.append(
            Turn(start=span.start, end=span.end, speaker=names[who[k]], role=role, role_confidence=confidence)
        )
    return joined(turns)


def _role(chances: Array, guess: TeacherGuess) -> tuple[Role, float]:
    if guess.voice is None:
        return "unknown", 0.0
    teaches = float(chances[guess.voice])
    sure = max(teaches, 1 - teaches) * (0.5 + 0.5 * guess.confidence)
    role: Role = "teacher" if teaches >= 0.5 else "student"
    return (role if sure >= UNKNOWN_BELOW else "unknown"), sure


def joined(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Neighbouring turns of one speaker and role with at most a second between them as one turn."""
    together: list[Turn] = []
    for turn in turns:
        last = together[-1] if together else None
        if (
            last is not None
            and (last.speaker, last.role) == (turn.speaker, turn.role)
            and turn.start - last.end <= _SAME_TURN
        ):
            before, now = last.duration, turn.duration
            sure = (last.role_confidence * before + turn.role_confidence * now) / max(before + now, 1e-9)
            together[-1] = Turn(
                start=last.start,
                end=max(last.end, turn.end),
                speaker=turn.speaker,
                role=turn.role,
                role_confidence=sure,
            )
        else:
            together.append(turn)
    return tuple(together)
