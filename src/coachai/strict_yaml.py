"""A small, strict part of YAML for files that people write, with the line of everything.

Only maps, lists and plain values: no anchors, no aliases, no tags, no second document, no key twice.
`yes`, `no`, dates and `1:30` stay text (YAML 1.1 would quietly make them something else).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""Keys and positions that lead to a value, e.g. ``("criteria", 0, "id")``."""

DEEPEST = 20
"""Levels of nesting allowed; a file nested deeper is a mistake or an attack."""

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]+$")
_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}
_HOLDS = (yaml.MappingStartEvent, yaml.SequenceStartEvent, yaml.ScalarEvent)
_BLAME: dict[type[yaml.Event], str] = {
    yaml.AliasEvent: "an alias (*name) is not allowed here; write the text out",
    yaml.DocumentStartEvent: "a second document (---) is not allowed; one file holds one thing",
}


class BadYaml(Exception):
    """The text is not the YAML we read. `line` counts from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


@dataclass(slots=True)
class Parsed:
    """The data, and the line (from 1) of each value; `key_lines` has the line of each key of a map."""

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    key_lines: dict[Place, int] = field(default_factory=dict)

    def line_of(self, place: Place) -> int:
        """Line of the key or value at `place`, or of the nearest thing around it."""
        for length in range(len(place), -1, -1):
            for lines in (self.key_lines, self.lines):
                if place[:length] in lines:
                    return lines[place[:length]]
        return 1


def parse(text: str) -> Parsed:
    """Read one document. Raises BadYaml with the line and what is wrong there."""
    parsed = Parsed()
    try:
        events = (
            event
            for event in yaml.parse(text, Loader=yaml.SafeLoader)
            if not isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent))
        )
        if next(events, None) is None:
            return parsed
        parsed.data = _value(next(events), events, (), parsed)
        after = next(events, None)
        if after is not None:
            _refuse(after)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYaml(mark.line + 1 if mark else 1, _in_words(error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadYaml(line, "a character that cannot stand in a text file") from None
    return parsed


def _value(event: yaml.Event, events: Iterator[yaml.Event], place: Place, parsed: Parsed) -> Any:
    if len(place) > DEEPEST:
        raise BadYaml(_line(event), f"nested more than {DEEPEST} levels deep")
    parsed.lines[place] = _line(event)
    if type(event) in _BLAME:
        _refuse(event)
    if not isinstance(event, _HOLDS):
        raise BadYaml(_line(event), "something stands here that does not belong")
    if event.anchor:
        raise BadYaml(_line(event), f"an anchor (&{event.anchor}) is not allowed here; write the text out")
    if event.tag:
        raise BadYaml(_line(event), f"a tag ({event.tag}) is not allowed here")
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, place, parsed)
    if isinstance(event, yaml.SequenceStartEvent):
        found: list[Any] = []
        while not isinstance(item := next(events), yaml.SequenceEndEvent):
            found.append(_value(item, events, (*place, len(found)), parsed))
        return found
    return _scalar(event)


def _mapping(events: Iterator[yaml.Event], place: Place, parsed: Parsed) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        if type(event) in _BLAME:
            _refuse(event)
        if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
            raise BadYaml(_line(event), "a key must be a plain word")
        key = event.value
        if key in found:
            first = parsed.key_lines[(*place, key)]
            raise BadYaml(_line(event), f'"{key}" stands here twice (first in line {first}); remove one')
        parsed.key_lines[(*place, key)] = _line(event)
        found[key] = _value(next(events), events, (*place, key), parsed)
    return found


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.style is not None:
        return text
    if text in _PLAIN:
        return _PLAIN[text]
    if _WHOLE.match(text):
        return int(text) if len(text) < 16 else text
    return float(text) if _DECIMAL.match(text) else text


def _refuse(event: yaml.Event) -> None:
    raise BadYaml(_line(event), _BLAME.get(type(event), "something stands here that does not belong"))


def _line(event: yaml.Event) -> int:
    return int(event.start_mark.line) + 1 if event.start_mark else 1


def _in_words(error: yaml.MarkedYAMLError) -> str:
    """PyYAML's own words, with the mistake that people make most named first."""
    problem = error.problem or "not YAML"
    if "\\t" in problem:
        return "a tab stands here; indent with spaces"
    if "mapping values are not allowed" in problem:
        return 'a colon followed by a space must be inside quotes: "like: this"'
    if "but got '?'" in problem:
        return "a question mark inside { } or [ ] must be inside quotes"
    return f"not YAML: {problem}"
