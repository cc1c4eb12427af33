"""Stretches of the lesson that people named: where two overlap, the later entry holds."""

from __future__ import annotations

from collections.abc import Sequence

from coachai.corrections.shape import PartEntry
from coachai.records import Correction, LessonPart, LessonPartKind, Span, Transcript
from coachai.timeline import shared_seconds, subtracted
from coachai.turns import apart_from_class, long_silences


def named_parts(
    heard: Transcript, entries: Sequence[PartEntry]
) -> tuple[tuple[LessonPart, ...], list[tuple[PartEntry, str]]]:
    """The parts, disjoint and in order of time; and the entries that cannot be, each with the reason."""
    parts: list[LessonPart] = []
    wrong: list[tuple[PartEntry, str]] = []
    for entry in entries:
        if entry.end > heard.duration:
            wrong.append(
                (entry, f"ends at {entry.end:g} s, after the recording's end at {heard.duration:g} s")
            )
            continue
        span = Span(start=round(entry.start, 3), end=round(entry.end, 3))
        parts = [
            LessonPart(start=left.start, end=left.end, kind=each.kind, correction=each.correction)
            for each in parts
            for left in subtracted([each], [span])
        ]
        made = Correction(
            id=entry.id,
            what="lesson_part",
            was=heard_as(heard, span),
            now=entry.to,
            who=entry.who,
            made=entry.when,
            note=entry.note,
        )
        parts.append(LessonPart(start=span.start, end=span.end, kind=entry.to, correction=made))
    return tuple(sorted(parts, key=lambda each: each.start)), wrong


def heard_as(heard: Transcript, span: Span) -> LessonPartKind:
    """What the machine takes most of a stretch for: several voices for group work, long quiet for work."""
    groups = shared_seconds(span, apart_from_class(heard))
    quiet = shared_seconds(span, long_silences(heard))
    talk = span.duration - groups - quiet
    if talk >= max(groups, quiet):
        return "whole_class"
    return "group_work" if groups >= quiet else "independent_work"
