"""A recording becomes 16 kHz mono sound on the player's clock. `decode_to` runs in the child only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.media.held import held
from coachai.media.isolation import in_child
from coachai.media.refusals import refused
from coachai.media.writing import written_whole
from coachai.records import Progress, Recording, Span
from coachai.timeline import total

if TYPE_CHECKING:
    from coachai.media.run import Run

LEAST_READABLE = 0.5
"""Share of a recording, as long as it says it is, below which what is left says nothing about a lesson."""

_STRAY = 1.0
"""Seconds beyond the recording's length at which a time stamp is taken for damage."""


def decode(path: Path, folder: Path, progress: Progress, recording: Recording | None = None) -> Audio:
    """Decode the sound track of `recording` in the file at `path` into a new file in `folder`.

    Sample k stands at k / 16000 s of the player's clock; where the file has no sound there are zeros,
    and `missing` says where (0.5 s or longer, and whatever could not be decoded). The sound is exactly
    as long as `recording` (probed here if not given). `progress` is called with fractions; an exception
    from it stops the child. The sound lives as long as `folder`.

    Raises InputRefused (TOO_DAMAGED, UNREADABLE, CHANGED where this is no longer the file of `recording`,
    and what `probe` raises) and EnvironmentLacks.
    """
    path, folder = Path(path), Path(folder)
    if recording is None:
        from coachai.media.probing import probe

        recording = probe(path)
    request = {"track": recording.track, "duration": recording.duration}
    sound = folder / f"{recording.sha256[:16]}.s16"
    with written_whole(sound) as partial, held(path, recording.sha256) as source:
        answer = in_child(
            "decode", {**request, "demuxer": source.demuxer}, source.file, progress, out=partial
        )
        missing = tuple(Span(start=start, end=end) for start, end in answer["missing"])
        whole = max(recording.duration, recording.declared or 0.0)
        if recording.duration - total(missing) < LEAST_READABLE * whole:
            raise refused("TOO_DAMAGED")
    return Audio(sound, missing)


def decode_to(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Write the sound of request["path"] at request["out"]; returns the spans without sound."""
    from coachai.media.examining import promised_sound
    from coachai.media.opening import opened
    from coachai.media.run import Run
    from coachai.media.tape import Tape
    from coachai.media.wiped import Wiped

    duration: float = request["duration"]
    with (
        opened(Path(request["path"]), request["demuxer"], request["track"]) as recording,
        Path(request["out"]).open("wb") as file,
    ):
        wiped = Wiped()
        plain = recording.audio.codec_context.codec.canonical_name.startswith("pcm_")

        def write(samples: bytes) -> None:
            if plain:
                wiped.hear(samples)
            file.write(samples)

        tape = Tape(write)
        lost = _decode_all(recording, Run(tape), duration, progress) + wiped.spans()
        missing = tape.finish(duration, lost, promised_sound(recording, request["demuxer"], request["path"]))
        file.truncate(2 * round(duration * SAMPLE_RATE))
        file.flush()
        os.fsync(file.fileno())
    return {"missing": [(each.start, each.end) for each in missing]}


def _decode_all(recording: Any, run: Run, duration: float, progress: Progress) -> list[Span]:
    """Feed every frame to `run`; returns the spans of packets that could not be decoded."""
    from av.stream import Discard

    from coachai.media.opening import packet_span, packets
    from coachai.media.run import frames_of

    for stream in recording.container.streams:
        if stream is not recording.audio:
            stream.discard = Discard.all  # where there is an index, pictures are not even read
    lost: list[Span] = []
    good = 0
    told = 0.0
    for packet in packets(recording.container, recording.audio):
        frames = frames_of(recording.audio, packet)
        if frames is None:
            span = packet_span(packet, recording.origin)
            if span is not None and 0 <= span[0] < duration:
                lost.append(Span(start=span[0], end=max(span)))
            continue
        good += 1
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
