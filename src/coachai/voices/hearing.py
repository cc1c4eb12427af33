"""Who speaks when, and which voice teaches: the door of this package."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NotRequired, TypedDict, Unpack

import numpy as np

from coachai.media.audio import Audio
from coachai.records import Progress, Role, Span
from coachai.timeline import merged, subtracted
from coachai.transcript import Heard, Line, Turn, Voices
from coachai.voices.asking import spoken
from coachai.voices.clusters import MOST_VOICES, Pieces, Setting, linked, setting, voice_chances
from coachai.voices.engines.diarizer import Diarizer, ToldApart
from coachai.voices.features import Frames, voice_frames
from coachai.voices.names import named_groups, teacher_named
from coachai.voices.overlap import lines_at_once, several_voices
from coachai.voices.pieces import cut_into_pieces, piece_vectors, voice_vector
from coachai.voices.projection import Array, learned_projection
from coachai.voices.teacher import TeacherGuess, letters, nobody_teaches, teacher_by_sample, teacher_by_sound

UNKNOWN_BELOW = 0.55
"""Role confidence below which a turn's role is `unknown`."""
NAMED_CONFIDENCE = 0.98
_SAME_VOICE = 3.5  # pieces of one recording share more than the model knows: their variance is raised
_TRUST = 0.9  # in the chances: they rest on pieces that are not as independent as the model has it
_FRAMES_SHARE = 0.8  # of the work
_FRAMES_SHARE_BESIDE = 0.1  # the same where another engine tells the voices apart, which takes longer
_SAME_TURN = 1.0  # seconds: a longer pause ends a turn
_CHECKED_SECONDS = 600.0  # of captions' lines whose sound is held against their names
_WINDOW = 30.0  # seconds: they are taken in windows of this length, so that who follows whom is kept
_NOTHING = Voices(turns=(), overlap=(), teacher_confidence=0.0, teacher_from="nothing")


class Asked(TypedDict):
    """How the teacher is known and what tells voices apart, as `hear_voices` takes them."""

    teacher_name: NotRequired[str | None]
    teacher_sample: NotRequired[Audio | None]
    engine: NotRequired[Diarizer | None]


def hear_voices(
    audio: Audio,
    speech: Sequence[Span],
    *,
    lines: Sequence[Line] = (),
    progress: Progress,
    **asked: Unpack[Asked],
) -> Voices:
    """Speaker turns and roles in the speech of `audio`.

    Where `lines` carry speaker names the turns follow the names, else the sound, in which `engine` tells the
    voices apart if one is given. The teacher is `teacher_name` (any unambiguous part of a name in the lines),
    else the voice most like `teacher_sample`, else the voice that sounds and behaves most like a teacher. No
    role is read from a title in a name. Times are seconds. Raises InputRefused where the name is not in the
    lines.
    """
    named = [line for line in lines if line.speaker]
    teacher_name, engine = asked.get("teacher_name"), asked.get("engine")
    chosen = teacher_named(teacher_name, named) if teacher_name else None
    if not speech:
        progress(1.0)
        return _NOTHING
    nameless = subtracted(speech, named)
    checked = named if chosen is None else _spread(named)
    read = speech if chosen is None else merged([*nameless, *checked])
    share = _FRAMES_SHARE if engine is None else _FRAMES_SHARE_BESIDE
    frames = voice_frames(audio, read, lambda done: progress(share * done))
    overlap = several_voices(nameless, frames.steps)
    cut = cut_into_pieces(subtracted(nameless, overlap), frames)
    if named:
        overlap = merged([*overlap, *lines_at_once(named)])
    if chosen is not None:
        pieces, vectors, seconds, _ = _pieces(checked, frames)
        heard = _heard(pieces, seconds, learned_projection().adult_log_odds(vectors))
        progress(1.0)
        return replace(
            _by_name(named, chosen, overlap), heard=heard, between=tuple(map(float, pieces.between))
        )
    spans: Sequence[Span] = named or cut
    told = None
    if engine is not None and not named:
        told = engine.tell_apart(audio, spans, lambda done: progress(share + (1 - share) * done))
        overlap = merged([*overlap, *(told.overlap or ())])
        spans = told.spans
    voices = _by_sound(spans, frames, lines, told, asked.get("teacher_sample"))
    progress(1.0)
    return replace(voices, overlap=overlap)


def _by_sound(
    spans: Sequence[Span],
    frames: Frames,
    lines: Sequence[Line],
    told: ToldApart | None,
    sample: Audio | None,
) -> Voices:
    """Voices by likeness, as `told` by an engine, or by names where lines have some; the teacher by sound."""
    named = [line for line in lines if line.speaker]
    pieces, vectors, seconds, sound = _pieces(spans, frames)
    adult = learned_projection().adult_log_odds(vectors)
    if named:
        names, chances = named_groups(named)
    elif told is not None:
        chances = told.chances
        names = letters(chances.shape[1])
    else:
        chances = voice_chances(pieces, linked(pieces)[:MOST_VOICES])
        names = letters(chances.shape[1])
    if not chances.shape[1]:
        return _NOTHING
    if sample is not None:
        guess = _like(sample, pieces, chances, sound)
    else:
        guess = teacher_by_sound(pieces, seconds, adult, chances, spoken(lines, spans, chances))
    return Voices(
        turns=_turns(spans, chances, names, guess),
        overlap=(),
        teacher_confidence=guess.confidence,
        teacher_from="sample" if sample is not None else "sound",
        among_adults=guess.adults,
        heard=_heard(pieces, seconds, adult),
        between=tuple(map(float, pieces.between)),
    )


def _pieces(spans: Sequence[Span], frames: Frames) -> tuple[Pieces, Array, Array, Setting]:
    """The spans (m) as pieces, their vectors (m, v), their seconds of sound (m,), and the room's setting."""
    table = learned_projection()
    vectors, seconds = piece_vectors(spans, frames)
    raw = table.project(vectors)
    sound = setting(raw, seconds, table.between)
    points = sound.undone(raw)
    pieces = Pieces(
        spans=spans,
        points=np.where(seconds[:, None] > 0, points, 0.0),
        variance=_SAME_VOICE * table.scatter_of(seconds),
        between=table.between,
    )
    return pieces, vectors, seconds, sound


def _spread(lines: Sequence[Line]) -> list[Line]:
    """Lines of windows spread evenly over the lesson, at most about `_CHECKED_SECONDS` of them in all."""
    every = max(1, math.ceil(sum(line.duration for line in lines) / _CHECKED_SECONDS))
    return [line for line in lines if int(line.start // _WINDOW) % every == 0]


def _heard(pieces: Pieces, seconds: Array, adult: Array) -> tuple[Heard, ...]:
    """What the pieces sound like, those left out that say nothing."""
    return tuple(
        Heard(
            start=span.start,
            end=span.end,
            point=tuple(float(each) for each in point),
            variance=float(variance),
            adult=float(odds),
            seconds=float(used),
        )
        for span, point, variance, odds, used in zip(
            pieces.spans, pieces.points, pieces.variance, adult, seconds, strict=True
        )
        if used > 0
    )


def _by_name(named: Sequence[Line], teacher: str, overlap: tuple[Span, ...]) -> Voices:
    turns = [
        Turn(
            start=line.start,
            end=line.end,
            speaker=line.speaker or "",
            role="teacher" if line.speaker == teacher else "student",
            role_confidence=NAMED_CONFIDENCE,
            voice_confidence=NAMED_CONFIDENCE,
        )
        for line in sorted(named, key=lambda each: each.start)
    ]
    return Voices(
        turns=joined(turns), overlap=overlap, teacher_confidence=NAMED_CONFIDENCE, teacher_from="name"
    )


def _like(sample: Audio, pieces: Pieces, chances: Array, sound: Setting) -> TeacherGuess:
    table = learned_projection()
    whole = Span(start=0.0, end=sample.duration)
    frames: Frames = voice_frames(sample, [whole], lambda _: None)
    vector, used = voice_vector(whole, frames)
    if not used:
        return nobody_teaches(chances.shape[1])
    variance = _SAME_VOICE * float(table.scatter_of(np.array([used / 100]))[0])
    return teacher_by_sample(sound.undone(table.project(vector[None]))[0], variance, pieces, chances)


def _turns(
    spans: Sequence[Span], chances: Array, names: Sequence[str], guess: TeacherGuess
) -> tuple[Turn, ...]:
    """A turn for each run of pieces of one voice, its role as sure as the voice and the teacher are."""
    who = chances.argmax(axis=1)
    trusted = _TRUST * chances + (1 - _TRUST) * chances.mean(axis=0)
    teaches, outside = trusted @ guess.teaching, trusted @ guess.outside
    turns: list[Turn] = []
    for k, span in enumerate(spans):
        role, confidence = _role(float(teaches[k]), float(outside[k]))
        if not guess.confidence > 0:
            role, confidence = "unknown", 0.0
        turns.append(
            Turn(
                start=span.start,
                end=span.end,
                speaker=names[who[k]],
                role=role,
                role_confidence=confidence,
                voice_confidence=float(trusted[k, who[k]]),
            )
        )
    return joined(turns)


def _role(teaches: float, outside: float) -> tuple[Role, float]:
    """The likeliest part and its chance; `unknown` where that is too close to call, or a guest or a film."""
    chances: dict[Role, float] = {"teacher": teaches, "student": 1 - teaches - outside, "unknown": outside}
    role = max(chances, key=lambda each: (chances[each], each))
    return (role if chances[role] >= UNKNOWN_BELOW else "unknown"), chances[role]


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
            share = now / max(before + now, 1e-9)
            together[-1] = replace(
                last,
                end=max(last.end, turn.end),
                role_confidence=last.role_confidence + share * (turn.role_confidence - last.role_confidence),
                voice_confidence=last.voice_confidence
                + share * (turn.voice_confidence - last.voice_confidence),
            )
        else:
            together.append(turn)
    return tuple(together)
