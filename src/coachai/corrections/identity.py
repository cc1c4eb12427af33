"""Which transcript a file of corrections belongs to, and which utterance an entry means.

An utterance is named by what was heard: its times and its words. Its place in the list would still point at
something after a mistake; such a name points at the right sentence or at nothing. It is taken from the
transcript as it was heard, so that it stays while words and times are put right.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from coachai.records import Transcript, Utterance

NEAR = 1.0
"""Seconds that a time may lie beside the utterance that is named with it: clocks show whole seconds."""


def fingerprint(transcript: Transcript) -> str:
    """The SHA-256 of what was heard: the recording, and each utterance's times (ms), voice and text.

    Roles, labels and readings are left out: an answer to "which voice is yours?" or a newer version's labels
    make no other transcript of it.
    """
    heard = [[_ms(each.start), _ms(each.end), each.voice, each.text] for each in transcript.utterances]
    whole = json.dumps([transcript.recording.sha256, heard], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(whole.encode("ascii")).hexdigest()


def utterance_ids(utterances: Sequence[Utterance]) -> tuple[str, ...]:
    """A name for each utterance of a transcript as it was heard; those exactly alike are numbered."""
    seen: dict[str, int] = {}
    names: list[str] = []
    for each in utterances:
        heard = json.dumps([_ms(each.start), _ms(each.end), each.text], ensure_ascii=True)
        name = f"u{hashlib.sha256(heard.encode('ascii')).hexdigest()[:12]}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return tuple(names)


def heard_at(utterances: Sequence[Utterance], seconds: float) -> tuple[int, ...]:
    """The utterances that a time means: one where it is clear, several or none where it is not.

    A whole second or tenth, as pages and players show them, means first of all what begins within it.
    """
    time = _ms(seconds)
    within = 1000 if time % 1000 == 0 else 100 if time % 100 == 0 else 0
    begin = tuple(k for k, each in enumerate(utterances) if time <= _ms(each.start) < time + within)
    return begin or tuple(k for k, each in enumerate(utterances) if each.start <= seconds < each.end)


def near(utterance: Utterance, seconds: float) -> bool:
    """Whether a time fits the utterance that is named with it."""
    return utterance.start - NEAR <= seconds <= utterance.end + NEAR


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
