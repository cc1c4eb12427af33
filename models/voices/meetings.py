"""The figures of meetings: who speaks when, the number of voices unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coachai.records import Span
from models.voices.figures import Told, mean, ratio
from models.voices.inputs import Minute
from models.voices.listening import HeardVoices
from models.voices.scoring import Wrong, speaker_errors

UNIT = "minutes of meetings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One minute: errors of what was heard, and those of taking all speech for one voice."""

    minute: Minute
    found: Wrong
    one_voice: Wrong
    voices: int


def row_of(minute: Minute, heard: HeardVoices) -> Row:
    """What was heard beside the truth, over the whole file."""
    whole = [Span(start=0.0, end=max(heard.duration, *(each.end for each in minute.said)))]
    found, one = speaker_errors(minute.said, heard.turns, heard.speech, whole)
    return Row(
        minute=minute, found=found, one_voice=one, voices=len({speaker for *_, speaker in heard.turns})
    )


def error_rate(rows: Sequence[Row]) -> Told:
    """All errors over all speech, as it is published, beside taking all for one voice."""

    def pooled(of: Callable[[Row], Wrong]) -> Told:
        return ratio((of(row).seconds for row in rows), (of(row).total for row in rows), UNIT)

    found = pooled(lambda row: row.found)
    return found.beside("all detected speech is one voice", pooled(lambda row: row.one_voice).value)


def details(rows: Sequence[Row]) -> dict[str, Any]:
    """The kinds of error as shares of true speech, the mean of the minutes' rates, and every minute."""
    kinds = {
        kind: ratio((getattr(row.found, kind) for row in rows), (row.found.total for row in rows), UNIT)
        for kind in ("missed", "made_up", "confused")
    }
    return {
        "mean_of_minutes": mean((row.found.rate for row in rows), UNIT).as_json(),
        **{kind: each.as_json() for kind, each in kinds.items()},
        "minutes": {
            row.minute.name: {
                "error_rate": round(row.found.rate, 4) if row.found.total else None,
                "speakers": len({each.speaker for each in row.minute.said}),
                "voices_heard": row.voices,
            }
            for row in rows
        },
    }
