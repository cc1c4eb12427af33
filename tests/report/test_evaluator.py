"""The evaluator's page: moments for and against, what is a person's to judge, and not a word of coaching."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from coachai.coaching import coach
from coachai.measures import measure_all
from coachai.records import Moment, Report
from coachai.report.evaluator import evaluator_page
from coachai.report.markers import markers_vtt
from coachai.rubric import Rubric, list_rubrics, load_rubric
from coachai.screening import OUTCOME_WORDS, screen
from tests.report.generated import reports
from tests.report.made_up import made_up_advice, made_up_report
from tests.report.reading import Read, read


def shown(report: Report | None = None, video: str | None = "lesson.mp4") -> Read:
    return read(evaluator_page(report or made_up_report(), load_rubric("wait-time"), video=video))


def coaching_sentences(rubric: Rubric) -> Iterator[str]:
    """Every sentence of the rubric that is meant for the teacher alone."""
    for criterion in rubric.criteria:
        said = criterion.coaching
        for text in (said.prepare, said.strength, said.cannot_tell, *(each.text for each in said.next_steps)):
            yield from re.split(r"(?<=[.!?])\s+", text or "")


@pytest.mark.parametrize("rubric_id", list_rubrics())
def test_no_coaching_sentence_reaches_an_evaluator(rubric_id: str) -> None:
    rubric = load_rubric(rubric_id)
    report = made_up_report()
    measurements = measure_all(report.transcript)
    findings = screen(report.transcript, measurements, rubric)
    advice = coach(report.transcript, measurements, findings, rubric)
    whole = dataclasses.replace(report, measurements=measurements, findings=findings)
    text = read(evaluator_page(whole, rubric, video="lesson.mp4")).text + markers_vtt(whole, rubric)
    advised = [s.text for each in (advice.strength, advice.next_step, advice.trust) for s in each.sentences]
    forbidden = [
        each
        for each in (*coaching_sentences(rubric), *(each.suggestion for each in findings), *advised)
        if each.strip()
    ]
    assert len(forbidden) > len(rubric.criteria)
    assert [each for each in forbidden if " ".join(each.split()) in text] == []


def test_no_suggestion_or_advice_of_a_made_up_report_is_on_it() -> None:
    text = shown().text
    for finding in made_up_report().findings:
        assert not finding.suggestion or finding.suggestion not in text
    advice = made_up_advice()
    for said in (advice.strength, advice.next_step, advice.trust):
        assert said.text not in text


def test_no_level_no_outcome_and_no_number_stands_on_it() -> None:
    text = shown().text
    rubric = load_rubric("wait-time")
    assert not any(level in text for level in rubric.human_scale.levels)
    for code, words in OUTCOME_WORDS.items():
        if code != "for_evaluator":
            assert words not in text
    assert "about 1.2" not in text
    assert not re.search(r"\b(score|grade|pass|fail|total|practise|try)\b", text, re.IGNORECASE)


def test_what_is_the_evaluators_to_judge_comes_first() -> None:
    page = shown()
    rubric = load_rubric("wait-time")
    first = page.text.index("For the evaluator to judge")
    look = page.text.index("Where to look")
    for criterion in rubric.criteria:
        for sentence in criterion.for_person:
            assert first < page.text.index(sentence) < look


def test_moments_for_and_against_have_their_own_shape_and_one_colour() -> None:
    page = shown()
    assert len([each for each in page.all("circle") if each.get("class") == "mark"]) == 3 + 1
    assert len([each for each in page.all("rect") if each.get("class") == "no-mark"]) == 1 + 1
    assert page.text.index("May show it") < page.text.index("May speak against it")
    plays = [each for each in page.all("a") if each.get("class") == "play"]
    assert len(plays) == 4
    assert not [attribute for _, each in page.tags for attribute in each if attribute == "fill"]


def test_coverage_is_the_same_as_on_the_teachers_page() -> None:
    text = shown().text.replace("\u00a0", " ")
    assert "Words for 97 % of the speech." in text
    assert "Sound is missing from 0:05 to 0:07." in text


def test_where_nothing_was_marked_the_page_says_that_this_says_nothing() -> None:
    text = shown().text
    assert "Nothing was marked." in text
    assert "What is not marked says nothing either way." in text


def test_without_a_video_it_can_be_read() -> None:
    page = shown(video=None)
    assert not page.all("video")
    assert not [link for link in page.links if link not in {"#main", "data:,"}]
    assert "0:27" in page.text


def test_headings_in_order_and_nothing_from_elsewhere() -> None:
    whole = evaluator_page(made_up_report(), load_rubric("wait-time"), video="lesson.mp4")
    page = read(whole)
    assert page.wrong == []
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert not re.search(r"https?:|//[a-z]", whole.replace("http-equiv", ""))
    assert not [name for _, each in page.tags for name in each if name.startswith("on") or name == "style"]


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(reports)
def test_any_report_makes_a_sound_page(report: Report) -> None:
    page = evaluator_page(report, load_rubric("wait-time"), video=report.recording.name)
    assert read(page).wrong == []
    page.encode("utf-8")


def test_the_clearest_moments_are_shown_and_the_rest_is_folded() -> None:
    report = made_up_report()
    many = tuple(Moment(start=float(70 - i), end=72.0, label=f"no. {i}") for i in range(12))
    findings = (dataclasses.replace(report.findings[0], moments_for=many), *report.findings[1:])
    text = shown(dataclasses.replace(report, findings=findings)).text.partition("Where to look")[2]
    assert "4 more" in text
    order = [text.index(f"no. {i} ") for i in (7, 6, 5, 4, 3, 2, 1, 0, 11, 10, 9, 8)]
    assert order == sorted(order)
