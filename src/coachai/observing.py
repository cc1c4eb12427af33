"""How a recording is to be observed: who finds the words, who teaches, what reads; and what that comes to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from coachai import __version__
from coachai.errors import InputRefused
from coachai.records import Provenance, Recording, Transcript

if TYPE_CHECKING:
    from coachai.asr.recogniser import Recogniser
    from coachai.discourse.choice import Installed
    from coachai.media import Audio
    from coachai.transcript import Recognition
    from coachai.voices.engines.diarizer import Diarizer

OWN_VOICES = "coachai voices 1"
"""The network of our own that hears voices (`models/voices`), and the version of its weights."""

SHORTEST_SAMPLE = 1.0
"""Seconds of the teacher's voice below which a sample says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observing:
    """How to observe: which recogniser, model and sound track, captions, and how to know the teacher.

    `twice` has a Whisper model hear the lesson twice, so that words it makes up differ and are marked.
    `keep_names` shows people by the names that the captions give them; else these are not written anywhere.
    `labels` names the model that reads what is said, or `rules` (see `coachai.discourse.choice`); `voices`
    names what tells voices apart (see `coachai.voices.engines.choice`).
    """

    asr: str = "auto"
    model: str | None = None
    captions: Path | None = None
    teacher: str | None = None
    teacher_sample: Path | None = None
    teacher_voice: str | None = None
    language: str = "en"
    device: str = "auto"
    track: int = 1
    keep_names: bool = False
    twice: bool = False
    labels: str = ""
    voices: str = ""


def prepared(how: Observing) -> Installed | None:
    """Before minutes of hearing: the model that will read, and a refusal of wishes that cannot both hold."""
    from coachai.discourse.choice import choose

    if how.teacher_voice is not None and (how.teacher or how.teacher_sample):
        raise InputRefused(
            "TEACHER_TWICE",
            "--teacher-voice says whose voice it is, and so does --teacher or --teacher-sample; give one.",
        )
    return choose(how.labels)


def voices_engine(how: Observing) -> Diarizer | None:
    """Before minutes of hearing: another engine for the voices, loaded, or None for our own."""
    from coachai.voices.engines.choice import choose

    return choose(how.voices, device=how.device)


def teacher_sample(how: Observing, folder: Path) -> Audio | None:
    """The teacher's voice alone, where a clip of it was handed in."""
    from coachai.media import decode, probe

    if how.teacher_sample is None:
        return None
    clip = probe(how.teacher_sample, shortest=SHORTEST_SAMPLE)
    return decode(how.teacher_sample, folder, lambda _: None, clip)


def chosen_recogniser(how: Observing) -> Recogniser:
    """The recogniser that is asked for, or the best that is here."""
    from coachai.asr.choice import choose, heard_twice

    chosen = choose(how.asr, captions=how.captions, model=how.model, language=how.language, device=how.device)
    return heard_twice(chosen) if how.twice else chosen


def resumed(chosen: Recogniser, how: Observing, recording: Recording, kept: Path) -> Recogniser:
    """The recogniser with its finished parts kept; captions are instant, and are laid as a whole.

    One that was handed in is left alone: nobody but its owner knows what its words depend on.
    """
    from coachai.asr.captions import Captions
    from coachai.asr.choice import Explained
    from coachai.asr.resume import Resumed
    from coachai.asr.silent import NoWords

    if not isinstance(chosen, Explained) or isinstance(chosen.recogniser, Captions | NoWords):
        return chosen
    told = f"{type(chosen.recogniser).__name__} {how.model} {how.language} {how.device} {how.track}"
    key = f"{__version__} {recording.sha256} {told}"
    return Explained(Resumed(chosen.recogniser, kept, key), chosen.sentence)


def taught(transcript: Transcript, how: Observing) -> Transcript:
    """The transcript with the roles that follow from whose voice it is, where somebody has said so."""
    from coachai.roles import with_teacher

    return transcript if how.teacher_voice is None else with_teacher(transcript, how.teacher_voice)


def file_unnamed(recognition: Recognition, how: Observing) -> Recognition:
    """The recognition without the name of its caption file, if a speaker's name is in it and is not kept."""
    captions = how.captions
    if captions is None or how.keep_names:
        return recognition
    spoken = {part for line in recognition.lines for part in (line.speaker or "").casefold().split()}
    if not any(len(part) > 2 and part in captions.name.casefold() for part in spoken):
        return recognition
    shown = f"captions{captions.suffix}"
    return replace(recognition, model=shown, note=recognition.note.replace(captions.name, shown))


def provenance_of(
    how: Observing, recognition: Recognition, recording: Recording, engine: Diarizer | None = None
) -> Provenance:
    """What made this transcript, without a path of anybody's machine."""
    options = {
        "asr": how.asr,
        "language": how.language,
        "device": how.device,
        "teacher": "named" if how.teacher else "sample" if how.teacher_sample else "from the sound",
    }
    if how.captions is not None:
        its = recognition.recogniser == "captions"
        options["captions"] = recognition.model if its else how.captions.name
    if how.labels:
        options["labels"] = how.labels
    if how.keep_names:
        options["names"] = "kept"
    if how.twice:
        options["heard"] = "twice"
    if how.track != 1:
        options["track"] = str(how.track)
    models = {"words": f"{recognition.recogniser} {recognition.model}".strip(), "speech": "silero v6"}
    if not any(line.speaker for line in recognition.lines):
        models["voices"] = engine.name if engine is not None else OWN_VOICES
    hashes = {"recording": recording.sha256}
    if how.captions is not None:
        hashes["captions"] = hashlib.sha256(how.captions.read_bytes()).hexdigest()
    return Provenance(
        coachai=__version__,
        models=models,
        options=options,
        hashes=hashes,
    )
