"""Recognition that can be interrupted: what is finished is kept on disk and not done again.

Recognising an hour may take an hour. A recogniser is asked for a few minutes of speech at a time; each
answer is written beside the results, and the next run with the same key takes it from there. The folder
holds what was said and is removed as soon as the report is written.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from coachai.asr.recogniser import Recogniser
from coachai.media import Audio
from coachai.records import Progress, Span, Word
from coachai.transcript import Line, Recognition

PART = 120.0
"""Seconds of speech that are asked for at a time, and so the most that an interruption loses."""


class Resumed:
    """A recogniser whose finished parts are kept in `folder` under names made from `key`.

    `key` names all that the words depend on: the recording, the recogniser, its options, the version.
    """

    def __init__(self, recogniser: Recogniser, folder: Path, key: str) -> None:
        self._recogniser = recogniser
        self._folder = folder
        self._key = key

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """As the recogniser itself, part by part; raises what it raises, and keeps what was finished."""
        parts = list(_parts(speech)) or [()]
        whole = sum(span.duration for span in speech) or 1.0
        heard: list[Recognition] = []
        done = 0.0
        for part in parts:
            length = sum(span.duration for span in part)
            begun, share = done, length / whole

            def within(fraction: float, begun: float = begun, share: float = share) -> None:
                progress(min(1.0, begun / whole + share * fraction))

            kept = self._folder / f"{self._name(part)}.json"
            recognition = _read(kept)
            if recognition is None:
                recognition = self._recogniser.transcribe(audio, part, within)
                _write(kept, recognition)
            heard.append(recognition)
            done += length
            within(1.0)
        return replace(
            heard[0],
            lines=tuple(line for each in heard for line in each.lines),
            dropped=sum(each.dropped for each in heard),
            dismissed=tuple(span for each in heard for span in each.dismissed),
            unsure=tuple(span for each in heard for span in each.unsure),
        )

    def _name(self, part: Sequence[Span]) -> str:
        told = f"{self._key} {[(span.start, span.end) for span in part]}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def _parts(speech: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """Runs of regions of at least PART seconds of speech; a region is never cut."""
    part: list[Span] = []
    for span in speech:
        part.append(span)
        if sum(each.duration for each in part) >= PART:
            yield tuple(part)
            part = []
    if part:
        yield tuple(part)


def _write(path: Path, recognition: Recognition) -> None:
    """Whole or not at all: a half-written part would be taken for a finished one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(recognition)), encoding="utf-8")
    os.replace(part, path)


def _read(path: Path) -> Recognition | None:
    """The part kept there; None where there is none or it cannot be read (it is then done again)."""
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        lines = tuple(
            Line(**{**line, "words": tuple(Word(**word) for word in line["words"])}) for line in told["lines"]
        )
        places = {name: tuple(Span(**span) for span in told[name]) for name in ("dismissed", "unsure")}
        return Recognition(**{**told, **places, "lines": lines})
    except (OSError, ValueError, KeyError, TypeError):
        return None
