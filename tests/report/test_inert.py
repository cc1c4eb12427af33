"""Whatever stands in a report's texts stays text: pages are valid and run nothing, files read back."""

from __future__ import annotations

import csv
import dataclasses
import html
import io
import itertools
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree.ElementTree import Element

import av
import html5lib
import pydantic
import pytest
import webvtt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from coachai.cli import app
from coachai.coaching import Advice
from coachai.pipeline import prescreen_to
from coachai.records import Report
from coachai.report.codec import encode_report, read_report
from coachai.report.evaluator import evaluator_page
from coachai.report.files import well_formed
from coachai.report.markers import markers_vtt
from coachai.report.table import measurements_csv
from coachai.report.teacher import teacher_page
from coachai.rubric import Rubric, load_rubric
from tests.report.generated import reports
from tests.report.made_up import made_up_advice, made_up_report
from tests.report.test_exports import anything

ROOT = Path(__file__).parents[2]
HTML = "{http://www.w3.org/1999/xhtml}"
EVIL = {
    "script": "</script><script>alert(1)</script>",
    "style": "</style><style>*{display:none}</style>",
    "attribute": "\" onclick='alert(1)' autofocus onfocus=alert(1) x=\"",
    "picture": "<img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "link": 'javascript:alert(1)"><a href="javascript:alert(1)">',
    "comment": "--!><!--[if IE]><![CDATA[ ]]>&#0;&nosuch;",
    "template": "{{7*7}}{% raw %}${7*7}#{7*7}<%= 7*7 %>",
    "lines": "a\r\nSet-Cookie: b=c\r\n\r\n\x0b\x0c\u2028\u2029\x85c",
    "path": "../../etc/passwd",
    "right to left": "\u202egpj.nossel\u202c \u05d0\u05d1 \u2066x\u2069",
    "emoji": "\U0001f9d1\u200d\U0001f3eb\U0001f9ca\ufe0f",
    "controls": "\x00\x01\x07\x1b[2J\x1b]0;t\x07\x7f\x9b",
    "halves": "\ud83d \ude00 \udce7",
    "no characters": "\ufffe\uffff\ufdd0\U0001ffff\U0010fffe\ufeff",
    "formula": "=cmd|' /C calc'!A0;=1+1",
    "arrow": "1\n\n00:00:01.000 --> 00:00:02.000\n<v Boss>--> x",
}
_MEANINGS = {"criterion", "measure", "outcome", "role", "recogniser", "teacher_from"}
"""Fields that say which of a few things is meant, or which part of a rubric: not free text."""
_RUBRIC_MEANINGS = {"id", "kind", "ask", "measures", "look_again", "unless_heard", "at", "sha256"}


def poisoned(value: Any, evil: str) -> Any:
    """The record with every free text in it replaced, however deep."""
    if isinstance(value, str):
        return evil
    if isinstance(value, tuple):
        return tuple(poisoned(each, evil) for each in value)
    if isinstance(value, dict):
        return {evil: evil}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            each.name: poisoned(getattr(value, each.name), evil)
            for each in dataclasses.fields(value)
            if each.name not in _MEANINGS
        }
        return dataclasses.replace(value, **changes)
    return value


def poisoned_rubric(value: Any, evil: str) -> Any:
    """The rubric with every text that its author wrote replaced."""
    if isinstance(value, str):
        return evil
    if isinstance(value, tuple):
        return tuple(poisoned_rubric(each, evil) for each in value)
    if isinstance(value, dict):
        return {name: poisoned_rubric(each, evil) for name, each in value.items()}
    if isinstance(value, pydantic.BaseModel):
        changes = {name: poisoned_rubric(each, evil) for name, each in value if name not in _RUBRIC_MEANINGS}
        return value.model_copy(update=changes)
    return value


def pages(report: Report, rubric: Rubric, advice: Advice, video: str | None) -> list[str]:
    return [
        teacher_page(report, rubric, advice, video=video),
        evaluator_page(report, rubric, video=video),
    ]


def parsed(page: str) -> Element:
    """The page as browsers parse it; raises at the first thing that is not valid."""
    page.encode("utf-8")
    return html5lib.HTMLParser(strict=True).parse(page)


def parts(page: Element, tag: str) -> list[str]:
    return ["".join(each.itertext()) for each in page.iter(f"{HTML}{tag}")]


def assert_inert(page: Element, plain: Element) -> None:
    """Nothing is in the page that the plain one has not: no element, attribute, script, style or address."""
    assert {each.tag for each in page.iter()} <= {each.tag for each in plain.iter()}
    assert {name for each in page.iter() for name in each.attrib} <= {
        name for each in plain.iter() for name in each.attrib
    }
    for ours in ("script", "style"):
        assert parts(page, ours) == parts(plain, ours)
    for each in page.iter():
        assert not [name for name in each.attrib if str(name).lower().startswith("on") or name == "style"]
        for name in ("href", "src"):
            address = each.attrib.get(name)
            assert address is None or re.match(r"\./|#|data:,$", address), address


@pytest.fixture(scope="module")
def plain_pages() -> list[Element]:
    made = pages(made_up_report(), load_rubric("wait-time"), made_up_advice(), "lesson.mp4")
    return [parsed(each) for each in made]


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_no_text_of_a_report_or_rubric_does_anything_to_a_page(evil: str, plain_pages: list[Element]) -> None:
    report, advice = poisoned(made_up_report(), evil), poisoned(made_up_advice(), evil)
    rubric = poisoned_rubric(load_rubric("wait-time"), evil)
    for page, plain in zip(pages(report, rubric, advice, evil), plain_pages, strict=True):
        read = parsed(page)
        assert_inert(read, plain)
        visible = " ".join(" ".join(read.itertext()).split())
        wanted = re.sub(r"\s+", " ", evil).strip()
        if evil.isprintable() and evil.isascii():
            assert visible.count(wanted) > 20, "it is shown as text"
        assert "49" not in re.findall(r"\b\d+\b", "".join(parts(read, "h1") + parts(read, "title")))


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(reports, anything, st.none() | anything)
def test_any_report_makes_valid_inert_pages(report: Report, evil: str, video: str | None) -> None:
    whole = dataclasses.replace(report, rubric=poisoned(report.rubric, evil))
    rubric = poisoned_rubric(load_rubric("wait-time"), evil)
    for page in pages(whole, rubric, poisoned(made_up_advice(), evil), video):
        read = parsed(page)
        assert len(parts(read, "script")) == 1
        assert not [n for each in read.iter() for n in each.attrib if str(n).lower().startswith("on")]


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_no_text_of_a_report_starts_a_cue_or_a_formula(evil: str) -> None:
    report = poisoned(made_up_report(), evil)
    rubric = poisoned_rubric(load_rubric("wait-time"), evil)
    clean = made_up_report()
    marks = webvtt.from_string(markers_vtt(report, rubric), strict=True)
    before = webvtt.from_string(markers_vtt(clean, load_rubric("wait-time")), strict=True)
    assert [(each.start, each.end) for each in marks] == [(each.start, each.end) for each in before]
    assert all("<" not in each.raw_text for each in marks)
    if evil.isprintable() and evil.isascii():
        words = " ".join(evil.split())
        assert {html.unescape(each.raw_text) for each in marks} <= {
            f"{words} (may show it): {words}",
            f"{words} (may speak against it): {words}",
        }
    table = list(csv.reader(io.StringIO(measurements_csv(report.measurements), newline=""), strict=True))
    assert len(table) == 1 + len(report.measurements)
    for cell in itertools.chain.from_iterable(table):
        for shown in (cell, *cell.split(";")):
            assert not re.match('[\\s\u200b\ufeff"]*[=+@＝＋－＠-](?![\\d.]+$)', shown), shown


def halves_replaced(value: Any) -> Any:
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, tuple):
        return tuple(halves_replaced(each) for each in value)
    if isinstance(value, dict):
        return {halves_replaced(name): halves_replaced(each) for name, each in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            each.name: halves_replaced(getattr(value, each.name)) for each in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **changes)
    return value


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_a_report_of_any_text_loads_back_equal(evil: str, tmp_path: Path) -> None:
    report = poisoned(made_up_report(), evil)
    path = tmp_path / "report.json"
    path.write_bytes(encode_report(report))
    assert read_report(path) == halves_replaced(report)
    assert read_report(path).recording.name == well_formed(evil)


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_a_recordings_name_leads_nowhere(evil: str, tmp_path: Path, plain_pages: list[Element]) -> None:
    out = tmp_path / "out"
    transcript = made_up_report().transcript
    named = dataclasses.replace(transcript, recording=dataclasses.replace(transcript.recording, name=evil))
    analysis = prescreen_to(named, rubric=load_rubric("wait-time"), video=None, out=out)
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
    assert {each.name for each in out.iterdir()} == set(analysis.files) == FILES
    for name, plain in zip(("report.html", "evaluator.html"), plain_pages, strict=True):
        page = parsed(out.joinpath(name).read_text(encoding="utf-8"))
        assert parts(page, "script") == parts(plain, "script")
    assert json.loads(out.joinpath("report.json").read_text(encoding="utf-8"))["recording"][
        "name"
    ] == well_formed(evil)


FILES = {
    "report.json",
    "report.html",
    "evaluator.html",
    "transcript.json",
    "transcript.vtt",
    "markers.vtt",
    "measurements.csv",
}
NAME = "\u202e{{7*7}}\r\n<script>alert(1)<\\script>\U0001f9ca;=1+1 \x1b[2J \udce7&quot;'\".mp4"


def test_a_file_with_a_hostile_name_and_metadata_is_analysed_as_any_other(tmp_path: Path) -> None:
    recording, out = tmp_path / NAME, tmp_path / "out"
    with (
        av.open(str(ROOT / "samples" / "lesson.mp4")) as sample,
        av.open(str(tmp_path / "made.mp4"), "w") as made,
    ):
        for tag in ("title", "artist", "comment", "description"):
            made.metadata[tag] = f"CANARY<script>alert(1)</script>{{{{7*7}}}}\r\n../../etc/passwd {tag}"
        source = sample.streams.audio[0]
        copy = made.add_stream_from_template(source)
        for packet in sample.demux(source):
            if packet.dts is not None:
                packet.stream = copy
                made.mux(packet)
    assert b"CANARY" in tmp_path.joinpath("made.mp4").read_bytes()
    shutil.move(tmp_path / "made.mp4", recording)
    arguments = ["analyze", str(recording), "--rubric", "wait-time", "--asr", "none", "--out", str(out)]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    assert {each.name for each in tmp_path.iterdir()} == {NAME, "out"}
    assert {each.name for each in out.iterdir()} == FILES
    assert not [each.name for each in out.iterdir() if b"CANARY" in each.read_bytes()]
    for name in ("report.html", "evaluator.html"):
        page = parsed(out.joinpath(name).read_text(encoding="utf-8"))
        assert len(parts(page, "script")) == 1
        played = [each.attrib["src"] for each in page.iter() if "src" in each.attrib]
        assert {os.path.normpath(os.fsencode(out) + b"/" + unquote_to_bytes(each)) for each in played} == {
            os.fsencode(recording)
        }


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze", "{name}", "--rubric", "wait-time"],
        ["export", "{name}", "--to", "vtt"],
        ["prescreen", "{name}", "--rubric", "wait-time"],
        ["captions", "{name}"],
        ["export", "x", "--to", "{name}"],
    ],
)
def test_an_error_sends_no_control_characters_to_the_terminal(arguments: list[str]) -> None:
    ran = CliRunner().invoke(app, [each.format(name=NAME) for each in arguments])
    assert ran.exit_code == 2
    assert "{{7*7}}" in ran.output
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", ran.output)
