"""The whole product on one screen: observe a recording, prescreen a transcript, analyze = both."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from coachai import __version__
from coachai.errors import InputRefused
from coachai.records import (
    AudioQuality,
    Progress,
    Provenance,
    Recording,
    Report,
    RubricReference,
    Transcript,
)

if TYPE_CHECKING:
    from coachai.asr.recogniser import Recogniser
    from coachai.coaching import Advice
    from coachai.media import Audio
    from coachai.rubric import Rubric
    from coachai.transcript import Recognition

Result = TypeVar("Result")

SHORTEST_SAMPLE = 1.0
"""Seconds of the teacher's voice below which a sample says nothing."""

KEPT = ".coachai-heard"
"""The folder beside the results in which an interrupted recognition waits to be taken up."""

StageProgress = Callable[[str], Progress]
"""Given a stage's name, what to call with the fraction of it that is done."""

STAGES = {
    "open": "Opening the recording",
    "decode": "Reading the sound",
    "speech": "Finding speech",
    "words": "Recognising words",
    "voices": "Listening to the voices",
    "playable": "Making a copy that browsers play",
    "pages": "Measuring and writing the report",
}
"""The stages in order, with the words a person sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observing:
    """How to observe: which recogniser, model and sound track, captions, and how to know the teacher.

    `twice` has a Whisper model hear the lesson twice, so that words it makes up differ and are marked.
    `keep_names` shows people by the names that the captions give them; else these are not written anywhere.
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


def observe(
    path: Path,
    how: Observing,
    *,
    folder: Path,
    progress: StageProgress,
    kept: Path | None = None,
    recogniser: Recogniser | None = None,
) -> Transcript:
    """Hear a recording: slow, once. Working files go to `folder`, which the caller removes.

    In `kept`, if named, finished parts of the recognition outlive an interruption. `recogniser` stands in for
    the one that `how` names. Raises InputRefused and EnvironmentLacks (what this machine lacks).
    """
    from coachai.annotation import annotate
    from coachai.asr.holding import Held
    from coachai.asr.other_languages import in_english
    from coachai.media import audio_quality, decode, probe, require_hearable
    from coachai.transcript import assemble
    from coachai.voices.doubting import doubted
    from coachai.voices.hearing import hear_voices
    from coachai.voices.speech import find_speech

    _require_one_answer(how)
    chosen = _chosen(how) if recogniser is None else recogniser
    if recogniser is not None:
        how = replace(how, asr="handed in", captions=None)
    recording = _staged("open", progress, lambda _: probe(path, track=how.track))
    if kept is not None:
        chosen = _resumed(chosen, how, recording, kept)
    audio = _staged("decode", progress, lambda step: decode(path, folder, step, recording))
    sample = _sample(how, folder)
    speech = _staged("speech", progress, lambda step: find_speech(audio, step))
    require_hearable(audio, speech)
    recognition = _staged("words", progress, lambda step: Held(chosen).transcribe(audio, speech, step))
    recognition = _file_unnamed(recognition, how)
    voices = _staged(
        "voices",
        progress,
        lambda step: hear_voices(
            audio,
            speech,
            lines=recognition.lines,
            teacher_name=how.teacher,
            teacher_sample=sample,
            progress=step,
        ),
    )
    understood, other_language = in_english(recognition)
    heard = assemble(
        recording=recording,
        speech=speech,
        missing=audio.missing,
        quality=_noted(audio_quality(audio, speech), other_language),
        recognition=understood,
        voices=doubted(voices, recognition.lines),
        provenance=_provenance(how, recognition, recording),
        keep_names=how.keep_names,
    )
    return annotate(heard) if how.teacher_voice is None else corrected(heard, how.teacher_voice)


def _noted(quality: AudioQuality, note: str) -> AudioQuality:
    return replace(quality, notes=(*quality.notes, note)) if note else quality


def _require_one_answer(how: Observing) -> None:
    """Before minutes of hearing: --teacher-voice with another way to know the teacher cannot both hold."""
    if how.teacher_voice is not None and (how.teacher or how.teacher_sample):
        raise InputRefused(
            "TEACHER_TWICE",
            "--teacher-voice says whose voice it is, and so does --teacher or --teacher-sample; give one.",
        )


def corrected(transcript: Transcript, teacher_voice: str) -> Transcript:
    """The transcript with a person's word on which voice teaches: roles and labels are made anew.

    Pure, and the same whatever was said before. Raises InputRefused, naming the voices that are there.
    """
    from coachai.annotation import annotate
    from coachai.roles import with_teacher

    return annotate(with_teacher(transcript, teacher_voice))


def prescreen(transcript: Transcript, rubric: Rubric) -> Report:
    """Measure a saved transcript and hold it against a rubric: pure, instant, repeatable."""
    from coachai.measures import measure_all
    from coachai.screening import screen
    from coachai.unsure import relied_on

    heard = relied_on(transcript)
    measurements = measure_all(heard)
    return Report(
        recording=transcript.recording,
        rubric=RubricReference(
            id=rubric.id, version=rubric.version, title=rubric.title, sha256=rubric.sha256
        ),
        transcript=transcript,
        measurements=measurements,
        findings=screen(heard, measurements, rubric),
        provenance=transcript.provenance,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What `analyze` made: the report, the coaching that goes with it, and the files' names in `out`."""

    report: Report
    advice: Advice
    files: tuple[str, ...]


def analyze(
    path: Path,
    how: Observing,
    *,
    rubric: Rubric,
    out: Path,
    progress: StageProgress,
    recogniser: Recogniser | None = None,
) -> Analysis:
    """The main job: observe, prescreen and write every file of the report to `out`, or none.

    `recogniser` stands in for the one that `how` names.
    """
    from coachai.report.delivery import deliver, workplace

    with workplace(out) as work:
        kept = out / KEPT
        transcript = observe(path, how, folder=work, progress=progress, kept=kept, recogniser=recogniser)
        video, playable = _video(path, transcript, out, work, progress)
        analysis, contents = _staged(
            "pages", progress, lambda _: _written(prescreen(transcript, rubric), rubric, video)
        )
        deliver(out, work, {**contents, **playable})
        shutil.rmtree(kept, ignore_errors=True)
    return replace(analysis, files=(*contents, *playable))


def observe_to(path: Path, how: Observing, *, out: Path, progress: StageProgress) -> Transcript:
    """Observe and write the transcript (JSON and WebVTT), and a playable copy where one is needed."""
    from coachai.report.codec import encode_transcript
    from coachai.report.delivery import deliver, workplace
    from coachai.report.markers import transcript_vtt

    with workplace(out) as work:
        kept = out / KEPT
        transcript = observe(path, how, folder=work, progress=progress, kept=kept)
        _, playable = _video(path, transcript, out, work, progress)
        contents: dict[str, bytes | str | Path] = {
            "transcript.json": encode_transcript(transcript),
            "transcript.vtt": transcript_vtt(transcript),
        }
        deliver(out, work, {**contents, **playable})
        shutil.rmtree(kept, ignore_errors=True)
    return transcript


def prescreen_to(transcript: Transcript, *, rubric: Rubric, video: Path | None, out: Path) -> Analysis:
    """Prescreen a saved transcript and write every file of the report to `out`, or none."""
    from coachai.report.delivery import deliver, workplace

    with workplace(out) as work:
        link = None if video is None else _link(video, out)
        analysis, contents = _written(prescreen(transcript, rubric), rubric, link)
        deliver(out, work, contents)
    return replace(analysis, files=tuple(contents))


def video_beside(transcript_file: Path, transcript: Transcript) -> Path | None:
    """The video that belongs to a saved transcript, if it stands in the same folder."""
    beside = (transcript_file.with_name(name) for name in ("playable.mp4", transcript.recording.name))
    return next((each for each in beside if each.is_file()), None)


def _written(report: Report, rubric: Rubric, video: str | None) -> tuple[Analysis, dict[str, bytes | str]]:
    """Every file of a report by its name in `out`."""
    from coachai.coaching import coach
    from coachai.report.codec import encode_report, encode_transcript
    from coachai.report.evaluator import evaluator_page
    from coachai.report.markers import markers_vtt, transcript_vtt
    from coachai.report.table import measurements_csv
    from coachai.report.teacher import teacher_page
    from coachai.unsure import relied_on

    advice = coach(relied_on(report.transcript), report.measurements, report.findings, rubric)
    contents: dict[str, bytes | str] = {
        "report.json": encode_report(report),
        "report.html": teacher_page(report, rubric, advice, video=video),
        "evaluator.html": evaluator_page(report, rubric, video=video),
        "transcript.json": encode_transcript(report.transcript),
        "transcript.vtt": transcript_vtt(report.transcript),
        "markers.vtt": markers_vtt(report, rubric),
        "measurements.csv": measurements_csv(report.measurements),
    }
    return Analysis(report=report, advice=advice, files=()), contents


def _video(
    path: Path, transcript: Transcript, out: Path, work: Path, progress: StageProgress
) -> tuple[str, dict[str, bytes | str | Path]]:
    """The pages' link to something a browser plays: the recording itself, or a copy made for it."""
    from coachai.media import make_playable, plays_in_browser

    if plays_in_browser(transcript.recording):
        return _link(path, out), {}
    copy = work / "playable.mp4"
    _staged("playable", progress, lambda step: make_playable(path, copy, step, transcript.recording))
    return copy.name, {copy.name: copy}


def _link(video: Path, out: Path) -> str:
    """Where the pages in `out` find a video: relative, so that both can move together."""
    return os.path.relpath(video.resolve(), out.resolve())


def _sample(how: Observing, folder: Path) -> Audio | None:
    """The teacher's voice alone, where a clip of it was handed in."""
    from coachai.media import decode, probe

    if how.teacher_sample is None:
        return None
    clip = probe(how.teacher_sample, shortest=SHORTEST_SAMPLE)
    return decode(how.teacher_sample, folder, lambda _: None, clip)


def _chosen(how: Observing) -> Recogniser:
    from coachai.asr.choice import choose, heard_twice

    chosen = choose(how.asr, captions=how.captions, model=how.model, language=how.language, device=how.device)
    return heard_twice(chosen) if how.twice else chosen


def _resumed(chosen: Recogniser, how: Observing, recording: Recording, kept: Path) -> Recogniser:
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


def _file_unnamed(recognition: Recognition, how: Observing) -> Recognition:
    """The recognition without the name of its caption file, if a speaker's name is in it and is not kept."""
    captions = how.captions
    if captions is None or how.keep_names:
        return recognition
    spoken = {part for line in recognition.lines for part in (line.speaker or "").casefold().split()}
    if not any(len(part) > 2 and part in captions.name.casefold() for part in spoken):
        return recognition
    shown = f"captions{captions.suffix}"
    return replace(recognition, model=shown, note=recognition.note.replace(captions.name, shown))


def _provenance(how: Observing, recognition: Recognition, recording: Recording) -> Provenance:
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
    if how.keep_names:
        options["names"] = "kept"
    if how.twice:
        options["heard"] = "twice"
    if how.track != 1:
        options["track"] = str(how.track)
    hashes = {"recording": recording.sha256}
    if how.captions is not None:
        hashes["captions"] = hashlib.sha256(how.captions.read_bytes()).hexdigest()
    return Provenance(
        coachai=__version__,
        models={"words": f"{recognition.recogniser} {recognition.model}".strip(), "speech": "silero v6"},
        options=options,
        hashes=hashes,
    )


def _staged(stage: str, progress: StageProgress, work: Callable[[Progress], Result]) -> Result:
    step = progress(stage)
    step(0.0)
    result = work(step)
    step(1.0)
    return result
