"""Changing files byte by byte: MP4 boxes, Matroska elements, cuts, holes."""

from __future__ import annotations

import random

Box = tuple[bytes, ...]
_WITH_BOXES = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"udta"}


def cut(content: bytes, share: float) -> bytes:
    """The first part of a file, as a broken copy leaves it."""
    return content[: int(len(content) * share)]


def patched(content: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """`value` written `offset` bytes after every `mark`; there must be one."""
    changed = bytearray(content)
    at = content.find(mark)
    assert at >= 0, mark
    while at >= 0:
        changed[at + offset : at + offset + len(value)] = value
        at = content.find(mark, at + len(mark))
    return bytes(changed)


def span_of(content: bytes, path: Box, start: int = 0, end: int | None = None) -> tuple[int, int]:
    """First byte and end of the first box with that path, its 8-byte head included."""
    end = len(content) if end is None else end
    at = start
    while at + 8 <= end:
        size = int.from_bytes(content[at : at + 4], "big") or end - at
        if content[at + 4 : at + 8] == path[0]:
            return (at, at + size) if len(path) == 1 else span_of(content, path[1:], at + 8, at + size)
        at += size
    raise LookupError(path)


def grown(content: bytes, path: Box, extra: bytes) -> bytes:
    """`extra` put at the end of the box with that path, with the boxes around it made larger."""
    inside = span_of(content, path)[1]
    changed = bytearray(content[:inside] + extra + content[inside:])
    for depth in range(1, len(path) + 1):
        at, end = span_of(content, path[:depth])
        changed[at : at + 4] = (end - at + len(extra)).to_bytes(4, "big")
    return bytes(changed)


def box(kind: bytes, *content: bytes) -> bytes:
    """An MP4 box."""
    body = b"".join(content)
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def element(identity: str, *content: bytes) -> bytes:
    """A Matroska element; `identity` in hexadecimal."""
    body = b"".join(content)
    return bytes.fromhex(identity) + (1 << 56 | len(body)).to_bytes(8, "big") + body


def appended(content: bytes, extra: bytes) -> bytes:
    """A Matroska file whose segment goes on with `extra`."""
    at = content.index(b"\x18\x53\x80\x67") + 4
    size = int.from_bytes(content[at : at + 8], "big") - (1 << 56)
    longer = (1 << 56 | size + len(extra)).to_bytes(8, "big")
    return content[:at] + longer + content[at + 8 :] + extra


def spoilt(content: bytes, share: float, *, seed: int = 1, block: int = 1, keep: int = 0) -> bytes:
    """That share of the bytes after the first `keep` replaced by noise, in blocks of `block` bytes."""
    dice = random.Random(seed)
    changed = bytearray(content)
    for _ in range(round((len(content) - keep) * share / block)):
        at = dice.randrange(keep, len(content) - block)
        changed[at : at + block] = dice.randbytes(block)
    return bytes(changed)


def holed(content: bytes, first: float, last: float, fill: int = 0) -> bytes:
    """The bytes between two shares of the file replaced by one value, as a broken disk leaves them."""
    start, end = int(len(content) * first), int(len(content) * last)
    return content[:start] + bytes([fill]) * (end - start) + content[end:]


def media_of(content: bytes) -> tuple[int, int]:
    """Where an MP4's sound and pictures lie: the inside of its `mdat`."""
    start, end = span_of(content, (b"mdat",))
    return start + 8, end
