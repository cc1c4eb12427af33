"""Walking through sound without a container: holes and cuts are seen, healthy files are whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.media.frames import Frames, frame_length, walk

Made = Callable[..., Path]
KINDS = {
    "a.mp3": {"sound": "libmp3lame", "picture": None},
    "low.mp3": {"sound": "libmp3lame", "picture": None, "rate": 16_000},
    "a.aac": {"picture": None, "form": "adts"},
}


@pytest.mark.parametrize("name", KINDS)
def test_a_healthy_file_is_frames_from_end_to_end(name: str, made: Made) -> None:
    path = made(name, **KINDS[name])
    content = path.read_bytes()
    start = content.index(b"\xff") if name.endswith("mp3") else 0
    assert walk(path, start) == Frames(frames=len(content) - start, junk=0, cut=False)


@pytest.mark.parametrize("name", KINDS)
def test_a_hole_is_junk_and_a_cut_is_a_cut(name: str, made: Made, tmp_path: Path) -> None:
    content = made(name, **KINDS[name]).read_bytes()
    start = content.index(b"\xff") if name.endswith("mp3") else 0
    path = tmp_path / name
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes(1000) + content[middle + 1000 :])
    found = walk(path, start)
    assert 1000 <= found.junk < 1000 + 4000
    assert found.frames + found.junk == len(content) - start
    path.write_bytes(content[:-10])
    assert walk(path, start).cut


@given(st.binary(max_size=20))
def test_any_bytes_are_a_frame_of_some_length_or_none(head: bytes) -> None:
    length = frame_length(head)
    assert length == 0 or 7 <= length <= 8191
