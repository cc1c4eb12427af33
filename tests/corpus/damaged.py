"""Files that are cut, holed, lying or locked (M-03, M-04, M-10 to M-17)."""

from __future__ import annotations

from collections.abc import Callable

from tests.corpus.case import Case, fine, noted, partly, refused
from tests.corpus.source import (
    FASTSTART,
    SECONDS,
    SUFFIX,
    Track,
    healthy,
    muxed,
    pcm,
    picture,
    sound,
    speech,
    wav_head,
)
from tests.corpus.surgery import cut, holed, media_of, patched, spoilt

TWICE = 2 * SECONDS - 18.0
_PARTIAL = (
    "We could only read {n} of {n}. The rest of the file is missing. Everything below is about the readable "
    "part."
)
_FIRST = (
    "We could only read the first {n}. The rest of the file is missing. Everything below is about the "
    "readable part."
)
_GAPS = (
    "The sound in this file has gaps, which browsers skip over. Watch the copy named playable.mp4, where "
    "sound and picture stay together."
)
_MISSING = "Sound is missing from {n} to {n}."


def _cut(kind: str, share: float, seconds: float = SECONDS) -> Callable[[], bytes]:
    return lambda: cut(healthy(kind, seconds), share)


def _missing(places: int, *, more: bool = False) -> tuple[str, ...]:
    """What is said of that many places without sound (`more`: and of others that are only counted)."""
    rest = "Sound is missing in {n} more places, {n} seconds in all."
    return (*[_MISSING] * places, *([rest] if more else []))


def _leaping(form: str, heard: str, seen: str | None, leap: float) -> Callable[[], bytes]:
    def edit(kind: str, time: float) -> float:
        return time + (leap if time >= 30 else 0.0)

    def make() -> bytes:
        tracks = [Track(content=sound(heard), edit=edit)]
        if seen:
            tracks.insert(0, Track(content=picture(seen), edit=edit))
        return muxed(form, tracks)

    return make


def _spoilt(kind: str, share: float, block: int = 1) -> Callable[[], bytes]:
    def make() -> bytes:
        content = healthy(kind)
        if b"mdat" not in content or b"moof" in content:
            return spoilt(content, share, block=block, keep=8192)
        first, last = media_of(content)
        return content[:first] + spoilt(content[first:last], share, block=block) + content[last:]

    return make


def _holed(kind: str, first: float, last: float) -> Callable[[], bytes]:
    return lambda: holed(healthy(kind), first, last)


def _patched(kind: str, mark: bytes, offset: int, value: bytes) -> Callable[[], bytes]:
    return lambda: patched(healthy(kind), mark, offset, value)


_CENC = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
    "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
}


def _encrypted(form: str = "mp4") -> bytes:
    return muxed(form, [picture(), sound()], options={**_CENC, **FASTSTART})


def _encrypted_under_another_name() -> bytes:
    """Encrypted, but calling itself plain: every packet fails, and only the scheme's box gives it away."""
    return _encrypted().replace(b"enca", b"mp4a").replace(b"encv", b"avc1")


def _endless(content: bytes) -> bytes:
    for mark in (b"mvhd", b"mdhd", b"tkhd"):
        content = patched(content, mark, 24 if mark == b"tkhd" else 20, b"\x7f\xff\xff\xff")
    return content


def _wav(**fields: int) -> Callable[[], bytes]:
    wave = speech(SECONDS, 16_000)
    return lambda: wav_head(wave.nbytes, **{"rate": 16_000, **fields}) + wave.tobytes()


_HUGE = (2**31).to_bytes(4, "big")

CASES: list[Case] = [
    *(
        refused(
            "M-03",
            f"unfinished-{round(100 * share)}.mp4",
            _cut("moov-at-end.mp4", share),
            "UNFINISHED_RECORDING",
        )
        for share in (0.02, 0.5, 0.97)
    ),
    refused("M-03", "unfinished.mov", _cut("apple.mov", 0.6), "UNFINISHED_RECORDING"),
    refused("M-03", "index-cut.mp4", lambda: healthy("moov-at-end.mp4")[:-100], "UNFINISHED_RECORDING"),
    *(
        partly("M-04", f"cut-{kind}", _cut(kind, 0.65), _PARTIAL)
        for kind in (
            "faststart.mp4",
            "matroska.mkv",
            "web.webm",
            "sound.wav",
            "old.avi",
            "sound.flac",
            "sound.mp3",
        )
    ),
    partly("M-04", "cut-fragmented.mp4", _cut("fragmented.mp4", 0.65, TWICE), _FIRST, _MISSING),
    partly("M-04", "cut-sound.ogg", _cut("sound.ogg", 0.65, TWICE), _FIRST),
    partly("M-04", "cut-camera.mts", _cut("camera.mts", 0.65, TWICE), _FIRST),
    partly("M-04", "cut-sound.aac", _cut("sound.aac", 0.65, TWICE), _FIRST),
    refused("M-04", "cut-early.mkv", _cut("matroska.mkv", 0.3), "TOO_DAMAGED"),
    refused("M-04", "cut-early.wav", _cut("sound.wav", 0.1), "TOO_DAMAGED"),
    *(
        refused(
            "M-10", f"leap.{SUFFIX.get(form, form)}", _leaping(form, heard, seen, 3600.0), "BROKEN_TIMELINE"
        )
        for form, heard, seen in (
            ("mp4", "aac", "libx264"),
            ("matroska", "aac", "libx264"),
            ("webm", "libopus", "libvpx"),
            ("mov", "aac", "libx264"),
            ("mpegts", "aac", "libx264"),
        )
    ),
    refused("M-10", "leap-sound.m4a", _leaping("ipod", "aac", None, 3600.0), "BROKEN_TIMELINE"),
    *(
        partly("M-11", f"spoilt-1-{kind}", _spoilt(kind, 0.01, 512), *_missing(5, more=True))
        for kind in ("moov-at-end.mp4", "apple.mov", "sound.mp3", "sound.aac", "fragmented.mp4")
    ),
    *(
        partly("M-11", f"spoilt-1-{kind}", _spoilt(kind, 0.01, 512), _GAPS, *_missing(5, more=True))
        for kind in ("matroska.mkv", "camera.mts", "sound.ogg")
    ),
    partly("M-11", "spoilt-1-old.avi", _spoilt("old.avi", 0.01, 512), _MISSING),
    noted("M-11", "spoilt-1-sound.flac", _spoilt("sound.flac", 0.01, 512), _GAPS),
    partly("M-12", "spoilt-20.mp4", _spoilt("moov-at-end.mp4", 0.2, 4096), *_missing(5, more=True)),
    partly(
        "M-12",
        "spoilt-20.mkv",
        _spoilt("matroska.mkv", 0.2, 4096),
        _PARTIAL,
        _GAPS,
        *_missing(5, more=True),
    ),
    partly("M-12", "hole-faststart.mp4", _holed("faststart.mp4", 0.4, 0.6), _MISSING),
    *(
        partly("M-12", f"hole-{kind}", _holed(kind, 0.4, 0.6), _GAPS, _MISSING)
        for kind in ("matroska.mkv", "web.webm", "camera.mts", "sound.flac", "sound.ogg")
    ),
    partly("M-12", "hole-sound.mp3", _holed("sound.mp3", 0.4, 0.6), _PARTIAL, _MISSING),
    partly("M-12", "hole-old.avi", _holed("old.avi", 0.4, 0.6), _PARTIAL),
    refused("M-12", "spoilt-web.webm", _spoilt("web.webm", 0.01), "TOO_DAMAGED"),
    *(
        refused("M-13", f"spoilt-50-{kind}", _spoilt(kind, 0.5), "TOO_DAMAGED")
        for kind in ("moov-at-end.mp4", "matroska.mkv", "web.webm", "old.avi", "camera.mts")
    ),
    refused("M-13", "spoilt-50-sound.flac", _spoilt("sound.flac", 0.5), "UNREADABLE"),
    refused("M-14", "bought.mp4", _encrypted, "PROTECTED"),
    refused("M-14", "bought.mov", lambda: patched(healthy("apple.mov"), b"mp4a", 0, b"drms"), "PROTECTED"),
    refused("M-14", "bought-renamed.mp4", _encrypted_under_another_name, "PROTECTED"),
    refused("M-14", "bought.m4a", lambda: muxed("mp4", [sound()], options=_CENC), "PROTECTED"),
    fine("M-15", "endless.mp4", lambda: _endless(healthy("moov-at-end.mp4"))),
    fine("M-15", "endless.mov", lambda: _endless(healthy("apple.mov"))),
    fine(
        "M-15",
        "endless.mkv",
        lambda: patched(healthy("matroska.mkv"), b"\x44\x89\x88", 3, b"\x43\x00" + bytes(6)),
    ),
    *(
        refused(
            "M-16",
            f"{mark.decode()}-count.mp4",
            _patched("moov-at-end.mp4", mark, offset, _HUGE),
            "UNREADABLE",
        )
        for mark, offset in ((b"stsz", 12), (b"stts", 8), (b"stsc", 8))
    ),
    refused("M-17", "rate-0.wav", _wav(rate=0), "UNREADABLE"),
    refused("M-17", "channels-65535.wav", _wav(channels=65_535), "UNREADABLE"),
    refused("M-17", "channels-0.wav", _wav(channels=0), "UNREADABLE"),
    refused("M-17", "bits-0.wav", _wav(bits=0), "UNREADABLE"),
    refused("M-17", "rate-huge.wav", _wav(rate=2**32 - 1), "UNREADABLE"),
    refused("M-17", "codec-unknown.wav", _wav(kind=0x4321), "UNREADABLE"),
    fine("M-17", "size-unknown.wav", lambda: patched(pcm(speech()), b"data", 4, b"\xff" * 4)),
    fine(
        "M-17",
        "sizes-unknown.wav",
        lambda: patched(patched(pcm(speech()), b"data", 4, b"\xff" * 4), b"RIFF", 4, b"\xff" * 4),
    ),
]
