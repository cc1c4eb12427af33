"""What the command line shows: progress by stage, a short summary without any total, tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from coachai.records import Progress, Transcript
from coachai.telling import measured_on

if TYPE_CHECKING:
    from coachai.asr.cues import CueFile
    from coachai.doctor import Check
    from coachai.label_tables import Table as Cells
    from coachai.pipeline import Analysis, StageProgress
    from coachai.rubric import Rubric


@contextmanager
def stages(names: Mapping[str, str]) -> Iterator[StageProgress]:
    """A line a stage with a bar and the time that remains; plain lines where nobody watches a terminal."""
    console = _aside()
    if not console.is_terminal:
        yield lambda stage: _plain_stage(console, names[stage])
        return
    with Bars(
        TextColumn("{task.description:<32}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
    ) as bars:
        yield lambda stage: _drawn_stage(bars, bars.add_task(names[stage], total=1.0))


def notice(sentence: str) -> None:
    """A sentence beside the stages, above their bars where these are drawn."""
    _aside().print(sentence, highlight=False, markup=False)


@cache
def _aside() -> Console:
    """One console for stages and notices: two would write into each other's lines."""
    return Console(stderr=True)


def _drawn_stage(bars: Bars, task: TaskID) -> Progress:
    return lambda fraction: bars.update(task, completed=fraction)


def _plain_stage(console: Console, name: str) -> Progress:
    console.print(f"{name} ...", highlight=False)
    return lambda _: None


def show_summary(
    analysis: Analysis, rubric: Rubric, out: Path, *, asked: str, video: Path | None = None
) -> None:
    """The strength, the next step, what was found for each criterion, and where the report is.

    `asked` is the rubric as it was asked for, and `video` the recording: for the command that answers us.
    """
    from coachai.report.view import worded
    from coachai.screening import OUTCOME_WORDS

    console = Console(highlight=False)
    advice = analysis.advice
    console.print()
    if lost := measured_on(analysis.report.transcript):
        console.print(Text(lost, "bold"))
    for title, part in (
        ("Can this recording be trusted?", advice.trust),
        ("A strength:", advice.strength),
        ("Next step:", advice.next_step),
    ):
        if part.text:
            console.print(Text.assemble((title, "bold"), " ", part.text))
    _ask_whose_voice(analysis.report.transcript, asked, out, video)
    console.print(f"\n[bold]{rubric.title}[/] ({rubric.notice})")
    titles = {each.id: each.title for each in rubric.criteria}
    for finding in analysis.report.findings:
        console.print(
            Text.assemble(f"  {titles[finding.criterion]}: ", (OUTCOME_WORDS[finding.outcome], "bold"))
        )
        console.print(Padding(Text(finding.message), (0, 0, 0, 4)))
    words = " ".join([analysis.report.transcript.words_from.note, *worded(analysis.report.transcript)])
    console.print(f"\n{words}", markup=False)
    console.print(f"\nThe report is in {out / 'report.html'} (open it in a browser).", markup=False)
    console.print(
        f"For an evaluator: {out / 'evaluator.html'}. Data: {out / 'report.json'}.",
        markup=False,
        soft_wrap=True,
    )
    console.print("For practice; not for employment evaluation.")


def _ask_whose_voice(transcript: Transcript, rubric: str, out: Path, video: Path | None) -> None:
    """Which voice is yours? Where to listen and the command that answers, if we are not certain."""
    from coachai.pipeline import video_beside
    from coachai.report.words import clock
    from coachai.which_voice import answer, voices_to_hear

    saved = out / "transcript.json"
    beside = video_beside(saved, transcript) is not None
    console = Console(highlight=False, soft_wrap=True)
    for k, clip in enumerate(voices_to_hear(transcript)):
        if k == 0:
            console.print("\n[bold]Which voice is yours?[/] We are not certain. Play each and run its line:")
        lasts = f"{clip.duration:.0f} seconds from {clock(clip.start)}"
        console.print(f"  Voice {clip.voice}, {lasts}", markup=False)
        played = None if beside or video is None else str(video)
        line = answer(clip.voice, transcript=str(saved), rubric=rubric, out=str(out), video=played)
        console.print(f"    {line}", markup=False)


def show_observed(transcript: Transcript, out: Path, *, video: Path | None = None) -> None:
    """What was heard and how to go on."""
    from coachai.report.view import worded

    console = Console(highlight=False, soft_wrap=True)
    if lost := measured_on(transcript):
        console.print(Text(lost, "bold"))
    console.print(
        f"Heard {len(transcript.utterances)} utterances in {transcript.duration / 60:.1f} minutes. "
        f"{' '.join([transcript.words_from.note, *worded(transcript)])}",
        markup=False,
    )
    _ask_whose_voice(transcript, "wait-time", out, video)
    console.print(
        f"Next: coachai prescreen {out / 'transcript.json'} --rubric wait-time --out {out}", markup=False
    )


def show_captions(found: CueFile, file: Path, out: Path | None) -> None:
    """What a transcript from elsewhere is, who speaks in it, and everything in it that is not used."""
    from coachai.report.words import clock

    console = Console(highlight=False, soft_wrap=True)
    end = max(cue.end for cue in found.cues)
    units = {"line": "lines with times", "entry": "entries"}[found.unit]
    facts = Table(box=None, pad_edge=False, show_header=False)
    for title, fact in (
        ("format", found.format),
        ("encoding", found.encoding),
        (units, str(found.timed)),
        ("captions", f"{len(found.cues)}, from {clock(found.cues[0].start)} to {clock(end)}"),
        ("merged", f"{len(found.merged)} that only repeat the caption before" if found.merged else "none"),
        ("speakers", ", ".join(found.speakers) or "none named"),
        ("not used", str(len(found.rejects)) if found.rejects else "none"),
    ):
        facts.add_row(title, Text(fact))
    console.print(facts)
    if found.rejects:
        console.print()
        listed = Table(found.unit, "why it is not used", box=None, pad_edge=False)
        for each in found.rejects:
            listed.add_row(str(each.line), each.reason)
        console.print(listed)
    if out is not None:
        console.print(f"\nWritten to {out}. Use it with coachai analyze --captions {out}.", markup=False)
    else:
        console.print(f"\nUse it with coachai analyze --captions {file}.", markup=False)


def show_rubrics(rubrics: Sequence[Rubric]) -> None:
    """A line a rubric."""
    table = Table("id", "title", "version", box=None, pad_edge=False)
    for each in rubrics:
        table.add_row(each.id, each.title, str(each.version))
    console = Console(highlight=False)
    console.print(table)
    for notice in dict.fromkeys(each.notice for each in rubrics):
        console.print(f"\n{notice}", markup=False)


def show_rubric(rubric: Rubric) -> None:
    """The rubric as a person reads it: what is asked, what is handed in and how people judge it."""
    console = Console(highlight=False)

    def line(text: str, indent: int = 0) -> None:
        console.print(Padding(Text(text), (0, 0, 0, indent)))

    console.print(f"[bold]{rubric.title}[/]  ({rubric.id}, version {rubric.version}; {rubric.notice})")
    line(rubric.competency)
    console.print(f"\n[bold]{rubric.key_method.name}[/]")
    line(rubric.key_method.description)
    for source in rubric.key_method.research:
        line(f"{source.showed} {source.reference}", 2)
    for part in rubric.parts:
        console.print(f"\n[bold]{part.title}[/]")
        line(part.instructions)
        for prompt in part.prompts:
            limit = f" (up to {prompt.words.at_most} words)" if prompt.words else ""
            line(f"- {prompt.text}{limit}", 2)
    minutes = rubric.video.minutes
    console.print("\n[bold]The video[/]")
    line(f"{minutes.at_least:g} to {minutes.at_most:g} minutes. {rubric.video.continuity}")
    line(f"To be heard: {'; '.join(rubric.video.audible)}. {rubric.video.consent}")
    _show_criteria(rubric, console, line)
    line(f"\n{rubric.human_scale.pass_rule} People decide; coachai never reads these levels.")


def _show_criteria(rubric: Rubric, console: Console, line: Callable[[str, int], None]) -> None:
    from coachai.measures import MEASURES

    titles = {name: title for measure in MEASURES for name, title in measure.yields.items()}
    for criterion in rubric.criteria:
        console.print(f"\n[bold]{criterion.title}[/]")
        line(criterion.statement, 0)
        asked = [titles[name] for each in criterion.indicators for name in each.measures]
        line(f"A recording may show: {'; '.join(asked) or 'nothing of this'}", 2)
        for point in criterion.for_person:
            line(f"Only a person can judge: {point}", 2)
        for level, descriptor in rubric.human_scale.descriptors[criterion.id].items():
            line(f"{level}: {descriptor}", 2)


def show_models() -> None:
    """A line a model: name, size, licence and whether it is on this machine; then which one reads talk."""
    from coachai.asr.models import EMBEDDED, KNOWN, find
    from coachai.discourse.choice import choose, listed
    from coachai.voices.engines.choice import engines_here

    table = Table("name", "size", "licence", "here", "note", box=None, pad_edge=False)
    for model in KNOWN:
        table.add_row(model.name, model.size, model.licence, "yes" if find(model.name) else "no", model.note)
    for model in EMBEDDED:
        table.add_row(model.name, model.size, model.licence, "always", model.note)
    for reader in listed():
        here = "yes" if reader.here else "no"
        table.add_row(reader.name, reader.size, reader.licence, here, reader.note)
    console = Console(highlight=False)
    console.print(table)
    chosen = choose()
    title = chosen.card.title if chosen else "rules alone"
    console.print(f"\nClassroom talk is read by {title}. --labels chooses another.", markup=False)
    engines = " and ".join(engines_here()) or "nothing yet that runs one"
    told = "Voices are told apart by coachai's own model. --voices names the folder of another that you have"
    console.print(f"{told}; installed is {engines}.", markup=False)


def show_accuracy() -> None:
    """All that is known about how right the numbers are: the content of docs/accuracy.md."""
    from coachai.accuracy import plain, sections

    console = Console(highlight=False)
    for section in sections():
        console.print(Text(f"\n{plain(section.title)}", "bold underline" if section.level < 3 else "bold"))
        for part in section.parts:
            if isinstance(part, str):
                console.print(Text(plain(part)))
            elif not isinstance(part, tuple):
                _show_cells(part, console)
            else:
                listed = Table.grid(padding=(0, 1, 0, 0))
                for each in part:
                    listed.add_row("-", Text(plain(each)))
                console.print(listed)


def _show_cells(cells: Cells, console: Console) -> None:
    """A table, or a line a row where the terminal is too narrow for its columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for head in cells.heads:
        table.add_column(head, overflow="fold")
    for row in cells.rows:
        table.add_row(*map(Text, row))
    if Measurement.get(console, console.options, table).minimum <= console.width:
        console.print(table)
        return
    for first, *others in cells.rows:
        told = "; ".join(f"{head} {cell}" for head, cell in zip(cells.heads[1:], others, strict=True))
        console.print(Text(f"{first}: {told}"))


def show_checks(checks: Sequence[Check]) -> bool:
    """A line a check with what to do; whether nothing essential is missing."""
    console = Console(highlight=False, soft_wrap=True)
    for check in checks:
        sign = (
            "[green]ok  [/]" if check.works else "[red]MISSING[/]" if check.essential else "[yellow]no  [/]"
        )
        console.print(f"{sign} {check.name}: ", end="")
        console.print(check.found, markup=False)
        if not check.works and check.advice:
            console.print(f"     {check.advice}", markup=False)
    return all(check.works for check in checks if check.essential)
