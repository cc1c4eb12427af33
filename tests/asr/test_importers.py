"""Transcripts from elsewhere, format by format, and what holds for every one of them, damaged or not.

`accounted` is the promise: every line with times (in JSON: every entry) is used or listed with a reason.
"""

from __future__ import annotations

import json
import math
import random
import re
from bisect import bisect_right
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.asr.captions import AFTER_END, UNHEARD, Captions, lay_cues
from coachai.asr.cues import CueFile, parse_cues, read_cues
from coachai.errors import InputRefused
from coachai.media import Audio
from coachai.records import Span
from tests.timing import quickest

Row = tuple[float, float, str, str]
"""Start, end (s), speaker, text."""

LESSON: list[Row] = [
    (1.0, 3.5, "Ana Lopez", "w0 what do you see here?"),
    (4.0, 5.5, "Ben Kim", "w1 a lot of ice."),
    (6.0, 9.0, "Ana Lopez", "w2 why does it float?"),
    (10.0, 12.0, "Cleo Diaz", "w3 because it is lighter."),
    (13.0, 16.0, "Ana Lopez", "w4 lighter than what?"),
    (17.0, 18.0, "Ben Kim", "w5 the water."),
]


def stamp(seconds: float, mark: str = ".") -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{mark}{whole % 1000:03}"


def short(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def as_webvtt(rows: list[Row]) -> str:
    cues = (f"{stamp(a)} --> {stamp(b)} align:start\n<v {who}>{text}</v>\n" for a, b, who, text in rows)
    return "WEBVTT - a lesson\n\nNOTE made up\n\n" + "\n".join(cues)


def as_teams(rows: list[Row]) -> str:
    guid = "4fa85c5e-0f3e-4b7a-9d1c-2f6f0c1b5a77"
    cues = (
        f"{guid}/{number}-0\n{stamp(a)} --> {stamp(b)}\n<v {who}>{text}</v>\n"
        for number, (a, b, who, text) in enumerate(rows)
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def as_zoom(rows: list[Row]) -> str:
    cues = (
        f"{number}\n{stamp(a)} --> {stamp(b)}\n{who}: {text}\n"
        for number, (a, b, who, text) in enumerate(rows, start=1)
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def as_srt(rows: list[Row]) -> str:
    cues = (
        f"{number}\n{stamp(a, ',')} --> {stamp(b, ',')}\n{{\\an8}}<font color='red'>{text}</font>\n"
        for number, (a, b, _, text) in enumerate(rows, start=1)
    )
    return "\n".join(cues)


def as_unnumbered(rows: list[Row]) -> str:
    return "\n".join(f"{stamp(a)} --> {stamp(b)}\n{text}\n" for a, b, _, text in rows)


def as_old_teams(rows: list[Row]) -> str:
    return "\n\n".join(f"0:0:{a:.1f} --> 0:0:{b:.1f}\n{who}\n{text}" for a, b, who, text in rows)


def as_otter(rows: list[Row]) -> str:
    return "\n".join(f"{who}  {short(a)}\n{text}\n" for a, _, who, text in rows)


def as_pasted_teams(rows: list[Row]) -> str:
    return "Ice\nMay 4, 2026\n\n" + "\n".join(f"{who}   {short(a)}\n{text}" for a, _, who, text in rows)


def as_time_first(rows: list[Row]) -> str:
    return "\n".join(f"00:{short(a):0>5} {who}\n{text}\n" for a, _, who, text in rows)


def as_bracketed(rows: list[Row]) -> str:
    return "\n".join(f"[00:{short(a):0>5}] {who}: {text}" for a, _, who, text in rows)


def as_zoom_saved(rows: list[Row]) -> str:
    return "\n".join(f"[{who}] 10:0{short(a)}\n{text}\n" for a, _, who, text in rows)


def as_video_site(rows: list[Row]) -> str:
    return "\n".join(f"{short(a)}\n{text}" for a, _, _, text in rows)


def _words(a: float, b: float, text: str, key: str, sure: str) -> list[dict[str, object]]:
    parts = text.split()
    step = (b - a) / len(parts)
    return [
        {key: f" {part}", "start": a + k * step, "end": a + (k + 1) * step, sure: 0.5 + k / 100}
        for k, part in enumerate(parts)
    ]


def as_whisper(rows: list[Row]) -> str:
    segments = [
        {"id": k, "seek": 0, "start": a, "end": b, "text": f" {text}", "tokens": [1, 2], "avg_logprob": -0.3}
        for k, (a, b, _, text) in enumerate(rows)
    ]
    return json.dumps({"text": "all of it", "segments": segments, "language": "en"})


def as_whisperx(rows: list[Row]) -> str:
    voices = sorted({who for _, _, who, _ in rows})
    segments = [
        {
            "start": a,
            "end": b,
            "text": text,
            "words": _words(a, b, text, "word", "score"),
            "speaker": f"SPEAKER_0{voices.index(who)}",
        }
        for a, b, who, text in rows
    ]
    return json.dumps({"segments": segments, "word_segments": []}, indent=1)


def as_faster_whisper(rows: list[Row]) -> str:
    return json.dumps(
        [
            {"start": a, "end": b, "text": text, "words": _words(a, b, text, "word", "probability")}
            for a, b, _, text in rows
        ]
    )


def as_coachai(rows: list[Row]) -> str:
    return json.dumps(
        {
            "schema_version": 1,
            "kind": "transcript",
            "utterances": [
                {
                    "start": a,
                    "end": b,
                    "speaker": who,
                    "text": text,
                    "words": _words(a, b, text, "text", "probability"),
                }
                for a, b, who, text in rows
            ],
        }
    )


NAMED = {
    "WebVTT": (as_webvtt, "WebVTT"),
    "Teams": (as_teams, "WebVTT"),
    "Zoom": (as_zoom, "WebVTT"),
    "old Teams": (as_old_teams, "SubRip (SRT)"),
    "Otter": (as_otter, "Text with times"),
    "pasted Teams": (as_pasted_teams, "Text with times"),
    "time first": (as_time_first, "Text with times"),
    "bracketed": (as_bracketed, "Text with times"),
    "saved by Zoom": (as_zoom_saved, "Text with the time of day"),
    "coachai": (as_coachai, "coachai's transcript"),
}
NAMELESS = {
    "SRT": (as_srt, "SubRip (SRT)"),
    "unnumbered": (as_unnumbered, "SubRip (SRT)"),
    "video site": (as_video_site, "Text with times"),
    "Whisper": (as_whisper, "Whisper JSON"),
    "faster-whisper": (as_faster_whisper, "faster-whisper JSON"),
}
WRITERS = {name: writer for name, (writer, _) in {**NAMED, **NAMELESS}.items()} | {"WhisperX": as_whisperx}
EXACT = {"WebVTT", "Teams", "Zoom", "old Teams", "coachai", "SRT", "unnumbered", "Whisper", "faster-whisper"}


@pytest.mark.parametrize("name", [*NAMED, *NAMELESS, "WhisperX"])
def test_each_format_is_told_by_what_is_in_it_and_read_whole(name: str) -> None:
    found = parse_cues(WRITERS[name](LESSON))
    told = {**NAMED, **NAMELESS, "WhisperX": (as_whisperx, "WhisperX JSON")}[name][1]
    assert found.format == told
    assert [cue.text for cue in found.cues] == [text for *_, text in LESSON]
    first = found.cues[0].start if name == "saved by Zoom" else 0.0
    late = LESSON[0][0] if name == "saved by Zoom" else 0.0
    assert [cue.start - first for cue in found.cues] == pytest.approx([a - late for a, *_ in LESSON])
    if name in EXACT:
        assert [cue.end for cue in found.cues] == [b for _, b, *_ in LESSON]
    assert [each for each in found.rejects if each.timed] == []
    accounted(found)


@pytest.mark.parametrize("name", NAMED)
def test_names_are_kept_apart_from_the_words(name: str) -> None:
    found = parse_cues(WRITERS[name](LESSON))
    assert found.named
    assert [cue.speaker for cue in found.cues] == [who for _, _, who, _ in LESSON]
    assert found.unnamed().speakers == ("Person 1", "Person 2", "Person 3")


def test_voices_told_apart_by_a_program_are_no_names() -> None:
    found = parse_cues(as_whisperx(LESSON))
    assert found.speakers == ("SPEAKER_00", "SPEAKER_01", "SPEAKER_02")
    assert not found.named
    assert found.unnamed().speakers == ("Voice 1", "Voice 2", "Voice 3")


@pytest.mark.parametrize("name", ["WhisperX", "faster-whisper", "coachai"])
def test_words_bring_their_times_and_probabilities(name: str) -> None:
    cue = parse_cues(WRITERS[name](LESSON)).cues[1]
    assert [word.text for word in cue.words] == ["w1", "a", "lot", "of", "ice."]
    assert [word.start for word in cue.words] == pytest.approx([4.0, 4.3, 4.6, 4.9, 5.2])
    assert [word.probability for word in cue.words] == pytest.approx([0.5, 0.51, 0.52, 0.53, 0.54])


def test_words_without_times_get_their_share_and_odd_ones_are_put_right() -> None:
    words = [
        {"word": "there"},
        {"word": "are", "start": 11.0, "end": 11.5, "score": 7},
        {"word": "42"},
        {"word": "of", "start": 13.0, "end": 12.0},
        {"word": "them.", "start": 13.0, "end": 99.0, "score": 0.25},
    ]
    entry = {"start": 10.0, "end": 14.0, "text": "there are 42 of them.", "words": words}
    found = parse_cues(json.dumps([entry])).cues[0].words
    assert [(word.start, word.end) for word in found] == [
        (10.0, 11.0),
        (11.0, 11.5),
        (11.5, 12.25),
        (12.25, 13.0),
        (13.0, 14.0),
    ]
    assert [word.probability for word in found] == [1.0, 1.0, 1.0, 1.0, 0.25]


@pytest.mark.parametrize("words", ["x", [1], [{}], [{"word": "other"}], [{"word": 3}], {}, [None], []])
def test_words_that_are_not_those_of_the_text_are_left_alone(words: object) -> None:
    cue = parse_cues(json.dumps([{"start": 1, "end": 2, "text": "a b", "words": words}])).cues[0]
    assert (cue.text, cue.words) == ("a b", ())


def test_text_lasts_until_the_next_time_but_no_longer_than_it_takes_to_say() -> None:
    found = parse_cues("Ana  0:03\none two three\n\nBen  0:10\nfour\n\nAna  0:11\nfive\n")
    assert [(cue.start, cue.end) for cue in found.cues] == [
        (3.0, 7.0),
        (10.0, 11.0),
        (11.0, pytest.approx(13.667, abs=0.001)),
    ]


def test_names_only_where_the_speaker_changes_are_names_too() -> None:
    said = [">> ANA LOPEZ: One.", "two", "three", ">> BEN KIM: Four.", "five", ">> ANA LOPEZ: Six.", "seven"]
    said += ["eight: or nine", ">> BEN KIM: Ten.", "eleven"]
    found = parse_cues(as_unnumbered([(float(k), k + 0.9, "", text) for k, text in enumerate(said)]))
    assert [cue.speaker for cue in found.cues] == [
        *["ANA LOPEZ"] * 3,
        *["BEN KIM"] * 2,
        *["ANA LOPEZ"] * 3,
        *["BEN KIM"] * 2,
    ]
    assert found.cues[7].text == "eight: or nine"
    assert not any("LOPEZ" in cue.text or "KIM" in cue.text for cue in found.cues)


def test_questions_and_answers_are_no_speakers() -> None:
    said = [
        "Question: one.",
        "two",
        "Answer: three.",
        "four",
        "Question: five.",
        "six",
        "Answer: seven.",
        "x",
    ]
    found = parse_cues(as_unnumbered([(float(k), k + 0.9, "", text) for k, text in enumerate(said)]))
    assert [cue.text for cue in found.cues] == said
    assert not found.speakers


def test_what_a_service_adds_is_listed_and_not_read() -> None:
    text = (
        "Ice\n\nAna started transcription\n\n"
        + as_otter(LESSON)
        + "\nBen Kim stopped transcription\n\nTranscribed by https://otter.ai\n"
    )
    found = parse_cues(text)
    assert not any("transcription" in cue.text or "otter" in cue.text for cue in found.cues)
    assert [each.line for each in found.rejects] == [1, 3, 23, 25]


def test_a_time_in_a_sentence_is_no_line_of_times() -> None:
    text = as_otter([(1.0, 2.0, "Ana Lopez", "it rings at 10:30\n12:30"), *LESSON[1:]])
    found = parse_cues(text)
    assert found.cues[0].text == "it rings at 10:30 12:30"
    srt = parse_cues("1\n00:00:01,000 --> 00:00:02,000\n3:15\n")
    assert [cue.text for cue in srt.cues] == ["3:15"]


ROLLING = (
    "WEBVTT\nKind: captions\nLanguage: en\n\n"
    "00:00:00.160 --> 00:00:02.389 align:start position:0%\n \nso<00:00:00.400><c> the</c><c> way</c>\n\n"
    "00:00:02.389 --> 00:00:02.399 align:start position:0%\nso the way\n \n\n"
    "00:00:02.399 --> 00:00:04.100 align:start position:0%\nso the way\nwe<00:00:02.600><c> need</c>\n\n"
    "00:00:04.100 --> 00:00:04.110 align:start position:0%\nwe need\n \n\n"
    "00:00:04.110 --> 00:00:06.000 align:start position:0%\nwe need\nto<00:00:04.300><c> divide</c>\n\n"
)


def test_rolling_captions_with_the_times_of_words_say_each_once_and_nothing_is_lost() -> None:
    found = parse_cues(ROLLING)
    assert [(cue.start, cue.text) for cue in found.cues] == [
        (0.16, "so the way"),
        (2.399, "we need"),
        (4.11, "to divide"),
    ]
    assert found.merged == (9, 17)
    accounted(found)


def test_text_behind_an_empty_line_still_belongs_to_an_srt_cue() -> None:
    found = parse_cues(
        "1\n00:00:01,000 --> 00:00:02,000\nOne.\n\nTwo.\n\n2\n00:00:03,000 --> 00:00:04,000\nX\n"
    )
    assert [cue.text for cue in found.cues] == ["One. Two.", "X"]
    assert found.rejects == ()


REJECTED = {
    "00:00:05.000 --> 00:00:05.000": "its end is not after its start",
    "00:00:06.000 --> 00:00:05.000": "its end is not after its start",
    "00:00:61.000 --> 00:01:02.000": "its minutes or seconds are more than 59",
    "-00:00:01.000 --> 00:00:05.000": "it starts before zero",
    "00:00:05.000 -> 00:00:06.000": "there is no --> between its times",
    "00:00:0a.000 --> 00:00:06.000": "its times cannot be read",
}


@pytest.mark.parametrize("times", REJECTED)
@pytest.mark.parametrize("writer", [as_webvtt, as_srt])
def test_an_unusable_line_is_listed_with_its_reason(times: str, writer: object) -> None:
    text = writer(LESSON[:1]) + f"\n7\n{times}\nlost\n\n{stamp(20)} --> {stamp(21)}\n\n"  # type: ignore[operator]
    found = parse_cues(text)
    at = text.split("\n").index(times) + 1
    assert [(each.line, each.reason) for each in found.rejects] == [
        (at, REJECTED[times]),
        (at + 3, "it has no text"),
    ]
    assert found.timed == 3


def test_entries_of_json_that_cannot_be_used_are_listed_by_number() -> None:
    good = {"start": 1, "end": 2, "text": "yes"}
    bad = [
        3,
        None,
        {},
        {"start": 1, "end": 2},
        {"start": "1", "end": 2, "text": "x"},
        {"start": True, "end": 2, "text": "x"},
        {"start": -1, "end": 2, "text": "x"},
        {"start": 3, "end": 2, "text": "x"},
        {"start": math.nan, "end": 2, "text": "x"},
        {"start": 0, "end": math.inf, "text": "x"},
        {"start": 0, "end": 10**300, "text": "x"},
        {"start": 0, "end": 1, "text": " ♪ "},
        {"start": 0, "end": 1, "text": 5},
    ]
    found = parse_cues(json.dumps({"segments": [*bad, good]}))
    assert [cue.text for cue in found.cues] == ["yes"]
    assert [each.line for each in found.rejects] == list(range(1, len(bad) + 1))
    assert found.unit == "entry"
    accounted(found)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"segments": [{"start": 0,', "breaks off"),
        ("[" * 10_000 + "]" * 10_000, "nested too deeply"),
        ('{"a":' * 10_000, "nested too deeply"),
        ('{"segments": [], "segments": []}', "twice (segments)"),
        ('{"segments": [{"start": 1, "start": 2}]}', "twice (start)"),
        ('{"segments": [{"start": ' + "9" * 5000 + "}]}", "far too long"),
        ('{"segments": [{"start": NaN, "end": 1, "text": "x"}]}', "times cannot be read"),
        ('{"segments": [{"start": 0, "end": 1e400, "text": "x"}]}', "times cannot be read"),
        ('{"segments": [{"start": 0, "end": -Infinity, "text": "x"}]}', "times cannot be read"),
        ('{"segments": []}', "list of entries is empty"),
        ('{"segments": {}}', "not a transcript we know"),
        ('{"kind": "transcript", "utterances": 3}', "not a transcript we know"),
        ("{}", "not a transcript we know"),
        ("[]", "not a transcript we know"),
        ("[[1, 2]]", "not a transcript we know"),
        ('{"text": "only text"}', "not a transcript we know"),
    ],
)
def test_json_that_is_no_transcript_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(InputRefused) as refused:
        parse_cues(text, "lesson.json")
    assert says in refused.value.message
    assert "lesson.json" in refused.value.message
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
)
def test_every_encoding_of_every_format(name: str, encoding: str, tmp_path: Path) -> None:
    rows = [(a, b, who, text.replace("water", "café")) for a, b, who, text in LESSON]
    path = tmp_path / "a.txt"
    text = WRITERS[name](rows)
    path.write_bytes(text.encode(encoding))
    assert read_cues(path).cues == parse_cues(text).cues


def test_a_damaged_letter_spoils_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(
        "1\n00:00:01,000 --> 00:00:02,000\nétait né à Orléans\n".encode().replace(b"t\xc3\xa9", b"t\xc3")
    )
    path.write_bytes("1\n00:00:01,000 --> 00:00:02,000\nné à Orléans, où\n".encode() + b"\xc3")
    found = read_cues(path)
    assert found.cues[0].text == "né à Orléans, où \ufffd"
    assert found.encoding == "UTF-8, damaged"


@pytest.mark.parametrize("raw", [b"PK\x03\x04rest", b"%PDF-1.7", b"{\\rtf1 x}", bytes(range(1, 32)) * 9])
def test_what_is_no_text_is_refused(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "transcript.docx"
    path.write_bytes(raw)
    with pytest.raises(InputRefused) as refused:
        read_cues(path)
    assert refused.value.code == "CAPTIONS_NOT_TEXT"


def test_a_file_of_a_hundred_megabytes_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(100_000_000)

    def refused() -> None:
        with pytest.raises(InputRefused, match="too large"):
            read_cues(path)

    assert quickest(refused, 0.5) < 0.5


def outcome(text: str) -> CueFile | InputRefused:
    """The file read, or its refusal; anything else that is raised is a defect."""
    try:
        return parse_cues(text)
    except InputRefused as refused:
        return refused


MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|\{\\[^{}]*\}")


def accounted(found: CueFile, text: str | None = None) -> None:
    """The promises: nothing with a time is lost or used twice, times and order are sound, text is plain."""
    used = {cue.line for cue in found.cues}
    timed = [each.line for each in found.rejects if each.timed]
    marks = [*used, *found.merged, *timed]
    assert len(marks) == len(set(marks)) == found.timed
    assert all(each.reason for each in found.rejects)
    assert all(0 <= cue.start < cue.end < math.inf for cue in found.cues)
    assert [cue.start for cue in found.cues] == sorted(cue.start for cue in found.cues)
    for cue in found.cues:
        assert cue.text == " ".join(cue.text.split())
        assert any(map(str.isalnum, cue.text))
        assert not re.search(r"[\x00-\x1f\ud800-\udfff]", cue.text + (cue.speaker or ""))
        assert "&" in (text or "") or not MARKUP.search(cue.text)
        assert all(cue.start <= word.start <= word.end <= cue.end for word in cue.words)
        assert [word.text for word in cue.words] in ([], cue.text.split())
    if text is not None and found.unit == "line":
        lines = re.split("\r\n|\r|\n", text)
        assert {number for number, line in enumerate(lines, 1) if "-->" in line} <= set(marks)
        _every_word_is_somewhere(found, lines)


def _every_word_is_somewhere(found: CueFile, lines: list[str]) -> None:
    """Each of the lesson's marked words (w0, w1 ...) is in a cue, or under a line that is listed."""
    said = " ".join(f"{cue.text} {cue.speaker}" for cue in found.cues)
    # What is inside a tag is no text, also where the tag was left open.
    inside = " ".join(re.findall(r"<[^>]*>", "\n".join(lines)))
    rejected = {each.line for each in found.rejects}
    marks = sorted({cue.line for cue in found.cues} | set(found.merged) | rejected)
    for number, line in enumerate(lines, 1):
        for word in re.findall(r"\bw\d+\b", line):
            if word in said or word in inside:
                continue
            above = bisect_right(marks, number)
            in_header = lines[0].startswith("WEBVTT") and "" not in lines[: number - 1]
            names_next = number in [mark - 1 for mark in marks]
            comment = found.format == "WebVTT" and _is_comment(lines, number)
            settings_of = number in marks
            assert settings_of or in_header or names_next or comment or marks[above - 1] in rejected, (
                f"{word} on line {number} is lost"
            )


def _is_comment(lines: list[str], number: int) -> bool:
    first = number
    while first > 1 and lines[first - 2]:
        first -= 1
    return lines[first - 1].startswith(("NOTE", "STYLE", "REGION"))


PIECES = [
    *(
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        " ",
        "\t",
        "-->",
        " --> ",
        "->",
        ":",
        ".",
        ",",
        "0",
        "59",
        "60",
        "99:",
        "-",
    ),
    *(
        "<",
        ">",
        "<v Ana>",
        "</v>",
        "<b>",
        "&lt;",
        "&",
        "&#",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "{\\an8}",
        '"',
        "\\",
    ),
    *(
        "\0",
        "\u2028",
        "\ufeff",
        "\ufffd",
        "♪",
        ">>",
        "WEBVTT",
        "0:07",
        "NaN",
        "1e400",
        "null",
        "true",
        "9" * 40,
    ),
    *("00:00:07.000 --> 00:00:08.000", "Ana Lopez  0:07", "Ana: ", '{"start": 1}', "\ud800", "é", "٣"),
]


def damaged(text: str, chance: random.Random) -> str:
    """The text after a few accidents: letters lost, doubled or changed, lines moved, ends cut off."""
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(text) + 1)
        kind = chance.randrange(8)
        if kind == 0:
            text = text[:at] + text[at + 1 :]
        elif kind == 1:
            text = text[:at] + chance.choice(PIECES) + text[at:]
        elif kind == 2:
            text = text[:at] + chance.choice(PIECES) + text[at + 1 :]
        elif kind == 3:
            text = text[:at] + text[at + chance.randint(1, 60) :]
        elif kind == 4 and chance.random() < 0.3:
            text = text[:at]
        else:
            lines = text.split("\n")
            first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
            if kind == 5:
                lines[first], lines[second] = lines[second], lines[first]
            elif kind == 6:
                lines.insert(first, lines[second])
            else:
                del lines[first]
            text = "\n".join(lines)
    return text


def survives(seed: int) -> str:
    """Damage one lesson in one format; what became of it: `read` or the code of the refusal."""
    chance = random.Random(seed)
    name = chance.choice(sorted(WRITERS))
    text = ROLLING if chance.random() < 0.05 else WRITERS[name](LESSON)
    text = damaged(text, chance)
    found = outcome(text)
    if isinstance(found, InputRefused):
        assert found.message.endswith((".", "?"))
        return found.code
    accounted(found, text)
    return "read"


@settings(max_examples=1_000)
@given(st.integers(0, 2**48))
def test_a_damaged_file_is_read_with_every_line_accounted_for_or_refused(seed: int) -> None:
    survives(seed)


@pytest.mark.slow
def test_twenty_thousand_damaged_files_lose_nothing_silently() -> None:
    told = [survives(seed) for seed in range(20_000)]
    assert told.count("read") > 14_000
    assert len(set(told)) > 4


NUMBERS = st.one_of(st.integers(), st.floats(), st.booleans(), st.none(), st.text(max_size=3))
WORD = st.fixed_dictionaries({}, optional={"word": st.text(max_size=5), "start": NUMBERS, "end": NUMBERS})
ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "start": st.floats(-2, 9) | NUMBERS,
        "end": st.floats(-2, 9) | NUMBERS,
        "text": st.text(max_size=12) | st.just("a b") | NUMBERS,
        "speaker": st.text(max_size=8) | NUMBERS,
        "words": st.lists(WORD | NUMBERS, max_size=3)
        | st.just([{"word": "a"}, {"word": "b", "end": 3}])
        | NUMBERS,
    },
)


@settings(max_examples=300)
@given(st.lists(ENTRY | NUMBERS, max_size=5), st.booleans())
def test_any_json_is_read_with_every_entry_accounted_for_or_refused(
    entries: list[object], bare: bool
) -> None:
    text = json.dumps(entries if bare else {"segments": entries})
    found = outcome(text)
    if isinstance(found, CueFile):
        accounted(found)
        assert found.timed == len(entries)
    else:
        assert found.message.endswith((".", "?"))


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "a.vtt"
    for head in (b"", b"WEBVTT\n\n00:01.000 --> 00:02.000\nw0 "):
        path.write_bytes(head + raw)
        try:
            found = read_cues(path)
        except InputRefused:
            continue
        accounted(found)


SPEECH = tuple(Span(start=a, end=b) for a, b, *_ in LESSON)


def quiet(_: float) -> None:
    """Progress nobody watches."""


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 80), st.floats(0.1, 5), st.booleans()), min_size=1, max_size=25),
    st.sampled_from([as_webvtt, as_srt, as_faster_whisper, as_whisperx]),
)
def test_every_cue_is_laid_on_the_sound_or_listed(
    cues: list[tuple[float, float, bool]], writer: object
) -> None:
    rows = [
        (round(start, 3), round(start + length, 3), "Ana" if who else "Ben", f"word{k} and{k} so{k} on{k}.")
        for k, (start, length, who) in enumerate(cues)
    ]
    found = parse_cues(writer(rows))  # type: ignore[operator]
    laid = lay_cues(found, SPEECH, 20.0, quiet)
    said = {word.text for line in laid.lines for word in line.words}
    left = {each.line for each in laid.left_out}
    assert len(left) == len(laid.left_out)
    for cue in found.cues:
        assert bool(said & set(cue.text.split())) == (cue.line not in left)
    assert all(0 <= line.start <= line.end <= 20.0 for line in laid.lines)


def hear(text: str, tmp_path: Path, seconds: float = 20.0):
    path = tmp_path / "lesson.txt"
    path.write_text(text, encoding="utf-8")
    audio = Audio.from_array(np.zeros(round(seconds * 16000)), tmp_path / "sound")
    return Captions(path).transcribe(audio, SPEECH, quiet)


def test_cues_past_the_end_and_where_nobody_speaks_are_told_with_their_lines(tmp_path: Path) -> None:
    rows = [*LESSON, (21.0, 22.0, "Ben Kim", "past the end."), (19.3, 19.9, "Ben Kim", "in silence.")]
    heard = hear(as_srt(rows), tmp_path)
    assert f"1 caption was left out: {AFTER_END} (line 26)" in heard.note
    assert f"1 caption was left out: {UNHEARD} (line 30)" in heard.note
    assert heard.dismissed == (Span(start=19.3, end=19.9),)
    assert heard.dropped == 5


def test_word_times_are_kept_where_they_lie_in_speech(tmp_path: Path) -> None:
    heard = hear(as_whisperx(LESSON), tmp_path)
    words = [word for line in heard.lines for word in line.words]
    assert " ".join(word.text for word in words) == " ".join(text for *_, text in LESSON)
    assert words[1].start == pytest.approx(1.0 + 2.5 / 6)
    assert words[1].probability == pytest.approx(0.51)
    assert [line.speaker for line in heard.lines] == [f"SPEAKER_0{number}" for number in (0, 1, 0, 2, 0, 1)]
    assert not heard.names


@pytest.mark.parametrize("writer", [as_webvtt, as_srt, as_zoom])
def test_two_hundred_thousand_cues_are_read_in_seconds(writer: object) -> None:
    rows = [(k, k + 0.9, f"Ana {k % 9}", f"some words {k}") for k in range(20_000)]
    text = writer(rows)  # type: ignore[operator]
    assert len(parse_cues(text).cues) == 20_000
    # A tenth of the 200,000, so that the suite stays quick; six times as long as it should take.
    assert quickest(lambda: parse_cues(text), 1.8) < 1.8


@pytest.mark.parametrize(
    "unit",
    [
        "\n",
        "9",
        "<",
        "-->",
        "-->\n",
        "<a",
        "&",
        "&#1",
        " ",
        "{\\",
        "(",
        "[",
        "a: ",
        "<v ",
        "0:03\n",
        "- ",
        "\0",
        "[[",
    ],
)
@pytest.mark.parametrize("head", ["", "WEBVTT\n\n00:01.000 --> 00:02.000\n", "0:03 Ana\n"])
def test_a_quarter_megabyte_of_anything_costs_no_time(unit: str, head: str) -> None:
    text = head + unit * (250_000 // len(unit))
    assert quickest(lambda: outcome(text), 2.0) < 2.0


@pytest.mark.slow
def test_a_megabyte_of_anything_and_two_hundred_thousand_cues_take_seconds() -> None:
    # They take one and three on a processor to itself; a second process on the same core doubles that.
    for unit in ("\n", "7", "<", "-->", "<a", "&", " ", "{\\", "(", "<v "):
        text = "WEBVTT\n\n00:01.000 --> 00:02.000\n" + unit * (1_000_000 // len(unit))
        assert quickest(lambda text=text: outcome(text), 2.0) < 2.0, unit
    rows = [(k, k + 0.9, "Ana", f"some words {k}") for k in range(200_000)]
    for writer in (as_webvtt, as_unnumbered):
        text = writer(rows)
        assert len(parse_cues(text).cues) == 200_000
        assert quickest(lambda text=text: parse_cues(text), 6.0) < 6.0
