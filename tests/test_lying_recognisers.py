"""Recognisers that invent, contradict themselves, fall silent or hand over nonsense: none of it is told."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coachai.asr.recogniser import Recogniser
from coachai.pipeline import Observing, analyze, observe, prescreen_to
from coachai.records import Span, Transcript
from coachai.rubric import load_rubric
from coachai.timeline import shared_seconds
from coachai.transcript import Line
from tests.asr.liars import INVENTED, TEACHER, Scene, Telling, line, scene, shared_out, unnamed

FILES = ("report.json", "transcript.json", "transcript.vtt", "markers.vtt", "measurements.csv")
PAGES = ("report.html", "evaluator.html")
NAMED = Observing(teacher=TEACHER)
NOTED = "The recogniser wrote words here, but nobody is heard."
COUNTED = "The recogniser wrote words in 9 places where nobody is heard; they were left out."


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def hear(lesson: Scene, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Transcript]:
    """`hear(recogniser)`: the transcript of the lesson with that recogniser's words."""

    def heard(recogniser: Recogniser, how: Observing = NAMED) -> Transcript:
        folder = tmp_path_factory.mktemp("heard")
        return observe(
            lesson.path, how, folder=folder, progress=lambda _: lambda _: None, recogniser=recogniser
        )

    return heard


@pytest.fixture(scope="module")
def honest(lesson: Scene, hear: Callable[..., Transcript]) -> Transcript:
    return hear(Telling(lesson.said))


def written(transcript: Transcript, out: Path) -> dict[str, str]:
    """Every file of the report, by name."""
    made = prescreen_to(transcript, rubric=load_rubric("questioning"), video=None, out=out)
    assert {*FILES, *PAGES} <= set(made.files)
    return {name: (out / name).read_text(encoding="utf-8") for name in made.files}


# --- H-01: words where nobody speaks -------------------------------------------------------------------


def invented(lesson: Scene, texts: Sequence[str], speakers: Sequence[str | None]) -> list[Line]:
    """These texts in every place where nobody speaks, side by side, told by one or another name."""
    return [
        line(text, span, speakers[k % len(speakers)])
        for where in lesson.places.values()
        for k, (text, span) in enumerate(zip(texts, shared_out(where, len(texts)), strict=True))
    ]


def told_more(lied: dict[str, str], true: dict[str, str], name: str) -> Counter[str]:
    """The words a page shows more often than the honest report's does."""
    return Counter(_shown(lied[name])) - Counter(_shown(true[name]))


def _shown(page: str) -> list[str]:
    return re.sub(r"<[^>]*>", " ", page).replace("\u00a0", " ").split()


def without_places(text: str) -> Any:
    """A report or a transcript as data, without the list of places that were dismissed."""
    told = json.loads(text)
    (told["transcript"] if told["kind"] == "report" else told).pop("dismissed")
    return told


def assert_nothing_invented(lied: dict[str, str], true: dict[str, str]) -> None:
    for name in FILES:
        if name.endswith(".json"):
            assert without_places(lied[name]) == without_places(true[name])
        else:
            assert lied[name] == true[name]
    for name in set(lied) - {*FILES, *PAGES}:
        assert lied[name] == true[name], name
    for name in PAGES:
        # A note parts a turn in two, so a turn's time and speaker may stand there once more.
        parted = re.compile(r"\d+:\d\d|Teacher|Student|[A-Z1-9]|\d+")
        more = [word for word in told_more(lied, true, name) if word not in f"{NOTED} {COUNTED}".split()]
        assert [word for word in more if not parted.fullmatch(word)] == []


def assert_all_dismissed(lines: Sequence[Line], transcript: Transcript) -> int:
    """That every one of these lines stands in a dismissed place; how many there are."""
    for each in lines:
        assert shared_seconds(each, transcript.dismissed) >= each.duration - 0.01, each
    return len(lines)


SPEAKERS: dict[str, tuple[str | None, ...]] = {
    "by nobody": (None,),
    "by the teacher": (TEACHER,),
    "by a student": ("Maya",),
    "by a stranger": ("Subtitles", None, TEACHER),
}


@pytest.mark.parametrize("number", range(4))
def test_nothing_invented_where_nobody_speaks_reaches_a_report(
    lesson: Scene, hear: Callable[..., Transcript], honest: Transcript, tmp_path: Path, number: int
) -> None:
    # Four times ten texts in ten places: four hundred cases.
    texts = INVENTED[number::4]
    lines = invented(lesson, texts, list(SPEAKERS.values())[number])
    lied = hear(Telling([*lesson.said, *lines]))
    assert assert_all_dismissed(lines, lied) == 100
    assert_nothing_invented(written(lied, tmp_path / "lied"), written(honest, tmp_path / "true"))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(INVENTED)))
def test_no_single_invention_reaches_a_report_of_a_recogniser_without_names(
    lesson: Scene, hear: Callable[..., Transcript], tmp_path: Path, number: int
) -> None:
    how = Observing()
    said = unnamed(lesson.said)
    changes = {"recogniser": "faster-whisper", "names": False}
    true = hear(Telling(said, **changes), how)
    lines = invented(lesson, [INVENTED[number]], [None])
    lied = hear(Telling([*said, *lines], **changes), how)
    assert assert_all_dismissed(lines, lied) == 10
    assert_nothing_invented(written(lied, tmp_path / "lied"), written(true, tmp_path / "true"))


def test_the_places_are_shown_on_the_pages_and_their_words_are_not(
    lesson: Scene, hear: Callable[..., Transcript], tmp_path: Path
) -> None:
    lines = invented(lesson, ["Thanks for watching!"], [None])
    pages = written(hear(Telling([*lesson.said, *lines])), tmp_path)
    shown = " ".join(_shown(pages["report.html"]))
    assert shown.count(NOTED) == 9
    for name in PAGES:
        told = " ".join(_shown(pages[name]))
        assert COUNTED in told
    assert not any("watching" in text for text in pages.values())
