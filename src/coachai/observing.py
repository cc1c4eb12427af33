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
    from coachai.discourse.reading import Reader
    from coachai.media import Audio
    from coachai.transcript import Recognition
    from coachai.voices.listener import Listener

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What does the slow work of `observe`: loaded here, or handles of a serving engine that do the same.

    `reader` is None where rules alone read what is said.
    """

    recogniser: Recogniser
    listener: Listener
    reader: Reader | None


def agreed(how: Observing) -> None:
    """Before minutes of hearing: a refusal of wishes that cannot both hold."""
    if how.teacher_voice is not None and (how.teacher or how.teacher_sample):
        raise InputRefused(
            "TEACHER_TWICE",
            "--teacher-voice says whose voice it is, and so does --teacher or --teacher-sample; give one.",
        )


def models_here(how: Observing) -> Models:
    """The models on this machine that `how` names, or the best that are here.

    Raises InputRefused for a name that is not known, EnvironmentLacks for a model that is not here.
    """
    from coachai.asr.choice import choose, heard_twice
    from coachai.discourse.reading import reader_for
    from coachai.voices.engines.choice import choose as choose_voices
    from coachai.voices.listener import Ears

    reader = reader_for(how.labels)
    voices = choose_voices(how.voices, device=how.device)
    words = choose(how.asr, captions=how.captions, model=how.model, language=how.language, device=how.device)
    return Models(
        recogniser=heard_twice(words) if how.twice else words,
        listener=Ears(voices),
        reader=reader,
    )


def teacher_sample(how: Observing, folder: Path) -> Audio | None:
    """The teacher's voice alone, where a clip of it was handed in."""
    from coachai.media import decode, probe

    if how.teacher_sample is None:
        return None
    clip = probe(how.teacher_sample, shortest=SHORTEST_SAMPLE)
    return decode(how.teacher_sample, folder, lambda _: None, clip)


def resumed(chosen: Recogniser, how: Observing, recording: Recording, kept: Path) -> Recogniser:
    """The recogniser with its finished clips kept, if it can."""
    from coachai.asr.journal import Journal
    from coachai.asr.recogniser import Resumable

    key = f"{__version__} {recording.sha256} {how.asr} {how.model} {how.language} {how.device} {how.track}"
    return chosen.keeping(Journal(kept, key)) if isinstance(chosen, Resumable) else chosen


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


def provenance_of(how: Observing, recognition: Recognition, recording: Recording, voices: str) -> Provenance:
    """What made this transcript, without a path of anybody's machine; `voices` is the listener's name."""
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
        models["voices"] = voices
    hashes = {"recording": recording.sha256}
    if how.captions is not None:
        hashes["captions"] = hashlib.sha256(how.captions.read_bytes()).hexdigest()
    return Provenance(
        coachai=__version__,
        models=models,
        options=options,
        hashes=hashes,
    )
