"""Where an engine on this machine keeps what is known about it: who looks after it, and how to reach it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

_PATIENT = ("RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S", "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S")
"""Seconds, 5 and 10 by default, in which a busy small machine does not start Serve's proxy."""

_PROMPT = {"RAY_SERVE_ROUTER_RETRY_MAX_BACKOFF_S": "0.02"}
"""Whoever waits for a busy model looks again so often; by default the model then idles for a quarter of a
second after each region, which on a graphics card is a twentieth of its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An engine that was started here: its keeper's process, Ray's address, the face's, where
    Prometheus reads, and how it does:
    ``starting``, ``ready``, ``restarting`` or ``failed`` with the reason in `why`."""

    keeper: int
    address: str
    http: str
    metrics: str
    state: str
    why: str = ""

    @property
    def alive(self) -> bool:
        """Whether its keeper still runs."""
        try:
            command = Path(f"/proc/{self.keeper}/cmdline").read_bytes()
        except OSError:
            return False
        return b"coachai.serve.keeper" in command


def folder() -> Path:
    """The folder of this user's engine; made if it is not there, for nobody else to read."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    place = Path(base) / "coachai" / "engine"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def log() -> Path:
    """What the engine's own processes say."""
    return folder() / "engine.log"


def found() -> Running | None:
    """The engine that was started here, if its keeper runs."""
    try:
        running = Running(**json.loads((folder() / "engine.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return running if running.alive else None


def note(running: Running | None) -> None:
    """Write down how the engine does; None where there is none any more."""
    place = folder() / "engine.json"
    if running is None:
        place.unlink(missing_ok=True)
        return
    part = place.with_suffix(".part")
    part.write_text(json.dumps(asdict(running)), encoding="utf-8")
    os.replace(part, place)


def environment(address: str = "") -> dict[str, str]:
    """What Ray's processes are given: only who may read this user's token may speak to them, nothing is
    reported to anybody, and a slow machine has time to start. `address` is the head's."""
    patient = dict.fromkeys(_PATIENT, "60")
    given = {"RAY_AUTH_MODE": "token", "RAY_raylet_start_wait_time_s": "150", **patient, **_PROMPT}
    given |= os.environ
    if Path("/dev/shm").is_dir():
        # What does not fit in memory goes to memory: sound of children has no business on a disk.
        given.setdefault("RAY_object_spilling_directory", "/dev/shm/coachai-spilled")
    if address:
        given["RAY_ADDRESS"] = address
    return {
        **given,
        "RAY_USAGE_STATS_ENABLED": "0",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
