"""What the evaluation of voices is given: lessons, minutes of meetings, clips, and who was learned from.

Names are read leniently, because other people's folders differ: any `*.truth.json` with its media beside
it, any RTTM with a sound of the same stem, clips named after their utterance. What cannot be read is one
sentence.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coachai.records import Span
from coachai.timeline import merged
from models.voices.corpora import ADULT_FROM, CHILD_UNDER

MEDIA = (".m4a", ".mp4", ".mov", ".webm", ".mkv", ".mp3", ".ogg", ".opus", ".aac", ".wav", ".flac")
_AT_ONCE = 3  # voices: a class speaks, not one pupil into another's words
_GROUP_PAUSE, _GROUP_SECONDS = 1.0, 3.0
AGES = ((6, "under 6"), (9, "6-8"), (11, "9-10"), (13, "11-12"), (18, "13-17"))


class Unreadable(Exception):
    """What was named cannot be evaluated; the message is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Span):
    """An utterance of the truth. `role` is teacher, student, or what takes no part (visitor, video)."""

    role: str
    speaker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A lesson with known truth. `speakers` lent their voices (None: nobody knows); `readers` says who which.

    `kind` is the scene, else `dialogue` where questions are marked, else `voices`.
    """

    name: str
    kind: str
    condition: str
    media: Path
    duration: float
    said: tuple[Said, ...]
    group: tuple[Span, ...] = ()
    plain: Path | None = None
    speakers: frozenset[str] | None = None
    readers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """Part of a meeting, with who speaks when."""

    name: str
    media: Path
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One sentence of one reader; `gender` is f, m or unknown."""

    utterance: str
    speaker: str
    age: int
    gender: str
    path: Path

    @property
    def adult(self) -> bool | None:
        """Whether an adult reads; None from 13 to 17."""
        if CHILD_UNDER <= self.age < ADULT_FROM:
            return None
        return self.age >= ADULT_FROM

    @property
    def ages(self) -> str:
        """The age group in words."""
        return next((name for below, name in AGES if self.age < below), "adults")


def speaker_id(name: object) -> str:
    """One way to write a speaker: tables that went through a spreadsheet lose leading zeros."""
    text = str(name).strip()
    return text.zfill(4) if text.isdecimal() else text


def trained_on(card: Path) -> frozenset[str]:
    """The speakers that the model learned from, by its card; nobody where there is no card."""
    if not card.is_file():
        return frozenset()
    listed = _json(card).get("speakers", {})
    named = listed.get("train", ()) if isinstance(listed, dict) else ()
    return frozenset(map(speaker_id, _strings(named)))


def lessons_in(folder: Path) -> tuple[list[Lesson], list[str]]:
    """The lessons of a folder by name, and those that cannot be used, each with its reason."""
    files = sorted(_folder(folder, "--lessons").glob("*.truth.json"))
    if not files:
        raise Unreadable(f"{folder} holds no lesson: a file *.truth.json with its video or sound beside it.")
    listed = folder / "sources.json"
    sources = _json(listed) if listed.is_file() else {}
    found, unused = [], []
    for file in files:
        name = file.name.removesuffix(".truth.json")
        media = next((path for end in MEDIA if (path := file.with_name(name + end)).is_file()), None)
        if media is None:
            unused.append(f"{name}: no video or sound beside {file.name}")
        else:
            found.append(lesson_of(file, media, sources))
    if not found:
        raise Unreadable(f"{folder}: no *.truth.json has its video or sound beside it.")
    return found, unused


def lesson_of(file: Path, media: Path, sources: Mapping[str, Any]) -> Lesson:
    """One lesson from its truth. Raises Unreadable."""
    name = file.name.removesuffix(".truth.json")
    truth = _json(file)
    try:
        said = tuple(
            Said(
                start=float(each["start"]),
                end=float(each["end"]),
                role=str(each["role"]),
                speaker=str(each.get("speaker", each["role"])),
            )
            for each in truth["utterances"]
            if float(each["end"]) > float(each["start"])
        )
        group = [Span(start=float(start), end=float(end)) for start, end in truth.get("group", ())]
    except (KeyError, TypeError, ValueError) as wrong:
        raise Unreadable(f"{file.name} is not a lesson's truth: {wrong!r} in its utterances.") from wrong
    if not said:
        raise Unreadable(f"{file.name} holds no utterance.")
    asked = any(each.get("question") for each in truth["utterances"])
    plain = file.with_name(f"{name}.plain.vtt")
    readers = {str(part): speaker_id(who) for part, who in truth.get("readers", {}).items()}
    told = sources.get(name, truth.get("sources"))
    named = {speaker_id(each) for each in readers.values()}
    if isinstance(told, dict):
        named |= {
            speaker_id(each)
            for corpus, names in told.items()
            if corpus != "talkmoves"
            for each in _strings(names)
        }
    return Lesson(
        name=name,
        kind=str(truth.get("scene") or ("dialogue" if asked else "voices")),
        condition=str(truth.get("condition", "unknown")),
        media=media,
        duration=max(float(truth.get("duration") or 0.0), *(each.end for each in said)),
        said=tuple(sorted(said, key=lambda each: each.start)),
        group=merged(group) if "group" in truth else at_once(said),
        plain=plain if plain.is_file() else None,
        speakers=frozenset(named) if told is not None or readers else None,
        readers=readers,
    )


def at_once(said: Iterable[Span]) -> tuple[Span, ...]:
    """Where three or more utterances run at once for three seconds, pauses of a second bridged."""
    edges = sorted([(each.start, 1) for each in said] + [(each.end, -1) for each in said])
    found, count = [], 0
    for k, (time, step) in enumerate(edges):
        count += step
        if count >= _AT_ONCE and k + 1 < len(edges) and edges[k + 1][0] > time:
            found.append(Span(start=time, end=edges[k + 1][0]))
    return tuple(each for each in merged(found, _GROUP_PAUSE) if each.duration >= _GROUP_SECONDS)


def apart(lessons: Sequence[Lesson], trained: frozenset[str]) -> tuple[list[Lesson], list[str], list[str]]:
    """The lessons of speakers that were not learned from, the names of the others, and those of lessons of
    which nobody says whose voices they are."""
    seen = [each for each in lessons if each.speakers and each.speakers & trained]
    kept = [each for each in lessons if each not in seen]
    return kept, [each.name for each in seen], [each.name for each in kept if each.speakers is None]


def minutes_in(folder: Path) -> list[Minute]:
    """Every RTTM of the folder that has a sound of its stem. Raises Unreadable."""
    found = []
    for truth in sorted(_folder(folder, "--ami").glob("*.rttm")):
        media = next((path for end in reversed(MEDIA) if (path := truth.with_suffix(end)).is_file()), None)
        if media is not None:
            found.append(Minute(name=truth.stem, media=media, said=turns_of(truth)))
    if not found:
        raise Unreadable(
            f"{folder} holds no meeting: a file *.rttm with its sound (.flac or .wav) beside it."
        )
    return found


def turns_of(truth: Path) -> tuple[Said, ...]:
    """Who speaks when, by an RTTM. Raises Unreadable."""
    turns = []
    for number, line in enumerate(truth.read_text(encoding="utf-8").splitlines(), 1):
        part = line.split()
        if not part or part[0] != "SPEAKER":
            continue
        try:
            start, length = float(part[3]), float(part[4])
            turns.append(Said(start=start, end=start + length, role="unknown", speaker=part[7]))
        except (IndexError, ValueError) as wrong:
            raise Unreadable(f"{truth.name}, line {number}: not a SPEAKER line of an RTTM.") from wrong
    return tuple(sorted((each for each in turns if each.duration > 0), key=lambda each: each.start))


def clips_in(metadata: Path) -> list[Clip]:
    """The clips that a table lists and that stand beside it. Raises Unreadable."""
    if not metadata.is_file():
        raise Unreadable(f"There is no file {metadata}; name the clips' table with --clips metadata.csv.")
    with metadata.open(encoding="utf-8-sig", newline="") as rows:
        table = csv.DictReader(rows)
        lacking = {"utterance", "speaker", "age"} - set(table.fieldnames or ())
        if lacking:
            raise Unreadable(f"{metadata.name} has no column {', '.join(sorted(lacking))}.")
        found = [clip for row in table if (clip := _clip(row, metadata)) is not None]
    if not found:
        raise Unreadable(f"{metadata}: no clip of the table stands beside it as <utterance>.flac.")
    return found


def _clip(row: Mapping[str, str], metadata: Path) -> Clip | None:
    stems = (row["utterance"], row["utterance"].zfill(9))
    places = (metadata.with_name(f"{stem}{end}") for stem in stems for end in (".flac", ".wav"))
    path = next((each for each in places if each.is_file()), None)
    try:
        age = int(float(row["age"]))
    except ValueError:
        return None
    if path is None:
        return None
    gender = (row.get("gender") or "").strip().lower()[:1]
    return Clip(
        utterance=row["utterance"],
        speaker=speaker_id(row["speaker"]),
        age=age,
        gender=gender if gender in ("f", "m") else "unknown",
        path=path,
    )


def _folder(path: Path, option: str) -> Path:
    if not path.is_dir():
        raise Unreadable(f"There is no folder {path}; name one with {option}.")
    return path


def _json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise Unreadable(f"{path.name} cannot be read as JSON: {wrong}") from wrong
    if not isinstance(read, dict):
        raise Unreadable(f"{path.name} holds no names with values.")
    return read


def _strings(nested: object) -> Iterable[object]:
    """What a list holds, lists and tables in it opened."""
    if isinstance(nested, dict):
        nested = list(nested.values())
    if isinstance(nested, list | tuple):
        for each in nested:
            yield from _strings(each)
    else:
        yield nested
