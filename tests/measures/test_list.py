"""List = files = document, and what holds for every measure and every transcript."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from coachai import measures
from coachai.measures import MEASURES, measure_all
from coachai.measures.__main__ import PARTS, document, parts_of
from coachai.measures.measure import Measure
from coachai.records import Measurement, Moment, Span, Transcript
from tests.lessons import lessons, unhurried
from tests.timeline import lesson

ROOT = Path(__file__).parents[2]
FOLDER = Path(measures.__file__).parent
NAMES = [name for measure in MEASURES for name in measure.yields]
AGREED = """
    wait_time_1 wait_time_1_at_least_3s open_wait_time wait_after_nomination structured_think_time work_time
    wait_time_2 student_to_student no_response_recovery talk_ratio teacher_time student_time
    several_voices_time no_speech_time student_turns student_turn_length student_turn_seconds
    longest_teacher_stretch question_rate questions_per_1000_words open_questions press_for_reasoning
    restating revoicing uptake student_reasoning process_praise person_praise says_yet
    whole_class_elicitations adjusts_after_error teacher_speech_rate activity_timeline
    keeping_everyone_together getting_students_to_relate press_for_accuracy talk_moves_beginning
    talk_moves_middle talk_moves_end focusing_share student_claims student_questions student_relating
"""


def named(found: tuple[Measurement, ...], name: str) -> Measurement:
    return next(each for each in found if each.measure == name)


def test_every_file_is_in_the_list_and_every_entry_has_its_file() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "__main__", "measure"}
    assert {measure.name for measure in MEASURES} == files
    for measure in MEASURES:
        assert measure.compute.__module__ == f"coachai.measures.{measure.name}"


def test_every_agreed_measurement_comes_from_exactly_one_file() -> None:
    assert sorted(NAMES) == sorted(AGREED.split())


def test_the_document_is_what_the_docstrings_say() -> None:
    written = ROOT.joinpath("docs", "measures.md").read_text(encoding="utf-8")
    assert written == document(), "run `make docs`"


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_docstring_has_all_its_parts(measure: Measure) -> None:
    said = parts_of(measure)
    assert [part for part in PARTS if part != "Left out" and not said.get(part)] == []
    assert said["Title"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_measures_do_not_know_each_other(path: Path) -> None:
    allowed = {"coachai.measures.measure", "coachai.measures"}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    others = {each for each in imported if each and each.startswith("coachai.measures")} - allowed
    assert others == set()
    if "coachai.measures" in imported:
        assert path.stem in ("__init__", "__main__")


def test_an_empty_transcript_gives_every_name_and_no_number() -> None:
    found = measure_all(lesson(""))
    assert [each.measure for each in found] == NAMES
    assert [each.measure for each in found if each.value is not None] == ["work_time"]
    assert [each.measure for each in found if each.value is None and not each.note] == []


@unhurried
@given(lessons())
def test_what_holds_for_every_transcript(drawn: Transcript) -> None:
    found = measure_all(drawn)
    assert [each.measure for each in found] == NAMES
    for each in found:
        assert (each.value is None) == (each.low is None) == (each.high is None)
        assert each.value is not None or each.note or each.moments, each.measure
        assert type(each.value) in (float, type(None)), each.measure
        if each.value is not None and each.low is not None and each.high is not None:
            assert 0 <= each.low <= each.value <= each.high < math.inf, each.measure
        if each.unit in ("share", "ratio") and each.high is not None:
            assert each.high <= 1, each.measure
        assert all(moment.end <= drawn.duration + 1e-6 for moment in each.moments), each.measure
        assert all(left.reason for left in each.excluded)
    shares = [named(found, name).value for name in NAMES if name.endswith("_time") and "wait" not in name]
    four = [named(found, name).value for name in NAMES[NAMES.index("teacher_time") :][:4]]
    assert len(shares) >= 4
    if None not in four:
        assert math.isclose(sum(each or 0.0 for each in four), 1.0, abs_tol=1e-9)


@unhurried
@given(lessons())
def test_a_lesson_that_starts_later_measures_the_same(drawn: Transcript) -> None:
    by = 64.0
    for before, after in zip(measure_all(drawn), measure_all(later(drawn, by)), strict=True):
        if before.measure in ("no_speech_time", "teacher_time", "student_time", "several_voices_time"):
            continue  # shares of a recording that is now longer
        if before.measure in ("question_rate", "activity_timeline", "work_time"):
            continue  # so are these, and the silence before the first words
        assert before.n == after.n
        assert (before.value is None) == (after.value is None), before.measure
        if before.value is not None and after.value is not None:
            assert math.isclose(before.value, after.value, abs_tol=1e-6), before.measure
        if before.measure == "longest_teacher_stretch":
            continue  # of two equally long ones either may be shown
        moved = [(moment.start + by, moment.label) for moment in before.moments]
        assert moved == [(pytest.approx(each.start, abs=1e-6), each.label) for each in after.moments]


def later(transcript: Transcript, by: float) -> Transcript:
    def moved(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(replace(each, start=each.start + by, end=each.end + by) for each in spans)

    return replace(
        transcript,
        utterances=moved(transcript.utterances),
        speech=moved(transcript.speech),
        overlap=moved(transcript.overlap),
        missing=moved(transcript.missing),
        duration=transcript.duration + by,
    )


def test_scarce_words_take_the_numbers_and_leave_the_moments() -> None:
    drawing = "\n".join(
        f"{10 * i} - {10 * i + 2} T: Why is that so?  #question\n{10 * i + 4} - {10 * i + 5} S1: So."
        for i in range(12)
    )
    scarce = measure_all(lesson(drawing, coverage=0.43, recogniser="pocketsphinx"))
    assert named(scarce, "wait_time_1").value is None
    assert "only 43% of the speech" in named(scarce, "wait_time_1").note
    assert len(named(scarce, "wait_time_1").moments) == 12
    assert named(scarce, "student_turn_length").value is None
    assert named(scarce, "talk_ratio").value == pytest.approx(2 / 3)
    assert named(scarce, "wait_time_2").value == pytest.approx(5.0)
    enough = measure_all(lesson(drawing, coverage=0.6, recogniser="pocketsphinx"))
    assert named(enough, "wait_time_1").value == pytest.approx(2.0)
    wordless = measure_all(lesson(drawing, coverage=0.0, recogniser="none"))
    assert "without its words" in named(wordless, "question_rate").note


def test_without_a_known_teacher_nothing_is_said_of_the_teacher() -> None:
    found = measure_all(
        lesson("0 - 60 T: Why is that so?  #question\n62 - 70 S1: So.", teacher_confidence=0.3)
    )
    said = [each.measure for each in found if each.value is not None]
    assert said == ["work_time", "several_voices_time", "no_speech_time"]
    silent = [each for each in found if each.measure not in (*said, "activity_timeline")]
    assert {each.note for each in silent} == {"We could not tell which voice is the teacher's."}
    assert [each.measure for each in silent if each.moments] == []
    assert [moment.label for moment in named(found, "activity_timeline").moments] == ["mixed"]


def test_moments_can_be_played_where_they_are() -> None:
    found = named(measure_all(lesson("0 - 1 T: Why?  #question\n3.5 - 5 S1: So.")), "wait_time_1")
    assert found.moments == (Moment(start=1.0, end=3.5, label="student"),)
