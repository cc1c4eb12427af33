"""Same input, same versions, same bytes: whatever the process, hash seed, folder, clock, locale (H-16)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from coachai.pipeline import prescreen
from coachai.report.codec import encode_report, encode_transcript
from coachai.rubric import load_rubric
from tests.timeline import lesson

ROOT = Path(__file__).parents[1]
PLACES = (
    {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8", "COLUMNS": "80"},
    {"PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "COLUMNS": "200"},
    {"PYTHONHASHSEED": "30000", "TZ": "America/St_Johns", "LC_ALL": "POSIX", "PYTHONUTF8": "0"},
)
"""Three machines' worth of differences that no result may show."""


def results(folder: Path, inputs: Sequence[Path], place: dict[str, str], *arguments: str) -> dict[str, bytes]:
    """What a run in a folder of its own, in a process of its own, writes: the bytes by file name."""
    folder.mkdir(parents=True)
    for each in inputs:
        shutil.copy(each, folder)
    done = subprocess.run(
        [sys.executable, "-m", "coachai", *arguments, "--out", "out"],
        cwd=folder,
        env={**os.environ, **place},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


def assert_all_equal(written: Sequence[dict[str, bytes]]) -> None:
    for other in written[1:]:
        assert other.keys() == written[0].keys()
        assert [name for name, raw in written[0].items() if other[name] != raw] == []
    assert len(written) == len(PLACES)


def test_a_prescreened_transcript_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    drawing = "\n".join(
        f"{20 * i} - {20 * i + 3} T: Why is that so, {name}?  #question #open\n"
        f"{20 * i + 7} - {20 * i + 10} S{i % 3 + 1}: Because it is lighter.  #reasoning"
        for i, name in enumerate(
            ("Zoë", "Ana", "José", "Lí", "Mia", "Ben", "Tom", "Eva", "Max", "Ida", "Lea")
        )
    )
    saved = tmp_path / "transcript.json"
    saved.write_bytes(encode_transcript(lesson(drawing)))
    folders = (tmp_path / "a", tmp_path / "deep" / "er" / "ünï ode", tmp_path / "c d")
    command = ("prescreen", "transcript.json", "--rubric", "wait-time")
    written = [
        results(folder, [saved], place, *command) for folder, place in zip(folders, PLACES, strict=True)
    ]
    assert "report.html" in written[0]
    assert_all_equal(written)


@pytest.mark.slow
def test_an_analyzed_recording_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    inputs = [ROOT / "samples" / "lesson.mp4", ROOT / "samples" / "lesson.vtt"]
    command = ("analyze", "lesson.mp4", "--captions", "lesson.vtt", "--teacher", "Ms. Rivera")
    written = [
        results(tmp_path / str(number) / "ö", inputs, place, *command, "--rubric", "questioning")
        for number, place in enumerate(PLACES)
    ]
    assert_all_equal(written)


def test_another_version_is_another_report_and_says_so() -> None:
    heard = lesson("0 - 2 T: Why?  #question\n5 - 70 S1: So.")
    rubric = load_rubric("wait-time")
    reports = []
    for version in ("0.1.0", "0.2.0"):
        provenance = replace(heard.provenance, coachai=version, models={"words": f"small {version}"})
        reports.append(encode_report(prescreen(replace(heard, provenance=provenance), rubric)))
        assert f'"coachai": "{version}"'.replace(" ", "").encode() in reports[-1].replace(b" ", b"")
        assert f"small {version}".encode() in reports[-1]
    assert reports[0] != reports[1]
    assert rubric.sha256.encode() in reports[0]
