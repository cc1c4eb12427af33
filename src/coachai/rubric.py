"""Rubrics: find one by id or path, read it strictly, and answer every mistake with its line."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from coachai.errors import InputRefused
from coachai.resources import resource
from coachai.rubric_shape import ASKS, Criterion, Indicator, Rubric, shown, unknown
from coachai.strict_yaml import BadYaml, Parsed, Place, parse

LARGEST_FILE = 200_000
"""Bytes; a rubric is a few pages of text."""

MOST_PROBLEMS = 10
"""Mistakes named at once; more would bury the first."""

_SHIPPED = "configs", "rubrics"

__all__ = ["Criterion", "Indicator", "Rubric", "check_rubric", "list_rubrics", "load_rubric"]


def list_rubrics() -> tuple[str, ...]:
    """The ids of the rubrics that ship with the program, sorted."""
    names = (each.name for each in resource(*_SHIPPED).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def load_rubric(id_or_path: str | Path) -> Rubric:
    """A shipped rubric by its id, or one of your own by its path.

    Raises InputRefused (`NO_RUBRIC`, `BAD_RUBRIC`) naming file, line, the wrong word and the allowed ones.
    """
    name = "".join(each if each.isprintable() else "?" for each in str(id_or_path))
    if name in list_rubrics():
        shipped = resource(*_SHIPPED, f"{name}.yaml")
        return _read(f"{name}.yaml", shipped.read_bytes())
    path = Path(id_or_path)
    if not path.exists() and path.suffix not in {".yaml", ".yml"} and len(path.parts) == 1:
        said = unknown("rubric", name, list_rubrics())
        raise InputRefused("NO_RUBRIC", f"{said}, or the path of a file")
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError):
        raise InputRefused("NO_RUBRIC", f"cannot read the rubric file {name}; check the path") from None
    if len(raw) > LARGEST_FILE:
        raise InputRefused("BAD_RUBRIC", f"{Path(name).name} is too large for a rubric (200 kB at most)")
    return _read(Path(name).name, raw)


def check_rubric(path: str | Path) -> tuple[str, ...]:
    """Every mistake in a rubric file, one line each; nothing where it can be used."""
    try:
        load_rubric(path)
    except InputRefused as refused:
        return tuple(refused.message.splitlines())
    return ()


def _read(name: str, raw: bytes) -> Rubric:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputRefused("BAD_RUBRIC", f"{name} line {line}: not UTF-8 text; save it as UTF-8") from None
    try:
        parsed = parse(text)
    except BadYaml as bad:
        raise InputRefused("BAD_RUBRIC", f"{name} {bad}") from None
    if not isinstance(parsed.data, dict):
        raise InputRefused("BAD_RUBRIC", f'{name} line 1: a rubric starts with keys such as "id: my-rubric"')
    try:
        rubric = Rubric.model_validate(parsed.data)
    except ValidationError as invalid:
        errors = [each for each in invalid.errors(include_url=False) if not _follows_from_another(each)]
        found = sorted({_located(each, parsed) for each in errors})
        shown = [f"{name} line {line}: {said}" for line, said in found[:MOST_PROBLEMS]]
        if len(found) > MOST_PROBLEMS:
            shown.append(f"{name}: and {len(found) - MOST_PROBLEMS} more")
        raise InputRefused("BAD_RUBRIC", "\n".join(shown)) from None
    rubric._sha256 = hashlib.sha256(raw).hexdigest()
    return rubric


def _follows_from_another(error: ErrorDetails) -> bool:
    """Whether a list is called too short only because its wrong items were not counted."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _located(error: ErrorDetails, parsed: Parsed) -> tuple[int, str]:
    """The line of a mistake and the sentence about it."""
    place = _place(error["loc"], parsed.data)
    inner = tuple(error.get("ctx", {}).get("place", ()))
    if error["type"] == "union_tag_invalid":
        inner = ("ask",)
    return parsed.line_of(place + inner), _said(error, place)


def _place(loc: Place, data: Any) -> Place:
    """Pydantic's path without the names of union members, which are not in the file."""
    place: list[str | int] = []
    for step in loc:
        inside = isinstance(data, dict) and step in data
        if inside or (isinstance(data, list) and isinstance(step, int) and step < len(data)):
            place.append(step)
            data = data[step]
    return tuple(place)


_SHOULD_BE = {
    "string_type": 'text; put it in quotes: "like this"',
    "float_type": "a number such as 3.0",
    "int_type": "a whole number such as 5",
    "tuple_type": 'a list, each line starting with "- "',
    "dict_type": "a map of key: value lines",
    "model_type": "a map of key: value lines",
    "model_attributes_type": "a map of key: value lines",
}


def _said(error: ErrorDetails, place: Place) -> str:
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    key = next((step for step in reversed(place) if isinstance(step, str)), "rubric")
    if kind == "missing":
        return f'"{error["loc"][-1]}" is missing here'
    if kind == "literal_error":
        return f'"{key}" cannot be {shown(given)}. Allowed: {context["expected"].replace(chr(39), "")}'
    if kind == "union_tag_not_found":
        return f'"ask" is missing here. Allowed: {", ".join(ASKS)}'
    if kind == "union_tag_invalid":
        return unknown("ask", str(context["tag"]), ASKS)
    if kind == "string_pattern_mismatch":
        return f'"{key}" cannot be {shown(given)}; use small letters, digits and single hyphens'
    if kind == "too_short":
        return f'"{key}" needs at least {context["min_length"]} entry'
    if kind in _SHOULD_BE:
        return f'"{key}" cannot be {shown(given)}; it should be {_SHOULD_BE[kind]}'
    if context.get("text") or kind in {"bound", "coaching"}:
        return error["msg"]
    return f'"{key}" cannot be {shown(given)}: {error["msg"][:1].lower()}{error["msg"][1:]}'
