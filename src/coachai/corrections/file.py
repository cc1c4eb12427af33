"""Reading and growing `corrections.json`; every mistake in it is named with its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from coachai.corrections.identity import fingerprint
from coachai.corrections.shape import (
    KINDS,
    LARGEST_FILE,
    SCHEMA_VERSION,
    AnyEntry,
    CorrectionsFile,
    UndoEntry,
)
from coachai.errors import InputRefused
from coachai.records import Transcript
from coachai.rubric_shape import shown, unknown

NAME = "corrections.json"
"""What the file is called, beside `transcript.json`."""

MOST_PROBLEMS = 10
"""Mistakes named at once; more would bury the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """A file that was read: its bytes as they stand, the entries, and which of them hold."""

    raw: bytes
    entries: tuple[AnyEntry, ...]

    @property
    def holding(self) -> tuple[AnyEntry, ...]:
        """The entries that nobody took back, in the order of the file."""
        taken_back: set[str] = set()
        for each in reversed(self.entries):
            if isinstance(each, UndoEntry) and each.id not in taken_back:
                taken_back.add(each.undoes)
        return tuple(
            each for each in self.entries if each.id not in taken_back and not isinstance(each, UndoEntry)
        )

    @property
    def sha256(self) -> str:
        """The hash of the file."""
        return hashlib.sha256(self.raw).hexdigest()


def read_corrections(path: Path, transcript: Transcript) -> Corrections:
    """The corrections of `transcript` (as it was heard); no entries where there is no file.

    Raises InputRefused: BAD_CORRECTIONS naming each mistake, OTHER_TRANSCRIPT where they belong to another.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        return Corrections(raw=_encoded(_empty(transcript)), entries=())
    except OSError as error:
        why = (error.strerror or "the system refused").lower()
        raise InputRefused("CANNOT_READ", f"Cannot read {path.name}: {why}.") from error
    return parse_corrections(raw, transcript, name=path.name)


def parse_corrections(raw: bytes, transcript: Transcript, *, name: str = NAME) -> Corrections:
    """The corrections in a file's bytes. Raises InputRefused as `read_corrections` does."""
    content = _json(raw, name)
    if not isinstance(content, dict) or content.get("kind") != "corrections":
        _refuse(f'{name} is no file of corrections: it has to say "kind": "corrections".')
    version = content.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        _refuse(f"{name} was written by a newer coachai. Update coachai and run it again.")
    try:
        file = CorrectionsFile.model_validate(content)
    except ValidationError as invalid:
        said = list(dict.fromkeys(_said(each, content) for each in invalid.errors(include_url=False)))
        more = [f"and {len(said) - MOST_PROBLEMS} more"] if len(said) > MOST_PROBLEMS else []
        raise InputRefused(
            "BAD_CORRECTIONS", "\n".join(f"{name}: {each}" for each in [*said[:MOST_PROBLEMS], *more])
        ) from None
    if file.transcript_sha256 != fingerprint(transcript):
        raise InputRefused(
            "OTHER_TRANSCRIPT",
            f"{name} belongs to another transcript: to another recording, or to this one heard in another "
            "way. Put it beside the transcript that it was made for, or move it away and correct this one.",
        )
    return Corrections(raw=raw, entries=tuple(file.corrections))


def with_entries(corrections: Corrections, added: Sequence[Mapping[str, Any]]) -> bytes:
    """The file's bytes with entries added at its end; what stood there stays as it was written."""
    content = _json(corrections.raw, NAME)
    content["corrections"].extend(added)
    return _encoded(content) if added else corrections.raw


def _empty(transcript: Transcript) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "corrections",
        "transcript_sha256": fingerprint(transcript),
        "corrections": [],
    }


def _encoded(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def _json(raw: bytes, name: str) -> Any:
    if len(raw) > LARGEST_FILE:
        _refuse(f"{name} is too large for corrections (2 MB at most).")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        _refuse(f"{name} line {line}: not UTF-8 text; save it as UTF-8.")
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        _refuse(f"{name} line {error.lineno}: not JSON here ({error.msg[:1].lower()}{error.msg[1:]}).")
    except RecursionError:
        _refuse(f"{name} is nested too deeply for corrections.")
    except ValueError as error:
        _refuse(f"{name}: {error}.")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A map without a key twice, of which JSON would quietly keep the last."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {shown(key)} stands twice in one entry")
        found[key] = value
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that JSON knows")


def _refuse(message: str) -> NoReturn:
    raise InputRefused("BAD_CORRECTIONS", message)


_SHOULD_BE = {
    "string_type": "has to be text in quotes",
    "string_unicode": "holds half a character; write it anew",
    "float_type": "has to be a number of seconds, such as 192.4",
    "finite_number": "has to be a number of seconds, such as 192.4",
    "bool_type": "has to be true or false",
    "list_type": "has to be a list in square brackets",
    "model_type": "has to be a map in curly brackets",
    "model_attributes_type": "has to be a map in curly brackets",
    "dict_type": "has to be a map in curly brackets",
    "missing": "is missing",
    "greater_than_equal": "cannot be less than 0",
    "less_than_equal": "is later than a day",
    "string_too_short": "is empty",
    "too_long": "holds more than 5,000 entries",
}


def _said(error: ErrorDetails, content: Mapping[str, Any]) -> str:
    """One mistake: which entry, which key, what is wrong."""
    place = [each for each in error["loc"] if each not in KINDS]
    at = ""
    if place[:1] == ["corrections"] and len(place) > 1 and isinstance(place[1], int):
        entry = content["corrections"][place[1]]
        own = entry.get("id") if isinstance(entry, dict) else None
        at = f"entry {place[1] + 1}" + (f" ({shown(own)[1:-1]})" if isinstance(own, str) else "")
        place = place[2:]
    key = ", ".join(f'"{each}"' for each in place)
    return ": ".join(filter(None, (at, f"{key} {_wrong(error)}".strip())))


def _wrong(error: ErrorDetails) -> str:
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        return "is no key that is known here"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        tag = given.get("what") if isinstance(given, dict) else None
        return unknown('"what":', str(tag), KINDS) if tag is not None else '"what" is missing'
    if kind == "literal_error":
        return f"is {shown(given)}; allowed: {error['ctx']['expected'].replace(chr(39), '')}"
    if kind == "string_too_long":
        return f"is longer than {error['ctx']['max_length']} characters"
    if kind == "string_pattern_mismatch":
        return f"is {shown(given)}, which is not of the right form"
    return _SHOULD_BE.get(kind, error["msg"])
