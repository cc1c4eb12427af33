"""The shape of `corrections.json`: strict, because people write it by hand too."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from coachai.corrections.vocabulary import LABELS
from coachai.records import LessonPartKind, Role

SCHEMA_VERSION = 1

LARGEST_FILE = 2_000_000
"""Bytes; a correction takes some 400, and nobody puts 5,000 sentences right by hand."""

MOST_ENTRIES = 5_000

LONGEST_LESSON = 86_400.0
"""Seconds: no time in the file lies beyond a day."""

_TURNS_TEXT = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029, 0xFEFF)))


def _readable(text: str) -> str:
    """Refuses what nobody sees: it would steer a terminal, turn text around, or cannot be saved at all."""
    hidden = [
        each for each in text if unicodedata.category(each) in ("Cc", "Cs", "Cn") or each in _TURNS_TEXT
    ]
    if hidden:
        said = f"holds a character that cannot be seen (U+{ord(hidden[0]):04X}); write it anew"
        raise PydanticCustomError("unseen", "{text}", {"text": said})
    return " ".join(text.split())


def _moment(text: str) -> str:
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        made = None
    if made is None or made.tzinfo is None:
        said = "is no moment with its time zone, such as 2026-03-01T16:20:00+01:00"
        raise PydanticCustomError("no_moment", "{text}", {"text": said})
    return text


def _known_label(name: str) -> str:
    if name not in LABELS:
        from coachai.rubric_shape import unknown

        raise PydanticCustomError("unknown_label", "{text}", {"text": unknown("label", name, LABELS)})
    return name


def _line(longest: int, shortest: int = 0) -> object:
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest)


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
UtteranceId = Annotated[str, StringConstraints(pattern=r"^u[0-9a-f]{12}(-[0-9]{1,4})?$")]
Who = Annotated[str, _line(60, 1), AfterValidator(_readable)]
Note = Annotated[str, _line(500), AfterValidator(_readable)]
Words = Annotated[str, _line(2000), AfterValidator(_readable)]
When = Annotated[str, _line(40), AfterValidator(_moment)]
Seconds = Annotated[float, Field(ge=0, le=LONGEST_LESSON, allow_inf_nan=False)]
LabelName = Annotated[str, AfterValidator(_known_label), Field(json_schema_extra={"enum": sorted(LABELS)})]


class Strict(BaseModel):
    """A map in the file: only the keys named here, with values of just these kinds."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Times(Strict):
    """From when to when, in seconds."""

    start: Seconds
    end: Seconds

    @model_validator(mode="after")
    def _has_length(self) -> Times:
        if self.end <= self.start:
            raise PydanticCustomError("backwards", "ends before it begins")
        return self


class Entry(Strict):
    """What every entry says: its own id, who made it and when."""

    id: Id
    who: Who
    when: When
    note: Note = ""


class OfUtterance(Entry):
    """An entry about one utterance, named by its id, a time (s) in it, or both: then they must agree."""

    utterance: UtteranceId | None = None
    at: Seconds | None = None

    @model_validator(mode="after")
    def _says_where(self) -> OfUtterance:
        if self.utterance is None and self.at is None:
            raise PydanticCustomError("nowhere", 'says of no sentence; add "at" (seconds) or "utterance"')
        return self


class RoleEntry(OfUtterance):
    """Who speaks: the teacher, a student, or nobody can say."""

    what: Literal["role"]
    was: Role | None = Field(default=None, alias="from")
    to: Role


class LabelEntry(OfUtterance):
    """What the sentence does, or does not."""

    what: Literal["label"]
    label: LabelName
    was: bool | None = Field(default=None, alias="from")
    to: bool


class WordsEntry(OfUtterance):
    """The words as they were said; empty where nothing was said."""

    what: Literal["words"]
    was: Annotated[str, StringConstraints(max_length=20_000)] | None = Field(default=None, alias="from")
    to: Words


class TimeEntry(OfUtterance):
    """When the sentence begins and ends."""

    what: Literal["time"]
    was: Times | None = Field(default=None, alias="from")
    to: Times


class PartEntry(Entry):
    """What kind of work a stretch of the lesson is."""

    what: Literal["lesson_part"]
    start: Seconds
    end: Seconds
    was: LessonPartKind | None = Field(default=None, alias="from")
    to: LessonPartKind

    @model_validator(mode="after")
    def _has_length(self) -> PartEntry:
        if self.end <= self.start:
            raise PydanticCustomError("backwards", "ends before it begins")
        return self


class UndoEntry(Entry):
    """Takes an earlier entry back; taken back itself, that entry holds again."""

    what: Literal["undo"]
    undoes: Id


UtteranceEntry = RoleEntry | LabelEntry | WordsEntry | TimeEntry
AnyEntry = UtteranceEntry | PartEntry | UndoEntry
KINDS = ("role", "label", "words", "time", "lesson_part", "undo")


class CorrectionsFile(Strict):
    """Everything that people put right in one transcript, in the order in which they did."""

    schema_version: Literal[1]
    kind: Literal["corrections"]
    transcript_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    corrections: Annotated[
        list[Annotated[AnyEntry, Field(discriminator="what")]], Field(max_length=MOST_ENTRIES)
    ]

    @model_validator(mode="after")
    def _ids_are_used_once(self) -> CorrectionsFile:
        seen: set[str] = set()
        for number, each in enumerate(self.corrections, start=1):
            if each.id in seen:
                said = f'entry {number}: the id "{each.id}" is used twice'
                raise PydanticCustomError("twice", "{text}", {"text": said})
            if isinstance(each, UndoEntry) and each.undoes not in seen:
                said = f'entry {number}: there is no entry "{each.undoes}" before it to take back'
                raise PydanticCustomError("nothing_to_undo", "{text}", {"text": said})
            seen.add(each.id)
        return self


def corrections_schema() -> str:
    """The JSON Schema (2020-12) of `corrections.json`, as text that ends with a newline."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **CorrectionsFile.model_json_schema(by_alias=True),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
