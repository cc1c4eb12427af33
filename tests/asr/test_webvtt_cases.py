"""WebVTT as the standard reads it: the cases of the W3C's parser tests, restated as little files.

The outside oracle is the standard's parsing sections (W3C WebVTT, 2019, 6.1 to 6.4) and what the browsers'
shared tests of them expect. `DIFFERENT` holds the cases in which we differ on purpose, with the reason.
Everywhere, what the standard drops without a word is listed here.
"""

from __future__ import annotations

import pytest

from coachai.asr.cues import CueFile, parse_cues
from coachai.errors import InputRefused

T = "00:00:00.000 --> 00:00:01.000"
T1 = "00:00:01.000 --> 00:00:02.000"


def read(text: str) -> CueFile | None:
    """The file read; None where it is refused whole."""
    try:
        return parse_cues(text)
    except InputRefused:
        return None


def texts(text: str) -> list[str]:
    found = read(text)
    return [cue.text for cue in found.cues] if found else []


def lines_rejected(text: str) -> list[int]:
    found = read(text)
    return [each.line for each in found.rejects] if found else []


STRUCTURE = {
    "the signature alone": ("WEBVTT\n\n{T}\na", ["a"]),
    "a blank and a title after it": ("WEBVTT a title\n\n{T}\na", ["a"]),
    "a tab after it": ("WEBVTT\ttitle\n\n{T}\na", ["a"]),
    "a byte order mark before it": ("\ufeffWEBVTT\n\n{T}\na", ["a"]),
    "times right below the signature": ("WEBVTT\n{T}\na", ["a"]),
    "header lines": ("WEBVTT\nKind: captions\nLanguage: en\n\n{T}\na", ["a"]),
    "a region and a style": (
        "WEBVTT\n\nREGION\nid:fred\nwidth:40%\n\nSTYLE\n::cue(b) {{ color: red }}\n\n{T}\na",
        ["a"],
    ),
    "an old region header": ("WEBVTT\nRegion: id=fred width=40%\n\n{T} region:fred\na", ["a"]),
    "a timestamp map": ("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n{T}\na", ["a"]),
    "a comment of several lines": ("WEBVTT\n\nNOTE one\ntwo\n\n{T}\na", ["a"]),
    "a comment between cues": ("WEBVTT\n\n{T}\na\n\nNOTE\nb\n\n{T1}\nc", ["a", "c"]),
    "a comment's word as a cue's name": ("WEBVTT\n\nNOTE x\n{T}\na", ["a"]),
    "names of cues, with blanks and broken arrows": (
        "WEBVTT\n\n leading\n{T}\na\n\n-- >\n{T1}\nb\n\n->\n{T1}\nc\n\n \n{T1}\nd",
        ["a", "b", "c", "d"],
    ),
    "many empty lines": ("WEBVTT\n\n\n\n\n{T}\na\n\n\n\n\n{T1}\nb\n\n\n", ["a", "b"]),
    "no empty line between cues": ("WEBVTT\n\n{T}\na\n{T1}\nb", ["a", "b"]),
    "no line break at the end": ("WEBVTT\n\n{T}\na", ["a"]),
    "an empty cue, then one": ("WEBVTT\n\n{T}\n\n{T1}\nb", ["b"]),
    "the end of the file after times": ("WEBVTT\n\n{T}\na\n\n{T1}", ["a"]),
    "a line of blanks belongs to the text": ("WEBVTT\n\n{T}\na\n \nb", ["a b"]),
    "settings of every kind": (
        "WEBVTT\n\n{T} align:start line:0 position:50%,line-left size:33% vertical:rl region:x junk\na",
        ["a"],
    ),
    "settings without a blank before them": ("WEBVTT\n\n{T}align:start\na", ["a"]),
}


@pytest.mark.parametrize("name", STRUCTURE)
def test_the_structure_of_a_file(name: str) -> None:
    text, expected = STRUCTURE[name]
    assert texts(text.format(T=T, T1=T1)) == expected


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending(ending: str) -> None:
    assert texts(f"WEBVTT\n\n{T}\na\nb\n\n{T1}\nc\n".replace("\n", ending)) == ["a b", "c"]


def test_a_line_feed_of_unicode_ends_no_line() -> None:
    assert texts(f"WEBVTT\n\n{T}\na\u2028b\u0085c\u2029d\n") == ["a b c d"]


@pytest.mark.parametrize("blank", [" ", "   ", "\t", "\f", ""])
def test_blanks_around_the_arrow(blank: str) -> None:
    assert texts(f"WEBVTT\n\n{blank}00:00:00.000{blank}-->{blank}00:00:01.000{blank}\na") == ["a"]


def test_arrows_begin_cues_wherever_they_stand() -> None:
    text = "WEBVTT\n\n"
    for number, odd in enumerate(["-->", "foo-->", "-->foo", "--->", "-->-->"], start=1):
        text += f"{odd}\n{T}\ntext{number}\n"
    text += f"{T}\ntext6\n\n00:00:00.000 -a -->\n\n00:00:00.000 --a -->\n\n00:00:00.000 - -->\n"
    assert texts(text) == [f"text{number}" for number in range(1, 7)]
    assert lines_rejected(text) == [3, 6, 9, 12, 15, 21, 23, 25]


TIMES = {
    "no hours": ("00:00.000 --> 00:01.000", (0.0, 1.0)),
    "hours on one side": ("00:00.000 --> 00:00:01.000", (0.0, 1.0)),
    "hours on the other": ("00:00:00.000 --> 00:01.000", (0.0, 1.0)),
    "three digits of hours": ("000:00:00.000 --> 000:00:01.000", (0.0, 1.0)),
    "one digit of hours": ("0:00:00.000 --> 0:00:01.000", (0.0, 1.0)),
    "many hours": ("99:59:58.999 --> 99:59:59.999", (359998.999, 359999.999)),
    "milliseconds": ("00:00.001 --> 59:59.999", (0.001, 3599.999)),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_that_are_times(name: str) -> None:
    line, expected = TIMES[name]
    found = parse_cues(f"WEBVTT\n\n{line}\na")
    assert (found.cues[0].start, found.cues[0].end) == pytest.approx(expected, abs=1e-9)


NO_TIMES = (
    "00:00:60.000 --> 00:01:01.000",
    "00:60:00.000 --> 01:01:00.000",
    "00:60.000 --> 01:01.000",
    "00:00:00.000 --> 00:00:60.000",
    "-00:00:00.000 --> 00:00:01.000",
    "00:-1:00.000 --> 00:00:01.000",
    "00:00:-1.000 --> 00:00:01.000",
    "00:00:00.-001 --> 00:00:01.000",
    "00::00:00.000 --> 00:00:01.000",
    "00:000:00.000 --> 00:00:01.000",
    "00:00::00.000 --> 00:00:01.000",
    "00:00:000.000 --> 00:00:01.000",
    "00:00:00..000 --> 00:00:01.000",
    "00:00:00.0000 --> 00:00:01.000",
    "00:00:00.000 --> 00:00:01.0000",
    "000:00.000 --> 00:01.000",
    "00:000.000 --> 00:01.000",
    "00:00.000 --> 000:01.000",
    "00 --> 00:01.000",
    "00:00 --> 00:01",
    "00.000 --> 01.000",
    ":00.000 --> 00:01.000",
    "x00:00:00.000 --> 00:00:01.000",
    "00x:00:00.000 --> 00:00:01.000",
    "00:00:00.000x --> 00:00:01.000",
    "00:00:00.000 x--> 00:00:01.000",
    "00:00:00.000 -->x 00:00:01.000",
    "00:00:00.000 --> x00:00:01.000",
    "00:00:00.000 -->",
    "--> 00:00:01.000",
    "00:00:00.000 00:00:01.000",
    "00:00:00.000 -> 00:00:01.000",
    "00:00:00.000 — 00:00:01.000",
    "٠٠:٠٠:٠٠.٠٠٠ --> 00:00:01.000",
)


@pytest.mark.parametrize("line", NO_TIMES)
def test_times_that_are_none_make_no_cue_and_are_listed(line: str) -> None:
    text = f"WEBVTT\n\n{line}\ninvalid\n\n{T}\nvalid"
    assert texts(text) == ["valid"]
    assert lines_rejected(text) == [3]


CUE_TEXT = {
    "a<c.d e>b</c>d": "abd",
    "<c>test": "test",
    "a<i.d e>b</i>c": "abc",
    "a<b.d e>b</b>c": "abc",
    "a<u.d e>b</u>c": "abc",
    "a<ruby.f g>b<rt.h j>c</rt>d</ruby>e": "abcde",
    "a<lang.d en-GB>b</lang>c": "abc",
    "<v>test": "test",
    "<v a b>test": "test",
    "<v.a.b>test": "test",
    "<c></>x": "x",
    "a<00:00:00.500>b<00:00.600>c": "abc",
    "<unknown>test</unknown>": "test",
    "<script>alert(1)</script>": "alert(1)",
    '<img src="x" onerror="alert(1)">test': "test",
    "x&amp;y": "x&y",
    "x&ampy": "x&y",
    "x&lt;y&gt;z": "x<y>z",
    "a &quot;b&quot;": 'a "b"',
    "a&nbsp;b": "a b",
    "a&lrm;b&rlm;c": "abc",
    "&copy; a": "© a",
    "a && b &1; &;": "a && b &1; &;",
    "a&#32;b&#x20;c": "a b c",
    "a&notin;b": "a∉b",
    "&lt;b&gt; is a tag": "<b> is a tag",
}


@pytest.mark.parametrize("written", CUE_TEXT)
def test_the_text_of_a_cue(written: str) -> None:
    assert texts(f"WEBVTT\n\n{T}\n{written}") == [CUE_TEXT[written]]


@pytest.mark.parametrize(
    ("written", "speaker"),
    [
        ("<v Ana>x", "Ana"),
        ("<v.loud.far Ana  Lopez >x</v>", "Ana Lopez"),
        ("<v\tAna>x", "Ana"),
        ("<V Ana>x", "Ana"),
        ("<v R&amp;D>x", "R&D"),
        ("<v\nAna>x", "Ana"),
        ("<v>x", None),
        ("<v.a>x", None),
    ],
)
def test_the_name_in_a_voice_tag(written: str, speaker: str | None) -> None:
    assert [(cue.speaker, cue.text) for cue in parse_cues(f"WEBVTT\n\n{T}\n{written}").cues] == [
        (speaker, "x")
    ]


def test_nothing_in_it_is_a_null_character() -> None:
    assert texts(f"WEBVTT\0 x\n\n\0name\n{T}\na\0b\n") == ["a\ufffdb"]


DIFFERENT = {
    "a file without the signature is read, for SRT is": (f"{T}\na", ["a"]),
    "so is one whose signature is not quite right": (f"WEBVTTx\n\n{T}\na", ["a"]),
    "and one in small letters": (f"webvtt\n\n{T}\na", ["a"]),
    "a comma in the times is read, for converters leave it": (
        "WEBVTT\n\n00:00:00,000 --> 00:00:01,000\na",
        ["a"],
    ),
    "fewer digits are read, for their meaning is plain": ("WEBVTT\n\n0:0:0.0 --> 0:0:1.5\na", ["a"]),
    "an end that is not after the start shows nothing, so it is listed": (
        f"WEBVTT\n\n00:00:01.000 --> 00:00:01.000\na\n\n{T1}\nb",
        ["b"],
    ),
    "a sign that no > follows stays, for people write 2 < 3": (f"WEBVTT\n\n{T}\n2 < 3 <b", ["2 < 3 <b"]),
    "a number right above the next times is its number": (f"WEBVTT\n\n{T}\na\n2\n{T1}\nb", ["a", "b"]),
    "what describes a sound is no word": (f"WEBVTT\n\n{T}\n[door] a ♪", ["a"]),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_where_we_differ(name: str) -> None:
    text, expected = DIFFERENT[name]
    assert texts(text) == expected
