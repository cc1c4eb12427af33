"""What browsers play, and a copy that they do."""

from __future__ import annotations

from pathlib import Path

from coachai.media.held import held
from coachai.media.isolation import in_child
from coachai.media.probing import probe
from coachai.media.refusals import NOTES
from coachai.media.writing import written_whole
from coachai.records import Progress, Recording

_PLAYED: dict[str, tuple[set[str], set[str]]] = {
    "mp4": ({"h264", "vp9", "av1"}, {"aac", "mp3", "opus", "flac"}),
    "mov": ({"h264"}, {"aac", "mp3"}),
    "webm": ({"vp8", "vp9", "av1"}, {"opus", "vorbis"}),
    "ogg": (set(), {"opus", "vorbis", "flac"}),
    "wav": (set(), {"pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_f32le"}),
    "mp3": (set(), {"mp3"}),
    "flac": (set(), {"flac"}),
    "aac": (set(), {"aac"}),
}
"""For each container the picture and the sound codecs that Chromium, Firefox and Safari all play."""


def plays_in_browser(recording: Recording) -> bool:
    """Whether today's browsers play the recording, and on the clock that the measures use.

    Sound with gaps does not count: Chromium plays what follows a gap at once, ahead of the picture. Nor
    does a sound track other than the first, which is the one that players choose.
    """
    pictures, sounds = _PLAYED.get(recording.container, (set(), set()))
    seen = recording.video_codec is None or recording.video_codec in pictures
    plain = recording.track == 1 and NOTES["GAPS"] not in recording.notes
    return seen and recording.audio_codec in sounds and plain


def make_playable(path: Path, out_path: Path, progress: Progress, recording: Recording | None = None) -> None:
    """Write an H.264/AAC MP4 of the recording at `path` to `out_path`, on the same clock within 20 ms.

    H.264 pictures are copied where the container allows it, others made anew, at most 720 lines high.
    Sound is made anew from 0 to the end with its gaps filled; a recording without pictures becomes sound
    alone. The index stands first (playing starts at once) and no metadata is kept. Appears whole or not
    at all. Raises InputRefused (what `probe` raises) and EnvironmentLacks.
    """
    path, out_path = Path(path), Path(out_path)
    recording = recording or probe(path)
    request = {"track": recording.track, "duration": recording.duration}
    with written_whole(out_path) as partial, held(path, recording.sha256) as source:
        in_child("remake", {**request, "demuxer": source.demuxer}, source.file, progress, out=partial)
