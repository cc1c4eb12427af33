"""Transcripts from elsewhere become timed cues: the door of `importing`, which knows the formats.

Formats are told by what is in a file and not by its name. Nothing with a time is lost silently:
every timing line (in JSON, every entry) is used or listed with its line and the reason. Sources: W3C WebVTT
(2019); the de facto SubRip layout; what Whisper, WhisperX, Zoom, Teams and Otter write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from coachai.asr.importing.found import NO_WORDS, Cue, Reading, Reject, Shown
from coachai.asr.importing.markup import plain, voiced, worded
from coachai.asr.importing.names import headed, is_voice, prefixed
from coachai.asr.importing.opening import bytes_of, decoded
from coachai.asr.importing.recognised import is_json, read_recognised
from coachai.asr.importing.subtitles import read_subtitles, timing_lines
from coachai.asr.importing.timed_text import read_timed_text
from coachai.errors import InputRefused

__all__ = ["Cue", "CueFile", "Reject", "parse_cues", "read_cues"]

ROLLING_SHARE = 0.3
"""A file rolls when this share of its cues repeats a line and adds one; few people talk like that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CueFile:
    """A transcript from elsewhere, read: `cues` in order of start.

    `named`: the speakers are people's names. `timed` counts the timing lines (in JSON: the entries; `unit`
    says which): each is the `line` of a cue, or in `merged` (a rolling caption that adds nothing to the one
    before), or in `rejects`. Rejects that are not `timed` are text without any times.
    """

    cues: tuple[Cue, ...]
    named: bool
    format: str
    encoding: str
    timed: int
    merged: tuple[int, ...] = ()
    rejects: tuple[Reject, ...] = ()
    unit: str = "line"

    @property
    def speakers(self) -> tuple[str, ...]:
        """The speakers as the file calls them, in order of first speech."""
        return tuple(dict.fromkeys(cue.speaker for cue in self.cues if cue.speaker))

    def unnamed(self) -> CueFile:
        """The same with "Person 1" for people's names and "Voice 1" for voices, in order of first speech."""
        shown: dict[str | None, str] = {}
        for speaker in self.speakers:
            kind = "Voice" if is_voice(speaker) else "Person"
            shown[speaker] = f"{kind} {1 + sum(each.startswith(kind) for each in shown.values())}"
        return replace(self, cues=tuple(replace(cue, speaker=shown.get(cue.speaker)) for cue in self.cues))


def read_cues(path: Path) -> CueFile:
    """The cues of a file in any format known here. Raises InputRefused where it cannot be used."""
    text, encoding = decoded(bytes_of(path), path.name)
    return replace(parse_cues(text, path.name), encoding=encoding)


def parse_cues(text: str, name: str = "the caption file") -> CueFile:
    """The cues in the text of a file; `name` is for messages. Raises InputRefused."""
    text = text.removeprefix("\ufeff").replace("\0", "\ufffd")
    if not text.strip():
        raise InputRefused("CAPTIONS_EMPTY", f"{name} is empty; save the captions again and try once more.")
    reading = _reading(text, name)
    rejects = list(reading.rejects)
    if not reading.shown:
        raise InputRefused("CAPTIONS_NO_CUES", _nothing_usable(reading, name))
    shown = sorted(reading.shown, key=lambda each: each.start)
    if reading.format.startswith("SubRip"):
        shown = headed(shown)
    kept, merged = _unrolled(shown)
    cues: list[Cue] = []
    for one in kept:
        cues += voiced(one)
    cues.sort(key=lambda each: each.start)  # Voices that share a cue may run past the next one's start.
    if not any(cue.speaker for cue in cues) and reading.unit == "line":
        cues = [cue for cue in prefixed(cues) if worded(cue.text)]
    used = {cue.line for cue in cues}
    rejects += [Reject(line=one.line, reason=NO_WORDS) for one in kept if one.line not in used]
    if not cues:
        raise InputRefused("CAPTIONS_NO_WORDS", f"{name} has times but no words; choose captions with text.")
    return CueFile(
        cues=tuple(cues),
        named=any(cue.speaker is not None and not is_voice(cue.speaker) for cue in cues),
        format=reading.format,
        encoding="UTF-8",
        timed=reading.timed,
        merged=tuple(merged),
        rejects=tuple(sorted(rejects, key=lambda each: each.line)),
        unit=reading.unit,
    )


def _reading(text: str, name: str) -> Reading:
    if is_json(text):
        return read_recognised(text, name)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if timed := timing_lines(lines):
        return read_subtitles(lines, timed)
    if (reading := read_timed_text(lines)) is not None:
        return reading
    first = next(number for number, line in enumerate(lines, 1) if line.strip())
    raise InputRefused(
        "CAPTIONS_NOT_CAPTIONS",
        f"{name} does not look like captions: from line {first} on there is no line with times such as"
        " 00:00:01.000 --> 00:00:03.000. Download the captions as .vtt or .srt, or a transcript with times.",
    )


def _nothing_usable(reading: Reading, name: str) -> str:
    if not reading.timed:
        return f"There is nothing in {name}: its list of entries is empty. Save the transcript again."
    first = min((each for each in reading.rejects if each.timed), key=lambda each: each.line)
    return (
        f"No caption in {name} can be used; the first has its times on {reading.unit} {first.line}:"
        f" {first.reason}. Download the captions again as .vtt or .srt."
    )


def _unrolled(shown: list[Shown]) -> tuple[list[Shown], list[int]]:
    """Rolling captions show each line again in the next cue: what is new in each, and the lines of those
    that add nothing."""
    if all(len(one.lines) == 1 for one in shown):
        return shown, []
    both = [[(line, text) for line in one.lines if (text := plain(line))] for one in shown]
    lines = [[line for line, _ in each] for each in both]
    texts = [[text for _, text in each] for each in both]
    repeats = [_repeated(before, after) for before, after in pairwise(texts)]
    # A cue that repeats and adds is the sign; one that only repeats may be a person saying it again.
    rolls = sum(0 < repeat < len(text) for repeat, text in zip(repeats, texts[1:], strict=True))
    if rolls <= ROLLING_SHARE * len(shown):
        return shown, []
    new = [shown[0]]
    merged: list[int] = []
    for one, its, repeat in zip(shown[1:], lines[1:], repeats, strict=True):
        if repeat and not its[repeat:]:
            merged.append(one.line)
        else:
            new.append(one._replace(lines=tuple(its[repeat:])))
    return new, merged


def _repeated(before: Sequence[str], after: Sequence[str]) -> int:
    """How many first lines of a cue are the last lines of the cue before."""
    most = min(len(before), len(after))
    return next((k for k in range(most, 0, -1) if before[-k:] == after[:k]), 0)
