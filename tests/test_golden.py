"""The sample lesson end to end: true to its script, and the report the same as the one kept here.

`python -m tests.test_golden` writes the golden report anew; read its difference before committing it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from benchmarks.scoring import match_questions, read_truth, role_accuracy, talk_share
from coachai.pipeline import Observing, observe, prescreen
from coachai.records import Measurement, Report
from coachai.report.codec import encode_report
from coachai.rubric import load_rubric

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden" / "report.json"
SECONDS = 0.05
"""Speech edges may differ by a frame or so between processors; nothing else may differ."""


def made() -> Report:
    how = Observing(captions=ROOT / "samples" / "lesson.vtt", teacher="Ms. Rivera", labels="rules")
    with tempfile.TemporaryDirectory() as folder:
        heard = observe(
            ROOT / "samples" / "lesson.mp4", how, folder=Path(folder), progress=lambda _: lambda _: None
        )
    return prescreen(heard, load_rubric("wait-time"))


@pytest.fixture(scope="module")
def report() -> Report:
    return made()


@pytest.fixture(scope="module")
def measured(report: Report) -> dict[str, Measurement]:
    return {each.measure: each for each in report.measurements}


def test_the_report_is_the_golden_one(report: Report) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert differences(golden, json.loads(encode_report(report))) == []


def test_the_same_input_gives_the_same_bytes(report: Report) -> None:
    assert encode_report(made()) == encode_report(report)


def test_every_question_of_the_script_is_found_and_no_other(report: Report) -> None:
    truth = read_truth(ROOT / "samples" / "lesson.truth.json")
    pairs, found = match_questions(truth, report.transcript)
    assert len(pairs) == found == len(truth.questions)


def test_the_median_wait_is_the_scripts(measured: dict[str, Measurement]) -> None:
    truth = read_truth(ROOT / "samples" / "lesson.truth.json")
    counted = measured["wait_time_1"]
    waits = [truth.wait_after(each) for each in truth.questions if not each.has("tag")]
    true = median(wait for wait in waits if wait is not None)
    assert counted.value == pytest.approx(true, abs=0.15)
    assert counted.n >= 10


def test_each_terminator_is_the_scripts(measured: dict[str, Measurement]) -> None:
    labels = [each.label for each in measured["wait_time_1"].moments]
    assert "student" in labels
    assert "teacher goes on" in labels or "new question" in labels
    assert len(measured["structured_think_time"].moments) == 1


def test_roles_and_talk_share_are_the_scripts(report: Report, measured: dict[str, Measurement]) -> None:
    truth = read_truth(ROOT / "samples" / "lesson.truth.json")
    assert role_accuracy(truth, report.transcript)["balanced"] >= 0.95
    assert measured["talk_ratio"].value == pytest.approx(talk_share(truth), abs=0.02)


def differences(kept: Any, new: Any, where: str = "report") -> list[str]:
    """Where two JSON values differ by more than a frame of sound; the last decimals of numbers may."""
    if isinstance(kept, dict) and isinstance(new, dict):
        if kept.keys() != new.keys():
            return [f"{where}: keys {sorted(kept.keys() ^ new.keys())}"]
        # What is known about a measure's accuracy changes with every benchmark, and with no lesson.
        keys = [key for key in kept if key != "validation"]
        return [row for key in keys for row in differences(kept[key], new[key], f"{where}.{key}")]
    if isinstance(kept, list) and isinstance(new, list):
        if len(kept) != len(new):
            return [f"{where}: {len(kept)} entries, now {len(new)}"]
        rows = enumerate(zip(kept, new, strict=True))
        return [row for k, (old, now) in rows for row in differences(old, now, f"{where}[{k}]")]
    numbers = isinstance(kept, int | float) and isinstance(new, int | float)
    if numbers and abs(kept - new) <= max(SECONDS, 0.02 * abs(kept)):
        return []
    return [] if kept == new else [f"{where}: {kept!r}, now {new!r}"]


if __name__ == "__main__":
    GOLDEN.write_bytes(encode_report(made()))
