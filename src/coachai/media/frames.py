"""Sound without a container (MP3, ADTS AAC), read frame by frame: how much of a file is sound, and is it cut.

Such files carry no clock. libav skips what it cannot read and lets the rest move up, so a hole can only be
found by walking from header to header. Frame lengths: ISO/IEC 11172-3 2.4.3.1 and 13818-7 6.2.1.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path

_MPEG1 = 3
_RATES = (44_100, 48_000, 32_000)
_KBPS = {
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""(1 for MPEG-1, 2 for MPEG-2 and 2.5; layer): kilobits a second by index, from 1."""

_HEADER = 9
_MOST_JUNK = 64 << 20
_TAGS = (b"TAG", b"APETAGEX", b"LYRICS", b"ID3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """What a walk found: bytes in `frames`, bytes of `junk` between them, whether the last one is cut."""

    frames: int
    junk: int
    cut: bool


def frame_length(head: bytes) -> int:
    """Bytes of the frame whose header `head` (9 bytes are enough) starts with; 0 where there is none."""
    if len(head) < 6 or head[0] != 0xFF:
        return 0
    if head[1] & 0xF6 == 0xF0:  # ADTS: layer bits are zero
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return length if head[2] >> 2 & 0xF < 13 and length >= 7 else 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rate, speed = head[2] >> 2 & 3, head[2] >> 4
    if head[1] & 0xE0 != 0xE0 or version == 1 or layer not in (2, 3) or rate == 3 or not 1 <= speed <= 14:
        return 0
    kbps = _KBPS[1 if version == _MPEG1 else 2, layer][speed - 1]
    samples_a_second = _RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    eighth = 72 if layer == 3 and version != _MPEG1 else 144
    return eighth * kbps * 1000 // samples_a_second + (head[2] >> 1 & 1)


def walk(path: Path, start: int) -> Frames:
    """Go through the file at `path` from byte `start`, frame by frame, over what is none."""
    size = path.stat().st_size
    inside = junk = 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = last = start
        while at < size and junk < _MOST_JUNK:
            length = frame_length(content[at : at + _HEADER])
            if length and at + length > size:
                return Frames(frames=inside, junk=junk, cut=True)
            if length and (at + length + _HEADER > size or _goes_on(content, at + length)):
                inside += length
                at += length
                last = at
                continue
            if content[at : at + 8].startswith(_TAGS):
                return Frames(frames=inside, junk=junk, cut=False)
            found = content.find(b"\xff", at + 1)
            found = size if found < 0 else found
            junk += found - at
            at = found
    return Frames(frames=inside, junk=junk, cut=0 < size - last < _HEADER)


def _goes_on(content: mmap.mmap, at: int) -> bool:
    """Whether another frame, or a tag, follows."""
    return bool(frame_length(content[at : at + _HEADER])) or content[at : at + 8].startswith(_TAGS)
