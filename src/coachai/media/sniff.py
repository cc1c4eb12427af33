"""What a file is, from its own bytes: decided before any media library sees it.

libav guesses formats by content and follows playlists to other files and hosts. Here the file's first
bytes decide the one demuxer that may open it, and everything else is refused.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from coachai.media.frames import frame_length
from coachai.media.refusals import refused

HEAD = 4096
"""Bytes looked at: enough for two MPEG-TS packets and a Matroska DocType."""

_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"moof"}
_PICTURES = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx "}

_POINTERS = (
    b"#extm3u", b"ffconcat", b"<mpd", b"<asx", b"<smil", b"[playlist]", b"[reference]", b"v=0\r", b"v=0\n",
    b"rtsptext", b"concat:", b"http:", b"https:", b"file:", b"rtsp:", b"gab2",
)  # fmt: skip
_LARGEST_POINTER = 1 << 20
_LOG = logging.getLogger("coachai.security")


def sniff(head: bytes, after_tag: bytes = b"") -> str | None:
    """Name of the libav demuxer for a file that begins with `head`, or None when it is no recording.

    `after_tag` are the bytes behind an ID3 tag, where the file starts with one.
    """
    if head[4:8] in _BOXES and _sane_box(head) and head[8:12] not in _PICTURES:
        return "mov"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska" if b"matroska" in head or b"webm" in head else None
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return None if b"GAB2" in head and b"#EXTM3U" in head else "avi"  # subtitles that are a playlist
    if head[:4] == b"fLaC":
        return "flac"
    if head[:4] == b"OggS" and head[4:5] == b"\x00":
        return "ogg"
    if _is_transport_stream(head):
        return "mpegts"
    return _elementary(after_tag if head[:3] == b"ID3" else head)


def _sane_box(head: bytes) -> bool:
    size = int.from_bytes(head[:4], "big")
    return size in (0, 1) or size >= 8


def _is_transport_stream(head: bytes) -> bool:
    """Sync bytes every 188 bytes, or every 192 behind a 4-byte time stamp (AVCHD cameras)."""
    for first, step in ((0, 188), (4, 192)):
        marks = head[first : first + 5 * step : step]
        if len(marks) >= 4 and set(marks) == {0x47}:
            return True
    return False


def _elementary(head: bytes) -> str | None:
    """MPEG audio or FLAC without a container: a valid header, and another where its frame ends."""
    if head[:4] == b"fLaC":
        return "flac"
    length = frame_length(head)
    if not length or (length + 6 <= len(head) and not frame_length(head[length:])):
        return None
    return "aac" if head[1] & 0xF6 == 0xF0 else "mp3"


def sniff_file(path: Path) -> str:
    """Name of the libav demuxer for the file at `path`.

    Raises InputRefused: NOT_FOUND, A_FOLDER, NO_PERMISSION, EMPTY_FILE, NOT_MEDIA.
    """
    try:
        status = path.stat()
    except PermissionError:
        raise refused("NO_PERMISSION", name=path.name) from None
    except (OSError, ValueError):
        raise refused("NOT_FOUND", name=path.name) from None
    if S_ISDIR(status.st_mode):
        raise refused("A_FOLDER", name=path.name or str(path))
    if not S_ISREG(status.st_mode):
        raise refused("NOT_MEDIA")
    if status.st_size < 2:
        raise refused("EMPTY_FILE")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            file.seek(tag_length(head))
            demuxer = sniff(head, file.read(HEAD))
    except OSError:
        raise refused("NO_PERMISSION", name=path.name) from None
    if demuxer is None:
        _log_pointers(path, head, status.st_size)
        raise refused("NOT_MEDIA")
    return demuxer


def _log_pointers(path: Path, head: bytes, size: int) -> None:
    """Tell the log `coachai.security` of a file that names other files or hosts: it may be no accident."""
    found = any(each in head.lower() for each in _POINTERS)
    if found and size <= _LARGEST_POINTER:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        _LOG.warning("refused a file that points to other files or hosts: sha256 %s, %d bytes", digest, size)


def tag_length(head: bytes) -> int:
    """Bytes of an ID3v2 tag at the start (its size is written in 7-bit bytes), or 0."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return size + 10
