"""`coachai correct`: put right what the machine heard, from the command line or from an edited file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coachai.plainly import harmless, plainly

if TYPE_CHECKING:
    from coachai.correcting import Corrected, PutRight
    from coachai.records import Measurement

correct_app = typer.Typer()

CHANGES_SHOWN = 12
"""Numbers shown with their old values; the page has them all."""


Source = Annotated[
    Path, typer.Argument(help="The folder that analyze or observe wrote, or its transcript.json.")
]
RubricName = Annotated[
    str | None, typer.Option("--rubric", help="A rubric's id or a YAML file; the report's own if not named.")
]
Out = Annotated[
    Path | None, typer.Option("--out", help="Another folder for everything; the same one if not named.")
]
Who = Annotated[str, typer.Option("--who", help="Who puts this right: a name or initials.")]
At = Annotated[
    str, typer.Option("--at", help="Which sentence: a time in it, as the page shows it, such as 3:12.")
]
Which = Annotated[
    str, typer.Option("--utterance", help="Which sentence, by its id, where a time does not say.")
]
RoleName = Annotated[str, typer.Option("--role", help="Who speaks: teacher, student or unknown.")]
Given = Annotated[
    list[str] | None,
    typer.Option("--label", help="What the sentence does, such as question or press_for_reasoning."),
]
Denied = Annotated[
    list[str] | None, typer.Option("--no-label", help="What it does not do, though we say so.")
]
Words = Annotated[str | None, typer.Option("--words", help="What was said; '' if nothing was.")]
Start = Annotated[str, typer.Option("--start", help="When the sentence, or the part, begins.")]
End = Annotated[str, typer.Option("--end", help="When it ends.")]
Part = Annotated[
    str,
    typer.Option(
        "--part",
        help="What there is from --start to --end: 'whole class', 'group work' or 'independent work'.",
    ),
]
Note = Annotated[str, typer.Option("--note", help="Why, in your words.")]
Undo = Annotated[list[str] | None, typer.Option("--undo", help="Take a correction back, by its id.")]
Listed = Annotated[
    bool, typer.Option("--list", help="Show the corrections, with their ids; nothing is written.")
]
Video = Annotated[
    Path | None, typer.Option("--video", help="The video that the pages play; found if not named.")
]
Rows = Annotated[
    Path | None,
    typer.Option(
        "--training-rows",
        help="Write the label corrections to this file, to train from: never a student's words.",
    ),
]


@correct_app.command("correct")
def correct(
    source: Source,
    rubric: RubricName = None,
    out: Out = None,
    who: Who = "",
    at: At = "",
    utterance: Which = "",
    role: RoleName = "",
    label: Given = None,
    no_label: Denied = None,
    words: Words = None,
    start: Start = "",
    end: End = "",
    part: Part = "",
    note: Note = "",
    undo: Undo = None,
    listed: Listed = False,
    video: Video = None,
    training_rows: Rows = None,
) -> None:
    """Put right what the machine heard, or apply corrections.json; every page and number is made anew."""
    with plainly():
        from coachai.correcting import correct_to, transcript_file, with_corrections
        from coachai.corrections.adding import Wish
        from coachai.report.codec import read_transcript

        wish = Wish(
            who=who,
            at=at,
            utterance=utterance,
            role=role,
            labels=label or (),
            no_labels=no_label or (),
            words=words,
            start=start,
            end=end,
            part=part,
            undo=undo or (),
            note=note,
        )
        _require_one_job(wish.changes, listed=listed, rows=training_rows is not None)
        if listed or training_rows is not None:
            file = transcript_file(source)
            right = with_corrections(file, read_transcript(file))
            if listed:
                show_corrections(right)
            else:
                _write_rows(right, training_rows)
            return
        made = correct_to(source, wish, rubric=rubric, out=out, video=video)
        show_corrected(made)


def _require_one_job(changes: bool, *, listed: bool, rows: bool) -> None:
    from coachai.errors import InputRefused

    if listed + rows + changes > 1:
        raise InputRefused(
            "ONE_AT_A_TIME",
            "--list shows corrections and --training-rows exports them; do that in a command of its own.",
        )


def _write_rows(right: PutRight, path: Path | None) -> None:
    from coachai.corrections.rows import rows_about, training_rows
    from coachai.errors import InputRefused
    from coachai.report.files import write_whole

    assert path is not None
    if path.name in right.files or path.is_dir():
        raise InputRefused("NAME_TAKEN", f"{path} is taken. Give --training-rows another name.")
    rows = training_rows(right.heard, right.transcript)
    write_whole(path, rows)
    count = rows_about(rows)
    typer.echo(
        f"{path}: {count['rows']} rows, {count['with words']} of them with a teacher's words, names replaced."
        " No row holds a student's words; read the file before you share it."
    )


def show_corrections(right: PutRight) -> None:
    """A line a correction: its id, where, what the machine said and what a person says, who and when."""
    from coachai.corrections.telling import listed

    lines = listed(right.heard, right.corrections)
    for line in lines or [
        "No corrections yet. Add one: coachai correct OUT --at 3:12 --role student --who MR"
    ]:
        typer.echo(harmless(line))


def tell_waiting(out: Path) -> None:
    """Say so where a folder has corrections that a lesson just heard anew does not have in it."""
    from coachai.corrections.file import NAME

    if (out / NAME).is_file():
        typer.echo(f"{out / NAME} is not in this report yet: coachai correct {out}")


def show_corrected(made: Corrected) -> None:
    """What holds now, which numbers changed, and where the report is."""
    holding = len(made.right.corrections.holding)
    if made.added:
        typer.echo(f"Added {made.added} to {made.out / 'corrections.json'}.")
    hold = "1 correction holds" if holding == 1 else f"{holding} corrections hold"
    typer.echo(f"{hold}; what the machine heard is kept.")
    if made.analysis is None:
        typer.echo(f"Corrected transcript: {made.out / 'transcript.corrected.json'}.")
        typer.echo(f"Next, for a report: coachai correct {made.out} --rubric wait-time")
        return
    if made.before is not None:
        for line in changed_numbers(made.before.measurements, made.analysis.report.measurements):
            typer.echo(line)
    typer.echo(f"The report is in {made.out / 'report.html'}.")


def changed_numbers(before: tuple[Measurement, ...], after: tuple[Measurement, ...]) -> list[str]:
    """Numbers that read differently now, in words, the first few of them."""
    from coachai.measures import MEASURES
    from coachai.report.words import value_in_words

    titles = {name: title for each in MEASURES for name, title in each.yields.items()}
    old = {each.measure: value_in_words(each) for each in before}
    lines = [
        f"  {titles.get(each.measure, each.measure)}: {value_in_words(each)} (before: {old[each.measure]})"
        for each in after
        if each.measure in old and old[each.measure] != value_in_words(each)
    ]
    more = len(lines) - CHANGES_SHOWN
    return lines[:CHANGES_SHOWN] + ([f"  and {more} more"] if more > 0 else [])
