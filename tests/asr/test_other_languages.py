"""Two languages in one lesson: the words of the other one are hidden, its times and voices stay (M-25)."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.annotation import annotate
from coachai.asr.other_languages import FEWEST_WORDS, in_english
from coachai.measures import measure_all
from coachai.pipeline import Observing, observe
from coachai.records import Transcript, Word
from coachai.transcript import Line, Recognition
from tests.lessons import lessons, unhurried
from tests.timeline import lesson

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "talkmoves" / "train.jsonl.gz"

ENGLISH = ("What do you notice about the ice?", "Yes.", "I think it floats because it is lighter than water.")
SPANISH = (
    "¿Por qué piensan ustedes que el hielo flota en el agua?",
    "Sí.",
    "Porque el hielo es más ligero que el agua.",
    "Muy bien, ahora abran su libro en la página veinte.",
)
DIALOGUE = (
    "Sí.",
    "¿Por qué piensan ustedes que el hielo flota?",
    "Yo creo que flota porque el hielo es más ligero que el agua.",
    "Pero un pedazo grande de hielo pesa mucho, y también flota.",
    "Tal vez es por el tamaño, porque el mismo hielo sería un pedazo más grande que el agua.",
    "Entonces ustedes dicen que la misma cantidad de agua ocupa más espacio cuando se congela.",
)
"""What the sample's people say from 0:23 to 0:51, in Spanish."""

OTHERS = {
    "French": "Pourquoi est-ce que la glace flotte sur l'eau ?",
    "German": "Heute sprechen wir über Brüche und ganze Zahlen.",
    "Portuguese": "Hoje vamos falar sobre frações e números inteiros.",
    "Vietnamese": "Hôm nay chúng ta sẽ học về phân số và số nguyên.",
    "Tagalog": "Ngayon ay pag-uusapan natin ang mga bilang at hati.",
    "Russian": "Сегодня мы будем говорить о дробях и целых числах.",
    "Chinese": "今天我们来学习分数和整数的加法。",
}


def recognised(*sentences: str, recogniser: str = "captions", language: str = "en") -> Recognition:
    """Sentences of ten seconds each, one after the other."""
    lines = []
    for number, sentence in enumerate(sentences):
        start = 10.0 * number
        words = tuple(Word(start=start, end=start + 9, text=word) for word in sentence.split())
        lines.append(Line(start=start, end=start + 9, words=words, speaker="Ms. Rivera"))
    return Recognition(
        recogniser=recogniser,
        model="",
        language=language,
        lines=tuple(lines),
        marks=True,
        names=True,
        note="",
    )


def shown(recognition: Recognition) -> list[str]:
    return [" ".join(word.text for word in line.words) for line in recognition.lines]


def test_words_in_another_language_are_hidden_and_the_teacher_is_told_when() -> None:
    given_words = recognised(*ENGLISH * 4, *SPANISH, *ENGLISH * 4)
    understood, note = in_english(given_words)
    assert shown(understood) == [*ENGLISH * 4, "", "", "", "", *ENGLISH * 4]
    assert [(each.start, each.end, each.speaker) for each in understood.lines] == [
        (each.start, each.end, each.speaker) for each in given_words.lines
    ]
    assert note.startswith("From 2:00 to 2:39 another language is spoken (Spanish).")
    assert understood.language == "en"


@pytest.mark.parametrize(("language", "sentence"), OTHERS.items(), ids=OTHERS)
def test_each_of_these_languages_is_told(language: str, sentence: str) -> None:
    understood, note = in_english(recognised(*ENGLISH * 2, sentence, *ENGLISH * 2))
    assert shown(understood) == [*ENGLISH * 2, "", *ENGLISH * 2]
    assert f"from 1:00 to 1:09 another language is spoken ({language})" in note[:1].lower() + note[1:]


@pytest.mark.parametrize(
    "said",
    [
        "Sí, gracias.",
        "Okay, José, Lucía and Matteo, you are next.",
        "1/8 plus 1/8 plus 1/8 plus 1/8 plus 1/8 plus 1/8.",
        "Nine, 10, 11, 12, 13, 14, 15, 16.",
        "La la la la.",
        "3x plus y plus 9 plus 4y",
        "In Spanish we say hola and adiós to our friends.",
    ],
)
def test_short_answers_names_and_numbers_are_no_other_language(said: str) -> None:
    given_words = recognised(*ENGLISH, said, *ENGLISH)
    assert in_english(given_words) == (given_words, "")


def test_captions_cut_into_bits_are_judged_together() -> None:
    bits = ("porque el hielo es", "más ligero que el", "agua y por eso", "flota siempre arriba")
    understood, note = in_english(recognised(*ENGLISH * 3, *bits, *ENGLISH * 3))
    assert shown(understood)[9:13] == ["", "", "", ""]
    assert "Spanish" in note


def test_a_whole_lesson_in_another_language_loses_its_words_and_says_so() -> None:
    for given_words in (recognised(*SPANISH * 3), recognised(*ENGLISH, *SPANISH, language="es")):
        understood, note = in_english(given_words)
        assert set(shown(understood)) == {""}
        assert understood.language == "es"
        assert note.startswith("This lesson is in Spanish. We count words and questions in English only")


def test_of_the_embedded_recogniser_nothing_can_be_told() -> None:
    """It writes English words over Spanish; its note says so."""
    given_words = recognised(*SPANISH, recogniser="pocketsphinx")
    assert in_english(given_words) == (given_words, "")


@unhurried
@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_text_keeps_its_lines_their_places_and_their_voices(said: list[str]) -> None:
    given_words = recognised(*said)
    understood, _ = in_english(given_words)
    assert [(each.start, each.end, each.speaker) for each in understood.lines] == [
        (each.start, each.end, each.speaker) for each in given_words.lines
    ]
    pairs = zip(given_words.lines, understood.lines, strict=True)
    assert all(after.words in ((), before.words) for before, after in pairs)


@unhurried
@given(lessons())
def test_in_another_language_words_count_nothing_and_timing_stays(drawn: Transcript) -> None:
    english = {each.measure: each for each in measure_all(drawn)}
    for each in measure_all(replace(drawn, language="es")):
        if each.measure in ("talk_ratio", "wait_time_2", "student_turns", "no_speech_time", "work_time"):
            assert each == english[each.measure]
        if each.measure in ("wait_time_1", "question_rate", "student_reasoning", "process_praise"):
            assert each.value is None
            if drawn.teacher_confidence > 0.5 and any(said.role == "teacher" for said in drawn.utterances):
                assert each.note == (
                    "The lesson is in Spanish. We count words and questions in English only."
                )


def test_english_rules_are_not_applied_to_another_language() -> None:
    drawing = "0 - 2 T: What is no?\n3 - 4 S1: No."
    assert annotate(lesson(drawing)).utterances[0].has("question")
    assert annotate(lesson(drawing, language="es")).utterances[0].labels == ()


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Transcript:
    """The sample with captions in which what is said from 23 to 51 s is Spanish."""
    folder = tmp_path_factory.mktemp("bilingual")
    cues = (ROOT / "samples" / "lesson.vtt").read_text(encoding="utf-8").split("\n\n")
    spanish = iter(DIALOGUE)
    for number, cue in enumerate(cues):
        if re.match(r"00:00:(2[3-9]|[34])", cue):
            cues[number] = re.sub(r">[^<]+</v>", lambda _: f">{next(spanish)}</v>", cue)
    path = folder / "lesson.vtt"
    path.write_text("\n\n".join(cues), encoding="utf-8")
    how = Observing(captions=path, teacher="Ms. Rivera")
    return observe(ROOT / "samples" / "lesson.mp4", how, folder=folder, progress=lambda _: lambda _: None)


def test_a_lesson_in_two_languages_keeps_its_times_and_voices(bilingual: Transcript) -> None:
    said = [each for each in bilingual.utterances if 23.5 <= each.start < 50]
    assert {each.text for each in said} == {""}
    assert {each.role for each in said} == {"teacher", "student"}
    assert [each.labels for each in said if each.labels] == []
    assert any(each.text for each in bilingual.utterances if each.start > 52)
    assert bilingual.usable == "ok+note"
    assert any("another language is spoken (Spanish)" in note for note in bilingual.quality.notes)
    assert 0.6 < bilingual.words_from.coverage < 0.9
    share = next(each for each in measure_all(bilingual) if each.measure == "talk_ratio")
    assert share.value == pytest.approx(0.624, abs=0.05)


@pytest.mark.data
def test_no_english_sentence_of_real_lessons_is_taken_for_another_language() -> None:
    if not DATA.exists():
        pytest.skip("needs ../shared/data/talkmoves")
    judged = 0
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        for number, row in enumerate(file):
            if number % 40:
                continue
            texts = [each["text"] for each in json.loads(row)["utterances"]]
            judged += sum(len(text.split()) >= FEWEST_WORDS for text in texts)
            given_words = recognised(*texts)
            assert in_english(given_words) == (given_words, "")
    assert judged > 2_000
