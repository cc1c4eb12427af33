"""What is in a recording: streams, length, what is missing. Runs in the child only.

Every packet is read, none is decoded: headers say what a file should hold, packets what it does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from av.packet import Packet

from coachai.media.opening import Opened, opened, packet_span, packets
from coachai.media.refusals import clock_text, refused
from coachai.media.structure import Structure, read_structure
from coachai.media.subtitles import is_text
from coachai.records import Progress, Span
from coachai.timeline import merged

LONGEST = 4 * 3600.0
"""Seconds; longer recordings are refused before anything is decoded."""

LONGEST_PAUSE = 300.0
"""Seconds without sound and picture beyond which a file's clock is broken, not paused."""

_NEIGHBOURS = 0.5
_GAP = 0.010
_COMMON_PIXELS = ("yuv420p", "yuvj420p", "yuva420p")
_STRAY_PACKETS = 10
_STRAY_SECONDS = 5.0
_LONGEST_DECLARED = 24 * 3600.0
_WITHOUT_CLOCK = ("mp3", "aac")
_MUCH_SKIPPED, _MOST_SKIPPED = 0.05, 0.5


@dataclass(slots=True)
class _Stretch:
    start: float
    end: float
    packets: int = 1


class _Coverage:
    """The time that one stream's packets cover, as stretches in the order of the file.

    `skipped` adds up the gaps between packets, in seconds; the first half second may hold priming.
    """

    def __init__(self) -> None:
        self.stretches: list[_Stretch] = []
        self.skipped = 0.0

    def add(self, start: float, end: float) -> None:
        last = self.stretches[-1] if self.stretches else None
        if last and start > max(last.end, _NEIGHBOURS) + _GAP:
            self.skipped += start - last.end
        if last and last.start - _NEIGHBOURS <= start <= last.end + _NEIGHBOURS:
            last.end = max(last.end, end)
            last.packets += 1
        else:
            self.stretches.append(_Stretch(start, end))

    def kept(self, limit: float) -> list[Span]:
        """Stretches up to `limit` seconds, without a few lone packets far away (a damaged time stamp)."""
        spans = []
        before = 0.0
        for each in self.stretches:
            stray = each.packets < _STRAY_PACKETS and abs(each.start - before) > _STRAY_SECONDS
            if not stray and each.end > 0 and each.start < limit:
                spans.append(Span(start=max(0.0, each.start), end=max(0.0, each.end)))
                before = each.end
        return spans

    def reaches(self, seconds: float) -> bool:
        """Whether a stretch that is no stray covers that moment."""
        return any(each.start < seconds < each.end for each in self.stretches[-2:])

    def jump_back(self) -> float:
        """Largest sustained step backwards, seconds."""
        steps = pairwise(self.stretches)
        return max(
            (a.end - b.start for a, b in steps if min(a.packets, b.packets) >= _STRAY_PACKETS), default=0.0
        )


def examine(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Facts about the file at request["path"], opened by request["demuxer"]; see `probing.probe`."""
    path = Path(request["path"])
    structure = read_structure(path, request["demuxer"])
    if structure.protected:
        raise refused("PROTECTED")
    if not structure.finished:
        raise refused("UNFINISHED_RECORDING")
    if structure.skipped > _MOST_SKIPPED:
        raise refused("TOO_DAMAGED")
    with opened(path, request["demuxer"], request["track"]) as recording:
        declared = _declared(recording, structure)
        sound, picture = _read_through(recording, path.stat().st_size, progress)
        return _facts(recording, structure, declared, (sound, picture))


def _read_through(recording: Opened, size: int, progress: Progress) -> tuple[_Coverage, _Coverage]:
    sound, picture = _Coverage(), _Coverage()
    length = _length_of(recording)
    streams = [each for each in (recording.audio, recording.video) if each is not None]
    for count, packet in enumerate(packets(recording.container, *streams)):
        span = packet_span(packet, recording.origin)
        if span is None:
            continue
        if packet.stream is recording.audio:
            sound.add(span[0], span[0] + length(*span))
        else:
            picture.add(span[0], span[1] if span[1] - span[0] < LONGEST_PAUSE else span[0])
        if count % 5000 == 0:
            progress(_share_read(packet, size))
            if sound.reaches(LONGEST):
                break  # some kilobytes can unpack to days of silence
    return sound, picture


def _length_of(recording: Opened) -> Callable[[float, float], float]:
    """How long packets of sound really last, given the start and the end that they carry.

    MP4 lets the last packet before a gap last until the gap's end, Matroska may give no length at all.
    """
    codec = recording.audio.codec_context
    usual = (codec.frame_size or 0) / codec.sample_rate
    last_start, shortest = math.inf, math.inf

    def length(start: float, end: float) -> float:
        nonlocal last_start, shortest
        if start > last_start:
            shortest = min(shortest, start - last_start)
        last_start = start
        if usual and not 0 < end - start < 1.5 * usual:
            return usual
        if end > start:
            return end - start
        return shortest if shortest < _NEIGHBOURS else 0.0

    return length


def _share_read(packet: Packet[Any], size: int) -> float:
    return min(1.0, max(0, packet.pos or 0) / size)


def _facts(
    recording: Opened, structure: Structure, declared: float | None, covered: tuple[_Coverage, _Coverage]
) -> dict[str, Any]:
    sound, picture = covered
    limit = declared + 1.0 if declared is not None else float("inf")
    heard = sound.kept(limit)
    if not heard:
        raise refused("UNREADABLE")
    all_of_it = merged([*heard, *picture.kept(limit)])
    jump = max([sound.jump_back(), picture.jump_back()] + [b.start - a.end for a, b in pairwise(all_of_it)])
    if jump > LONGEST_PAUSE:
        raise refused("BROKEN_TIMELINE", jump=clock_text(jump))
    readable = all_of_it[-1].end
    if readable > LONGEST:
        raise refused("TOO_LONG")
    header = _header_length(recording)
    if structure.skipped > _MUCH_SKIPPED and readable < (header or 0.0) / 2:
        raise refused("TOO_DAMAGED")
    if header is not None and abs(header - readable) < 0.1:
        readable = header  # the last packet may reach beyond what is played
    if declared is None and structure.skipped and recording.container.format.name in _WITHOUT_CLOCK:
        declared = readable / (1 - structure.skipped)  # what is left of such a file moves up into its holes
    codec = recording.audio.codec_context
    return {
        "duration": readable,
        "declared": declared,
        "overrun": structure.overrun,
        "audio_codec": codec.codec.canonical_name,
        "audio_sample_rate": codec.sample_rate,
        "audio_channels": codec.channels,
        "audio_tracks": recording.audio_tracks,
        "audio_language": recording.audio.language,
        "audio_gaps": sound.skipped,
        "video_codec": _picture_codec(recording),
        "captions": [each.language for each in recording.container.streams.subtitles if is_text(each)],
    }


def _picture_codec(recording: Opened) -> str | None:
    """Short name of the picture's codec, with its pixel format where that is one few players know."""
    if recording.video is None:
        return None
    if recording.video.codec_context is None:
        return "unknown"
    name = str(recording.video.codec_context.codec.canonical_name)
    form = recording.video.codec_context.pix_fmt
    return name if form in (None, *_COMMON_PIXELS) else f"{name} {form}"


def _header_length(recording: Opened) -> float | None:
    length = recording.container.duration
    return length / 1e6 if length and length > 0 else None


def _declared(recording: Opened, structure: Structure) -> float | None:
    """How long the file says it is, in seconds, where that is written and not guessed; else None."""
    if structure.declared is not None:
        return structure.declared
    if recording.container.format.name.startswith("mov") and not structure.fragmented:
        ends = [_indexed_end(each, recording.origin) for each in (recording.audio, recording.video) if each]
        return max(ends)
    length = _header_length(recording)
    if not structure.trusts_duration or length is None or length > _LONGEST_DECLARED:
        return None
    return length


def promised_sound(recording: Opened, demuxer: str, path: str) -> float | None:
    """Where the sound track's own index or header says that the sound ends, in seconds; None: it does not."""
    structure = read_structure(Path(path), demuxer)
    if demuxer == "mov" and not structure.fragmented:
        return _indexed_end(recording.audio, recording.origin)
    return structure.sound_declared


def _indexed_end(stream: Any, origin: float) -> float:
    """End of the last sample in the file's own index, seconds: the header's length can be made up."""
    entries = stream.index_entries
    if len(entries) == 0:
        return 0.0
    last = entries[len(entries) - 1].timestamp
    step = last - entries[len(entries) - 2].timestamp if len(entries) > 1 else 0
    return float((last + step) * stream.time_base) - origin
