"""A small, strict part of YAML for files that people write, with the line of everything.

Only maps, lists and plain values: no anchors, aliases, tags, directives or merge keys, no second document,
no key twice. `yes`, `no`, `1e3`, `0x10`, dates and `1:30` stay text (YAML 1.1 would quietly make them
something else). Depth and size are limited, so that no file costs more than a moment to refuse.
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

MOST_VALUES = 5_000
"""Values, maps and lists allowed in one file; the longest shipped rubric has about 220."""

LONGEST_KEY = 200
"""Characters of a key."""

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]+")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""What nobody sees: it would steer a terminal, turn the text around, or cannot be saved at all."""

_HIDDEN_BREAK = re.compile(r"[\x85\u2028\u2029]")
"""YAML begins a new line here and editors do not: every line number after it would be wrong."""

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
    hidden = _HIDDEN_BREAK.search(text)
    if hidden:
        raise BadYaml(_line_at(text, hidden.start()), "a hidden line break; write the line anew")
    try:
        return _document(yaml.SafeLoader(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYaml(mark.line + 1 if mark else 1, _in_words(error)) from None
    except yaml.reader.ReaderError as error:
        line = _line_at(text, error.position)
        raise BadYaml(line, "a character that cannot stand in a text file") from None


def _document(loader: Any) -> Parsed:
    parsed = Parsed()
    events = _events(loader)
    start = next(events, None)
    if start is None:
        return parsed
    if start.version or start.tags:
        raise BadYaml(_line(start), "a line that starts with % is not allowed here")
    parsed.data = _value(next(events), events, (), parsed)
    after = next(events, None)
    if after is not None:
        _refuse(after)
    return parsed


def _events(loader: Any) -> Iterator[Any]:
    """The events of the documents. PyYAML lets numbers that are too large escape as plain Python errors."""
    while True:
        try:
            event = loader.get_event()
        except (ValueError, OverflowError):
            raise BadYaml(loader.line + 1, "a number here is too large for any text") from None
        if event is None:
            return
        if not isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)):
            yield event


def _value(event: yaml.Event, events: Iterator[yaml.Event], place: Place, parsed: Parsed) -> Any:
    if len(place) > DEEPEST:
        raise BadYaml(_line(event), f"nested more than {DEEPEST} levels deep")
    if len(parsed.lines) >= MOST_VALUES:
        raise BadYaml(_line(event), f"more than {MOST_VALUES} entries; no such file is as long as this")
    parsed.lines[place] = _line(event)
    if type(event) in _BLAME:
        _refuse(event)
    if not isinstance(event, _HOLDS):
        raise BadYaml(_line(event), "something stands here that does not belong")
    if event.anchor:
        raise BadYaml(
            _line(event), f"an anchor (&{_short(event.anchor)}) is not allowed here; write the text out"
        )
    if event.tag:
        raise BadYaml(_line(event), f"a tag ({_short(event.tag)}) is not allowed here")
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
        key = _seen(event)
        if len(key) > LONGEST_KEY or "\n" in key:
            raise BadYaml(_line(event), f"a key must be a plain word (at most {LONGEST_KEY} characters)")
        if key == "<<":
            raise BadYaml(_line(event), "a merge key (<<) is not allowed here; write the entries out")
        if key in found:
            first = parsed.key_lines[(*place, key)]
            raise BadYaml(_line(event), f'"{key}" stands here twice (first in line {first}); remove one')
        parsed.key_lines[(*place, key)] = _line(event)
        found[key] = _value(next(events), events, (*place, key), parsed)
    return found


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = _seen(event)
    if event.style is not None:
        return text
    if text in _PLAIN:
        return _PLAIN[text]
    if _WHOLE.fullmatch(text):
        return int(text) if len(text) < 16 else text
    return float(text) if _DECIMAL.fullmatch(text) else text


def _seen(event: yaml.ScalarEvent) -> str:
    """The text of a scalar; refused where it holds what no reader would see."""
    text: str = event.value
    if _UNSEEN.search(text):
        raise BadYaml(_line(event), "an invisible control character stands in this text; write it anew")
    return text


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:37]}..."


def _refuse(event: yaml.Event) -> None:
    raise BadYaml(_line(event), _BLAME.get(type(event), "something stands here that does not belong"))


def _line(event: yaml.Event) -> int:
    return int(event.start_mark.line) + 1 if event.start_mark else 1


def _line_at(text: str, position: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:position])) + 1


def _in_words(error: yaml.MarkedYAMLError) -> str:
    """PyYAML's own words, with the mistake that people make most named first."""
    problem = error.problem or "not YAML"
    if "\\t" in problem:
        return "a tab stands here; indent with spaces"
    if "mapping values are not allowed" in problem:
        return 'a colon followed by a space must be inside quotes: "like: this"'
    if "but got '?'" in problem:
        return "a question mark inside { } or [ ] must be inside quotes"
    return f"not YAML: {problem if len(problem) <= 160 else problem[:157] + '...'}"
