"""What is decoded is what was hashed: a file that is swapped, grows or shrinks meanwhile is noticed."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from coachai.errors import CoachaiError, InputRefused
from coachai.media import cut_clip, decode, make_playable, probe
from coachai.media.held import held
from coachai.pipeline import Observing, analyze, observe
from coachai.records import Progress, Span
from coachai.rubric import load_rubric

Made = Callable[..., Path]
ROOT = Path(__file__).parents[2]
CHANGED = "This file changed while we read it. Wait until it is copied completely, then start again."


def swapped(path: Path) -> None:
    """Another file of the same size and age under the same name."""
    before = path.stat()
    other = path.with_name("other")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    other.write_bytes(content)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def grown(path: Path) -> None:
    """The copying goes on."""
    with path.open("ab") as file:
        file.write(bytes(1000))


def shrunk(path: Path) -> None:
    """The copying begins anew."""
    os.truncate(path, path.stat().st_size // 2)


def gone(path: Path) -> None:
    """Somebody tidies up."""
    path.unlink()


CHANGES = {"swapped": swapped, "grown": grown, "shrunk": shrunk}


@pytest.fixture
def copy(made: Made, tmp_path: Path) -> Path:
    """A recording that may be changed."""
    path = tmp_path / "mine" / "lesson.mkv"
    path.parent.mkdir()
    shutil.copy(made("minute.mkv", seconds=61.0, rate=16_000), path)
    return path


def changing(path: Path, stage: str, change: Callable[[Path], None]) -> Callable[[str], Progress]:
    """A progress door that changes the file when a stage begins."""

    def begin(name: str) -> Progress:
        if name == stage:
            change(path)
        return lambda fraction: None

    return begin


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_changes_between_looking_and_decoding_is_refused(
    change: Callable[[Path], None], copy: Path, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(InputRefused) as refusal:
        observe(copy, Observing(asr="none"), folder=work, progress=changing(copy, "decode", change))
    assert (refusal.value.code, refusal.value.message) == ("CHANGED", CHANGED)
    assert list(work.iterdir()) == []


def test_a_file_that_is_gone_is_said_to_be_gone(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refusal:
        observe(copy, Observing(asr="none"), folder=tmp_path, progress=changing(copy, "decode", gone))
    assert refusal.value.code == "NOT_FOUND"


def test_a_file_that_changes_before_its_copy_is_made_leaves_nothing(tmp_path: Path) -> None:
    media = tmp_path / "lesson.mp4"
    shutil.copy(ROOT / "samples" / "lesson.mp4", media)
    before = probe(media)
    grown(media)
    with pytest.raises(InputRefused) as refusal:
        make_playable(media, tmp_path / "playable.mp4", lambda fraction: None, before)
    assert refusal.value.message == CHANGED
    assert list(tmp_path.iterdir()) == [media]


def test_an_analysis_of_a_changed_file_writes_no_report(copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(CoachaiError) as refusal:
        analyze(
            copy,
            Observing(asr="none"),
            rubric=load_rubric("wait-time"),
            out=out,
            progress=changing(copy, "decode", swapped),
        )
    assert refusal.value.message == CHANGED
    assert not out.exists()


def test_a_file_that_grows_while_it_is_decoded_is_refused(copy: Path, tmp_path: Path) -> None:
    recording = probe(copy)

    def growing(fraction: float) -> None:
        if fraction < 1.0:
            grown(copy)

    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(InputRefused) as refusal:
        decode(copy, work, growing, recording)
    assert refusal.value.message == CHANGED
    assert list(work.iterdir()) == []


def test_a_damaged_file_that_changes_is_called_changed_not_damaged(copy: Path) -> None:
    def read() -> None:
        with held(copy):
            grown(copy)
            raise InputRefused("UNREADABLE", "half a copy looks damaged")

    with pytest.raises(InputRefused) as refusal:
        read()
    assert refusal.value.message == CHANGED


def test_who_holds_a_file_reads_that_file_under_whatever_name(copy: Path) -> None:
    content = copy.read_bytes()
    with held(copy, hashlib.sha256(content).hexdigest()) as source:
        swapped(copy)
        assert source.sha256() == hashlib.sha256(content).hexdigest()
    assert copy.read_bytes() != content


def test_the_hash_in_the_record_is_that_of_what_is_decoded(copy: Path, tmp_path: Path) -> None:
    recording = probe(copy)
    assert recording.sha256 == hashlib.sha256(copy.read_bytes()).hexdigest()
    assert recording.size_bytes == copy.stat().st_size
    decode(copy, tmp_path, lambda fraction: None, recording)
    cut_clip(copy, Span(start=0.0, end=1.0), tmp_path / "clip.wav")
    later = copy.stat().st_mtime_ns + 10**9
    os.utime(copy, ns=(later, later))  # touched between two stages, its content as it was
    assert decode(copy, tmp_path, lambda fraction: None, recording).duration == recording.duration
