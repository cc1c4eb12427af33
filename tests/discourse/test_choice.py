"""Which model reads: asked for, found, missing, damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from coachai.discourse import choice
from coachai.discourse.choice import FOLDER, SETTING, choose, installed, same_model
from coachai.errors import EnvironmentLacks, InputRefused
from tests.discourse.miniature import build


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for the models that come along, and no setting of anybody's."""
    monkeypatch.delenv(SETTING, raising=False)
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.setattr(choice, "resource", tmp_path.joinpath)
    return tmp_path / "models" / "discourse"


def names() -> list[str]:
    return [each.card.name for each in installed()]


def named(asked: str = "") -> str | None:
    found = choose(asked)
    return found.card.name if found else None


def test_auto_takes_the_best_that_is_here(shipped: Path) -> None:
    assert named() is None
    build(shipped / "open", "open")
    assert named() == "open"
    build(shipped / "talkmoves")
    assert named() == named("auto") == "talkmoves"
    assert names() == ["talkmoves", "open"]


def test_one_setting_switches(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(shipped / "open", "open")
    build(shipped / "talkmoves")
    for said in ("open", " Open "):
        monkeypatch.setenv(SETTING, said)
        assert named() == "open"
    assert named("talkmoves") == "talkmoves"
    assert named("rules") is None
    monkeypatch.setenv(SETTING, "rules")
    assert named() is None


@pytest.mark.parametrize("asked", ["talkmoves", "open"])
def test_what_is_not_installed_is_one_clear_line(asked: str) -> None:
    with pytest.raises(EnvironmentLacks, match=f"“{asked}” is not in this copy") as refused:
        choose(asked)
    assert "\n" not in refused.value.message


def test_what_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputRefused, match="“roberta” for --labels: use auto, talkmoves, open or rules"):
        choose("roberta")
    monkeypatch.setenv(SETTING, "roberta")
    with pytest.raises(InputRefused, match="for COACHAI_LABELS"):
        choose()


def test_an_own_model_goes_before_the_others(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(shipped / "talkmoves")
    monkeypatch.setenv(FOLDER, str(build(tmp_path / "own", name="ours")))
    assert names() == ["ours", "talkmoves"]
    assert named() == "ours"
    assert named("talkmoves") == "talkmoves"


def test_weights_from_elsewhere_serve_by_their_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(build(tmp_path / "brought")))
    assert named("talkmoves") == "talkmoves"


def test_a_folder_that_is_no_model_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "nowhere"))
    with pytest.raises(EnvironmentLacks, match=r"“nowhere”.*missing"):
        choose()
    assert choose("rules") is None


def test_damage_is_found_before_the_lesson_is_heard(shipped: Path) -> None:
    (build(shipped / "talkmoves") / "model.onnx").write_bytes(b"cut off")
    with pytest.raises(EnvironmentLacks, match="damaged"):
        choose()


def test_the_same_model_is_known_by_its_card(shipped: Path) -> None:
    build(shipped / "talkmoves")
    (its,) = installed()
    assert same_model(its.card.sha256_of_card) is its.model()
    build(shipped / "talkmoves", version="2")
    assert same_model(its.card.sha256_of_card) is None
    assert installed()[0].card.sha256_of_card != its.card.sha256_of_card
