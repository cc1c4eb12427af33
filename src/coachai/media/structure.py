"""What a file's own frame says about itself, read without any media library.

libav recomputes what it finds (a cut WAV comes back as a shorter, healthy one), so whether a file is
whole, finished and unprotected is read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from coachai.media.frames import walk
from coachai.media.sniff import HEAD, tag_length

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_PROTECTED = (b"encv", b"enca", b"sinf", b"drms", b"drmi", b"drmt")
_DEEPEST = 8
_MOST_BOXES = 100_000
_DURATION_ELEMENT = b"\x44\x89"
_UNKNOWN = 2**32 - 1
_OGG_LAST = 4  # a page's flag: the stream ends here
_OGG_TAIL = 1 << 17  # two pages of the largest size
_PAT = 188, 192


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """`finished`: the index is there. `overrun`: the file ends before a part that it announces.

    `usable` are the bytes up to a cut that a demuxer can make sense of: half a fragment's head is noise.
    `declared` is the length in seconds that the frame itself gives (WAV, AVI), `sound_declared` that of its
    sound alone (AVI). `trusts_duration`: a length in the header is written there, not guessed from the bit
    rate. `skipped` is the share of the bytes (0 to 1) that no reader can make sense of (MP3, AAC, MTS).
    """

    finished: bool = True
    fragmented: bool = False
    protected: bool = False
    overrun: bool = False
    usable: int
    declared: float | None = None
    sound_declared: float | None = None
    trusts_duration: bool = False
    skipped: float = 0.0


def read_structure(path: Path, demuxer: str) -> Structure:
    """Structure of the file at `path`, which `demuxer` (as `sniff` names it) will open."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if demuxer == "mov":
            return _of_boxes(file, size)
        if demuxer in ("wav", "avi"):
            return _of_riff(file, size, demuxer)
        if demuxer == "mpegts":
            return _of_transport_stream(file, size)
        if demuxer == "ogg":
            return Structure(usable=size, overrun=_ogg_goes_on(file, size))
        file.seek(0)
        head = file.read(65_536)
    if demuxer == "matroska":
        return Structure(
            usable=size,
            overrun=_matroska_overrun(head, size),
            protected=_matroska_protected(head),
            trusts_duration=_DURATION_ELEMENT in head,
        )
    if demuxer in ("mp3", "aac"):
        return _of_frames(path, size, demuxer)
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
        overrun = overrun or (fragmented and not kind.isalnum())  # a hole where the next box's name stood
    return Structure(
        finished=finished,
        fragmented=fragmented,
        protected=protected,
        overrun=overrun,
        usable=usable,
        trusts_duration=overrun,
    )


def _is_protected(file: BinaryIO, start: int, end: int, depth: int = 0) -> bool:
    """Whether a sample description is an encrypted one (ISO/IEC 23001-7; iTunes: `drms`)."""
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
        sound, longest = _avi_lengths(file)
        cut = not unknown and announced > size + 1
        return Structure(usable=size, overrun=cut, declared=longest, sound_declared=sound)
    rate = 0
    at = 12
    while at + 8 <= size:
        file.seek(at)
        part = file.read(24)
        length = int.from_bytes(part[4:8], "little")
        if part[:4] == b"fmt ":
            rate = int.from_bytes(part[16:20], "little")
        if part[:4] == b"data":
            known = length not in (0, _UNKNOWN) and not unknown and rate > 0
            cut = known and at + 8 + length > size + 1
            return Structure(usable=size, overrun=cut, declared=length / rate if known else None)
        at += 8 + length + length % 2
    return Structure(usable=size, finished=False)


def _avi_lengths(file: BinaryIO) -> tuple[float | None, float | None]:
    """Seconds of the first sound stream and of the longest stream, as their headers (`strh`) give them."""
    file.seek(0)
    head = file.read(65_536)
    sound = longest = None
    at = head.find(b"strh")
    while 0 <= at <= len(head) - 48:
        scale, rate, _, length = (int.from_bytes(head[at + 28 + 4 * k :][:4], "little") for k in range(4))
        seconds = length * scale / rate if rate and length else None
        if seconds is not None:
            longest = max(longest or 0.0, seconds)
            if head[at + 8 : at + 12] == b"auds" and sound is None:
                sound = seconds
        at = head.find(b"strh", at + 4)
    return sound, longest


def _of_frames(path: Path, size: int, demuxer: str) -> Structure:
    """MP3 and ADTS. An MP3 that tells its length does so in a first frame without sound."""
    with path.open("rb") as file:
        start = tag_length(file.read(HEAD))
        file.seek(start)
        first = file.read(HEAD)
    measured = demuxer == "mp3" and any(mark in first for mark in (b"Xing", b"Info", b"VBRI"))
    frames = walk(path, start)
    return Structure(
        usable=size,
        overrun=frames.cut,
        trusts_duration=measured,
        skipped=frames.junk / max(1, frames.junk + frames.frames),
    )


def _of_transport_stream(file: BinaryIO, size: int) -> Structure:
    """Every 188 or 192 bytes a sync byte; a cut file ends inside a packet, a damaged one lacks syncs."""
    head = file.read(5 * _PAT[1])
    behind = head[::188][:4] != b"GGGG"
    step, first = (_PAT[1], 4) if behind else (_PAT[0], 0)
    found = packets = 0
    file.seek(0)
    while block := file.read(step << 13):
        marks = block[first::step]
        found += max(block[each::step].count(0x47) for each in _shifts(block, first, step))
        packets += len(marks)
    return Structure(usable=size, overrun=size % step != 0, skipped=1 - found / max(1, packets))


def _shifts(block: bytes, first: int, step: int) -> range:
    """Where the sync bytes of a block may stand: where they should, or anywhere after bytes went missing."""
    marks = block[first::step]
    return range(first, first + 1) if 2 * marks.count(0x47) > len(marks) else range(min(step, len(block)))


def _ogg_goes_on(file: BinaryIO, size: int) -> bool:
    """Whether the last page is not marked as the last: a cut file, or one that nobody closed."""
    file.seek(max(0, size - _OGG_TAIL))
    tail = file.read()
    at = tail.rfind(b"OggS")
    return at < 0 or at + 27 > len(tail) or not tail[at + 5] & _OGG_LAST


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


def _matroska_protected(head: bytes) -> bool:
    """Whether a track is encrypted: Tracks, TrackEntry, ContentEncodings, ContentEncoding, its encryption."""
    path = ("18538067", "1654ae6b", "ae", "6d80", "6240", "5035")
    spans = [(0, len(head))]
    for identity in map(bytes.fromhex, path):
        spans = [inner for span in spans for inner in _elements(head, span, identity)]
    return bool(spans)


def _elements(head: bytes, span: tuple[int, int], wanted: bytes) -> list[tuple[int, int]]:
    """The insides of the elements with that identity directly inside `span`."""
    found = []
    at, end = span
    while at + 2 <= end and head[at]:
        width = 9 - head[at].bit_length()
        identity, at = head[at : at + width], at + width
        if at >= end or not head[at]:
            break
        width = 9 - head[at].bit_length()
        size = int.from_bytes(head[at : at + width], "big") & ((1 << 7 * width) - 1)
        at += width
        if identity == wanted:
            found.append((at, min(end, at + size)))
        at += size
    return found
