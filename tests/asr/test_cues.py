"""Caption files: read strictly, refused in a sentence, and no cue lost without a count."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.asr.cues import CueFile, parse_cues, read_cues
from coachai.errors import InputRefused

VTT = """WEBVTT - a title
Kind: captions

NOTE a remark
over two lines

STYLE
::cue { color: red }

intro
00:01.000 --> 00:03.500 align:start position:10%
<v Ms. Rivera>Is 2 &lt; 3 &amp; 3 &lt; 4?</v>

2
01:00:04.250 --> 01:00:05.000
<v.loud Student 1><i>Yes.</i>
<b>It</b> is.
"""

SRT = """1
00:00:01,000 --> 00:00:02,500
Why does ice float?

2
00:00:04,000 --> 00:00:05,000
{\\an8}Because it is
<font color="red">lighter</font>.
"""


def read(text: str) -> list[tuple[float, float, str | None, str]]:
    return [(cue.start, cue.end, cue.speaker, cue.text) for cue in parse_cues(text).cues]


def test_webvtt_with_voices_settings_notes_styles_and_entities():
    assert read(VTT) == [
        (1.0, 3.5, "Ms. Rivera", "Is 2 < 3 & 3 < 4?"),
        (3604.25, 3605.0, "Student 1", "Yes. It is."),
    ]
    assert parse_cues(VTT).named


def test_srt_with_numbers_commas_and_decoration():
    assert read(SRT) == [
        (1.0, 2.5, None, "Why does ice float?"),
        (4.0, 5.0, None, "Because it is lighter."),
    ]
    assert not parse_cues(SRT).named


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_endings_and_a_byte_order_mark_change_nothing(ending):
    assert read("\ufeff" + VTT.replace("\n", ending)) == read(VTT)
    assert read("\ufeff" + SRT.replace("\n", ending)) == read(SRT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_usual_encodings_are_read(encoding, tmp_path):
    path = tmp_path / "a.srt"
    path.write_bytes("1\n00:00:01,000 --> 00:00:02,000\nJosé said “four”\n".encode(encoding))
    assert read_cues(path).cues[0].text == "José said “four”"


def test_cues_without_a_blank_line_between_are_kept_apart():
    text = "1\n00:01.000 --> 00:02.000\nOne.\n2\n00:02.000 --> 00:03.000\nTwo.\n"
    assert read(text) == [(1.0, 2.0, None, "One."), (2.0, 3.0, None, "Two.")]


@pytest.mark.parametrize(
    "times",
    [
        "00:00:09.000 --> 00:00:09.000",
        "00:09.000 --> 00:08.000",
        "00:61.000 --> 00:62.000",
        "x --> 00:09.000",
    ],
)
def test_a_cue_with_impossible_times_is_left_out_and_its_line_named(times):
    found = parse_cues(f"WEBVTT\n\n00:01.000 --> 00:02.000\nFirst.\n\n{times}\nLost.\n")
    assert [cue.text for cue in found.cues] == ["First."]
    assert [each.line for each in found.rejects] == [6]


def test_rolling_captions_say_each_word_once():
    text = (
        "WEBVTT\n\n00:01.000 --> 00:03.000\nso the way we\n\n"
        "00:03.000 --> 00:05.000\nso the way we\nneed to do this\n\n"
        "00:05.000 --> 00:07.000\nneed to do this\nis to divide\n"
    )
    assert read(text) == [
        (1.0, 3.0, None, "so the way we"),
        (3.0, 5.0, None, "need to do this"),
        (5.0, 7.0, None, "is to divide"),
    ]


def test_a_speaker_who_repeats_a_sentence_is_not_rolling():
    text = "WEBVTT\n"
    for second, said in enumerate(["Look.", "Good.", "Good.", "What next?", "Four.", "Yes.", "Now."]):
        text += f"\n00:{second:02}.000 --> 00:{second:02}.900\n{said}\n"
    assert [cue.text for cue in parse_cues(text).cues].count("Good.") == 2


def test_names_before_a_colon_are_speakers_where_most_cues_have_them():
    text = "WEBVTT\n"
    for second, said in enumerate(["Ann Lee: Why?", "Ben: Because: two.", "so there.", "Ann Lee: Yes."]):
        text += f"\n00:{second:02}.000 --> 00:{second:02}.900\n{said}\n"
    assert [(cue.speaker, cue.text) for cue in parse_cues(text).cues] == [
        ("Ann Lee", "Why?"),
        ("Ben", "Because: two."),
        ("Ben", "so there."),
        ("Ann Lee", "Yes."),
    ]


def test_a_colon_in_a_sentence_is_no_speaker():
    text = "WEBVTT\n"
    for second, said in enumerate(["Remember: units.", "What is it?", "Half.", "Good.", "Next: seven."]):
        text += f"\n00:{second:02}.000 --> 00:{second:02}.900\n{said}\n"
    found = parse_cues(text)
    assert not found.named
    assert found.cues[0].text == "Remember: units."


def test_sounds_are_not_words():
    found = read("WEBVTT\n\n00:01.000 --> 00:02.000\n[Music] Well ♪\n\n00:03.000 --> 00:04.000\n(laughter)\n")
    assert found == [(1.0, 2.0, None, "Well")]


def test_two_voices_in_one_cue_share_its_time():
    found = read("WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ann>Four</v>\n<v Ben>Five</v>\n")
    assert found == [(1.0, 2.0, "Ann", "Four"), (2.0, 3.0, "Ben", "Five")]


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("", "CAPTIONS_EMPTY", "empty"),
        (" \n\n", "CAPTIONS_EMPTY", "empty"),
        ("<html>\n<body>", "CAPTIONS_NOT_CAPTIONS", "line 1"),
        ("WEBVTT\n\nhello", "CAPTIONS_NOT_CAPTIONS", "00:00:01.000 --> 00:00:03.000"),
        ("WEBVTT\n\n00:09 --> 00:10\nx", "CAPTIONS_NO_CUES", "line 3"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n[Music]\n", "CAPTIONS_NO_WORDS", "no words"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(text, code, told, tmp_path):
    path = tmp_path / "lesson.vtt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        read_cues(path)
    assert refused.value.code == code
    assert told in refused.value.message
    assert str(tmp_path) not in refused.value.message


def test_what_is_no_file_or_no_text_is_refused(tmp_path):
    for path, raw in ((tmp_path / "none.vtt", None), (tmp_path, None), (tmp_path / "a.mp4", b"\0\1\2-->")):
        if raw:
            path.write_bytes(raw)
        with pytest.raises(InputRefused):
            read_cues(path)


LEGAL = ("WEBVTT", "\n", "\n\n", "\r", "00:01.000", " --> ", "00:00:02,500", "1", "<v A>", "</v>", "so")
ODD = (
    "<",
    ">",
    "&amp;",
    "A: ",
    "-",
    "[",
    "]",
    "♪",
    "NOTE",
    "\0",
    "{\\an8}",
    "(",
    ")",
    "999:59:59.999",
    "9" * 30,
)
fragments = st.sampled_from(LEGAL + ODD)


@settings(max_examples=300)
@given(st.lists(fragments | st.text(max_size=4), max_size=60).map("".join))
def test_whatever_the_text_it_is_read_or_refused(text):
    try:
        found = parse_cues(text)
    except InputRefused:
        return
    assert isinstance(found, CueFile)
    assert found.cues
    assert all(cue.start < cue.end and cue.text.strip() for cue in found.cues)
    assert [cue.start for cue in found.cues] == sorted(cue.start for cue in found.cues)


def test_a_large_file_is_read_in_time(tmp_path):
    path = Path(tmp_path) / "long.vtt"
    times = [f"{k // 3600}:{k // 60 % 60:02}:{k % 60:02}" for k in range(50_000)]
    cues = (f"\n{time}.000 --> {time}.900\nword\n" for time in times)
    path.write_text("WEBVTT\n" + "".join(cues), encoding="utf-8")
    assert len(read_cues(path).cues) == 50_000
    path.write_text("9" * 200_000 + "\n" * 200_000 + "-->", encoding="utf-8")
    with pytest.raises(InputRefused):
        read_cues(path)
