"""The model behind the program's doors: what a person sees of it, and what one setting changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import coachai.doctor
from coachai.cli import app
from coachai.discourse.choice import FOLDER, SETTING
from coachai.report.codec import encode_transcript
from tests.discourse.miniature import build
from tests.timeline import lesson

LESSON = """
    0.0 - 2.0  T: Why is it a half?
    5.0 - 8.0 S1: It is because of that one.
    9.0 -10.0  T: So what?
   14.0 -16.0 S2: I have a half.
   17.0 -18.0  T: Everyone, okay.
   70.0 -80.0  T: What is it?
"""
TITLE = "talkmoves 1, weights CC BY-NC-SA 4.0: not for commercial use"


def run(*arguments: object) -> Result:
    """The command line, in this process."""
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A transcript from before there was a model, its voices A (the teacher), 1 and 2."""
    drawn = lesson(LESSON)
    path = tmp_path / "transcript.json"
    path.write_bytes(encode_transcript(drawn))
    return path


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model by its folder, and no wish for rules."""
    folder = build(tmp_path / "own")
    monkeypatch.delenv(SETTING)
    monkeypatch.setenv(FOLDER, str(folder))
    return folder


def prescreened(transcript: Path, out: Path, *more: str) -> dict[str, Any]:
    result = run("prescreen", transcript, "--rubric", "wait-time", "--out", out, *more)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return told


def read_in(report: dict[str, Any]) -> int:
    return sum(len(each["readings"]) for each in report["transcript"]["utterances"])


@pytest.mark.usefixtures("own")
def test_a_saved_lesson_is_read_and_every_page_says_by_what(saved: Path, tmp_path: Path) -> None:
    report = prescreened(saved, tmp_path / "out", "--labels", "auto")
    assert read_in(report) > 5
    assert report["provenance"]["models"]["labels"] == TITLE
    for page in ("report.html", "evaluator.html"):
        assert TITLE in (tmp_path / "out" / page).read_text(encoding="utf-8")


@pytest.mark.usefixtures("own")
def test_one_setting_switches_to_rules_and_back(saved: Path, tmp_path: Path) -> None:
    first = prescreened(saved, tmp_path / "out", "--labels", "talkmoves")
    kept = prescreened(tmp_path / "out" / "transcript.json", tmp_path / "kept")
    assert kept == first
    without = prescreened(tmp_path / "out" / "transcript.json", tmp_path / "rules", "--labels", "rules")
    assert read_in(without) == 0
    assert without["provenance"]["models"]["labels"] == "rules"
    assert "rules, without a model" in (tmp_path / "rules" / "report.html").read_text(encoding="utf-8")
    again = prescreened(tmp_path / "rules" / "transcript.json", tmp_path / "again", "--labels", "auto")
    assert again == first


def test_a_model_that_is_not_here_is_one_line_before_any_work(saved: Path, tmp_path: Path) -> None:
    arguments = ("prescreen", saved, "--rubric", "wait-time", "--out", tmp_path / "out", "--labels")
    refused = run(*arguments, "roberta")
    assert refused.exit_code == 2
    assert "use auto, talkmoves, open or rules" in refused.output
    assert not (tmp_path / "out").exists()


def test_damage_is_said_before_the_lesson_is_heard(own: Path, tmp_path: Path) -> None:
    (own / "model.onnx").write_bytes(b"cut off")
    result = run(
        "analyze", tmp_path / "no-such-lesson.mp4", "--rubric", "wait-time", "--out", tmp_path / "out"
    )
    assert result.exit_code == 3
    assert "damaged" in result.output
    assert "--labels rules" in result.output


@pytest.mark.usefixtures("own")
def test_models_are_listed_with_size_licence_and_whether_they_are_here() -> None:
    listed = run("models", "list")
    assert listed.exit_code == 0, listed.output
    # The weights that come with coachai may be there beside this one; they are larger.
    rows = [each for each in listed.output.splitlines() if each.startswith("talkmoves")]
    (row,) = (each for each in rows if " 1 MB" in each)
    assert "CC BY-NC-SA 4.0" in row
    assert "yes" in row
    assert any(each.startswith("open") and "Apache-2.0" in each for each in listed.output.splitlines())
    assert TITLE in " ".join(listed.output.split())


def test_the_doctor_tells_what_reads(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> tuple[bool, str]:
        check = coachai.doctor._labels()
        return check.works, check.found

    assert told() == (True, TITLE)
    monkeypatch.setenv(SETTING, "rules")
    assert told() == (True, "not used, as COACHAI_LABELS asks for rules")
    monkeypatch.delenv(SETTING)
    (own / "tokenizer.json").unlink()
    works, found = told()
    assert not works
    assert "damaged" in found
