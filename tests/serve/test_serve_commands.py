"""Serve's own commands with our configuration: `serve run`, and `serve deploy` to a Ray that runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import yaml

from coachai.serve import place
from coachai.serve.gateway import ADDRESS, Gateway
from coachai.serve.patience import Patience
from coachai.serve.remote import Engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
GCS, DASHBOARD, HTTP = 9431, 9432, 9433


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Our configuration at a port of its own, with what is on every machine."""
    told = yaml.safe_load((ROOT / "configs" / "serve.yaml").read_text(encoding="utf-8"))
    told["http_options"]["port"] = HTTP
    told["applications"][0]["args"]["words"]["asr"] = "pocketsphinx"
    told["applications"][0]["args"]["labels"]["labels"] = "rules"
    path = tmp_path / "serve.yaml"
    path.write_text(yaml.safe_dump(told))
    return path


@contextmanager
def running(
    command: Sequence[str | Path], env: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A command with all that it starts, which ends with it."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            list(map(str, command)), env=dict(env), stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def when_ready(process: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    until = time.monotonic() + 300
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        with suppress(httpx.HTTPError):
            told = httpx.get(f"http://127.0.0.1:{HTTP}/readyz", timeout=30)
            if told.status_code == 200:
                found: dict[str, str] = told.json()
                return found
        time.sleep(0.5)
    raise AssertionError(log.read_text(errors="replace")[-2000:])


def test_serve_run_starts_our_configuration(settings: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    # Without an address it would look for the Ray that ran last on this machine, which may be gone.
    with running([BIN / "serve", "run", "--address", "local", settings], place.environment(), log) as process:
        assert when_ready(process, log)["talk"] == "rules"


def test_serve_deploy_brings_it_to_a_ray_that_runs(settings: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    head = [BIN / "ray", "start", "--head", "--block", f"--port={GCS}", f"--dashboard-port={DASHBOARD}"]
    head += ["--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1"]
    env = {**place.environment(), "RAY_DASHBOARD_ADDRESS": f"http://127.0.0.1:{DASHBOARD}"}
    with running(head, env, log) as process:
        until = time.monotonic() + 120
        deployed = None
        while deployed is None or deployed.returncode:
            assert time.monotonic() < until, deployed and deployed.stdout
            deployed = subprocess.run(
                [BIN / "serve", "deploy", settings], env=env, capture_output=True, text=True, check=False
            )
        assert when_ready(process, log)["words"].startswith("pocketsphinx")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(ADDRESS, f"127.0.0.1:{GCS}")
            gateway = Gateway()
            try:
                assert Engine(gateway, Patience()).one("Discourse", "about") == ""
            finally:
                gateway.close()
