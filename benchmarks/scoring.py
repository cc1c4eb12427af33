"""How a transcript is compared with a lesson's truth: pure functions, one figure each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from coachai.annotation import annotate
from coachai.records import (
    AudioQuality,
    Label,
    Measurement,
    Provenance,
    Recording,
    Role,
    Transcript,
    Utterance,
    WordSource,
)
from coachai.timeline import merged, total

FRAME = 0.01
"""Seconds: the grid on which roles are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What really happened in a composed lesson."""

    lesson: str
    condition: str
    duration: float
    utterances: tuple[Utterance, ...]

    @property
    def questions(self) -> tuple[Utterance, ...]:
        """The teacher's questions, tags included."""
        return tuple(each for each in self.utterances if each.role == "teacher" and each.has("question"))

    def wait_after(self, question: Utterance) -> float | None:
        """Seconds from its end to the next speech by anyone (0 in overlap); None if nothing follows."""
        later = [each.start for each in self.utterances if each.start > question.start]
        return max(0.0, min(later) - question.end) if later else None


def read_truth(path: Path) -> Truth:
    """The truth of one lesson: questions as the transcriber marked them, tags among them by our rule."""
    told = json.loads(path.read_text(encoding="utf-8"))
    said = []
    for each in sorted(told["utterances"], key=lambda row: row["start"]):
        role: Role = "teacher" if each["role"] == "teacher" else "student"
        said.append(
            Utterance(
                start=each["start"],
                end=each["end"],
                speaker=each["speaker"],
                role=role,
                role_confidence=1.0,
                text=each["text"],
            )
        )
    plain = Truth(
        lesson=told["lesson"],
        condition=told["condition"],
        duration=told["duration"],
        utterances=tuple(said),
    )
    asked = {(row["start"], row["end"]) for row in told["utterances"] if row["question"]}
    labelled = tuple(
        replace(each, labels=_true_labels(each, (each.start, each.end) in asked))
        for each in annotate(as_transcript(plain)).utterances
    )
    return replace(plain, utterances=labelled)


def _true_labels(utterance: Utterance, asked: bool) -> tuple[Label, ...]:
    kept = tuple(each for each in utterance.labels if each.name not in ("question", "tag"))
    if not asked:
        return kept
    names = ("question", "tag") if utterance.has("tag") else ("question",)
    return (*kept, *(Label(name=name, probability=1.0, source="truth") for name in names))


def as_transcript(truth: Truth) -> Transcript:
    """The truth as a perfect observation, so that a measure gives its true value."""
    return Transcript(
        recording=Recording(
            name=truth.lesson,
            sha256="",
            size_bytes=0,
            duration=truth.duration,
            container="",
            audio_codec="",
            audio_sample_rate=0,
            audio_channels=1,
        ),
        duration=truth.duration,
        language="en",
        utterances=truth.utterances,
        speech=merged(truth.utterances),
        overlap=(),
        missing=(),
        quality=AudioQuality(speech_level_dbfs=-20.0, noise_level_dbfs=-70.0, snr_db=50.0, clipped_share=0.0),
        words_from=WordSource(
            recogniser="captions", model="truth", marks=True, names=True, coverage=1.0, note=""
        ),
        teacher_confidence=1.0,
        teacher_from="name",
        provenance=Provenance(coachai="truth"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A true question that was found, and what was measured after it."""

    true: Utterance
    heard: Utterance
    true_wait: float | None
    wait: float | None


def match_questions(truth: Truth, heard: Transcript) -> tuple[list[tuple[Utterance, Utterance]], int]:
    """Pairs of (true, found) teacher questions and how many were found in all.

    A found question matches a true one when they share at least half of the shorter one's time; each is
    matched once, the largest share first.
    """
    found = [each for each in heard.utterances if each.role == "teacher" and each.has("question")]
    shares = []
    for true in truth.questions:
        for each in found:
            shared = min(true.end, each.end) - max(true.start, each.start)
            if shared >= 0.5 * min(true.duration, each.duration) and shared > 0:
                shares.append((shared, true, each))
    pairs: list[tuple[Utterance, Utterance]] = []
    taken: set[int] = set()
    for _, true, each in sorted(shares, key=lambda row: -row[0]):
        if id(true) not in taken and id(each) not in taken:
            taken |= {id(true), id(each)}
            pairs.append((true, each))
    return pairs, len(found)


def found_waits(truth: Truth, heard: Transcript, waits: Measurement) -> list[Found]:
    """Every true question that was found (tags apart), with the wait that was counted after it, if any."""
    pairs, _ = match_questions(truth, heard)
    result = []
    for true, each in pairs:
        if true.has("tag") or each.has("tag"):
            continue
        near = min(waits.moments, key=lambda moment: abs(moment.start - each.end), default=None)
        counted = near is not None and abs(near.start - each.end) <= 0.6
        result.append(
            Found(
                true=true,
                heard=each,
                true_wait=truth.wait_after(true),
                wait=near.duration if counted and near is not None else None,
            )
        )
    return result


def role_frames(spans: Sequence[Utterance], role: str, frames: int) -> np.ndarray:
    """Where that role speaks, on a grid of 10 ms (shape: frames)."""
    grid = np.zeros(frames, dtype=bool)
    for each in spans:
        if each.role == role:
            grid[round(each.start / FRAME) : round(each.end / FRAME)] = True
    return grid


def role_accuracy(truth: Truth, heard: Transcript) -> dict[str, float]:
    """Share of true speech time with the right role, plain and balanced by role; `always` says teacher.

    Time in which both really speak is left out; time in which nobody was heard counts as wrong.
    """
    frames = round(truth.duration / FRAME) + 1
    teacher, student = (role_frames(truth.utterances, role, frames) for role in ("teacher", "student"))
    said_teacher, said_student = (
        role_frames(heard.utterances, role, frames) for role in ("teacher", "student")
    )
    only_teacher, only_student = teacher & ~student, student & ~teacher
    right_teacher = float((said_teacher & ~said_student)[only_teacher].sum())
    right_student = float((said_student & ~said_teacher)[only_student].sum())
    teacher_time, student_time = float(only_teacher.sum()), float(only_student.sum())
    return {
        "plain": (right_teacher + right_student) / (teacher_time + student_time),
        "balanced": (right_teacher / teacher_time + right_student / student_time) / 2,
        "always": teacher_time / (teacher_time + student_time),
    }


def talk_share(truth: Truth) -> float:
    """The teacher's true share of the speaking time, 0 to 1."""
    teacher = total(each for each in truth.utterances if each.role == "teacher")
    student = total(each for each in truth.utterances if each.role == "student")
    return teacher / (teacher + student)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One lesson, one source of words: what was heard beside what was true."""

    truth: Truth
    heard: Transcript
    measurements: dict[str, Measurement]
    true_measurements: dict[str, Measurement]
    source: str
    waits: list[Found]
    pairs: int
    found: int
    roles: dict[str, float]
    share_error: float | None
    seconds: float


def wait_errors(waits: Sequence[Found]) -> list[float]:
    """Measured minus true wait, in seconds, for every found question that carries a wait."""
    return [
        each.wait - each.true_wait for each in waits if each.wait is not None and each.true_wait is not None
    ]
