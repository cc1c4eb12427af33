"""Reading a user's file in a second process, so that whatever its bytes do ends there.

The request goes in as one line of JSON, progress and the result come back as lines of JSON. The recording
and the output go along as open descriptors under names that say nothing; behind the walls of `sandbox`,
where the machine has them, there is no other file to open.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO

from coachai.errors import EnvironmentLacks, InputRefused, NotScored
from coachai.media import sandbox
from coachai.media.refusals import NOT_SCORED, lacking, refused
from coachai.records import Progress

PATIENCE = 60.0
"""Seconds without any progress after which a child is taken to hang."""

_TICK = 1.0
_GRACE = 2.0  # seconds in which a child that has answered ends by itself: only then its memory is counted
_ONLY_ON_THE_WAY = {"begun", "alive", "progress"}
_STDERR_TAIL = 4000
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "HOME": "/",  # where it is not said, Python looks it up in the list of this machine's users
}
_INHERITED = ("LD_LIBRARY_PATH", "SYSTEMROOT")  # without these some interpreters do not start


def no_progress(fraction: float) -> None:
    """For callers that do not show progress."""


def in_child(
    task: str,
    request: Mapping[str, Any],
    recording: BinaryIO,
    progress: Progress = no_progress,
    *,
    out: Path | None = None,
) -> dict[str, Any]:
    """Run `task` of `coachai.media.child` with `request` (JSON values) on an open recording; its result.

    The task finds the recording at request["path"], and at request["out"] the existing file `out`, if any.
    An exception that surfaces from `progress`, such as an interrupt, ends the child first.

    Raises InputRefused: the child's own, UNREADABLE when it dies, STUCK after PATIENCE seconds without
    progress. Raises EnvironmentLacks: the child's own, NO_CHILD, NO_SANDBOX, WRONG_SANDBOX.
    """
    ways = sandbox.ways()
    with contextlib.nullcontext() if out is None else out.open("r+b") as written:
        handed = {"path": recording} if written is None else {"path": recording, "out": written}
        names = {key: _name(file) for key, file in handed.items()}
        for way in ways:
            conversation = _Conversation(task, [file.fileno() for file in handed.values()], way)
            answer = conversation.run({**request, **names}, progress, _Watch(PATIENCE, written))
            if answer is not None:
                return answer
            if conversation.begun:
                break
    if not conversation.begun:
        raise lacking("NO_SANDBOX" if ways[-1] else "NO_CHILD") from RuntimeError(conversation.complaint)
    raise refused("UNREADABLE") from RuntimeError(f"{task} ended: {conversation.complaint}")


def look_behind_walls() -> tuple[str, ...] | None:
    """What a child can reach behind the walls though it should not; None where they do not stand.

    For `doctor`: a child really looks for a file made here, a port opened here, this process, places to
    write and more memory than it is allowed.
    """
    way = sandbox.walls()
    if not way:
        return None
    with (
        tempfile.NamedTemporaryFile(prefix="coachai-") as canary,
        tempfile.TemporaryFile() as nothing,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        request = {"canary": canary.name, "port": listener.getsockname()[1], "parent": os.getpid()}
        conversation = _Conversation("look_around", [nothing.fileno()], way)
        request["path"] = f"/dev/fd/{nothing.fileno()}"
        answer = conversation.run(request, no_progress, _Watch(PATIENCE, None))
    return None if answer is None else tuple(answer["reached"])


def _name(file: BinaryIO) -> str:
    """How the child finds an open file: by its descriptor, where opening that means opening it anew."""
    return f"/dev/fd/{file.fileno()}" if sys.platform == "linux" else str(file.name)


class _Watch:
    """Notices that nothing moves any more: no message, and nothing written.

    It counts seconds waited, not the clock: a laptop that slept has not been waiting.
    """

    def __init__(self, patience: float, written: BinaryIO | None) -> None:
        self.tick = min(_TICK, patience)
        self._most = math.ceil(patience / self.tick)
        self._waited = 0
        self._written = written
        self._state = self._look()

    def moved(self) -> None:
        """A message came."""
        self._waited = 0

    def check(self) -> None:
        """A tick passed without one; raises InputRefused STUCK when that were too many."""
        state = self._look()
        self._waited = self._waited + 1 if state == self._state else 0
        self._state = state
        if self._waited >= self._most:
            raise refused("STUCK")

    def _look(self) -> tuple[int, int] | None:
        if self._written is None:
            return None
        status = os.fstat(self._written.fileno())
        return status.st_size, status.st_mtime_ns


class _Conversation:
    """One child, from its start to its end."""

    def __init__(self, task: str, descriptors: list[int], way: list[str]) -> None:
        self.begun = False
        self.complaint = ""
        self._answered = False
        self._command = [*way, *sandbox.python(task)]
        self._descriptors = descriptors

    def run(self, request: Mapping[str, Any], progress: Progress, watch: _Watch) -> dict[str, Any] | None:
        """The child's result, or None if it died without one; `begun` tells whether it saw the recording."""
        with tempfile.TemporaryFile() as complaints:
            try:
                child = self._start(complaints)
            except OSError as problem:
                self.complaint = str(problem)
                return None
            said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
            listener = threading.Thread(target=_listen, args=(child.stdout, said), daemon=True)
            listener.start()
            try:
                result = self._talk(child, request, progress, _messages(said, watch))
            finally:
                _end(child, listener, _GRACE if self._answered else 0.0)
            complaints.seek(max(0, os.fstat(complaints.fileno()).st_size - _STDERR_TAIL))
            self.complaint = f"{child.returncode} {complaints.read().decode(errors='replace')}"
        return result

    def _start(self, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
        inherited = {each: os.environ[each] for each in _INHERITED if each in os.environ}
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={**inherited, **_ENVIRONMENT},
            pass_fds=self._descriptors if sys.platform == "linux" else (),
        )

    def _talk(
        self,
        child: subprocess.Popen[bytes],
        request: Mapping[str, Any],
        progress: Progress,
        messages: Iterator[dict[str, Any]],
    ) -> dict[str, Any] | None:
        assert child.stdin is not None
        with contextlib.suppress(OSError):  # dead already: its output, or its silence, tells
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.close()
        for message in messages:
            self.begun = self.begun or "begun" in message
            self._answered = not _ONLY_ON_THE_WAY.intersection(message)
            if "progress" in message:
                progress(message["progress"])
            elif "refused" in message:
                code = message["refused"][0]
                raise (NotScored if code in NOT_SCORED else InputRefused)(*message["refused"])
            elif "lacks" in message:
                raise EnvironmentLacks(*message["lacks"])
            elif "result" in message:
                answer: dict[str, Any] = message["result"]
                return answer
        self._answered = True  # it has closed its mouth: how it ends is worth knowing
        return None


def _messages(said: queue.SimpleQueue[bytes], watch: _Watch) -> Iterator[dict[str, Any]]:
    """What the child says, until it falls silent for good."""
    while True:
        try:
            line = said.get(timeout=watch.tick)
        except queue.Empty:
            watch.check()
            continue
        try:
            message = json.loads(line)
        except ValueError:
            return  # its end, or a torn last line: it was killed while it wrote
        watch.moved()
        yield message


def _listen(lines: IO[bytes], said: queue.SimpleQueue[bytes]) -> None:
    for line in lines:
        said.put(line)
    said.put(b"")


def _end(child: subprocess.Popen[bytes], listener: threading.Thread, grace: float) -> None:
    """Leave no process behind; a child that does not end in `grace` seconds is killed."""
    assert child.stdin is not None
    assert child.stdout is not None
    with contextlib.suppress(OSError):
        child.stdin.close()
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    listener.join()  # its output ends when the last process behind the walls has ended too
    child.stdout.close()
