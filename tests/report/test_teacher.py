"""The teacher's page: what stands on it, in what order, and that nothing foreign can get into it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re

import pytest
from hypothesis import HealthCheck, given, settings

from coachai.coaching import Advice, Advised, coach
from coachai.measures import MEASURES, measure_all
from coachai.records import Moment, Recording, Report
from coachai.report.teacher import teacher_page
from coachai.report.view import video_address
from coachai.rubric import list_rubrics, load_rubric
from coachai.screening import OUTCOME_WORDS, screen
from tests.report.generated import reports
from tests.report.made_up import made_up_advice, made_up_report
from tests.report.reading import Read, read
from tests.timeline import lesson
from tests.timing import quickest

VIDEO = "lesson 1.mp4"


def shown(report: Report | None = None, advice: Advice | None = None, video: str | None = VIDEO) -> Read:
    rubric = load_rubric("wait-time")
    return read(teacher_page(report or made_up_report(), rubric, advice or made_up_advice(), video=video))


def test_the_first_screen_says_strength_step_and_trust_in_that_order() -> None:
    text = shown().text
    advice = made_up_advice()
    places = [text.index(each.text) for each in (advice.strength, advice.next_step, advice.trust)]
    assert places == sorted(places)
    assert places[-1] < text.index("What this rubric looks for")


def test_criteria_come_with_the_words_of_the_outcome_and_never_its_code() -> None:
    page = shown()
    rubric = load_rubric("wait-time")
    for criterion in rubric.criteria:
        assert criterion.statement in page.text
        for sentence in criterion.for_person:
            assert sentence in page.text
    for outcome in ("mixed", "found", "cannot_tell", "for_evaluator"):
        assert OUTCOME_WORDS[outcome] in page.text  # type: ignore[index]
    whole = teacher_page(made_up_report(), rubric, made_up_advice(), video=VIDEO)
    assert not re.search("not_heard|cannot_tell|for_evaluator", whole)


def test_the_scale_people_judge_by_is_not_on_the_page() -> None:
    page = shown()
    scale = load_rubric("wait-time").human_scale
    assert not any(level in page.text for level in scale.levels)
    assert not any(each in page.text for levels in scale.descriptors.values() for each in levels.values())


def test_every_moment_is_a_link_that_plays_without_a_script_too() -> None:
    page = shown()
    plays = [each for each in page.all("a") if each.get("class") == "play"]
    assert len(plays) >= 6
    for each in plays:
        begins, ends = float(each["data-from"] or "x"), float(each["data-to"] or "x")
        assert begins < ends <= 80.0
        assert each["href"] == f"./lesson%201.mp4#t={begins:.1f},{ends:.1f}"
    assert "Look again 0:27" in page.text
    assert "Play 0:10" in page.text


def test_a_wait_is_played_with_the_question_before_it() -> None:
    play = next(each for each in shown().all("a") if each.get("class") == "play")
    assert float(play["data-from"] or "x") == pytest.approx(7.7)
    assert float(play["data-to"] or "x") == pytest.approx(16.6)


def test_each_number_has_its_interval_and_how_we_know() -> None:
    text = shown().text.replace("\u00a0", " ")
    assert "about 1.2 s ; the true value is very likely between 1.0 and 1.4 s" in text
    assert "How do we know? Wait after you ask Checked on lessons with known truth" in text
    assert "Nobody has checked yet how well this works." in text
    assert "not checked" not in text
    assert "Left out: a tag question (1)" in text
    assert "Fewer than 10 questions, so no percentage." in text
    assert "Moments to play, not a number." in text
    titles = [title for each in MEASURES for name, title in each.yields.items() if name == "wait_time_1"]
    assert text.index(titles[0]) < text.index("Who speaks, when")
    assert text.index("Your share of the talk") > text.index("Who speaks, when"), "belongs under More"


def test_waits_are_dots_and_quick_checks_are_hollow() -> None:
    dots = shown().all("circle")
    assert len(dots) == 5
    assert [each.get("class") for each in dots].count("quick") == 2
    heights = {each["cy"] for each in dots}
    assert len(heights) == 1, "five different lengths need no piling up"


def test_the_transcript_holds_holes_choruses_and_waits_in_their_place() -> None:
    text = shown().text.replace("\u00a0", " ")
    script = text[text.index("Good morning") :]
    order = [
        "Today we look at ice",
        "Sound is missing from 0:05 to 0:07.",
        "Why does ice float on water? 3.6 s of quiet",
        "Because it is lighter",
        "Talk to your neighbour",
        "Several voices at once, 14 s.",
        "What did you find? 4.5 s of quiet",
        "We said <b>it stays</b> & nothing changes.",
        "(speech, words not made out)",
    ]
    places = [script.index(each) for each in order]
    assert places == sorted(places)


def test_the_source_of_the_words_and_the_holes_are_told() -> None:
    text = shown().text.replace("\u00a0", " ")
    assert "The words come from captions that you gave." in text
    assert "Words for 97 % of the speech." in text
    assert "Sound is missing from 0:05 to 0:07." in text
    assert text.count("For practice; not for employment evaluation.") == 1


def test_without_a_video_everything_can_still_be_read() -> None:
    page = shown(video=None)
    assert not page.all("video")
    assert not [each for each in page.all("a") if each.get("class") == "play"]
    assert not [link for link in page.links if link not in {"#main", "data:,"}]
    assert "Why does ice float on water?" in page.text
    assert "0:10" in page.text


def test_sound_without_a_picture_gets_a_sound_player() -> None:
    report = made_up_report()
    sound = dataclasses.replace(report.recording, video_codec=None)
    page = shown(dataclasses.replace(report, recording=sound))
    assert len(page.all("audio")) == 1
    assert not page.all("video")


def test_nothing_said_leaves_no_empty_box() -> None:
    nothing = Advice(strength=Advised(), next_step=Advised(), trust=made_up_advice().trust)
    text = shown(advice=nothing).text
    assert "What went well" not in text
    assert "One thing to try next" not in text


def test_the_page_loads_nothing_and_runs_nothing_but_its_own() -> None:
    whole = teacher_page(made_up_report(), load_rubric("wait-time"), made_up_advice(), video=VIDEO)
    page = read(whole)
    assert page.wrong == []
    policy = next(m["content"] or "" for m in page.all("meta") if m.get("http-equiv"))
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        source = re.findall(f"<{tag}>(.*?)</{tag}>", whole, re.DOTALL)
        assert len(source) == 1
        digest = base64.b64encode(hashlib.sha256(source[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r"https?:|//[a-z]", whole.replace("http-equiv", ""))
    assert not [name for _, each in page.tags for name in each if name.startswith("on") or name == "style"]


def test_headings_are_in_order_and_ids_are_used_once() -> None:
    page = shown()
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    ids = [each["id"] for _, each in page.tags if "id" in each]
    assert len(ids) == len(set(ids))
    assert {each["aria-labelledby"] for _, each in page.tags if "aria-labelledby" in each} <= set(ids)
    assert page.all("html")[0]["lang"] == "en"


@pytest.mark.parametrize(
    "evil",
    ["</script><script>alert(1)</script>", '" onclick="alert(1)', "<img src=x onerror=alert(1)>", "{{7*7}}"],
)
def test_what_people_said_or_called_a_file_stays_text(evil: str) -> None:
    report = made_up_report()
    said = tuple(dataclasses.replace(u, text=evil, speaker=evil) for u in report.transcript.utterances)
    report = dataclasses.replace(
        report,
        transcript=dataclasses.replace(report.transcript, utterances=said, language=evil),
        recording=dataclasses.replace(report.recording, name=evil),
        findings=tuple(dataclasses.replace(each, message=evil, suggestion=evil) for each in report.findings),
        measurements=tuple(dataclasses.replace(m, note=evil, unit=evil) for m in report.measurements),
    )
    page = shown(report, video=f"{evil}.mp4")
    plain = shown()
    assert len(page.all("script")) == 1
    assert page.wrong == []
    assert {name for _, each in page.tags for name in each} <= {
        name for _, each in plain.tags for name in each
    }
    assert page.text.count(evil) > 10


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(reports)
def test_any_report_makes_a_sound_page(report: Report) -> None:
    page = teacher_page(report, load_rubric("wait-time"), made_up_advice(), video=report.recording.name)
    assert read(page).wrong == []
    page.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("lesson.mp4", "./lesson.mp4"),
        ("../up/my lesson #1?.mp4", "./../up/my%20lesson%20%231%3F.mp4"),
        ("my%20lesson.mp4", "./my%20lesson.mp4"),
        ("50%.mp4", "./50%25.mp4"),
        ("//evil.example/x.mp4", ".///evil.example/x.mp4"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("le\udce7on.mp4", "./le%E7on.mp4"),
    ],
)
def test_the_video_can_only_be_a_file_near_the_page(name: str, address: str) -> None:
    assert video_address(name) == address


def test_every_shipped_rubric_has_its_page() -> None:
    report = made_up_report()
    for rubric_id in list_rubrics():
        rubric = load_rubric(rubric_id)
        measurements = measure_all(report.transcript)
        findings = screen(report.transcript, measurements, rubric)
        advice = coach(report.transcript, measurements, findings, rubric)
        whole = dataclasses.replace(report, measurements=measurements, findings=findings)
        page = read(teacher_page(whole, rubric, advice, video=VIDEO))
        assert page.wrong == []
        assert rubric.title in page.text
        assert advice.next_step.text in page.text.replace("\u00a0", " ")


def long_lesson(minutes: int) -> Report:
    """A lesson with some 16 utterances a minute, a question in four of ten."""
    rows: list[str] = []
    at = 0.0
    for i in range(minutes * 16):
        who, said = ("T", "And what do you think about it, why would that be so? #question #open")
        if i % 5 in {1, 3}:
            who, said = (f"S{i % 9}", "I think it is because of the water around it, and the salt in it.")
        elif i % 5 == 4:
            said = "Let us look at it once more and write down what we see in the glass."
        rows.append(f"{at:.2f} - {at + 2.6:.2f} {who}: {said}")
        at += 3.75
    transcript = lesson("\n".join(rows))
    measurements = measure_all(transcript)
    rubric = load_rubric("wait-time")
    report = made_up_report()
    recording: Recording = transcript.recording
    return dataclasses.replace(
        report,
        recording=recording,
        transcript=transcript,
        measurements=measurements,
        findings=screen(transcript, measurements, rubric),
    )


def test_a_long_lesson_makes_a_page_of_reasonable_size_in_reasonable_time() -> None:
    report = long_lesson(90)
    assert len(report.transcript.utterances) == 1440
    made = lambda: teacher_page(report, load_rubric("wait-time"), made_up_advice(), video=VIDEO)  # noqa: E731
    assert quickest(made, 5.0) < 5.0
    assert len(made().encode()) < 3_000_000


def test_a_sentence_of_the_page_goes_with_its_moment() -> None:
    report = made_up_report()
    gone = Moment(start=10.5, end=14.1, label="3.6 s, then a student answered")
    findings = tuple(
        dataclasses.replace(each, moments_for=tuple(m for m in each.moments_for if m != gone))
        for each in report.findings
    )
    assert "3.6 s, then a student answered" in shown(report).text
    assert "3.6 s, then a student answered" not in shown(dataclasses.replace(report, findings=findings)).text
