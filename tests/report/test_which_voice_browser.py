"""Which voice is yours? in a real browser: one click plays the clip, and it stops where the clip ends."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coachai.records import Report, Transcript
from coachai.report.evaluator import evaluator_page
from coachai.report.teacher import teacher_page
from coachai.rubric import load_rubric
from coachai.which_voice import voices_to_hear
from tests.report.film import make_film
from tests.report.made_up import made_up_advice, made_up_report
from tests.report.test_browser import CHROMIUM, CONTRAST, READY, Opened

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs chromium"),
    # Playwright's own event loop and sockets are not ours to close.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]
FILM = "my lesson's film #1.mp4"


def unsure(report: Report) -> Report:
    """The made-up report of voices told apart by sound, the teacher's by a guess."""
    letters = {"Teacher": "D", "Student 1": "A", "Student 2": "B", "Student 3": "C", "?": ""}
    heard = report.transcript
    transcript: Transcript = replace(
        heard,
        utterances=tuple(replace(each, voice=letters[each.speaker]) for each in heard.utterances),
        teacher_confidence=0.6,
        teacher_from="sound",
    )
    return replace(report, transcript=transcript)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both pages, beside a folder with the film."""
    place = tmp_path_factory.mktemp("lessons")
    (place / "out").mkdir()
    make_film(place / FILM, 80)
    report, rubric = unsure(made_up_report()), load_rubric("wait-time")
    for name, text in {
        "report.html": teacher_page(report, rubric, made_up_advice(), video=f"../{FILM}"),
        "nothing.html": teacher_page(report, rubric, made_up_advice(), video=None),
        "evaluator.html": evaluator_page(report, rubric, video=f"../{FILM}"),
    }.items():
        (place / "out" / name).write_text(text, encoding="utf-8")
    return place / "out"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--mute-audio"]
        )
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any, folder: Path) -> Iterator[Any]:
    pages: list[Opened] = []

    def open_page(name: str, **options: Any) -> Opened:
        pages.append(Opened(chromium, folder / name, **options))
        return pages[-1]

    yield open_page
    for each in pages:
        each.context.close()


def test_each_clip_plays_with_one_click_and_stops_at_its_end(opened: Any) -> None:
    clips = voices_to_hear(unsure(made_up_report()).transcript)
    here = opened("report.html")
    here.wait_for(READY)
    links = here.page.locator(".whose a.play")
    assert links.count() == len(clips) == 2
    for k, clip in enumerate(clips):
        here.page.evaluate("document.getElementById('player').playbackRate = 2")
        links.nth(k).click()
        here.wait_for("!document.getElementById('player').paused")
        assert clip.start - 0.2 <= here.time() <= clip.end
        here.wait_for("document.getElementById('player').paused")
        assert clip.end <= here.time() < clip.end + 3, "twice as fast, on a busy machine"
        assert f"Voice {clip.voice}" in here.page.locator(".clips li").nth(k).inner_text()
    assert here.complaints == []


def test_the_question_stands_on_the_first_screen_before_everything_it_puts_in_doubt(opened: Any) -> None:
    here = opened("report.html")
    here.wait_for(READY)
    asked = here.page.locator(".whose").bounding_box()
    assert asked["y"] + asked["height"] <= 860
    assert asked["y"] < here.page.locator(".good").bounding_box()["y"]


def test_a_click_marks_the_whole_command_and_it_names_the_film_as_it_is(opened: Any) -> None:
    here = opened("report.html")
    command = here.page.locator(".command code").first
    command.click()
    marked = here.page.evaluate("getSelection().toString()")
    assert shlex.split(marked) == [
        *("coachai", "prescreen", "transcript.json", "--teacher-voice", "D", "--rubric", "wait-time"),
        *("--out", ".", "--video", f"../{FILM}"),
    ]


def test_without_a_video_the_times_are_told(opened: Any) -> None:
    here = opened("nothing.html")
    assert here.page.get_by_text("Listen to the recording at these times").is_visible()
    assert here.page.locator(".whose .play").count() == 2
    assert re.fullmatch(r"\d+:\d\d", here.page.locator(".whose .play").first.inner_text())


def test_the_evaluator_only_reads_that_it_is_not_certain(opened: Any) -> None:
    here = opened("evaluator.html")
    text = here.page.locator("body").inner_text()
    assert "We are not sure which voice is the teacher's." in text
    assert not re.search("Which voice|Voice [A-D]|--teacher-voice", text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_can_be_read(opened: Any, scheme: str, width: int) -> None:
    here = opened("report.html", color_scheme=scheme, viewport={"width": width, "height": 800})
    assert here.page.evaluate("document.documentElement.scrollWidth") <= width
    assert here.page.evaluate(CONTRAST) == []
