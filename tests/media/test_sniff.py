"""The first bytes decide what may open a file."""

from __future__ import annotations

import hashlib
import random
import socket
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.errors import InputRefused
from coachai.media import probe
from coachai.media.sniff import sniff, sniff_file

DEMUXERS = {"mov", "matroska", "wav", "avi", "flac", "ogg", "mpegts", "mp3", "aac"}
NOT_MEDIA = (
    "This is not a video or sound file we can read. Please upload MP4, MOV, MKV, WebM, AVI, MTS, MP3, M4A, "
    "WAV, FLAC or OGG."
)
DISGUISED = {
    "hls": b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1/x.ts\n#EXT-X-ENDLIST\n",
    "hls with a byte order mark": b"\xef\xbb\xbf#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nother.m3u8\n",
    "ffconcat": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    "sdp": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nm=audio 5004 RTP/AVP 0\r\n",
    "asx": b'<asx version="3.0"><entry><ref href="http://127.0.0.1/"/></entry></asx>',
    "html": b"<!doctype html><title>lesson</title>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "zip": b"PK\x03\x04" + bytes(60),
    "program": b"\x7fELF\x02\x01\x01" + bytes(60),
    "text": b"Good morning, everyone. " * 20,
    "heic picture": b"\x00\x00\x00\x18ftypheic" + bytes(40),
    "webp picture": b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(40),
    "unknown matroska": b"\x1a\x45\xdf\xa3" + bytes(60),
    "zeros": bytes(5000),
}


@pytest.mark.parametrize("kind", DISGUISED)
def test_what_is_no_recording_is_refused_under_any_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "lesson.mp4"
    path.write_bytes(DISGUISED[kind])
    with pytest.raises(InputRefused) as refusal:
        probe(path)
    assert (refusal.value.code, refusal.value.message) == ("NOT_MEDIA", NOT_MEDIA)


def test_a_playlist_in_disguise_reaches_neither_files_nor_hosts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        port = listener.getsockname()[1]
        path = tmp_path / "lesson.mp4"
        path.write_bytes(f"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n".encode())
        with pytest.raises(InputRefused):
            probe(path)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_file_that_points_elsewhere_is_told_to_the_log_and_to_nobody_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lesson.mp4"
    for content, told in ((DISGUISED["hls"], True), (DISGUISED["dash"], True), (DISGUISED["text"], False)):
        caplog.clear()
        path.write_bytes(content)
        with pytest.raises(InputRefused):
            probe(path)
        assert (hashlib.sha256(content).hexdigest() in caplog.text) == told
        assert str(tmp_path) not in caplog.text
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("content", [b"", b"x"])
def test_an_empty_file_says_so(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lesson.mp4"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refusal:
        probe(path)
    assert refusal.value.code == "EMPTY_FILE"
    assert refusal.value.message == (
        "This file is empty. Check that the recording finished saving, then upload it again."
    )


def test_nothing_there_a_folder_and_a_device(tmp_path: Path) -> None:
    for path, code in (
        (tmp_path / "lesson.mp4", "NOT_FOUND"),
        (tmp_path / ("x" * 4096), "NOT_FOUND"),
        (tmp_path / "nul\0.mp4", "NOT_FOUND"),
        (tmp_path, "A_FOLDER"),
        (Path("/dev/zero"), "NOT_MEDIA"),
    ):
        with pytest.raises(InputRefused) as refusal:
            probe(path)
        assert refusal.value.code == code
        assert str(tmp_path.parent) not in refusal.value.message


HEADS = [
    b"\x00\x00\x00\x18ftypisom" + bytes(40),
    b"\x00\x00\x00\x08wide\x00\x00\x10\x00mdat",
    b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
    b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm",
    b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00",
    b"RIFF\x24\x00\x00\x00AVI LIST",
    b"fLaC\x00\x00\x00\x22",
    b"OggS\x00\x02" + bytes(20),
    (b"G" + bytes(187)) * 6,
    (bytes(4) + b"G" + bytes(187)) * 6,
    b"\xff\xfb\x90\x00" + bytes(413) + b"\xff\xfb\x90\x00" + bytes(200),
    b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9) + b"\xff\xf1\x50\x80\x02\x1f\xfc",
    b"ID3\x04\x00\x00\x00\x00\x00\x10" + bytes(30),
    b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1/\n",
    b"<?xml version='1.0'?><MPD/>",
]
SIGNS = {
    "matroska": lambda head: head[:4] == b"\x1a\x45\xdf\xa3",
    "wav": lambda head: head[8:12] == b"WAVE",
    "avi": lambda head: head[8:12] == b"AVI ",
    "ogg": lambda head: head[:4] == b"OggS",
    "mov": lambda head: head[4:8].isalpha(),
    "mpegts": lambda head: b"G" in (head[:1], head[4:5]),
}
"""What a file of that kind shows at the least, said apart from the code."""


def muddled(dice: random.Random) -> bytes:
    """Random bytes, or a known head with some bytes changed, left out or put in."""
    if dice.random() < 0.3:
        return dice.randbytes(dice.randrange(700))
    head = bytearray(dice.choice(HEADS))
    for _ in range(dice.choice((0, 1, 1, 2, 8))):
        at = dice.randrange(len(head))
        way = dice.randrange(3)
        if way == 0:
            head[at] = dice.randrange(256)
        elif way == 1 and len(head) > 1:
            del head[at]
        else:
            head[at:at] = dice.randbytes(dice.randrange(5))
    return bytes(head)


def sniffed(count: int, seed: int) -> float:
    """Try that many heads; returns the microseconds that one takes."""
    dice = random.Random(seed)
    taken = 0.0
    seen = set()
    for _ in range(count):
        head, after = muddled(dice), muddled(dice)
        started = time.perf_counter()
        kind = sniff(head, after)
        taken += time.perf_counter() - started
        seen.add(kind)
        assert kind in DEMUXERS | {None}
        assert sniff(head, after) == kind  # one answer for one file
        assert kind not in SIGNS or SIGNS[kind](head), (kind, head)
    assert seen == DEMUXERS | {None}
    return 1e6 * taken / count


def test_twenty_thousand_heads_get_one_known_answer_each() -> None:
    each = sniffed(20_000, seed=1)
    print(f"{each:.1f} microseconds a head")  # noqa: T201
    assert each < 1000


@pytest.mark.slow
def test_a_million_heads_get_one_known_answer_each() -> None:
    print(f"{sniffed(1_000_000, seed=2):.1f} microseconds a head")  # noqa: T201


def test_the_first_four_kilobytes_decide(tmp_path: Path) -> None:
    for name, head in DISGUISED.items():
        if name != "unknown matroska":
            assert sniff(head[:4096]) is None
    path = tmp_path / "huge.mp4"
    with path.open("wb") as file:
        file.write(DISGUISED["html"])
        file.truncate(3 << 30)
    started = time.perf_counter()
    with pytest.raises(InputRefused):
        probe(path)
    assert time.perf_counter() - started < 5


@given(st.binary(max_size=600), st.binary(max_size=600))
def test_any_bytes_get_one_of_the_known_answers(head: bytes, after: bytes) -> None:
    assert sniff(head, after) in DEMUXERS | {None}


@given(st.text(max_size=800))
def test_text_is_never_taken_for_a_recording(text: str) -> None:
    readable = "".join(each for each in text if each.isprintable() or each in "\r\n\t")
    if readable[4:8] not in ("ftyp", "moov", "mdat", "free", "skip", "wide", "pnot", "styp", "moof"):
        assert sniff(readable.encode()) is None


def test_a_song_with_a_long_tag_is_known_by_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"ID3\x04\x00\x00\x00\x00\x4e\x10" + bytes(10_000) + b"\xff\xfb\x90\x00" + bytes(400))
    assert sniff_file(path) == "mp3"
