"""Corrections laid over the transcript as it was heard: pure, and the same however often it is done.

Of several entries about one thing the last holds. What people say goes before what the machine found, in
every later step: a label they gave has probability 1, one they took away stays with probability 0, so that
neither a rule nor a model makes it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coachai.corrections.file import MOST_PROBLEMS, NAME, Corrections
from coachai.corrections.identity import heard_at, near, utterance_ids
from coachai.corrections.parts import named_parts
from coachai.corrections.shape import (
    AnyEntry,
    LabelEntry,
    PartEntry,
    RoleEntry,
    TimeEntry,
    UtteranceEntry,
    WordsEntry,
)
from coachai.corrections.times import clashes, speech_with
from coachai.corrections.vocabulary import EXCLUDED_BY
from coachai.corrections.wording import covered, reworded, shifted
from coachai.errors import InputRefused
from coachai.records import Correction, Label, Transcript, Utterance
from coachai.roles import shown_as

Changes = dict[tuple[str, str], UtteranceEntry]
"""The entries that hold for one utterance, by what they are about: (kind, label)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The transcript as people put it right, not yet annotated; `reread`: whose readings no longer hold."""

    transcript: Transcript
    reread: tuple[int, ...]
    count: int


def apply(heard: Transcript, corrections: Corrections) -> Applied:
    """Lay the corrections over a transcript as it was heard. Raises InputRefused (BAD_CORRECTIONS).

    Speech follows the times that people gave, the share of it with words follows their words; provenance
    says how many corrections there are, by whom, and the hash of their file.
    """
    if any(each.corrected for each in heard.utterances) or heard.parts:
        raise InputRefused(
            "ALREADY_CORRECTED",
            "This transcript has its corrections in it already; give the machine's, transcript.json.",
        )
    holding = corrections.holding
    if not holding:
        return Applied(transcript=heard, reread=(), count=0)
    problems, changes = _placed(heard, corrections)
    said = [
        each if k not in changes else _corrected(each, changes[k], marks=heard.words_from.marks)
        for k, each in enumerate(heard.utterances)
    ]
    times = {k: each["time", ""] for k, each in changes.items() if ("time", "") in each}
    problems += _too_near(times, list(clashes(heard, said, sorted(times))), corrections)
    parts, wrong = named_parts(heard, [each for each in holding if isinstance(each, PartEntry)])
    problems += [_about(each, corrections, why) for each, why in wrong]
    if problems:
        more = [f"and {len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise InputRefused(
            "BAD_CORRECTIONS", "\n".join(f"{NAME}: {each}" for each in [*problems[:MOST_PROBLEMS], *more])
        )
    made = _told(
        replace(heard, utterances=tuple(said), speech=speech_with(heard, said, sorted(times)), parts=parts),
        corrections,
    )
    words = covered(heard, made)
    made = replace(made, words_from=replace(made.words_from, coverage=words))
    stale = tuple(k for k, each in changes.items() if {("role", ""), ("words", "")} & each.keys())
    return Applied(transcript=made, reread=tuple(sorted(stale)), count=len(holding))


def _placed(heard: Transcript, corrections: Corrections) -> tuple[list[str], dict[int, Changes]]:
    """Each entry at its utterance, later ones in place of earlier ones; and what is wrong with any."""
    names = {name: k for k, name in enumerate(utterance_ids(heard.utterances))}
    problems: list[str] = []
    changes: dict[int, Changes] = {}
    for entry in corrections.holding:
        if not isinstance(entry, UtteranceEntry):
            continue
        found = _meant(entry, heard.utterances, names)
        if isinstance(found, str):
            problems.append(_about(entry, corrections, found))
            continue
        about = entry.what, entry.label if isinstance(entry, LabelEntry) else ""
        mine = changes.setdefault(found, {})
        mine.pop(about, None)
        mine[about] = entry
    return problems, changes


def _too_near(
    times: Mapping[int, UtteranceEntry], found: Sequence[tuple[int, int, str]], corrections: Corrections
) -> list[str]:
    """One problem an utterance; of two moved ones that cross, the later entry is to blame."""
    order = {each.id: number for number, each in enumerate(corrections.entries)}
    blamed: dict[int, str] = {}
    for k, other, why in found:
        if other not in times or order[times[k].id] >= order[times[other].id]:
            blamed.setdefault(k, why)
    return [_about(times[k], corrections, why) for k, why in blamed.items()]


def _meant(entry: UtteranceEntry, utterances: Sequence[Utterance], names: Mapping[str, int]) -> int | str:
    """The utterance that an entry is about, or why none can be said."""
    if entry.utterance is not None:
        if entry.utterance not in names:
            return f'there is no sentence "{entry.utterance}" in this transcript'
        index = names[entry.utterance]
        if entry.at is not None and not near(utterances[index], entry.at):
            begins = utterances[index].start
            return (
                f'"utterance" begins at {begins:.1f} s, and "at" says {entry.at:g} s; leave one of them out'
            )
        return index
    assert entry.at is not None  # the shape asks for one of the two
    found = heard_at(utterances, entry.at)
    if not found:
        return f"nobody speaks at {entry.at:g} s"
    if len(found) > 1:
        begins_at = " and ".join(f"{utterances[k].start:.3f}" for k in found)
        return f"several sentences could be meant at {entry.at:g} s: they begin at {begins_at} s"
    return found[0]


def _about(entry: AnyEntry, corrections: Corrections, why: str) -> str:
    number = next(k for k, each in enumerate(corrections.entries, start=1) if each.id == entry.id)
    return f"entry {number} ({entry.id}): {why}"


def _corrected(heard: Utterance, changes: Changes, *, marks: bool) -> Utterance:
    """One utterance with everything that people said of it, the machine's values kept beside."""
    now = heard
    for entry in changes.values():
        if isinstance(entry, TimeEntry):
            now = shifted(now, entry.to.start, entry.to.end)
    for entry in changes.values():
        if isinstance(entry, WordsEntry):
            now = reworded(now, entry.to)
            asked = ("label", "question") not in changes and not marks and entry.to.endswith("?")
            if asked:  # words without marks: the one that a person wrote says that it asks
                now = _labelled(now, "question", entry.who, given=True)
        elif isinstance(entry, RoleEntry):
            ours = {shown_as(now.voice, each) for each in ("teacher", "student", "unknown")}
            speaker = shown_as(now.voice, entry.to) if now.speaker in ours else now.speaker
            now = replace(now, role=entry.to, role_confidence=1.0, speaker=speaker)
        elif isinstance(entry, LabelEntry):
            now = _labelled(now, entry.label, entry.who, given=entry.to)
            other = EXCLUDED_BY.get(entry.label)
            if entry.to and other is not None and ("label", other) not in changes:
                now = _labelled(now, other, entry.who, given=False)
    return replace(now, corrected=tuple(_beside(heard, each) for each in changes.values()))


def _labelled(utterance: Utterance, name: str, who: str, *, given: bool) -> Utterance:
    kept = tuple(each for each in utterance.labels if each.name != name)
    mine = Label(name=name, probability=1.0 if given else 0.0, source=f"person:{who}")
    return replace(utterance, labels=(*kept, mine))


def _beside(heard: Utterance, entry: UtteranceEntry) -> Correction:
    """An entry as the record that stands beside the corrected value, with the machine's."""
    was = now = label = ""
    if isinstance(entry, RoleEntry):
        was, now = heard.role, entry.to
    elif isinstance(entry, WordsEntry):
        was, now = heard.text, entry.to
    elif isinstance(entry, TimeEntry):
        was, now = f"{heard.start:.3f}-{heard.end:.3f}", f"{entry.to.start:.3f}-{entry.to.end:.3f}"
    elif isinstance(entry, LabelEntry):
        label, now = entry.label, "yes" if entry.to else "no"
        found = max((each.probability for each in heard.labels if each.name == label), default=None)
        was = "no" if found is None else f"yes {found:.2f}"
    return Correction(
        id=entry.id,
        what=entry.what,
        was=was,
        now=now,
        who=entry.who,
        made=entry.when,
        label=label,
        note=entry.note,
    )


def _told(transcript: Transcript, corrections: Corrections) -> Transcript:
    """The transcript whose provenance says what people put right in it."""
    holding, provenance = corrections.holding, transcript.provenance
    told = f"{len(holding)} by {', '.join(dict.fromkeys(each.who for each in holding))}"
    return replace(
        transcript,
        provenance=replace(
            provenance,
            options={**provenance.options, "corrections": told},
            hashes={**provenance.hashes, "corrections": corrections.sha256},
        ),
    )
