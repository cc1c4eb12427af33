"""The recogniser `captions`: rough cue times become times of the waveform; nothing is invented or lost."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from coachai.asr.captions import Captions
from coachai.asr.silent import NoWords
from coachai.errors import InputRefused
from coachai.media import Audio
from coachai.records import Span
from coachai.transcript import Recognition

SPEECH = tuple(
    Span(start=start, end=end)
    for start, end in [(1.0, 3.2), (5.7, 6.2), (7.0, 7.8), (8.2, 10.6), (12.1, 13.0)]
)
NAMED = """WEBVTT

00:01.300 --> 00:03.600
<v Ms. Rivera>How many eighths are in one half?</v>

00:05.300 --> 00:05.900
<v Ana>Four.</v>

00:07.300 --> 00:08.100
<v Ms. Rivera>Four, good.</v>

00:08.000 --> 00:10.200
<v Ms. Rivera>And why does that make sense, Ben?</v>

00:12.400 --> 00:13.300
<v Ben>Half of eight.</v>
"""
PLAIN = """WEBVTT

00:00.900 --> 00:03.400
how many eighths are in one

00:02.900 --> 00:08.300
how many eighths are in one
half four four good

00:08.000 --> 00:12.600
half four four good
and why does that make sense

00:12.000 --> 00:13.400
and why does that make sense
half of eight
"""


def silent(_: float) -> None:
    """Progress nobody watches."""


@pytest.fixture
def transcribe(tmp_path):
    def run(text: str, speech: tuple[Span, ...] = SPEECH, seconds: float = 14.0) -> Recognition:
        path = tmp_path / "lesson.vtt"
        path.write_text(text, encoding="utf-8")
        audio = Audio.from_array(np.zeros(round(seconds * 16000)), tmp_path / "sound")
        return Captions(path).transcribe(audio, speech, silent)

    return run


def text_of(recognition: Recognition) -> list[str]:
    return [" ".join(word.text for word in line.words) for line in recognition.lines]


def test_named_captions_give_a_line_a_sentence_on_its_own_speech(transcribe):
    heard = transcribe(NAMED)
    assert (heard.recogniser, heard.model, heard.marks, heard.names, heard.dropped) == (
        "captions",
        "lesson.vtt",
        True,
        True,
        0,
    )
    assert [line.speaker for line in heard.lines] == ["Ms. Rivera", "Ana", "Ms. Rivera", "Ms. Rivera", "Ben"]
    assert [(line.start, line.end) for line in heard.lines] == [(s.start, s.end) for s in SPEECH]


def test_video_site_captions_give_lines_between_pauses(transcribe):
    heard = transcribe(PLAIN)
    assert not heard.marks
    assert not heard.names
    assert text_of(heard) == [
        "how many eighths are in one half",
        "four",
        "four good",
        "and why does that make sense",
        "half of eight",
    ]
    assert [(line.start, line.end) for line in heard.lines] == [(s.start, s.end) for s in SPEECH]


def test_marks_are_told_from_the_text_and_not_from_the_names(transcribe):
    assert transcribe(NAMED.replace("<v Ms. Rivera>", "").replace("<v Ana>", "").replace("<v Ben>", "")).marks
    unmarked = transcribe(NAMED.replace(".</v>", "</v>").replace("?</v>", "</v>").replace(",", ""))
    assert unmarked.names
    assert not unmarked.marks


def test_marked_captions_without_names_end_lines_only_after_sentences(transcribe):
    text = "WEBVTT\n\n00:01.000 --> 00:04.000\nSo what do you think,\n\n"
    text += "00:03.800 --> 00:06.900\nMaria? I think it floats.\n"
    speech = (Span(start=1.0, end=2.2), Span(start=2.5, end=3.0), Span(start=5.0, end=6.3))
    heard = transcribe(text, speech)
    assert text_of(heard) == ["So what do you think, Maria?", "I think it floats."]
    assert heard.lines[0].end == 3.0


def test_words_where_nobody_speaks_are_dropped_counted_and_told(transcribe):
    heard = transcribe(NAMED.replace("00:12.400 --> 00:13.300", "00:20.000 --> 00:21.000"))
    assert heard.dropped == 3
    assert "3 words captioned where nobody is heard were left out" in heard.note
    assert len(heard.lines) == 4


def test_a_caption_left_out_for_its_times_is_told_with_its_line(transcribe):
    heard = transcribe(NAMED.replace("00:05.300 --> 00:05.900", "00:05.300 --> 00:05.100"))
    assert "1 caption was left out: its end is not after its start (line 6)" in heard.note
    assert "Four." not in text_of(heard)


@pytest.mark.parametrize("seconds", [500, 3000])
def test_captions_of_another_recording_are_refused(transcribe, seconds):
    later = "".join(
        f"\n00:{(seconds + k) // 60:02}:{(seconds + k) % 60:02}.000 --> 00:{(seconds + k) // 60:02}:"
        f"{(seconds + k) % 60:02}.900\nWords.\n"
        for k in range(0, 30, 2)
    )
    with pytest.raises(InputRefused, match="do not fit this recording") as refused:
        transcribe(NAMED + later)
    assert refused.value.code == "CAPTIONS_OF_ANOTHER_RECORDING"


def test_a_recording_without_speech_has_no_words(transcribe):
    heard = transcribe(NAMED, ())
    assert heard.lines == ()
    assert heard.dropped == 20


def test_progress_ends_at_one(tmp_path):
    path = tmp_path / "a.vtt"
    path.write_text(NAMED, encoding="utf-8")
    audio = Audio.from_array(np.zeros(14 * 16000), tmp_path / "sound")
    told: list[float] = []
    Captions(path).transcribe(audio, SPEECH, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_no_words_hears_none_and_says_so(tmp_path):
    audio = Audio.from_array(np.zeros(16000), Path(tmp_path) / "sound")
    heard = NoWords().transcribe(audio, SPEECH, silent)
    assert (heard.recogniser, heard.lines) == ("none", ())
    assert "No words" in heard.note


def talk(late: float, seed: int = 2) -> tuple[str, tuple[Span, ...]]:
    """Three minutes of sentences, captioned so many seconds late, and where they are said."""
    chance = random.Random(seed)
    clock, text, speech = 4.0, "WEBVTT\n", []
    for number in range(50):
        words = " ".join(["number"] * chance.randint(1, 9))
        length = 0.4 * len(words.split())
        speech.append(Span(start=clock, end=clock + length))
        start, end = clock + late, clock + length + late
        text += f"\n00:{int(start // 60):02}:{start % 60:06.3f} --> 00:{int(end // 60):02}:{end % 60:06.3f}\n"
        text += f"<v {'AB'[number % 2]}>{words}.\n"
        clock += length + chance.uniform(0.3, 3.0)
    return text, tuple(speech)


@pytest.mark.parametrize("late", [0.0, 1.5, 6.0, 40.0, -3.0])
def test_captions_that_run_late_throughout_are_moved_and_it_is_told(transcribe, late):
    text, speech = talk(late)
    heard = transcribe(text, speech, speech[-1].end + 2)
    assert heard.dropped == 0
    assert [(line.start, line.end) for line in heard.lines] == [(s.start, s.end) for s in speech]
    assert ("we moved them" in heard.note) == (late != 0)
    assert "poorly" not in heard.note


def test_captions_that_fit_nowhere_are_told(transcribe):
    text, _ = talk(0.0)
    _, speech = talk(0.0, seed=9)
    assert "check that they belong to this recording" in transcribe(text, speech, 240).note


def test_absurd_times_cost_neither_time_nor_memory(transcribe):
    heard = transcribe(NAMED + "\n00:00:12.900 --> 999:59:59.999\n<v Ben>Yes.\n")
    assert text_of(heard)[-1] == "Yes."
    with pytest.raises(InputRefused):
        transcribe("WEBVTT\n\n999:00:00.000 --> 999:59:59.999\nYes.\n")
