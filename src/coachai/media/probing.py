"""A file becomes a Recording, or is refused with a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coachai.media.decoding import LEAST_READABLE
from coachai.media.held import Held, held
from coachai.media.isolation import in_child
from coachai.media.refusals import NOTES, clock_text, refused
from coachai.media.sniff import HEAD
from coachai.records import Recording

SHORTEST = 60.0
"""Seconds of recording below which nothing about a lesson can be said."""

GAPS_THAT_SHIFT = 0.020
"""Seconds: Chromium plays the packets after a gap at once, so from here on its clock is not the file's."""

_LANGUAGES = {
    "eng": "English", "spa": "Spanish", "fre": "French", "fra": "French", "ger": "German", "deu": "German",
    "por": "Portuguese", "ita": "Italian", "chi": "Chinese", "zho": "Chinese", "ara": "Arabic",
    "hin": "Hindi", "rus": "Russian", "jpn": "Japanese", "kor": "Korean", "vie": "Vietnamese",
}  # fmt: skip


def probe(path: Path, *, shortest: float = SHORTEST, track: int = 1) -> Recording:
    """Look at the file at `path` without decoding it.

    `duration` is the length in seconds of what plays, sound or picture. `notes` say what is unusual: a
    cut file, several sound tracks (`track` chooses, from 1), phone-quality sound. A recording under
    `shortest` seconds is refused (a sample of somebody's voice may be shorter than a lesson).

    Raises InputRefused; its code is a key of `refusals.REFUSED`.
    """
    path = Path(path)
    with held(path) as source:
        facts = in_child("examine", {"demuxer": source.demuxer, "track": track}, source.file)
        sha256, size, container = source.sha256(), source.size, _container(source)
    require_enough(facts, shortest)
    return Recording(
        name=path.name,
        sha256=sha256,
        size_bytes=size,
        duration=facts["duration"],
        container=container,
        audio_codec=facts["audio_codec"],
        audio_sample_rate=facts["audio_sample_rate"],
        audio_channels=facts["audio_channels"],
        video_codec=facts["video_codec"],
        notes=notes_of(facts, track),
        declared=facts["declared"],
        track=track,
        cut=facts["overrun"] and not _lacks_its_end(facts),
    )


def require_enough(facts: dict[str, Any], shortest: float) -> None:
    """Raise InputRefused: TOO_SHORT (as the file says it is), TOO_DAMAGED (less than half is left)."""
    whole = max(facts["duration"], facts["declared"] or 0.0)
    if whole < shortest:
        raise refused("TOO_SHORT")
    if facts["duration"] < LEAST_READABLE * whole:
        raise refused("TOO_DAMAGED")


def _container(source: Held) -> str:
    """A demuxer's short name, the two kinds apart that browsers treat differently."""
    source.file.seek(0)
    head = source.file.read(HEAD)
    if source.demuxer == "mov":
        return "mov" if head[4:8] != b"ftyp" or head[8:12] == b"qt  " else "mp4"
    if source.demuxer == "matroska":
        return "webm" if b"webm" in head[:64] else "matroska"
    return source.demuxer


def notes_of(facts: dict[str, Any], track: int) -> tuple[str, ...]:
    """What is unusual about a recording, in sentences, from what `examine` found."""
    notes = []
    duration, declared = facts["duration"], facts["declared"]
    if _lacks_its_end(facts):
        notes.append(NOTES["PARTIAL"].format(readable=clock_text(duration), declared=clock_text(declared)))
    elif facts["overrun"]:
        notes.append(NOTES["PARTIAL_UNKNOWN"].format(readable=clock_text(duration)))
    if facts["audio_gaps"] > GAPS_THAT_SHIFT:
        notes.append(NOTES["GAPS"])
    if facts["audio_tracks"] > 1:
        spoken = _spoken(facts["audio_language"])
        note = NOTES["SOUND_TRACKS"]
        other = 2 if track == 1 else 1
        notes.append(note.format(count=facts["audio_tracks"], track=track, language=spoken, other=other))
    if facts["captions"]:
        notes.append(NOTES["CAPTIONS"].format(language=_spoken(facts["captions"][0])))
    if facts["audio_sample_rate"] <= 8000:
        notes.append(NOTES["PHONE"].format(rate=f"{facts['audio_sample_rate'] / 1000:g}"))
    return tuple(notes)


def _lacks_its_end(facts: dict[str, Any]) -> bool:
    """Whether the file says it is longer than what can be read of it."""
    declared: float | None = facts["declared"]
    return declared is not None and declared - facts["duration"] > max(1.0, 0.01 * declared)


def _spoken(code: str | None) -> str:
    """ " (English)" for a code that a track carries; empty where it carries none that we know."""
    language = _LANGUAGES.get(code or "")
    return f" ({language})" if language else ""
