"""New entries from what somebody asks for in one command."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from coachai.corrections.applying import apply
from coachai.corrections.file import Corrections
from coachai.corrections.identity import heard_at, near, utterance_ids
from coachai.corrections.parts import heard_as
from coachai.corrections.vocabulary import LABELS, PART_KINDS
from coachai.errors import InputRefused
from coachai.records import Role, Span, Transcript, Utterance
from coachai.rubric_shape import shown, unknown

ROLES: tuple[Role, ...] = ("teacher", "student", "unknown")

_CLOCK = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,3})?)")
_CHOICES_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one command asks for; times as people type them ("3:12", "1:03:12", "192.4")."""

    who: str = ""
    at: str = ""
    utterance: str = ""
    role: str = ""
    labels: Sequence[str] = ()
    no_labels: Sequence[str] = ()
    words: str | None = None
    start: str = ""
    end: str = ""
    part: str = ""
    undo: Sequence[str] = ()
    note: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything is to be put right or taken back."""
        asked = (self.role, *self.labels, *self.no_labels, self.start, self.end, self.part, *self.undo)
        return any(asked) or self.words is not None


def entries_for(
    wish: Wish, heard: Transcript, corrections: Corrections, made: datetime
) -> tuple[dict[str, Any], ...]:
    """The entries that a wish comes to, as they stand in the file. Raises InputRefused (BAD_CORRECTION).

    Times are those that pages show, with the corrections so far.
    """
    if not wish.changes:
        if wish.at or wish.utterance:
            _refuse(
                "Say what to put right there: --role, --label, --no-label, --words, or --start and --end."
            )
        return ()
    if not wish.who.strip():
        _refuse("Say who puts this right, such as --who MR: a name or initials, shown beside the correction.")
    found: list[dict[str, Any]] = [_undo(each, corrections) for each in wish.undo]
    if wish.part:
        found.append(_part(wish, heard))
    moved = bool(wish.start or wish.end) and not wish.part
    if wish.role or wish.labels or wish.no_labels or wish.words is not None or moved:
        found += _of_utterance(wish, heard, apply(heard, corrections).transcript)
    signed = {"who": wish.who.strip(), "when": made.isoformat(timespec="seconds")}
    noted = {"note": wish.note} if wish.note else {}
    return tuple({"id": f"c{secrets.token_hex(4)}", **signed, **each, **noted} for each in found)


def seconds_of(clock: str, option: str) -> float:
    """A time as people type it, in seconds. Raises InputRefused (BAD_CORRECTION)."""
    found = _CLOCK.fullmatch(clock.strip())
    if found is None or (found[2] is not None and float(found[3]) >= 60):
        _refuse(f"{option} {shown(clock)} is no time: write 3:12, 1:03:12 or seconds such as 192.4.")
    return int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + float(found[3])


def chosen(wish: Wish, heard: Transcript, shown_now: Transcript) -> int:
    """The one utterance that a wish is about, by its time as it is shown now.

    Raises InputRefused, naming those that could be meant.
    """
    names, now = utterance_ids(heard.utterances), shown_now.utterances
    if wish.utterance:
        if wish.utterance not in names:
            _refuse(f"There is no sentence {shown(wish.utterance)} in this transcript.")
        index = names.index(wish.utterance)
        if wish.at and not near(now[index], seconds_of(wish.at, "--at")):
            _refuse(f"--utterance {wish.utterance} does not lie at {wish.at}; give one of the two.")
        return index
    if not wish.at:
        _refuse("Say which sentence, such as --at 3:12: a time in it, as the page shows it.")
    seconds = seconds_of(wish.at, "--at")
    found = heard_at(now, seconds)
    if len(found) == 1:
        return found[0]
    if found:
        listed = [_choice(now[k], names[k]) for k in found[:_CHOICES_SHOWN]]
        _refuse("\n".join([f"Several sentences could be meant at {wish.at}; name one:", *listed]))
    around = sorted(
        range(len(names)),
        key=lambda k: max(now[k].start - seconds, seconds - now[k].end),
    )
    listed = [_choice(now[k], names[k]) for k in sorted(around[:2])]
    _refuse("\n".join([f"Nobody is heard at {wish.at}. The nearest:", *listed]))


def _choice(each: Utterance, name: str) -> str:
    said = each.text if len(each.text) <= 60 else f"{each.text[:57]}..."
    return f"  --utterance {name}  {each.start:.1f} s, {each.role}: {said or '(no words)'}"


def _of_utterance(wish: Wish, heard: Transcript, shown_now: Transcript) -> list[dict[str, Any]]:
    index = chosen(wish, heard, shown_now)
    each = heard.utterances[index]
    where = {"utterance": utterance_ids(heard.utterances)[index], "at": each.start}
    found: list[dict[str, Any]] = []
    if wish.role:
        role = _one_of(wish.role, {name: name for name in ROLES}, "role")
        found.append({"what": "role", **where, "from": each.role, "to": role})
    for to, names in ((True, wish.labels), (False, wish.no_labels)):
        for name in names:
            label = _one_of(name, {known: known for known in LABELS}, "label")
            found.append({"what": "label", **where, "label": label, "from": each.has(label), "to": to})
    if wish.words is not None:
        found.append({"what": "words", **where, "from": each.text, "to": " ".join(wish.words.split())})
    if (wish.start or wish.end) and not wish.part:
        now = shown_now.utterances[index]
        start = seconds_of(wish.start, "--start") if wish.start else now.start
        end = seconds_of(wish.end, "--end") if wish.end else now.end
        old, new = {"start": each.start, "end": each.end}, {"start": start, "end": end}
        found.append({"what": "time", **where, "from": old, "to": new})
    return found


def _part(wish: Wish, heard: Transcript) -> dict[str, Any]:
    kinds = {words: kind for kind, words in PART_KINDS.items()} | {kind: kind for kind in PART_KINDS}
    kind = _one_of(wish.part, kinds, "part of a lesson")
    if not wish.start or not wish.end:
        _refuse(f"Say from when to when there is {PART_KINDS[kind]}: --start 12:00 --end 25:00.")
    start, end = seconds_of(wish.start, "--start"), seconds_of(wish.end, "--end")
    if not start < end <= heard.duration:
        _refuse(
            f"A part has to begin before it ends, and to end by {heard.duration:g} s, where the lesson does."
        )
    was = heard_as(heard, Span(start=start, end=end))
    return {"what": "lesson_part", "start": start, "end": end, "from": was, "to": kind}


def _undo(name: str, corrections: Corrections) -> dict[str, Any]:
    if name not in {each.id for each in corrections.entries}:
        _refuse(f"There is no correction {shown(name)}; --list shows them.")
    return {"what": "undo", "undoes": name}


def _one_of(asked: str, known: Mapping[str, Any], thing: str) -> Any:
    """What somebody typed, however they wrote blanks and capitals."""
    bare = {_bare(name): value for name, value in known.items()}
    if _bare(asked) not in bare:
        _refuse(unknown(thing, asked, list(dict.fromkeys(map(str, known.values())))))
    return bare[_bare(asked)]


def _bare(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.strip().casefold())


def _refuse(message: str) -> NoReturn:
    raise InputRefused("BAD_CORRECTION", message)
