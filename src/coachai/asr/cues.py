"""A strict reader of caption files: WebVTT and SubRip (SRT) become timed cues.

Tolerant importers lose cues without a word; this one refuses a file it cannot use and counts, with its
line, each single cue that it left out. Sources: W3C WebVTT (2019) for WebVTT; the de facto SubRip layout.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from coachai.errors import InputRefused
from coachai.records import Span

MAX_BYTES = 20_000_000
"""Larger than the captions of any lesson: a day of talk is under 2 MB."""

ROLLING_SHARE = 0.3
"""A file rolls when this share of its cues repeats a line and adds one; few people talk like that."""

PREFIX_SHARE = 0.6
"""`Name: text` is a speaker when this share of the cues begins so; a colon in a sentence is rarer."""

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMING = re.compile(rf"{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t].*)?")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]*)>|</v>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[\d:.]+>|\{\\[^{}]*\}|</>")
_SOUND = re.compile(r"\[[^\[\]]*\]|[♪♫]|^\s*\([^()]*\)\s*$|^\s*>>+")
_PREFIX = re.compile(r"(?:-\s*)?([^\W\d_][^:!?<>]{0,48}?)\s*:\s+(?=\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue(Span):
    """What a caption file shows from `start` to `end` (s, rough): one speaker's words."""

    text: str
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CueFile:
    """A caption file read. `skipped` are the lines (from 1) of cues left out as unusable."""

    cues: tuple[Cue, ...]
    named: bool
    skipped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Block:
    """A cue as it stands in the file: its times and its lines, tags and all."""

    start: float
    end: float
    lines: tuple[str, ...]


def read_cues(path: Path) -> CueFile:
    """The cues of a WebVTT or SRT file. Raises InputRefused where the file cannot be used."""
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputRefused(
                "CAPTIONS_UNREADABLE", f"{path.name} is a folder; name the caption file in it."
            )
        if size > MAX_BYTES:
            raise InputRefused(
                "CAPTIONS_TOO_LARGE",
                f"{path.name} is too large to be captions ({size / 1e6:.0f} MB); is it another file?",
            )
        raw = path.read_bytes()
    except OSError as problem:
        raise InputRefused(
            "CAPTIONS_UNREADABLE",
            f"The caption file {path.name} cannot be opened; check the name and that it may be read.",
        ) from problem
    return parse_cues(_decoded(raw, path.name), path.name)


def parse_cues(text: str, name: str = "the caption file") -> CueFile:
    """The cues in the text of a WebVTT or SRT file; `name` is for messages. Raises InputRefused."""
    lines = (
        text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").split("\n")
    )
    if not any(map(str.strip, lines)):
        raise InputRefused("CAPTIONS_EMPTY", f"{name} is empty; save the captions again and try once more.")
    timed = [number for number, line in enumerate(lines) if "-->" in line]
    if not timed:
        first = next(number for number, line in enumerate(lines, 1) if line.strip())
        raise InputRefused(
            "CAPTIONS_NOT_CAPTIONS",
            f"{name} does not look like WebVTT or SRT captions: from line {first} on there is no line with"
            " times such as 00:00:01.000 --> 00:00:03.000. Download the captions as .vtt or .srt.",
        )
    blocks, skipped = _blocks(lines, timed)
    if not blocks:
        raise InputRefused(
            "CAPTIONS_NO_CUES",
            f"No caption in {name} has times that can be read; the first that cannot is on line"
            f" {skipped[0]}. Download the captions again as .vtt or .srt.",
        )
    blocks.sort(key=lambda each: each.start)
    cues = [cue for block in _unrolled(blocks) for cue in _voiced(block)]
    named = any(cue.speaker for cue in cues)
    if not named:
        cues, named = _prefixed(cues)
    cues = [cue for cue in cues if any(map(str.isalnum, cue.text))]
    if not cues:
        raise InputRefused("CAPTIONS_NO_WORDS", f"{name} has times but no words; choose captions with text.")
    return CueFile(cues=tuple(cues), named=named, skipped=tuple(skipped))


def _decoded(raw: bytes, name: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in raw:
        encodings = []
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputRefused(
        "CAPTIONS_NOT_TEXT",
        f"{name} is not a text file; choose captions saved as .vtt or .srt.",
    )


def _blocks(lines: list[str], timed: list[int]) -> tuple[list[_Block], list[int]]:
    """Cues whose times can be read, and the line numbers (from 1) of those whose cannot."""
    blocks: list[_Block] = []
    skipped: list[int] = []
    for number, following in zip(timed, [*timed[1:], len(lines)], strict=True):
        found = _TIMING.fullmatch(lines[number].strip())
        span = _span(found) if found else None
        shown: list[str] = []
        for line in lines[number + 1 : following]:
            if not line.strip():
                break
            shown.append(line.strip())
        else:
            # No blank line before the next times: the line above them is that cue's number or name.
            if following < len(lines) and shown and shown[-1].isdigit():
                shown.pop()
        if span is None:
            skipped.append(number + 1)
        else:
            blocks.append(_Block(*span, tuple(shown)))
    return blocks, skipped


def _span(found: re.Match[str]) -> tuple[float, float] | None:
    """Start and end in seconds; None where minutes or seconds pass 59 or the end is not after the start."""
    times = []
    for first in (1, 5):
        hours, minutes, seconds, part = found.group(first, first + 1, first + 2, first + 3)
        if int(minutes) > 59 or int(seconds) > 59:
            return None
        times.append(int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(part) / 10 ** len(part))
    start, end = times
    return (start, end) if start < end else None


def _unrolled(blocks: list[_Block]) -> list[_Block]:
    """Rolling captions show each line again in the next cue: keep what is new in each."""
    shown = [tuple(line for line in block.lines if _plain(line)) for block in blocks]
    texts = [tuple(map(_plain, lines)) for lines in shown]
    repeats = [_repeated(before, after) for before, after in pairwise(texts)]
    # A cue that repeats and adds is the sign; one that only repeats may be a person saying it again.
    rolls = sum(0 < repeat < len(text) for repeat, text in zip(repeats, texts[1:], strict=True))
    if rolls <= ROLLING_SHARE * len(blocks):
        return blocks
    new = [blocks[0]]
    for block, lines, repeat in zip(blocks[1:], shown[1:], repeats, strict=True):
        if lines[repeat:]:
            new.append(_Block(block.start, block.end, lines[repeat:]))
    return new


def _repeated(before: tuple[str, ...], after: tuple[str, ...]) -> int:
    """How many first lines of a cue are the last lines of the cue before."""
    most = min(len(before), len(after))
    return next((k for k in range(most, 0, -1) if before[-k:] == after[:k]), 0)


def _plain(text: str) -> str:
    """Text without tags, sound descriptions and entities, blanks folded."""
    return " ".join(_SOUND.sub(" ", html.unescape(_TAG.sub("", text))).split())


def _voiced(block: _Block) -> Iterator[Cue]:
    """One cue a voice; voices that share a cue share its time by the length of their words."""
    whole = " ".join(block.lines)
    parts: list[tuple[str | None, str]] = []
    speaker, first = None, 0
    for tag in _VOICE.finditer(whole):
        parts.append((speaker, _plain(whole[first : tag.start()])))
        speaker, first = (_plain(tag[1]) or None) if tag[1] is not None else None, tag.end()
    parts.append((speaker, _plain(whole[first:])))
    said = [(who, text) for who, text in parts if text]
    length = sum(len(text) for _, text in said)
    start = block.start
    for who, text in said:
        end = min(block.end, start + (block.end - block.start) * len(text) / length)
        yield Cue(start=start, end=end, text=text, speaker=who)
        start = end


def _prefixed(cues: list[Cue]) -> tuple[list[Cue], bool]:
    """Speakers written as `Name: text` (Zoom), where that is plainly how the file names them."""
    found = [_PREFIX.match(cue.text) for cue in cues]
    names = [match[1].strip() for match in found if match]
    often = len(names) >= max(2, PREFIX_SHARE * len(cues))
    if not often or len(set(names)) > max(2, len(names) / 2):
        return cues, False
    speaker: str | None = None
    taken: list[Cue] = []
    for cue, match in zip(cues, found, strict=True):
        speaker = match[1].strip() if match else speaker
        text = cue.text[match.end() :] if match else cue.text
        taken.append(Cue(start=cue.start, end=cue.end, text=text, speaker=speaker))
    return taken, True
