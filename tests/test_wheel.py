"""The wheel is whole: installed in an empty environment outside the checkout, it analyzes the sample."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.discourse.miniature import build

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
    shipped = (ROOT / "models" / "discourse" / "talkmoves").is_dir()
    assert report["provenance"]["models"]["labels"].startswith("talkmoves" if shipped else "rules")
    listed = subprocess.run(
        [installed / "coachai", "rubric", "list"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "checking-for-understanding" in listed.stdout


def test_the_core_needs_no_torch(installed: Path) -> None:
    listed = subprocess.run([installed / "pip", "list"], capture_output=True, text=True, check=True)
    names = {row.split()[0].lower() for row in listed.stdout.splitlines()[2:]}
    assert names.isdisjoint({"torch", "transformers", "ray", "fastapi"})
    assert {"onnxruntime", "ctranslate2"} <= names


def built(folder: Path, *models: str) -> Path:
    """The content of a wheel built from a copy of the tree with these models, made up for the test."""
    tree = folder / "tree"
    for name in ("src", "configs", "models/voices"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py"):
        shutil.copyfile(ROOT / name, tree / name)
    for name in models:
        made = build(tree / "models" / "discourse" / name, name)
        (made / "LICENSE").write_text("as the card says", encoding="utf-8")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, tree]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "content")
    return folder / "content"


def analyzed(content: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The sample, analyzed by the program in a folder."""
    arguments = ["--captions", ROOT / "samples" / "lesson.vtt", "--teacher", "Ms. Rivera", "--rubric"]
    arguments += ["wait-time", "--out", out, *more]
    return subprocess.run(
        [sys.executable, "-m", "coachai", "analyze", ROOT / "samples" / "lesson.mp4", *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(out.parent), "PYTHONPATH": str(content)},
        cwd=out.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("models", "reader"),
    [((), "rules"), (("open",), "open 1"), (("open", "talkmoves"), "talkmoves 1")],
    ids=["none", "open", "both"],
)
def test_a_wheel_works_with_the_weights_that_are_there(
    tmp_path: Path, models: tuple[str, ...], reader: str
) -> None:
    content = built(tmp_path, *models)
    packed = content / "coachai" / "models" / "discourse"
    assert {each.parent.name for each in packed.glob("*/LICENSE")} == set(models)
    ran = analyzed(content, tmp_path / "out")
    assert ran.returncode == 0, ran.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["provenance"]["models"]["labels"].startswith(reader)
    lacking = analyzed(content, tmp_path / "none", "--labels", "talkmoves")
    assert lacking.returncode == (0 if "talkmoves" in models else 3)
    assert ("is not in this copy" in lacking.stderr) == ("talkmoves" not in models)
