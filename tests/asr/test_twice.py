"""Two hearings of one lesson: agreement changes nothing, and what differs is marked."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.asr.choice import choose, heard_twice
from coachai.asr.faster_whisper import FasterWhisper
from coachai.asr.journal import Journal
from coachai.asr.twice import Twice, differences
from coachai.asr.whisper_decoder import LoadedWhisper
from coachai.errors import InputRefused
from coachai.media import Audio
from coachai.records import Span, Word
from coachai.transcript import Line
from tests.asr.liars import Telling, fickle, line
from tests.asr.miniature import Script, build, tone
from tests.lessons import unhurried

SPEECH = [Span(start=0.0, end=3.0), Span(start=5.0, end=9.0)]


def words(*texts: str, start: float = 0.0) -> list[Word]:
    """One word every half second."""
    return [Word(start=start + k / 2, end=start + k / 2 + 0.4, text=text) for k, text in enumerate(texts)]


def marked(one: list[Word], other: list[Word]) -> list[str]:
    places = differences(one, other, SPEECH)
    return [word.text for word in one if Span(start=word.start, end=word.end) in places]


@pytest.mark.parametrize(
    ("one", "other", "unsure"),
    [
        ("Why does it float", "why, does it float", []),
        ("Why does it float", "Why does ice float", ["it"]),
        ("Why does it float", "Why does float", ["it"]),
        ("Why does float", "Why does it float", ["float"]),
        ("It floats?", "It floats.", ["floats?"]),
        ("Why does it float", "", ["Why", "does", "it", "float"]),
        ("", "Why does it float", []),
        ("浮く のは なぜ", "浮く のが なぜ", ["のは"]),
        ("don’t say", "don't say", []),
    ],
)
def test_what_the_other_hearing_does_not_confirm_is_marked(one: str, other: str, unsure: list[str]) -> None:
    assert marked(words(*one.split()), words(*other.split())) == unsure


def test_the_same_word_said_elsewhere_confirms_nothing() -> None:
    assert marked(words("Yes."), words("Yes.", start=6.0)) == ["Yes."]


@unhurried
@given(st.floats(0, 1), st.integers(0, 99))
def test_exactly_the_words_told_otherwise_are_marked(share: float, seed: int) -> None:
    draw = random.Random(seed)
    texts = [f"{draw.choice('abcdefgh')}{k}" for k in range(14)]
    said = [line(" ".join(texts[:6]), SPEECH[0]), line(" ".join(texts[6:]), SPEECH[1])]
    other, changed = fickle(said, share, seed)
    one, two = ([word for each in lines for word in each.words] for lines in (said, other))
    assert differences(one, two, SPEECH) == tuple(Span(start=w.start, end=w.end) for w in changed)


@pytest.fixture
def audio(tmp_path: Path) -> Audio:
    return Audio.from_array(np.zeros(10 * 16_000, np.int16), tmp_path / "sound.raw")


def test_the_first_hearing_s_words_stay_and_progress_rises(audio: Audio) -> None:
    one, other = line("Why does it float?", SPEECH[0]), line("Why does ice float?", SPEECH[0])
    told: list[float] = []
    twice = Twice(Telling([one], names=False), Telling([other], names=False))
    found = twice.transcribe(audio, SPEECH, told.append)
    assert found.lines == (one,)
    assert found.unsure == (Span(start=one.words[2].start, end=one.words[2].end),)
    assert "heard twice" in found.note
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_an_hour_of_unbroken_speech_is_compared_in_seconds() -> None:
    draw = random.Random(1)
    common = ["the", "a", "and", "to", "of", "you", "it", "is", "that", "so", "what", "we", "do", "this"]
    speech = [Span(start=0.0, end=3600.0)]
    one = [Word(start=k * 0.4, end=k * 0.4 + 0.4, text=draw.choice(common)) for k in range(9000)]
    other = [replace(word, text=draw.choice(common)) if draw.random() < 0.5 else word for word in one]
    begun = time.process_time()
    assert differences(one, other, speech)
    assert time.process_time() - begun < 20


# --- Whisper ---------------------------------------------------------------------------------------------

SCRIPTS = [Script("Why does ice float on water?"), Script("Because it is lighter.")]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build(tmp_path_factory.mktemp("models") / "miniature.en", SCRIPTS))


def recorded(folder: Path, name: str, *said: tuple[float, int, float]) -> tuple[Audio, list[Span]]:
    samples = np.zeros(40 * 16_000, np.float32)
    for start, script, seconds in said:
        sound = tone(script, seconds)
        samples[round(start * 16_000) :][: len(sound)] = sound
    spans = [Span(start=start, end=start + seconds) for start, _, seconds in said]
    return Audio.from_array(samples, folder / name), spans


def test_whisper_says_the_same_every_time_and_nothing_of_one_file_is_left_for_the_next(
    model: str, tmp_path: Path
) -> None:
    one, its = recorded(tmp_path, "one.raw", (1.0, 0, 2.4), (8.0, 1, 1.7), (20.0, 0, 2.4))
    other, others = recorded(tmp_path, "other.raw", (0.0, 1, 1.7), (4.0, 0, 2.4))
    fresh = FasterWhisper(LoadedWhisper(model), together=False).transcribe(one, its, lambda _: None)
    kept = FasterWhisper(LoadedWhisper(model), together=False)
    first = kept.transcribe(one, its, lambda _: None)
    kept.transcribe(other, others, lambda _: None)
    assert fresh == first == kept.transcribe(one, its, lambda _: None)
    assert kept.again().transcribe(one, its, lambda _: None) == kept.again().transcribe(
        one, its, lambda _: None
    )


def test_whisper_heard_twice_marks_what_depends_on_where_it_was_cut(model: str, tmp_path: Path) -> None:
    # Heard whole, the long tone is one sentence; heard in two halves, it is two.
    audio, speech = recorded(tmp_path, "long.raw", (0.0, 0, 24.0), (30.0, 1, 1.7))
    first = FasterWhisper(LoadedWhisper(model), together=False)
    found = Twice(first, first.again()).transcribe(audio, speech, lambda _: None)
    long, short = found.lines
    assert [word.text for word in short.words] == SCRIPTS[1].text.split()
    assert all(any(span.start <= long.end and span.end >= long.start for span in found.unsure) for _ in "1")
    assert not any(span.end > short.start for span in found.unsure)


def test_what_is_unsure_outlives_an_interruption(model: str, tmp_path: Path) -> None:
    audio, speech = recorded(tmp_path, "long.raw", (0.0, 0, 24.0), (30.0, 1, 1.7))
    first = FasterWhisper(LoadedWhisper(model), together=False)
    twice = Twice(first, first.again())
    whole = twice.transcribe(audio, speech, lambda _: None)
    journal = Journal(tmp_path / "kept", "key")
    heard: list[float] = []

    def interrupt(done: float) -> None:
        heard.append(done)
        if done > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        twice.keeping(journal).transcribe(audio, speech, interrupt)
    assert len(journal.read()) > 1
    assert twice.keeping(journal).transcribe(audio, speech, lambda _: None) == whole
    assert whole.unsure


def test_only_a_whisper_model_hears_twice(model: str, tmp_path: Path) -> None:
    chosen = heard_twice(choose("faster-whisper", model=model))
    audio, speech = recorded(tmp_path, "short.raw", (1.0, 0, 2.4))
    found = chosen.transcribe(audio, speech, lambda _: None)
    assert (found.unsure, [line.words[0].text for line in found.lines]) == ((), ["Why"])
    assert "heard twice" in found.note
    for asr in ("pocketsphinx", "none"):
        with pytest.raises(InputRefused, match="leave out --twice"):
            heard_twice(choose(asr))


def test_lines_of_two_hearings_need_not_agree() -> None:
    whole = line("Why does it float?", SPEECH[0])
    parts = [Line(start=w.start, end=w.end, words=(w,)) for w in whole.words]
    assert differences(whole.words, [w for each in parts for w in each.words], SPEECH) == ()
