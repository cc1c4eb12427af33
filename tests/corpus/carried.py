"""Recordings that carry more than sound and pictures: references, names, places (M-21, M-27 to M-30)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.corpus.case import Case, fine, refused
from tests.corpus.source import healthy, muxed, picture, sound
from tests.corpus.surgery import appended, box, element, grown, span_of

_MINF = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")


def _elsewhere(alias: bytes) -> Callable[[], bytes]:
    """A sound track that says that its samples lie in another file."""

    def make() -> bytes:
        content = muxed("mov", [sound()])
        start, end = span_of(content, _MINF)
        longer = grown(content, _MINF, b"\0" * (len(alias) - (end - start - 16)))
        return longer[: start + 16] + alias + longer[start + 16 + len(alias) :]

    return make


def _alias(path: bytes) -> bytes:
    """An `alis` reference of the old Macintosh kind with an absolute path (type 18) in it."""
    record = bytes(6) + (150 + 4 + len(path)).to_bytes(2, "big") + bytes(2) + bytes(2)
    record = record.ljust(150, b"\0") + (18).to_bytes(2, "big") + len(path).to_bytes(2, "big") + path
    return box(b"alis", bytes(4), record, b"\xff\xff\0\0")


def _text(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _chapters() -> bytes:
    """Ordered chapters that go on in another file (a linked segment)."""
    uid = element("73c4", b"\1")
    times = element("91", b"\0"), element("92", (10**10).to_bytes(8, "big"))
    other = element("6e67", bytes(range(16)))
    atom = element("b6", uid, *times, other)
    return element("1043a770", element("45b9", element("45dd", b"\1"), atom))


def _attachment(name: bytes, content: bytes) -> bytes:
    told = element("466e", name), element("4660", b"text/html"), element("46ae", b"\1")
    return element("1941a469", element("61a7", *told, element("465c", content)))


def _many_tracks() -> bytes:
    """A thousand sound tracks, of which the first is one."""
    content = muxed("mp4", [sound()])
    start, end = span_of(content, (b"moov", b"trak"))
    return grown(content, (b"moov",), content[start:end] * 999)


def _tagged(form: str, tags: Mapping[str, str], *more: bytes) -> Callable[[], bytes]:
    return lambda: muxed(form, [*more, sound()], tags=tags)


def _subtitled(form: str, codec: str, cues: list[bytes]) -> Callable[[], bytes]:
    heard, seen = ("libopus", "libvpx") if form == "webm" else ("aac", "libx264")
    return lambda: muxed(form, [picture(seen), sound(heard)], cues=(codec, cues))


def _with_place(form: str, *, rebuilt: bool) -> Callable[[], bytes]:
    """A telephone's video with where it was made; `rebuilt`: in a form that browsers do not play."""

    def make() -> bytes:
        tracks = [picture("mpeg4" if rebuilt else "libx264"), sound()]
        tags = {"location": _PLACE, "comment": f"at {_PLACE}", "title": f"home {_PLACE}"}
        options = {"movflags": "use_metadata_tags"} if form == "mov" else {}
        return muxed(form, tracks, tags=tags, options=options)

    return make


_PLACE = "+48.8577+002.2950/"
_SPOKEN = b"<b>Hi</b><script>alert(1)</script><img src=x onerror=alert(1)>"
_STYLED = b"0,0,Default,,0,0,0,,"
_TAGS = {
    "script": "<script>alert(1)</script>",
    "template": "{{7*7}} ${7*7} <%= 7*7 %>",
    "header": "a\r\nSet-Cookie: x=1\r\n\r\n<b>",
    "path": "../../../../etc/passwd",
    "unicode": "\u202egnp.4pm \U0001f393 \x07\x1b[31m",
}
_NAMES = (
    "<img src=x onerror=alert(1)>.mp4",
    "\u202e4pm.lesson.mp4",
    "\U0001f393 Lecci\xf3n \u8ab2\u5802 \u06f1.mp4",
    "a\nb\tc\x1b[31m\x07.mp4",
    "\u201c;rm -rf ~;'`id`$(id)&.mp4",
    "{{7*7}}%s%n{0}[red]x[bold].mp4",
    "x" * 251 + ".mp4",
    "\xe9" * 125 + ".mp4",
    "no suffix",
    "..mp4",
)
_MARKUP = (b"<script>alert(1)", b"<img src=x", b"\x1b[31m")


def _inert(row: str, name: str, make: Callable[[], bytes]) -> Case:
    return Case(row=row, name=name, make=make, outcome="ok", absent=_MARKUP, absent_in=".html")


def _captioned(name: str, make: Callable[[], bytes]) -> Case:
    """A file with captions as text: told of, never measured, and inert."""
    told = (
        "This recording carries captions. To use them, take them out with “coachai export” and hand the file "
        "in with --captions."
    )
    made = _inert("M-29", name, make)
    return replace(made, outcome="ok+note", texts=(told,))


def _placeless(name: str, make: Callable[[], bytes]) -> Case:
    return Case(row="M-30", name=name, make=make, outcome="ok", absent=(b"48.8577", b"002.2950"))


def _movable() -> bytes:
    """Pieces that count from their own beginning: the one MP4 that what is in front may push along."""
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    return muxed("mp4", [picture("libx264"), sound("aac")], options=options)


CASES: list[Case] = [
    fine("M-21", "elsewhere-absolute.mov", _elsewhere(_alias(b"Disk:etc:passwd"))),
    fine("M-21", "elsewhere-near.mov", _elsewhere(_alias(b"other.mov"))),
    fine("M-21", "chapters.mkv", lambda: appended(healthy("matroska.mkv"), _chapters())),
    fine(
        "M-21",
        "attachment.mkv",
        lambda: appended(healthy("matroska.mkv"), _attachment(b"../../evil.html", b"<script>" * 9000)),
    ),
    fine("M-21", "ten-megabytes-of-tags.mp4", _tagged("mp4", {"comment": "x" * 10_000_000})),
    fine("M-21", "ten-megabytes-of-tags.mkv", _tagged("matroska", {"comment": "x" * 10_000_000})),
    refused("M-21", "thousand-tracks.mp4", _many_tracks, "UNREADABLE"),
    *(_inert("M-27", f"tag-{kind}.mp4", _tagged("mp4", {"title": text})) for kind, text in _TAGS.items()),
    _inert("M-27", "tags.mkv", _tagged("matroska", _TAGS)),
    _inert("M-27", "tags.webm", lambda: muxed("webm", [sound("libopus")], tags=_TAGS)),
    _inert("M-27", "tags.mp3", lambda: muxed("mp3", [sound("libmp3lame")], tags=_TAGS)),
    _inert("M-27", "tags.flac", lambda: muxed("flac", [sound("flac")], tags=_TAGS)),
    *(_inert("M-27", name, lambda: healthy("sound.m4a")) for name in _NAMES),
    fine("M-28", "page-behind.mp4", lambda: healthy("moov-at-end.mp4") + box(b"free", b"<html>" * 2000)),
    fine(
        "M-28",
        "page-in-front.mp4",
        lambda: box(b"free", b"<!doctype html><script>alert(1)</script>") + _movable(),
    ),
    fine(
        "M-28",
        "archive-behind.mp4",
        lambda: healthy("moov-at-end.mp4") + box(b"skip", b"PK\3\4" + bytes(900)),
    ),
    fine("M-28", "wave-named.mp4", lambda: healthy("sound.wav")),
    fine("M-28", "film-named.wav", lambda: healthy("faststart.mp4")),
    fine("M-28", "film-named.html", lambda: healthy("faststart.mp4")),
    fine("M-28", "matroska-named.avi", lambda: healthy("matroska.mkv")),
    fine("M-28", "song-named.m3u8", lambda: healthy("sound.mp3")),
    _captioned("subtitles.mp4", _subtitled("mp4", "mov_text", [_text(_SPOKEN)] * 20)),
    _captioned("subtitles.mkv", _subtitled("matroska", "subrip", [_SPOKEN] * 20)),
    _captioned(
        "styled-subtitles.mkv",
        _subtitled("matroska", "ass", [b"0,0,Default,,0,0,0,," + _SPOKEN] * 20),
    ),
    _captioned("subtitles.webm", _subtitled("webm", "webvtt", [_SPOKEN] * 20)),
    _inert("M-29", "picture-subtitles.mkv", _subtitled("matroska", "hdmv_pgs_subtitle", [b"\x16\0\0"] * 20)),
    _captioned("hundred-thousand-cues.mkv", _subtitled("matroska", "subrip", [b"x"] * 100_000)),
    _placeless("place.mp4", _with_place("mp4", rebuilt=False)),
    _placeless("place.mov", _with_place("mov", rebuilt=False)),
    _placeless("place-rebuilt.mov", _with_place("mov", rebuilt=True)),
    _placeless("place-rebuilt.mkv", _with_place("matroska", rebuilt=True)),
    _placeless("place-rebuilt.mp4", _with_place("mp4", rebuilt=True)),
]
