"""A damaged recording says so wherever a number stands (reliability H-20)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.coaching import coach
from coachai.measures import MEASURES, measure_all
from coachai.pipeline import prescreen, prescreen_to
from coachai.records import Span, Transcript
from coachai.report.evaluator import evaluator_page
from coachai.report.teacher import teacher_page
from coachai.rubric import load_rubric
from coachai.telling import measured_on, share
from coachai.terminal import show_summary
from tests.lessons import lessons
from tests.report.reading import read
from tests.timeline import lesson

ASKING = "\n".join(
    f"{20 * i}.0 - {20 * i + 2}.0 T: What do you notice in number {i}? #question\n"
    f"{20 * i + 6}.0 - {20 * i + 8}.0 S1: It gets lighter every time you do it."
    for i in range(12)
)
"""Twelve questions, each with four seconds of time to think; 228 s."""


def damaged(*, declared: float, missing: tuple[Span, ...] = ()) -> Transcript:
    """Twelve answered questions in a file that should last `declared` seconds."""
    whole = lesson(ASKING, missing=missing)
    return replace(whole, recording=replace(whole.recording, declared=declared))


def test_coverage_counts_what_is_cut_off_and_what_is_missing_inside() -> None:
    assert damaged(declared=228).coverage == 1.0
    assert damaged(declared=456).coverage == pytest.approx(0.5)
    holes = (Span(start=10, end=14), Span(start=50, end=55))
    assert damaged(declared=456, missing=holes).coverage == pytest.approx(219 / 456)
    assert damaged(declared=0, missing=holes).coverage == pytest.approx(219 / 228)


def test_a_header_shorter_than_its_sound_promises_nothing() -> None:
    assert damaged(declared=12).coverage == 1.0


@pytest.mark.parametrize(("declared", "usable"), [(228.0, "ok"), (228.5, "ok"), (240.0, "partial")])
def test_half_a_second_of_priming_is_no_damage(declared: float, usable: str) -> None:
    assert damaged(declared=declared).usable == usable


def test_a_file_that_breaks_off_without_saying_how_long_it_was_is_part_of_a_lesson() -> None:
    whole = damaged(declared=0)
    off = replace(whole, recording=replace(whole.recording, declared=None, cut=True))
    assert off.usable == "partial"
    assert measured_on(off).endswith("how much is missing cannot be told.")
    short = lesson(ASKING.replace("6.0 -", "2.4 -"))
    rubric = load_rubric("wait-time")
    assert "not_heard" in {each.outcome for each in prescreen(short, rubric).findings}
    broken = replace(short, recording=replace(short.recording, cut=True))
    report = prescreen(broken, rubric)
    assert "not_heard" not in {each.outcome for each in report.findings}
    assert any("the file breaks off" in each.message for each in report.findings)
    trust = coach(broken, report.measurements, report.findings, rubric).trust.text
    assert "the file breaks off" in trust


def test_a_note_makes_a_whole_recording_ok_with_a_note() -> None:
    whole = damaged(declared=228)
    noted = replace(whole, recording=replace(whole.recording, notes=("Phone-quality sound (8 kHz)",)))
    assert noted.usable == "ok+note"


def test_teacher_evaluator_and_terminal_read_the_same_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    transcript = damaged(declared=422)
    rubric = load_rubric("wait-time")
    analysis = prescreen_to(transcript, rubric=rubric, video=None, out=tmp_path)
    show_summary(analysis, rubric, tmp_path, asked="wait-time")
    said = "Measured on 54\u00a0% of the lesson"
    assert said in capsys.readouterr().out
    for page in ("report.html", "evaluator.html"):
        shown = read((tmp_path / page).read_text(encoding="utf-8")).text
        assert said.replace("\u00a0", " ") in shown
        assert "The file should last 7 min 2 s; 3 min 48 s of it can be read." in shown


def test_a_whole_recording_says_nothing_about_loss() -> None:
    report = prescreen(damaged(declared=228), load_rubric("wait-time"))
    rubric = load_rubric("wait-time")
    advice = coach(report.transcript, report.measurements, report.findings, rubric)
    for page in (
        teacher_page(report, rubric, advice, video=None),
        evaluator_page(report, rubric, video=None),
    ):
        assert "Measured on" not in read(page).text


def test_every_number_says_how_much_of_the_lesson_it_speaks_for(tmp_path: Path) -> None:
    transcript = damaged(declared=456)
    words = replace(transcript, words_from=replace(transcript.words_from, coverage=0.8))
    rests_on = {name: each.rests_on for each in MEASURES for name in each.yields}
    for each in measure_all(words):
        assert each.coverage == (0.5 if rests_on[each.measure] == "sound" else 0.4), each.measure
    prescreen_to(words, rubric=load_rubric("wait-time"), video=None, out=tmp_path)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "measurements.csv").read_text(encoding="utf-8"))))
    assert {row["coverage"] for row in rows} == {"0.5", "0.4"}


def test_also_a_number_that_is_taken_back_says_so() -> None:
    unsure = replace(damaged(declared=456), teacher_confidence=0.2)
    assert {each.coverage for each in measure_all(unsure)} == {0.5}


def test_moments_that_are_there_stay_found_but_half_a_lesson_shows_no_lack() -> None:
    rubric = load_rubric("wait-time")
    whole = prescreen(damaged(declared=228), rubric).findings
    half = prescreen(damaged(declared=456), rubric).findings
    assert [each.outcome for each in half if each.outcome == "found"] == [
        each.outcome for each in whole if each.outcome == "found"
    ]
    assert "found" in {each.outcome for each in half}
    short = lesson(ASKING.replace("6.0 -", "2.4 -"))
    hardly = replace(short, recording=replace(short.recording, declared=2 * short.duration))
    outcomes = {each.criterion: each.outcome for each in prescreen(short, rubric).findings}
    lost = {each.criterion: each for each in prescreen(hardly, rubric).findings}
    said_little = [name for name, outcome in outcomes.items() if outcome == "not_heard"]
    assert said_little
    for name in said_little:
        assert lost[name].outcome == "cannot_tell"
        assert "only 50\u00a0% of the lesson's sound could be read" in lost[name].message


@given(st.floats(0, 1))
def test_a_part_never_reads_as_all_or_as_nothing(part: float) -> None:
    said = share(part)
    assert (said == "100\u00a0%") == (part == 1)
    assert (said == "0\u00a0%") == (part == 0)
    assert abs(int(said.split("\u00a0")[0]) - 100 * part) <= 1


@settings(max_examples=25)
@given(lessons(), st.floats(0, 5000))
def test_coverage_is_a_share_and_falls_with_what_is_lost(transcript: Transcript, more: float) -> None:
    longer = replace(transcript, recording=replace(transcript.recording, declared=transcript.duration + more))
    assert 0 <= longer.coverage <= transcript.coverage <= 1
    assert bool(measured_on(longer)) == (longer.usable == "partial")
    for each in measure_all(longer):
        assert 0 <= each.coverage <= longer.coverage + 0.001
