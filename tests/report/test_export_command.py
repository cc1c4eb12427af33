"""`coachai export` through its own door: names, folders, standard output, and what it refuses."""

from __future__ import annotations

import errno
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coachai.cli import app
from coachai.report.codec import write_report, write_transcript
from coachai.report.exports import FORMATS
from tests.report.made_up import made_up_report, made_up_transcript


def export(source: Path | str, *more: str) -> Result:
    return CliRunner().invoke(app, ["export", str(source), *more])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A folder with a transcript and a report."""
    write_transcript(made_up_transcript(), tmp_path / "transcript.json")
    write_report(made_up_report(), tmp_path / "report.json")
    return tmp_path


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_goes_beside_its_source(name: str, saved: Path) -> None:
    ran = export(saved / "report.json", "--to", name)
    assert ran.exit_code == 0, ran.output
    written = saved / f"report{FORMATS[name].suffix}"
    assert ran.output.split() == [str(written)]
    assert written.read_bytes() == FORMATS[name].write(made_up_report()).encode()
    assert names(saved) == {"report.json", "transcript.json", written.name}


def test_a_report_has_more_to_export_than_its_transcript(saved: Path) -> None:
    for source in ("report", "transcript"):
        assert export(saved / f"{source}.json", "--to", "eaf").exit_code == 0
    texts = [saved.joinpath(f"{each}.eaf").read_text(encoding="utf-8") for each in ("report", "transcript")]
    assert ["Markers: " in each for each in texts] == [True, False]


def test_several_formats_go_to_a_folder(saved: Path) -> None:
    asked = ["--to", "SRT", "--to", "textgrid", "--to", "srt"]
    ran = export(saved / "transcript.json", *asked, "--out", str(saved / "new" / "place"))
    assert ran.exit_code == 0, ran.output
    assert names(saved / "new" / "place") == {"transcript.srt", "transcript.TextGrid"}


def test_one_format_goes_to_the_file_that_is_named(saved: Path) -> None:
    assert export(saved / "transcript.json", "--to", "csv", "--out", str(saved / "mine.txt")).exit_code == 0
    assert names(saved) == {"report.json", "transcript.json", "mine.txt"}


def test_a_dash_is_standard_output(saved: Path) -> None:
    ran = export(saved / "transcript.json", "--to", "rttm", "--out", "-")
    assert ran.exit_code == 0
    assert ran.output == FORMATS["rttm"].write(made_up_transcript())
    assert names(saved) == {"report.json", "transcript.json"}


def refused(ran: Result, says: str) -> None:
    """Refused in one line, and nothing was written."""
    assert ran.exit_code == 2, ran.output
    assert says in ran.output
    assert ran.output.count("\n") == 1


def test_what_cannot_be_done_is_said(saved: Path) -> None:
    for ran, says in (
        (export(saved / "transcript.json", "--to", "docx"), "Give --to one of these: vtt, srt, csv"),
        (export(saved / "transcript.json", "--to", "vtt", "--to", "srt", "--out", "-"), "Give --to once"),
        (export(saved / "nothing.json", "--to", "vtt"), "There is no file nothing.json"),
        (export(saved / "nothing.mp4", "--to", "vtt"), "There is no file called “nothing.mp4”"),
        (export(saved, "--to", "vtt"), "is a folder"),
        (
            export(saved / "report.json", "--to", "vtt", "--out", str(saved / "report.json")),
            "report.json is what is read",
        ),
    ):
        refused(ran, says)
    assert names(saved) == {"report.json", "transcript.json"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "This file is empty"),
        (b'{"kind": "transcript", "schema_version": 1', "is not a whole JSON file"),
        (b'{"kind": "transcript", "schema_version": 1}', "is not a transcript we can read"),
        (b'{"kind": "poem", "schema_version": 1}', "is not a file that coachai wrote"),
        (b"[1, 2]", "is not a file that coachai wrote"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nhello", "captions are checked with “coachai captions”"),
        (b"{" * 100_000, "is not a whole JSON file"),
    ],
)
def test_a_file_that_is_nothing_to_export_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "given.json"
    path.write_bytes(content)
    refused(
        export(path, "--to", "vtt", "--to", "eaf") if content[:1] == b"{" else export(path, "--to", "vtt"),
        says,
    )
    assert names(tmp_path) == {"given.json"}


def test_a_recording_gives_captions_only() -> None:
    sample = Path(__file__).parents[2] / "samples" / "lesson.mp4"
    refused(export(sample, "--to", "eaf"), "only the captions inside it can be exported")
    refused(export(sample, "--to", "vtt"), "This recording carries no captions.")


def test_a_full_disk_leaves_nothing_half_written(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {each: each.read_bytes() for each in saved.iterdir()}

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("coachai.report.files.os.fsync", full)
    ran = export(saved / "report.json", "--to", "srt", "--to", "eaf")
    assert ran.exit_code == 3
    assert "no room left" in ran.output
    assert {each: each.read_bytes() for each in saved.iterdir()} == before


DOCUMENT = Path(__file__).parents[2].joinpath("docs", "exports.md").read_text(encoding="utf-8")


def test_the_document_tells_of_every_format() -> None:
    assert re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE) == list(FORMATS)


def test_the_commands_of_the_document_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(Path(__file__).parents[2] / "samples", tmp_path / "samples")
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```bash\n(.*?)```", DOCUMENT, re.DOTALL)
    for command in block.splitlines():
        program, *arguments = shlex.split(command)
        assert program == "coachai"
        ran = CliRunner().invoke(app, arguments)
        assert ran.exit_code == 0, f"{command}\n{ran.output}"
    made = {"transcript.srt", "transcript.eaf", "transcript.TextGrid", "lesson.csv", "report.eaf"}
    assert made <= names(tmp_path / "heard")
