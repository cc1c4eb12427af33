"""One recording held open while a stage works on it: what is decoded is what was hashed."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from coachai.errors import InputRefused
from coachai.media.refusals import refused
from coachai.media.sniff import sniff_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An open recording, the demuxer that its first bytes ask for, and its size in bytes."""

    file: BufferedReader
    demuxer: str
    size: int

    def sha256(self) -> str:
        """Of the whole content, in hexadecimal."""
        self.file.seek(0)
        return hashlib.file_digest(self.file, "sha256").hexdigest()


@contextmanager
def held(path: Path, sha256: str | None = None) -> Iterator[Held]:
    """Open the recording at `path`, which must have that content and may not change meanwhile.

    Whoever works on it takes the open file, so that another file under the same name changes nothing.
    Raises InputRefused: CHANGED, and what `sniff_file` raises.
    """
    before = None
    with contextlib.suppress(OSError, ValueError):  # the refusal for it comes with the next line
        before = _state(path.stat())
    demuxer = sniff_file(path)
    try:
        file = path.open("rb")
    except OSError:
        raise refused("NO_PERMISSION", name=path.name) from None
    with file:
        opened = Held(file=file, demuxer=demuxer, size=os.fstat(file.fileno()).st_size)
        if _state(os.fstat(file.fileno())) != before or (sha256 is not None and opened.sha256() != sha256):
            raise refused("CHANGED")
        try:
            yield opened
        except InputRefused:
            if _state(os.fstat(file.fileno())) == before:
                raise
            raise refused("CHANGED") from None  # half a copy looks damaged, and is not
        if _state(os.fstat(file.fileno())) != before:
            raise refused("CHANGED")


def _state(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
