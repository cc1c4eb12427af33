"""Another engine says who is who; adult or child, the teacher and doubt stay where they were."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from coachai.media import Audio
from coachai.records import Progress, Span
from coachai.transcript import Line
from coachai.voices.engines.diarizer import ToldApart
from coachai.voices.hearing import hear_voices
from tests.voices.made_voices import CHILD, TEACHER, Speaker, recorded, spans_of

TOLD: list[tuple[float, float, Sequence[Speaker]]] = [
    (5.0 * k + 1, 5.0 * k + 4, [CHILD if k % 3 == 2 else TEACHER]) for k in range(9)
]


class Scripted:
    """An engine that answers what a test tells it to, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, voices: int, overlap: tuple[Span, ...] | None = None) -> None:
        self.voices = voices
        self.overlap = overlap
        self.asked: list[tuple[Span, ...]] = []

    def tell_apart(self, audio: Audio, pieces: Sequence[Span], progress: Progress) -> ToldApart:
        self.asked.append(tuple(pieces))
        progress(0.5)
        chances = np.zeros((len(pieces), self.voices))
        chances[np.arange(len(pieces)), np.arange(len(pieces)) % self.voices] = 1.0
        return ToldApart(spans=tuple(pieces), chances=chances, overlap=self.overlap)


@pytest.fixture
def sound(tmp_path: Path) -> Audio:
    """A teacher, and every third time a child."""
    return recorded(TOLD, tmp_path / "sound.raw")


def test_the_voices_are_those_that_the_engine_tells_apart(sound: Audio) -> None:
    engine = Scripted(3)
    heard = hear_voices(sound, spans_of(TOLD), engine=engine, progress=lambda _: None)
    assert [turn.speaker for turn in heard.turns] == list("ABCABCABC")
    assert [(turn.start, turn.end) for turn in heard.turns] == [(start, end) for start, end, _ in TOLD]
    # Every third turn is the child: which voice is a child's is still heard by ourselves.
    assert {turn.speaker for turn in heard.turns if turn.role == "student"} >= {"C"}
    assert {turn.speaker for turn in heard.turns if turn.role == "teacher"} <= {"A", "B"}


def test_an_engine_is_asked_about_speech_in_short_pieces(sound: Audio) -> None:
    engine = Scripted(1)
    hear_voices(sound, [Span(start=1.0, end=44.0)], engine=engine, progress=lambda _: None)
    (pieces,) = engine.asked
    assert all(piece.duration <= 4.0 + 1e-6 for piece in pieces)
    assert (pieces[0].start, pieces[-1].end) == (1.0, 44.0)


def test_what_the_engine_hears_at_once_is_several_voices(sound: Audio) -> None:
    several = (Span(start=2.0, end=2.5),)
    heard = hear_voices(sound, spans_of(TOLD), engine=Scripted(2, several), progress=lambda _: None)
    assert heard.overlap == several
    plain = hear_voices(sound, spans_of(TOLD), engine=Scripted(2), progress=lambda _: None)
    assert plain.overlap == ()


def test_an_engine_that_hears_nobody_leaves_nobody_teaching(sound: Audio) -> None:
    class Deaf(Scripted):
        def tell_apart(self, audio: Audio, pieces: Sequence[Span], progress: Progress) -> ToldApart:
            return ToldApart(spans=(), chances=np.zeros((0, 0)), overlap=())

    heard = hear_voices(sound, spans_of(TOLD), engine=Deaf(1), progress=lambda _: None)
    assert (heard.turns, heard.teacher_confidence) == ((), 0.0)


def test_names_go_before_any_engine(sound: Audio) -> None:
    engine = Scripted(2)
    lines = [Line(start=start, end=end, words=(), speaker="Ann") for start, end, _ in TOLD]
    hear_voices(sound, spans_of(TOLD), lines=lines, engine=engine, progress=lambda _: None)
    assert engine.asked == []


def test_progress_only_grows_with_an_engine_too(sound: Audio) -> None:
    seen: list[float] = []
    hear_voices(sound, spans_of(TOLD), engine=Scripted(2), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_chances_that_do_not_fit_the_spans_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="2 spans"):
        ToldApart(spans=(Span(start=0, end=1), Span(start=1, end=2)), chances=np.ones((3, 1)))
