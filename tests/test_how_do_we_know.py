"""docs/accuracy.md and `coachai doctor --accuracy`: made of the evaluations and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coachai.accuracy import SOURCES, markdown, plain, sections
from coachai.cli import app
from coachai.label_figures import FORM_OF, VARIANTS, Evaluation
from coachai.label_tables import LABELS, PUBLISHED, Section, Table
from coachai.measures import MEASURES
from coachai.validation import NAMES, validation_of
from tests.test_label_figures import evaluated, figures

ROOT = Path(__file__).parents[1]
EVERYTHING = evaluated(
    talkmoves={
        "measured_on": "58 mathematics lessons that people coded",
        "counted": {"lessons": 58, "uptake": 343, "focusing": 401},
        "labels": {
            label: {form: figures(0.8, ece=0.03) for form in ("marked", "bare", "wer35")} for label in LABELS
        },
        "uptake": {
            "marked": {
                "value": 0.63,
                "low": 0.56,
                "high": 0.69,
                "n": 343,
                "baseline": {"name": "the teacher's words", "value": 0.38},
            }
        },
    },
    rules={
        "measured_on": "58 mathematics lessons that people coded",
        "labels": {"restating": {"marked": figures(0.86)}, "press_for_reasoning": {"marked": figures(0.51)}},
    },
)


def said(known: Evaluation | None = None) -> str:
    return markdown(sections(known))


def table_under(title: str, known: Evaluation) -> Table:
    section = next(each for each in sections(known) if each.title == title)
    return next(part for part in section.parts if isinstance(part, Table))


def test_the_document_is_what_the_evaluations_say() -> None:
    written = ROOT.joinpath("docs", "accuracy.md").read_text(encoding="utf-8")
    assert written == said(), "run `make docs`"


@pytest.mark.parametrize("known", [Evaluation(), EVERYTHING], ids=["no evaluation", "everything"])
def test_every_measure_and_every_label_is_named_checked_or_not(known: Evaluation) -> None:
    text = said(known)
    glance = {row[0]: row for row in table_under("At a glance", known).rows}
    for measure in MEASURES:
        for name, title in measure.yields.items():
            assert len(glance[title]) == 1 + len(SOURCES)
            assert f"`{name}`" in text
    for label in LABELS:
        assert NAMES[label].lower() in text.lower()


def test_the_sentences_are_those_that_reports_quote() -> None:
    text = said(EVERYTHING)
    for measure in MEASURES:
        for name in measure.yields:
            for source in FORM_OF.keys() - {"faster-whisper"}:
                assert validation_of(name, source, "talkmoves", EVERYTHING).lower() in text.lower()


def test_at_a_glance_tells_what_is_checked_from_what_is_not() -> None:
    rows = {row[0]: row[1:] for row in table_under("At a glance", EVERYTHING).rows}
    assert rows["You press for reasons"] == ("yes", "yes", "yes", "like", "yes", "–")
    assert rows['You say "yet"'] == ("no", "no", "no", "no", "no", "–")
    assert rows["Time you gave to think"][0] == "part"
    rules = evaluated(rules={"labels": {"press_for_reasoning": {"marked": figures(0.51)}}})
    rows = {row[0]: row[1:] for row in table_under("At a glance", rules).rows}
    assert rows["You press for reasons"] == ("look", "look", "no", "look", "no", "–")


def test_a_label_s_table_has_every_reader_and_form_with_the_trivial_figure_beside() -> None:
    known = evaluated(
        talkmoves={
            "labels": {
                "revoicing": {
                    "marked": figures(0.7, low=0.6, high=0.8, baseline={"name": "always", "value": 0.06})
                },
                "restating": {"marked": figures(0.7)},
                "question": {"marked": figures(1.0), "wer20": figures(0.84)},
            }
        },
        rules={"labels": {"revoicing": {"bare": figures(0.5)}, "restating": {"marked": figures(0.86)}}},
    )
    assert table_under("Revoicing", known).rows == (
        ("talkmoves", "typed", "0.70 [0.60, 0.80]", "0.70", "0.70", "–", "100", "0.06"),
        ("rules", "bare", "0.50", "0.50", "0.50", "–", "100", "–"),
    )
    assert [row[0] for row in table_under("Restating", known).rows] == ["rules"], "the rule keeps the task"
    assert [row[1] for row in table_under("Questions", known).rows] == ["20 %"], "marks tell themselves"


def test_correlations_with_raters_and_published_figures_stand_beside_what_is_trivial() -> None:
    (row,) = table_under("What teachers make of students' words", EVERYTHING).rows
    assert row[3:] == ("0.63 [0.56, 0.69]", "343", "0.38 (the teacher's words)")
    published = table_under("Beside published figures", EVERYTHING).rows
    assert [row[0] for row in published] == [NAMES[label] for label in PUBLISHED]
    assert ("revoicing", "0.66", "0.80", "0.80") in published


def test_no_figure_stands_in_the_document_that_no_evaluation_has() -> None:
    kept = (ROOT / "configs" / "accuracy.json").read_text(encoding="utf-8")
    bare = next(each for each in sections(Evaluation()) if each.title == "Measure by measure")
    told = [each for each in sections(Evaluation()) if each.level == 3]
    assert bare
    assert told
    for section in told:
        for number in re.findall(r"\d+\.\d\d", markdown([Section(3, "", section.parts)])):
            assert number in kept


def test_the_terminal_prints_the_whole_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    ran = CliRunner().invoke(app, ["doctor", "--accuracy"])
    assert ran.exit_code == 0
    flat = " ".join(ran.stdout.split())
    for section in sections():
        assert " ".join(plain(section.title).split()) in flat
        for part in section.parts:
            if isinstance(part, str):
                assert " ".join(plain(part).split()) in flat
            elif isinstance(part, Table):
                for row in part.rows:
                    assert plain(row[0]) in flat


@pytest.mark.parametrize("columns", ["40", "80"])
def test_a_narrow_terminal_loses_no_figure(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran = CliRunner().invoke(app, ["doctor", "--accuracy"])
    assert ran.exit_code == 0
    assert "…" not in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= int(columns)


def test_a_terminal_shows_no_marks_of_markdown() -> None:
    assert plain("**Nobody** reads `configs/x.json`, *F1* 3*4 and 2 * 3") == (
        "Nobody reads configs/x.json, F1 3*4 and 2 * 3"
    )


def test_figures_are_shown_without_any_model_library() -> None:
    code = (
        "import sys\nfrom coachai.accuracy import sections\nsections()\n"
        "print(*(name for name in sys.modules if '.' not in name))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"onnxruntime", "tokenizers", "torch", "av", "faster_whisper", "jinja2", "sklearn", "librosa"}
    assert heavy.isdisjoint(ran.stdout.split())


def test_the_help_tells_of_it() -> None:
    shown = CliRunner().invoke(app, ["doctor", "--help"], env={"COLUMNS": "120"}).stdout
    assert "--accuracy" in shown


def test_every_way_to_make_labels_has_words_for_it() -> None:
    kept = json.loads((ROOT / "configs" / "accuracy.json").read_text(encoding="utf-8"))
    assert kept["labels"] in VARIANTS
