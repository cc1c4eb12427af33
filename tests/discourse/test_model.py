"""Loading a model and asking it, through its public doors."""

from __future__ import annotations

import json
import logging
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.discourse.card import read_card
from coachai.discourse.model import Model, load
from coachai.errors import EnvironmentLacks
from coachai.readings import STUDENT_MOVES, TEACHER_MOVES
from tests.discourse.miniature import CALIBRATION, build

SAID = [
    ("teacher", "T", "Why is it a half?"),
    ("student", "A", "Because it is."),
    ("student", "B", "I have a half."),
    ("teacher", "T", "Okay, everyone."),
    ("unknown", "", "What?"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "talkmoves")


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    return load(folder)


def read(model: Model, said: list[tuple[str, str, str]], **how: bool) -> list[dict[str, float]]:
    roles, speakers, texts = zip(*said, strict=True)
    return model.read(roles, speakers, texts, **{"marks": True, **how})


def test_each_role_is_read_for_its_own_moves(model: Model) -> None:
    teacher, student, *_, unknown = read(model, SAID)
    assert set(teacher) == {"question", "none", *TEACHER_MOVES}
    assert set(student) == {"question", "none", *STUDENT_MOVES}
    assert set(unknown) == {"question"}


def test_it_reads_what_its_words_say(model: Model) -> None:
    found = read(model, SAID)
    assert max(TEACHER_MOVES, key=found[0].__getitem__) == "press_for_reasoning"
    assert max(STUDENT_MOVES, key=found[1].__getitem__) == "providing_evidence"
    assert max(STUDENT_MOVES, key=found[2].__getitem__) == "making_a_claim"
    assert found[0]["question"] > 0.5 > found[3]["question"]


def test_moves_and_none_are_shares_of_one(model: Model) -> None:
    for found in read(model, SAID)[:4]:
        moves = {name: share for name, share in found.items() if name != "question"}
        assert sum(moves.values()) == pytest.approx(1)


def test_without_marks_they_are_not_read(model: Model) -> None:
    shouted = [(role, who, text.upper() + "?!") for role, who, text in SAID]
    assert read(model, shouted, marks=False) == read(model, SAID, marks=False)
    assert read(model, shouted) != read(model, SAID)


def test_nothing_said_is_nothing_read(model: Model) -> None:
    assert read(model, [("teacher", "T", ""), ("student", "A", "...")], marks=False) == [{}, {}]
    assert model.read([], [], [], marks=True) == []
    assert model.exchanges([], marks=True).readings == []
    silent = model.exchanges([("", "so what"), ("because", "")], marks=True)
    assert silent.readings == [{}, {}]
    assert np.isnan(silent.uptake).all()


def test_words_that_look_like_markers_are_words(model: Model) -> None:
    plain, marked = (
        model.logits(["teacher"], ["T"], [text], marks=True) for text in ("student yes", "[student] yes")
    )
    assert not np.array_equal(plain, marked)


def test_exchanges_are_ranked_and_their_chances_add_up(model: Model) -> None:
    pairs = [("it is because of that one", "so what"), ("it is because of that one", "okay okay")]
    found = model.exchanges(pairs, marks=True)
    assert found.uptake[0] > found.uptake[1]
    assert found.focusing[0] > found.focusing[1]
    for each in found.readings:
        assert set(each) == {"uptake", "focusing", "funneling"}
        assert 0 < each["focusing"] + each["funneling"] < 1
    assert found.readings[0]["uptake"] > 0.5 > found.readings[1]["uptake"]


def test_words_taken_up_count_as_much_as_the_card_says_whatever_their_marks(tmp_path: Path) -> None:
    calibration = CALIBRATION | {"uptake": {"scale": 4.0, "shift": 0.0, "shared": 0.5}}
    its, without = load(build(tmp_path / "a", calibration=calibration)), load(build(tmp_path / "b"))
    pairs = [("A Zebra, a lion: it IS!", "zebra - LION?"), ("A Zebra, a lion: it IS!", "it is a what")]
    for marks in (True, False):
        told, own = its.exchanges(pairs, marks=marks), without.exchanges(pairs, marks=marks)
        assert list(told.uptake - own.uptake) == pytest.approx([0.5 * 2**0.5, 0])
        assert told.readings[0]["uptake"] > own.readings[0]["uptake"]
        assert told.readings[1] == own.readings[1]
        assert list(told.focusing) == list(own.focusing)


@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=60), st.data())
def test_a_reading_does_not_depend_on_what_is_asked_for_beside_it(
    model: Model, said: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    roles, speakers, texts = zip(*said, strict=True)
    only = data.draw(st.sets(st.integers(0, len(said) - 1)))
    whole = model.read(roles, speakers, texts, marks=True)
    some = model.read(roles, speakers, texts, marks=True, only=only)
    assert some == [each if k in only else {} for k, each in enumerate(whole)]


def test_the_open_model_reads_exchanges_only(tmp_path: Path) -> None:
    its = load(build(tmp_path / "open", "open"))
    assert read(its, SAID) == [{}] * len(SAID)
    assert its.exchanges([("it is because of that one", "so what")], marks=True).readings[0]["uptake"] > 0.5
    assert not its.card.restricted
    assert its.card.title == "open 1, weights Apache-2.0"


def test_weights_that_may_not_be_sold_say_so(model: Model) -> None:
    assert model.card.restricted
    assert model.card.title == "talkmoves 1, weights CC BY-NC-SA 4.0: not for commercial use"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "card.json"])
def test_a_missing_file_is_one_clear_line(tmp_path: Path, name: str) -> None:
    (build(tmp_path / "talkmoves") / name).unlink()
    with pytest.raises(EnvironmentLacks, match="missing") as refused:
        load(tmp_path / "talkmoves")
    assert str(tmp_path) not in refused.value.message


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, name: str) -> None:
    file = build(tmp_path / "talkmoves") / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(EnvironmentLacks, match=f"{name} is not the file that its card names"):
        load(tmp_path / "talkmoves")


def test_a_file_that_was_never_a_model_is_one_clear_line(tmp_path: Path) -> None:
    import hashlib

    folder = build(tmp_path / "talkmoves")
    (folder / "model.onnx").write_bytes(b"not a network")
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["sha256"]["model.onnx"] = hashlib.sha256(b"not a network").hexdigest()
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(EnvironmentLacks, match="cannot be used"):
        load(folder)


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacks, match="do not belong together"):
        load(build(tmp_path / "talkmoves", markers=[1, 2, 3, 4, 5]))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": 3}, "name"),
        ({"tasks": []}, "tasks"),
        ({"tasks": ["grading"]}, "tasks"),
        ({"edges": [1, 2]}, "edges"),
        ({"markers": [1, 2, 3, 4, True]}, "markers"),
        ({"sha256": None}, "sha256"),
        ({"calibration": {}}, "calibration lacks question"),
        ({"tasks": ["uptake"], "calibration": {"uptake": {"scale": "1", "shift": 0}}}, "uptake"),
        ({"tasks": ["uptake"], "calibration": {"uptake": {"scale": 1, "shift": 0, "shared": []}}}, "shared"),
        (
            {"tasks": ["focusing"], "calibration": {"focusing": {"scale": 1, "shifts": [0, 1], "shared": 1}}},
            "uptake only",
        ),
        ({"tasks": ["focusing"], "calibration": {"focusing": {"scale": 1, "shifts": [0]}}}, "2 shifts"),
    ],
)
def test_a_card_that_is_not_whole_is_refused_by_name(
    tmp_path: Path, changes: dict[str, object], named: str
) -> None:
    text = (build(tmp_path / "talkmoves", **changes) / "card.json").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=named):
        read_card(text)
    with pytest.raises(EnvironmentLacks, match="damaged"):
        load(tmp_path / "talkmoves")


def test_a_model_on_its_way_may_lack_its_calibration(tmp_path: Path) -> None:
    its = load(build(tmp_path / "talkmoves", calibration={}), calibrated=False)
    assert its.logits(["teacher"], ["T"], ["Why?"], marks=True).shape == (1, 15)
    raw = its.exchanges([("A half, I think, of it.", "Why?")], marks=True)
    assert raw.readings == [{}]
    assert raw.uptake.shape == raw.focusing.shape == (1,)


def test_an_interrupt_stops_it_between_sequences(model: Model) -> None:
    long = SAID * 400
    seen: list[float] = []

    def stop(done: float) -> None:
        seen.append(done)
        raise KeyboardInterrupt

    roles, speakers, texts = zip(*long, strict=True)
    with pytest.raises(KeyboardInterrupt):
        model.read(roles, speakers, texts, marks=True, progress=stop)
    assert seen[0] < 0.5
    deadline = time.monotonic() + 5
    while any("ThreadPool" in each.name for each in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_progress_rises_to_the_end(model: Model) -> None:
    seen: list[float] = []
    roles, speakers, texts = zip(*(SAID * 40), strict=True)
    model.read(roles, speakers, texts, marks=True, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 3


def test_nothing_that_was_said_is_logged_or_printed(
    model: Model, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        read(model, [("student", "A", "zebra because"), ("teacher", "T", "zebra")])
        model.exchanges([("zebra because of that one", "zebra")], marks=True)
    out, err = capfd.readouterr()
    assert "zebra" not in caplog.text + out + err
