"""What the second process gives up before it touches a recording. Runs in the child only.

Limits bound what a hostile file can cost, the guard what Python code can be led to do. Neither replaces the
walls of `sandbox`, which hold for the media library's own code too; they hold where there are no walls.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import sys
from pathlib import Path
from typing import Any

from coachai.records import Progress

GIB = 1 << 30

MEMORY = 2 * GIB
"""Bytes of address space; decoders need a tenth of it, forged headers ask for all there is."""

OPEN_FILES = 64

CPU_SECONDS = {"examine": 1800, "decode": 3600, "clip": 600, "captions": 600, "remake": 24 * 3600}
"""Four hours of 4K take hours to remake; the watch in `isolation` ends what stands still long before."""

FILE_BYTES = {"examine": 1 << 20, "decode": GIB, "clip": 1 << 27, "captions": 1 << 25}
"""What a task may write: four hours of 16 kHz sound, ten minutes of 48 kHz. `remake` has its own rule."""

_MOST_PROCESSORS = 4
_DENIED = (
    *("socket.", "subprocess.", "ftplib.", "http.", "smtplib.", "urllib.", "webbrowser.", "shutil.", "pty."),
    *("os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "os.kill"),
    *("os.chdir", "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir"),
    *("os.symlink", "os.truncate", "os.utime"),
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def limit(task: str, recording_bytes: int = 0) -> None:
    """Bound memory, processor time, written bytes and open files of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    written = FILE_BYTES.get(task, 4 * GIB + 2 * recording_bytes)  # a copied picture is as large as it was
    _lower(resource.RLIMIT_AS, MEMORY)
    _lower(resource.RLIMIT_CPU, CPU_SECONDS.get(task, 60))
    _lower(resource.RLIMIT_FSIZE, written)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    _lower(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":  # every processor means a thread with pictures of its own in memory
        mine = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, random.sample(mine, min(_MOST_PROCESSORS, len(mine))))


def _lower(which: int, most: int) -> None:
    """Set a limit, never above the one that this process was started under."""
    import resource

    limits = [each for each in (most, *resource.getrlimit(which)) if each != resource.RLIM_INFINITY]
    with contextlib.suppress(ValueError, OSError):  # macOS does not bound address space
        resource.setrlimit(which, (min(limits), min(limits)))


def guard(recording: str, out: str | None = None) -> None:
    """From here on this process can open its recording, its output and Python's own files, nothing else.

    No sockets, no programs, no other change to the disk. What is refused raises PermissionError. There is
    no way back (`sys.addaudithook`).
    """
    libraries = tuple(os.path.join(each, "") for each in _libraries())

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_DENIED):
            raise PermissionError(f"a recording may not lead to {event}")
        if event != "open" or isinstance(arguments[0], int):
            return
        path = os.path.normpath(os.fsdecode(arguments[0]))
        if path == out:
            return
        writes = bool(arguments[2] & _WRITING)
        if writes or (path != recording and not path.startswith(libraries)):
            raise PermissionError("a recording may not open other files")

    sys.addaudithook(refuse)


def _libraries() -> set[str]:
    found = [each for each in sys.path if each] + [os.path.dirname(os.__file__)]
    return {*found, *(os.path.realpath(each) for each in found)}


def look_around(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """What this process can reach that it should not, for `doctor`; nothing is the right answer.

    request["canary"] is a file that exists outside, request["port"] listens there, request["parent"] is
    the number of the process that asks.
    """
    import resource

    reached = []
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", request["port"]), timeout=2):
        reached.append("the network")
    with contextlib.suppress(OSError):
        Path(request["canary"]).read_bytes()
        reached.append("other files")
    with contextlib.suppress(OSError):
        os.kill(request["parent"], 0)
        reached.append("other programs")
    for folder in ("/", "/tmp", "/dev/shm", str(Path(__file__).parent)):
        with contextlib.suppress(OSError):
            place = Path(folder) / f"coachai-{os.getpid()}"
            place.touch()
            place.unlink()
            reached.append("places to write")
            break
    with contextlib.suppress(MemoryError):
        bytes(MEMORY)
        reached.append("more memory than it may")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] > OPEN_FILES:
        reached.append("more files than it may")
    progress(1.0)
    return {"reached": reached}
