"""What the corpus is made of: a minute of the sample lesson, encoded once for each codec, and remuxing."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

KEPT = "COACHAI_CORPUS"
"""Environment variable: a folder in which encoded material is shared by the processes that make files."""

SAMPLE = Path(__file__).parents[2] / "samples" / "lesson.mp4"
SECONDS = 64.0
"""Length of a recording in the corpus: a little over the shortest that is measured."""

RATE = 48_000
SIZE = (64, 48)
PICTURES = 10
_QUICKLY = {
    "libx264": {"preset": "ultrafast", "threads": "1"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"},
}
_OWN_CONTAINER = {"libopus": "webm", "libvpx": "webm", "flac": "flac", "mpeg4": "avi"}

Wave = NDArray[np.int16]
Edit = Callable[[str, float], float | None]
"""Given the kind of stream and a packet's time, its new time; None drops the packet."""


def kept(make: Callable[..., bytes]) -> Callable[..., bytes]:
    """Remember what `make` returns for its arguments, in memory and beside the other processes."""

    @cache
    def remembered(*arguments: Any, **named: Any) -> bytes:
        folder = os.environ.get(KEPT)
        if not folder:
            return make(*arguments, **named)
        told = repr((make.__name__, arguments, sorted(named.items())))
        path = Path(folder) / hashlib.sha256(told.encode()).hexdigest()
        if not path.exists():
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
                file.write(make(*arguments, **named))
            os.replace(file.name, path)
        return path.read_bytes()

    return remembered


@cache
def lesson() -> Wave:
    """The sound of the sample lesson, mono at 48 kHz."""
    with av.open(str(SAMPLE)) as file:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        parts = [part.to_ndarray()[0] for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate(parts)


def speech(seconds: float = SECONDS, rate: int = RATE) -> Wave:
    """The first `seconds` of the lesson at `rate`."""
    return at_rate(lesson()[: round(seconds * RATE)], rate)


def at_rate(wave: Wave, rate: int) -> Wave:
    """A 48 kHz wave at another rate."""
    if rate == RATE:
        return wave
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    frame = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
    frame.sample_rate = RATE
    return np.concatenate(
        [part.to_ndarray()[0] for each in (frame, None) for part in resampler.resample(each)]
    )


def encoded(
    wave: Wave,
    codec: str,
    *,
    rate: int = RATE,
    layout: str = "mono",
    options: Mapping[str, str] | None = None,
) -> bytes:
    """A wave (shape (n,), or (n, channels)) as a file of one stream that packets can be taken from."""
    written = io.BytesIO()
    with av.open(written, "w", format=_OWN_CONTAINER.get(codec, "mov")) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout, options=dict(options or {}))
        form = stream.codec_context.format.name
        resampler = av.AudioResampler(format=form, layout=layout, rate=rate)
        step = stream.codec_context.frame_size or 4096
        for first in range(0, wave.shape[0], step):
            part = np.ascontiguousarray(wave[first : first + step].reshape(1, -1))
            plain = av.AudioFrame.from_ndarray(part, format="s16", layout=layout)
            plain.sample_rate = rate
            for frame in resampler.resample(plain):
                frame.pts, frame.time_base = first, Fraction(1, rate)
                file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return written.getvalue()


@kept
def sound(codec: str = "aac", *, rate: int = RATE, seconds: float = SECONDS) -> bytes:
    """The lesson's speech in that codec."""
    return encoded(speech(seconds, rate), codec, rate=rate)


@kept
def picture(codec: str = "libx264", *, seconds: float = SECONDS, size: tuple[int, int] = SIZE) -> bytes:
    """A grey picture that changes, in that codec."""
    written = io.BytesIO()
    with av.open(written, "w", format=_OWN_CONTAINER.get(codec, "mov")) as file:
        stream = file.add_stream(codec, rate=PICTURES, options=_QUICKLY.get(codec, {}))
        stream.width, stream.height = size
        stream.pix_fmt, stream.gop_size = "yuv420p", 2 * PICTURES
        for number in range(round(seconds * PICTURES)):
            grey = np.full((*size[::-1], 3), number * 7 % 250, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, PICTURES)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return written.getvalue()


@dataclass(frozen=True, kw_only=True)
class Track:
    """One stream to put into a file: where it comes from, its language, and how its times change."""

    content: bytes
    language: str | None = None
    edit: Edit | None = None


def muxed(
    form: str,
    tracks: Sequence[Track | bytes],
    *,
    options: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    cues: tuple[str, Sequence[bytes]] | None = None,
) -> bytes:
    """A file of that libav format with those streams, nothing encoded anew.

    `cues` are a codec of subtitles and what its packets hold, spread over the recording.
    """
    with tempfile.NamedTemporaryFile() as written:  # the index is moved to the front by opening it again
        with av.open(written.name, "w", format=form, options=dict(options or {})) as file:
            file.metadata.update(tags or {})
            _mux(file, tracks, cues)
        return Path(written.name).read_bytes()


def _mux(file: Any, tracks: Sequence[Track | bytes], cues: tuple[str, Sequence[bytes]] | None) -> None:
    wanted = [each if isinstance(each, Track) else Track(content=each) for each in tracks]
    sources = [av.open(io.BytesIO(each.content)) for each in wanted]
    packets = []
    for track, source in zip(wanted, sources, strict=True):
        stream = file.add_stream_from_template(source.streams[0])
        if track.language:
            stream.metadata["language"] = track.language
        packets += [(time, packet, stream) for time, packet in _edited(track, source)]
    if cues:
        stream = file.add_mux_stream(cues[0])
        packets += [(time, packet, stream) for time, packet in _cues(cues[1])]
    for _, packet, stream in sorted(packets, key=lambda each: each[0]):
        packet.stream = stream
        file.mux(packet)
    for source in sources:
        source.close()


def _cues(payloads: Sequence[bytes]) -> list[tuple[float, Any]]:
    each = 0.95 * SECONDS / len(payloads)
    made = []
    for number, payload in enumerate(payloads):
        packet = av.Packet(payload)
        packet.time_base, packet.pts = Fraction(1, 1000), round(1000 * number * each)
        packet.dts, packet.duration = packet.pts, max(1, round(900 * each))
        made.append((number * each, packet))
    return made


def _edited(track: Track, source: Any) -> list[tuple[float, Any]]:
    kept = []
    for packet in source.demux(source.streams[0]):
        if packet.size == 0:
            continue
        base = packet.time_base
        time = float((packet.dts if packet.dts is not None else packet.pts) * base)
        moved = track.edit(source.streams[0].type, float(packet.pts * base)) if track.edit else 0.0
        if track.edit:
            if moved is None:
                continue
            shift = round((moved - float(packet.pts * base)) / base)
            packet.pts += shift
            if packet.dts is not None:
                packet.dts += shift
            time += float(shift * base)
        kept.append((time, packet))
    return kept


def pcm(wave: Wave, rate: int = RATE, channels: int = 1) -> bytes:
    """A wave (shape (n,) or (n, channels)) as a plain WAV file."""
    body = wave.astype("<i2").tobytes()
    return wav_head(len(body), rate=rate, channels=channels) + body


def wav_head(size: int, *, rate: int = RATE, channels: int = 1, bits: int = 16, kind: int = 1) -> bytes:
    """The 44 bytes before `size` bytes of PCM."""
    block = channels * bits // 8
    return (
        b"RIFF" + (36 + size & 0xFFFFFFFF).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0"
        + kind.to_bytes(2, "little") + channels.to_bytes(2, "little") + rate.to_bytes(4, "little")
        + (rate * block & 0xFFFFFFFF).to_bytes(4, "little") + (block & 0xFFFF).to_bytes(2, "little")
        + bits.to_bytes(2, "little") + b"data" + (size & 0xFFFFFFFF).to_bytes(4, "little")
    )  # fmt: skip


SUFFIX = {"matroska": "mkv", "mpegts": "mts", "ipod": "m4a"}
"""How files of a libav format are named, where not by its name."""

FASTSTART = {"movflags": "+faststart"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+delay_moov"}


@cache
def healthy(kind: str, seconds: float = SECONDS) -> bytes:
    """One of the healthy recordings, by the name that `HEALTHY` gives it."""
    form, heard, seen, options = HEALTHY[kind]
    tracks = [sound(heard, seconds=seconds)]
    if seen:
        tracks.insert(0, picture(seen, seconds=seconds))
    return muxed(form, tracks, options=options)


HEALTHY: dict[str, tuple[str, str, str | None, Mapping[str, str]]] = {
    "moov-at-end.mp4": ("mp4", "aac", "libx264", {}),
    "faststart.mp4": ("mp4", "aac", "libx264", FASTSTART),
    "fragmented.mp4": ("mp4", "aac", "libx264", FRAGMENTED),
    "matroska.mkv": ("matroska", "aac", "libx264", {}),
    "web.webm": ("webm", "libopus", "libvpx", {}),
    "old.avi": ("avi", "libmp3lame", "mpeg4", {}),
    "apple.mov": ("mov", "aac", "libx264", {}),
    "camera.mts": ("mpegts", "aac", "libx264", {"mpegts_m2ts_mode": "1"}),
    "sound.m4a": ("ipod", "aac", None, {}),
    "sound.mp3": ("mp3", "libmp3lame", None, {}),
    "sound.wav": ("wav", "pcm_s16le", None, {}),
    "sound.flac": ("flac", "flac", None, {}),
    "sound.ogg": ("ogg", "libopus", None, {}),
    "sound.aac": ("adts", "aac", None, {}),
}
"""name: libav format, codec of the sound, of the picture, options."""
