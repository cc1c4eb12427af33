"""The work behind one request to the face in HTTP: a file's words, a file's voices, what is done by talk.

The stages are those of the pipeline, on the same models. `progress` is called between them and inside them;
whatever it raises ends the work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coachai import __version__
from coachai.errors import InputRefused
from coachai.observing import Models, Observing
from coachai.records import (
    AudioQuality,
    Label,
    Progress,
    Provenance,
    Recording,
    Span,
    Transcript,
    Utterance,
    WordSource,
)
from coachai.roles import voice_names
from coachai.serve import formats
from coachai.serve.limits import Limits
from coachai.timeline import merged

if TYPE_CHECKING:
    from coachai.media import Audio
    from coachai.transcript import Recognition

Load = Callable[[Observing], Models]

LEAST = 0.1
"""Seconds of sound, below which there is no word; the OpenAI API asks for as much."""

NAME = "recording"
"""What every upload is called here: its own name is nobody's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A file's words, and how long it is (s)."""

    recognition: Recognition
    duration: float


def words_in(file: Path, load: Load, language: str, limits: Limits, progress: Progress) -> Heard:
    """The words of a file, however short. Raises InputRefused: what `media` says, SILENT, TOO_QUIET,
    NO_SPEECH, LANGUAGE; EnvironmentLacks where a model cannot run."""
    from coachai.asr.holding import Held
    from coachai.media import require_hearable

    models = load(Observing(language=language.lower() or "auto"))
    audio, speech = _sound(file, limits, progress)
    if not speech:
        require_hearable(audio, speech)
    recognition = Held(models.recogniser).transcribe(audio, speech, progress)
    if recognition.recogniser == "none":
        raise InputRefused("LANGUAGE", "The model here does not know this language: leave the field out.")
    return Heard(recognition=recognition, duration=audio.duration)


def voices_in(file: Path, load: Load, limits: Limits, progress: Progress) -> formats.Voices:
    """Who speaks in a file. Raises as `words_in`; two seconds of speech are the least."""
    from coachai.media import audio_quality, require_hearable
    from coachai.voices.listener import Question

    models = load(Observing())
    audio, speech = _sound(file, limits, progress)
    require_hearable(audio, speech)
    heard = models.listener.listen(audio, Question(speech=speech), progress)
    voices = heard.voices
    turns = sorted(voices.turns, key=lambda each: (each.start, each.end))
    letters = voice_names([(each.speaker, each.role == "teacher") for each in turns], letters=True)
    return formats.Voices(
        duration=round(audio.duration, 3),
        model=models.listener.name,
        teacher_confidence=round(voices.teacher_confidence, 3),
        voices_confidence=round(voices.voices_confidence, 3),
        among_adults=voices.among_adults,
        turns=[
            formats.VoiceTurn(
                start=round(each.start, 3),
                end=round(each.end, 3),
                speaker=letters[each.speaker],
                role=each.role,
                role_confidence=round(each.role_confidence, 3),
                voice_confidence=round(each.voice_confidence, 3),
            )
            for each in turns
        ],
        overlap=formats.stretches(voices.overlap),
        speech=formats.stretches(heard.speech),
        missing=formats.stretches(audio.missing),
        notes=list(audio_quality(audio, speech).notes),
    )


def rttm_of(voices: formats.Voices) -> str:
    """The turns as RTTM."""
    from coachai.report.exports.rttm import rttm

    turns = (
        Utterance(
            start=each.start,
            end=each.end,
            speaker=each.speaker,
            role=each.role,
            role_confidence=each.role_confidence,
            text="",
        )
        for each in voices.turns
    )
    return rttm(_transcript(tuple(turns), marks=False))


def read_in(talk: formats.Talk, load: Load, progress: Progress) -> formats.Discourse:
    """What is done by what was said. Raises EnvironmentLacks where the model cannot run."""
    from coachai.discourse.reading import LABELS
    from coachai.pipeline import labelled

    said = tuple(
        Utterance(
            start=each.start,
            end=each.end,
            speaker=each.speaker,
            role=each.role,
            role_confidence=1.0,
            text=" ".join(each.text.split()),
        )
        for each in talk.utterances
    )
    marks = any(each.text.rstrip().endswith(("?", ".", "!")) for each in said)
    transcript = _transcript(said, marks=marks if talk.marks is None else talk.marks)
    read = labelled(transcript, load(Observing()).reader, progress)
    return formats.Discourse(
        model=read.provenance.models.get(LABELS, "rules"),
        utterances=[
            formats.Read(labels=_found(each.labels), readings=_found(each.readings))
            for each in read.utterances
        ],
    )


def _found(labels: tuple[Label, ...]) -> list[formats.Found]:
    return [
        formats.Found(name=each.name, probability=round(each.probability, 3), source=each.source)
        for each in labels
    ]


def _sound(file: Path, limits: Limits, progress: Progress) -> tuple[Audio, tuple[Span, ...]]:
    """The sound of a file, and where somebody speaks in it."""
    from coachai.media import decode, probe
    from coachai.media.refusals import clock_text, refused
    from coachai.voices.speech import find_speech

    recording = probe(file, shortest=0.0)
    if recording.duration < LEAST:
        raise refused("TOO_SHORT")
    if recording.duration > limits.upload_seconds:
        most = clock_text(limits.upload_seconds)
        raise InputRefused(
            "TOO_LONG",
            f"This recording is longer than {most}, the most that is taken here. Send it in parts.",
        )
    audio = decode(file, file.parent, progress, recording)
    return audio, find_speech(audio, progress)


def _transcript(said: tuple[Utterance, ...], *, marks: bool) -> Transcript:
    """What was said and by whom, where nothing else is known."""
    end = max((each.end for each in said), default=0.0)
    return Transcript(
        recording=Recording(
            name=NAME,
            sha256="",
            size_bytes=0,
            duration=end,
            container="",
            audio_codec="",
            audio_sample_rate=0,
            audio_channels=0,
        ),
        duration=end,
        language="en",
        utterances=said,
        speech=merged(Span(start=each.start, end=each.end) for each in said),
        overlap=(),
        missing=(),
        quality=AudioQuality(speech_level_dbfs=None, noise_level_dbfs=None, snr_db=None, clipped_share=0.0),
        words_from=WordSource(recogniser="none", model="", marks=marks, names=True, coverage=1.0, note=""),
        teacher_confidence=1.0,
        teacher_from="name",
        provenance=Provenance(coachai=__version__),
    )
