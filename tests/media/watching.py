"""Looks at files, hears and remakes them, while everything that Python opens is noted, in the child too.

`python -m tests.media.watching LOG FILE...` prints the outcomes as JSON. `LOG` holds a line an event.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import tempfile
from pathlib import Path

RECORDER = (
    "import os, sys\n"
    "log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)\n"
    "def note(event, arguments):\n"
    "    if event == 'open' and not isinstance(arguments[0], int):\n"
    "        os.write(log, ('open ' + os.fsdecode(arguments[0]) + chr(10)).encode())\n"
    "    elif event.startswith(('socket.', 'subprocess.', 'os.exec', 'os.system', 'os.posix_spawn')):\n"
    "        os.write(log, (event + ' ' + str(arguments)[:2000].replace(chr(10), ' ') + chr(10)).encode())\n"
    "sys.addaudithook(note)\n"
)
"""Notes what happens into a file that is open already, so that the noting is not noted."""


def outside(log: Path, recordings: list[Path], scratch: Path) -> list[str]:
    """The noted events beyond Python's own libraries, open descriptors, the recordings and `scratch`."""
    from coachai.media import sandbox

    roots = [*sys.path[1:], *sandbox.packages(), sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib")]
    inside = tuple(os.path.join(os.path.realpath(each), "") for each in roots if each)
    return [
        line
        for line in log.read_text(encoding="utf-8").splitlines()
        if not _ours(line, recordings, scratch, inside)
    ]


def _ours(line: str, recordings: list[Path], scratch: Path, libraries: tuple[str, ...]) -> bool:
    event, _, what = line.partition(" ")
    if event == "subprocess.Popen":
        return "coachai.media.child" in what  # the second process itself
    path = os.path.realpath(what)
    known = (*libraries, "/dev/fd/", os.path.join(scratch, ""))
    return event == "open" and (
        what.startswith(known) or path.startswith(known) or Path(path) in (scratch, *recordings)
    )


def main() -> None:
    """Probe every file named, decode and remake what can be, and print what came of it."""
    from coachai.errors import CoachaiError
    from coachai.media import decode, make_playable, probe, sandbox
    from coachai.media.isolation import no_progress

    log = sys.argv[1]
    plain = sandbox.python

    def noting(task: str) -> list[str]:
        command = plain(task)
        code = command.index("-c") + 1
        command[code] = RECORDER.format(log=log) + command[code]
        return command

    sandbox.python = noting
    exec(RECORDER.format(log=log), {})
    outcomes = {}
    for name in sys.argv[2:]:
        try:
            recording = probe(Path(name), shortest=0.1)
            with tempfile.TemporaryDirectory() as folder:
                decode(Path(name), Path(folder), no_progress, recording)
                make_playable(Path(name), Path(folder) / "playable.mp4", no_progress, recording)
            outcomes[name] = "ok"
        except CoachaiError as problem:
            outcomes[name] = problem.code
    sys.stdout.write(json.dumps(outcomes))


if __name__ == "__main__":
    main()
