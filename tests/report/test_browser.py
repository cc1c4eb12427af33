"""The pages in a real browser: playing, following, keys, no network, phone width, paper."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coachai.report.evaluator import evaluator_page
from coachai.report.teacher import teacher_page
from coachai.rubric import load_rubric
from tests.report.film import make_film
from tests.report.made_up import made_up_advice, made_up_report

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs chromium"),
    # Playwright's own event loop and sockets are not ours to close.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both pages beside their film, as `out/` holds them; the name needs quoting."""
    place = tmp_path_factory.mktemp("out")
    film = "my lesson #1.mp4"
    make_film(place / film, 80)
    report, rubric = made_up_report(), load_rubric("wait-time")
    pages = {
        "report.html": teacher_page(report, rubric, made_up_advice(), video=film),
        "evaluator.html": evaluator_page(report, rubric, video=film),
        "nothing.html": teacher_page(report, rubric, made_up_advice(), video=None),
        "lost.html": teacher_page(report, rubric, made_up_advice(), video="gone.mp4"),
    }
    for name, text in pages.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--mute-audio"]
        )
        yield browser
        browser.close()


class Opened:
    """A page with everything that the browser complained about or asked for."""

    def __init__(self, chromium: Any, path: Path, **options: Any) -> None:
        self.context = chromium.new_context(**({"viewport": {"width": 1280, "height": 860}} | options))
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def time(self) -> float:
        return float(self.page.evaluate("document.getElementById('player').currentTime"))

    def wait_for(self, condition: str) -> None:
        """Look again and again; the browser's own waiting would need what the page's policy forbids."""
        deadline = time.monotonic() + 20
        while not self.page.evaluate(condition):
            assert time.monotonic() < deadline, condition
            self.page.wait_for_timeout(50)


@pytest.fixture
def opened(chromium: Any, folder: Path) -> Iterator[Any]:
    pages: list[Opened] = []

    def open_page(name: str, **options: Any) -> Opened:
        pages.append(Opened(chromium, folder / name, **options))
        return pages[-1]

    yield open_page
    for each in pages:
        each.context.close()


READY = "document.getElementById('player').readyState >= 2"


def test_nothing_is_asked_of_the_network_and_nothing_is_complained_of(opened: Any, folder: Path) -> None:
    for name in ("report.html", "evaluator.html"):
        here = opened(name)
        here.wait_for(READY)
        own = {(folder / name).as_uri(), (folder / "my lesson #1.mp4").as_uri()}
        assert set(here.asked) <= own
        assert here.complaints == []


def test_a_moment_plays_and_stops_at_its_end(opened: Any) -> None:
    here = opened("report.html")
    here.wait_for(READY)
    link = here.page.locator("a.play", has_text="Play 0:36").first
    begins, ends = (float(link.get_attribute(f"data-{each}")) for each in ("from", "to"))
    here.page.evaluate("document.getElementById('player').playbackRate = 4")
    link.click()
    assert here.time() >= begins - 0.2
    assert link.get_attribute("aria-current") == "true"
    here.wait_for("document.getElementById('player').paused")
    assert ends <= here.time() < ends + 8, "four times as fast, on a busy machine, it stops a little late"
    assert here.page.url.endswith("report.html")


def test_a_click_on_a_sentence_goes_there_and_plays_on(opened: Any) -> None:
    here = opened("report.html")
    here.wait_for(READY)
    here.page.locator(".s", has_text="It stays the same").click()
    here.wait_for("!document.getElementById('player').paused")
    assert 31.0 <= here.time() < 36
    assert here.page.locator(".s.now").inner_text() == "It stays the same, I think."


def test_the_transcript_and_the_timeline_follow_the_video(opened: Any) -> None:
    here = opened("report.html")
    here.wait_for(READY)
    here.page.evaluate("document.getElementById('player').currentTime = 73.5")
    here.wait_for("document.querySelector('.s.now')?.textContent.includes('proved it yet')")
    here.wait_for("document.querySelector('.scroll').scrollTop > 0")
    heads = here.page.evaluate(
        "[...document.querySelectorAll('.rows .track')].map(t => t.querySelector('.head').hidden)"
    )
    assert heads == [True, False]
    box = here.page.locator(".scroll").bounding_box()
    now = here.page.locator(".s.now").bounding_box()
    here.page.wait_for_timeout(600)
    assert box["y"] <= now["y"] <= box["y"] + box["height"] + 200


def test_without_following_the_transcript_stays_where_it_is(opened: Any) -> None:
    here = opened("report.html")
    here.wait_for(READY)
    here.page.locator("#follow").uncheck()
    here.page.evaluate("document.getElementById('player').currentTime = 73.5")
    here.wait_for("document.querySelector('.s.now')?.textContent.includes('proved it yet')")
    assert here.page.evaluate("document.querySelector('.scroll').scrollTop") == 0


def test_a_click_on_the_timeline_goes_there(opened: Any) -> None:
    here = opened("report.html")
    here.wait_for(READY)
    row = here.page.locator(".rows .track").first
    row.scroll_into_view_if_needed()
    box = row.bounding_box()
    row.click(position={"x": box["width"] / 2, "y": 10})
    assert 29 <= here.time() <= 33


def test_a_dot_plays_its_wait(opened: Any) -> None:
    here = opened("report.html")
    here.wait_for(READY)
    here.page.locator(".strip circle").last.click()
    assert 58 <= here.time() <= 62


def test_everything_can_be_reached_by_keyboard(opened: Any) -> None:
    here = opened("report.html")
    here.wait_for(READY)
    here.page.keyboard.press("Tab")
    assert here.page.evaluate("document.activeElement.className") == "skip"
    here.page.keyboard.press("Enter")
    here.page.keyboard.press("Tab")
    assert here.page.evaluate("document.activeElement.textContent.trim()") == "Play 0:10"
    assert here.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    here.page.keyboard.press("Enter")
    assert 7 < here.time() < 12
    here.page.evaluate("document.querySelector('.scroll').focus()")
    here.page.evaluate("document.getElementById('player').pause()")
    for key in ("Home", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown", "Enter"):
        here.page.keyboard.press(key)
    assert here.page.evaluate("document.activeElement.textContent") == "Why does ice float on water?"
    assert 7.9 <= here.time() < 12


def test_the_evaluator_hunts_with_one_key(opened: Any) -> None:
    here = opened("evaluator.html")
    here.wait_for(READY)
    for expected in ("0:10", "0:27", "0:36", "1:02", "0:10"):
        here.page.keyboard.press("n")
        assert expected in here.page.locator("a.play[aria-current]").inner_text()
    here.page.keyboard.press("p")
    assert "1:02" in here.page.locator("#at-moment").inner_text()
    assert "Waits three seconds" in here.page.locator("#at-moment").inner_text()
    assert 58 <= here.time() < 66
    here.wait_for("!document.getElementById('player').paused")
    here.page.keyboard.press("Space")
    here.wait_for("document.getElementById('player').paused")
    here.page.keyboard.press("Space")
    here.wait_for("!document.getElementById('player').paused")
    here.page.locator(".lane [data-from]").first.click()
    assert 7 < here.time() < 12
    assert here.complaints == []


@pytest.mark.parametrize("name", ["report.html", "evaluator.html", "nothing.html"])
@pytest.mark.parametrize("width", [320, 360, 768, 1000, 1280])
def test_no_page_is_wider_than_its_window(opened: Any, name: str, width: int) -> None:
    here = opened(name, viewport={"width": width, "height": 700})
    here.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert here.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_screen_holds_strength_step_and_trust(opened: Any) -> None:
    here = opened("report.html")
    here.wait_for(READY)
    for part in (".screen video", ".good", ".step", ".trust p"):
        box = here.page.locator(part).first.bounding_box()
        assert box["y"] + box["height"] <= 860, part


def test_without_scripts_it_can_be_read_and_played(opened: Any, folder: Path) -> None:
    here = opened("report.html", java_script_enabled=False)
    assert here.page.get_by_role("heading", name="What went well").is_visible()
    assert here.page.get_by_text("Because it is lighter than the water around it.").first.is_visible()
    address = here.page.locator("a.play").first.get_attribute("href")
    assert address == "./my%20lesson%20%231.mp4#t=7.7,16.6"


def test_a_video_that_is_gone_is_told_in_a_sentence(opened: Any) -> None:
    here = opened("lost.html")
    here.wait_for("!document.getElementById('lost').hidden")
    assert here.page.get_by_text("Keep this page in the folder it was made in").is_visible()


def test_on_paper_stand_the_criteria_the_numbers_and_the_whole_transcript(
    opened: Any, tmp_path: Path
) -> None:
    here = opened("report.html")
    here.page.emulate_media(media="print")
    assert here.page.locator(".screen").is_hidden()
    assert here.page.locator(".trust li").first.is_visible()
    shown, whole = (
        here.page.evaluate(f"document.querySelector('.scroll').{each}Height") for each in ("client", "scroll")
    )
    assert shown == whole, "nothing is left behind a scroll bar"
    here.page.pdf(path=tmp_path / "report.pdf", format="A4")
    pages = len(re.findall(rb"/Type\s*/Page[^s]", (tmp_path / "report.pdf").read_bytes()))
    assert 3 <= pages <= 12


CONTRAST = """
() => {
  const numbers = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const linear = (v) => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = (node) => {
    for (let each = node; each; each = each.parentElement) {
      const colour = numbers(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const node of document.querySelectorAll('body *')) {
    const said = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!said || !node.checkVisibility() || node.closest('svg, script')) continue;
    const both = [light(numbers(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    if (ratio < 4.5) low.push(`${node.className || node.tagName} ${ratio.toFixed(2)}`);
  }
  return low;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["report.html", "evaluator.html"])
def test_all_text_has_contrast_in_light_and_dark(opened: Any, name: str, scheme: str) -> None:
    here = opened(name, color_scheme=scheme)
    here.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert here.page.evaluate(CONTRAST) == []
