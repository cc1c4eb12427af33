"""What is known about how well each measure works: only figures that were measured, by source of words.

`configs/accuracy.json` is written by the accuracy benchmark::

    {"measured_on": "...", "date": "...",
     "measures": {"wait_time_1": {"captions": "a sentence", "captions_unmarked": "...", ...}}}
"""

from __future__ import annotations

import json
from functools import lru_cache

from coachai.records import WordSource
from coachai.resources import resource

NOT_CHECKED = "not checked"

STAND_IN = {"faster-whisper": "captions_unnamed"}
"""Whose figures are quoted, and named as such, where a source of words has none of its own: Whisper's
weights cannot be had where the benchmark runs, and captions with marks and no names are most like its words.
"""


def source_key(words: WordSource) -> str:
    """The name under which figures for this source of words are kept.

    `captions` (marks and names), `captions_unnamed` (marks only), `captions_unmarked` (words only),
    `sound` (no words at all), or the recogniser's own name.
    """
    if words.recogniser == "none":
        return "sound"
    if words.recogniser != "captions":
        return words.recogniser
    if not words.marks:
        return "captions_unmarked"
    return "captions" if words.names else "captions_unnamed"


def validation_of(measure: str, source: str) -> str:
    """On what and how well a measurement was checked with that source of words, or "not checked"."""
    known = _sentences().get(measure, {})
    if source in known:
        return known[source]
    similar = known.get(STAND_IN.get(source, ""))
    if similar is None:
        return NOT_CHECKED
    return f"With captions instead of this recogniser's words: {similar[:1].lower()}{similar[1:]}"


def stands_in(words: WordSource) -> bool:
    """Whether what is known about this source of words was measured with another one."""
    source = source_key(words)
    return source in STAND_IN and not any(source in known for known in _sentences().values())


@lru_cache(maxsize=1)
def _sentences() -> dict[str, dict[str, str]]:
    text = resource("configs", "accuracy.json").read_text(encoding="utf-8")
    measures: dict[str, dict[str, str]] = json.loads(text)["measures"]
    return measures
