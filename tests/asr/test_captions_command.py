"""Transcripts from elsewhere at the command line: the check, the clean copy, and no name left anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coachai.asr.cues import read_cues
from coachai.cli import app
from tests.asr.test_importers import LESSON, WRITERS, stamp

SAMPLES = Path(__file__).parents[2] / "samples"
CANARY = "Qwyzelda Corvane"


def run(*arguments: object) -> Result:
    """The command line, in this process."""
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "200"})


@pytest.mark.parametrize("name", WRITERS)
def test_the_check_tells_the_format_and_shows_no_name(name: str, tmp_path: Path) -> None:
    file = tmp_path / "from.elsewhere"
    file.write_text(WRITERS[name](LESSON), encoding="utf-8")
    result = run("captions", file)
    assert result.exit_code == 0, result.output
    found = read_cues(file)
    assert found.format in result.output
    assert "from 0:0" in result.output
    assert not any(part in result.output for _, _, who, _ in LESSON for part in who.split())
    if found.named:
        assert "Person 1, Person 2, Person 3" in result.output
        assert "Ana Lopez, Ben Kim, Cleo Diaz" in run("captions", file, "--keep-names").output


def test_the_check_lists_every_line_that_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "a.vtt"
    bad = "".join(f"\n{stamp(9 + k)} --> {stamp(9)}\nlost\n" for k in range(1, 13))
    file.write_text(f"WEBVTT\n\n{stamp(1)} --> {stamp(2)}\nyes\n{bad}\nof nobody\n", encoding="utf-8")
    said = run("captions", file).output.splitlines()
    listed = [line.split(maxsplit=1) for line in said if "not after" in line or "no times" in line]
    assert [int(number) for number, _ in listed] == [*range(6, 42, 3), 42]


@pytest.mark.parametrize("name", WRITERS)
def test_the_clean_copy_holds_the_same_words_and_times(name: str, tmp_path: Path) -> None:
    file, clean = tmp_path / "a.txt", tmp_path / "clean.vtt"
    rows = [*LESSON[:-1], (17.0, 18.0, "Ben Kim", "w5 2 < 3 & <b> --> c.")]
    if name in ("Whisper", "WhisperX", "faster-whisper", "coachai"):
        rows[-1] = (17.0, 18.0, "Ben Kim", "w5 2 < 3 & --> c.")
    else:
        rows[-1] = (17.0, 18.0, "Ben Kim", "w5 2 < 3.")
    file.write_text(WRITERS[name](rows), encoding="utf-8")
    assert run("captions", file, "--out", clean).exit_code == 0
    first, second = read_cues(file), read_cues(clean)
    assert [(cue.text, round(cue.start, 3), round(cue.end, 3)) for cue in first.cues] == [
        (cue.text, cue.start, cue.end) for cue in second.cues
    ]
    assert second.rejects == ()
    assert second.unnamed().speakers == first.unnamed().speakers == second.speakers
    assert second.named == first.named


def test_the_file_that_is_checked_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "a.vtt"
    file.write_text(WRITERS["Zoom"](LESSON), encoding="utf-8")
    before = file.read_bytes()
    result = run("captions", file, "--out", file)
    assert result.exit_code == 2
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", ["", "hello", "[" * 10_000, '{"segments": []}', "WEBVTT\n\n1 --> 2\nx"])
def test_what_cannot_be_used_is_refused_in_one_line(content: str, tmp_path: Path) -> None:
    file = tmp_path / "a.vtt"
    file.write_text(content, encoding="utf-8")
    result = run("captions", file, "--out", tmp_path / "clean.vtt")
    assert result.exit_code == 2
    assert len(result.output.strip().splitlines()) == 1
    assert "Traceback" not in result.output
    assert not (tmp_path / "clean.vtt").exists()


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's captions with a name in them, and in their own name, that stands nowhere else."""
    file = tmp_path_factory.mktemp("canary") / "Corvane period 3.vtt"
    text = SAMPLES.joinpath("lesson.vtt").read_text(encoding="utf-8")
    file.write_text(
        f"WEBVTT {CANARY}\n\nNOTE {CANARY}\n" + text.removeprefix("WEBVTT").replace("Ms. Rivera", CANARY)
    )
    return file


def test_no_file_of_a_report_holds_a_name_of_the_captions(canary: Path, tmp_path: Path) -> None:
    given = ("--captions", canary, "--teacher", "qwyzelda", "--rubric", "wait-time", "--out", tmp_path)
    result = run("analyze", SAMPLES / "lesson.mp4", *given)
    assert result.exit_code == 0, result.output
    written = {
        path.name: path.read_text(encoding="utf-8").casefold()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert "report.html" in written
    for part in CANARY.casefold().split():
        assert [name for name, text in written.items() if part in text] == []
        assert part not in result.output.casefold()
    transcript = json.loads(written["transcript.json"])
    assert {each["speaker"] for each in transcript["utterances"]} >= {"teacher", "student 1"}


def test_names_are_kept_where_that_is_asked_for(canary: Path, tmp_path: Path) -> None:
    given = ("--captions", canary, "--teacher", "qwyzelda", "--keep-names", "--out", tmp_path)
    assert run("observe", SAMPLES / "lesson.mp4", *given).exit_code == 0
    transcript = json.loads((tmp_path / "transcript.json").read_text(encoding="utf-8"))
    assert CANARY in {each["speaker"] for each in transcript["utterances"]}
    assert transcript["provenance"]["options"]["names"] == "kept"
