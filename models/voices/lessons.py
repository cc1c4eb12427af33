"""The figures of lessons with known truth: roles, talk share, group talk, and how far confidence holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coachai.records import Transcript
from models.voices import scoring
from models.voices.figures import Calibration, Told, mean, ratio
from models.voices.inputs import Clip, Lesson

CAPTIONS, NONE = "captions without names", "no words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One lesson as it was heard with one source of words, held against the truth."""

    lesson: Lesson
    words: str
    roles: Mapping[str, float] | None
    shares: tuple[float, float] | None
    role_errors: scoring.RoleErrors
    speaker_errors: tuple[scoring.Wrong, scoring.Wrong]
    group: tuple[float, float, float]
    by_speaker: Mapping[str, tuple[str, float, float]]
    promises: Sequence[tuple[float, bool]]
    teacher: tuple[float, bool] | None


def row_of(lesson: Lesson, words: str, heard: Transcript) -> Row:
    """Everything that is compared, so that what was heard need not be kept."""
    voices = [(each.start, each.end, each.speaker) for each in heard.utterances]
    talking = [each for each in lesson.said if not any(g.start <= each.start < g.end for g in lesson.group)]
    return Row(
        lesson=lesson,
        words=words,
        roles=scoring.roles_right(lesson, heard),
        shares=scoring.share_error(lesson, heard),
        role_errors=scoring.role_errors(lesson, heard),
        speaker_errors=scoring.speaker_errors(talking, voices, heard.speech, scoring.without_group(lesson)),
        group=scoring.group_talk(lesson, heard.overlap),
        by_speaker=scoring.right_by_speaker(lesson, heard),
        promises=scoring.role_promises(lesson, heard),
        teacher=scoring.teacher_promise(lesson, heard),
    )


def figures_of(rows: Sequence[Row], clips: Sequence[Clip]) -> dict[str, Told]:
    """Every figure of these lessons by its name; parts by condition, age and gender."""
    found = {}
    for name, of in FIGURES.items():
        if (whole := of(rows)).n:
            found[name] = whole.in_parts(condition=by_condition(rows, of))
    about = {each.speaker: each for each in clips}
    for role in scoring.ROLES:
        told = _heard_as(rows, role, about)
        if told is not None:
            found[f"{role}_heard_as_{role}"] = told
    return found


def by_condition(rows: Sequence[Row], of: Callable[[Sequence[Row]], Told]) -> dict[str, Told]:
    """The same figure of the lessons of each condition."""
    names = sorted({each.lesson.condition for each in rows}, key=_from_clean)
    parts = {name: of([each for each in rows if each.lesson.condition == name]) for name in names}
    return {name: each for name, each in parts.items() if each.n}


def _from_clean(condition: str) -> tuple[int, str]:
    known = ("clean", "room", "noisy")
    return known.index(condition) if condition in known else len(known), condition


def _role_accuracy(rows: Sequence[Row]) -> Told:
    known = [each.roles for each in rows if each.roles]
    found = mean((each["plain"] for each in known), "lessons")
    return found.beside("always the teacher", mean((each["always"] for each in known), "lessons").value)


def _role_accuracy_balanced(rows: Sequence[Row]) -> Told:
    known = [each.roles for each in rows if each.roles]
    return mean((each["balanced"] for each in known), "lessons").beside("always the teacher", 0.5)


def _teacher_student_der(rows: Sequence[Row]) -> Told:
    always = mean((each.role_errors.always.rate for each in rows), "lessons")
    found = mean((each.role_errors.said.rate for each in rows), "lessons")
    return found.beside("all detected speech is the teacher's", always.value)


def _teacher_student_der_talk(rows: Sequence[Row]) -> Told:
    always = mean((each.role_errors.always.rate for each in rows), "lessons")
    found = mean((each.role_errors.talk.rate for each in rows), "lessons")
    return found.beside("all detected speech is the teacher's", always.value)


def _speaker_der(rows: Sequence[Row]) -> Told:
    always = mean((each.speaker_errors[1].rate for each in rows), "lessons")
    found = mean((each.speaker_errors[0].rate for each in rows), "lessons")
    return found.beside("all detected speech is one voice", always.value)


def _talk_share_error(rows: Sequence[Row]) -> Told:
    known = [each.shares for each in rows if each.shares]
    always = mean((each[1] for each in known), "lessons").value
    return mean((each[0] for each in known), "lessons").beside(f"always {scoring.ALWAYS_SHARE:.2f}", always)


def _of_errors(kind: str) -> Callable[[Sequence[Row]], Told]:
    """One kind of error of `teacher_student_der`, as a share of true speech."""

    def of(rows: Sequence[Row]) -> Told:
        said = [each.role_errors.said for each in rows if each.role_errors.said.total > 0]
        return mean((getattr(each, kind) / each.total for each in said), "lessons")

    return of


FIGURES: dict[str, Callable[[Sequence[Row]], Told]] = {
    "role_accuracy": _role_accuracy,
    "role_accuracy_balanced": _role_accuracy_balanced,
    "teacher_student_der": _teacher_student_der,
    "teacher_student_der_talk": _teacher_student_der_talk,
    "lesson_speaker_der": _speaker_der,
    "talk_share_error": _talk_share_error,
    "teacher_student_missed": _of_errors("missed"),
    "teacher_student_made_up": _of_errors("made_up"),
    "teacher_student_confused": _of_errors("confused"),
}
"""Of a set of lessons, by name; each figure counts lessons alike."""


def group_f1(rows: Sequence[Row]) -> Told | None:
    """F1 of group talk by time over lessons that have some and lessons that have none; None without any."""
    if not any(each.lesson.group for each in rows):
        return None
    heard, made_up, missed = ([each.group[k] for each in rows] for k in range(3))
    twice = [2 * each for each in heard]
    found = ratio(twice, [a + b + c for a, b, c in zip(twice, made_up, missed, strict=True)], "lessons")
    true, whole = sum(heard) + sum(missed), sum(each.lesson.duration for each in rows)
    return found.beside("always several voices (never: 0)", 2 * true / (true + whole))


def made_up_group(rows: Sequence[Row]) -> Told:
    """The share of the time of lessons without group talk that is called group talk."""
    without = [each for each in rows if not each.lesson.group]
    found = ratio((each.group[1] for each in without), (each.lesson.duration for each in without), "lessons")
    return found.beside("never several voices", 0.0)


def _heard_as(rows: Sequence[Row], role: str, about: Mapping[str, Clip]) -> Told | None:
    """The share of a role's time that was given the role, by the readers' age and gender where known.

    Intervals over readers and not lessons: a reader's voice is what it depends on.
    """
    time: dict[str, list[float]] = {}
    for row in rows:
        for speaker, (its, seconds, right) in row.by_speaker.items():
            if its == role and seconds > 0:
                reader = reader_of(row.lesson, speaker, about)
                own = time.setdefault(reader or f"{row.lesson.name} {speaker}", [0.0, 0.0])
                own[0], own[1] = own[0] + right, own[1] + seconds
    if not time:
        return None

    def shared(names: Iterable[str]) -> Told:
        kept = [time[name] for name in names]
        return ratio((right for right, _ in kept), (seconds for _, seconds in kept), "speakers")

    known = [name for name in time if name in about]
    parts: dict[str, dict[str, Told]] = {}
    for of in ("ages", "gender"):
        groups = sorted({getattr(about[name], of) for name in known})
        parts["age" if of == "ages" else of] = {
            group: shared([name for name in known if getattr(about[name], of) == group]) for group in groups
        }
    return shared(time).beside(f"always the {role}", 1.0).in_parts(**parts)


def reader_of(lesson: Lesson, speaker: str, about: Mapping[str, Clip]) -> str | None:
    """Whose voice a speaker of the truth has: named there, or the only adult of the lesson's sources."""
    if speaker in lesson.readers:
        return lesson.readers[speaker]
    if speaker in about:
        return speaker
    adults = [each for each in lesson.speakers or () if each in about and about[each].adult]
    return adults[0] if speaker == "teacher" and len(adults) == 1 else None


def calibration(rows: Sequence[Row]) -> dict[str, Any]:
    """How far the confidence in an utterance's role and in the recording's teacher holds."""
    said = [(*each, row.lesson.name) for row in rows for each in row.promises]
    sure = [(*row.teacher, row.lesson.name) for row in rows if row.teacher]
    found = {}
    for name, promises in (("role of an utterance", said), ("teacher of a recording", sure)):
        if promises:
            given, held, lessons = zip(*promises, strict=True)
            found[name] = Calibration.of(given, held, lessons).as_json("lessons")
    return found


def one_line(row: Row) -> str:
    """A lesson's figures on one line, for whoever watches."""
    roles = row.roles or {}
    share = f"{row.shares[0]:.3f}" if row.shares else "–"
    return (
        f"{row.lesson.name:28s} {row.words:22s} roles {roles.get('plain', float('nan')):.2f}/"
        f"{roles.get('balanced', float('nan')):.2f} (always {roles.get('always', float('nan')):.2f})  "
        f"der {row.role_errors.said.rate:.2f}  voices {row.speaker_errors[0].rate:.2f}  share off {share}"
    )
