"""Sound stands where a player plays it, and failing leaves nothing behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from coachai.errors import EnvironmentLacks, InputRefused
from coachai.media import SAMPLE_RATE, Audio, decode, isolation, probe
from coachai.media.child import TASKS
from tests.media.making import clicks, repeat

Made = Callable[..., Path]
CLOSE = 0.020
"""Seconds between a click and the time at which a player plays it, at most."""


def silently(fraction: float) -> None:
    """No progress."""


def heard(path: Path, folder: Path) -> Audio:
    folder.mkdir(exist_ok=True)
    return decode(path, folder, silently, probe(path, shortest=1))


def near(times: list[float]) -> object:
    return pytest.approx(times, abs=CLOSE)


# Times of the clicks as Chromium 156 played these files (its clock against the sound, ± 10 ms).
PLAYED = {
    "late.mp4": ({"late": 1.9}, [2.0, 3.0, 4.0, 5.0]),
    "late.m4a": ({"late": 1.9, "picture": None}, [2.0, 3.0, 4.0, 5.0]),
    "late.mkv": ({"late": 1.9}, [2.0, 3.0, 4.0, 5.0]),
    "late.webm": ({"late": 1.9, "sound": "libopus", "picture": "libvpx"}, [2.0, 3.0, 4.0, 5.0]),
    "late.ogg": ({"late": 1.9, "sound": "libopus", "picture": None}, [2.0, 3.0, 4.0, 5.0]),
    "a.mp3": ({"sound": "libmp3lame", "picture": None}, [1.0, 2.0, 3.0, 4.0, 5.0]),
    "telephone.wav": ({"sound": "pcm_s16le", "picture": None, "rate": 8000}, [1.0, 2.0, 3.0, 4.0, 5.0]),
    "a.flac": ({"sound": "flac", "picture": None, "rate": 44_100}, [1.0, 2.0, 3.0, 4.0, 5.0]),
}


@pytest.mark.parametrize("name", PLAYED)
def test_clicks_are_heard_when_a_player_plays_them(name: str, made: Made, tmp_path: Path) -> None:
    changes, times = PLAYED[name]
    audio = heard(made(name, **changes), tmp_path)
    assert clicks(audio) == near(times)
    assert bool(audio.missing) == name.startswith("late")


def test_a_late_start_and_a_hole_keep_their_time_and_are_told(made: Made, tmp_path: Path) -> None:
    path = made("gappy.mp4", late=1.9, hole=(3.1, 4.6), seconds=8.0)
    recording = probe(path, shortest=1)
    audio = decode(path, tmp_path, silently, recording)
    assert clicks(audio) == near([2.0, 3.0, 5.0, 6.0, 7.0])
    assert len(audio) == round(recording.duration * SAMPLE_RATE)
    late, hole = audio.missing
    assert (late.start, late.end) == (0.0, pytest.approx(1.9, abs=0.05))
    assert (hole.start, hole.end) == (pytest.approx(3.1, abs=0.05), pytest.approx(4.6, abs=0.05))
    assert not audio.read(hole.start, hole.end).any()


GAPPY = {
    "gappy.mkv": {},
    "gappy.mov": {},
    "gappy.mts": {"form": "mpegts"},
    "gappy.webm": {"sound": "libopus", "picture": "libvpx"},
}


@pytest.mark.parametrize("name", GAPPY)
def test_a_hole_keeps_its_time_in_every_container_that_has_a_clock(
    name: str, made: Made, tmp_path: Path
) -> None:
    path = made(name, late=0.9, hole=(3.1, 4.6), seconds=8.0, **GAPPY[name])
    audio = heard(path, tmp_path)
    # A camera's stream calls its first packet 0, whichever it is: here the picture's, which is on time.
    assert clicks(audio) == near([1.0, 2.0, 3.0, 5.0, 6.0, 7.0])
    hole = audio.missing[-1]
    assert (hole.start, hole.end) == (pytest.approx(3.1, abs=0.05), pytest.approx(4.6, abs=0.05))


def test_sound_that_ends_before_the_picture_is_missing_to_the_end(made: Made, tmp_path: Path) -> None:
    audio = heard(made("short.mp4", hole=(4.0, 9.0)), tmp_path)
    (end,) = audio.missing
    assert (end.start, end.end) == (pytest.approx(4.0, abs=0.05), pytest.approx(6.0, abs=0.05))


def test_damaged_bytes_leave_the_rest_at_its_time(made: Made, tmp_path: Path) -> None:
    whole = bytearray(made("a.flac", sound="flac", picture=None, seconds=20.0, rate=16_000).read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 200] = bytes(200)
    path = tmp_path / "damaged.flac"
    path.write_bytes(whole)
    audio = heard(path, tmp_path / "out")
    found = clicks(audio)
    assert len(found) >= 15
    assert all(abs(each - round(each)) <= CLOSE for each in found)


def test_progress_rises_to_one_and_the_sound_is_the_only_file(made: Made, tmp_path: Path) -> None:
    told: list[float] = []
    path = made("minute.flac", picture=None, sound="flac", seconds=60.0, rate=8000)
    audio = decode(path, tmp_path, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 3
    assert list(tmp_path.iterdir()) == [audio.path]


def test_an_interrupt_stops_the_child_and_leaves_nothing(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def remembered(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    def interrupting(fraction: float) -> None:
        raise KeyboardInterrupt

    path = made("minute.flac", picture=None, sound="flac", seconds=60.0, rate=8000)
    recording = probe(path)
    monkeypatch.setattr(isolation.subprocess, "Popen", remembered)
    with pytest.raises(KeyboardInterrupt):
        decode(path, tmp_path, interrupting, recording)
    assert list(tmp_path.iterdir()) == []
    assert [child.poll() is not None for child in started] == [True]


def test_a_child_that_is_killed_becomes_a_refusal(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made("a.flac", sound="flac", picture=None, rate=44_100)
    recording = probe(path, shortest=1)
    code = f"import os; print('{{\"begun\": true}}', flush=True); os.kill(os.getpid(), {int(signal.SIGSEGV)})"
    deadly = [sys.executable, "-c", code]
    popen = subprocess.Popen
    monkeypatch.setattr(isolation.subprocess, "Popen", lambda arguments, **options: popen(deadly, **options))
    with pytest.raises(InputRefused) as refusal:
        decode(path, tmp_path, silently, recording)
    assert refusal.value.code == "UNREADABLE"
    assert str(refusal.value) == (
        "This file is damaged and cannot be read. Copy it from the camera again, or export it again from "
        "your video app."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_half_written(made: Made, tmp_path: Path) -> None:
    path = made("minute.flac", picture=None, sound="flac", seconds=60.0, rate=8000)
    recording = probe(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        with pytest.raises(EnvironmentLacks) as lack:
            decode(path, tmp_path, silently, recording)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (lack.value.code, lack.value.exit_code) == ("DISK_FULL", 3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["file/below", "absent", "/proc"])
def test_a_folder_that_cannot_be_written(place: str, made: Made, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = made("a.flac", sound="flac", picture=None, rate=44_100)
    with pytest.raises(EnvironmentLacks) as lack:
        decode(path, tmp_path / place, silently, probe(path, shortest=1))
    assert lack.value.message == (
        f"The folder “{os.path.basename(place)}” cannot be written to. Choose another folder with --out."
    )


def test_a_file_that_is_all_bad_is_refused(made: Made, tmp_path: Path) -> None:
    path = made("a.mp4", options=(("movflags", "+faststart"),))
    whole = bytearray(path.read_bytes())
    body = whole.find(b"mdat") + 4
    whole[body:] = bytes(255 - each for each in whole[body:])
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(whole)
    with pytest.raises(InputRefused) as refusal:
        decode(bad, tmp_path, silently, probe(bad, shortest=1))
    assert refusal.value.code in ("TOO_DAMAGED", "UNREADABLE")
    assert list(tmp_path.iterdir()) == [bad]


def test_the_light_door_stays_light() -> None:
    code = "import sys, coachai.media; print([each for each in sys.modules if each.split('.')[0] == 'av'])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_every_task_of_the_child_exists() -> None:
    import importlib

    for door in TASKS.values():
        module, _, name = door.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.slow
def test_ninety_minutes_stay_under_300_megabytes(made: Made, tmp_path: Path) -> None:
    minute = made("minute.m4a", picture=None, seconds=60.0, rate=44_100)
    path = repeat(minute, tmp_path / "long.m4a", 90)
    code = (
        "import resource, sys, time\n"
        "from pathlib import Path\n"
        "from coachai.media import decode, probe\n"
        "recording = probe(Path(sys.argv[1])); start = time.monotonic()\n"
        "audio = decode(Path(sys.argv[1]), Path(sys.argv[2]), lambda fraction: None, recording)\n"
        "seconds = time.monotonic() - start\n"
        # Not RUSAGE_SELF: that also counts the size of the test run that started this process.
        "own = next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "print(int(own) / 1024, child / 1024, audio.duration, audio.duration / seconds)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, str(path), str(tmp_path)], capture_output=True, text=True, check=True
    )
    parent, child, duration, speed = map(float, answer.stdout.split())
    assert duration == pytest.approx(5400.0, abs=10.0)  # each minute is rounded up to whole packets
    assert parent + child <= 300, (parent, child, speed)
