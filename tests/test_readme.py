"""Every code block of README runs as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", ROOT.joinpath("README.md").read_text(encoding="utf-8"), re.DOTALL)


def test_blocks_are_of_a_kind_that_is_run() -> None:
    assert BLOCKS
    assert {kind for kind, _ in BLOCKS} <= {"bash", "python"}


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("kind", "text"), BLOCKS, ids=[text.splitlines()[0] for _, text in BLOCKS])
def test_block_runs(kind: str, text: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    if kind == "python":
        ran = subprocess.run(
            [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return
    for command in re.sub(r"\\\n\s*", " ", text).splitlines():
        if command.startswith("make "):
            # The block that runs this very suite cannot run inside it: its recipe is looked up instead.
            words = ["make", "-n", *command.split("#")[0].split()[1:]]
            ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        else:
            ran = subprocess.run(
                ["bash", "-ec", command],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
