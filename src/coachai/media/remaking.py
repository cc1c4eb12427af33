"""A copy of a recording that browsers play. Runs in the child only."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import EOFError as EndOfFile
from av.error import FFmpegError
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from coachai.media.opening import Opened, opened, packets
from coachai.media.run import Run, frames_of
from coachai.media.tape import Tape
from coachai.records import Progress

RATE = 48_000
HEIGHT = 720
"""Lines of picture, at most: enough to see a class, and quick to make on a laptop."""

_COPIED_FROM = ("mov", "matroska", "mpegts")
_CLOCK = Fraction(1, 90_000)
_SEVERAL_AT_ONCE = 2560 * 1440
"""Pixels up to which pictures are decoded in several threads; each holds some, and of 4K 25 MB apiece."""

_FASTEST = 30
"""Pictures a second; slow-motion recordings are thinned to this."""


def remake(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Write request["path"] as H.264/AAC at request["out"], request["duration"] seconds long."""
    duration: float = request["duration"]
    with (
        opened(Path(request["path"]), request["demuxer"], request["track"]) as recording,
        av.open(
            request["out"],
            "w",
            format="mp4",
            container_options={"movflags": "+faststart", "fflags": "+bitexact", "map_metadata": "-1"},
        ) as made,
    ):
        picture = _picture(recording, made, request["demuxer"])
        sound = _Sound(made)
        tape = Tape(sound.write, RATE)
        _go_through(recording, picture, Run(tape), duration, progress)
        tape.finish(duration)
        sound.end()
    progress(1.0)
    return {}


def _go_through(
    recording: Opened, picture: _Copied | _Drawn | None, run: Run, duration: float, progress: Progress
) -> None:
    streams = [each for each in (recording.audio, recording.video if picture else None) if each is not None]
    told = 0.0
    for packet in packets(recording.container, *streams):
        if packet.stream is not recording.audio and picture is not None:
            picture.add(packet)
            continue
        for frame in frames_of(recording.audio, packet) or ():
            run.add(frame, recording.origin, duration)
        if run.reached - told > 5:
            told = run.reached
            progress(min(0.99, told / duration))
    run.flush()


def _picture(recording: Opened, made: OutputContainer, demuxer: str) -> _Copied | _Drawn | None:
    """How the picture gets into the copy; None for sound alone, or pictures that nobody can decode."""
    video = recording.video
    if video is None or video.codec_context is None:
        return None
    codec = video.codec_context
    plain = codec.codec.canonical_name == "h264" and codec.pix_fmt in ("yuv420p", "yuvj420p")
    if plain and codec.extradata and demuxer in _COPIED_FROM:
        return _Copied(made, video, recording.origin)
    return _Drawn(made, video, recording.origin, in_file_order=demuxer == "avi")


class _Copied:
    """H.264 as it is, on the player's clock."""

    def __init__(self, made: OutputContainer, video: VideoStream, origin: float) -> None:
        self._made = made
        self._stream = made.add_stream_from_template(video)
        self._stream.metadata.clear()
        assert video.time_base is not None
        self._shift = round(Fraction(origin) / video.time_base)
        self._last: int | None = None

    def add(self, packet: Packet[Any]) -> None:
        """Take one packet; decoding times must rise, which damaged files do not keep to."""
        if packet.size == 0 or (packet.pts is None and packet.dts is None):
            return
        pts = packet.pts if packet.pts is not None else packet.dts
        dts = packet.dts if packet.dts is not None else pts
        assert pts is not None
        assert dts is not None
        pts, dts = pts - self._shift, dts - self._shift
        if self._last is not None and dts <= self._last:
            dts = self._last + 1
        self._last = dts
        packet.pts, packet.dts = max(pts, dts), dts
        packet.stream = self._stream
        self._made.mux(packet)


class _Drawn:
    """Pictures decoded, set upright and made into H.264."""

    def __init__(
        self, made: OutputContainer, video: VideoStream, origin: float, *, in_file_order: bool
    ) -> None:
        """`in_file_order`: AVI stamps pictures in the order of decoding, and what libav makes of it jumps."""
        self._made, self._video, self._origin = made, video, origin
        self._in_file_order = in_file_order
        self._first_stamp: int | None = None
        self._delay: int | None = None
        if video.codec_context.width * video.codec_context.height <= _SEVERAL_AT_ONCE:
            video.codec_context.thread_type = "AUTO"
        else:
            video.codec_context.thread_count = 1
        self._stream = made.add_stream(
            "libx264", rate=_FASTEST, options={"preset": "superfast", "crf": "25", "bf": "0"}
        )
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = _CLOCK
        self._size: tuple[int, int] | None = None
        self._seen: tuple[Any, ...] | None = None
        self._graph: Graph | None = None
        self._next = 0

    def add(self, packet: Packet[Any]) -> None:
        """Take one packet (an empty one ends the stream); damaged pictures are left out."""
        if self._first_stamp is None:
            self._first_stamp = packet.dts
        try:
            frames = self._video.codec_context.decode(packet)
        except FFmpegError:
            frames = []
        for frame in frames:
            self._draw(frame)
        if packet.size == 0 and self._graph is not None:
            self._drain(self._graph, None)
            self._made.mux(self._stream.encode(None))

    def _draw(self, frame: VideoFrame) -> None:
        stamp = self._stamp(frame)
        if stamp is None or frame.time_base is None:
            return
        due = round((float(stamp * frame.time_base) - self._origin) / _CLOCK)
        if due < self._next:
            return
        self._next = due + round((1 / _FASTEST - 0.005) / _CLOCK)
        frame.pts, frame.time_base = due, _CLOCK
        form = (frame.width, frame.height, frame.format.name, frame.rotation)
        if self._graph is None or form != self._seen:
            if self._graph is not None:
                self._drain(self._graph, None)
            self._seen, self._graph = form, self._new_graph(frame)
        self._drain(self._graph, frame)

    def _stamp(self, frame: VideoFrame) -> int | None:
        if not self._in_file_order or frame.dts is None:
            return frame.pts
        if self._delay is None:
            self._delay = frame.dts - (self._first_stamp or 0)
        return frame.dts - self._delay

    def _drain(self, graph: Graph, frame: VideoFrame | None) -> None:
        """Push a picture (None: no more) and encode what comes out; deinterlacing holds one back."""
        graph.vpush(frame)
        while True:
            try:
                drawn = graph.vpull()
            except (BlockingIOError, EndOfFile):
                return
            drawn.pict_type = 0  # the source's key pictures are not ours
            self._made.mux(self._stream.encode(drawn))

    def _new_graph(self, frame: VideoFrame) -> Graph:
        """Turned as the camera was held, square pixels, no interlacing, at most HEIGHT lines."""
        aspect = self._video.sample_aspect_ratio or Fraction(1)
        width, height = float(frame.width * aspect), float(frame.height)
        if frame.rotation % 180:
            width, height = height, width
        if self._size is None:
            smaller = min(1.0, HEIGHT / min(width, height))
            self._size = _even(width * smaller), _even(height * smaller)
            self._stream.width, self._stream.height = self._size
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=_CLOCK
        )
        last = source
        for name, options in _filters(frame, self._size):
            step = graph.add(name, options)
            last.link_to(step)
            last = step
        last.link_to(graph.add("buffersink"))
        graph.configure()
        return graph


def _filters(frame: VideoFrame, size: tuple[int, int]) -> list[tuple[str, str | None]]:
    steps: list[tuple[str, str | None]] = []
    if frame.interlaced_frame:
        steps.append(("bwdif", "mode=send_frame"))
    turn = frame.rotation % 360
    if turn == 180:
        steps += [("hflip", None), ("vflip", None)]
    elif turn in (90, 270):
        steps.append(("transpose", "dir=cclock" if turn == 90 else "dir=clock"))
    return [*steps, ("scale", f"{size[0]}:{size[1]}"), ("setsar", "1"), ("format", "yuv420p")]


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)


class _Sound:
    """The tape's bytes made into AAC."""

    def __init__(self, made: OutputContainer) -> None:
        self._made = made
        self._stream: AudioStream = made.add_stream("aac", rate=RATE, layout="mono", bit_rate=96_000)
        self._waiting = bytearray()
        self._sent = 0

    def write(self, samples: bytes) -> None:
        """Take little-endian int16 samples."""
        self._waiting += samples
        step = 2 * (self._stream.codec_context.frame_size or 1024)
        whole = len(self._waiting) // step * step
        for first in range(0, whole, step):
            self._encode(self._waiting[first : first + step])
        del self._waiting[:whole]

    def end(self) -> None:
        """Encode the rest."""
        if self._waiting:
            self._encode(self._waiting)
        self._made.mux(self._stream.encode(None))

    def _encode(self, samples: bytearray) -> None:
        wave = np.frombuffer(samples, dtype="<i2").astype(np.float32)[None] / np.float32(32768)
        frame = AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, Fraction(1, RATE)
        self._sent += frame.samples
        self._made.mux(self._stream.encode(frame))
