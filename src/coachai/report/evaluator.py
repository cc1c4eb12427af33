"""The evaluator's page: where to look and what cannot be heard; no coaching, nothing to add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coachai.records import Finding, Moment, Report
from coachai.report.drawing import markers_on
from coachai.report.page import made_with, page
from coachai.report.view import coverage, playable, video_address
from coachai.report.words import length
from coachai.telling import measured_on

if TYPE_CHECKING:
    from coachai.rubric import Criterion, Rubric

SHOWN = 8
"""Moments of a kind that a criterion shows before the rest is folded away."""


def evaluator_page(report: Report, rubric: Rubric, *, video: str | None) -> str:
    """`evaluator.html`: one file that needs no network. `video` is the recording's name relative to the page.

    Of a finding only its message and moments are used, of the rubric only what it says to everybody:
    no suggestion, no advice and no coaching text is ever given to the template.
    """
    transcript = report.transcript
    by_criterion = {each.criterion: each for each in report.findings}
    criteria = [
        _criterion(each, by_criterion.get(each.id), number, report)
        for number, each in enumerate(rubric.criteria, start=1)
    ]
    content = {
        "video": video_address(video),
        "always_watch": True,
        "sound_only": report.recording.video_codec is None,
        "title": rubric.title,
        "name": report.recording.name,
        "lasts": length(transcript.duration),
        "duration": max(transcript.duration, 0.1),
        "competency": rubric.competency,
        "measured_on": measured_on(transcript),
        "coverage": coverage(transcript),
        "heard_by": transcript.words_from.note,
        "criteria": criteria,
        "most": SHOWN,
        "for_person_only": [each for each in criteria if not each["from_recording"]],
        "marked": [each for each in criteria if each["from_recording"]],
        "made_with": made_with(report),
    }
    return page(
        "evaluator.html.j2",
        content,
        styles=("page.css", "evaluator.css"),
        scripts=("player.js", "hunt.js"),
    )


def _criterion(criterion: Criterion, finding: Finding | None, number: int, report: Report) -> dict[str, Any]:
    """One criterion without its coaching; `from_recording` is False where all of it is for a person."""
    moments_for = playable(_in_time(finding.moments_for if finding else ()), report.transcript)
    moments_against = playable(_in_time(finding.moments_against if finding else ()), report.transcript)
    return {
        "number": number,
        "statement": criterion.statement,
        "from_recording": bool(criterion.indicators),
        "message": finding.message if finding and criterion.indicators else "",
        "moments_for": moments_for,
        "moments_against": moments_against,
        "markers": markers_on(report.transcript.duration, moments_for, moments_against),
        "for_person": criterion.for_person,
    }


def _in_time(moments: Sequence[Moment]) -> list[Moment]:
    """The clearest moments, which come first, in order of time; then all the others, which the page folds."""
    clearest, others = moments[:SHOWN], moments[SHOWN:]
    return [*sorted(clearest, key=_time), *sorted(others, key=_time)]


def _time(moment: Moment) -> tuple[float, float]:
    return moment.start, moment.end
