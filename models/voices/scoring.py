"""How what was heard is compared with what is known: pure functions, one lesson or meeting at a time.

Diarization errors are pyannote.metrics' own (collar 0, overlap scored, the whole file), so that they can be
compared with published ones. `role_errors` keep the two labels fixed: a teacher taken for a student is wrong,
and so is speech of which nobody says whose it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate
from pyannote.metrics.identification import IdentificationErrorRate

from benchmarks.scoring import FRAME, Truth, role_accuracy, talk_share
from coachai.measures.talk_ratio import compute as talk_ratio
from coachai.records import Role, Span, Transcript, Utterance
from coachai.timeline import intersected, merged, subtracted
from models.voices.inputs import Lesson, Said

ALWAYS_SHARE = 0.8
"""The teacher's share of the talk that is answered where nobody listens."""
ROLES: tuple[Role, ...] = ("teacher", "student")
Grid = NDArray[np.bool_]
Labelled = tuple[float, float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Seconds that are missed, made up and confused, of `total` seconds of true speech."""

    missed: float
    made_up: float
    confused: float
    total: float

    @property
    def seconds(self) -> float:
        """All that is wrong."""
        return self.missed + self.made_up + self.confused

    @property
    def rate(self) -> float:
        """The error rate; not a number where nobody speaks."""
        return self.seconds / self.total if self.total > 0 else float("nan")


def scored_part(lesson: Lesson) -> tuple[Span, ...]:
    """What of the lesson roles are scored on: all but group talk, visitors and films."""
    others = [each for each in lesson.said if each.role not in ROLES]
    return subtracted([Span(start=0.0, end=lesson.duration)], [*others, *lesson.group])


def without_group(lesson: Lesson) -> tuple[Span, ...]:
    """The lesson without its group talk: what single voices are scored on."""
    return subtracted([Span(start=0.0, end=lesson.duration)], lesson.group)


def as_truth(lesson: Lesson) -> Truth:
    """The teacher's and the students' talk of the part that is scored, as the benchmarks read it."""
    part = scored_part(lesson)
    outside = subtracted([Span(start=0.0, end=part[-1].end if part else 0.0)], part)
    said = [
        Utterance(
            start=span.start, end=span.end, speaker=each.speaker, role=role, role_confidence=1.0, text=""
        )
        for each in lesson.said
        for role in ROLES
        if each.role == role
        for span in subtracted([each], outside)
    ]
    return Truth(
        lesson=lesson.name,
        condition=lesson.condition,
        duration=max((each.end for each in part), default=0.0),
        utterances=tuple(said),
    )


def roles_right(lesson: Lesson, heard: Transcript) -> dict[str, float] | None:
    """Role accuracy by time: `plain`, `balanced`, `always` (says teacher); None without both roles alone."""
    truth = as_truth(lesson)
    alone = _alone(truth)
    if not all(alone[role].any() for role in ROLES):
        return None
    return role_accuracy(truth, heard)


def share_error(lesson: Lesson, heard: Transcript) -> tuple[float, float] | None:
    """How far the teacher's share of the talk is off, and how far `ALWAYS_SHARE` is; None: not said."""
    truth = as_truth(lesson)
    said = talk_ratio(heard)[0].value
    if said is None or not truth.utterances:
        return None
    true = talk_share(truth)
    return abs(said - true), abs(ALWAYS_SHARE - true)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleErrors:
    """Errors of teacher and student as fixed labels: those of utterances, of their speech without the breaths
    in them (`talk`, which measures count), and those of taking all detected speech for the teacher's."""

    said: Wrong
    talk: Wrong
    always: Wrong


def role_errors(lesson: Lesson, heard: Transcript) -> RoleErrors:
    """Teacher or student, by pyannote.metrics' identification error."""
    true = [(each.start, each.end, each.role) for each in lesson.said if each.role in ROLES]
    part = scored_part(lesson)

    def wrong(said: Iterable[Labelled]) -> Wrong:
        return _wrong(IdentificationErrorRate(), true, said, part)

    return RoleErrors(
        said=wrong((each.start, each.end, each.role) for each in heard.utterances),
        talk=wrong(talk_by_role(heard)),
        always=wrong((each.start, each.end, "teacher") for each in heard.speech),
    )


def talk_by_role(heard: Transcript) -> list[Labelled]:
    """The speech of each role: an utterance goes on over a breath of a second, talk time does not."""
    found: list[Labelled] = []
    for role in (*ROLES, "unknown"):
        own = [each for each in heard.utterances if each.role == role]
        found += [(each.start, each.end, role) for each in intersected(own, heard.speech)]
    return found


def speaker_errors(
    said: Sequence[Said], heard: Sequence[Labelled], speech: Sequence[Span], part: Sequence[Span]
) -> tuple[Wrong, Wrong]:
    """Errors of voices, matched to speakers as well as can be, and those of taking all for one voice."""
    true = [(each.start, each.end, each.speaker) for each in said]
    one = [(each.start, each.end, "one") for each in speech]
    return tuple(_wrong(DiarizationErrorRate(), true, each, part) for each in (heard, one))  # type: ignore[return-value]


def _wrong(
    rate: DiarizationErrorRate | IdentificationErrorRate,
    true: Iterable[Labelled],
    said: Iterable[Labelled],
    part: Sequence[Span],
) -> Wrong:
    """Collar 0 and overlap scored are how both are made."""
    found = rate.compute_components(
        _annotation(true), _annotation(said), uem=Timeline([Segment(each.start, each.end) for each in part])
    )
    return Wrong(
        missed=float(found["missed detection"]),
        made_up=float(found["false alarm"]),
        confused=float(found["confusion"]),
        total=float(found["total"]),
    )


def _annotation(labelled: Iterable[Labelled]) -> Annotation:
    """One track a label and stretch: one voice cannot speak twice at a time."""
    spans: dict[str, list[Span]] = {}
    for start, end, label in labelled:
        spans.setdefault(label, []).append(Span(start=start, end=end))
    made = Annotation()
    for label, each in spans.items():
        for k, span in enumerate(merged(each)):
            made[Segment(span.start, span.end), f"{label} {k}"] = label
    return made


def group_talk(lesson: Lesson, overlap: Sequence[Span]) -> tuple[float, float, float]:
    """Seconds of group talk that were heard, made up and missed, on a grid of 10 ms."""
    frames = round(lesson.duration / FRAME) + 1
    true, said = grid(lesson.group, frames), grid(overlap, frames)
    counted = ((true & said).sum(), (~true & said).sum(), (true & ~said).sum())
    heard, made_up, missed = (float(each) * FRAME for each in counted)
    return heard, made_up, missed


def grid(spans: Iterable[Span], frames: int) -> Grid:
    """Which frames of 10 ms lie in the spans."""
    found = np.zeros(frames, dtype=bool)
    for each in spans:
        found[round(each.start / FRAME) : round(each.end / FRAME)] = True
    return found


def _alone(truth: Truth) -> dict[str, Grid]:
    frames = round(truth.duration / FRAME) + 1
    spoken = {role: grid([u for u in truth.utterances if u.role == role], frames) for role in ROLES}
    return {
        "teacher": spoken["teacher"] & ~spoken["student"],
        "student": spoken["student"] & ~spoken["teacher"],
    }


def right_by_speaker(lesson: Lesson, heard: Transcript) -> dict[str, tuple[str, float, float]]:
    """Of every speaker: the role, the seconds alone in it, and how many of them were given that role."""
    truth = as_truth(lesson)
    alone = _alone(truth)
    frames = len(alone["teacher"])
    said = {role: grid([u for u in heard.utterances if u.role == role], frames) for role in ROLES}
    found = {}
    for role, other in zip(ROLES, reversed(ROLES), strict=True):
        for speaker in sorted({each.speaker for each in truth.utterances if each.role == role}):
            own = grid([u for u in truth.utterances if (u.role, u.speaker) == (role, speaker)], frames)
            own &= alone[role]
            right = (own & said[role] & ~said[other]).sum() * FRAME
            found[speaker] = role, float(own.sum()) * FRAME, float(right)
    return found


def role_promises(lesson: Lesson, heard: Transcript) -> list[tuple[float, bool]]:
    """The confidence of every utterance with a role, and whether most of its known time has that role."""
    alone = _alone(as_truth(lesson))
    found = []
    for each in heard.utterances:
        if each.role in ROLES:
            first, last = round(each.start / FRAME), round(each.end / FRAME)
            time = {role: int(alone[role][first:last].sum()) for role in ROLES}
            if sum(time.values()):
                found.append((each.role_confidence, time[each.role] * 2 > sum(time.values())))
    return found


def teacher_promise(lesson: Lesson, heard: Transcript) -> tuple[float, bool] | None:
    """How sure the recording's teacher is, and whether what is called the teacher's is; None: nobody is."""
    alone = _alone(as_truth(lesson))
    said = grid([u for u in heard.utterances if u.role == "teacher"], len(alone["teacher"]))
    time = {role: int((alone[role] & said).sum()) for role in ROLES}
    if not sum(time.values()):
        return None
    return heard.teacher_confidence, time["teacher"] * 2 > sum(time.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One clip's answer: log odds of an adult, beside who read it."""

    speaker: str
    adult: bool
    ages: str
    gender: str
    log_odds: float


def by_speaker(clips: Iterable[Answer]) -> list[Answer]:
    """One answer for each speaker: the mean of the log odds."""
    own: dict[str, list[Answer]] = {}
    for each in clips:
        own.setdefault(each.speaker, []).append(each)
    return [
        Answer(
            speaker=speaker,
            adult=said[0].adult,
            ages=said[0].ages,
            gender=said[0].gender,
            log_odds=float(np.mean([each.log_odds for each in said])),
        )
        for speaker, said in sorted(own.items())
    ]


def counts(clips: Sequence[Answer]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each speaker (rows) and class (child, adult): clips that are right, and all clips."""
    names = {speaker: k for k, speaker in enumerate(sorted({each.speaker for each in clips}))}
    right, every = np.zeros((len(names), 2)), np.zeros((len(names), 2))
    for each in clips:
        every[names[each.speaker], int(each.adult)] += 1
        right[names[each.speaker], int(each.adult)] += (each.log_odds > 0) == each.adult
    return right, every


def larger_class(clips: Sequence[Answer]) -> float:
    """How often the answer that fits most clips is right."""
    adults = np.mean([each.adult for each in clips])
    return float(max(adults, 1 - adults))


def probability(log_odds: float) -> float:
    """Log odds as a probability."""
    return float(1 / (1 + np.exp(-np.clip(log_odds, -50, 50))))


def grouped(clips: Iterable[Answer], of: str) -> Mapping[str, list[Answer]]:
    """The answers by `ages`, `gender`, or another of their names, sorted."""
    found: dict[str, list[Answer]] = {}
    for each in clips:
        found.setdefault(str(getattr(each, of)), []).append(each)
    return dict(sorted(found.items()))
