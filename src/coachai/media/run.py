"""Decoded frames go onto the tape in batches. Runs in the child only."""

from __future__ import annotations

from typing import Any

from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.error import EOFError as EndOfFile
from av.error import FFmpegError
from av.packet import Packet

from coachai.media.tape import TOLERANCE, Tape

_BATCH = 2.0
"""Seconds of sound resampled at once; frame by frame costs three times as much."""


def frames_of(audio: AudioStream, packet: Packet[Any]) -> list[AudioFrame] | None:
    """The frames in a packet, or None where it cannot be decoded."""
    try:
        return list(audio.codec_context.decode(packet))
    except EndOfFile:
        return []
    except FFmpegError:
        return None


class Run:
    """Frames whose time stamps follow one another, gathered and resampled in batches."""

    def __init__(self, tape: Tape) -> None:
        """Bring the sound onto `tape`, at its rate."""
        self._tape = tape
        self._form: tuple[str, str, int] | None = None
        self._fifo: Any = None
        self._resampler: Any = None
        self.reached = 0.0
        self._start = 0.0
        self._samples = 0

    def add(self, frame: AudioFrame, origin: float, limit: float) -> None:
        """Take one decoded frame; its time is measured from `origin`, frames beyond `limit` are damage."""
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        time = self.reached
        if frame.pts is not None and frame.time_base is not None:
            time = float(frame.pts * frame.time_base) - origin
        if time > limit or not frame.sample_rate:
            return
        if form != self._form or abs(time - self.reached) > TOLERANCE:
            self._begin(form, time)
        frame.pts = None  # the queue would otherwise refuse jitter within the tolerance
        self._fifo.write(frame)
        self._samples += frame.samples
        self.reached = self._start + self._samples / frame.sample_rate
        if self._fifo.samples >= _BATCH * frame.sample_rate:
            self._resample()

    def flush(self) -> None:
        """Bring everything gathered onto the tape."""
        if self._form is None:
            return
        self._resample()
        if self._form is not None:
            self._bring(None)
        self._form = None

    def _begin(self, form: tuple[str, str, int], time: float) -> None:
        self.flush()
        self._form = form
        self._fifo = AudioFifo()
        self._resampler = AudioResampler(format="s16", layout="mono", rate=self._tape.rate)
        self._start = self.reached = time
        self._samples = 0
        self._tape.move_to(time)

    def _resample(self) -> None:
        whole = self._fifo.read(0, True)
        if whole is None:
            return
        whole.pts = None
        self._bring(whole)

    def _bring(self, sound: AudioFrame | None) -> None:
        """Resample onto the tape. Damaged frames may claim a form that nothing can be made of: a gap."""
        try:
            parts = self._resampler.resample(sound)
        except FFmpegError:
            self._form = None  # the next frame begins anew at its own time
            return
        for part in parts:
            self._tape.add(part.to_ndarray()[0])
