"""WebVTT and SubRip (SRT), and text with arrows between times as Teams once saved it.

WebVTT is cut into blocks as the standard says (W3C WebVTT, 2019, section 6.1): a line with --> always
belongs to a new cue, the line above it is that cue's name, and an empty line ends a cue. Where we differ:
what the standard drops is listed; a file without the header is read all the same; times may have a comma,
one digit or no hours; a number right above the next times is that cue's number, blank line or not. In SRT,
text after an empty line still belongs to the cue before it.
"""

from __future__ import annotations

import re

from coachai.asr.importing.found import (
    BACKWARDS,
    NEGATIVE,
    NO_ARROW,
    NO_TEXT,
    OVER_59,
    STRAY,
    UNREADABLE,
    Reading,
    Reject,
    Shown,
)

_TIME = r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_TIMING = re.compile(rf"[ \t\f\v]*{_TIME}[ \t\f\v]*-->[ \t\f\v]*{_TIME}(?![\d:.,])", re.ASCII)
_TOO_MANY = re.compile(_TIMING.pattern.replace("[0-5]?", r"\d?"), re.ASCII)
_MILLISECONDS = re.compile(r"\d:\d{1,2}[.,]\d", re.ASCII)
_OF_TIMES = "0123456789:.,->–—→ \t"
_NAME = re.compile(r"\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}(?:[/-]\d+)*")
_NO_TEXT_BLOCKS = ("NOTE", "STYLE", "REGION", "X-TIMESTAMP-MAP")


def timing_lines(lines: list[str]) -> list[int]:
    """The indices of lines that mean to be the times of a cue: they have an arrow, or nothing but times."""
    return [
        number
        for number, line in enumerate(lines)
        if "-->" in line or (":" in line and not line.strip(_OF_TIMES) and _MILLISECONDS.search(line))
    ]


def read_subtitles(lines: list[str], timed: list[int]) -> Reading:
    """The cues under the timing lines `timed` (indices into `lines`)."""
    standard = lines[0][:6] == "WEBVTT" and lines[0][6:7] in ("", " ", "\t")
    shown: list[Shown] = []
    rejects: list[Reject] = []
    if not standard or timed[0] == 0:
        rejects += _strays(lines, 0, timed[0])
    else:
        header = next((k for k in range(1, timed[0]) if not lines[k]), timed[0])
        rejects += _strays(lines, header, timed[0], standard=True)
    for place, following in zip(timed, [*timed[1:], len(lines)], strict=True):
        text, rest = _text(lines, place + 1, following)
        if _only_names(lines, rest, following):
            pass
        elif standard:
            rejects += _strays(lines, rest, following, standard=True)
        else:
            text += _more(lines, rest, following, rejects)
        span = _span(lines[place])
        if isinstance(span, str):
            rejects.append(Reject(line=place + 1, reason=span))
        elif not text:
            rejects.append(Reject(line=place + 1, reason=NO_TEXT))
        else:
            shown.append(Shown(place + 1, *span, tuple(text)))
    return Reading("WebVTT" if standard else "SubRip (SRT)", shown, rejects, len(timed))


def _text(lines: list[str], first: int, following: int) -> tuple[list[str], int]:
    """The lines of a cue's text, and the index of what stands after them before the next times."""
    end = first
    while end < following and lines[end]:
        end += 1
    text = lines[first:end]
    if text and end == following < len(lines) and _NAME.fullmatch(text[-1].strip()):
        # No empty line before the next times: what is above them names that cue.
        text.pop()
    return text if len(text) == 1 and text[0].strip() else [line for line in text if line.strip()], end


def _only_names(lines: list[str], rest: int, following: int) -> bool:
    """Whether nothing stands between two cues but an empty line and a number, as nearly everywhere."""
    return following <= rest + 1 or (following == rest + 2 < len(lines) and lines[rest + 1].isdigit())


def _blocks(lines: list[str], first: int, following: int) -> list[tuple[int, list[str]]]:
    """What stands between cues, parted at empty lines, without the line that names the next cue."""
    blocks: list[tuple[int, list[str]]] = []
    for k in range(first, following):
        if not lines[k].strip():
            continue
        if blocks and lines[k - 1].strip() and k > first:
            blocks[-1][1].append(lines[k])
        else:
            blocks.append((k, [lines[k]]))
    if blocks and following < len(lines) and lines[following - 1]:
        start, block = blocks[-1]
        if start + len(block) == following and (len(block) == 1 or _NAME.fullmatch(block[-1].strip())):
            block.pop()
    return [(start, block) for start, block in blocks if block]


def _strays(lines: list[str], first: int, following: int, *, standard: bool = False) -> list[Reject]:
    return [
        Reject(line=start + 1, reason=STRAY, timed=False)
        for start, block in _blocks(lines, first, following)
        if not (standard and block[0].startswith(_NO_TEXT_BLOCKS))
    ]


def _more(lines: list[str], first: int, following: int, rejects: list[Reject]) -> list[str]:
    """SRT: text that goes on after an empty line. A line above the next times that is no number is listed:
    it may name the cue or be text, and neither is to be made up."""
    blocks = _blocks(lines, first, following)
    above = lines[following - 1].strip() if following < len(lines) else ""
    if above and first < following - 1 and not lines[following - 2].strip() and " " in above:
        rejects.append(Reject(line=following, reason=STRAY, timed=False))
    return [line for _, block in blocks for line in block]


def _span(line: str) -> tuple[float, float] | str:
    """Start and end in seconds, or why there are none."""
    found = _TIMING.match(line)
    if found is None:
        if "-->" not in line:
            return NO_ARROW
        if _TOO_MANY.match(line):
            return OVER_59
        return NEGATIVE if line.lstrip()[:1] == "-" and line.lstrip()[1:2].isdigit() else UNREADABLE
    hours, minutes, seconds, part, hours_2, minutes_2, seconds_2, part_2 = found.groups()
    start = 60 * int(minutes) + float(f"{seconds}.{part}")
    end = 60 * int(minutes_2) + float(f"{seconds_2}.{part_2}")
    if hours:
        start += 3600 * int(hours)
    if hours_2:
        end += 3600 * int(hours_2)
    return (start, end) if start < end else BACKWARDS
