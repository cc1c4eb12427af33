"""JSON of recognisers: Whisper, faster-whisper and WhisperX (`segments`, or a list of them), and the
transcript that coachai writes. Times and probabilities of words count where every word of an entry is there.

Only `start`, `end`, `text`, `speaker` and `words` are read; everything else in the file is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from coachai.asr.importing.found import BACKWARDS, NEGATIVE, NO_TEXT, UNREADABLE, Reading, Reject, Shown
from coachai.asr.importing.markup import plain, worded
from coachai.errors import InputRefused
from coachai.records import Word

LATEST = 1e6
"""Seconds: a time later than this (eleven days) is no time of a recording."""

NO_ENTRY = "it is not an entry with start, end and text"
_JSON = re.compile(r"\s*(?:\{|\[\s*[\[{\]])")
_NOBODY = re.compile(r"\s*|Voice \?")


class _SameNameTwiceError(ValueError):
    """An object in the file has two values of one name, and nobody can say which counts."""


def is_json(text: str) -> bool:
    """Whether a text means to be JSON rather than lines that begin with a bracket."""
    return bool(_JSON.match(text)) and not text.lstrip().startswith("{\\")


def read_recognised(text: str, name: str) -> Reading:
    """The entries of a recogniser's JSON. Raises InputRefused where it is none that we know."""
    content = _parsed(text, name)
    entries, told = _entries(content)
    if entries is None:
        raise InputRefused(
            "CAPTIONS_NOT_CAPTIONS",
            f"{name} is JSON, but not a transcript we know: a list of entries with start, end and text is"
            " looked for, as Whisper, WhisperX and coachai write it.",
        )
    shown: list[Shown] = []
    rejects: list[Reject] = []
    for number, entry in enumerate(entries, 1):
        found = _shown(number, entry)
        if isinstance(found, str):
            rejects.append(Reject(line=number, reason=found))
        else:
            shown.append(found)
    return Reading(told, shown, rejects, len(entries), "entry")


def _parsed(text: str, name: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except _SameNameTwiceError as error:
        raise InputRefused(
            "CAPTIONS_NOT_JSON", f"{name} says the same thing twice ({error}); save it again."
        ) from None
    except RecursionError:
        raise InputRefused(
            "CAPTIONS_NOT_JSON", f"{name} is nested too deeply to be a transcript; is it another file?"
        ) from None
    except json.JSONDecodeError as error:
        raise InputRefused(
            "CAPTIONS_NOT_JSON",
            f"{name} is not whole JSON: on line {error.lineno} it breaks off or is damaged; save it again.",
        ) from None
    except ValueError:
        # A number of thousands of digits, which Python will not read.
        raise InputRefused(
            "CAPTIONS_NOT_JSON", f"{name} has a number that is far too long; is it another file?"
        ) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _SameNameTwiceError(plain(twice)[:40])
    return made


def _entries(content: Any) -> tuple[list[Any] | None, str]:
    if isinstance(content, list):
        return (content if any(isinstance(each, dict) for each in content) else None), "faster-whisper JSON"
    if not isinstance(content, dict):
        return None, ""
    if content.get("kind") == "transcript" and isinstance(content.get("utterances"), list):
        return content["utterances"], "coachai's transcript"
    segments = content.get("segments")
    if not isinstance(segments, list):
        return None, ""
    diarized = "word_segments" in content or any(
        isinstance(each, dict) and "speaker" in each for each in segments
    )
    return segments, "WhisperX JSON" if diarized else "Whisper JSON"


def _shown(number: int, entry: Any) -> Shown | str:
    """One entry, or why it cannot be used."""
    if not isinstance(entry, dict) or not isinstance(text := entry.get("text"), str):
        return NO_ENTRY
    start, end = _time(entry.get("start")), _time(entry.get("end"))
    if start is None or end is None:
        return UNREADABLE
    if start < 0:
        return NEGATIVE
    if start >= end:
        return BACKWARDS
    said = plain(text, entities=False)
    if not worded(said):
        return NO_TEXT
    speaker = entry.get("speaker")
    who = plain(speaker, entities=False) if isinstance(speaker, str) else ""
    words = _words(entry.get("words"), said, start, end)
    return Shown(number, start, end, (said,), None if _NOBODY.fullmatch(who) else who, words)


def _time(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LATEST:
        return None
    return float(value)


def _words(found: Any, text: str, start: float, end: float) -> tuple[Word, ...]:
    """The entry's words with their times, if they are the words of its text; else none.

    A word without times (WhisperX leaves them out for numbers) gets its share of the room between its
    neighbours. No word stands outside the entry or before the word before it.
    """
    if not isinstance(found, list):
        return ()
    tokens: list[tuple[str, float | None, float | None, float]] = []
    for each in found:
        written = each.get("word", each.get("text")) if isinstance(each, dict) else None
        if not isinstance(written, str):
            return ()
        if token := plain(written, entities=False):
            first, last = _time(each.get("start")), _time(each.get("end"))
            sound = first is not None and last is not None and first <= last
            sure = _time(each.get("probability", each.get("score")))
            probability = sure if sure is not None and 0 <= sure <= 1 else 1.0
            tokens.append((token, first if sound else None, last if sound else None, probability))
    if [token for token, *_ in tokens] != text.split():
        return ()
    return _placed(tokens, start, end)


def _placed(
    tokens: Sequence[tuple[str, float | None, float | None, float]], start: float, end: float
) -> tuple[Word, ...]:
    edges: list[tuple[float, float]] = []
    at = start
    known = [
        (k, first, last) for k, (_, first, last, _) in enumerate(tokens) if first is not None is not last
    ]
    bounds = [(-1, start, start), *known, (len(tokens), end, end)]
    for (before, _, left), (after, right, close) in pairwise(bounds):
        at = min(max(at, left), end)
        room = max(0.0, min(right, end) - at)
        missing = after - before - 1
        for k in range(missing):
            edges.append((at + room * k / missing, at + room * (k + 1) / missing))
        at += room if missing else 0.0
        if after < len(tokens):
            first = min(max(right, at), end)
            edges.append((first, min(max(close, first), end)))
            at = edges[-1][1]
    return tuple(
        Word(start=first, end=last, text=token, probability=probability)
        for (first, last), (token, _, _, probability) in zip(edges, tokens, strict=True)
    )
