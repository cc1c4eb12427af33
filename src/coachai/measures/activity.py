"""Activity timeline: what kind of talk fills the lesson, stretch by stretch.

Definition: stretches of at least 30 seconds of teacher talk, student talk, several voices, quiet work, or
a mixture.
How computed: for every 5 seconds, how much of the 15 seconds around them the teacher, a student, several
voices or nobody fills, by who speaks and not by how loud it is; stretches that are too short join a
neighbour. There is no value, only moments.
Limits: the thresholds are our choice and have not been checked against people.
Source: the idea of a timeline of modes: Owens et al. 2017; window lengths are our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coachai.measures.measure import Measure, cannot_say, teacher_known
from coachai.records import Measurement, Moment, Span, Transcript
from coachai.turns import time_by_class

STEP = 5.0
"""Seconds: the resolution of the timeline."""

WINDOW = 15.0
"""Seconds around a step that decide its kind."""

LEAST_STRETCH = 30.0
"""Seconds: shorter stretches join a neighbour."""

SEVERAL_FROM = 0.4
"""Share of the window with several voices, from which on the window is theirs."""

QUIET_BELOW = 0.2
"""Share of the window with speech, below which it is quiet work."""

ONE_ROLE_FROM = 0.65
"""Share of the speech, from which on it is one role's."""

_CLASSES = ("teacher", "student", "several", "unknown", "silence")


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Stretches of one kind of talk; no value."""
    steps = int(transcript.duration // STEP)
    classes = time_by_class(transcript)
    filled = {each: _filled(getattr(classes, each), steps) for each in _CLASSES}
    kinds = [_kind_at(filled, i, transcript) for i in range(steps)]
    stretches = _joined_stretches(kinds)
    moments = tuple(
        Moment(start=first * STEP, end=_end(last, steps, transcript.duration), label=kind)
        for first, last, kind in stretches
        if kind
    )
    if not moments:
        return (cannot_say("activity_timeline", "moments", "The recording is too short for a timeline."),)
    return (cannot_say("activity_timeline", "moments", "", n=len(moments), moments=moments),)


def _end(last: int, steps: int, duration: float) -> float:
    return duration if last == steps else last * STEP


def _filled(spans: Sequence[Span], steps: int) -> list[float]:
    """Seconds of every step that the spans fill."""
    seconds = [0.0] * steps
    for span in spans:
        for i in range(int(span.start // STEP), min(steps, int(span.end // STEP) + 1)):
            seconds[i] += max(0.0, min(span.end, (i + 1) * STEP) - max(span.start, i * STEP))
    return seconds


def _around(seconds: Sequence[float], i: int) -> float:
    reach = int(WINDOW / STEP) // 2
    return sum(seconds[max(0, i - reach) : i + reach + 1])


def _kind_at(filled: Mapping[str, Sequence[float]], i: int, transcript: Transcript) -> str:
    """The kind of one step by what is around it; a step that itself has no sound has none."""
    if sum(filled[each][i] for each in _CLASSES) < STEP / 2:
        return ""
    return _kind({each: _around(filled[each], i) for each in _CLASSES}, transcript)


def _kind(seconds: dict[str, float], transcript: Transcript) -> str:
    """The kind of one window; empty where the file has no sound."""
    whole = sum(seconds.values())
    if whole < STEP:
        return ""
    speech = whole - seconds["silence"]
    if seconds["several"] >= SEVERAL_FROM * whole:
        return "several voices"
    if speech < QUIET_BELOW * whole:
        return "quiet work"
    if teacher_known(transcript):
        if seconds["teacher"] >= ONE_ROLE_FROM * speech:
            return "teacher talk"
        if seconds["student"] >= ONE_ROLE_FROM * speech:
            return "student talk"
    return "mixed"


def _joined_stretches(kinds: Sequence[str]) -> list[tuple[int, int, str]]:
    """Runs of one kind as (first step, step after the last, kind); short ones join a longer neighbour."""
    runs: list[tuple[int, int, str]] = []
    for i, kind in enumerate(kinds):
        if runs and runs[-1][2] == kind:
            runs[-1] = (runs[-1][0], i + 1, kind)
        else:
            runs.append((i, i + 1, kind))
    while True:
        short = [i for i, run in enumerate(runs) if run[2] and (run[1] - run[0]) * STEP < LEAST_STRETCH]
        mergeable = [i for i in short if _neighbours(runs, i)]
        if not mergeable:
            return [run for run in runs if (run[1] - run[0]) * STEP >= LEAST_STRETCH or not run[2]]
        i = min(mergeable, key=lambda each: runs[each][1] - runs[each][0])
        j = max(_neighbours(runs, i), key=lambda each: runs[each][1] - runs[each][0])
        first, last = min(i, j), max(i, j)
        runs[first : last + 1] = [(runs[first][0], runs[last][1], runs[j][2])]
        runs = _same_joined(runs)


def _neighbours(runs: Sequence[tuple[int, int, str]], i: int) -> list[int]:
    return [j for j in (i - 1, i + 1) if 0 <= j < len(runs) and runs[j][2]]


def _same_joined(runs: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    joined: list[tuple[int, int, str]] = []
    for run in runs:
        if joined and joined[-1][2] == run[2]:
            joined[-1] = (joined[-1][0], run[1], run[2])
        else:
            joined.append(run)
    return joined


MEASURE = Measure(
    name="activity",
    yields={"activity_timeline": "The lesson in stretches"},
    rests_on="sound",
    compute=compute,
    needs_teacher=False,
)
