"""The weights that hear voices: what the card says of them is true, and nobody held apart was learned."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from coachai.voices.pieces import OWN_SIZE, VECTOR_SIZE
from coachai.voices.projection import learned_projection
from models.voices import corpora, table
from models.voices.corpora import Clip

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "models" / "voices"
CARD = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
needs_data = pytest.mark.skipif(not corpora.DATA.is_dir(), reason="the labelled recordings are not here")


def test_the_hashes_are_those_of_the_weights_and_the_network_is_small() -> None:
    for name, told in CARD["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == told
    assert (FOLDER / "voices.onnx").stat().st_size <= 8 * 2**20
    assert CARD["licence"] == "CC BY 4.0"


def test_nobody_was_both_learned_from_and_held_apart() -> None:
    assert not set(CARD["speakers"]["train"]) & set(CARD["speakers"]["held"])


@needs_data
def test_no_reader_of_the_reported_lessons_was_learned_from() -> None:
    lessons = corpora.in_lessons(corpora.DATA)
    assert len(lessons) == 31
    assert not lessons & set(CARD["speakers"]["train"])
    assert lessons <= set(CARD["speakers"]["held"])


def test_a_name_has_the_same_place_everywhere() -> None:
    assert corpora.share_of("0001") == pytest.approx(0.5334, abs=1e-4)
    assert all(0 <= corpora.share_of(str(k)) < 1 for k in range(1000))


def sample(age: int, draw: int, seconds: float = 3.0) -> table.Sample:
    """A reader whose first number grows with age, and all others are his or her own."""
    own = np.random.default_rng([age, draw // 6]).normal(0, 1, VECTOR_SIZE)
    vector = own + np.random.default_rng([9, age, draw]).normal(0, 0.2, VECTOR_SIZE)
    vector[0] += min(age, 20)
    return table.Sample(
        clip=Clip(
            corpus="speechocean762", speaker=f"{age}-{draw // 6}", age=age, gender="f", path=Path("none.flac")
        ),
        condition=table.CONDITIONS[draw % 3],
        seconds=seconds,
        crop=0.0,
        vector=vector,
    )


def test_a_table_tells_who_is_grown_and_gives_readers_room() -> None:
    found = [sample(age, draw) for age in (6, 8, 10, 12, 20, 25, 30, 35) for draw in range(72)]
    fitted = table.fitted(found)
    assert fitted["directions"].shape == (VECTOR_SIZE, table.DIMENSIONS)
    assert (fitted["between"] > 0).all()
    assert (fitted["adult"][OWN_SIZE : VECTOR_SIZE - 1] == 0).all()  # features tell voices, not ages
    shipped = learned_projection()
    learned = type(shipped)(**{name: np.asarray(each, dtype=float) for name, each in fitted.items()})
    odds = learned.adult_log_odds(np.stack([each.vector for each in found]))
    grown = np.array([bool(each.clip.adult) for each in found])
    assert ((odds > 0) == grown).mean() > 0.9
