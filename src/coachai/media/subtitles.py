"""Captions inside a recording: their text and times, taken out so that they go in as any captions do.

No measure ever reads them from here. `captions_to` runs in the child only; it takes the packets as they
are, because libav's decoders lose text (in WebVTT all after a lone "<", in ASS whatever stands in braces).
"""

from __future__ import annotations

import html
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachai.media.held import held
from coachai.media.isolation import in_child, no_progress
from coachai.media.refusals import refused
from coachai.records import Progress, Span

MOST_CUES = 100_000
MOST_BYTES = 20_000_000
"""More than the captions of any lesson, and what the reader of captions takes."""

LONGEST_SHOWN = 7.0
"""Seconds for which a caption without a length is shown, unless the next one comes."""

_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>|</?[\d:.]*>")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]*)>", re.IGNORECASE)
_OVERRIDE = re.compile(r"\{\\[^{}]*\}")
_ASS_FIELDS = 8  # ReadOrder, Layer, Style, Name, three margins, Effect; then the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtitle(Span):
    """What is shown from `start` to `end` (s, the player's clock): text by voice; None where none is named.

    Texts are without markup and may have several lines.
    """

    said: tuple[tuple[str | None, str], ...]


def captions_inside(path: Path, progress: Progress = no_progress) -> tuple[Subtitle, ...]:
    """The first text track of captions in the recording at `path`, sorted by start.

    Raises InputRefused (NO_CAPTIONS, CAPTIONS_NOT_TEXT_INSIDE, TOO_MANY_CAPTIONS, and what opening a
    recording raises) and EnvironmentLacks.
    """
    path = Path(path)
    with tempfile.TemporaryDirectory() as folder, held(path) as source:
        out = Path(folder) / "captions"
        out.touch()
        in_child("captions", {"demuxer": source.demuxer}, source.file, progress, out=out)
        try:
            with out.open("rb") as lines:
                found = [_subtitle(json.loads(line)) for line in lines]
        except (ValueError, TypeError, RecursionError):
            raise refused("UNREADABLE") from None
    if not found:
        raise refused("NO_CAPTIONS")
    return tuple(sorted(found, key=lambda each: (each.start, each.end)))


def _subtitle(row: Any) -> Subtitle:
    """What the child wrote, believed in nothing; raises ValueError or TypeError."""
    start, end, said = row
    return Subtitle(
        start=float(start),
        end=float(end),
        said=tuple((None if who is None else str(who), str(text)) for who, text in said),
    )


def captions_to(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Write a caption of request["path"] a line at request["out"], as JSON: start, end, [[voice, text]]."""
    from av.stream import Discard

    from coachai.media.opening import opened

    with (
        opened(Path(request["path"]), request["demuxer"]) as recording,
        Path(request["out"]).open("wb") as file,
    ):
        tracks = list(recording.container.streams.subtitles)
        if not tracks:
            raise refused("NO_CAPTIONS")
        track = next((each for each in tracks if codec_of(each) in _TEXT_OF), None)
        if track is None:
            raise refused("CAPTIONS_NOT_TEXT_INSIDE")
        for stream in recording.container.streams:
            if stream is not track:
                stream.discard = Discard.all
        written = 0
        for number, row in enumerate(_shown(recording, track)):
            line = json.dumps(row).encode() + b"\n"
            written += len(line)
            if number >= MOST_CUES or written > MOST_BYTES:
                raise refused("TOO_MANY_CAPTIONS")
            file.write(line)
    progress(1.0)
    return {}


def codec_of(track: Any) -> str:
    """Short name of a track's codec; empty where this libav has none for it."""
    return str(track.codec_context.codec.canonical_name) if track.codec_context is not None else ""


def is_text(track: Any) -> bool:
    """Whether a track of captions holds text that can be read here, not pictures."""
    return codec_of(track) in _TEXT_OF


def _shown(recording: Any, track: Any) -> Iterator[tuple[float, float, list[tuple[str | None, str]]]]:
    """Captions in the order of the file; one without a length lasts until the next, or a while."""
    from coachai.media.opening import packet_span, packets

    text_of = _TEXT_OF[codec_of(track)]
    waiting: tuple[float, list[tuple[str | None, str]]] | None = None
    for packet in packets(recording.container, track):
        span = packet_span(packet, recording.origin)
        if span is None or packet.size == 0:
            continue
        start, end = max(0.0, span[0]), span[1]
        if waiting is not None and start > waiting[0]:
            yield waiting[0], min(start, waiting[0] + LONGEST_SHOWN), waiting[1]
            waiting = None
        said = text_of(bytes(packet))
        if said and end > start:
            yield start, end, said
        elif said and span[0] >= 0:
            waiting = start, said
    if waiting is not None:
        yield waiting[0], waiting[0] + LONGEST_SHOWN, waiting[1]


def _of_mov_text(payload: bytes) -> list[tuple[str | None, str]]:
    """Two bytes of length, the text, then boxes of style (3GPP TS 26.245)."""
    text = payload[2 : 2 + int.from_bytes(payload[:2], "big")]
    marked = text.startswith((b"\xfe\xff", b"\xff\xfe"))
    return _unmarked(text.decode("utf-16" if marked else "utf-8", "replace"))


def _of_subrip(payload: bytes) -> list[tuple[str | None, str]]:
    return _unmarked(_OVERRIDE.sub("", payload.decode("utf-8", "replace")))


def _of_webvtt(payload: bytes) -> list[tuple[str | None, str]]:
    """A cue's text: voices kept, other tags away, entities read."""
    parts = _VOICE.split(payload.decode("utf-8", "replace"))
    voices = [None, *(html.unescape(each).strip() or None for each in parts[1::2])]
    texts = (html.unescape(_TAG.sub("", each)) for each in parts[::2])
    return [(who, cleaned) for who, text in zip(voices, texts, strict=True) if (cleaned := _in_lines(text))]


def _of_ass(payload: bytes) -> list[tuple[str | None, str]]:
    """The last field of a dialogue line; `Name` is no voice, editors use it as they like."""
    text = payload.decode("utf-8", "replace").split(",", _ASS_FIELDS)[-1]
    plain = _OVERRIDE.sub("", text)
    return _unmarked(re.sub(r"\\[Nn]", "\n", plain).replace("\\h", " "))


def _unmarked(text: str) -> list[tuple[str | None, str]]:
    plain = _in_lines(_TAG.sub("", text))
    return [(None, plain)] if plain else []


def _in_lines(text: str) -> str:
    """Lines with something on them, in NUL-free text."""
    lines = (" ".join(line.split()) for line in text.replace("\0", "").splitlines())
    return "\n".join(line for line in lines if line)


_TEXT_OF: dict[str, Callable[[bytes], list[tuple[str | None, str]]]] = {
    "mov_text": _of_mov_text,
    "subrip": _of_subrip,
    "text": _of_subrip,
    "webvtt": _of_webvtt,
    "ass": _of_ass,
    "ssa": _of_ass,
}
