"""Corrections in words: for the list on the command line, and for pages and sheets."""

from __future__ import annotations

from collections.abc import Sequence

from coachai.corrections.file import Corrections
from coachai.corrections.identity import heard_at, utterance_ids
from coachai.corrections.shape import (
    AnyEntry,
    OfUtterance,
    PartEntry,
    RoleEntry,
    TimeEntry,
    UndoEntry,
    WordsEntry,
)
from coachai.corrections.vocabulary import LABELS, PART_KINDS
from coachai.records import Correction, LessonPart, Transcript, Utterance

SHOWN = 60
"""Characters of a sentence in a list."""


def listed(heard: Transcript, corrections: Corrections) -> list[str]:
    """A line an entry: its id, where, what the machine said and what a person says, who and when."""
    by_name = dict(zip(utterance_ids(heard.utterances), heard.utterances, strict=True))
    holding = {each.id for each in corrections.holding}
    lines: list[str] = []
    for each in corrections.entries:
        its = _utterance(each, heard, by_name)
        begins = each.start if isinstance(each, PartEntry) else its.start if its is not None else None
        place = "" if begins is None else _clock(begins)
        held = each.id in holding or isinstance(each, UndoEntry)
        signed = f"{each.who}, {each.when[:16].replace('T', ' ')}"
        note = f" “{each.note}”" if each.note else ""
        taken_back = "" if held else " (taken back)"
        lines.append(f"{each.id:<9}  {place:>7}  {_values(each, its)}  [{signed}]{note}{taken_back}")
    return lines


def people_put_right(transcript: Transcript) -> str:
    """How much people put right in a transcript, and who, in a sentence; empty where nothing."""
    made = _all(transcript)
    if not made:
        return ""
    things = "one thing" if len(made) == 1 else f"{len(made)} things"
    return (
        f"People put {things} right that the machine heard: {', '.join(sorted({each.who for each in made}))}."
    )


def beside(correction: Correction) -> str:
    """What stands beside a corrected value: who put it right, and what the machine had said."""
    if correction.what == "label":
        words = LABELS.get(correction.label, correction.label.replace("_", " "))
        said, agreed = f"says {correction.who}", (correction.was == "no") == (correction.now == "no")
        denied = "" if correction.now == "yes" else "not: "
        return f"{denied}{words}, {said} ({'so did we' if agreed else _found(correction)})"
    thing = {"role": "speaker", "words": "words", "time": "time"}.get(correction.what, "part")
    return f"{thing} put right by {correction.who} (was: {_was(correction)})"


def _found(correction: Correction) -> str:
    return "we had said so" if correction.was != "no" else "we had not found it"


def _was(correction: Correction) -> str:
    if correction.what == "words":
        return f"“{correction.was}”" if correction.was else "no words"
    if correction.what == "time":
        return f"{correction.was.replace('-', ' to ')} s"
    return _part(correction.was) if correction.what == "lesson_part" else correction.was


def part_told(part: LessonPart) -> str:
    """What a person named a stretch, in words."""
    its = part.correction
    return f"{PART_KINDS[part.kind].capitalize()}, as {its.who} says" + (f": {its.note}" if its.note else "")


def _all(transcript: Transcript) -> Sequence[Correction]:
    found = [each for said in transcript.utterances for each in said.corrected]
    found += [each.correction for each in transcript.parts]
    return list({each.id: each for each in found}.values())


def _utterance(entry: AnyEntry, heard: Transcript, by_name: dict[str, Utterance]) -> Utterance | None:
    if not isinstance(entry, OfUtterance):
        return None
    if entry.utterance is not None:
        return by_name.get(entry.utterance)
    found = () if entry.at is None else heard_at(heard.utterances, entry.at)
    return heard.utterances[found[0]] if len(found) == 1 else None


def _values(entry: AnyEntry, heard: Utterance | None) -> str:
    """What an entry is about, the machine's value and the corrected one."""
    if isinstance(entry, UndoEntry):
        return f"takes {entry.undoes} back"
    if isinstance(entry, PartEntry):
        return f"until {_clock(entry.end)}: {_part(entry.was or 'not named')} → {PART_KINDS[entry.to]}"
    if heard is None:
        return entry.what
    if isinstance(entry, RoleEntry):
        return f"speaker: {heard.role} → {entry.to}"
    if isinstance(entry, WordsEntry):
        return f"words: “{_short(heard.text)}” → “{_short(entry.to)}”"
    if isinstance(entry, TimeEntry):
        now = f"{entry.to.start:.1f}-{entry.to.end:.1f} s"
        return f"time: {heard.start:.1f}-{heard.end:.1f} s → {now}"
    was, now = "yes" if heard.has(entry.label) else "no", "yes" if entry.to else "no"
    return f"{entry.label}: {was} → {now}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _part(kind: str) -> str:
    return next((words for name, words in PART_KINDS.items() if name == kind), kind)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
