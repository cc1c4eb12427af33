"""The keeper of an engine on one machine: starts Ray's head and the application, again when the head dies.

It never joins Ray, so it outlives the head. Whatever the head leaves behind is ended with it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from coachai.serve.place import Running, environment, note

HEAD_WITHIN = 180.0
"""Seconds until Ray's head must answer: 20 to 40 are usual on two loaded cores."""

AGAIN_AFTER = 1.0
"""Seconds of rest before a head that died is started again."""

MOST_FAILURES = 3
"""Starts that may fail one after the other before the keeper gives up."""

STORE_MB = 1000
"""Memory for what travels between processes: six lessons of ninety minutes."""

_SUBREAPER = 36  # prctl's PR_SET_CHILD_SUBREAPER


class Keeper:
    """Keeps one engine running until it is told to stop (SIGTERM, SIGINT)."""

    def __init__(self, settings: str, host: str, port: int, metrics: int) -> None:
        self._settings = settings
        self._host, self._port, self._metrics = host, port, metrics or _free_port()
        self._gcs = _free_port()
        self._running = Running(
            keeper=os.getpid(),
            address=f"127.0.0.1:{self._gcs}",
            http=f"{host}:{port}",
            metrics=f"127.0.0.1:{self._metrics}",
            state="starting",
        )
        self._stopping = False
        # Processes whose parents die are handed to the keeper, and are found when all is ended.
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)

    def keep(self) -> int:
        """Run until told to stop, or until nothing helps; returns the exit code."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        failures = 0
        try:
            while not self._stopping and failures < MOST_FAILURES:
                head = self._head()
                why = self._deploy(head)
                if not why:
                    failures = 0
                    self._say("ready")
                    while head.poll() is None and not self._stopping:
                        _reap({head.pid})
                        time.sleep(0.2)
                elif not self._stopping:
                    failures += 1
                end_descendants()
                head.wait()
                if not self._stopping:
                    self._say("restarting", why)
                    time.sleep(AGAIN_AFTER)
            if not self._stopping:
                self._say("failed", self._running.why)
            return 0 if self._stopping else 3
        finally:
            end_descendants()
            if self._stopping:
                note(None)

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _say(self, state: str, why: str = "") -> None:
        self._running = replace(self._running, state=state, why=why)
        note(self._running)

    def _head(self) -> subprocess.Popen[bytes]:
        self._say(self._running.state)
        command = [*_ray("start"), "--head", "--block", f"--port={self._gcs}", "--node-ip-address=127.0.0.1"]
        command += ["--include-dashboard=false", "--disable-usage-stats"]
        command += [f"--metrics-export-port={self._metrics}"]
        command += [f"--object-store-memory={STORE_MB * 1_000_000}"]
        return subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, start_new_session=True)

    def _deploy(self, head: subprocess.Popen[bytes]) -> str:
        """Wait for the head and start the application; returns what went wrong, or nothing."""
        until = time.monotonic() + HEAD_WITHIN
        while not _answers(self._gcs):
            if self._stopping or head.poll() is not None or time.monotonic() > until:
                return "Ray did not start."
            time.sleep(0.2)
        command = [
            sys.executable,
            "-P",
            "-m",
            "coachai.serve.deploy",
            self._settings,
            self._host,
            str(self._port),
        ]
        deploying = subprocess.Popen(
            command, env=environment(self._running.address), stdin=subprocess.DEVNULL
        )
        while deploying.poll() is None:
            if self._stopping or head.poll() is not None:
                deploying.kill()
                return "Ray stopped while the models were being loaded."
            time.sleep(0.2)
        told = "The application could not be started; its log says why."
        return "" if deploying.returncode == 0 else told


def end_descendants(patience: float = 10.0) -> None:
    """End every process below this one: asked first, made to after `patience` seconds."""
    for each, until in (
        (signal.SIGTERM, time.monotonic() + patience),
        (signal.SIGKILL, time.monotonic() + 30),
    ):
        while below := _descendants():
            for pid in below:
                with suppress(ProcessLookupError):
                    os.kill(pid, each)
            if time.monotonic() > until:
                break
            time.sleep(0.1)


def _descendants() -> list[int]:
    """Processes below this one, the youngest first; those that have ended and wait to be told are none."""
    parents: dict[int, int] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError):
                state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    parents[int(place.name)] = int(parent)
    found = [os.getpid()]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[:0:-1]


def _reap(own: Collection[int]) -> None:
    """Take note of adopted processes that have ended; those that are `own` are noted by whoever waits."""
    with suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid in own:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)


def _ray(command: str) -> Sequence[str]:
    return (sys.executable, "-P", "-m", "ray.scripts.scripts", command)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def main() -> None:
    """Keep an engine: settings file (or -), host, port, port for Prometheus."""
    settings, host, port, metrics = sys.argv[1:5]
    sys.exit(Keeper(settings, host, int(port), int(metrics)).keep())


if __name__ == "__main__":
    main()
