"""The command line: the rim where a CoachaiError becomes one clear line and an exit code.

0 a report (also a partial one) · 2 input refused · 3 the environment lacks something · 130 interrupted.
"""

from __future__ import annotations

import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from coachai import __version__
from coachai.correct_command import correct_app, tell_waiting
from coachai.engine_command import engine_app
from coachai.plainly import plainly

app = typer.Typer(
    name="coachai",
    help="Pre-screens and coaches a recorded lesson. It never grades: you and your evaluator judge.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
rubric_app = typer.Typer(name="rubric", help="List, show and check rubrics.", no_args_is_help=True)
models_app = typer.Typer(
    name="models", help="The models that find words and read talk.", no_args_is_help=True
)
app.add_typer(rubric_app)
app.add_typer(models_app)
app.add_typer(correct_app)
app.add_typer(engine_app)

Recording = Annotated[Path, typer.Argument(help="The recorded lesson: a video or sound file.")]
Out = Annotated[Path, typer.Option("--out", help="The folder that the files go to; made if it is not there.")]
RubricName = Annotated[
    str, typer.Option("--rubric", help="A rubric's id (see: coachai rubric list) or a YAML file.")
]
Asr = Annotated[
    str,
    typer.Option("--asr", help="Who finds the words: auto, faster-whisper, captions, pocketsphinx, none."),
]
Model = Annotated[
    str | None, typer.Option("--model", help="A Whisper model: a size, a name or the path of a folder.")
]
Captions = Annotated[
    Path | None,
    typer.Option(
        "--captions",
        help="Captions or a transcript of this recording: WebVTT, SRT, text with times from Zoom, Teams or "
        "Otter, JSON of Whisper or WhisperX.",
    ),
]
KeepNames = Annotated[
    bool,
    typer.Option("--keep-names", help="Show people by the names in the captions, not as Student 1."),
]
Teacher = Annotated[
    str | None, typer.Option("--teacher", help="The teacher's name as it stands in the captions.")
]
Sample = Annotated[
    Path | None, typer.Option("--teacher-sample", help="A short clip in which only the teacher speaks.")
]
TeacherVoice = Annotated[
    str | None,
    typer.Option(
        "--teacher-voice",
        help="Which voice is yours, as the report asks: B, or A,B if both are.",
    ),
]
Twice = Annotated[
    bool,
    typer.Option("--twice", help="Let a Whisper model hear it twice, and set aside words that differ."),
]
Labels = Annotated[
    str,
    typer.Option(
        "--labels",
        help="What reads classroom talk: auto, talkmoves, open or rules; see: coachai models list.",
        show_default=False,
    ),
]
VoicesBy = Annotated[
    str,
    typer.Option(
        "--voices",
        help="What tells voices apart: auto, pyannote:FOLDER or xvector:FOLDER of a model that you have.",
        show_default=False,
    ),
]
Language = Annotated[str, typer.Option("--language", help="The language spoken, such as en, or auto.")]
Device = Annotated[str, typer.Option("--device", help="Where models run: auto, cpu or cuda.")]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine", help="Where models run: here, or ray (see: coachai engine).", show_default=False
    ),
]
Track = Annotated[int, typer.Option("--track", min=1, help="Which sound track, if the file has several.")]


def main() -> None:
    """Run the command line; SIGTERM stops it as cleanly as Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that knows only ASCII shows "?" for the rest; that must not cost the report's exit code.
        sys.stdout.reconfigure(errors="replace")
    app(prog_name="coachai")


@app.command()
def analyze(
    recording: Recording,
    rubric: RubricName,
    out: Out = Path("out"),
    asr: Asr = "auto",
    model: Model = None,
    captions: Captions = None,
    teacher: Teacher = None,
    teacher_sample: Sample = None,
    teacher_voice: TeacherVoice = None,
    language: Language = "en",
    device: Device = "auto",
    track: Track = 1,
    keep_names: KeepNames = False,
    twice: Twice = False,
    labels: Labels = "",
    voices: VoicesBy = "",
    engine: EngineName = "",
) -> None:
    """The main job: hear a lesson, measure it, hold it against a rubric and write the report."""
    with plainly():
        from coachai import pipeline
        from coachai.observing import Observing
        from coachai.rubric import load_rubric
        from coachai.serve.calling import models_for
        from coachai.terminal import notice, show_summary, stages

        chosen = load_rubric(rubric)
        how = Observing(
            asr=asr,
            model=model,
            captions=captions,
            teacher=teacher,
            teacher_sample=teacher_sample,
            teacher_voice=teacher_voice,
            language=language,
            device=device,
            track=track,
            keep_names=keep_names,
            twice=twice,
            labels=labels,
            voices=voices,
        )
        with stages(pipeline.STAGES) as progress, models_for(engine, how, notice) as models:
            analysis = pipeline.analyze(
                recording, how, rubric=chosen, out=out, progress=progress, models=models
            )
        show_summary(analysis, chosen, out, asked=rubric, video=recording)
        tell_waiting(out)


@app.command()
def observe(
    recording: Recording,
    out: Out = Path("out"),
    asr: Asr = "auto",
    model: Model = None,
    captions: Captions = None,
    teacher: Teacher = None,
    teacher_sample: Sample = None,
    teacher_voice: TeacherVoice = None,
    language: Language = "en",
    device: Device = "auto",
    track: Track = 1,
    keep_names: KeepNames = False,
    twice: Twice = False,
    labels: Labels = "",
    voices: VoicesBy = "",
    engine: EngineName = "",
) -> None:
    """The slow half only: hear a lesson and save who said what, when (transcript.json)."""
    with plainly():
        from coachai import pipeline
        from coachai.observing import Observing
        from coachai.serve.calling import models_for
        from coachai.terminal import notice, show_observed, stages

        how = Observing(
            asr=asr,
            model=model,
            captions=captions,
            teacher=teacher,
            teacher_sample=teacher_sample,
            teacher_voice=teacher_voice,
            language=language,
            device=device,
            track=track,
            keep_names=keep_names,
            twice=twice,
            labels=labels,
            voices=voices,
        )
        with stages(pipeline.STAGES) as progress, models_for(engine, how, notice) as models:
            transcript = pipeline.observe_to(recording, how, out=out, progress=progress, models=models)
        show_observed(transcript, out, video=recording)
        tell_waiting(out)


@app.command()
def prescreen(
    transcript: Annotated[Path, typer.Argument(help="A transcript.json that observe or analyze wrote.")],
    rubric: RubricName,
    out: Out = Path("out"),
    video: Annotated[
        Path | None, typer.Option("--video", help="The video that the pages play; found beside if not named.")
    ] = None,
    teacher_voice: TeacherVoice = None,
    labels: Labels = "",
) -> None:
    """The instant half only: hold a saved transcript against a rubric and write the report."""
    with plainly():
        from coachai import pipeline
        from coachai.correcting import prescreen_right, with_corrections
        from coachai.discourse.reading import reader_for
        from coachai.report.codec import read_transcript
        from coachai.rubric import load_rubric
        from coachai.terminal import show_summary

        chosen = load_rubric(rubric)
        heard = read_transcript(transcript)
        if teacher_voice is not None:
            heard = pipeline.corrected(heard, teacher_voice)
        if labels:
            heard = pipeline.labelled(heard, reader_for(labels))
        played = video or pipeline.video_beside(transcript, heard)
        right = with_corrections(transcript, heard)
        analysis = prescreen_right(right, rubric=chosen, video=played, out=out)
        show_summary(analysis, chosen, out, asked=rubric, video=played)


@app.command("captions")
def check_captions(
    file: Annotated[Path, typer.Argument(help="Captions or a transcript, in any format known here.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write what could be read as clean WebVTT (.vtt) here.")
    ] = None,
    keep_names: KeepNames = False,
) -> None:
    """Check captions or a transcript from elsewhere: what is used, and every line that is not and why."""
    with plainly():
        from coachai.asr.cues import read_cues
        from coachai.errors import InputRefused
        from coachai.report.files import write_whole
        from coachai.report.markers import captions_vtt
        from coachai.terminal import show_captions

        found = read_cues(file)
        if not keep_names:
            found = found.unnamed()
        if out is not None:
            if out.exists() and out.samefile(file):
                raise InputRefused("SAME_FILE", f"{out} is the file you check: give --out another name.")
            write_whole(out, captions_vtt((cue, cue.text, cue.speaker) for cue in found.cues))
        show_captions(found, file, out)


@app.command()
def export(
    source: Annotated[
        Path,
        typer.Argument(help="A transcript.json or report.json; or a recording, for the captions inside it."),
    ],
    to: Annotated[
        list[str],
        typer.Option(
            "--to",
            help="vtt, srt, csv, eaf (ELAN), textgrid (Praat) or rttm; may be given several times.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="The file, or the folder of several; - shows it here. Beside the input if not named.",
        ),
    ] = None,
) -> None:
    """Write a transcript or a report for players, spreadsheets, ELAN, Praat or diarisation tools."""
    with plainly():
        from coachai.report.exports.writing import export_to, exported_one

        if out == Path("-"):
            sys.stdout.buffer.write(exported_one(source, to).encode("utf-8"))
            sys.stdout.buffer.flush()
        else:
            for written in export_to(source, to, out):
                typer.echo(written)


@rubric_app.command("list")
def rubric_list() -> None:
    """Every rubric that comes with coachai."""
    with plainly():
        from coachai.rubric import list_rubrics, load_rubric
        from coachai.terminal import show_rubrics

        show_rubrics([load_rubric(each) for each in list_rubrics()])


@rubric_app.command("show")
def rubric_show(rubric: Annotated[str, typer.Argument(help="A rubric's id or a YAML file.")]) -> None:
    """One rubric: what it asks for, what a recording can show of it and what only a person can judge."""
    with plainly():
        from coachai.rubric import load_rubric
        from coachai.terminal import show_rubric

        show_rubric(load_rubric(rubric))


@rubric_app.command("check")
def rubric_check(file: Annotated[Path, typer.Argument(help="The YAML file to check.")]) -> None:
    """Check a rubric you wrote; a mistake is named with its line and what is allowed there."""
    with plainly():
        from coachai.rubric import load_rubric

        checked = load_rubric(file)
        typer.echo(f"{file}: fine. {checked.title}, {len(checked.criteria)} criteria.")


@models_app.command("list")
def models_list() -> None:
    """The models coachai knows, which are here, how large they are and their licence."""
    with plainly():
        from coachai.terminal import show_models

        show_models()


@models_app.command("where")
def models_where() -> None:
    """The folder where models are looked for."""
    with plainly():
        from coachai.asr.models import where

        typer.echo(where())


@models_app.command("fetch")
def models_fetch(name: Annotated[str, typer.Argument(help="A model's name, such as small.")]) -> None:
    """Fetch a model once, so that everything works offline afterwards. The only command that goes online."""
    with plainly():
        from coachai.asr.models import fetch
        from coachai.terminal import stages

        with stages({"fetch": f"Fetching {name}"}) as progress:
            folder = fetch(name, progress("fetch"))
        typer.echo(f"{name} is here: {folder}")


@app.command()
def doctor(
    accuracy: Annotated[
        bool,
        typer.Option(
            "--accuracy", help="Show how right each number is, how that was checked and what was not."
        ),
    ] = False,
) -> None:
    """Look at this machine: what works, what is missing and what to do about it."""
    with plainly():
        if accuracy:
            from coachai.terminal import show_accuracy

            show_accuracy()
            return
        from coachai.doctor import examine
        from coachai.serve.calling import engine_check
        from coachai.terminal import show_checks

        if not show_checks((*examine(), engine_check())):
            raise typer.Exit(3)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> None:
    """Options that stand before a command."""
    if show:
        typer.echo(f"coachai {__version__}")
        raise typer.Exit


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt
