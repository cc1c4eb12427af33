"""Cue text without its markup: tags, karaoke times, entities, described sounds, control characters.

Tags go as the WebVTT tokenizer takes them (W3C WebVTT, 2019, cue text parsing), with one difference: a `<`
that no `>` follows, or that stands before a blank, is a sign that somebody wrote ("2 < 3") and stays.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from coachai.asr.importing.found import Cue, Shown

_TAG = re.compile(r"<[<a-zA-Z/.\d][^>]*>")
_STYLE = re.compile(r"\{\\[^{}]*\}")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]([^<>]*)>|</v>", re.IGNORECASE)
_ONE_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]([^<>]*)>([^<>]*)(?:</v>)?", re.IGNORECASE)
_SOUND = re.compile(r"\[[^\[\]]*\]|[♪♫]|^\s*\([^()]*\)\s*$|^\s*>>+")
_HUGE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def plain(text: str, *, entities: bool = True) -> str:
    """The words of a cue: no tags, no sounds in brackets, no control characters, blanks folded.

    `entities` are resolved last, so that an escaped tag comes out as the text it was meant to be.
    """
    if not text.isprintable():
        text = _UNSEEN.sub("", text)
    if "{\\" in text:
        text = _STYLE.sub("", text)
    if "<" in text:
        # Without a > behind it nothing is a tag; looking for one from every < would take forever.
        closed, bracket, rest = text.rpartition(">")
        text = _STYLE.sub("", _TAG.sub("", closed + bracket)) + rest
    if entities and "&" in text:
        text = _UNSEEN.sub("", html.unescape(_HUGE.sub("\ufffd", text)))
    if "[" in text or "(" in text or ">>" in text or "♪" in text or "♫" in text:
        text = _SOUND.sub(" ", text)
    return " ".join(text.split())


def worded(text: str) -> bool:
    """Whether there is anything to say in it."""
    return text[:1].isalnum() or any(map(str.isalnum, text))


def voiced(shown: Shown) -> Iterator[Cue]:
    """One cue a voice; voices that share a cue share its time by the length of their words."""
    whole = shown.lines[0] if len(shown.lines) == 1 else " ".join(shown.lines)
    if whole[:2] == "<v" and (only := _ONE_VOICE.fullmatch(whole)):
        if worded(text := plain(only[2])):
            yield _cue(shown, shown.start, shown.end, text, plain(only[1]) or None)
        return
    if "<" not in whole or not (tags := list(_VOICE.finditer(whole))):
        if worded(text := plain(whole)):
            yield _cue(shown, shown.start, shown.end, text, shown.speaker)
        return
    parts: list[tuple[str | None, str]] = []
    speaker, first = shown.speaker, 0
    for tag in tags:
        parts.append((speaker, plain(whole[first : tag.start()])))
        speaker, first = (plain(tag[1]) or None) if tag[1] is not None else None, tag.end()
    parts.append((speaker, plain(whole[first:])))
    said = [(who, text) for who, text in parts if worded(text)]
    length = sum(len(text) for _, text in said)
    start = shown.start
    for who, text in said:
        end = min(shown.end, start + (shown.end - shown.start) * len(text) / length)
        if start < end:
            yield _cue(shown, start, end, text, who)
        start = end


def _cue(shown: Shown, start: float, end: float, text: str, speaker: str | None) -> Cue:
    return Cue(start=start, end=end, text=text, speaker=speaker, line=shown.line, words=shown.words)
