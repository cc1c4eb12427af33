"""Copies that browsers play, and clips, on the recording's own clock."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from coachai.errors import EnvironmentLacks
from coachai.media import cut_clip, decode, make_playable, plays_in_browser, probe
from coachai.media.structure import _boxes
from coachai.records import Recording, Span
from tests.media.making import clicks

Made = Callable[..., Path]
MTS = {"form": "mpegts", "options": (("mpegts_m2ts_mode", "1"),)}
SOURCES = {
    "late.mkv": {"late": 1.9},
    "late.avi": {"late": 1.9, "sound": "libmp3lame", "picture": "mpeg4"},
    "camera.mts": MTS,
    "interlaced.avi": {"interlaced": True, "sound": "pcm_s16le"},
    "hevc.mp4": {"picture": "libx265", "late": 1.9},
    "gaps.mp4": {"late": 1.9, "hole": (3.1, 3.6)},
    "sound.mka": {"form": "matroska", "picture": None, "late": 1.9},
}


def silently(fraction: float) -> None:
    """No progress."""


def click_times(path: Path, folder: Path, recording: Recording | None = None) -> list[float]:
    folder.mkdir()
    return clicks(decode(path, folder, silently, recording or probe(path, shortest=1)))


def picture_times(path: Path) -> list[float]:
    with av.open(str(path)) as file:
        return [float(frame.time) for frame in file.decode(video=0)]


@pytest.mark.parametrize("name", SOURCES)
def test_a_copy_plays_and_keeps_the_clock(name: str, made: Made, tmp_path: Path) -> None:
    path = made(name, **SOURCES[name])
    recording = probe(path, shortest=1)
    assert not plays_in_browser(recording)
    out, told = tmp_path / "playable.mp4", []
    make_playable(path, out, told.append, recording)
    copy = probe(out, shortest=1)
    assert plays_in_browser(copy)
    assert copy.video_codec == ("h264" if recording.video_codec else None)
    assert copy.audio_codec == "aac"
    assert copy.duration == pytest.approx(recording.duration, abs=0.15)
    before, after = click_times(path, tmp_path / "a", recording), click_times(out, tmp_path / "b", copy)
    assert len(before) >= 4
    assert after == pytest.approx(before, abs=0.020)
    if name in ("late.mkv", "hevc.mp4", "gaps.mp4"):  # whose own clock starts at 0
        assert picture_times(out) == pytest.approx(picture_times(path), abs=0.020)
    if name == "interlaced.avi":  # whose stamps are those of decoding: every picture, evenly
        steps = np.diff(picture_times(out))
        assert len(steps) >= len(picture_times(path)) - 2
        assert steps == pytest.approx(np.full(len(steps), 0.1), abs=0.020)
    assert told[-1] == 1.0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "b", "playable.mp4"]


def test_the_index_stands_first_and_no_metadata_is_kept(made: Made, tmp_path: Path) -> None:
    tags = (("title", "Ms Rivera 5b"), ("location", "+52.5200+013.4050/"), ("comment", "secret"))
    path, out = made("tagged.mkv", tags=tags), tmp_path / "playable.mp4"
    make_playable(path, out, silently, probe(path, shortest=1))
    content = out.read_bytes()
    with out.open("rb") as file:
        kinds = [kind for kind, _, _ in _boxes(file, 0, len(content))]
    assert kinds.index(b"moov") < kinds.index(b"mdat")
    for _, secret in tags:
        assert secret.encode() not in content


@pytest.mark.parametrize(
    ("name", "changes", "plays"),
    [
        ("a.mp4", {}, True),
        ("a.m4a", {"picture": None}, True),
        ("a.webm", {"sound": "libopus", "picture": "libvpx"}, True),
        ("a.wav", {"sound": "pcm_s16le", "picture": None}, True),
        ("a.mp3", {"sound": "libmp3lame", "picture": None}, True),
        ("a.mkv", {}, False),
    ],
)
def test_what_browsers_play(name: str, changes: dict[str, object], plays: bool, made: Made) -> None:
    assert plays_in_browser(probe(made(name, **changes), shortest=1)) is plays


@pytest.mark.parametrize("name", ["late.mkv", "camera.mts"])
def test_a_clip_holds_its_span(name: str, made: Made, tmp_path: Path) -> None:
    path = made(name, **SOURCES[name])
    cut_clip(path, Span(start=2.5, end=4.75), tmp_path / "clip.wav")
    clip = probe(tmp_path / "clip.wav", shortest=1)
    assert clip.duration == pytest.approx(2.25, abs=0.001)
    expected = [each - 2.5 for each in click_times(path, tmp_path / "a") if 2.5 < each < 4.75]
    assert len(expected) == 2
    assert click_times(tmp_path / "clip.wav", tmp_path / "b") == pytest.approx(expected, abs=0.005)


def test_a_clip_needs_a_span(made: Made, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a clip lasts"):
        cut_clip(made("a.mp4"), Span(start=2.0, end=2.0), tmp_path / "clip.wav")


def test_a_full_disk_leaves_no_half_copy(made: Made, tmp_path: Path) -> None:
    path = made("late.mkv", **SOURCES["late.mkv"])
    recording = probe(path, shortest=1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, hard))
    try:
        with pytest.raises(EnvironmentLacks) as lack:
            make_playable(path, tmp_path / "playable.mp4", silently, recording)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert lack.value.code == "DISK_FULL"
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_copy_leaves_nothing(made: Made, tmp_path: Path) -> None:
    def interrupting(fraction: float) -> None:
        raise KeyboardInterrupt

    path = made("late.mkv", **SOURCES["late.mkv"])
    with pytest.raises(KeyboardInterrupt):
        make_playable(path, tmp_path / "playable.mp4", interrupting, probe(path, shortest=1))
    assert list(tmp_path.iterdir()) == []


def test_a_copy_needs_a_folder_that_can_be_written(made: Made, tmp_path: Path) -> None:
    path = made("late.mkv", **SOURCES["late.mkv"])
    with pytest.raises(EnvironmentLacks) as lack:
        make_playable(path, tmp_path / "absent" / "playable.mp4", silently, probe(path, shortest=1))
    assert lack.value.code == "NOT_WRITABLE"


def test_another_sound_track_than_the_first_needs_a_copy_that_has_it_alone(
    made: Made, tmp_path: Path
) -> None:
    path = made("two.mp4", tracks=2)
    recording = probe(path, shortest=1, track=2)
    assert plays_in_browser(probe(path, shortest=1))
    assert not plays_in_browser(recording)
    make_playable(path, tmp_path / "playable.mp4", silently, recording)
    copy = probe(tmp_path / "playable.mp4", shortest=1)
    assert copy.notes == ()
    assert plays_in_browser(copy)
