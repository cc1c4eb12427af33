"""The image's install steps, run here without Docker, and Ray inside walls like those of the image."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.dockerfile import ROOT, environment, instructions

INSTALL = ROOT / "deploy" / "install.sh"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder and what was printed. Only the CUDA libraries (1.1 GB) are left out."""
    place = tmp_path_factory.mktemp("image") / "coachai"
    command = [str(INSTALL), "--into", str(place), "--python", sys.executable, "--without-cuda"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return place, ran.stdout


def test_the_script_is_what_the_image_runs() -> None:
    runs = [said for word, said in instructions() if word == "RUN" and "install.sh" in said]
    assert len(runs) == 1
    assert runs[0].startswith("deploy/install.sh --into /opt/coachai --extras ")


def test_the_steps_end_with_a_working_program_and_every_licence(installed: tuple[Path, str]) -> None:
    place, said = installed
    assert "No broken requirements found." in said
    ran = subprocess.run([place / "bin" / "coachai", "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("coachai ")
    terms = (place / "THIRD_PARTY_LICENSES").read_text(encoding="utf-8")
    for name in ("ray ", "ctranslate2 ", "faster-whisper ", "coachai "):
        assert f"\n{name}" in terms
    assert ": UNKNOWN" not in terms


def test_a_second_time_into_the_same_folder_is_refused(installed: tuple[Path, str]) -> None:
    ran = subprocess.run(
        [str(INSTALL), "--into", str(installed[0])], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "is there already" in ran.stderr


def test_ray_serves_as_nobody_on_a_read_only_root_without_a_network(
    installed: tuple[Path, str], tmp_path: Path
) -> None:
    place, _ = installed
    script = Path(__file__).with_name("inside.py")
    variables = environment() | {
        "PATH": "/tmp/image/bin:/usr/bin:/bin",
        "RAY_raylet_start_wait_time_s": "150",
    }
    walls = [str(shutil.which("bwrap")), "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    walls += ["--tmpfs", "/dev/shm", "--tmpfs", "/tmp"]
    walls += ["--ro-bind", str(place), "/tmp/image", "--ro-bind", str(script), "/tmp/inside.py"]
    walls += ["--unshare-all", "--uid", "10001", "--gid", "10001", "--die-with-parent", "--clearenv"]
    walls += [part for each in variables.items() for part in ("--setenv", *each)]
    command = [*walls, "--chdir", "/tmp", "/tmp/image/bin/python", "/tmp/inside.py"]
    command.append(variables["RAY_object_spilling_directory"])
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    seen = json.loads(ran.stdout.splitlines()[-1])
    assert seen["user"] == 10001
    assert seen["root"] is False
    assert seen["health"] == 200
    # 160 MiB through a store of 80 MiB: what did not fit came back, from memory and not from Ray's folder.
    assert seen["back"] == list(range(8))
    assert seen["spilled"] > 0
    assert seen["elsewhere"] == []
