"""The labelled sets as training and evaluation read them, and how they are split."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

TEACHER_MOVES = (
    "none",
    "keeping_everyone_together",
    "getting_students_to_relate",
    "restating",
    "revoicing",
    "pressing_for_accuracy",
    "pressing_for_reasoning",
)
STUDENT_MOVES = (
    "none",
    "relating_to_another_student",
    "asking_for_more_information",
    "making_a_claim",
    "providing_evidence",
)
Part = Literal["train", "dev", "test"]
DEV, TEST = 0.07, 0.15
"""Shares of the lessons (of the observations) kept for choosing and for reporting."""


class Unreadable(Exception):
    """A file that is not what it should be; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Said:
    """One coded sentence. `teacher` and `student` are indices of the move lists, None where not coded;
    `asks` is whether the transcriber ended it with a question mark (None where it does not count)."""

    role: str
    speaker: str
    text: str
    teacher: int | None
    student: int | None
    asks: bool | None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A TalkMoves lesson."""

    name: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A student's words, the teacher's next, and what raters thought; `lesson` is the observation.

    `rating` is the mean of their z-scores; `level` what most of them said (0, 1 or 2), None where they did
    not agree: low, mid or high uptake; neither, funneling or focusing.
    """

    lesson: str
    student: str
    teacher: str
    rating: float
    level: int | None = None


def asked(text: str) -> bool:
    """Whether a sentence ends with a question mark, quotes and brackets aside."""
    return text.rstrip().rstrip("\"'”’)]").rstrip().endswith("?")


def read_lessons(path: Path) -> list[Lesson]:
    """TalkMoves lessons from JSON lines. Raises Unreadable."""
    lessons = []
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    lessons.append(_lesson(json.loads(line)))
                except (ValueError, KeyError, TypeError, AttributeError) as wrong:
                    raise Unreadable(
                        f"Line {number} of {path.name} is not a lesson ({wrong}); each line must be JSON "
                        "with 'lesson' and 'utterances' as in the TalkMoves export."
                    ) from wrong
    except (OSError, EOFError, UnicodeDecodeError) as wrong:
        raise Unreadable(f"{path} cannot be read as gzipped JSON lines: {wrong}.") from wrong
    if not lessons:
        raise Unreadable(f"{path} holds no lessons.")
    return lessons


def _lesson(row: dict[str, Any]) -> Lesson:
    said = []
    for each in row["utterances"]:
        coded = each["teacher_move"] if each["role"] == "teacher" else None
        moved = each["student_move"] if each["role"] == "student" else None
        said.append(
            Said(
                role=each["role"],
                speaker=str(each["speaker"]),
                text=each["text"],
                teacher=None if coded is None else TEACHER_MOVES.index(coded),
                student=None if moved is None else STUDENT_MOVES.index(moved),
                asks=asked(each["text"]) if coded is not None or moved is not None else None,
            )
        )
    return Lesson(str(row["lesson"]), tuple(said))


def read_exchanges(path: Path, rating: str) -> list[Exchange]:
    """Rated exchanges from CSV, those without a rating left out. Raises Unreadable."""
    needed = {"obs_id", "student_text", "teacher_text", rating}
    majority = rating.replace("_zscore", "_majority")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            missing = needed - set(rows.fieldnames or ())
            if missing:
                raise Unreadable(f"{path.name} lacks the column {', '.join(sorted(missing))}.")
            exchanges = [
                Exchange(
                    row["obs_id"],
                    row["student_text"],
                    row["teacher_text"],
                    float(row[rating]),
                    int(float(row[majority])) if (row.get(majority) or "").strip() else None,
                )
                for row in rows
                if (row[rating] or "").strip()
            ]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as wrong:
        raise Unreadable(f"{path} cannot be read as rated exchanges: {wrong}.") from wrong
    if not exchanges:
        raise Unreadable(f"{path} holds no rated exchanges.")
    return exchanges


def part_of(name: str) -> Part:
    """Whether a lesson or observation of that name is for training, choosing or reporting: by its hash, so
    that it is the same in every set and whatever else is there."""
    place = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32
    return "test" if place < TEST else "dev" if place < TEST + DEV else "train"


def composed_of(data: Path) -> frozenset[str]:
    """The TalkMoves lessons of which the composed test lessons were made: in no part of any training."""
    told = json.loads((data / "lessons" / "sources.json").read_text(encoding="utf-8"))
    return frozenset(name for source in told.values() for name in source["talkmoves"])


def split(lessons: Iterable[Lesson], part: Part, left_out: frozenset[str]) -> list[Lesson]:
    """The lessons of a part, without those left out."""
    return [each for each in lessons if each.name not in left_out and part_of(each.name) == part]
