"""The wheel is whole: installed in an empty environment outside the checkout, it analyzes the sample."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment with the wheel and its dependencies, nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    home = folder / "environment"
    venv.create(home, with_pip=True)
    command = [home / "bin" / "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel]
    subprocess.run(command, check=True, capture_output=True)
    return home / "bin"


@pytest.mark.timeout(400)
def test_the_wheel_analyzes_the_sample_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    for name in ("lesson.mp4", "lesson.vtt"):
        (tmp_path / name).write_bytes((ROOT / "samples" / name).read_bytes())
    arguments = ["--captions", "lesson.vtt", "--teacher", "Ms. Rivera", "--rubric", "wait-time"]
    ran = subprocess.run(
        [installed / "coachai", "analyze", "lesson.mp4", *arguments],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["rubric"]["id"] == "wait-time"
    listed = subprocess.run(
        [installed / "coachai", "rubric", "list"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "checking-for-understanding" in listed.stdout


def test_the_core_needs_no_torch(installed: Path) -> None:
    listed = subprocess.run([installed / "pip", "list"], capture_output=True, text=True, check=True)
    names = {row.split()[0].lower() for row in listed.stdout.splitlines()[2:]}
    assert names.isdisjoint({"torch", "transformers", "ray", "fastapi"})
    assert {"onnxruntime", "ctranslate2"} <= names
