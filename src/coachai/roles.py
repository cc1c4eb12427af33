"""Whose voice is whose: voices' letters and names, and a person's word on which of them teaches.

A voice keeps its letter or number as long as its transcript lives. Roles and the names on display follow
from who is said to teach, so that a wrong guess is put right without hearing the lesson again: everything
after the transcript is computed from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from string import ascii_uppercase

from coachai.errors import InputRefused
from coachai.records import Role, Transcript, Utterance

ROLE_KNOWN = 0.55
"""Chance below which an utterance's role is `unknown` (as when voices are first heard)."""

_NAMES: Mapping[Role, str] = {"student": "Student", "unknown": "Voice"}


def voice_names(owners: Sequence[tuple[str, bool]], *, letters: bool) -> dict[str, str]:
    """Letters or numbers for speakers, given (speaker, teaches) in order of speech; "" stays nobody.

    In order of first speech; who teaches comes last, so that students count from "A" or "1" without a gap.
    """
    teaching = {speaker for speaker, teaches in owners if teaches}
    heard = list(dict.fromkeys(speaker for speaker, _ in owners if speaker))
    ordered = sorted(heard, key=lambda speaker: speaker in teaching)
    names = [_letter(k) if letters else str(k + 1) for k in range(len(ordered))]
    return {"": "", **dict(zip(ordered, names, strict=True))}


def shown_as(voice: str, role: Role) -> str:
    """The name on display: "Teacher", "Student A", or "Voice A" where the role is unknown."""
    if role == "teacher":
        return "Teacher"
    return f"{_NAMES[role]} {voice or '?'}"


def voices_of(transcript: Transcript) -> tuple[str, ...]:
    """The letters or numbers of the voices, sorted; empty in a transcript that was made without them."""
    return tuple(
        sorted({each.voice for each in transcript.utterances if each.voice}, key=lambda v: (len(v), v))
    )


def with_teacher(transcript: Transcript, asked: str) -> Transcript:
    """The transcript with the roles that follow when `asked` teaches; labels are as they were.

    `asked` is a voice ("B"), a name on display ("Student 2") or several with commas between, where one
    person was taken for several. What is left in doubt is how well the voices were told apart. Pure: the
    same answer gives the same roles, whatever was answered before. Raises InputRefused (VOICE_NOT_FOUND),
    naming the voices that are there.
    """
    chosen = frozenset(_voice_named(part.strip(), transcript) for part in asked.split(","))
    seconds: dict[str, float] = {}
    for each in transcript.utterances:
        seconds[each.voice] = seconds.get(each.voice, 0.0) + each.duration
    provenance = transcript.provenance
    told = f"voice {', '.join(sorted(chosen))}"
    return replace(
        transcript,
        utterances=tuple(_reassigned(each, chosen, seconds) for each in transcript.utterances),
        teacher_confidence=transcript.voices_confidence,
        teacher_from="asked",
        provenance=replace(provenance, options={**provenance.options, "teacher": told}),
    )


def _reassigned(utterance: Utterance, chosen: frozenset[str], seconds: Mapping[str, float]) -> Utterance:
    """The utterance in its voice's role, or in none where that is too doubtful to say.

    If it is not its voice's, it is each of the others' as likely as they talk.
    """
    if not utterance.voice:
        return utterance
    others = {voice: spoken for voice, spoken in seconds.items() if voice and voice != utterance.voice}
    mine = sum(spoken for voice, spoken in others.items() if voice in chosen)
    elsewhere = mine / sum(others.values()) if sum(others.values()) > 0 else 0.0
    sure = utterance.voice_confidence
    teaches = (sure if utterance.voice in chosen else 0.0) + (1 - sure) * elsewhere
    own: Role = "teacher" if utterance.voice in chosen else "student"
    confidence = teaches if own == "teacher" else 1 - teaches
    role: Role = own if confidence >= ROLE_KNOWN else "unknown"
    ours = {shown_as(utterance.voice, each) for each in ("teacher", "student", "unknown")}
    return replace(
        utterance,
        # A name that somebody asked to keep stays; it is a name and not a role.
        speaker=shown_as(utterance.voice, role) if utterance.speaker in ours else utterance.speaker,
        role=role,
        role_confidence=round(confidence, 3),
    )


def _voice_named(asked: str, transcript: Transcript) -> str:
    voices = voices_of(transcript)
    if not voices:
        raise InputRefused(
            "VOICE_NOT_FOUND",
            "This transcript does not tell its voices apart, so --teacher-voice cannot choose one; "
            "make it again with 'coachai analyze' from the recording.",
        )
    wanted = asked.casefold()
    known = {voice.casefold(): voice for voice in voices}
    shown = {each.speaker.casefold(): each.voice for each in transcript.utterances if each.voice}
    named = {f"{word} {voice}".casefold(): voice for voice in voices for word in _NAMES.values()}
    found = known.get(wanted) or shown.get(wanted) or named.get(wanted)
    if found is None:
        raise InputRefused(
            "VOICE_NOT_FOUND",
            f"There is no voice “{asked}” in this transcript; give --teacher-voice one of these: "
            f"{', '.join(voices)}.",
        )
    return found


def _letter(k: int) -> str:
    """A to Z, then AA, AB ..."""
    return ("" if k < 26 else ascii_uppercase[k // 26 - 1]) + ascii_uppercase[k % 26]
