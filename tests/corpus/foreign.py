"""What is no recording at all, or only pretends to be one (M-01, M-02, M-20)."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

from tests.corpus.case import Case, refused


def _zip() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("lesson.mp4", bytes(9000))
    return written.getvalue()


_NO_MEDIA: dict[str, bytes] = {
    "html": b"<!doctype html><html><head><title>lesson</title></head><body>Hello</body></html>",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\n" + bytes(3000),
    "zip": _zip(),
    "elf": b"\x7fELF\x02\x01\x01" + bytes(5000),
    "exe": b"MZ\x90\x00\x03" + bytes(5000),
    "py": b"#!/usr/bin/env python3\nprint('hello')\n",
    "txt": b"Good morning, everyone. " * 400,
    "utf-16": "Good morning, everyone. ".encode("utf-16") * 100,
    "random": random.Random(7).randbytes(70_000),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(5000),
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(5000),
    "gif": b"GIF89a" + bytes(5000),
    "webp": b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(5000),
    "heic": b"\x00\x00\x00\x18ftypheic" + bytes(5000),
    "midi": b"MThd\x00\x00\x00\x06" + bytes(5000),
    "vtt": b"WEBVTT\n\n00:00.000 --> 00:02.000\nGood morning.\n",
    "zeros": bytes(70_000),
}

_SESSION = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\n"
_HOST = "http://127.0.0.1:9/"
_PLAYLISTS: dict[str, str] = {
    "hls-http.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{_HOST}a.ts\n#EXT-X-ENDLIST\n",
    "hls-http.m3u8": f"#EXTM3U\n#EXTINF:9,\n{_HOST}a.ts\n#EXT-X-ENDLIST\n",
    "hls-http": f"#EXTM3U\n#EXTINF:9,\n{_HOST}a.ts\n#EXT-X-ENDLIST\n",
    "hls-file.mp4": "#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "hls-file.m3u8": "#EXTM3U\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n",
    "hls-neighbour.mp4": "#EXTM3U\n#EXTINF:9,\nother.mp4\n#EXT-X-ENDLIST\n",
    "hls-master-http.mp4": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{_HOST}a.m3u8\n",
    "hls-master-file.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nother.m3u8\n",
    "hls-master": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nother.m3u8\n",
    "hls-byte-order-mark.mp4": "﻿#EXTM3U\n#EXTINF:9,\n/etc/passwd\n",
    "hls-concat.mp4": "#EXTM3U\n#EXTINF:9,\nconcat:/etc/passwd|/etc/hosts\n#EXT-X-ENDLIST\n",
    "hls-data.mp4": "#EXTM3U\n#EXTINF:9,\ndata:video/mp2t;base64,R0AAEA==\n#EXT-X-ENDLIST\n",
    "hls-key.mp4": f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{_HOST}key"\n#EXTINF:9,\na.ts\n#EXT-X-ENDLIST\n',
    "hls-map.mp4": f'#EXTM3U\n#EXT-X-MAP:URI="{_HOST}init.mp4"\n#EXTINF:9,\na.m4s\n#EXT-X-ENDLIST\n',
    "hls-crlf.mp4": "#EXTM3U\r\n#EXTINF:9,\r\n/etc/passwd\r\n",
    "ffconcat-absolute.mp4": "ffconcat version 1.0\nfile '/etc/passwd'\n",
    "ffconcat-relative.mp4": "ffconcat version 1.0\nfile other.mp4\n",
    "ffconcat-http.mp4": f"ffconcat version 1.0\nfile {_HOST}a.mp4\n",
    "ffconcat": "ffconcat version 1.0\nfile other.mp4\n",
    "dash-http.mp4": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>'
    f"<BaseURL>{_HOST}</BaseURL></Period></MPD>",
    "dash-file.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>'
    "<BaseURL>/etc/</BaseURL></Period></MPD>",
    "session.sdp": f"{_SESSION}m=audio 5004 RTP/AVP 0\r\n",
    "session.mp4": f"{_SESSION}m=video 5004 RTP/AVP 96\r\n",
    "radio.asx": f'<asx version="3.0"><entry><ref href="{_HOST}a.wma"/></entry></asx>',
    "radio.smil": f'<smil><body><video src="{_HOST}a.mp4"/></body></smil>',
    "radio.ram": f"rtsp://127.0.0.1:9/a.rm\n{_HOST}a.rm\n",
    "radio.pls": f"[playlist]\nFile1={_HOST}a.mp3\nNumberOfEntries=1\n",
    "redirect.mp4": "RTSPtextRTSP://127.0.0.1:9/a.mov\n",
    "image-pattern.mp4": "img%03d.png\n",
    "play.vpy": "import vapoursynth\n",
    "play.avs": "AviSource('other.avi')\n",
}


def _playlist_in_avi() -> bytes:
    """An AVI whose subtitles are a playlist: the shape in which a demuxer once let files out."""
    text = (
        f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.0,\nGOD.txt\n#EXTINF:1.0,\n{_HOST}a\n#EXT-X-ENDLIST\n"
    )
    gab = (
        b"GAB2\x00\x02\x00\x02\x00\x00\x00\x00\x00\x00\x04\x00"
        + len(text).to_bytes(4, "little")
        + text.encode()
    )
    strh = b"strh8\x00\x00\x00txts" + bytes(52)
    hdrl = (
        b"hdrlavih8\x00\x00\x00"
        + bytes(56)
        + b"LIST"
        + (4 + len(strh)).to_bytes(4, "little")
        + b"strl"
        + strh
    )
    movi = b"movi01tx" + len(gab).to_bytes(4, "little") + gab
    body = b"AVI " + b"".join(b"LIST" + len(each).to_bytes(4, "little") + each for each in (hdrl, movi))
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _constant(content: bytes) -> Callable[[], bytes]:
    return lambda: content


CASES: list[Case] = [
    refused("M-01", "nothing.mp4", _constant(b""), "EMPTY_FILE"),
    refused("M-01", "one-byte.mp4", _constant(b"x"), "EMPTY_FILE"),
    *(refused("M-02", f"{kind}.mp4", _constant(each), "NOT_MEDIA") for kind, each in _NO_MEDIA.items()),
    *(refused("M-20", name, _constant(each.encode()), "NOT_MEDIA") for name, each in _PLAYLISTS.items()),
    refused("M-20", "playlist-in.avi", _playlist_in_avi, "NOT_MEDIA"),
]
