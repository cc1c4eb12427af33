"""Every hostile or odd recording gets its exact outcome and sentence through `coachai analyze`."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coachai.cli import app
from coachai.media import cut_clip
from coachai.media.refusals import REFUSED
from coachai.records import Span
from tests.corpus.case import NOT_SCORED, Case
from tests.corpus.cases import CASES, OFTEN, SELDOM
from tests.corpus.running import Said, matches, ran
from tests.corpus.source import muxed, picture, sound

ROWS = {f"M-{number:02}" for number in range(1, 31)} - {"M-25"}  # M-25 is about words, not about files
TRADE = re.compile(r"(?i)traceback|error|exception|libav|ffmpeg|pyav|demux|codec|errno|/tmp|/proc|\\.py\\b")
"""What no sentence for a teacher contains: names of exceptions, libraries and places on the machine."""


def problems(case: Case, said: Said) -> list[str]:
    """All that is not as it should be with what was said."""
    refused = case.outcome in ("rejected", "not_scored")
    told = said.sentences if refused else said.notes
    found = []
    if said.code != (2 if refused else 0):
        found.append(f"exit code {said.code}")
    if not refused and said.usable != case.outcome:
        found.append(f"{said.usable}, not {case.outcome}")
    if len(told) != len(case.texts) or not all(map(matches, case.texts, told)):
        found.append(f"told {told}")
    if not refused and said.sentences:
        found.append(f"stderr {said.sentences}")
    if refused and said.files:
        found.append(f"left {said.files}")
    if not refused and "report.html" not in said.files:
        found.append(f"no page among {said.files}")
    if said.leaked or any(TRADE.search(each) for each in told):
        found.append(f"told too much: {told}")
    if said.found:
        found.append(f"{case.absent} stands in {said.found}")
    return found


def wrong(numbers: Sequence[int]) -> dict[str, list[str]]:
    started = time.monotonic()
    said = dict(ran(numbers))
    print(  # noqa: T201
        f"{len(said)} recordings in {time.monotonic() - started:.0f} s on {os.cpu_count()} cores "
        f"({sum(each.making for each in said.values()):.0f} s of it making them, times two)"
    )
    found = {f"{CASES[k].row} {CASES[k].name!r}": problems(CASES[k], each) for k, each in said.items()}
    return {name: each for name, each in found.items() if each}


def test_the_corpus_covers_every_row_of_the_plan() -> None:
    assert {each.row for each in CASES} == {CASES[k].row for k in OFTEN} == ROWS
    assert len(OFTEN) >= 120
    assert sum(each.row == "M-20" for each in CASES) >= 24
    assert len({each.name for each in CASES}) == len(CASES)


def test_the_corpus_and_the_product_mean_the_same_codes() -> None:
    for each in CASES:
        if each.code:
            template = re.sub(r"\{\w+\}", "X", REFUSED[each.code])
            assert re.fullmatch(re.escape(template).replace("X", ".+"), each.texts[0])
            assert (each.outcome == "not_scored") == (each.code in NOT_SCORED)


@pytest.mark.timeout(600)
def test_every_recording_gets_its_outcome() -> None:
    assert wrong(OFTEN) == {}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_other_variant_gets_its_outcome() -> None:
    assert wrong(SELDOM) == {}


def test_the_comparison_sees_what_is_wrong() -> None:
    case = CASES[OFTEN[0]]
    right = Said(code=2, sentences=case.texts)
    assert problems(case, right) == []
    assert problems(case, Said(code=3, sentences=case.texts))
    assert problems(case, Said(code=2, sentences=()))
    assert problems(case, Said(code=2, sentences=(*case.texts, "av.error.InvalidDataError")))
    assert problems(case, Said(code=2, sentences=case.texts, files=("report.json",)))
    assert problems(case, Said(code=2, sentences=case.texts, leaked=True))


@pytest.mark.parametrize("name", ["x" * 4096 + ".mp4", "gone.mp4", "../../../etc/none"])
def test_a_name_that_cannot_be_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["analyze", str(tmp_path / name), "--rubric", "wait-time", "--asr", "none", "--out", str(out)]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 2
    told = answer.stderr.splitlines()[-1]
    assert told.startswith("There is no file called “")
    assert str(tmp_path) not in answer.stderr
    assert not out.exists()


def test_a_clip_does_not_say_where_it_was_recorded(tmp_path: Path) -> None:
    place = "+48.8577+002.2950/"
    path, clip = tmp_path / "lesson.mov", tmp_path / "clip.wav"
    path.write_bytes(muxed("mov", [picture(), sound()], tags={"location": place, "title": place}))
    assert b"48.8577" in path.read_bytes()
    cut_clip(path, Span(start=5.0, end=9.0), clip)
    assert clip.stat().st_size > 100_000
    assert b"48.8577" not in clip.read_bytes()
