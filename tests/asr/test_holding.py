"""The one door for words: whatever a recogniser hands over, only possible words in speech come through."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import count, pairwise, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.annotation import annotate
from coachai.asr.holding import LONG_PAUSE, LONGEST_WORD, Held, held
from coachai.errors import EnvironmentLacks, InputRefused
from coachai.measures import measure_all
from coachai.media import Audio
from coachai.records import AudioQuality, Provenance, Span, Transcript, Word
from coachai.report.codec import encode_transcript
from coachai.timeline import merged, shared_seconds, subtracted
from coachai.transcript import Line, Recognition, Voices, assemble
from tests.asr.liars import Answering, Telling, line
from tests.lessons import unhurried
from tests.timeline import recording
from tests.timing import quickest

DURATION = 60.0
SPEECH = tuple(Span(start=start, end=end) for start, end in ((2, 5), (8, 8.4), (8.6, 14), (30, 42), (50, 59)))
SAID = tuple(
    line(text, span)
    for text, span in zip(
        (
            "Why does the ice float on water?",
            "Because.",
            "It is lighter than the water that was there before it froze.",
            "So you say that the same water takes more room when it is frozen, and weighs as much.",
            "How could we find out whether that is true with what is on the table?",
        ),
        SPEECH,
        strict=True,
    )
)
QUIET = subtracted([Span(start=0.0, end=DURATION)], SPEECH)


def told(lines: Any, **changes: Any) -> Recognition:
    """A recogniser's answer with these lines."""
    return Telling(lines, **({"names": False} | changes)).transcribe(None, (), lambda _: None)  # type: ignore[arg-type]


def through(found: object, speech: Sequence[Span] = SPEECH) -> Recognition:
    return held(found, speech, duration=DURATION)


def texts(recognition: Recognition) -> list[str]:
    return [" ".join(word.text for word in each.words) for each in recognition.lines]


def test_an_answer_that_keeps_to_the_rules_comes_back_equal() -> None:
    answer = told(SAID, dropped=3, unsure=(SPEECH[1],))
    assert through(answer) == answer


def test_words_where_nobody_speaks_are_dropped_counted_and_their_places_kept() -> None:
    found = through(told([*SAID, line("Thanks for watching!", Span(start=20, end=22))]))
    assert found.lines == SAID
    assert (found.dropped, found.dismissed) == (3, (Span(start=20, end=22),))


def test_words_in_missing_sound_are_dropped_too(tmp_path: Path) -> None:
    samples = np.zeros(round(DURATION * 16_000), np.int16)
    hole = Span(start=34, end=36)
    audio = Audio.from_array(samples, tmp_path / "sound.raw", [hole])
    stub = Telling([line("So you say", Span(start=30, end=34)), line("thanks for watching", hole)])
    found = Held(stub).transcribe(audio, SPEECH, lambda _: None)
    assert texts(found) == ["So you say"]
    assert found.dismissed == (hole,)


def test_a_sentence_half_heard_is_cut_to_the_speech() -> None:
    rough = line("Why does ice float?", Span(start=1.8, end=5.3))
    assert [(each.start, each.end) for each in through(told([rough])).lines] == [(2, 5)]
    # The classic of Whisper: the first word begins long before the speech, and the sentence is real.
    early = Line(start=0, end=5, words=(Word(start=0, end=2.5, text="Why"), *SAID[0].words[1:]))
    found = through(told([early])).lines[0]
    assert (found.start, found.words[0].text) == (2, "Why")


def test_a_sentence_invented_behind_a_real_one_goes_without_it() -> None:
    real, more = SAID[3].words, line("Thanks for watching!", Span(start=43, end=46)).words
    found = through(told([Line(start=30, end=46, words=(*real, *more))]))
    assert (found.lines, found.dismissed) == ((SAID[3],), (Span(start=43, end=46),))


@st.composite
def straddling(draw: st.DrawFn) -> Line:
    """A line that begins or ends in silence and reaches into speech, or over it and out again."""
    hole = draw(st.sampled_from([each for each in QUIET if each.duration > 1]))
    inside = draw(st.floats(hole.start + 0.3, hole.end - 0.3))
    other = draw(st.floats(0, DURATION).filter(lambda end: abs(end - inside) > 0.5))
    text = draw(st.sampled_from(["you", "Thanks for watching!", "you know " * 12, "Bye. Why? Bye. Why?"]))
    made = line(text, Span(start=min(inside, other), end=max(inside, other)))
    return made


@unhurried
@given(straddling(), st.booleans())
def test_an_invented_line_that_reaches_into_speech_takes_nothing_from_it(lie: Line, first: bool) -> None:
    found = through(told([lie, *SAID] if first else [*SAID, lie]))
    assert found.lines == SAID
    assert found.dropped == len(lie.words)


def test_what_is_said_twice_is_kept_once_and_names_may_speak_at_once() -> None:
    assert through(told([*SAID, *SAID])).lines == SAID
    assert through(told([*SAID, *SAID])).dropped == sum(len(each.words) for each in SAID)
    both = [line("Why does it float?", SPEECH[0], "Ada"), line("Because it is ice.", SPEECH[0], "Ben")]
    found = Telling(both).transcribe(None, (), lambda _: None)  # type: ignore[arg-type]
    assert through(found) == found


# --- H-02: impossible times, impossible words ------------------------------------------------------------

NOT_TIMES = (float("nan"), float("inf"), -float("inf"), -5.0, 1e300, 10**400, None, "3", b"3", True, 2 + 1j)
NOT_TEXTS = ("", " \t\n", None, 7, b"word", ["word"], "\ud800", "\x00", "x" * 100_000)


def loose(start: Any, end: Any, text: Any, probability: Any = 0.9) -> Any:
    """A word that no dataclass would let through."""
    return SimpleNamespace(start=start, end=end, text=text, probability=probability)


TIMES = st.floats(-10, 80) | st.sampled_from(NOT_TIMES) | st.floats()
WORDS = st.builds(
    loose,
    TIMES,
    TIMES,
    st.sampled_from(["Why", "ice?", "the", "ñandú", "氷", "👏", "don’t", *NOT_TEXTS]) | st.text(max_size=8),
    st.sampled_from([0.5, 2, -1, float("nan"), None, "high"]),
)
LINES = st.builds(
    SimpleNamespace,
    words=st.lists(WORDS, max_size=12),
    speaker=st.sampled_from([None, "Ada", "", 5, "a\nb", "x" * 10_000]),
    start=TIMES,
    end=TIMES,
)


def assembled(recognition: Recognition) -> Transcript:
    """What the pipeline makes of the words, measured and written as well."""
    transcript = annotate(
        assemble(
            recording=recording(DURATION),
            speech=SPEECH,
            missing=(),
            quality=AudioQuality(
                speech_level_dbfs=-20.0, noise_level_dbfs=-60.0, snr_db=40.0, clipped_share=0.0
            ),
            recognition=recognition,
            voices=Voices(turns=(), overlap=(), teacher_confidence=0.0, teacher_from="nothing"),
            provenance=Provenance(coachai="test"),
        )
    )
    measure_all(transcript)
    encode_transcript(transcript).decode("utf-8")
    return transcript


@unhurried
@given(st.lists(LINES | st.sampled_from([None, 3, "line", []]), max_size=8), st.booleans(), st.booleans())
def test_whatever_the_times_and_texts_only_possible_words_come_through(
    lines: list[Any], marks: bool, names: bool
) -> None:
    changes = {"marks": marks, "names": names}
    if any(not hasattr(each, "words") for each in lines):
        with pytest.raises(EnvironmentLacks, match="did not answer with words"):
            through(told(tuple(lines), **changes))
        return
    found = through(told(tuple(lines), **changes))
    written = sum(len(each.words) for each in lines)
    kept = [word for each in found.lines for word in each.words]
    assert len(kept) + found.dropped == written
    for word in kept:
        assert 0 <= word.start <= word.end <= DURATION
        assert word.duration <= LONGEST_WORD
        assert shared_seconds(word, SPEECH) > 0 or any(r.start <= word.start <= r.end for r in SPEECH)
        assert word.text.strip() == word.text != ""
        assert 0 <= word.probability <= 1
    for each in found.lines:
        assert all(a.start <= b.start for a, b in pairwise(each.words))
    assert shared_seconds(Span(start=0, end=DURATION), [*SPEECH, *found.dismissed]) == pytest.approx(
        sum(each.duration for each in (*SPEECH, *found.dismissed))
    )
    assembled(found)


@unhurried
@given(st.lists(LINES, max_size=8))
def test_a_second_door_finds_nothing_more_to_do(lines: list[Any]) -> None:
    once = through(told(tuple(lines), recogniser="captions"))
    twice = through(once)
    assert twice.lines == once.lines
    assert twice.dismissed == once.dismissed


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        pytest.param([line("Why now?", Span(start=70, end=72))], 0, id="beyond the end"),
        pytest.param([SimpleNamespace(words=[loose(4, 3, "Why"), loose(5, 2, "now?")])], 0, id="backwards"),
        pytest.param(
            [SimpleNamespace(words=[loose(4, 4.2, "now?"), loose(3, 3.2, "Why"), loose(4.3, 4.5, "so?")])],
            2,
            id="out of order",
        ),
        pytest.param([SimpleNamespace(words=[loose(3, 3, "Why"), loose(3, 3, "now?")])], 2, id="no length"),
        pytest.param([SimpleNamespace(words=[loose(3, 3, "you")] * 9)], 0, id="nine words in no time"),
        pytest.param([line("one", Span(start=30, end=59)), line("two", Span(start=0, end=30))], 0, id="slow"),
        pytest.param([line("so " * 180, Span(start=30, end=42))], 0, id="900 words a minute"),
        pytest.param([line("so. " * 180, Span(start=30, end=42))], 0, id="900 sentences a minute"),
        pytest.param([line("so " * 48, Span(start=30, end=42))], 48, id="240 words a minute"),
        pytest.param([SimpleNamespace(words=[loose(3, 4, "x" * 10**8)])], 0, id="a word of 100 MB"),
        pytest.param((), 0, id="nothing"),
    ],
)
def test_impossible_words_are_left_out_and_counted(lines: Any, kept: int) -> None:
    found = through(told(lines))
    assert sum(len(each.words) for each in found.lines) == kept
    assert found.dropped == sum(len(each.words) for each in lines) - kept
    assert assembled(found).words_from.coverage == pytest.approx(0 if kept < 3 else 12 / 29.8, abs=0.06)


def test_words_at_impossible_times_are_told_to_the_teacher() -> None:
    broken = [SimpleNamespace(words=[loose(float("nan"), 3, "Why"), loose(4, 4.5, "now?")])]
    assert through(told(broken, note="Heard.")).note == (
        "Heard. Words left out because their times or texts cannot be: 1."
    )


def endless() -> Iterator[Any]:
    return (SimpleNamespace(words=(loose(k, k + 0.3, "more"),)) for k in count())


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="nothing"),
        pytest.param("Why does ice float?", id="a text"),
        pytest.param({"lines": []}, id="a dictionary"),
        pytest.param(told("Why does ice float?"), id="lines that are a text"),
        pytest.param(told(None), id="lines that are nothing"),
        pytest.param(told(17), id="lines that are a number"),
        pytest.param(told([None]), id="a line that is nothing"),
        pytest.param(told([SimpleNamespace(words="Why")]), id="words that are a text"),
        pytest.param(told((SAID[0],) * 10_000), id="70,000 words in a minute"),
        pytest.param(told([SimpleNamespace(words=repeat(SAID[0].words[0]))]), id="words without end"),
        pytest.param(told(SAID, unsure=repeat(SAID[0])), id="places without end"),
    ],
)
def test_what_is_no_answer_is_one_clear_sentence(answer: object) -> None:
    begun = time.process_time()
    with pytest.raises(EnvironmentLacks, match=r"The recogniser cannot be used: it .*--captions\."):
        through(answer)
    with pytest.raises(EnvironmentLacks):
        through(told(endless()))
    # Once only, because some of these answers are used up by it; it takes a tenth of that.
    assert time.process_time() - begun < 5.0


def test_a_hundred_megabytes_of_text_are_refused_in_a_moment() -> None:
    word = Word(start=31.0, end=31.2, text="twelve-lette")
    flood = told([SimpleNamespace(words=(word,) * 8_000_000, speaker=None)])

    def refused() -> None:
        with pytest.raises(EnvironmentLacks, match="more words than anybody can say"):
            through(flood)

    assert quickest(refused, 1.0) < 1.0


@pytest.fixture
def audio(tmp_path: Path) -> Audio:
    return Audio.from_array(np.zeros(round(DURATION * 16_000), np.int16), tmp_path / "sound.raw")


@pytest.mark.parametrize(
    "error", [ValueError("not a span"), KeyError("words"), RuntimeError(), MemoryError()]
)
def test_a_recogniser_that_breaks_off_is_one_clear_sentence(audio: Audio, error: Exception) -> None:
    def breaking(*_: object) -> Recognition:
        raise error

    with pytest.raises(EnvironmentLacks, match=f"it broke off .{type(error).__name__}.") as found:
        Held(Answering(breaking)).transcribe(audio, SPEECH, lambda _: None)
    assert (found.value.code, found.value.exit_code) == ("RECOGNISER_FAILED", 3)


@pytest.mark.parametrize("error", [InputRefused("LANGUAGE", "No Klingon."), KeyboardInterrupt(), OSError(28)])
def test_what_is_meant_for_people_and_what_stops_the_work_comes_through(
    audio: Audio, error: BaseException
) -> None:
    def stopping(*_: object) -> Recognition:
        raise error

    with pytest.raises(type(error)):
        Held(Answering(stopping)).transcribe(audio, SPEECH, lambda _: None)


def test_what_progress_raises_stops_the_work_as_it_is(audio: Audio) -> None:
    class Cancelled(Exception):
        pass

    def cancel(done: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        Held(Telling(SAID)).transcribe(audio, SPEECH, cancel)


def test_time_grows_no_faster_than_the_words() -> None:
    # Each line runs into the next, as rolling captions do: nothing may be compared with everything.
    speech = [Span(start=0.0, end=3600.0)]
    chain = [line("we say this and then say that again", Span(start=k, end=k + 1.4)) for k in range(3500)]
    begun = time.process_time()
    found = held(told(chain), speech, duration=3600.0)
    assert time.process_time() - begun < 10.0
    assert merged(found.lines, LONG_PAUSE) == (Span(start=0.0, end=found.lines[-1].end),)
