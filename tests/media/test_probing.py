"""What is said about recordings that are healthy, odd, cut or hopeless."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from coachai.errors import InputRefused
from coachai.media import probe
from coachai.media.opening import Front
from coachai.media.refusals import clock_text

Made = Callable[..., Path]
HEALTHY = {
    "end.mp4": {},
    "fast.mp4": {"options": (("movflags", "+faststart"),)},
    "pieces.mp4": {"options": (("movflags", "frag_keyframe+empty_moov+delay_moov"),)},
    "a.mov": {},
    "a.mkv": {},
    "a.webm": {"sound": "libopus", "picture": "libvpx"},
    "a.avi": {"sound": "libmp3lame", "picture": "mpeg4"},
    "a.mts": {"form": "mpegts", "options": (("mpegts_m2ts_mode", "1"),)},
    "a.m4a": {"picture": None},
    "a.mp3": {"picture": None, "sound": "libmp3lame"},
    "a.wav": {"picture": None, "sound": "pcm_s16le"},
    "a.flac": {"picture": None, "sound": "flac"},
    "a.ogg": {"picture": None, "sound": "libopus"},
}
CONTAINERS = {"mkv": "matroska", "mts": "mpegts", "m4a": "mp4"}


def refusal_of(path: Path, **changes: float) -> tuple[str, str]:
    with pytest.raises(InputRefused) as refusal:
        probe(path, **changes)
    assert refusal.value.exit_code == 2
    return refusal.value.code, refusal.value.message


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_recordings_raise_no_flag(name: str, made: Made) -> None:
    path = made(name, **HEALTHY[name])
    recording = probe(path, shortest=1)
    suffix = name.rpartition(".")[2]
    assert recording.notes == ()
    assert recording.container == CONTAINERS.get(suffix, suffix)
    assert recording.duration == pytest.approx(6.0, abs=0.11)
    assert (recording.video_codec is None) == (HEALTHY[name].get("picture", "") is None)
    assert (recording.name, recording.size_bytes) == (name, path.stat().st_size)
    assert recording.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (recording.audio_sample_rate, recording.audio_channels) == (48_000, 1)


def test_under_a_minute_is_too_short_unless_it_is_a_sample_of_a_voice(made: Made) -> None:
    path = made("a.m4a", picture=None)
    assert refusal_of(path) == ("TOO_SHORT", "Upload at least 1 minute.")
    assert probe(path, shortest=1).duration == pytest.approx(6.0, abs=0.05)


def test_a_minute_is_enough(made: Made) -> None:
    assert probe(made("a.flac", picture=None, sound="flac", seconds=60.0, rate=8000)).duration == 60.0


def test_a_video_without_a_sound_track(made: Made) -> None:
    assert refusal_of(made("silent.mp4", tracks=0)) == (
        "NO_SOUND",
        "This video has no sound track. Was the microphone off?",
    )


def test_a_recording_that_the_camera_did_not_finish(made: Made, tmp_path: Path) -> None:
    whole = made("end.mp4").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal_of(path) == (
        "UNFINISHED_RECORDING",
        "The recording was not finished by the camera, so it cannot be opened. Copy it from the camera "
        "again, or repair it there.",
    )


@pytest.mark.parametrize("name", ["fast.mp4", "pieces.mp4", "a.mkv", "a.wav", "a.avi", "a.flac"])
def test_a_cut_file_says_how_much_of_it_could_be_read(name: str, made: Made, tmp_path: Path) -> None:
    changes = {**HEALTHY[name], "seconds": 20.0}
    whole = made(name, **changes).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: len(whole) * 8 // 10])
    recording = probe(path, shortest=1)
    read = clock_text(recording.duration)
    (note,) = recording.notes
    assert 10 <= recording.duration < 19
    assert note in (
        f"We could only read {read} of 0:20. The rest of the file is missing. Everything below is about the "
        "readable part.",
        f"We could only read the first {read}. The rest of the file is missing. Everything below is about "
        "the readable part.",
    )
    assert name == "pieces.mp4" or "of 0:20" in note


def test_a_clock_that_jumps(made: Made) -> None:
    path = made("jump.mkv", leap=(3.0, 3600.0))
    assert refusal_of(path, shortest=1) == (
        "BROKEN_TIMELINE",
        "The clock inside this file jumps by 1:00:00. Please export it again from your video app.",
    )


def test_a_protected_file(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "bought.mp4"
    path.write_bytes(made("fast.mp4", **HEALTHY["fast.mp4"]).read_bytes().replace(b"mp4a", b"enca", 1))
    assert refusal_of(path, shortest=1) == (
        "PROTECTED",
        "This file is copy-protected. Upload the original from the camera.",
    )


def test_more_than_four_hours(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    size = (4 * 3600 + 10) * 1000
    head = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\x01\0\x01\0"
    rates = (1000).to_bytes(4, "little") * 2 + b"\x01\0\x08\0"
    with path.open("wb") as file:
        file.write(head + rates + b"data" + size.to_bytes(4, "little"))
        file.truncate(44 + size)
    assert refusal_of(path) == (
        "TOO_LONG",
        "This recording is longer than 4 hours. Cut it to the lesson you want feedback on.",
    )


def test_a_head_without_a_body_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(b"fLaC" + bytes(4000))
    assert refusal_of(path)[0] == "UNREADABLE"


def test_several_sound_tracks_and_a_telephone(made: Made) -> None:
    assert probe(made("two.mkv", tracks=2), shortest=1).notes == (
        "This file has 2 sound tracks. We used track 1. Choose another track with --track 2.",
    )
    assert probe(made("phone.wav", picture=None, sound="pcm_s16le", rate=8000), shortest=1).notes == (
        "Phone-quality sound (8 kHz)",
    )


def test_the_file_itself_may_lie_about_its_length(made: Made, tmp_path: Path) -> None:
    whole = bytearray(made("fast.mp4", **HEALTHY["fast.mp4"]).read_bytes())
    for box, field in ((b"mvhd", 20), (b"mdhd", 20)):
        at = whole.find(box)
        while at >= 0:
            whole[at + field : at + field + 4] = b"\x7f\xff\xff\xff"
            at = whole.find(box, at + 4)
    path = tmp_path / "endless.mp4"
    path.write_bytes(whole)
    recording = probe(path, shortest=1)
    assert recording.notes == ()
    assert recording.duration == pytest.approx(6.0, abs=0.1)


def test_an_impossible_place_is_an_answer_and_no_exception(tmp_path: Path) -> None:
    path = tmp_path / "front.bin"
    path.write_bytes(bytes(100))
    with path.open("rb") as file:
        front = Front(file, 60)
        assert front.seek(-1) < 0
        assert front.seek(-61, 2) < 0
        assert front.seek(1 << 62) < 0
        assert (front.seek(10), front.seek(5, 1), front.seek(-1, 2)) == (10, 15, 59)
        assert front.read(100) == b"\0"
