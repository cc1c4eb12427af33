"""What a file's own frame says about itself, read without any media library.

libav recomputes what it finds (a cut WAV comes back as a shorter, healthy one), so whether a file is
whole, finished and unprotected is read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_PROTECTED = (b"encv", b"enca")
_DEEPEST = 8
_MOST_BOXES = 100_000
_DURATION_ELEMENT = b"\x44\x89"


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """`finished`: the index is there. `overrun`: the file ends before a part that it announces.

    `usable` are the bytes up to a cut that a demuxer can make sense of: half a fragment's head is noise.
    `declared` is the length in seconds that the frame itself gives, where it does (WAV).
    `trusts_duration`: a length in the header is written there, not guessed from the bit rate.
    """

    finished: bool = True
    fragmented: bool = False
    protected: bool = False
    overrun: bool = False
    usable: int
    declared: float | None = None
    trusts_duration: bool = False


def read_structure(path: Path, demuxer: str) -> Structure:
    """Structure of the file at `path`, which `demuxer` (as `sniff` names it) will open."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if demuxer == "mov":
            return _of_boxes(file, size)
        if demuxer in ("wav", "avi"):
            return _of_riff(file, size, demuxer)
        head = file.read(65_536)
    if demuxer == "matroska":
        return Structure(
            usable=size, overrun=_matroska_overrun(head, size), trusts_duration=_DURATION_ELEMENT in head
        )
    if demuxer == "mp3":
        measured = b"Xing" in head or b"Info" in head or b"VBRI" in head
        return Structure(usable=size, trusts_duration=measured)
    return Structure(usable=size, trusts_duration=demuxer == "flac")


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, first byte of content, end) of each box; an end beyond `end` is announced but absent."""
    at = start
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        file.seek(at)
        head = file.read(16)
        size, kind, content = int.from_bytes(head[:4], "big"), head[4:8], at + 8
        if size == 1:
            size, content = int.from_bytes(head[8:16], "big"), at + 16
        elif size == 0:
            size = end - at
        if size < 8:
            return
        yield kind, content, at + size
        at += size


def _of_boxes(file: BinaryIO, size: int) -> Structure:
    finished = fragmented = overrun = protected = False
    usable = size
    for kind, content, end in _boxes(file, 0, size):
        overrun = overrun or end > size
        if kind == b"moof" and end > size:
            usable = content - 8
        if kind == b"moov":
            finished = end <= size
            protected = protected or _is_protected(file, content, min(end, size))
        fragmented = fragmented or kind == b"moof"
    return Structure(
        finished=finished,
        fragmented=fragmented,
        protected=protected,
        overrun=overrun,
        usable=usable,
        trusts_duration=overrun,
    )


def _is_protected(file: BinaryIO, start: int, end: int, depth: int = 0) -> bool:
    """Whether a sample description is an encrypted one (ISO/IEC 23001-7: `encv`, `enca`)."""
    for kind, content, stop in _boxes(file, start, end):
        if kind == b"stsd":
            file.seek(content + 8)
            entries = file.read(min(stop, end) - content - 8)[:65_536]
            if any(mark in entries for mark in _PROTECTED):
                return True
        elif (
            kind in _CONTAINERS
            and depth < _DEEPEST
            and _is_protected(file, content, min(stop, end), depth + 1)
        ):
            return True
    return False


def _of_riff(file: BinaryIO, size: int, demuxer: str) -> Structure:
    """RIFF sizes against the file's; 0 and 2³²-1 are written by recorders that do not know the length."""
    head = file.read(12)
    announced = int.from_bytes(head[4:8], "little") + 8
    unknown = announced in (8, 2**32 + 7) or head[:4] == b"RF64"
    if demuxer == "avi":
        cut = not unknown and announced > size + 1
        return Structure(usable=size, overrun=cut, declared=_avi_length(file) if cut else None)
    rate = 0
    at = 12
    while at + 8 <= size:
        file.seek(at)
        part = file.read(24)
        length = int.from_bytes(part[4:8], "little")
        if part[:4] == b"fmt ":
            rate = int.from_bytes(part[16:20], "little")
        if part[:4] == b"data":
            cut = length not in (0, 2**32 - 1) and not unknown and at + 8 + length > size + 1
            return Structure(usable=size, overrun=cut, declared=length / rate if cut and rate else None)
        at += 8 + length + length % 2
    return Structure(usable=size, finished=False)


def _avi_length(file: BinaryIO) -> float | None:
    """Seconds in the main header: microseconds a picture times pictures."""
    file.seek(0)
    head = file.read(4096)
    at = head.find(b"avih")
    if at < 0 or at + 28 > len(head):
        return None
    each, count = (int.from_bytes(head[at + 8 + field :][:4], "little") for field in (0, 16))
    return each * count / 1e6 or None


def _matroska_overrun(head: bytes, size: int) -> bool:
    at = head.find(b"\x18\x53\x80\x67")
    if at < 0 or at + 5 > len(head):
        return False
    first = head[at + 4]
    length = 9 - first.bit_length() if first else 8
    value = int.from_bytes(head[at + 4 : at + 4 + length], "big") & ((1 << 7 * length) - 1)
    if value == (1 << 7 * length) - 1:
        return False  # a live recording, which does not announce its length
    return at + 4 + length + value > size
