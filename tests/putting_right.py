"""Files of corrections for tests: entries in short, laid over a drawn lesson."""

from __future__ import annotations

import json
from typing import Any

from coachai.correcting import put_right
from coachai.corrections.file import Corrections, parse_corrections
from coachai.corrections.identity import fingerprint
from coachai.records import Transcript

WHEN = "2026-03-01T16:20:00+01:00"


def entry(number: int, what: str, **fields: Any) -> dict[str, Any]:
    """One entry as it stands in the file."""
    return {"id": f"c{number}", "who": "MR", "when": WHEN, "what": what, **fields}


def file_of(heard: Transcript, *entries: dict[str, Any], **head: Any) -> bytes:
    """The bytes of `corrections.json` with these entries."""
    content = {
        "schema_version": 1,
        "kind": "corrections",
        "transcript_sha256": fingerprint(heard),
        "corrections": list(entries),
    }
    return json.dumps(content | head).encode()


def corrections_of(heard: Transcript, *entries: dict[str, Any]) -> Corrections:
    """The corrections as they are read from such a file."""
    return parse_corrections(file_of(heard, *entries), heard)


def corrected(heard: Transcript, *entries: dict[str, Any]) -> Transcript:
    """The lesson with these entries laid over it."""
    return put_right(heard, corrections_of(heard, *entries))
