"""Files that are whole, but not as most are (M-05 to M-09, M-18)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.corpus.case import Case, fine, noted, partly, refused
from tests.corpus.source import (
    HEALTHY,
    RATE,
    SECONDS,
    SUFFIX,
    Track,
    encoded,
    healthy,
    muxed,
    pcm,
    picture,
    sound,
    speech,
)
from tests.corpus.surgery import patched

_TRACKS = (
    "This file has {count} sound tracks. We used track {track}{language}. Choose another track with --track "
    "{other}."
)
_PHONE = "Phone-quality sound (8 kHz)"
_GAPS = (
    "The sound in this file has gaps, which browsers skip over. Watch the copy named playable.mp4, where "
    "sound and picture stay together."
)


def _healthy(kind: str) -> Callable[[], bytes]:
    return lambda: healthy(kind)


def _silent(form: str, seen: str) -> Callable[[], bytes]:
    return lambda: muxed(form, [picture(seen)])


def _languages(form: str, *languages: str | None) -> Callable[[], bytes]:
    def make() -> bytes:
        heard = [Track(content=sound(), language=each) for each in languages]
        return muxed(form, [picture(), *heard])

    return make


def _six(codec: str, form: str) -> Callable[[], bytes]:
    """The voice in the middle one of six channels, as cameras with room microphones make it."""

    def make() -> bytes:
        wave = np.zeros((round(SECONDS * RATE), 6), np.int16)
        wave[:, 2] = speech()
        if codec == "wav":
            return pcm(wave, channels=6)
        return muxed(form, [encoded(wave, codec, layout="5.1")])

    return make


def _at(rate: int, codec: str, form: str) -> Callable[[], bytes]:
    return lambda: muxed(form, [encoded(speech(rate=rate), codec, rate=rate)])


def _varying(kind: str, time: float) -> float | None:
    """Every second picture of odd seconds dropped: a phone that saves light."""
    return None if kind == "video" and int(time) % 2 and int(time * 10) % 2 else time


def _uneven(kind: str, time: float) -> float | None:
    return time + 0.04 * np.sin(time) ** 2 if kind == "video" else time


def _edited(
    form: str, heard: str, seen: str | None, edit: Callable[[str, float], float | None]
) -> Callable[[], bytes]:
    def make() -> bytes:
        tracks = [Track(content=sound(heard), edit=edit)]
        if seen:
            tracks.insert(0, Track(content=picture(seen), edit=edit))
        return muxed(form, tracks)

    return make


def _late_with_hole(kind: str, time: float) -> float | None:
    return None if kind == "audio" and (time < 2.0 or 5.0 <= time < 7.0) else time


_LATE = "Sound is missing from 0:00 to 0:02."
_HOLE = "Sound is missing from 0:05 to 0:07."

CASES: list[Case] = [
    *(fine("M-05", kind, _healthy(kind)) for kind in HEALTHY),
    fine("M-05", "sound-ends-first.mp4", lambda: muxed("mp4", [picture(seconds=SECONDS + 0.4), sound()])),
    fine(
        "M-05",
        "primed.mp4",
        _edited("mp4", "aac", "libx264", lambda kind, time: time + (0.18 if kind == "audio" else 0.0)),
    ),
    *(
        refused("M-06", f"no-sound.{SUFFIX.get(form, form)}", _silent(form, seen), "NO_SOUND")
        for form, seen in (
            ("mp4", "libx264"),
            ("matroska", "libx264"),
            ("webm", "libvpx"),
            ("avi", "mpeg4"),
            ("mov", "libx264"),
            ("mpegts", "libx264"),
        )
    ),
    noted(
        "M-07",
        "two-languages.mp4",
        _languages("mp4", "eng", "spa"),
        _TRACKS.format(count=2, track=1, language=" (English)", other=2),
    ),
    noted(
        "M-07",
        "two-languages.mkv",
        _languages("matroska", "spa", "eng"),
        _TRACKS.format(count=2, track=1, language=" (Spanish)", other=2),
    ),
    noted(
        "M-07",
        "two-tracks.mov",
        _languages("mov", None, None),
        _TRACKS.format(count=2, track=1, language="", other=2),
    ),
    noted(
        "M-07",
        "three-tracks.mp4",
        _languages("mp4", "fra", "eng", "deu"),
        _TRACKS.format(count=3, track=1, language=" (French)", other=2),
    ),
    noted(
        "M-07",
        "two-tracks.mts",
        _languages("mpegts", "eng", "spa"),
        _TRACKS.format(count=2, track=1, language=" (English)", other=2),
    ),
    Case(
        row="M-07",
        name="second-of-two.mp4",
        make=_languages("mp4", "eng", "spa"),
        outcome="ok+note",
        options=("--track", "2"),
        texts=(_TRACKS.format(count=2, track=2, language=" (Spanish)", other=1),),
    ),
    refused("M-07", "third-of-two.mp4", _languages("mp4", "eng", "spa"), "NO_SUCH_TRACK", "--track", "3"),
    fine("M-08", "six-channels.m4a", _six("aac", "ipod")),
    fine("M-08", "six-channels.wav", _six("wav", "wav")),
    fine("M-08", "six-channels.mkv", _six("flac", "matroska")),
    noted("M-08", "phone.wav", _at(8000, "pcm_s16le", "wav"), _PHONE),
    noted("M-08", "phone.mp4", _at(8000, "aac", "mp4"), _PHONE),
    noted("M-08", "phone-law.wav", _at(8000, "pcm_mulaw", "wav"), _PHONE),
    fine("M-08", "fine.wav", _at(96_000, "pcm_s16le", "wav")),
    fine("M-08", "fine.mp4", _at(96_000, "aac", "mp4")),
    fine("M-08", "tape.mp3", _at(44_100, "libmp3lame", "mp3")),
    fine("M-08", "varying-rate.mp4", _edited("mp4", "aac", "libx264", _varying)),
    fine("M-08", "varying-rate.mkv", _edited("matroska", "aac", "libx264", _varying)),
    fine("M-08", "uneven.mp4", _edited("mp4", "aac", "libx264", _uneven)),
    *(
        partly(
            "M-09",
            f"late-with-hole.{SUFFIX.get(form, form)}",
            _edited(form, heard, seen, _late_with_hole),
            _GAPS,
            _LATE,
            _HOLE,
        )
        for form, heard, seen in (
            ("mp4", "aac", "libx264"),
            ("matroska", "aac", "libx264"),
            ("webm", "libopus", "libvpx"),
            ("mov", "aac", "libx264"),
            ("mpegts", "aac", "libx264"),
            ("ipod", "aac", None),
            ("ogg", "libopus", None),
        )
    ),
    partly(
        "M-09",  # an AVI cannot say that sound is late: players play it early, and so do we
        "late-with-hole.avi",
        _edited("avi", "libmp3lame", "mpeg4", _late_with_hole),
        "Sound is missing from 1:00 to 1:04.",
    ),
    fine(
        "M-18",
        "flood.mp4",
        lambda: patched(healthy("moov-at-end.mp4"), b"avc1\0\0\0\0\0\0\0\1", 28, b"\xff\xff\xff\xff"),
    ),
    fine("M-18", "flood.webm", lambda: patched(healthy("web.webm"), b"\x9d\x01\x2a", 3, b"\xff\x3f\xff\x3f")),
    fine("M-18", "flood.avi", lambda: patched(healthy("old.avi"), b"strf", 12, b"\xff\xff\0\0\xff\xff\0\0")),
]
