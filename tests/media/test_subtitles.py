"""Captions inside a recording: told of, never measured, taken out as text that goes in as any captions do."""

from __future__ import annotations

import html
import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from coachai.asr.cues import parse_cues
from coachai.cli import app
from coachai.errors import InputRefused
from coachai.media import decode, probe, subtitles
from coachai.media.refusals import NOTES, REFUSED
from coachai.media.subtitles import captions_inside
from tests.media.making import clicking

HEADER = b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name\nStyle: Default\n\n[Events]\n"
"""What libav wants to know before it writes captions of any kind."""

Row = tuple[float, float | None, bytes]
"""Start and length in seconds (None: the file gives none), and what the track holds there."""


def carrying(path: Path, *tracks: tuple[str, list[Row]], language: str = "eng", seconds: float = 3.0) -> Path:
    """A recording of clicks with such tracks of captions; payloads go in as they are."""
    with av.open(str(path), "w") as file:
        sound = file.add_stream("libopus" if path.suffix == ".webm" else "aac", rate=48_000, layout="mono")
        streams = []
        for codec, _ in tracks:
            stream = file.add_stream(codec)
            stream.metadata["language"] = language
            stream.time_base = Fraction(1, 1000)
            stream.codec_context.subtitle_header = HEADER
            streams.append(stream)
        rows = sorted(
            ((row, stream) for stream, (_, rows) in zip(streams, tracks, strict=True) for row in rows),
            key=lambda each: each[0][0],
        )
        for (start, lasts, payload), stream in rows:
            packet = av.Packet(payload)
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = round(start * 1000)
            if lasts is not None:
                packet.duration = round(lasts * 1000)
            file.mux(packet)
        wave = clicking(seconds, 48_000)
        step = sound.codec_context.frame_size or 960
        for first in range(0, wave.size, step):
            plain = av.AudioFrame.from_ndarray(wave[None, first : first + step], format="s16", layout="mono")
            plain.sample_rate = 48_000
            form = sound.codec_context.format.name
            for frame in av.AudioResampler(format=form, layout="mono", rate=48_000).resample(plain):
                frame.pts, frame.time_base = first, Fraction(1, 48_000)
                file.mux(sound.encode(frame))
        file.mux(sound.encode())
    return path


def mov_text(text: str, boxes: bytes = b"") -> bytes:
    said = text.encode()
    return len(said).to_bytes(2, "big") + said + boxes


def ass(text: str) -> bytes:
    return f"0,0,Default,Ms. R,0,0,0,,{text}".encode()


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: list[Row] = [
        (1.0, 2.0, b"Good <i>morning</i>, {\\an8}everyone."),
        (4.0, 2.5, b"- Is 3 < 5?\r\n- <font color=red>Yes</font> & 5 > 3."),
        (7.0, 1.0, b"<script>alert(1)</script>"),
        (9.0, 1.0, b"  \r\n "),
        (11.0, 1.0, "\u05d0 \U0001f9ca 1 --> 2 \0\x1b[2J".encode()),
    ]
    return carrying(tmp_path_factory.mktemp("lesson") / "lesson.mkv", ("subrip", rows), seconds=13.0)


def said(path: Path) -> list[str]:
    return [text for each in captions_inside(path) for _, text in each.said]


def test_text_and_times_come_out_without_markup(lesson: Path) -> None:
    found = captions_inside(lesson)
    assert said(lesson) == [
        "Good morning, everyone.",
        "- Is 3 < 5?\n- Yes & 5 > 3.",
        "alert(1)",
        "\u05d0 \U0001f9ca 1 --> 2 \x1b[2J",
    ]
    spans = [(each.start, each.end) for each in found]
    assert spans == [pytest.approx(each, abs=0.03) for each in [(1, 3), (4, 6.5), (7, 8), (11, 12)]]


@pytest.mark.parametrize(
    ("name", "codec", "payload", "text"),
    [
        ("a.mp4", "mov_text", mov_text("3 < 5 {x} & <b>so</b> on", b"\0\0\0\x08styl"), "3 < 5 {x} & so on"),
        ("a.mp4", "mov_text", b"\x00\x08\xfe\xff\x00H\x00i\x00!", "Hi!"),
        ("a.mp4", "mov_text", b"\xff\xffshort", "short"),
        ("a.mkv", "ass", ass("{\\i1}One{\\i0}, two\\Nthree\\hfour {kept}"), "One, two\nthree four {kept}"),
        ("a.mkv", "subrip", b"\xff\xfe broken", "\ufffd\ufffd broken"),
        ("a.webm", "webvtt", b"3 &lt; 5 &amp; <c.loud>so</c> <00:01.000>on &#0;", "3 < 5 & so on \ufffd"),
    ],
)
def test_each_kind_of_track_is_read(name: str, codec: str, payload: bytes, text: str, tmp_path: Path) -> None:
    path = carrying(tmp_path / name, (codec, [(2.0, 1.5, payload), (5.0, 1.0, payload)]))
    assert said(path) == [text, text]


def test_voices_of_webvtt_are_kept(tmp_path: Path) -> None:
    payload = b"<v.loud Ms. R &amp; Co>Why?</v> <v Ann>Because.\nIt floats."
    path = carrying(tmp_path / "a.webm", ("webvtt", [(2.0, 1.5, payload)]))
    (found,) = captions_inside(path)
    assert found.said == (("Ms. R & Co", "Why?"), ("Ann", "Because.\nIt floats."))


def test_a_caption_without_length_lasts_until_the_next(tmp_path: Path) -> None:
    rows: list[Row] = [(1.0, None, b"one"), (2.5, None, b"two"), (20.0, 1.0, b"three"), (30.0, None, b"four")]
    path = carrying(tmp_path / "a.mkv", ("subrip", rows))
    spans = [(each.start, each.end) for each in captions_inside(path)]
    assert spans == [pytest.approx(each, abs=0.03) for each in [(1, 2.5), (2.5, 9.5), (20, 21), (30, 37)]]


def test_they_are_told_of_and_never_measured(lesson: Path, tmp_path: Path) -> None:
    bare = carrying(tmp_path / "bare.mkv", seconds=13.0)
    assert probe(lesson, shortest=1.0).notes == (NOTES["CAPTIONS"].format(language=" (English)"),)
    assert probe(bare, shortest=1.0).notes == ()
    odd = carrying(tmp_path / "odd.mkv", ("subrip", [(1.0, 1.0, b"x")]), language="<b>")
    assert probe(odd, shortest=1.0).notes == (NOTES["CAPTIONS"].format(language=""),)
    recordings = [probe(each, shortest=1.0) for each in (lesson, bare)]
    heard = [
        decode(each, tmp_path, lambda _: None, recording).read(0, 12).tobytes()
        for each, recording in zip((lesson, bare), recordings, strict=True)
    ]
    assert heard[0] == heard[1]


def test_out_and_in_again(lesson: Path, tmp_path: Path) -> None:
    out = tmp_path / "lesson.vtt"
    ran = CliRunner().invoke(app, ["export", str(lesson), "--to", "vtt", "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    text = out.read_text(encoding="utf-8")
    assert "<script" not in text
    shown = [html.unescape(each.text) for each in webvtt.from_string(text, strict=True)]
    assert shown[:3] == ["Good morning, everyone.", "- Is 3 < 5?\n- Yes & 5 > 3.", "alert(1)"]
    found = parse_cues(text)
    assert [each.text for each in found.cues][2] == "alert(1)"
    assert len(found.cues) == 4


def test_beside_the_recording_nothing_is_overwritten(lesson: Path) -> None:
    beside = lesson.with_suffix(".vtt")
    beside.write_text("mine", encoding="utf-8")
    ran = CliRunner().invoke(app, ["export", str(lesson), "--to", "vtt"])
    assert ran.exit_code == 2
    assert beside.read_text(encoding="utf-8") == "mine"
    beside.unlink()
    assert CliRunner().invoke(app, ["export", str(lesson), "--to", "vtt"]).exit_code == 0
    assert beside.read_text(encoding="utf-8").startswith("WEBVTT")


def test_pictures_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = carrying(tmp_path / "a.mkv", ("dvdsub", [(1.0, 1.0, b"\x00\x08" + b"\x00" * 6)]))
    with pytest.raises(InputRefused) as refusal:
        captions_inside(path)
    assert refusal.value.message == REFUSED["CAPTIONS_NOT_TEXT_INSIDE"]
    assert probe(path, shortest=1.0).notes == ()


def test_text_behind_pictures_is_found(tmp_path: Path) -> None:
    pictures = ("dvdsub", [(1.0, 1.0, b"\x00\x08" + b"\x00" * 6)])
    path = carrying(tmp_path / "a.mkv", pictures, ("subrip", [(2.0, 1.0, b"here")]))
    assert said(path) == ["here"]


def test_none_at_all_is_said(tmp_path: Path) -> None:
    path = carrying(tmp_path / "a.mkv")
    with pytest.raises(InputRefused) as refusal:
        captions_inside(path)
    assert refusal.value.message == REFUSED["NO_CAPTIONS"]


@pytest.mark.parametrize(
    "rows",
    [
        [(k / 2000, 0.001, b"x") for k in range(100_500)],
        [(float(k), 0.5, b"y" * 1_000_000) for k in range(21)],
    ],
    ids=["cues", "bytes"],
)
def test_more_than_any_lesson_has_is_refused(rows: list[Row], tmp_path: Path) -> None:
    path = carrying(tmp_path / "a.mkv", ("subrip", rows))
    with pytest.raises(InputRefused) as refusal:
        captions_inside(path)
    assert refusal.value.message == REFUSED["TOO_MANY_CAPTIONS"]


def test_damage_loses_captions_or_is_refused_but_never_more(lesson: Path, tmp_path: Path) -> None:
    whole = lesson.read_bytes()
    chance = random.Random(29)
    path = tmp_path / "a.mkv"
    codes = []
    for _ in range(6):
        damaged = bytearray(whole)
        for _ in range(40):
            damaged[chance.randrange(64, len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        codes.append(outcome(path))
    assert set(codes) <= {"found", *REFUSED}


def outcome(path: Path) -> str:
    try:
        found = captions_inside(path)
    except InputRefused as refusal:
        return refusal.code
    assert all(0 <= each.start <= each.end for each in found)
    return "found"


def test_an_answer_of_the_second_process_is_not_believed(
    lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer in (b"nonsense\n", b"[1]\n", b'[5, 1, [[null, "x"]]]\n', b"[NaN, 1, []]\n", b"[" * 90_000):

        def lie(*_: Any, out: Path, answer: bytes = answer, **__: Any) -> dict[str, Any]:
            out.write_bytes(answer)
            return {}

        monkeypatch.setattr(subtitles, "in_child", lie)
        with pytest.raises(InputRefused) as refusal:
            captions_inside(lesson)
        assert refusal.value.code == "UNREADABLE"


@given(st.sampled_from(sorted(subtitles._TEXT_OF)), st.binary(max_size=80))
def test_any_bytes_become_text_or_nothing(codec: str, payload: bytes) -> None:
    for who, text in subtitles._TEXT_OF[codec](payload):
        assert text.strip()
        assert who is None or who.strip()
        json.dumps(text).encode()
        text.encode("utf-8")
