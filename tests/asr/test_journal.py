"""An interrupted recognition goes on where it stopped."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.asr.decoding import Clip, Decoded, Hearing, heard_in_order
from coachai.asr.journal import NAME, Journal, Journaled
from coachai.media import Audio
from coachai.records import Span, Word

CLIPS = [
    (Span(start=20.0 * k, end=20.0 * k + 8.1), Span(start=20.0 * k + 12, end=20.0 * k + 14)) for k in range(9)
]
HOW = Hearing(language="en", beam_size=5)


class Counting:
    """Says one word a clip, the last clip first, and breaks off at a clip if told so."""

    name = "counting"
    languages = ("en",)

    def __init__(self, stops_at: int | None = None) -> None:
        self.asked: list[float] = []
        self.stops_at = stops_at

    def language_of(self, audio: Audio, pieces: Sequence[Span]) -> str:
        return "en"

    def decode(
        self, audio: Audio, clips: Sequence[Clip], how: Hearing
    ) -> Generator[tuple[int, Decoded], None, None]:
        for k in reversed(range(len(clips))):
            if len(self.asked) == self.stops_at:
                raise KeyboardInterrupt
            self.asked.append(clips[k][0].start)
            word = Word(start=clips[k][0].start + 0.1, end=clips[k][0].end, text="wörd", probability=1 / 3)
            yield k, Decoded(words=(word,), logprob=-0.1, no_speech=0.2)


@pytest.fixture
def audio(tmp_path: Path) -> Audio:
    return Audio.from_array(np.zeros(1600, dtype=np.int16), tmp_path / "sound.raw")


def heard(decoder: Counting | Journaled, audio: Audio, clips: Sequence[Clip] = CLIPS) -> list[Decoded]:
    told: list[float] = []
    found = heard_in_order(decoder, audio, clips, HOW, told.append)
    assert told == sorted(told)
    return found


def test_what_is_kept_equals_what_was_heard(audio: Audio, tmp_path: Path) -> None:
    whole = heard(Counting(), audio)
    assert [each.words[0].start for each in whole] == [clip[0].start + 0.1 for clip in CLIPS]
    journal = Journal(tmp_path / "kept", "key")
    assert heard(Journaled(Counting(), journal), audio) == whole
    again = Counting()
    assert heard(Journaled(again, journal), audio) == whole
    assert again.asked == []


def test_finished_clips_are_not_heard_again(audio: Audio, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "kept", "key")
    with pytest.raises(KeyboardInterrupt):
        heard(Journaled(Counting(stops_at=4), journal), audio)
    again = Counting()
    assert heard(Journaled(again, journal), audio) == heard(Counting(), audio)
    assert sorted(again.asked) == [clip[0].start for clip in CLIPS[:5]]


def test_another_recording_hearing_or_clip_is_heard_anew(audio: Audio, tmp_path: Path) -> None:
    heard(Journaled(Counting(), Journal(tmp_path, "key")), audio)
    other = Counting()
    heard(Journaled(other, Journal(tmp_path, "other")), audio)
    assert len(other.asked) == len(CLIPS)
    greedy = Counting()
    again = Journaled(greedy, Journal(tmp_path, "key"))
    heard_in_order(again, audio, CLIPS, Hearing(language="en", beam_size=1), lambda _: None)
    assert len(greedy.asked) == len(CLIPS)
    moved = Counting()
    other_clips = [CLIPS[0][:1], (CLIPS[1][0], Span(start=32.5, end=34)), *CLIPS[2:]]
    heard(Journaled(moved, Journal(tmp_path, "key")), audio, other_clips)
    assert sorted(moved.asked) == [0.0, 20.0]


def test_nothing_to_hear_leaves_nothing(audio: Audio, tmp_path: Path) -> None:
    assert heard(Journaled(Counting(), Journal(tmp_path / "kept", "key")), audio, []) == []
    assert not (tmp_path / "kept").exists()


@given(st.data())
def test_a_torn_or_damaged_journal_costs_only_the_clips_it_spoils(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        audio = Audio.from_array(np.zeros(1600, dtype=np.int16), place / "sound.raw")
        whole = heard(Journaled(Counting(), Journal(place, "key")), audio)
        written = (place / NAME).read_bytes()
        cut = data.draw(st.integers(0, len(written)))
        junk = data.draw(st.binary(max_size=40))
        (place / NAME).write_bytes(written[:cut] + junk)
        again = Counting()
        assert heard(Journaled(again, Journal(place, "key")), audio) == whole
        intact = written[:cut].count(b"\n") - 1
        assert len(again.asked) <= len(CLIPS) - max(0, intact)
        # What was heard again is kept behind the damage.
        last = Counting()
        assert heard(Journaled(last, Journal(place, "key")), audio) == whole
        assert last.asked == []
