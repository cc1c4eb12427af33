"""The second process: `python -m coachai.media.child TASK`. All libav work on users' files runs here."""

from __future__ import annotations

import importlib
import json
import signal
import sys
from collections.abc import Callable
from typing import Any

from coachai.errors import CoachaiError, EnvironmentLacks
from coachai.media.refusals import lacking, refused
from coachai.media.writing import FULL

TASKS = {
    "examine": "coachai.media.examining:examine",
    "decode": "coachai.media.decoding:decode_to",
    "remake": "coachai.media.remaking:remake",
    "clip": "coachai.media.clipping:clip_to",
}

_GIB = 1 << 30
_MEMORY = {"examine": 2 * _GIB, "decode": 2 * _GIB, "clip": 2 * _GIB, "remake": 6 * _GIB}
_CPU_SECONDS = {"examine": 1800, "decode": 3600, "clip": 600}


def main() -> int:
    """Read a request, do the task, say the result; 0 also when the input is refused."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    task = sys.argv[1]
    _limit(task)
    request = json.loads(sys.stdin.readline())
    module, _, name = TASKS[task].partition(":")
    work: Callable[..., dict[str, Any]] = getattr(importlib.import_module(module), name)
    try:
        _say(result=work(request, lambda fraction: _say(progress=round(fraction, 4))))
    except CoachaiError as problem:
        kind = "lacks" if isinstance(problem, EnvironmentLacks) else "refused"
        _say(**{kind: [problem.code, problem.message]})
    except MemoryError:
        unreadable = refused("UNREADABLE")
        _say(refused=[unreadable.code, unreadable.message])
    except OSError as problem:
        if problem.errno not in FULL:
            raise
        full = lacking("DISK_FULL")
        _say(lacks=[full.code, full.message])
    return 0


def _say(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _limit(task: str) -> None:
    """Bound memory and processor time where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY[task], _MEMORY[task]))
    if task in _CPU_SECONDS:
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS[task], _CPU_SECONDS[task]))


if __name__ == "__main__":
    sys.exit(main())
