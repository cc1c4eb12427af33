"""Reading a user's file in a second process, so that a crash of the media library ends there.

The request goes in as one line of JSON, progress and the result come back as lines of JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import IO, Any

from coachai.errors import EnvironmentLacks, InputRefused
from coachai.media.refusals import lacking, refused
from coachai.records import Progress

_STDERR_TAIL = 4000


def no_progress(fraction: float) -> None:
    """For callers that do not show progress."""


def in_child(task: str, request: Mapping[str, Any], progress: Progress = no_progress) -> dict[str, Any]:
    """Run `task` of `coachai.media.child` with `request` (JSON values) and return its result.

    An exception that surfaces from `progress`, such as an interrupt, ends the child first. Raises
    InputRefused (the child's own, or UNREADABLE when it dies) and EnvironmentLacks.
    """
    with tempfile.TemporaryFile() as complaints:
        try:
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "coachai.media.child", task],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        except OSError:
            raise lacking("NO_CHILD") from None
        try:
            result = _converse(child, request, progress)
        finally:
            _end(child)
        if result is None:
            complaints.seek(max(0, complaints.tell() - _STDERR_TAIL))
            reason = complaints.read().decode(errors="replace")
            raise refused("UNREADABLE") from RuntimeError(f"{task} ended with {child.returncode}: {reason}")
        return result


def _converse(
    child: subprocess.Popen[bytes], request: Mapping[str, Any], progress: Progress
) -> dict[str, Any] | None:
    """The child's result, or None if it died without one."""
    assert child.stdin is not None
    assert child.stdout is not None
    with contextlib.suppress(OSError):  # dead already: its output, or its silence, tells
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.close()
    for message in _messages(child.stdout):
        if "progress" in message:
            progress(message["progress"])
        elif "refused" in message:
            raise InputRefused(*message["refused"])
        elif "lacks" in message:
            raise EnvironmentLacks(*message["lacks"])
        elif "result" in message:
            answer: dict[str, Any] = message["result"]
            return answer
    return None


def _messages(lines: IO[bytes]) -> Any:
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            return  # a torn last line: the child was killed while it wrote


def _end(child: subprocess.Popen[bytes]) -> None:
    """Leave no process behind. After its answer the child has closed all files; killing it costs nothing."""
    if child.stdout is not None:
        child.stdout.close()
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()
    if child.poll() is None:
        child.kill()
    child.wait()
