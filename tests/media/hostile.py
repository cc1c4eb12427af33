"""Files that try to make whoever reads them open something else: bare, and in the clothes of a recording."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Bait:
    """What must never be touched: a file, and a port on this machine where somebody listens."""

    canary: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


def playlists(bait: Bait) -> dict[str, str]:
    """Lists of other files and hosts, each by the name of the libav demuxer that would follow it."""
    url, file = bait.url, bait.canary
    return {
        "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n"
        f"#EXTINF:9,\n{url}a.ts\n#EXTINF:9,\n{file}\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile '{file}'\nfile {file.name}\nfile {url}a.mp4\n",
        "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="audio/mp4">'
        f'<Representation id="1" bandwidth="9"><BaseURL>{url}a</BaseURL></Representation></AdaptationSet>'
        "</Period></MPD>",
        "sdp": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {bait.port} RTP/AVP 0\r\n",
        "rtsp": f"RTSPtextRTSP://127.0.0.1:{bait.port}/a.mov\n",
    }


def disguised(text: str) -> dict[str, bytes]:
    """The text behind the first bytes of every kind of recording that we read."""
    body = text.encode()
    padded = body.ljust(187, b"\n")[:187]
    return {
        "bare.mp4": body,
        "sync.mp3": b"\xff\xfb\x90\x00" + body,
        "tag.mp3": b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + b"\xff\xfb\x90\x00" + body,
        "frame.aac": b"\xff\xf1\x50\x80\x02\x1f\xfc" + body,
        "box.mp4": (8 + len(body)).to_bytes(4, "big") + b"free" + body,
        "type.mov": b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  " + body,
        "stream.flac": b"fLaC" + body,
        "page.ogg": b"OggS\x00\x02" + bytes(20) + b"\x01\xff" + body,
        "head.mkv": b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska" + body,
        "camera.mts": (b"\x47" + padded) * 30,
        "riff.wav": b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WAVE" + body,
        "subtitles.avi": _subtitled_avi(body),
    }


def _subtitled_avi(text: bytes) -> bytes:
    """An AVI whose one stream is a subtitle that holds the text (libav reads it as a file of its own)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return kind + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)

    gab = b"GAB2\x00\x02\x00\x02\x00\x00\x00\x00\x00\x00\x04\x00" + len(text).to_bytes(4, "little") + text
    stream = chunk(b"strh", b"txts" + bytes(52)) + chunk(b"strf", b"")
    head = b"hdrl" + chunk(b"avih", bytes(56)) + chunk(b"LIST", b"strl" + stream)
    return chunk(b"RIFF", b"AVI " + chunk(b"LIST", head) + chunk(b"LIST", b"movi" + chunk(b"00tx", gab)))


def with_reference(recording: bytes, canary: Path) -> bytes:
    """A QuickTime recording (index at the end) that says its sound stands in another file, an alias.

    The record is Apple's: 150 bytes of volume and names, then parts, of which 2 is the absolute path.
    """
    path = str(canary).encode()
    parts = (2).to_bytes(2, "big") + len(path).to_bytes(2, "big") + path + bytes(len(path) % 2)
    alias = bytes(10) + bytes(1) + bytes(27) + bytes(12) + bytes(1) + bytes(63) + bytes(16)
    alias += (1).to_bytes(2, "big") * 2 + bytes(16) + parts + b"\xff\xff\x00\x00"
    entry = b"alis" + bytes(4) + alias
    dref = bytes(4) + (1).to_bytes(4, "big") + (4 + len(entry)).to_bytes(4, "big") + entry
    return _replaced(recording, b"dref", dref)


def _replaced(boxes: bytes, wanted: bytes, content: bytes) -> bytes:
    """The boxes, with the content of every `wanted` one inside replaced and all sizes set right."""
    made, at = b"", 0
    while at + 8 <= len(boxes):
        size, kind = int.from_bytes(boxes[at : at + 4], "big"), boxes[at + 4 : at + 8]
        size = size or len(boxes) - at
        inside = boxes[at + 8 : at + size]
        if kind == wanted:
            inside = content
        elif kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
            inside = _replaced(inside, wanted, content)
        made += (8 + len(inside)).to_bytes(4, "big") + kind + inside
        at += size
    return made
