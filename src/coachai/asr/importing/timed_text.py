"""Plain text with times, as Zoom, Teams, Otter and video sites give it: `Ana Lopez   0:03` or `0:03 Ana`
and the words below, `[Ana Lopez] 10:01:23`, `00:03 Ana: the words`, or a time and a line in turn.

A time says only where words begin, so they end where the next begin, at most as long after as they take
to say slowly. What a transcript's own service adds (who started it, who made it) is listed, not read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from coachai.asr.importing.found import NO_TEXT, OVER_59, STRAY, UNREADABLE, Reading, Reject, Shown
from coachai.asr.importing.markup import plain

SLOWEST = 1.5
"""Words a second: slower talk has pauses in it."""

LEAST = 2.0
"""Seconds that even one word may stand, for most times are whole seconds."""

CLOCK_FROM = 3600.0
"""Seconds: a file whose first words come later than this shows the time of day."""

LONGEST_NAME = 60
NAMED_SHARE = 0.6
"""Share of the times with a name and words below, from which on what stands beside a time is a name."""

_TIME = r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3}))?(?![\d:])"
_LEADING = re.compile(rf"[\[(]?{_TIME}[\])]?[ \t]*[-–—:]?(?:[ \t]+|$)", re.ASCII)
_TRAILING = re.compile(rf"[ \t][\[(]?{_TIME}[\])]?:?$", re.ASCII)
_MEANT = re.compile(r"[\[(]\d[^\])\s]{0,14}[\])]|\d{1,2}:\d{1,2}:\S{0,8}(?=\s|$)", re.ASCII)
_CAPITAL = re.compile(r"[^\W\d_]")
_ADDED = re.compile(r"Transcribed by https?://\S+|.{1,80} (?:started|stopped) (?:the )?transcription\.?")
_END_OF_LINE = 40
"""Letters of a line's end in which a time may stand."""


class _Timed(NamedTuple):
    """A line with a time: its index, the time (s) or why there is none, and what else stands on it."""

    place: int
    time: float | str
    beside: str


def read_timed_text(lines: list[str]) -> Reading | None:
    """The cues of a text with times; None where no line has one."""
    trailing = [found for k, line in enumerate(lines) if (found := _trailing(k, line.strip()))]
    leading = [found for k, line in enumerate(lines) if (found := _leading(k, line.strip()))]
    names_lead = len(trailing) > len(leading)
    timed = _with_damaged(lines, trailing) if names_lead else _with_meant(lines, leading)
    if not timed:
        return None
    bodies = [
        [line.strip() for line in lines[one.place + 1 : after] if line.strip()]
        for one, after in zip(timed, [*(each.place for each in timed[1:]), len(lines)], strict=True)
    ]
    rejects = _added(lines, timed, bodies)
    named = names_lead or _names_beside(timed, bodies)
    first = min((one.time for one in timed if not isinstance(one.time, str)), default=0.0)
    by_clock = first >= CLOCK_FROM
    entries: list[tuple[int, float, str | None, list[str]]] = []
    for one, body in zip(timed, bodies, strict=True):
        has_name = named and one.beside and (bool(body) or names_lead)
        said = body if has_name or not one.beside else [one.beside, *body]
        if isinstance(one.time, str):
            rejects.append(Reject(line=one.place + 1, reason=one.time))
        elif not said:
            rejects.append(Reject(line=one.place + 1, reason=NO_TEXT))
        else:
            time = one.time - first if by_clock else one.time
            entries.append((one.place + 1, time, _named(one.beside) if has_name else None, said))
    told = "Text with the time of day" if by_clock else "Text with times"
    return Reading(told, _ended(entries), rejects, len(timed))


def _leading(place: int, line: str) -> _Timed | None:
    found = _LEADING.match(line)
    return _Timed(place, _seconds(found), line[found.end() :].strip()) if found else None


def _trailing(place: int, line: str) -> _Timed | None:
    if not line or not (line[-1].isdigit() or line[-1] in "):]"):
        return None
    start = max(0, len(line) - _END_OF_LINE)
    found = _TRAILING.search(line, start)
    if not found:
        return None
    name = line[: found.start() + 1]
    apart = name[-2:].isspace() or name[:1] == "[" or line[-1] in "):]"
    return _Timed(place, _seconds(found), name.strip()) if _is_name(name.strip(), apart=apart) else None


def _is_name(text: str, *, apart: bool) -> bool:
    """Whether a name stands before a time; one blank between is enough only for a few capitalised words."""
    if not 0 < len(text) <= LONGEST_NAME or text[-1] in ".?!,;" or not _CAPITAL.search(text):
        return False
    words = text.split()
    return apart or (len(words) <= 4 and all(not word[:1].islower() for word in words))


def _seconds(found: re.Match[str]) -> float | str:
    hours, minutes, seconds, part = found.groups()
    if int(seconds) > 59 or (hours and int(minutes) > 59):
        return OVER_59
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + float(f"0.{part or 0}")


def _with_damaged(lines: list[str], timed: list[_Timed]) -> list[_Timed]:
    """Also the lines on which a name that is known stands before a time that is none."""
    names = {one.beside for one in timed}
    sound = {one.place for one in timed}
    damaged = []
    for place, line in enumerate(lines):
        beside, _, last = line.strip().rpartition(" ")
        if place not in sound and beside.strip() in names and any(map(str.isdigit, last)):
            damaged.append(_Timed(place, UNREADABLE, beside.strip()))
    return sorted([*timed, *damaged], key=lambda one: one.place)


def _with_meant(lines: list[str], timed: list[_Timed]) -> list[_Timed]:
    """Also the lines that begin with what was meant to be a time."""
    sound = {one.place for one in timed}
    meant = [
        _Timed(place, UNREADABLE, line)
        for place, line in enumerate(lines)
        if timed and place not in sound and _MEANT.match(line.strip())
    ]
    return sorted([*timed, *meant], key=lambda one: one.place)


def _added(lines: list[str], timed: list[_Timed], bodies: list[list[str]]) -> list[Reject]:
    """What stands before the first time, and what the service added; the latter is taken out of `bodies`."""
    rejects = [
        Reject(line=k + 1, reason=STRAY, timed=False)
        for k in range(timed[0].place)
        if lines[k].strip() and (k == 0 or not lines[k - 1].strip())
    ]
    for k in range(timed[0].place, len(lines)):
        if _is_added(lines[k].strip()):
            rejects.append(Reject(line=k + 1, reason=STRAY, timed=False))
    for body in bodies:
        body[:] = [line for line in body if not _is_added(line)]
    return rejects


def _is_added(line: str) -> bool:
    return len(line) <= 120 and line[-4:] in ("tion", "ion.", "r.ai") and bool(_ADDED.fullmatch(line))


def _names_beside(timed: Sequence[_Timed], bodies: Sequence[list[str]]) -> bool:
    """Whether what follows the times are names: short, with words below, and met again."""
    names = [
        one.beside
        for one, body in zip(timed, bodies, strict=True)
        if body and _is_name(one.beside, apart=True) and ": " not in one.beside
    ]
    return len(names) >= NAMED_SHARE * len(timed) and len(set(names)) <= max(2, len(names) / 2)


def _named(beside: str) -> str:
    return plain(beside.strip("[]():-–— \t"), entities=False)


def _ended(entries: list[tuple[int, float, str | None, list[str]]]) -> list[Shown]:
    starts = sorted({time for _, time, _, _ in entries})
    shown = []
    for line, start, speaker, said in entries:
        longest = start + LEAST + sum(len(each.split()) for each in said) / SLOWEST
        later = bisect_right(starts, start)
        end = min(longest, starts[later]) if later < len(starts) else longest
        shown.append(Shown(line, start, end, tuple(said), speaker))
    return shown
