"""WebVTT for players and video sites: the findings' moments, and the transcript with its voices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from coachai.records import Report, Span, Transcript
from coachai.report.page import one_line
from coachai.report.view import voice_of

if TYPE_CHECKING:
    from coachai.media.subtitles import Subtitle
    from coachai.rubric import Rubric

_LEAST_MILLISECONDS = 1
"""WebVTT forbids a cue without length."""


def markers_vtt(report: Report, rubric: Rubric) -> str:
    """`markers.vtt`: a cue for each moment of each finding, its criterion as the cue's id and in its text.

    It holds what both pages hold, moments and their labels: no message, no suggestion.
    """
    statements = {each.id: each.statement for each in rubric.criteria}
    marks = sorted(
        (
            (moment, finding.criterion, word)
            for finding in report.findings
            for word, moments in (
                ("may show it", finding.moments_for),
                ("may speak against it", finding.moments_against),
            )
            for moment in moments
        ),
        key=lambda each: (each[0].start, each[0].end, each[1]),
    )
    return _file(
        (
            f"{_name(criterion)}-{number}",
            moment,
            _escaped(f"{statements.get(criterion, criterion)} ({word}): {moment.label}"),
        )
        for number, (moment, criterion, word) in enumerate(marks, start=1)
    )


def transcript_vtt(transcript: Transcript) -> str:
    """`transcript.vtt`: a cue for each utterance with words, its speaker in a voice tag."""
    spoken = (each for each in transcript.utterances if one_line(each.text))
    return _file(
        (str(number), each, _voice_tag(voice_of(each)) + _escaped(each.text))
        for number, each in enumerate(sorted(spoken, key=lambda said: (said.start, said.end)), start=1)
    )


def captions_vtt(cues: Iterable[tuple[Span, str, str | None]]) -> str:
    """WebVTT of what a transcript from elsewhere holds: times, words and who says them, nothing else."""
    return _file(
        (str(number), span, (_voice_tag(speaker) if speaker else "") + _escaped(text))
        for number, (span, text, speaker) in enumerate(cues, start=1)
    )


def subtitles_vtt(captions: Sequence[Subtitle]) -> str:
    """Captions that were inside a recording: a cue each, their lines kept, voices in voice tags."""
    return _file((str(number), each, _shown(each)) for number, each in enumerate(captions, start=1))


def _shown(caption: Subtitle) -> str:
    return "\n".join(
        (_voice_tag(who) if who else "") + "\n".join(_escaped(line) for line in text.split("\n"))
        for who, text in caption.said
    )


def _file(cues: Iterable[tuple[str, Span, str]]) -> str:
    shown = (f"{name}\n{_times(span)}\n{text}\n" for name, span, text in cues)
    return "\n".join(("WEBVTT\n", *shown))


def _times(span: Span) -> str:
    start = round(span.start * 1000)
    end = max(round(span.end * 1000), start + _LEAST_MILLISECONDS)
    return f"{_time(start)} --> {_time(end)}"


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{rest:03d}"


def _escaped(text: str) -> str:
    """Cue text on one line that no parser takes for a tag, an entity, an arrow or the end of the cue."""
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _voice_tag(name: str) -> str:
    """The tag of a voice; behind dashes its end would make an arrow, so a blank goes between."""
    return f"<v {_escaped(name)}>".replace("-->", "-- >")


def _name(criterion: str) -> str:
    """A cue's id, which knows no escapes: an arrow in it would start the cue."""
    return one_line(criterion).replace("-->", "->")
