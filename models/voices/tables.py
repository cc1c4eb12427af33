"""The figures of voices as Markdown, for the terminal and for the card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.voices.figures import Told

TITLES = {
    "role_accuracy": "Role right, by time",
    "role_accuracy_balanced": "Role right, both roles alike",
    "teacher_student_der": "Teacher/student diarization error",
    "teacher_student_missed": "of which: speech nobody heard",
    "teacher_student_made_up": "of which: talk where nobody speaks",
    "teacher_student_confused": "of which: the wrong role, or none",
    "teacher_student_der_talk": "The same, breaths in an utterance not counted as talk",
    "lesson_speaker_der": "Speaker diarization error, lessons",
    "talk_share_error": "Talk share off by",
    "teacher_heard_as_teacher": "Teacher's time heard as the teacher's",
    "student_heard_as_student": "Students' time heard as students'",
    "speaker_der": "Speaker diarization error, meetings",
    "speaker_der_seen": "The same, speakers learned from",
    "group_talk_f1": "Group talk, F1 by time",
    "made_up_group_talk": "Lessons without any: time called group talk",
    "adult_child_utterance_accuracy": "Adult or child, one sentence",
    "adult_child_utterance_accuracy_balanced": "The same, both alike",
    "adult_child_speaker_accuracy": "Adult or child, one speaker",
    "adult_child_speaker_accuracy_balanced": "The same, both alike",
    "realtime_factor": "Share of real time, one core",
}
PARTS = {"condition": "condition", "age": "age", "gender": "gender", "age_and_gender": "age and gender"}


def page(
    figures: Mapping[str, Told],
    sets: Mapping[str, Mapping[str, Told]],
    calibration: Mapping[str, Any],
    notes: Mapping[str, Any],
) -> str:
    """All figures: the main ones, those of sets of lessons, parts, calibration, and what was left out."""
    parts = [main_table(figures)]
    if sets:
        parts.append(set_table(sets))
    parts += [part for by in PARTS if (part := part_table(figures, by))]
    if calibration:
        parts.append(calibration_table(calibration))
    if notes:
        parts.append(left_out(notes))
    return "".join(parts)


def main_table(figures: Mapping[str, Told]) -> str:
    """One row a figure: value, interval, what it was counted on, the trivial baseline."""
    rows = [
        f"| {TITLES.get(name, name)} | {shown(each.value)} | {interval(each)} | {each.n} "
        f"| {each.of} | {baseline(each)} |"
        for name, each in in_order(figures)
    ]
    head = "| figure | value | 90 % | n | over | without listening |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def set_table(sets: Mapping[str, Mapping[str, Told]]) -> str:
    """One row for each set of lessons and condition, with the baselines in brackets."""
    names = (
        "role_accuracy",
        "role_accuracy_balanced",
        "teacher_student_der",
        "lesson_speaker_der",
        "talk_share_error",
    )
    titles = ("role right", "both alike", "teacher/student error", "speaker error", "talk share off by")
    rows = []
    for kind, own in sets.items():
        counted = own.get("teacher_student_der")
        conditions = list(counted.by.get("condition", {})) if counted else []
        for condition in (*conditions, "all"):
            each = [
                own.get(name) if condition == "all" else _part(own.get(name), condition) for name in names
            ]
            cells = " | ".join(
                "–" if one is None else f"{shown(one.value)} ({shown(one.baseline)})" for one in each
            )
            many = next((one.n for one in reversed(each[:3]) if one), 0)
            rows.append(f"| {kind} | {condition} | {many} | {cells} |")
    head = f"| lessons | condition | n | {' | '.join(titles)} |\n|---|---|---|{'---|' * len(titles)}\n"
    return f"\nLessons, in brackets what no listening comes to:\n\n{head}" + "\n".join(rows) + "\n"


def _part(figure: Told | None, condition: str) -> Told | None:
    return figure.by.get("condition", {}).get(condition) if figure else None


def part_table(figures: Mapping[str, Told], by: str) -> str:
    """The figures that have parts by condition, age or gender; empty where none has."""
    rows = [
        f"| {TITLES.get(name, name)} | {part} | {shown(each.value)} | {interval(each)} | {each.n} |"
        for name, figure in in_order(figures)
        for part, each in figure.by.get(by, {}).items()
        if each.value is not None
    ]
    if not rows:
        return ""
    return f"\n| figure | {PARTS[by]} | value | 90 % | n |\n|---|---|---|---|---|\n" + "\n".join(rows) + "\n"


def calibration_table(calibration: Mapping[str, Any]) -> str:
    """How far promises and truth are apart, beside what that would be by chance alone."""
    rows = [
        f"| {name} | {shown(its['ece'])} | {shown(its['ece_by_chance'])} | {its['ece_n']} |"
        for name, its in calibration.items()
    ]
    head = "| probability | off by, on average | if every promise were kept | n |\n|---|---|---|---|\n"
    return "\n" + head + "\n".join(rows) + "\n"


def left_out(notes: Mapping[str, Any]) -> str:
    """What was left out, one line each."""
    lines = []
    for name, told in notes.items():
        what = ", ".join(map(str, told)) if isinstance(told, list) else str(told)
        lines.append(f"- {name.replace('_', ' ')}: {what}")
    return "\nLeft out or not sure:\n\n" + "\n".join(lines) + "\n"


def in_order(figures: Mapping[str, Told]) -> list[tuple[str, Told]]:
    """The figures in the order of their titles, unknown ones last."""
    known = [name for name in TITLES if name in figures]
    return [(name, figures[name]) for name in (*known, *(each for each in figures if each not in TITLES))]


def interval(figure: Told) -> str:
    """The interval, or a dash where there is none."""
    if figure.low is None or figure.high is None:
        return "–"
    return f"{shown(figure.low)} to {shown(figure.high)}"


def baseline(figure: Told) -> str:
    """The trivial baseline in words and as a number."""
    return f"{shown(figure.baseline)} ({figure.baseline_is})" if figure.baseline is not None else "–"


def shown(value: float | None) -> str:
    """Three digits, more where the number is small."""
    if value is None:
        return "–"
    return f"{value:.4f}" if abs(value) < 0.01 and value else f"{value:.3f}"
