"""The sound of a moment as a file of its own. `clip_to` runs in the child only."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

from coachai.media.held import held
from coachai.media.isolation import in_child
from coachai.media.writing import written_whole
from coachai.records import Progress, Span

RATE = 48_000
"""Samples a second of a clip: made for ears, not for recognisers."""

LONGEST = 600.0
"""Seconds: a clip is a moment, and is gathered in memory."""

_LEAD = 2.0
_SEEKS_EXACTLY = ("mov", "matroska")


def cut_clip(path: Path, span: Span, out_path: Path, track: int = 1) -> None:
    """Write the sound of `span` (player's clock, at most 10 minutes) to `out_path`, a mono WAV file.

    `track` is the recording's own (`Recording.track`).

    Where the recording has no sound the clip is silent. Raises ValueError (an empty or too long span),
    InputRefused and EnvironmentLacks.
    """
    if not 0 < span.duration <= LONGEST:
        raise ValueError(f"a clip lasts up to {LONGEST:.0f} seconds, not {span.duration}")
    path, out_path = Path(path), Path(out_path)
    request = {"track": track, "start": span.start, "end": span.end}
    with written_whole(out_path) as partial, held(path) as source:
        in_child("clip", {**request, "demuxer": source.demuxer}, source.file, out=partial)


def clip_to(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Write the sound from request["start"] to request["end"] at request["out"]."""
    from coachai.media.opening import opened, packet_span, packets
    from coachai.media.run import Run, frames_of
    from coachai.media.tape import Tape

    start, end = request["start"], request["end"]
    sound = bytearray()
    tape = Tape(sound.extend, RATE)
    run = Run(tape)
    with opened(Path(request["path"]), request["demuxer"], request["track"]) as recording:
        origin = recording.origin + start
        if request["demuxer"] in _SEEKS_EXACTLY and start > _LEAD:
            recording.container.seek(int((origin - _LEAD) * 1_000_000))
        for packet in packets(recording.container, recording.audio):
            span = packet_span(packet, origin)
            if span is not None and span[0] > end - start:
                break
            for frame in frames_of(recording.audio, packet) or ():
                run.add(frame, origin, end - start)
    run.flush()
    tape.finish(end - start)
    with wave.open(request["out"], "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes(bytes(sound[: 2 * round((end - start) * RATE)]))
    progress(1.0)
    return {}
