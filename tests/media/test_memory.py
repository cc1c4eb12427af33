"""No recording makes its second process use more than 300 MB, whatever it says or unpacks to."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.corpus.cases import CASES
from tests.corpus.silence import flac_bomb

MOST = 300
"""MB of memory in use at once, in any child."""

LISTENER = """
import resource, sys
from pathlib import Path
from coachai.errors import CoachaiError
from coachai.media import decode, make_playable, probe
path, folder = map(Path, sys.argv[1:3])
said = "ok"
try:
    recording = probe(path, shortest=1)
    decode(path, folder, lambda fraction: None, recording)
    if "remake" in sys.argv:
        make_playable(path, folder / "playable.mp4", lambda fraction: None, recording)
except CoachaiError as problem:
    said = problem.code
print(said, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""
# A process of its own and a small one: a child is counted from its birth, as large as its parent is then.


def heard(path: Path, folder: Path, *more: str) -> tuple[str, float]:
    """What comes of probing and decoding ("remake": and remaking), and the largest child's memory in MB."""
    command = [sys.executable, "-c", LISTENER, str(path), str(folder), *more]
    said, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert float(peak) > 20  # the interpreter alone: less means that the child was not counted
    return said, float(peak)


@pytest.mark.parametrize(("hours", "expected"), [(1.0, "ok"), (6.0, "TOO_LONG")])
def test_a_bomb_of_silence(hours: float, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.flac"
    path.write_bytes(flac_bomb(hours))
    said, peak = heard(path, tmp_path)
    assert said == expected
    assert peak <= MOST


def test_memory_is_really_counted(tmp_path: Path) -> None:
    """A child that does take 400 MB is seen to."""
    code = "import subprocess, sys, resource\n"
    code += "subprocess.run([sys.executable, '-c', 'len(bytearray(400 << 20))'])\n"
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(told) > 400


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [each for each in CASES if each.row in ("M-16", "M-18", "M-19")], ids=lambda each: each.name
)
def test_forged_headers_and_bombs(case: object, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.make())
    _, peak = heard(path, tmp_path, "remake")
    assert peak <= MOST


@pytest.mark.slow
def test_almost_four_hours_of_silence(tmp_path: Path) -> None:
    path = tmp_path / "bomb.flac"
    path.write_bytes(flac_bomb(3.9))
    assert heard(path, tmp_path, "remake") == ("ok", pytest.approx(MOST / 2, abs=MOST / 2))


@pytest.mark.slow
def test_pictures_as_large_as_cameras_make_them(tmp_path: Path) -> None:
    path = four_k(tmp_path / "large.mkv")
    said, peak = heard(path, tmp_path, "remake")
    assert said == "ok"
    assert peak <= MOST


def four_k(path: Path) -> Path:
    """Two seconds of 4K with ten bits a colour, in a codec that browsers do not play."""
    width, height, rate = 3840, 2160, 48_000
    slope = (np.indices((height, width)).sum(0) % 255).astype(np.uint8)
    picture = np.stack([slope, slope[::-1], slope[:, ::-1]], -1)
    with av.open(str(path), "w") as file:
        pictures = file.add_stream("libx265", rate=15)
        pictures.width, pictures.height, pictures.pix_fmt = width, height, "yuv420p10le"
        pictures.options = {"preset": "ultrafast", "x265-params": "log-level=none:pools=2:bframes=3:ref=4"}
        sound = file.add_stream("aac", rate=rate, layout="mono")
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, 7 * number, 1), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 15)
            file.mux(pictures.encode(frame))
        file.mux(pictures.encode())
        for first in range(0, 2 * rate, 1024):
            still = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            still.sample_rate, still.pts, still.time_base = rate, first, Fraction(1, rate)
            file.mux(sound.encode(still))
        file.mux(sound.encode())
    return path
