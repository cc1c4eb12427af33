"""An engine on this machine, as the command line starts, asks and stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from coachai.errors import EnvironmentLacks, InputRefused
from coachai.records import Progress
from coachai.serve import place
from coachai.serve.calling import require_ray
from coachai.serve.gateway import Gateway
from coachai.serve.limits import TOKEN
from coachai.serve.patience import Patience
from coachai.serve.remote import Engine

READY_WITHIN = 600.0
"""Seconds until an engine must be ready: large models take minutes to load."""

USUALLY = 40.0
"""Seconds that a start takes on a small machine; for the bar alone."""

STOPPED_WITHIN = 60.0
"""Seconds that an engine may take to end by itself."""

_STARTED: list[subprocess.Popen[bytes]] = []
"""Keepers outlive the program that starts them, and Python complains of processes that nobody waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where it is asked in HTTP, and the port for Prometheus; 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 8000
    metrics: int = 0


def start(settings: Path | None, ports: Ports, progress: Progress) -> str:
    """Start an engine and wait until it is ready; returns what it holds.

    Raises InputRefused (BAD_SETTINGS, NO_TOKEN), EnvironmentLacks (NO_RAY, ENGINE_RUNS, ENGINE_FAILED).
    """
    require_ray()
    _require_token(ports.host)
    if settings is not None:
        from coachai.serve.deploy import arguments_in

        arguments_in(str(settings))
    if place.found() is not None:
        raise EnvironmentLacks(
            "ENGINE_RUNS",
            "An engine runs already: coachai engine status shows it, coachai engine stop ends it.",
        )
    named = "-" if settings is None else str(settings.resolve())
    with place.log().open("ab") as log:
        keeper = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "coachai.serve.keeper",
                named,
                *map(str, (ports.host, ports.port, ports.metrics)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _STARTED.append(keeper)
    try:
        _wait_for(keeper, progress)
        held = _held()
    except BaseException:
        keeper.terminate()
        keeper.wait()
        raise
    return held


def status() -> str:
    """What runs here, in a sentence. Raises EnvironmentLacks (NO_ENGINE) where nothing does."""
    running = place.found()
    if running is None:
        raise EnvironmentLacks(
            "NO_ENGINE", "No engine runs on this machine: coachai engine start starts one."
        )
    if running.state != "ready":
        return f"The engine is {running.state}. {running.why}".strip()
    return f"The engine is ready at {running.http}: {_held()}."


def stop() -> bool:
    """Stop the engine of this machine; whether there was one."""
    running = place.found()
    if running is None:
        return False
    os.kill(running.keeper, signal.SIGTERM)
    until = time.monotonic() + STOPPED_WITHIN
    while running.alive and time.monotonic() < until:
        time.sleep(0.1)
    if running.alive:
        os.kill(running.keeper, signal.SIGKILL)
    for keeper in _STARTED:
        keeper.poll()
    return True


def _require_token(host: str) -> None:
    """Raises InputRefused where anybody on a network could ask."""
    with suppress(ValueError):
        if ip_address("127.0.0.1" if host == "localhost" else host).is_loopback:
            return
    if not os.environ.get(TOKEN):
        raise InputRefused(
            "NO_TOKEN",
            f"At {host} others on the network can ask this engine: set {TOKEN} to a long secret, which every "
            "request must then bring, or leave out --host.",
        )


def _wait_for(keeper: subprocess.Popen[bytes], progress: Progress) -> None:
    began = time.monotonic()
    while True:
        passed = time.monotonic() - began
        running = place.found()
        own = running is not None and running.keeper == keeper.pid
        if own and running is not None and running.state == "ready":
            progress(1.0)
            return
        if keeper.poll() is not None or passed > READY_WITHIN or (own and running and running.why):
            why = running.why if own and running else ""
            raise EnvironmentLacks(
                "ENGINE_FAILED", f"The engine did not start. {why} What it says is in {place.log()}."
            )
        progress(min(0.95, passed / USUALLY * 0.9))
        time.sleep(0.2)


def _held() -> str:
    """What each deployment says that it holds."""
    gateway = Gateway()
    try:
        engine = Engine(gateway, Patience())
        words = engine.one("Transcriber", "about").name
        voices, labels = engine.one("Voices", "about"), engine.one("Discourse", "about")
        return f"words: {words}; voices: {voices}; talk: {labels or 'rules'}"
    finally:
        gateway.close()


def stay() -> None:
    """Stay until the engine that was started here ends; an interrupt ends it. Raises EnvironmentLacks."""
    (keeper,) = _STARTED
    try:
        code = keeper.wait()
    except KeyboardInterrupt:
        keeper.terminate()
        keeper.wait()
        return
    if code:
        raise EnvironmentLacks("ENGINE_FAILED", f"The engine has ended. What it says is in {place.log()}.")
