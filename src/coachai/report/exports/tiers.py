"""The shape that annotation tools share: named tiers of pieces in whole milliseconds that never overlap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from coachai.corrections.telling import beside, part_told
from coachai.measures import MEASURES
from coachai.records import Moment, Report, Span, Transcript
from coachai.report.page import one_line
from coachai.report.view import voice_of

Kind = Literal["utterance", "context", "moment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch from `start` to `end`, in whole milliseconds, with 0 <= start < end, and its text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Pieces in order that do not overlap, under a name that no other tier has.

    `who` is the voice of a tier of utterances, else empty.
    """

    name: str
    kind: Kind
    who: str
    pieces: tuple[Piece, ...]


def tiers_of(record: Report | Transcript) -> tuple[Tier, ...]:
    """A tier a voice, in order of first speech; then what was heard as several voices, holes in the sound,
    what people put right, and of a report the moments, one tier for each side of a criterion and for each
    measure.

    Where pieces of one tier overlap, the later one goes to a second tier of that name: nothing is cut.
    """
    transcript = record.transcript if isinstance(record, Report) else record
    rows: dict[tuple[str, Kind, str], list[Piece]] = {}
    for each in sorted(transcript.utterances, key=lambda said: (said.start, said.end)):
        who = voice_of(each)
        rows.setdefault((who, "utterance", who), []).append(piece(each, each.text))
    for name, spans in (("Several voices", transcript.overlap), ("No sound", transcript.missing)):
        if spans:
            rows[name, "context", ""] = [piece(span, name.lower()) for span in spans]
    put_right = [each for each in transcript.utterances if each.corrected]
    if put_right:
        rows["Corrections", "context", ""] = [
            piece(each, "; ".join(map(beside, each.corrected))) for each in put_right
        ]
    if transcript.parts:
        rows["Lesson parts", "context", ""] = [piece(each, part_told(each)) for each in transcript.parts]
    if isinstance(record, Report):
        for about, moments in marks(record).items():
            rows[f"Markers: {about}", "moment", ""] = [piece(each, each.label) for each in moments]
    return tuple(_told_apart(rows))


def marks(report: Report) -> Mapping[str, tuple[Moment, ...]]:
    """The report's moments by what they are about: a side of a criterion, or a measure's title."""
    titles = {name: title for measure in MEASURES for name, title in measure.yields.items()}
    found: dict[str, tuple[Moment, ...]] = {}
    for finding in report.findings:
        for word, moments in (
            ("may show it", finding.moments_for),
            ("may speak against it", finding.moments_against),
        ):
            about = one_line(f"{finding.criterion} ({word})")
            found[about] = (*found.get(about, ()), *moments)
    for measured in report.measurements:
        about = one_line(titles.get(measured.measure, measured.measure))
        found[about] = (*found.get(about, ()), *measured.moments)
    return {about: moments for about, moments in found.items() if moments}


def piece(span: Span, text: str) -> Piece:
    """The span in whole milliseconds, at least one long, with its text on one line."""
    start = round(span.start * 1000)
    return Piece(start=start, end=max(round(span.end * 1000), start + 1), text=one_line(text))


def _told_apart(rows: Mapping[tuple[str, Kind, str], list[Piece]]) -> Iterator[Tier]:
    """Tiers under their own names; only what has to share one gets a number that is nobody's name."""
    own = {name for name, _, _ in rows}
    taken: set[str] = set()
    for (name, kind, who), pieces in rows.items():
        for layer in _layers(pieces):
            free = name if name not in taken else _numbered(name, taken | own)
            taken.add(free)
            yield Tier(name=free, kind=kind, who=who, pieces=tuple(layer))


def _layers(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """The pieces, each in the first layer that is free by its start."""
    layers: list[list[Piece]] = []
    for each in sorted(pieces, key=lambda one: (one.start, one.end)):
        layer = next((one for one in layers if one[-1].end <= each.start), None)
        if layer is None:
            layers.append([each])
        else:
            layer.append(each)
    return layers


def _numbered(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"
