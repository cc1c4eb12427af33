"""Who speaks, where a file writes it into the words: `Ana: yes`, or the name on a line of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from coachai.asr.importing.found import Cue, Shown
from coachai.asr.importing.markup import plain

PREFIX_SHARE = 0.6
"""`Name: text` is a speaker when this share of the cues begins so; a colon in a sentence is rarer."""

SPARSE_SHARE = 0.15
"""The same where only a change of speaker is written: two names or more, each met again, few others."""

_PREFIX = re.compile(r"(?:-\s*)?([^\W\d_][^:!?<>]{0,48}?)\s?:\s+(?=\S)")
_NO_NAMES = frozenset(
    {"question", "answer", "note", "example", "step", "part", "problem", "number", "remember", "next"}
)
_VOICE = re.compile(
    r"(?:speaker|spk|voice|student|teacher)?[ _-]?(?:\d{1,3}|[A-Z]|\?)|unknown(?: speaker)?", re.I
)


def is_voice(speaker: str) -> bool:
    """Whether this names nobody: a voice that a program told apart by its sound, such as SPEAKER_00."""
    return bool(_VOICE.fullmatch(speaker))


def prefixed(cues: Sequence[Cue]) -> list[Cue]:
    """Speakers written as `Name: text` (Zoom), where that is plainly how the file names them."""
    found = [_PREFIX.match(cue.text) for cue in cues]
    names = [match[1].strip() for match in found if match]
    often = len(names) >= max(2, PREFIX_SHARE * len(cues))
    if not often or len(set(names)) > max(2, len(names) / 2):
        again = {name for name, times in Counter(names).items() if times > 1 and _capitalised(name)}
        known = [name for name in names if name in again]
        if len(again) < 2 or len(known) < max(0.8 * len(names), SPARSE_SHARE * len(cues)):
            return list(cues)
        found = [match if match and match[1].strip() in again else None for match in found]
    speaker: str | None = None
    taken: list[Cue] = []
    for cue, match in zip(cues, found, strict=True):
        speaker = match[1].strip() if match else speaker
        taken.append(replace(cue, text=cue.text[match.end() :] if match else cue.text, speaker=speaker))
    return taken


def _capitalised(name: str) -> bool:
    words = name.split()
    return len(words) <= 4 and all(word[:1].isupper() for word in words) and words[0].lower() not in _NO_NAMES


def headed(shown: Sequence[Shown]) -> list[Shown]:
    """Names on a line of their own above each cue's words, as Teams once saved them."""
    first = [one.lines[0].strip() for one in shown if len(one.lines) > 1]
    names = {each for each in first if len(each) <= 60 and (each[-1:].isalnum() or each[-1:] == ")")}
    kept = [each for each in first if each in names]
    if len(shown) < 2 or len(kept) < len(shown) or len(names) > max(2, len(shown) / 2):
        return list(shown)
    return [one._replace(lines=one.lines[1:], speaker=plain(one.lines[0]) or None) for one in shown]
