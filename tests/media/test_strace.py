"""The operating system's own account of hostile files: nothing is opened outside, nobody is called.

Without the walls, so that it speaks of the program and of libav, not of bubblewrap.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from coachai.media import sandbox
from tests.corpus.cases import CASES
from tests.media import hostile
from tests.media.test_isolation import hostile_files

Made = Callable[..., Path]
ROOT = Path(__file__).parents[2]
ROWS = ("M-02", "M-20", "M-21", "M-27", "M-28", "M-29", "M-30")
SYSTEM = (
    *("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "/etc/ld.so.cache", "/proc/", "/sys/devices/system/"),
    *("/usr/share/locale/", "/usr/share/zoneinfo/", "/etc/localtime"),  # any Python's start
)
TRACED = "open,openat,openat2,creat,socket,connect,bind,sendto,execve"
_CALL = re.compile(r"^\d+ +(\w+)\((.*)$")
_OPENED = re.compile(r'(?:AT_FDCWD(?:<[^>]*>)?|\d+<([^>]*)>), "([^"]*)"|^"([^"]*)"')
_CAME_OF_IT = re.compile(r" = \d+<([^>]*)>$")

pytestmark = pytest.mark.slow


def traced(command: Sequence[str], log: Path, **environment: str) -> str:
    """Run a command under strace, with its children; its standard output."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **environment}
    strace = shutil.which("strace")
    assert strace, "strace is needed: apt install strace"
    watched = [strace, "-f", "-y", "-qq", "-s", "300", "-e", f"trace={TRACED}", "-o", str(log), *command]
    ran = subprocess.run(watched, env=environment, capture_output=True, text=True, check=True)
    return ran.stdout


def outside(log: Path, known: Sequence[str]) -> list[str]:
    """Lines of strace about sockets, and about files whose path does not begin as one of `known`.

    A file that was looked for and is not there does not count: Python looks for its modules so.
    """
    found = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        call = _CALL.match(line)
        if not call or "= -1 ENOENT" in line:
            continue
        if call[1] in ("socket", "connect", "bind", "sendto"):
            found.append(line)
            continue
        path = _OPENED.search(call[2])
        assert path, line
        whole = path[3] if path[3] is not None else os.path.join(path[1] or os.getcwd(), path[2])
        if whole.startswith("/dev/fd/") and (came := _CAME_OF_IT.search(line)):
            whole = came[1]  # /dev/fd/5 is another file in this process
        if not os.path.realpath(whole).startswith(tuple(known)) and not whole.startswith(tuple(known)):
            found.append(line)
    return found


def known(*more: Path) -> list[str]:
    """Where Python, its libraries and the tests themselves stand, and `more`."""
    roots = [*sandbox.packages(), sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), str(ROOT)]
    folders = [os.path.join(os.path.realpath(each), "") for each in roots]
    return [*SYSTEM, *folders, sys.executable, str(ROOT), *map(str, more), "/dev/null", "/dev/urandom"]


@pytest.mark.timeout(900)  # every call of every process passes through strace
def test_no_hostile_file_leads_outside(made: Made, tmp_path: Path) -> None:
    inbox, scratch, neighbour = (tmp_path / name for name in ("inbox", "scratch", "neighbour"))
    for folder in (inbox, scratch, neighbour):
        folder.mkdir()
    canary = neighbour / "canary.ts"
    canary.write_text("the neighbour's file", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        bait = hostile.Bait(canary=canary, port=listener.getsockname()[1])
        files = hostile_files(inbox, bait, made, everything=True)
        for number, case in enumerate(CASES):
            if case.row in ROWS:
                files.append(inbox / f"{case.row} {number}{Path(case.name).suffix}")
                files[-1].write_bytes(case.make())
        command = [sys.executable, "-B", "-m", "tests.media.watching", str(scratch / "log"), *map(str, files)]
        told = traced(command, tmp_path / "strace", COACHAI_SANDBOX="off", TMPDIR=str(scratch))
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    outcomes = json.loads(told)
    assert len(outcomes) == len(files) > 100
    assert "ok" in outcomes.values()
    account = (tmp_path / "strace").read_text(encoding="utf-8", errors="replace")
    assert account.count('"/dev/fd/') > len(files) / 2  # the children are in it, and read their recordings
    assert str(canary) not in account
    assert outside(tmp_path / "strace", known(inbox, scratch)) == []


def test_strace_sees_what_goes_wrong(tmp_path: Path) -> None:
    """A child that does open a canary, and one that does call somebody, are caught."""
    canary = tmp_path / "canary.ts"
    canary.touch()
    code = (
        f"import os, socket\nos.open({str(canary)!r}, os.O_RDONLY)\n"
        "socket.socket().connect_ex(('127.0.0.1', 9))\n"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}], check=True)"
    traced([sys.executable, "-B", "-W", "ignore", "-c", parent], tmp_path / "strace")
    found = outside(tmp_path / "strace", known())
    assert any(str(canary) in line for line in found)
    assert any("socket(AF_INET" in line for line in found)
    assert any("connect(" in line for line in found)
    assert len(found) == 3
