"""An interrupted recognition goes on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from coachai.asr.resume import Resumed
from coachai.media import Audio
from coachai.records import Progress, Span, Word
from coachai.transcript import Line, Recognition

SPEECH = [Span(start=50.0 * k, end=50.0 * k + 45.0) for k in range(9)]


class Counting:
    """Says one word a region and stops at a region if told so."""

    def __init__(self, stops_at: float | None = None) -> None:
        self.asked: list[float] = []
        self.stops_at = stops_at

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        lines = []
        for span in speech:
            if span.start == self.stops_at:
                raise KeyboardInterrupt
            self.asked.append(span.start)
            progress(len(lines) / len(speech))
            words = (Word(start=span.start, end=span.end, text="wörd", probability=0.5),)
            lines.append(Line(start=span.start, end=span.end, words=words, speaker=None))
        return Recognition(
            recogniser="test",
            model="",
            language="en",
            lines=tuple(lines),
            marks=False,
            names=False,
            note="",
            dropped=1,
        )


@pytest.fixture
def audio(tmp_path: Path) -> Audio:
    return Audio.from_array(np.zeros(1600, dtype=np.int16), tmp_path / "sound.raw")


def test_parts_together_equal_the_whole(audio: Audio, tmp_path: Path) -> None:
    told: list[float] = []
    joined = Resumed(Counting(), tmp_path / "kept", "key").transcribe(audio, SPEECH, told.append)
    assert joined.lines == Counting().transcribe(audio, SPEECH, lambda _: None).lines
    assert joined.dropped == 3
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_finished_parts_are_not_done_again(audio: Audio, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        Resumed(Counting(stops_at=200.0), tmp_path / "kept", "key").transcribe(audio, SPEECH, lambda _: None)
    again = Counting()
    joined = Resumed(again, tmp_path / "kept", "key").transcribe(audio, SPEECH, lambda _: None)
    assert again.asked == [span.start for span in SPEECH[3:]]
    assert [line.start for line in joined.lines] == [span.start for span in SPEECH]


def test_another_recording_or_option_starts_anew(audio: Audio, tmp_path: Path) -> None:
    Resumed(Counting(), tmp_path / "kept", "key").transcribe(audio, SPEECH, lambda _: None)
    other = Counting()
    Resumed(other, tmp_path / "kept", "other").transcribe(audio, SPEECH, lambda _: None)
    assert len(other.asked) == len(SPEECH)


def test_a_damaged_part_is_done_again(audio: Audio, tmp_path: Path) -> None:
    Resumed(Counting(), tmp_path / "kept", "key").transcribe(audio, SPEECH, lambda _: None)
    for kept in (tmp_path / "kept").iterdir():
        kept.write_text("{", encoding="utf-8")
    other = Counting()
    Resumed(other, tmp_path / "kept", "key").transcribe(audio, SPEECH, lambda _: None)
    assert len(other.asked) == len(SPEECH)


def test_no_speech_is_asked_once(audio: Audio, tmp_path: Path) -> None:
    assert Resumed(Counting(), tmp_path / "kept", "key").transcribe(audio, [], lambda _: None).lines == ()
