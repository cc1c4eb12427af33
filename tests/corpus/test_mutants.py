"""Whatever happens to a healthy file: no crash, no hang, and no lost sound that nothing is said about."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.corpus.mutants import campaign, looked_at, mutated
from tests.corpus.source import healthy

UNKNOWABLE = {"sound.wav"}
"""Plain samples: zeros in place of sound are sound that was silent, for all that anybody can tell."""


def test_a_mutant_can_be_made_again_and_differs_from_its_file() -> None:
    content = bytes(range(256)) * 400
    made = {mutated(content, random.Random(f"x {number}")) for number in range(50)}
    assert mutated(content, random.Random("x 1")) in made
    assert content not in made
    assert len(made) > 45


@pytest.mark.parametrize(("kind", "name"), [("faststart.mp4", "5-58"), ("sound.mp3", "5-1")])
def test_a_mutant_that_once_crashed_gets_an_answer(kind: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "mutant"
    path.write_bytes(mutated(healthy(kind), random.Random(f"{kind} {name}")))
    came = looked_at(path, tmp_path)
    assert bool(came.code) != bool(came.heard)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_mutants_neither_crash_nor_lose_sound_silently() -> None:
    figures = campaign(3000, seed=11, seconds=330)
    for kind, counted in figures.items():
        print(kind, dict(counted))  # noqa: T201
        assert len(healthy(kind)) > 100_000
        assert counted["mutants"] > 0
        assert counted["CRASH"] == counted["HANG"] == 0
    assert sum(each["lost"] + each["refused"] for each in figures.values()) > 50  # the changes do bite
    assert {kind for kind, counted in figures.items() if counted["unsaid"]} <= UNKNOWABLE
