"""The teacher's page: what went well, one next step, and everything to look at and listen to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coachai.measures import MEASURES
from coachai.records import Excluded, Measurement, Moment, Report
from coachai.report.drawing import THREE_SECONDS, row_seconds, time_budget, timeline, wait_strip
from coachai.report.moves import moves_table
from coachai.report.page import made_with, page
from coachai.report.view import Playable, Wait, coverage, playable, turns, video_address, waits
from coachai.report.words import clock, interval_in_words, length, percent, value_in_words
from coachai.rubric import list_rubrics
from coachai.screening import OUTCOME_WORDS
from coachai.telling import is_only_a_hint, measured_on, share, told
from coachai.turns import time_by_class
from coachai.validation import NOT_CHECKED
from coachai.which_voice import answer, voices_to_hear

if TYPE_CHECKING:
    from coachai.coaching import Advice
    from coachai.rubric import Rubric

_RESTS_ON = {
    "sound": "the sound alone: when there is speech, and whose voice it is",
    "teacher_words": "the teacher's words, as they were made out, and the sound",
    "student_words": "students' words, which are made out worst of all",
}

_NOBODY_CHECKED = "Nobody has checked yet how well this works. Take it as a reason to look, not as a finding."

_LEGEND = (
    ("teacher", "Teacher", "M1 4h16v8h-16z"),
    ("student", "One student", "M1 8h16v8h-16z"),
    ("several", "Several voices", "M1 1h16v16h-16z"),
    ("unknown", "Speech, unsure whose", "M1 7h16v4h-16z"),
    ("question", "A question ends", "M9 1v10"),
    ("wait", "Wait after it", "M1 7h16v5h-16z"),
    ("quick", "Wait after a quick check", "M1 7h16v5h-16z"),
    ("missing", "Sound missing", "M1 1h16v16h-16z"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberShown:
    """A measurement in words, with what stands behind it."""

    title: str
    value: str
    interval: str
    note: str
    n: int
    rests_on: str
    validation: str
    speaks_for: str
    moments: tuple[Playable, ...]
    hints: tuple[Playable, ...]
    moments_only: bool
    excluded: tuple[tuple[str, tuple[Playable, ...]], ...]


def teacher_page(report: Report, rubric: Rubric, advice: Advice, *, video: str | None) -> str:
    """`report.html`: one file that needs no network. `video` is the recording's name relative to the page."""
    return page(
        "teacher.html.j2",
        _content(report, rubric, advice, video_address(video)) | {"whose": _whose_voice(report, video)},
        styles=("page.css", "teacher.css", "moves.css"),
        scripts=("player.js", "transcript.js"),
    )


def _content(report: Report, rubric: Rubric, advice: Advice, video: str | None) -> dict[str, Any]:
    transcript = report.transcript
    shown_waits = waits(report)
    classes = time_by_class(transcript)
    ribbon, rows = timeline(report, classes, shown_waits)
    asked = _asked_of(rubric)
    main, more = _numbers(report, asked)
    legend_needs = {name for row in rows for name in row.paths}
    seconds = max(transcript.duration, 0.1)
    return {
        "video": video,
        "always_watch": False,
        "sound_only": report.recording.video_codec is None,
        "title": rubric.title,
        "name": report.recording.name,
        "lasts": length(transcript.duration),
        "competency": rubric.competency,
        "strength": _advised(advice.strength, report),
        "step": _advised(advice.next_step, report),
        "trust": advice.trust.text,
        "measured_on": measured_on(transcript),
        "about_recording": _about(report),
        "criteria": _criteria(report, rubric),
        "strip": wait_strip(shown_waits),
        "strip_in_words": _strip_in_words(shown_waits),
        "any_quick": any(each.quick for each in shown_waits),
        "all_waits": tuple(_as_item(each) for each in shown_waits),
        "moves": moves_table(report),
        "main_numbers": main,
        "more_numbers": more,
        "ribbon": ribbon,
        "rows": rows,
        "row_lasts": length(min(row_seconds(seconds), seconds)),
        "legend": [each for each in _LEGEND if each[0] in legend_needs],
        "budget": [
            (who, length(each), percent(each / seconds)) for who, each in time_budget(report, classes)
        ],
        "turns": turns(report, shown_waits),
        "mend": _mending(report),
        "mend_at": clock(transcript.utterances[0].start) if transcript.utterances else "0:00",
        "language": transcript.language,
        "made_with": made_with(report),
    }


def _advised(advised: Any, report: Report) -> dict[str, Any] | None:
    if advised is None or not advised.text:
        return None
    return {"text": advised.text, "moments": playable(advised.moments, report.transcript)}


def _whose_voice(report: Report, video: str | None) -> tuple[dict[str, Any], ...]:
    """The clips to choose from, each with the command that says "this is me", run in the page's folder."""
    beside = video is None or video in {"playable.mp4", report.recording.name}
    rubric = report.rubric.id if report.rubric.id in list_rubrics() else "YOUR-RUBRIC.yaml"
    return tuple(
        {
            "voice": clip.voice,
            "moment": replace(
                playable([Moment(start=clip.start, end=clip.end, label="")], report.transcript)[0],
                play_from=clip.start,
                play_to=clip.end,
            ),
            "lasts": f"{clip.duration:.0f} seconds",
            "said": clip.said,
            "command": answer(
                clip.voice,
                transcript="transcript.json",
                rubric=rubric,
                out=".",
                video=None if beside else video,
            ),
        }
        for clip in voices_to_hear(report.transcript)
    )


def _mending(report: Report) -> str:
    """The beginning of the command that puts something right, run in the page's folder."""
    shipped = report.rubric.id in list_rubrics()
    return "coachai correct ." if shipped else "coachai correct . --rubric YOUR-RUBRIC.yaml"


def _about(report: Report) -> tuple[str, ...]:
    """What was heard and how well, the source of the words first."""
    note = report.transcript.words_from.note
    said = (note, *coverage(report.transcript), *report.recording.notes)
    return tuple(dict.fromkeys(each for each in said if each))


def _criteria(report: Report, rubric: Rubric) -> tuple[dict[str, Any], ...]:
    """The rubric's criteria in its own order, each with what the recording shows for it."""
    by_criterion = {each.criterion: each for each in report.findings}
    shown: list[dict[str, Any]] = []
    for criterion in rubric.criteria:
        finding = by_criterion.get(criterion.id)
        shown.append(
            {
                "statement": criterion.statement,
                "outcome": OUTCOME_WORDS[finding.outcome if finding else "for_evaluator"],
                "message": finding.message if finding and criterion.indicators else "",
                "suggestion": finding.suggestion if finding else "",
                "moments_for": playable(finding.moments_for if finding else (), report.transcript),
                "moments_against": playable(finding.moments_against if finding else (), report.transcript),
                "for_person": criterion.for_person,
            }
        )
    return tuple(shown)


def _asked_of(rubric: Rubric) -> frozenset[str]:
    """The measurements that this rubric's criteria ask for."""
    return frozenset(
        name
        for criterion in rubric.criteria
        for indicator in criterion.indicators
        for name in (*indicator.measures, *indicator.look_again)
    )


def _numbers(
    report: Report, asked: frozenset[str]
) -> tuple[tuple[NumberShown, ...], tuple[NumberShown, ...]]:
    """The measurements this rubric asks for, and all the others, in the order of the measures."""
    titles = {name: (title, each.rests_on) for each in MEASURES for name, title in each.yields.items()}
    main: list[NumberShown] = []
    more: list[NumberShown] = []
    for measurement in report.measurements:
        title, rests_on = titles.get(measurement.measure, (measurement.measure.replace("_", " "), ""))
        shown = _number(measurement, title, _RESTS_ON.get(rests_on, ""), report)
        (main if measurement.measure in asked else more).append(shown)
    return tuple(main), tuple(more)


def _number(measurement: Measurement, title: str, rests_on: str, report: Report) -> NumberShown:
    left_out: dict[str, list[Excluded]] = {}
    for each in measurement.excluded:
        left_out.setdefault(each.reason, []).append(each)
    shown = [told(each, measurement.measure) for each in measurement.moments]
    moments_only = measurement.unit == "moments" and measurement.value is None
    return NumberShown(
        title=title,
        value=value_in_words(measurement),
        interval=interval_in_words(measurement),
        note=measurement.note,
        n=measurement.n,
        rests_on=rests_on,
        validation=_how_checked(measurement.validation),
        speaks_for=f"{share(measurement.coverage)} of the lesson",
        # Where only moments are shown, each says itself whether it is sure enough; beside a number they part.
        moments=playable(
            (each for each in shown if moments_only or not is_only_a_hint(each)), report.transcript
        ),
        hints=playable(filter(is_only_a_hint, () if moments_only else shown), report.transcript),
        moments_only=moments_only,
        excluded=tuple(
            (reason, playable((_unlabelled(each) for each in spans), report.transcript))
            for reason, spans in left_out.items()
        ),
    )


def _how_checked(validation: str) -> str:
    """What the page opens "How do we know?" with."""
    return _NOBODY_CHECKED if validation == NOT_CHECKED else validation


def _unlabelled(span: Excluded) -> Moment:
    return Moment(start=span.start, end=span.end, label="")


def _as_item(wait: Wait) -> Playable:
    quick = " (a quick check)" if wait.quick else ""
    return replace(wait.played, label=f"{wait.played.label}{quick}")


def _strip_in_words(shown: Sequence[Wait]) -> str:
    """The drawing for those who cannot see it."""
    long = sum(each.duration >= THREE_SECONDS for each in shown)
    return f"{len(shown)} waits, {long} of them of three seconds or more. The list below has them all."
