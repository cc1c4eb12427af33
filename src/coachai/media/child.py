"""The second process, begun by `isolation`. All libav work on users' files runs here."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from coachai.errors import CoachaiError, EnvironmentLacks
from coachai.media.confining import guard, limit
from coachai.media.refusals import lacking, refused
from coachai.media.writing import FULL

TASKS = {
    "examine": "coachai.media.examining:examine",
    "decode": "coachai.media.decoding:decode_to",
    "remake": "coachai.media.remaking:remake",
    "clip": "coachai.media.clipping:clip_to",
    "captions": "coachai.media.subtitles:captions_to",
    "look_around": "coachai.media.confining:look_around",
}

_LOADED = {
    "examine": "coachai.media.opening",  # no numpy, which takes as long to load as most files to look at
    "decode": "coachai.media.run",
    "remake": "coachai.media.run",
    "clip": "coachai.media.run",
    "captions": "coachai.media.opening",
}

_UNGUARDED = "look_around"  # it tries what the guard forbids, to learn what holds without it

_BEAT = 1.0


class _Voice:
    """Where this process speaks to its parent; silent where nobody listens."""

    def __init__(self) -> None:
        self.stream: TextIO | None = None
        self.spoke = time.monotonic()

    def say(self, **message: Any) -> None:
        if self.stream is not None:
            self.stream.write(json.dumps(message) + "\n")
            self.stream.flush()
            self.spoke = time.monotonic()


_VOICE = _Voice()


def alive() -> None:
    """Tell the parent, at most once a second, that the work goes on where no fraction of it can be told."""
    if time.monotonic() - _VOICE.spoke > _BEAT:
        _VOICE.say(alive=True)


def main() -> int:
    """Read a request, do the task, say the result; 0 also when the input is refused."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    _VOICE.stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    task = sys.argv[1]
    work = _prepared(task)
    request: dict[str, Any] = json.loads(sys.stdin.readline())
    recording = request["path"]
    with open(recording, "rb"):  # no walls where what was handed over cannot be opened behind them
        limit(task, os.stat(recording).st_size)
    if task != _UNGUARDED:
        guard(recording, request.get("out"))
    _VOICE.say(begun=True)
    try:
        _VOICE.say(result=work(request, lambda fraction: _VOICE.say(progress=round(fraction, 4))))
    except CoachaiError as problem:
        kind = "lacks" if isinstance(problem, EnvironmentLacks) else "refused"
        _VOICE.say(**{kind: [problem.code, problem.message]})
    except MemoryError:
        unreadable = refused("UNREADABLE")
        _VOICE.say(refused=[unreadable.code, unreadable.message])
    except OSError as problem:
        if problem.errno not in FULL:
            raise
        full = lacking("DISK_FULL")
        _VOICE.say(lacks=[full.code, full.message])
    return 0


def _prepared(task: str) -> Callable[..., dict[str, Any]]:
    """The task's function, its libraries loaded with it: failing now is not the recording's fault."""
    if task in _LOADED:
        importlib.import_module(_LOADED[task])
    module, _, name = TASKS[task].partition(":")
    work: Callable[..., dict[str, Any]] = getattr(importlib.import_module(module), name)
    return work
