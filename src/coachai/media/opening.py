"""Opening a recording with libav so that it can read that file and nothing else. Runs in the child only."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import EOFError as EndOfFile
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from coachai.media.child import alive
from coachai.media.refusals import refused
from coachai.media.structure import read_structure

DEMUXERS = frozenset({"mov", "matroska", "wav", "avi", "flac", "ogg", "mpegts", "aac", "mp3"})
"""What may be asked of libav: nothing that reads lists of other files, or listens to the network."""

_BUFFER = 1 << 20
_MOST_STREAMS = 32
_MOST_READ_ERRORS = 200
_MOST_TURNS = 16  # a file whose packets are larger than this many of itself goes round in circles


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An open recording: the sound track to use, its picture if any, and time 0 of the player's clock."""

    container: InputContainer
    audio: AudioStream
    video: VideoStream | None
    audio_tracks: int
    origin: float


class Front:
    """The first bytes of a file, as a file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        """Let `size` bytes of `file` be seen."""
        self._file, self._size = file, size
        self._news = _MOST_TURNS * size

    def read(self, size: int) -> bytes:
        """At most `size` bytes; what is read for the first time counts as progress."""
        content = self._file.read(max(0, min(size, self._size - self._file.tell())))
        self._news -= len(content)
        if content and self._news > 0:
            alive()  # a slow disk is no hanging program; reading the same over and over is
        return content

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        """Like a file's, but a damaged file's impossible places are an answer that libav understands.

        An exception would come out of it later, as something else that had gone wrong.
        """
        try:
            return self._file.seek(self._size + offset) if whence == 2 else self._file.seek(offset, whence)
        except (OSError, OverflowError, ValueError):
            return -errno.EINVAL


def _deny(*_: Any) -> NoReturn:
    raise PermissionError("a recording may not open other files")


@contextmanager
def opened(path: Path, demuxer: str, track: int = 1) -> Iterator[Opened]:
    """Open the file with that one demuxer for that sound track (from 1).

    Raises InputRefused: NO_SOUND, NO_SUCH_TRACK, UNREADABLE.
    """
    if demuxer not in DEMUXERS:
        raise refused("UNREADABLE")
    with path.open("rb") as file:
        try:
            container = av.open(
                Front(file, read_structure(path, demuxer).usable),
                "r",
                format=demuxer,
                options={"format_whitelist": _whitelist(demuxer), "max_streams": str(_MOST_STREAMS)},
                metadata_errors="replace",
                buffer_size=_BUFFER,
                io_open=_deny,
            )
        except (FFmpegError, ValueError, MemoryError, OverflowError, PermissionError):
            raise refused("UNREADABLE") from None
        with container:
            yield _chosen(container, demuxer, track)


def _whitelist(demuxer: str) -> str:
    """libav compares against a demuxer's full name, which for MP4 and Matroska is a list."""
    return av.ContainerFormat(demuxer, "r").name


def _chosen(container: InputContainer, demuxer: str, track: int) -> Opened:
    sound = list(container.streams.audio)[:_MOST_STREAMS]
    if not sound:
        raise refused("NO_SOUND")
    if not 1 <= track <= len(sound):
        raise refused("NO_SUCH_TRACK", track=track, count=len(sound))
    audio = sound[track - 1]
    if audio.codec_context is None or not audio.codec_context.sample_rate:
        raise refused("UNREADABLE")
    pictures = [each for each in container.streams.video if not each.disposition & Disposition.attached_pic]
    video = pictures[0] if pictures else None
    return Opened(
        container=container,
        audio=audio,
        video=video,
        audio_tracks=len(sound),
        origin=_origin(demuxer, audio, video),
    )


def _origin(demuxer: str, audio: AudioStream, video: VideoStream | None) -> float:
    """What the file calls the moment that a player calls 0, in seconds.

    Measured in Chromium 2026: a late start counts in MP4, Matroska and Ogg, also of a lone sound track.
    Cameras' transport streams start anywhere, and MP3 calls the end of its priming so.
    """
    if demuxer not in ("mpegts", "mp3"):
        return 0.0
    starts = [
        float(each.start_time * each.time_base)
        for each in (audio, video)
        if each is not None and each.start_time is not None and each.time_base is not None
    ]
    return min(starts, default=0.0)


def packets(container: InputContainer, *streams: AudioStream | VideoStream) -> Iterator[Packet[Any]]:
    """Packets of the streams, past damaged places; the last one of each stream is empty (end of file)."""
    failures = 0
    left = _MOST_TURNS * (container.size + _BUFFER)
    while True:
        try:
            for packet in container.demux(*streams):
                failures = 0
                left -= max(1, packet.size)
                if left < 0:
                    return
                alive()
                yield packet
            return
        except EndOfFile:
            return
        except (FFmpegError, IndexError):  # IndexError: PyAV meets a stream that appeared mid-file
            failures += 1
            if failures > _MOST_READ_ERRORS:
                return


def packet_span(packet: Packet[Any], origin: float) -> tuple[float, float] | None:
    """Start and end of a packet on the player's clock, or None where it carries no time."""
    stamp = packet.pts if packet.pts is not None else packet.dts
    if stamp is None or packet.time_base is None:
        return None
    start = float(stamp * packet.time_base) - origin
    return start, start + float((packet.duration or 0) * packet.time_base)
