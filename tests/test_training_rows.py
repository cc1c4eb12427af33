"""Rows to train from: a teacher's words where they are surely the teacher's own, never a student's."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from coachai.cli import app
from coachai.correcting import put_right
from coachai.corrections.rows import NAME, training_rows
from coachai.corrections.vocabulary import LABELS
from coachai.records import Transcript
from coachai.report.codec import encode_transcript
from tests.lessons import unhurried
from tests.putting_right import corrections_of, entry, file_of
from tests.timeline import lesson

WORDS = (
    "ice",
    "water",
    "floats",
    "lighter",
    "Maria",
    "because",
    "why",
    "the",
    "is",
    "so",
    "you",
    "think",
    "Tom",
)
KNOWN = {*LABELS, "teacher", "student", "unknown"}


def rows(heard: Transcript, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    made = put_right(heard, corrections_of(heard, *entries))
    return [json.loads(row) for row in training_rows(heard, made).splitlines()]


def only(heard: Transcript, at: float, label: str = "question", **more: Any) -> dict[str, Any]:
    (row,) = rows(heard, entry(1, "label", at=at, label=label, to=True, **more))
    return row


DRAWING = """
  0.0 -  3.0  T: Why do you think so, Maria? I asked Tom and he said Monday.
  4.0 -  6.0 S1: The ice is lighter than water.
  7.0 -  9.0  T: It is lighter than water, good.
 10.0 - 12.0  T: So the ice is the lighter one.
 50.0 - 52.0  T: Today somebody said the ice is lighter than anything.
 60.0 - 62.0  T: Explain how you found that out.
 61.0 - 63.0 S2: Wait, I want to.
 70.0 - 72.0  T: Exactly what did you measure?
 80.0 - 82.0  ?: Explain it once more please.
 90.0 - 92.0 S2: Photosynthesis!
130.0 -132.0  T: Photosynthesis.
"""
SAID = lesson(DRAWING)


def test_a_teachers_sentence_leaves_with_stand_ins_for_names() -> None:
    row = only(SAID, 0.5)
    assert row["text"] == f"Why do you think so, {NAME}? I asked {NAME} and he said {NAME}."
    assert (row["role"], row["label"], row["to"], row["words"]) == ("teacher", "question", True, 13)
    assert (row["before"], row["after"], row["left_out"]) == (None, "student", "")
    assert only(SAID, 70.5)["text"] == "Exactly what did you measure?"


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (4.5, "not the teacher's words"),
        (80.5, "not the teacher's words"),
        (7.5, "says a student's words again"),
        (10.5, "says a student's words again"),
        (50.5, "says a student's words again"),
        (60.5, "somebody else speaks at the same time"),
        (130.5, "says a student's words again"),
    ],
)
def test_what_may_be_a_students_words_stays_here(at: float, why: str) -> None:
    row = only(SAID, at)
    assert (row["text"], row["left_out"]) == (None, why)
    assert row["seconds"] == pytest.approx(2.0, abs=0.01)


def test_a_move_that_says_words_again_leaves_without_them() -> None:
    assert only(SAID, 70.5, label="revoicing")["text"] is None
    assert only(SAID, 70.5, label="restating")["text"] is None


def test_a_teacher_we_are_not_sure_of_is_no_teacher_unless_a_person_says_so() -> None:
    doubtful = replace(SAID, teacher_confidence=0.7)
    assert only(doubtful, 70.5)["left_out"] == "not surely the teacher's words"
    told = rows(
        doubtful,
        entry(1, "label", at=70.5, label="question", to=True),
        entry(2, "role", at=70.5, to="teacher"),
    )
    assert told[0]["text"] == "Exactly what did you measure?"
    given_back = rows(
        SAID, entry(1, "label", at=70.5, label="question", to=True), entry(2, "role", at=70.5, to="student")
    )
    assert given_back[0]["text"] is None


def test_where_names_cannot_be_told_no_words_leave() -> None:
    bare = lesson("0 - 2 T: why do you think so maria", marks=False)
    assert only(bare, 0.5)["left_out"] == "written without capitals, so names cannot be told"
    loud = lesson("0 - 2 T: WHY DO YOU THINK SO, MARIA?")
    assert only(loud, 0.5)["left_out"] == "written without capitals, so names cannot be told"
    assert only(lesson("0 - 2 T: Why is Света here?"), 0.5)["left_out"] == "not in English"


def test_a_kept_name_is_replaced_wherever_it_stands() -> None:
    named = lesson("0 - 2 T: Will is right, and will stay so.\n3 - 4 S1: Yes.")
    named = replace(named, utterances=tuple(replace(each, speaker="Will Moss") for each in named.utterances))
    assert only(named, 0.5)["text"] == f"{NAME} is right, and {NAME} stay so."


def test_nothing_says_whose_lesson_it_is_or_who_put_it_right() -> None:
    row = only(SAID, 0.5, note="Tom told me so, he is S2")
    assert set(row) == {
        *("version", "role", "label", "to", "machine", "source", "text", "left_out", "marks", "words"),
        *("seconds", "before", "after"),
    }


@st.composite
def talks(draw: st.DrawFn) -> tuple[Transcript, list[dict[str, Any]]]:
    """A lesson of sentences from few words, so that many are said again, each with a corrected label."""
    drawn = []
    for k in range(draw(st.integers(1, 10))):
        who = draw(st.sampled_from(("T", "T", "S1", "S2", "?")))
        said = draw(
            st.lists(st.sampled_from(WORDS) | st.from_regex(r"q[a-z]{3}", fullmatch=True), max_size=7)
        )
        text = " ".join(said).capitalize() if said else "(nothing)"
        drawn.append(f"{10 * k} - {10 * k + draw(st.integers(2, 12))} {who}: {text}.")
    heard = lesson("\n".join(drawn))
    entries = [
        entry(
            k,
            "label",
            at=each.start + 0.01,
            label=draw(st.sampled_from(sorted(LABELS))),
            to=draw(st.booleans()),
        )
        for k, each in enumerate(heard.utterances)
        if not any(other.start < each.start + 0.01 < other.end for other in heard.utterances if other != each)
    ]
    return heard, entries


@unhurried
@given(talks())
def test_no_word_of_a_students_leaves_but_in_a_teachers_own_sentence(
    drawn: tuple[Transcript, list[dict[str, Any]]],
) -> None:
    heard, entries = drawn
    found = rows(heard, *entries)
    assert len(found) == len(entries)
    taught = {word for each in heard.utterances if each.role == "teacher" for word in words_of(each.text)}
    students = [each for each in heard.utterances if each.role != "teacher" and each.text]
    strings = [
        value for row in found for key, value in row.items() if isinstance(value, str) and key != "left_out"
    ]
    outside = {word for value in strings if value not in KNOWN for word in words_of(value)}
    assert not {word for each in students for word in words_of(each.text)} & outside - taught
    for row in found:
        if row["text"] is None:
            continue
        assert row["role"] == "teacher"
        told = " ".join(words_of(row["text"]))
        for each in students:
            said = words_of(each.text)
            if len(said) >= 3 and set(said) & {"ice", "water", "floats", "lighter"}:
                assert " ".join(said) not in told


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def test_the_command_writes_the_rows_and_says_what_they_hold(tmp_path: Path) -> None:
    (tmp_path / "transcript.json").write_bytes(encode_transcript(SAID))
    entries = (
        entry(1, "label", at=0.5, label="question", to=True),
        entry(2, "label", at=4.5, label="reasoning", to=True),
    )
    (tmp_path / "corrections.json").write_bytes(file_of(SAID, *entries))
    path = tmp_path / "rows.jsonl"
    made = CliRunner().invoke(app, ["correct", str(tmp_path), "--training-rows", str(path)])
    assert made.exit_code == 0, made.output
    assert "2 rows, 1 of them with a teacher's words" in made.output
    assert "lighter" not in path.read_text(encoding="utf-8")
    over = CliRunner().invoke(
        app, ["correct", str(tmp_path), "--training-rows", str(tmp_path / "corrections.json")]
    )
    assert over.exit_code == 2
