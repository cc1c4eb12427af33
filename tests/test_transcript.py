"""Speech, words and voices become utterances that are sentences by one speaker and tile the speech."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.records import AudioQuality, Provenance, Role, Span, Transcript, Utterance, Word
from coachai.timeline import intersected, merged, subtracted, total
from coachai.transcript import Line, Recognition, Turn, Voices, assemble
from tests.timeline import recording

QUALITY = AudioQuality(speech_level_dbfs=-20.0, noise_level_dbfs=-60.0, snr_db=40.0, clipped_share=0.0)
ROLES: dict[str, Role] = {"T": "teacher", "A": "student", "B": "student", "U": "unknown"}


def spans(drawing: str) -> list[Span]:
    """ "1-2 3-4.5" as spans."""
    return [Span(start=float(a), end=float(b)) for a, b in re.findall(r"([\d.]+)-([\d.]+)", drawing)]


def turns(drawing: str, confidence: float = 0.9) -> tuple[Turn, ...]:
    """ "T1-2 A3-4": turns of voice T and A; the letter tells the role."""
    return tuple(
        Turn(start=float(a), end=float(b), speaker=who, role=ROLES[who[0]], role_confidence=confidence)
        for who, a, b in re.findall(r"([A-Z]\w*?)([\d.]+)-([\d.]+)", drawing)
    )


def line(start: float, end: float, text: str, speaker: str | None = None) -> Line:
    """Words spread evenly from `start` to `end`."""
    said = text.split()
    step = (end - start) / len(said)
    words = tuple(
        Word(start=start + k * step, end=start + (k + 1) * step, text=word) for k, word in enumerate(said)
    )
    return Line(start=start, end=end, words=words, speaker=speaker)


def made(speech: str, lines: list[Line], voices: tuple[Turn, ...], **changes: Any) -> Transcript:
    """Assemble a lesson of 60 s; `changes` replace Recognition fields or `keep_names`."""
    heard: dict[str, Any] = {
        "recogniser": "captions",
        "model": "lesson.vtt",
        "language": "en",
        "lines": tuple(lines),
        "marks": True,
        "names": any(each.speaker for each in lines),
        "note": "",
    }
    keep = changes.pop("keep_names", False)
    return assemble(
        recording=recording(60.0),
        speech=spans(speech),
        missing=(),
        quality=QUALITY,
        recognition=Recognition(**(heard | changes)),
        voices=Voices(turns=voices, overlap=(), teacher_confidence=0.9, teacher_from="sound"),
        provenance=Provenance(coachai="test"),
        keep_names=keep,
    )


def drawn(transcript: Transcript) -> list[str]:
    """One utterance as "start-end speaker: text"."""
    return [f"{u.start:g}-{u.end:g} {u.speaker}: {u.text}" for u in transcript.utterances]


def test_one_utterance_is_one_sentence_even_where_a_caption_holds_two_or_half_a_one() -> None:
    heard = made(
        "1-7",
        [
            line(1, 3, "Ice floats. Why does", "Ms. Rivera"),
            line(3, 5, "it do that?", "Ms. Rivera"),
            line(5, 7, "It is light", "Ann"),
        ],
        (
            Turn(start=1, end=5, speaker="Ms. Rivera", role="teacher", role_confidence=0.95),
            Turn(start=5, end=7, speaker="Ann", role="student", role_confidence=0.9),
        ),
    )
    assert drawn(heard) == [
        "1-2 Teacher: Ice floats.",
        "2-5 Teacher: Why does it do that?",
        "5-7 Student 1: It is light",
    ]
    assert [each.role_confidence for each in heard.utterances] == [0.95, 0.95, 0.9]
    assert heard.words_from.coverage == 1.0


@pytest.mark.parametrize("moment", [3.0, 5.0, 7.0])
def test_a_word_that_takes_no_time_is_of_the_voice_that_it_lies_in(moment: float) -> None:
    words = (Word(start=moment, end=moment, text="Yes."),)
    said = Line(start=moment, end=moment, words=words, speaker=None)
    heard = made("1-7", [said], turns("T1-5 A5-7"))
    (voice,) = (each.speaker for each in heard.utterances if each.text)
    assert voice in {3.0: ["Teacher"], 5.0: ["Teacher", "Student A"], 7.0: ["Student A"]}[moment]


def test_names_give_way_to_numbers_in_order_of_first_speech_unless_they_are_kept() -> None:
    lines = [line(1, 2, "Hello.", "Zoe"), line(3, 4, "Good.", "Mr. Lee"), line(5, 6, "Yes.", "Ann")]
    voices = (
        Turn(start=1, end=2, speaker="Zoe", role="student", role_confidence=0.9),
        Turn(start=3, end=4, speaker="Mr. Lee", role="teacher", role_confidence=0.9),
        Turn(start=5, end=6, speaker="Ann", role="student", role_confidence=0.9),
    )
    private = made("1-2 3-4 5-6", lines, voices)
    assert [each.speaker for each in private.utterances] == ["Student 1", "Teacher", "Student 2"]
    kept = made("1-2 3-4 5-6", lines, voices, keep_names=True)
    assert [each.speaker for each in kept.utterances] == ["Zoe", "Mr. Lee", "Ann"]


def test_voices_told_apart_by_sound_get_letters_and_nobody_s_voice_a_question_mark() -> None:
    heard = made("1-2 3-4 5-6 9-10", [line(1, 2, "Why?"), line(3, 4, "So.")], turns("T1-2 B3-4 A5-6"))
    assert drawn(heard) == ["1-2 Teacher: Why?", "3-4 Student A: So.", "5-6 Student B: ", "9-10 Voice ?: "]
    assert heard.utterances[-1].role == "unknown"
    assert heard.words_from.coverage == 0.5


@pytest.mark.parametrize(("confidence", "role"), [(0.9, "teacher"), (0.4, "unknown")])
def test_a_role_that_is_not_certain_is_unknown(confidence: float, role: str) -> None:
    heard = made("1-2", [line(1, 2, "Why?")], turns("T1-2", confidence))
    assert heard.utterances[0].role == role


def test_speech_without_words_becomes_an_utterance_a_voice() -> None:
    heard = made("1-3 5-9", [line(1, 3, "How many?")], turns("T1-3 A5-7 B7-9"))
    assert drawn(heard) == ["1-3 Teacher: How many?", "5-7 Student A: ", "7-9 Student B: "]


def test_without_words_one_voice_s_speech_is_joined_over_a_breath_and_not_over_another_voice() -> None:
    heard = made("1-2 2.8-4 5.5-6 6.5-7 7.5-8", [], turns("T1-2 T2.8-4 T5.5-6 A6.5-7 T7.5-8"), marks=False)
    assert drawn(heard) == ["1-4 Teacher: ", "5.5-6 Teacher: ", "6.5-7 Student A: ", "7.5-8 Teacher: "]


def test_small_uncovered_edges_go_to_the_sentence_and_longer_ones_to_their_own_voice() -> None:
    heard = made(
        "1-3.2 6-9", [line(1.1, 3, "How many?"), line(6, 7, "Seven.")], turns("T1-3.2 A6-7.2 B7.2-9")
    )
    assert drawn(heard) == ["1-3.2 Teacher: How many?", "6-7.2 Student A: Seven.", "7.2-9 Student B: "]


def test_words_that_reach_out_of_speech_are_cut_to_it() -> None:
    heard = made(
        "1-2.5 3-4", [line(1, 2.7, "How many are there?"), line(2.9, 4.2, "Four.")], turns("T1-2.5 A3-4")
    )
    question, answer = heard.utterances
    assert (question.end, answer.start) == (2.5, 3.0)
    assert all(question.start <= word.start <= word.end <= question.end for word in question.words)


def test_words_without_marks_part_where_another_voice_begins() -> None:
    words = line(1, 4, "and how many have we got here")
    rest = line(4.2, 5.8, "we have got four")
    heard = made("1-4 4.2-5.8", [words, rest], turns("T1-4 A4.2-5.8"), marks=False)
    assert drawn(heard) == [
        "1-4 Teacher: and how many have we got here",
        "4.2-5.8 Student A: we have got four",
    ]


def test_a_written_sentence_is_not_torn_by_a_voice_s_rough_edge() -> None:
    heard = made("1-5", [line(1, 5, "So what is the answer? Four.")], turns("T1-2.6 A2.6-5"))
    assert [each.text for each in heard.utterances] == ["So what is the answer?", "Four."]


def test_a_change_of_voice_without_a_pause_falls_where_a_sentence_may_begin() -> None:
    heard = made("1-5", [line(1, 5, "how many are there okay four")], turns("T1-3 A3-5"), marks=False)
    assert [each.text for each in heard.utterances] == ["how many are there", "okay four"]


def test_nothing_heard_is_an_empty_transcript() -> None:
    assert made("", [], ()).utterances == ()
    assert made("", [], ()).words_from.coverage == 0.0


times = st.floats(0, 50, allow_nan=False).map(lambda x: round(x, 2))
gaps = st.floats(0.02, 3, allow_nan=False)


@st.composite
def evidence(draw: st.DrawFn) -> dict[str, Any]:
    """Speech, words in it, and turns that need not agree with either."""
    regions, clock = [], 0.0
    for gap, length in draw(st.lists(st.tuples(gaps, gaps), max_size=8)):
        regions.append(Span(start=clock + gap, end=clock + gap + length))
        clock += gap + length
    words = []
    for region in regions:
        count = draw(st.integers(0, 5))
        inset = draw(st.floats(0, 0.4)) * region.duration
        step = (region.duration - inset) / max(count, 1)
        for k in range(count):
            start = region.start + inset + k * step
            text = draw(st.sampled_from(["so", "why?", "four.", "the", "okay", "Mr."]))
            words.append(Word(start=start, end=min(start + step, region.end), text=text))
    lines, first = [], 0
    while first < len(words):
        size = draw(st.integers(1, 4))
        part = tuple(words[first : first + size])
        lines.append(Line(start=part[0].start, end=part[-1].end, words=part))
        first += size
    voices = []
    for start, length, who in draw(st.lists(st.tuples(times, gaps, st.sampled_from("TABU")), max_size=8)):
        voices.append(
            Turn(start=start, end=start + length, speaker=who, role=ROLES[who], role_confidence=0.8)
        )
    return {"regions": regions, "lines": lines, "voices": tuple(voices), "marks": draw(st.booleans())}


@given(evidence())
def test_utterances_tile_the_speech_and_keep_every_word(drawn_evidence: dict[str, Any]) -> None:
    regions, lines = drawn_evidence["regions"], drawn_evidence["lines"]
    speech = " ".join(f"{each.start:.6f}-{each.end:.6f}" for each in regions)
    heard = made(speech, lines, drawn_evidence["voices"], marks=drawn_evidence["marks"])
    spoken = heard.utterances
    # All speech lies in some utterance, utterances begin and end in speech and do not overlap.
    assert total(subtracted(heard.speech, spoken)) == pytest.approx(0, abs=1e-6)
    assert total(merged(spoken)) == pytest.approx(sum(each.duration for each in spoken), abs=1e-6)
    assert total(intersected(heard.speech, spoken)) == pytest.approx(total(heard.speech), abs=1e-6)
    # Sorted, no word lost or moved before another, every word inside its utterance.
    assert [each.start for each in spoken] == sorted(each.start for each in spoken)
    assert [w.text for each in spoken for w in each.words] == [w.text for each in lines for w in each.words]
    assert all(each.start <= w.start <= w.end <= each.end for each in spoken for w in each.words)
    # The same evidence gives the same bytes, in whole milliseconds.
    assert heard == made(speech, lines, drawn_evidence["voices"], marks=drawn_evidence["marks"])
    assert all(_whole(time) for each in spoken for time in _times(each))


def _times(utterance: Utterance) -> list[float]:
    return [utterance.start, utterance.end, *(t for word in utterance.words for t in (word.start, word.end))]


def _whole(time: float) -> bool:
    return time == round(time, 3)
