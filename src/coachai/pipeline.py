"""The whole product on one screen: observe a recording, prescreen a transcript, analyze = both."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from coachai.observing import (
    Models,
    Observing,
    agreed,
    file_unnamed,
    models_here,
    provenance_of,
    resumed,
    taught,
    teacher_sample,
)
from coachai.records import (
    AudioQuality,
    Progress,
    Report,
    RubricReference,
    Transcript,
)

if TYPE_CHECKING:
    from coachai.coaching import Advice
    from coachai.discourse.reading import Reader
    from coachai.rubric import Rubric

Result = TypeVar("Result")

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
    "labels": "Reading what was said",
    "playable": "Making a copy that browsers play",
    "pages": "Measuring and writing the report",
}
"""The stages in order, with the words a person sees."""


def observe(
    path: Path,
    how: Observing,
    *,
    folder: Path,
    progress: StageProgress,
    kept: Path | None = None,
    models: Models | None = None,
) -> Transcript:
    """Hear a recording: slow, once. Working files go to `folder`, which the caller removes.

    In `kept`, if named, finished clips of the recognition outlive an interruption. `models` do the slow work;
    where none are handed in, those on this machine that `how` names. Raises InputRefused and EnvironmentLacks
    (what this machine lacks).
    """
    from coachai.asr.holding import Held
    from coachai.asr.other_languages import in_english
    from coachai.media import audio_quality, decode, probe, require_hearable
    from coachai.transcript import assemble
    from coachai.voices.listener import Question
    from coachai.voices.speech import find_speech

    agreed(how)
    doing = models_here(how) if models is None else models
    recording = _staged("open", progress, lambda _: probe(path, track=how.track))
    chosen = doing.recogniser if kept is None else resumed(doing.recogniser, how, recording, kept)
    audio = _staged("decode", progress, lambda step: decode(path, folder, step, recording))
    sample = teacher_sample(how, folder)
    speech = _staged("speech", progress, lambda step: find_speech(audio, step))
    require_hearable(audio, speech)
    heard = _staged("words", progress, lambda step: Held(chosen).transcribe(audio, speech, step))
    recognition = file_unnamed(heard, how)
    asked = Question(speech=speech, lines=recognition.lines, teacher_name=how.teacher, teacher_sample=sample)
    listened = _staged("voices", progress, lambda step: doing.listener.listen(audio, asked, step))
    understood, other_language = in_english(recognition)
    transcript = assemble(
        recording=recording,
        speech=listened.speech,
        missing=audio.missing,
        quality=_noted(audio_quality(audio, speech), other_language),
        recognition=understood,
        voices=listened.voices,
        provenance=provenance_of(how, recognition, recording, doing.listener.name),
        keep_names=how.keep_names,
    )
    return _staged("labels", progress, lambda step: labelled(taught(transcript, how), doing.reader, step))


def _noted(quality: AudioQuality, note: str) -> AudioQuality:
    return replace(quality, notes=(*quality.notes, note)) if note else quality


def labelled(
    transcript: Transcript, reader: Reader | None, progress: Progress = lambda _: None
) -> Transcript:
    """The transcript with what a model reads in it, or left to the rules, and the labels that follow."""
    from coachai.annotation import annotate
    from coachai.discourse.reading import without_readings

    read = without_readings(transcript) if reader is None else reader.read(transcript, progress)
    return annotate(read)


def corrected(transcript: Transcript, teacher_voice: str) -> Transcript:
    """The transcript with a person's word on which voice teaches: roles, readings and labels are made anew.

    The same whatever was said before; provenance says where the model that read it is not here to read again.
    Raises InputRefused, naming the voices that are there.
    """
    from coachai.annotation import annotate
    from coachai.discourse.reading import reread
    from coachai.roles import with_teacher

    return annotate(reread(with_teacher(transcript, teacher_voice), transcript))


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
    models: Models | None = None,
) -> Analysis:
    """The main job: observe, prescreen and write every file of the report to `out`, or none."""
    from coachai.report.delivery import deliver, workplace

    with workplace(out) as work:
        kept = out / KEPT
        transcript = observe(path, how, folder=work, progress=progress, kept=kept, models=models)
        video, playable = _video(path, transcript, out, work, progress)
        analysis, contents = _staged(
            "pages", progress, lambda _: report_files(prescreen(transcript, rubric), rubric, video)
        )
        deliver(out, work, {**contents, **playable})
        shutil.rmtree(kept, ignore_errors=True)
    return replace(analysis, files=(*contents, *playable))


def observe_to(
    path: Path, how: Observing, *, out: Path, progress: StageProgress, models: Models | None = None
) -> Transcript:
    """Observe and write the transcript (JSON and WebVTT), and a playable copy where one is needed."""
    from coachai.report.codec import encode_transcript
    from coachai.report.delivery import deliver, workplace
    from coachai.report.markers import transcript_vtt

    with workplace(out) as work:
        kept = out / KEPT
        transcript = observe(path, how, folder=work, progress=progress, kept=kept, models=models)
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
        link = None if video is None else link_to(video, out)
        analysis, contents = report_files(prescreen(transcript, rubric), rubric, link)
        deliver(out, work, contents)
    return replace(analysis, files=tuple(contents))


def video_beside(transcript_file: Path, transcript: Transcript) -> Path | None:
    """The video that belongs to a saved transcript, if it stands in the same folder."""
    beside = (transcript_file.with_name(name) for name in ("playable.mp4", transcript.recording.name))
    return next((each for each in beside if each.is_file()), None)


def report_files(
    report: Report, rubric: Rubric, video: str | None
) -> tuple[Analysis, dict[str, bytes | str]]:
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
        return link_to(path, out), {}
    copy = work / "playable.mp4"
    _staged("playable", progress, lambda step: make_playable(path, copy, step, transcript.recording))
    return copy.name, {copy.name: copy}


def link_to(video: Path, out: Path) -> str:
    """Where the pages in `out` find a video: relative, so that both can move together."""
    return os.path.relpath(video.resolve(), out.resolve())


def _staged(stage: str, progress: StageProgress, work: Callable[[Progress], Result]) -> Result:
    step = progress(stage)
    step(0.0)
    result = work(step)
    step(1.0)
    return result
