"""A recording becomes 16 kHz mono sound on the player's clock. `decode_to` runs in the child only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.media.isolation import in_child
from coachai.media.refusals import lacking, refused
from coachai.media.sniff import sniff_file
from coachai.records import Progress, Recording, Span

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

    from coachai.media.tape import Tape

_BATCH = 2.0
"""Seconds of sound resampled at once; frame by frame costs three times as much."""

_STRAY = 1.0
"""Seconds beyond the recording's length at which a time stamp is taken for damage."""


def decode(path: Path, folder: Path, progress: Progress, recording: Recording | None = None) -> Audio:
    """Decode the first sound track of the file at `path` into a new file in `folder`.

    Sample k stands at k / 16000 s of the player's clock; where the file has no sound there are zeros,
    and `missing` says where (0.5 s or longer, and whatever could not be decoded). The sound is exactly
    as long as `recording` (probed here if not given). `progress` is called with fractions; an exception
    from it stops the child. The sound lives as long as `folder`.

    Raises InputRefused (TOO_DAMAGED, UNREADABLE, and what `probe` raises) and EnvironmentLacks.
    """
    path, folder = Path(path), Path(folder)
    if recording is None:
        from coachai.media.probing import probe

        recording = probe(path)
    demuxer = sniff_file(path)
    partial = unfinished(folder, ".s16.part")
    request = {"path": str(path), "demuxer": demuxer, "out": str(partial), "duration": recording.duration}
    try:
        answer = in_child("decode", request, progress)
        finished = partial.with_suffix("")
        partial.replace(finished)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return Audio(finished, tuple(Span(start=start, end=end) for start, end in answer["missing"]))


def unfinished(folder: Path, suffix: str) -> Path:
    """A new empty file in `folder`, to be renamed when it is whole; raises EnvironmentLacks."""
    try:
        number, name = tempfile.mkstemp(suffix=suffix, prefix="sound-", dir=folder)
    except OSError:
        raise lacking("NOT_WRITABLE", folder=folder.name or str(folder)) from None
    os.close(number)
    return Path(name)


def decode_to(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Write the sound of request["path"] at request["out"]; returns the spans without sound."""
    from coachai.media.opening import opened
    from coachai.media.tape import Tape

    duration: float = request["duration"]
    with (
        opened(Path(request["path"]), request["demuxer"]) as recording,
        Path(request["out"]).open("wb") as file,
    ):
        tape = Tape(file)
        run = _Run(tape)
        lost = _decode_all(recording, run, duration, progress)
        missing = tape.finish(duration, lost)
        file.flush()
        os.fsync(file.fileno())
    return {"missing": [(each.start, each.end) for each in missing]}


def _decode_all(recording: Any, run: _Run, duration: float, progress: Progress) -> list[Span]:
    """Feed every frame to `run`; returns the spans of packets that could not be decoded."""
    from av.error import EOFError as EndOfFile
    from av.error import FFmpegError
    from av.stream import Discard

    from coachai.media.opening import packet_span, packets

    for stream in recording.container.streams:
        if stream is not recording.audio:
            stream.discard = Discard.all  # where there is an index, pictures are not even read
    codec, lost, good = recording.audio.codec_context, [], 0
    told = 0.0
    for packet in packets(recording.container, recording.audio):
        try:
            frames = codec.decode(packet)
            good += 1
        except EndOfFile:
            break
        except FFmpegError:
            span = packet_span(packet, recording.origin)
            if span is not None and 0 <= span[0] < duration:
                lost.append(Span(start=span[0], end=max(span)))
            continue
        for frame in frames:
            run.add(frame, recording.origin, duration + _STRAY)
        if run.reached - told > 10:
            told = run.reached
            progress(min(1.0, told / duration))
    run.flush()
    if good <= len(lost):
        raise refused("TOO_DAMAGED" if good else "UNREADABLE")
    progress(1.0)
    return lost


class _Run:
    """Frames whose time stamps follow one another, gathered and resampled in batches."""

    def __init__(self, tape: Tape) -> None:
        from coachai.media.tape import TOLERANCE

        self._tape = tape
        self._tolerance = TOLERANCE
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
        if time > limit:
            return
        if form != self._form or abs(time - self.reached) > self._tolerance:
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
        for part in self._resampler.resample(None):
            self._tape.add(part.to_ndarray()[0])
        self._form = None

    def _begin(self, form: tuple[str, str, int], time: float) -> None:
        from av.audio.fifo import AudioFifo
        from av.audio.resampler import AudioResampler

        self.flush()
        self._form = form
        self._fifo = AudioFifo()
        self._resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        self._start = self.reached = time
        self._samples = 0
        self._tape.move_to(time)

    def _resample(self) -> None:
        whole = self._fifo.read(0, True)
        if whole is None:
            return
        whole.pts = None
        for part in self._resampler.resample(whole):
            self._tape.add(part.to_ndarray()[0])
