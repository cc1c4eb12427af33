"""Reports and transcripts as JSON files that load back to equal objects.

The dataclasses of `records` are written as they are, one key a field, with two keys in front:
`schema_version` (raised only when an old reader would misread the file) and `kind`. Keys that a reader
does not know are left alone, so a later version may add some without raising the number.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from pathlib import Path
from typing import Any, Literal

import pydantic
import pydantic_core

from coachai.errors import InputRefused
from coachai.records import Provenance, Report, Transcript
from coachai.report.files import well_formed, write_whole

SCHEMA_VERSION = 1
_INDENT = 1

Kind = Literal["report", "transcript"]


def write_report(report: Report, path: Path) -> None:
    """Write `report.json`; the same report gives the same bytes. Raises EnvironmentLacks."""
    write_whole(path, encode_report(report))


def write_transcript(transcript: Transcript, path: Path) -> None:
    """Write `transcript.json`; the same transcript gives the same bytes. Raises EnvironmentLacks."""
    write_whole(path, encode_transcript(transcript))


def read_report(path: Path) -> Report:
    """The report that was written there. Raises InputRefused with a sentence that says what to do."""
    return Report(**_read(path, "report", _REPORT_FILE))


def read_transcript(path: Path) -> Transcript:
    """The transcript that was written there. Raises InputRefused with a sentence that says what to do."""
    return Transcript(**_read(path, "transcript", _TRANSCRIPT_FILE))


def read_either(path: Path) -> Report | Transcript:
    """The report or the transcript that was written there. Raises InputRefused as the two readers do."""
    try:
        return read_report(path)
    except InputRefused as refusal:
        if refusal.code != "WRONG_KIND":
            raise
    return read_transcript(path)


def encode_report(report: Report) -> bytes:
    """The bytes of `report.json`: UTF-8, a line a value."""
    ordered = dataclasses.replace(
        report,
        provenance=_ordered(report.provenance),
        transcript=dataclasses.replace(report.transcript, provenance=_ordered(report.transcript.provenance)),
    )
    return _encode(ordered, "report", _REPORT_FILE)


def encode_transcript(transcript: Transcript) -> bytes:
    """The bytes of `transcript.json`: UTF-8, a line a value."""
    ordered = dataclasses.replace(transcript, provenance=_ordered(transcript.provenance))
    return _encode(ordered, "transcript", _TRANSCRIPT_FILE)


def json_schema(kind: Kind) -> str:
    """The JSON Schema (2020-12) of one kind of file, as text that ends with a newline."""
    model = _REPORT_FILE if kind == "report" else _TRANSCRIPT_FILE
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _file_of(kind: Kind, record: type[Any]) -> type[pydantic.BaseModel]:
    """The file's shape, taken from the dataclass itself so that the two cannot drift apart."""
    hints = typing.get_type_hints(record)
    only_this_kind: Any = Literal[kind]
    fields: dict[str, Any] = {
        # A field with a default came later than the file's first version: older files are without it.
        each.name: (hints[each.name], ... if each.default is dataclasses.MISSING else each.default)
        for each in dataclasses.fields(record)
    }
    return pydantic.create_model(
        f"{record.__name__}File",
        __config__=pydantic.ConfigDict(json_schema_serialization_defaults_required=True),
        __doc__=record.__doc__,
        schema_version=(Literal[1], ...),
        kind=(only_this_kind, ...),
        **fields,
    )


def _ordered(provenance: Provenance) -> Provenance:
    """Mappings compare equal in any order; bytes do not."""
    return dataclasses.replace(
        provenance,
        models=dict(sorted(provenance.models.items())),
        options=dict(sorted(provenance.options.items())),
        hashes=dict(sorted(provenance.hashes.items())),
    )


def _encode(record: Report | Transcript, kind: Kind, shape: type[pydantic.BaseModel]) -> bytes:
    fields = {each.name: getattr(record, each.name) for each in dataclasses.fields(record)}
    file = shape.model_construct(schema_version=SCHEMA_VERSION, kind=kind, **fields)
    try:
        text = file.model_dump_json(indent=_INDENT, warnings=False)
    except (pydantic_core.PydanticSerializationError, UnicodeEncodeError):
        # Lone surrogates, most likely from a file name that is not UTF-8: keep what can be kept.
        plain = _well_formed(file.model_dump(warnings=False))
        text = shape.model_validate(plain).model_dump_json(indent=_INDENT, warnings=False)
    return text.encode("utf-8") + b"\n"


def _well_formed(value: Any) -> Any:
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, dict):
        return {_well_formed(key): _well_formed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_well_formed(each) for each in value]
    return value


def _read(path: Path, kind: Kind, shape: type[pydantic.BaseModel]) -> dict[str, Any]:
    raw = _bytes_of(path)
    try:
        content = pydantic_core.from_json(raw)
    except ValueError as error:
        raise InputRefused(
            "NOT_JSON",
            f"{path.name} is not a whole JSON file. It may have been cut short; make it again with "
            f"'coachai observe'.",
        ) from error
    _check_head(path, content, kind)
    try:
        file = shape.model_validate_json(raw, strict=True)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InputRefused(
            "DAMAGED_FILE",
            f"{path.name} is not a {kind} we can read: at {where}: {first['msg']}. Make the file again "
            f"with coachai.",
        ) from error
    return {name: getattr(file, name) for name in shape.model_fields if name not in _HEAD}


def _bytes_of(path: Path) -> bytes:
    try:
        # An editor on Windows may have put a byte order mark in front.
        return path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except FileNotFoundError as error:
        raise InputRefused("NOT_FOUND", f"There is no file {path.name}. Check the name.") from error
    except IsADirectoryError as error:
        raise InputRefused("NOT_A_FILE", f"{path.name} is a folder, not a file.") from error
    except OSError as error:
        why = (error.strerror or "the system refused").lower()
        raise InputRefused("CANNOT_READ", f"Cannot read {path.name}: {why}.") from error


def _check_head(path: Path, content: Any, kind: Kind) -> None:
    found = content.get("kind") if isinstance(content, dict) else None
    version = content.get("schema_version") if isinstance(content, dict) else None
    if found not in typing.get_args(Kind) or isinstance(version, bool) or not isinstance(version, int):
        raise InputRefused("NOT_OURS", f"{path.name} is not a file that coachai wrote. Give a {kind}.json.")
    if found != kind:
        raise InputRefused("WRONG_KIND", f"{path.name} is a {found}, but a {kind} is needed here.")
    if version > SCHEMA_VERSION:
        raise InputRefused(
            "NEWER_FILE",
            f"{path.name} was written by a newer coachai (file version {version}; this one reads up to "
            f"{SCHEMA_VERSION}). Update coachai and run it again.",
        )
    if version < 1:
        raise InputRefused("NOT_OURS", f"{path.name} has no file version we know. Make it again.")


_HEAD = {"schema_version", "kind"}
_REPORT_FILE = _file_of("report", Report)
_TRANSCRIPT_FILE = _file_of("transcript", Transcript)
