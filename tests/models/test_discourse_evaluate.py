"""The evaluation of the discourse model as a command, on made-up lessons and a model made here."""

from __future__ import annotations

import csv
import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from baselines import always, macro_without_reading, taken_up_by_rule
from corpora import Exchange, Said, part_of
from failing import repeats
from forms import written
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from coachai.label_figures import read_evaluation
from tests.discourse.miniature import build

FOLDER = Path(__file__).parents[2] / "models" / "discourse"

FLAT = (
    "question_f1",
    "question_rate_r",
    "question_f1_wer20",
    "question_rate_r_wer20",
    "teacher_macro_f1",
    "student_macro_f1",
    "uptake_spearman",
    "focusing_pearson",
    "utterances_per_second",
)
SECRET = "because grandmother halved the melon"
"""Words of a student that must not come out anywhere."""

# Lines of a lesson: role, move, text. The miniature hears "what" and "why" as questions, and nothing else.
MORNING = """
teacher pressing_for_accuracy    What, what?
student making_a_claim           half half
teacher restating                half half
teacher none                     Good.
teacher pressing_for_reasoning   Why, why?
student providing_evidence       because grandmother halved the melon
teacher none                     what what what a what.
"""
NOON = """
teacher keeping_everyone_together everyone everyone please.
student none                     yes
teacher pressing_for_accuracy    Is it seven?
teacher pressing_for_accuracy    What then, what?
"""
EVENING = """
teacher pressing_for_accuracy    What, what now?
teacher none                     so.
student null                     mhm
"""


def lesson(name: str, drawn: str) -> dict[str, Any]:
    """A lesson from its lines."""
    said = []
    for line in filter(None, drawn.splitlines()):
        role, move, text = line.split(maxsplit=2)
        moved = None if move == "null" else move
        said.append(
            {
                "speaker": role,
                "role": role,
                "text": text,
                "teacher_move": moved if role == "teacher" else None,
                "student_move": moved if role == "student" else None,
            }
        )
    return {"lesson": name, "utterances": said}


def lessons_file(path: Path, lessons: Sequence[dict[str, Any]]) -> Path:
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lessons)).encode()))
    return path


def exchanges_file(path: Path, rating: str, rows: Sequence[tuple[str, str, str, float, int]]) -> Path:
    """Rows are lesson, student, teacher, rating and what most raters say."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(
            ["obs_id", "student_text", "teacher_text", rating, rating.replace("zscore", "majority")]
        )
        table.writerows(rows)
    return path


def evaluate(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(FOLDER / "evaluate.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "talkmoves")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("data")
    exchanges = [
        (str(k // 2), "it is a half of it", "so " * k + "okay " * (7 - k), float(k), min(2, k // 2))
        for k in range(8)
    ]
    return {
        "talkmoves": lessons_file(
            folder / "lessons.jsonl.gz",
            [lesson("morning", MORNING), lesson("noon", NOON), lesson("evening", EVENING)],
        ),
        "uptake": exchanges_file(folder / "uptake.csv", "uptake_zscore", exchanges),
        "focusing": exchanges_file(folder / "focusing.csv", "follow_up_unfiltered_zscore", exchanges),
    }


@pytest.fixture(scope="module")
def whole(
    model: Path, inputs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """One run of everything: the folder of what it wrote, and what it printed."""
    out = tmp_path_factory.mktemp("out")
    given_files = [part for name, path in inputs.items() for part in (f"--{name}", path)]
    wanted = ["--json", out / "out.json", "--picture", out / "p.svg", "--examples", out / "e.md"]
    (out / "README.md").write_text("# A card\n\nWhat it is.\n", encoding="utf-8")
    wanted += ["--card", out / "README.md"]
    ran = evaluate(*given_files, *wanted, "--write", out / "d.json", "--model", model)
    assert ran.returncode == 0, ran.stderr
    return out, ran


def test_the_figures_are_what_can_be_counted_by_hand(whole: tuple[Path, Any]) -> None:
    told = json.loads((whole[0] / "out.json").read_text(encoding="utf-8"))
    assert set(FLAT) <= told.keys()
    figures, labels = told["details"]["figures"], told["details"]["labels"]
    # Five of the teacher's ten coded sentences ask. Bare, four of them are heard, and one more that does not.
    assert told["question_f1"] == pytest.approx(2 * 4 / (2 * 4 + 1 + 1))
    assert figures["question_f1"]["n"] == 5
    assert figures["question_f1"]["baseline"] == {"name": "every sentence asks", "value": 0.6667}
    # Shares that ask, by lesson: 2/5, 2/3, 1/2; heard: 3/5, 1/3, 1/2.
    expected = np.corrcoef([2 / 5, 2 / 3, 1 / 2], [3 / 5, 1 / 3, 1 / 2])[0, 1]
    assert told["question_rate_r"] == pytest.approx(expected, abs=1e-4)
    # "half" after "half" is restating by the rule, whatever the model reads.
    assert labels["restating"]["marked"]["f1"] == 1
    assert labels["keeping_everyone_together"]["marked"]["f1"] == 1
    assert labels["press_for_reasoning"]["marked"]["recall"] == 1
    assert labels["press_for_accuracy"]["marked"]["f1"] == 0
    # Of the six moves, four are in these lessons: three are read, one never.
    assert told["teacher_macro_f1"] == pytest.approx(3 / 4)
    assert told["uptake_spearman"] == pytest.approx(1)
    assert told["focusing_pearson"] > 0.9
    assert told["utterances_per_second"] > 0


def test_every_figure_has_an_interval_over_lessons_and_most_a_trivial_baseline(
    whole: tuple[Path, Any],
) -> None:
    told = json.loads((whole[0] / "out.json").read_text(encoding="utf-8"))
    for name in FLAT[:-1]:
        its = told["details"]["figures"][name]
        assert its["value"] == told[name]
        assert its["low"] <= its["value"] <= its["high"]
        assert 0 <= its["baseline"]["value"] <= 1
    for forms in told["details"]["labels"].values():
        for its in forms.values():
            assert its["low"] is None or its["low"] <= its["f1"] <= its["high"]
            assert its["n"] > 0
    assert told["details"]["made_by"]["model"]["name"] == "talkmoves"


def test_the_product_reads_what_was_written_for_it(whole: tuple[Path, Any]) -> None:
    told = read_evaluation((whole[0] / "d.json").read_text(encoding="utf-8"))
    labels = json.loads((whole[0] / "out.json").read_text(encoding="utf-8"))["details"]["labels"]
    found = told.figures("question", "talkmoves", "bare")
    assert found is not None
    assert found.f1 == labels["question"]["bare"]["f1"] == pytest.approx(0.8)
    assert found.n == 5
    assert found.baseline == ("always", 0.6667)
    by_rule = told.figures("restating", "rules", "marked")
    assert by_rule is not None
    assert by_rule.f1 == 1
    assert told.figures("keeping_everyone_together", "rules", "marked") is None
    taken_up = told.figures("uptake", "rules", "marked")
    assert taken_up is not None
    assert (taken_up.f1, taken_up.recall) == (0, 0)
    assert "3 mathematics lessons" in told.on


def test_another_models_figures_stay_where_they_are(
    whole: tuple[Path, Any], inputs: dict[str, Path], tmp_path: Path
) -> None:
    kept = tmp_path / "d.json"
    kept.write_text((whole[0] / "d.json").read_text(encoding="utf-8"), encoding="utf-8")
    before = json.loads(kept.read_text(encoding="utf-8"))
    other = build(tmp_path / "open", "open")
    ran = evaluate("--uptake", inputs["uptake"], "--model", other, "--write", kept)
    assert ran.returncode == 0, ran.stderr
    after = json.loads(kept.read_text(encoding="utf-8"))
    assert after["variants"].keys() == {"talkmoves", "open", "rules"}
    assert after["variants"]["talkmoves"] == before["variants"]["talkmoves"]
    assert after["measured_on"] == before["measured_on"]
    assert after["variants"]["open"]["labels"].keys() == {"uptake"}


def test_a_slow_machine_leaves_the_hardest_form_out_and_says_so(
    model: Path, inputs: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    ran = evaluate("--talkmoves", inputs["talkmoves"], "--model", model, "--json", out, "--minutes", 0)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["question_f1_wer20"] is not None
    assert "question_f1_wer35" not in told
    assert told["details"]["left_out"] in ran.stdout


def test_a_table_is_printed_that_people_can_read(whole: tuple[Path, Any]) -> None:
    printed = whole[1].stdout
    assert "questions, bare words, F1" in printed
    assert max(map(len, printed.splitlines())) <= 110
    assert whole[1].stderr == ""


def test_the_picture_has_a_square_for_every_label_with_probabilities(whole: tuple[Path, Any]) -> None:
    drawn = ElementTree.parse(whole[0] / "p.svg").getroot()
    names = [each.text for each in drawn.iter() if each.get("class") == "name"]
    labels = json.loads((whole[0] / "out.json").read_text(encoding="utf-8"))["details"]["labels"]
    assert len(names) == len(labels)
    assert all(float(each.get("cy", "-1")) >= 0 for each in drawn.iter() if each.tag.endswith("circle"))
    assert "prefers-color-scheme: dark" in (whole[0] / "p.svg").read_text(encoding="utf-8")


def test_the_card_gets_the_figures_and_keeps_its_words(whole: tuple[Path, Any]) -> None:
    told = json.loads((whole[0] / "out.json").read_text(encoding="utf-8"))
    card = (whole[0] / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# A card\n\nWhat it is.\n")
    row = next(row for row in card.splitlines() if row.startswith("| questions, bare words, F1 |"))
    assert row.split(" | ")[1] == f"{told['question_f1']:.3f}"
    assert "| questions, 20 % word errors, F1 |" in card
    assert "| the same" not in card
    widths = [row.count("|") for row in card.splitlines() if row.startswith("| ")]
    assert len(set(widths)) == 2
    assert told["details"]["made_by"]["model"]["sha256"]["model.onnx"] in card
    assert "| question |" in card


def test_no_student_is_quoted_anywhere(whole: tuple[Path, Any]) -> None:
    examples = (whole[0] / "e.md").read_text(encoding="utf-8")
    # A sentence that was misread is there, so that the page could have quoted a student.
    assert "what what what a what" in examples
    assert examples.count("\n- ") <= 20
    assert "CC BY-NC-SA 4.0" in examples
    written_down = [path.read_text(encoding="utf-8") for path in whole[0].iterdir()]
    for text in (*written_down, whole[1].stdout):
        assert SECRET not in text


def test_what_was_not_given_is_not_there(model: Path, inputs: dict[str, Path], tmp_path: Path) -> None:
    ran = evaluate("--focusing", inputs["focusing"], "--model", model, "--json", tmp_path / "out.json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [name for name in FLAT if name in told] == ["focusing_pearson"]


def test_the_test_part_leaves_out_what_test_lessons_were_composed_of(model: Path, tmp_path: Path) -> None:
    """By their hash "a" is for testing, "b" is not; so are "h" and "i", but "h" was composed from."""
    names = [name for name in "abcdefghijklmnopqrstuvwxyz" if part_of(name) == "test"]
    (tmp_path / "talkmoves").mkdir()
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "sources.json").write_text(json.dumps({"one": {"talkmoves": [names[0]]}}))
    file = lessons_file(
        tmp_path / "talkmoves" / "all.jsonl.gz",
        [lesson(name, MORNING) for name in "abcdefghijklmnopqrstuvwxyz"],
    )
    ran = evaluate("--talkmoves", file, "--model", model, "--part", "test", "--json", tmp_path / "out.json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert told["details"]["counted"]["lessons"] == len(names) - 1 > 0
    (tmp_path / "lessons" / "sources.json").unlink()
    assert refused(evaluate("--talkmoves", file, "--model", model, "--part", "test"), 2)


def refused(ran: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line that says what is wrong."""
    assert ran.returncode == code, ran.stderr
    assert ran.stdout == ""
    (line,) = ran.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("talkmoves", None, "cannot be read"),
        ("talkmoves", b"not gzip", "cannot be read"),
        ("talkmoves", gzip.compress(b'{"lesson": "a"}\n', mtime=0)[:-12], "cannot be read"),
        ("talkmoves", gzip.compress(b'{"lesson": "a"}\n', mtime=0), "Line 1"),
        ("talkmoves", gzip.compress(b"[1, 2\n", mtime=0), "Line 1"),
        ("talkmoves", gzip.compress(b"", mtime=0), "no lessons"),
        ("uptake", b"obs_id,student_text,teacher_text\n1,a,b\n", "uptake_zscore"),
        ("uptake", b"obs_id,student_text,teacher_text,uptake_zscore\n1,a,b,much\n", "cannot be read"),
        ("focusing", b"\xff\xfe\x00", "cannot be read"),
        ("focusing", b"obs_id,student_text,teacher_text,follow_up_unfiltered_zscore\n1,a,b,\n", "no rated"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_told_in_one_line(
    name: str, content: bytes | None, says: str, model: Path, tmp_path: Path
) -> None:
    file = tmp_path / "given"
    if content is not None:
        file.write_bytes(content)
    ran = evaluate(f"--{name}", file, "--model", model, "--json", tmp_path / "out.json")
    assert says in refused(ran, 2)
    assert not (tmp_path / "out.json").exists()


def test_what_is_missing_is_told_before_anything_is_read(
    model: Path, inputs: dict[str, Path], tmp_path: Path
) -> None:
    assert "--talkmoves" in refused(evaluate("--model", model), 2)
    asked = ("--uptake", inputs["uptake"])
    assert "no model at" in refused(evaluate(*asked, "--model", tmp_path / "nowhere"), 3)
    assert "no model at" in refused(evaluate(*asked, "--model", tmp_path), 3)
    (build(tmp_path / "broken") / "model.onnx").write_bytes(b"something else")
    assert "damaged" in refused(evaluate(*asked, "--model", tmp_path / "broken"), 3)
    nowhere = tmp_path / "nowhere" / "out.json"
    assert "cannot be written" in refused(evaluate(*asked, "--model", model, "--json", nowhere), 2)
    said = refused(evaluate(*asked, "--model", model, "--write", tmp_path / "d", "--part", "train"), 2)
    assert "not trained on" in said


def test_an_interruption_is_one_line_and_writes_nothing(model: Path, tmp_path: Path) -> None:
    file = lessons_file(tmp_path / "many.jsonl.gz", [lesson(str(k), MORNING * 40) for k in range(60)])
    out = tmp_path / "out.json"
    command = [sys.executable, str(FOLDER / "evaluate.py"), "--talkmoves", str(file), "--model", str(model)]
    running = subprocess.Popen(
        [*command, "--progress", "--json", str(out)], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert running.stderr is not None
    running.stderr.read(20)
    running.send_signal(signal.SIGINT)
    printed, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert told.decode().splitlines()[-1] == "Interrupted; nothing was written."
    assert b"Traceback" not in told
    assert printed == b""
    assert list(tmp_path.iterdir()) == [file]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_guessing_without_reading_is_as_scikit_learn_says(truth: list[int]) -> None:
    true = np.array(truth)
    assert always(true == 1) == pytest.approx(f1_score(true == 1, np.ones(len(true)), zero_division=0))
    name, value = macro_without_reading(true, range(5), 5)
    often = np.full(len(true), np.bincount(true).argmax())
    commonest = f1_score(true, often, labels=range(5), average="macro", zero_division=0)
    drawn = 1 / 5  # The mean of all labels' rates.
    assert value == pytest.approx(max(commonest, drawn))
    if abs(commonest - drawn) > 1e-9:
        assert name == ("always the commonest" if commonest > drawn else "drawn at their rates")


def test_labels_drawn_at_their_rates_come_to_those_rates() -> None:
    rng = np.random.default_rng(1)
    true = rng.choice(5, size=40_000, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    drawn = rng.permutation(true)
    measured = f1_score(true, drawn, labels=[1, 2, 3, 4], average="macro")
    assert macro_without_reading(true, [1, 2, 3, 4], 5)[1] == pytest.approx(measured, abs=0.01)


def test_forms_are_repeatable_and_as_wrong_as_they_say() -> None:
    texts = [["What do you think, Maria?", "One half."] * 400, ["Yes — it’s 3/4."] * 300]
    assert written(texts, "marked") == texts
    bare = written(texts, "bare")
    assert bare[0][0] == "what do you think maria"
    assert bare[1][0] == "yes it's 3 4"
    for form, rate in (("wer20", 0.2), ("wer35", 0.35)):
        assert written(texts, form) == written(texts, form)
        heard = written(texts, form)
        words = [len(text.split()) for each in bare for text in each]
        whole = [
            said == text
            for one, two in zip(heard, bare, strict=True)
            for said, text in zip(one, two, strict=True)
        ]
        # A word comes through untouched, with nothing after it, with this probability; now and then a word is
        # replaced by itself.
        expected = np.mean([((1 - 2 * rate / 3) * (1 - rate / 3)) ** count for count in words])
        assert np.mean(whole) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("teacher", "taken_up"),
    [
        ("Okay. So three quarters of the melon are left, you say?", True),
        ("Okay. Who else?", False),
        ("three quarters of the melon", False),
    ],
)
def test_the_rule_for_uptake_is_asked_about_each_sentence_of_the_turn(teacher: str, taken_up: bool) -> None:
    """Saying it again is not taking it up."""
    said = Exchange("1", "I think three quarters of the melon", teacher, 0.0)
    assert taken_up_by_rule(said) is taken_up


@pytest.mark.parametrize(
    ("before", "teacher", "is_repeated"),
    [
        (("student", "the melon has three quarters"), "You say the melon has three quarters, Brian?", True),
        (("student", "the melon"), "Would you like to add something, Victoria?", False),
        (("teacher", "the melon has three quarters"), "You say the melon has three quarters, Brian?", False),
    ],
)
def test_a_sentence_that_repeats_a_student_is_not_quoted(
    before: tuple[str, str], teacher: str, is_repeated: bool
) -> None:
    said = [
        Said(role=role, speaker=role, text=text, teacher=None, student=None, asks=None)
        for role, text in (before, ("teacher", teacher))
    ]
    assert repeats(said, 1) is is_repeated
