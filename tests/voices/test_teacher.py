"""Which voices teach: drawn lessons, a letter a piece of sound, decided by the package's rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from coachai.records import Span
from coachai.voices.asking import UNHEARD, Spoken
from coachai.voices.clusters import Pieces
from coachai.voices.teacher import TeacherGuess, teacher_by_sound

ADULT, CHILD = 2.0, -1.5
CLASS = "T T T a . T T b . T T T c . T a . T T d . " * 12
"""A letter is four seconds of a voice, a capital an adult; a dot is a pause of two seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A guess with the letters of the voices."""

    letters: list[str]
    guess: TeacherGuess

    def teaches(self, letter: str) -> float:
        """The chance that this voice teaches."""
        return float(self.guess.teaching[self.letters.index(letter)])

    def outside(self, letter: str) -> float:
        """The chance that this voice stands outside."""
        return float(self.guess.outside[self.letters.index(letter)])

    def student(self, letter: str) -> float:
        """The chance that this voice is a student's."""
        return 1 - self.teaches(letter) - self.outside(letter)


def judged(drawing: str, asks: str = "") -> Judged:
    """What is decided of a drawing; `asks`: one letter for every question, "" where there are no words."""
    pieces, clock = [], 0.0
    for mark in drawing.split():
        if mark != ".":
            pieces.append((mark, Span(start=clock, end=clock + 4.0)))
        clock += 2.0 if mark == "." else 4.0
    letters = sorted({mark for mark, _ in pieces})
    spans = [span for _, span in pieces]
    chances = np.eye(len(letters))[[letters.index(mark) for mark, _ in pieces]]
    shares = np.array([asks.count(letter) / max(1, len(asks)) for letter in letters])
    guess = teacher_by_sound(
        Pieces(
            spans=spans,
            points=np.zeros((len(spans), 1)),
            variance=np.ones(len(spans)),
            between=np.ones(1),
        ),
        np.full(len(spans), 3.6),
        np.array([ADULT if mark.isupper() else CHILD for mark, _ in pieces]),
        chances,
        Spoken(asks=shares, calls=None) if asks else UNHEARD,
    )
    return Judged(letters=letters, guess=guess)


@pytest.mark.parametrize("asks", ["", "TTTTTTTTTa"], ids=["sound alone", "with words"])
def test_the_adult_among_children_teaches(asks: str) -> None:
    found = judged(CLASS, asks)
    assert found.teaches("T") > 0.9
    assert all(found.student(letter) > 0.8 for letter in "abcd")
    assert found.guess.confidence >= 0.8
    assert not found.guess.adults


def test_two_adults_who_both_ask_both_teach() -> None:
    found = judged((CLASS[: len(CLASS) // 4] + CLASS[: len(CLASS) // 4].replace("T", "U")) * 2, "TTTTTUUUUUa")
    assert found.teaches("T") > 0.8
    assert found.teaches("U") > 0.8
    assert all(found.student(letter) > 0.8 for letter in "abcd")


def test_one_of_whom_it_cannot_be_told_whether_they_teach_makes_us_unsure() -> None:
    helped = CLASS.replace("T T T c", "U U U c")
    assert judged(helped).guess.confidence < judged(CLASS).guess.confidence


@pytest.mark.parametrize("minutes", [1.5, 3.0])
def test_a_film_or_a_guest_is_neither_teacher_nor_student(minutes: float) -> None:
    film = "V " * round(minutes * 15)
    found = judged(CLASS + film + CLASS, "TTTTTTTTTa")
    assert found.outside("V") > 0.5
    assert found.teaches("T") > 0.8
    assert found.teaches("V") < 0.1


def test_a_child_who_talks_a_lot_stays_a_student() -> None:
    found = judged(CLASS.replace("b", "a a a a"), "TTTTTTTTTa")
    assert found.student("a") > 0.6
    assert found.teaches("T") > 0.9


@pytest.mark.parametrize(
    ("asks", "most"), [("", 0.79), ("TTTTTTTTTA", 0.9)], ids=["sound alone", "with words"]
)
def test_among_adults_share_and_place_decide_and_we_are_less_sure(asks: str, most: float) -> None:
    grown = CLASS.upper()
    found, among_children = judged(grown, asks), judged(CLASS, asks.upper())
    assert found.teaches("T") == max(found.guess.teaching)
    assert found.guess.adults
    assert found.guess.confidence <= most
    assert found.guess.confidence < among_children.guess.confidence


def test_questions_make_surer() -> None:
    grown = CLASS.upper()
    assert judged(grown, "TTTTTTTTTA").guess.confidence > judged(grown).guess.confidence


def test_somebody_always_teaches_and_one_voice_alone_is_not_sure() -> None:
    found = judged("a . a a . a " * 10)
    assert found.teaches("a") == pytest.approx(found.guess.confidence, abs=0.3)
    assert 0 < found.guess.confidence <= 0.7


def test_without_sound_nobody_teaches() -> None:
    nothing = teacher_by_sound(
        Pieces(spans=[], points=np.zeros((0, 1)), variance=np.zeros(0), between=np.ones(1)),
        np.zeros(0),
        np.zeros(0),
        np.zeros((0, 2)),
        UNHEARD,
    )
    assert nothing.confidence == 0
    assert not nothing.teaching.any()
