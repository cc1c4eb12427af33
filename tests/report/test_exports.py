"""Every export is read back equal by somebody else's reader: times to the millisecond, voices and words."""

from __future__ import annotations

import csv
import dataclasses
import html
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import parselmouth
import pympi
import pytest
import srt
import webvtt
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from parselmouth.praat import call
from simpleder.rttm import load_rttm

from coachai.records import Report, Transcript, Utterance
from coachai.report.exports import FORMATS
from coachai.timeline import merged
from tests.report.made_up import made_up_report
from tests.timeline import lesson

Said = tuple[int, int, str, str]
"""Start and end in milliseconds, voice, text."""

NO_WORDS = "(speech, words not made out)"

anything = st.text(st.characters(exclude_categories=()), max_size=20) | st.sampled_from(
    [
        "a --> b",
        "00:00:01.000 --> 00:00:02.000",
        "one\n\n2\n00:00:05,000 --> 00:00:06,000\ntwo",
        "<script>alert(1)</script>",
        "</v><v Boss>& &amp; &lt;b&gt; &#0;",
        '"quoted" and ""twice""',
        'item [1]:\n intervals [2]:\n text = "no"',
        "{\\an8}<i>3 < 5 > 2</i>",
        "]]><!--",
        "=1+1",
        "x;=1+1",
        "'=1",
        "\u202eright to left\u202c \u05d0\u05d1",
        "\U0001f9ca ice \u200b\ufeff",
        "\ud83d lone \ude00",
        "\x00\x01\x1b[31m\x85\u2028\u2029",
        "NOTE",
        "WEBVTT",
        " ",
        "",
    ]
)
moments_in_time = st.floats(min_value=0, max_value=20_000, allow_nan=False)


@st.composite
def utterances(draw: st.DrawFn) -> Utterance:
    start = draw(moments_in_time)
    length = draw(st.sampled_from([0.0, 0.0004, 0.001, 0.5, 3.2]) | st.floats(0, 30, allow_nan=False))
    return Utterance(
        start=start,
        end=start + length,
        speaker=draw(st.sampled_from(["Teacher", "Student 1", "Student_1", "Student 1 (2)"]) | anything),
        role=draw(st.sampled_from(["teacher", "student", "unknown"])),
        role_confidence=1.0,
        text=draw(anything),
    )


def with_utterances(said: list[Utterance]) -> Transcript:
    drawn = lesson("")
    return dataclasses.replace(
        drawn, utterances=tuple(said), duration=max((each.end for each in said), default=0.0)
    )


transcripts = st.lists(utterances(), max_size=8).map(with_utterances)


def plain(text: str) -> str:
    """What any of these formats can hold of a text: one line, no controls, no half characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    shown = (
        " " if each.isspace() else "\ufffd" if unicodedata.category(each) == "Cc" else each for each in whole
    )
    shown = (
        "\ufffd" if ord(each) & 0xFFFE == 0xFFFE or "\ufdd0" <= each <= "\ufdef" else each for each in shown
    )
    return re.sub(" +", " ", "".join(shown)).strip(" ")


def voice(utterance: Utterance) -> str:
    roles = {"teacher": "Teacher", "student": "Student", "unknown": "Unsure who"}
    return plain(utterance.speaker) or roles[utterance.role]


def said_in(transcript: Transcript, *, wordless: bool) -> Counter[Said]:
    """What a reader should find, in milliseconds; what is shorter lasts one."""
    return Counter(
        (
            round(each.start * 1000),
            max(round(each.end * 1000), round(each.start * 1000) + 1),
            voice(each),
            text,
        )
        for each in transcript.utterances
        if (text := plain(each.text)) or wordless
    )


def milliseconds(clock: str) -> int:
    hours, minutes, seconds, part = map(int, re.split("[:.,]", clock))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + part


def read_vtt(text: str) -> list[Said]:
    return [
        (
            milliseconds(each.start),
            milliseconds(each.end),
            html.unescape(each.voice or "").strip(" "),
            html.unescape(each.text),
        )
        for each in webvtt.from_string(text, strict=True)
    ]


def read_srt(text: str) -> list[tuple[int, int, str]]:
    return [
        (round(each.start.total_seconds() * 1000), round(each.end.total_seconds() * 1000), each.content)
        for each in srt.parse(text)
    ]


def read_csv(text: str) -> list[dict[str, str]]:
    """The rows, apostrophes before formula signs taken away again as the documents say."""
    read = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    sign = re.compile("(^|;)([\\s\u200b-\u200f\u2028-\u202f\u2060-\u2069\ufeff\"]*)'('*)(?=[=+\\-@＝＋－＠])")
    return [{name: sign.sub(r"\1\2\3", each) for name, each in row.items()} for row in read]


def read_eaf(text: str) -> dict[str, tuple[str, list[tuple[int, int, str]]]]:
    """Tiers by name: whose they are, and their annotations."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.eaf"
        path.write_text(text, encoding="utf-8")
        document = pympi.Eaf(str(path))
    return {
        name: (
            document.get_parameters_for_tier(name).get("PARTICIPANT", ""),
            [each[:3] for each in document.get_annotation_data_for_tier(name)],
        )
        for name in document.get_tier_names()
    }


def read_textgrid(text: str) -> dict[str, list[tuple[int, int, str]]]:
    """Tiers by name, pauses too: read by Praat itself."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.TextGrid"
        path.write_text(text, encoding="utf-8")
        grid = parselmouth.read(str(path))
    tiers = {}
    for tier in range(1, call(grid, "Get number of tiers") + 1):
        assert call(grid, "Is interval tier", tier)
        tiers[call(grid, "Get tier name", tier)] = [
            (
                round(call(grid, "Get start time of interval", tier, number) * 1000),
                round(call(grid, "Get end time of interval", tier, number) * 1000),
                call(grid, "Get label of interval", tier, number),
            )
            for number in range(1, call(grid, "Get number of intervals", tier) + 1)
        ]
    return tiers


def of_one_voice(name: str, transcript: Transcript) -> str:
    """The voice whose tier that is: its name, or its name with a number where it talks over itself."""
    voices = {voice(each) for each in transcript.utterances}
    while name not in voices:
        name, found = re.subn(r" \(\d+\)$", "", name)
        assert found, name
    return name


any_transcript = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@any_transcript
@given(transcripts)
@example(lesson(""))
def test_webvtt_reads_back_equal(transcript: Transcript) -> None:
    found = read_vtt(FORMATS["vtt"].write(transcript))
    assert Counter(found) == said_in(transcript, wordless=False)
    assert [each[0] for each in found] == sorted(each[0] for each in found), "WebVTT wants cues in order"


@any_transcript
@given(transcripts)
@example(lesson(""))
def test_subrip_reads_back_equal_but_for_what_would_be_a_tag(transcript: Transcript) -> None:
    found = read_srt(FORMATS["srt"].write(transcript))
    wanted = Counter(
        (
            start,
            end,
            re.sub("<(?=[A-Za-z/!?])", "‹", f"{who}: {text}").replace("{\\", "｛\\").replace("-->", "→"),
        )
        for start, end, who, text in said_in(transcript, wordless=False).elements()
    )
    assert Counter(found) == wanted


@any_transcript
@given(transcripts)
@example(lesson(""))
def test_the_sheet_reads_back_equal_and_runs_nothing(transcript: Transcript) -> None:
    text = FORMATS["csv"].write(transcript)
    found = Counter(
        (
            round(float(row["start"]) * 1000),
            round(float(row["end"]) * 1000),
            row["speaker"],
            row["text"],
        )
        for row in read_csv(text)
    )
    assert found == said_in(transcript, wordless=True)
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            for shown in (cell, *cell.split(";")):
                assert not re.match('[\\s\u200b\ufeff"]*[=+@＝＋－＠-]', shown), shown


@any_transcript
@given(transcripts)
@example(lesson(""))
def test_elan_reads_back_equal(transcript: Transcript) -> None:
    text = FORMATS["eaf"].write(transcript)
    tiers = read_eaf(text)
    found = Counter((start, end, who, said) for who, each in tiers.values() for start, end, said in each)
    assert found == said_in(transcript, wordless=True)
    for _, pieces in tiers.values():
        assert_apart([(start, end) for start, end, _ in pieces])
    assert_elan(text)


@any_transcript
@given(transcripts)
@example(lesson(""))
def test_praat_itself_reads_back_equal(transcript: Transcript) -> None:
    tiers = read_textgrid(FORMATS["textgrid"].write(transcript))
    found = Counter(
        (start, end, of_one_voice(name, transcript), "" if label == NO_WORDS else label)
        for name, intervals in tiers.items()
        for start, end, label in intervals
        if label
    )
    wanted = said_in(transcript, wordless=True)
    assert found == wanted
    whole = max([round(transcript.duration * 1000), 1, *(end for _, end, _, _ in wanted)])
    for intervals in tiers.values():
        assert (intervals[0][0], intervals[-1][1]) == (0, whole)
        assert all(one[1] == following[0] for one, following in pairwise(intervals))


@any_transcript
@given(transcripts)
@example(lesson(""))
def test_rttm_reads_back_equal(transcript: Transcript) -> None:
    text = FORMATS["rttm"].write(transcript)
    assert all(len(line.split(" ")) == 10 for line in text.splitlines())
    read = load_rttm(text.splitlines())
    assert set(read) <= {"lesson"}
    found: dict[str, list[tuple[int, int]]] = {}
    for who, start, end in read.get("lesson", []):
        found.setdefault(who, []).append((round(start * 1000), round(end * 1000)))
    spoken: dict[str, list[Utterance]] = {}
    for each in transcript.utterances:
        spoken.setdefault(voice(each), []).append(each)
    wanted = sorted(
        sorted(
            (round(span.start * 1000), max(round(span.end * 1000), round(span.start * 1000) + 1))
            for span in merged(each)
        )
        for each in spoken.values()
    )
    assert sorted(map(sorted, found.values())) == wanted
    for who in spoken:
        assert any(name.startswith(who.replace(" ", "_")) for name in found)


def assert_apart(spans: list[tuple[int, int]]) -> None:
    """Nothing overlaps and nothing is without length."""
    assert all(start < end for start, end in spans)
    assert all(one[1] <= following[0] for one, following in pairwise(sorted(spans)))


ELAN_PARTS = {
    "ANNOTATION_DOCUMENT": ({"AUTHOR", "DATE", "VERSION"}, {"FORMAT", "noNamespaceSchemaLocation"}),
    "HEADER": (set(), {"MEDIA_FILE", "TIME_UNITS"}),
    "MEDIA_DESCRIPTOR": ({"MEDIA_URL", "MIME_TYPE"}, {"RELATIVE_MEDIA_URL"}),
    "PROPERTY": (set(), {"NAME"}),
    "TIME_ORDER": (set(), set()),
    "TIME_SLOT": ({"TIME_SLOT_ID"}, {"TIME_VALUE"}),
    "TIER": ({"TIER_ID", "LINGUISTIC_TYPE_REF"}, {"PARTICIPANT"}),
    "ANNOTATION": (set(), set()),
    "ALIGNABLE_ANNOTATION": ({"ANNOTATION_ID", "TIME_SLOT_REF1", "TIME_SLOT_REF2"}, set()),
    "ANNOTATION_VALUE": (set(), set()),
    "LINGUISTIC_TYPE": ({"LINGUISTIC_TYPE_ID"}, {"TIME_ALIGNABLE", "GRAPHIC_REFERENCES"}),
    "CONSTRAINT": ({"STEREOTYPE"}, {"DESCRIPTION"}),
}
"""The elements that we write, with the attributes that EAF 3.0 demands of each and those it allows too."""


def assert_elan(text: str) -> None:
    """What the structure of EAF 3.0 demands: the order of the parts, ids used once, references that hold."""
    document = ElementTree.fromstring(text.encode())
    assert document.tag == "ANNOTATION_DOCUMENT"
    for part in document.iter():
        demanded, allowed = ELAN_PARTS[part.tag]
        given = {name.rpartition("}")[2] for name in part.attrib}
        assert demanded <= given <= demanded | allowed, part.tag
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document.attrib["DATE"])
    order = ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "CONSTRAINT"]
    places = [order.index(part.tag) for part in document]
    assert places == sorted(places)
    assert places.count(0) == places.count(1) == 1
    head = document[0]
    assert head.attrib["TIME_UNITS"] == "milliseconds"
    assert [part.tag for part in head] == ["MEDIA_DESCRIPTOR", "PROPERTY"]
    assert head[0].attrib["RELATIVE_MEDIA_URL"].startswith("./")
    slots = {slot.attrib["TIME_SLOT_ID"]: int(slot.attrib["TIME_VALUE"]) for slot in document[1]}
    assert len(slots) == len(document[1])
    assert list(slots.values()) == sorted(slots.values())
    types = [each.attrib["LINGUISTIC_TYPE_ID"] for each in document.iter("LINGUISTIC_TYPE")]
    tiers = [each.attrib["TIER_ID"] for each in document.iter("TIER")]
    annotations = list(document.iter("ALIGNABLE_ANNOTATION"))
    ids = [each.attrib["ANNOTATION_ID"] for each in annotations]
    assert all(re.fullmatch("[a-z]+[0-9]+", each) for each in (*slots, *ids)), "xsd:ID"
    assert len({*slots, *ids}) == len(slots) + len(ids)
    for named in (types, tiers, ids):
        assert len(named) == len(set(named))
    assert {each.attrib["LINGUISTIC_TYPE_REF"] for each in document.iter("TIER")} <= set(types)
    assert int(head[1].text or "x") == len(ids)
    for each in annotations:
        assert slots[each.attrib["TIME_SLOT_REF1"]] < slots[each.attrib["TIME_SLOT_REF2"]]
        assert [part.tag for part in each] == ["ANNOTATION_VALUE"]
    assert {each.attrib["STEREOTYPE"] for each in document.iter("CONSTRAINT")} == {
        "Time_Subdivision",
        "Symbolic_Subdivision",
        "Symbolic_Association",
        "Included_In",
    }


def test_two_sentences_of_one_voice_at_once_both_stay_whole() -> None:
    transcript = lesson(
        """
        1.0 - 4.0 S1: I think it floats.
        3.0 - 5.0 S1: No, it sinks.
        5.0 - 6.0 S1: Or both.
        """
    )
    assert read_eaf(FORMATS["eaf"].write(transcript)) == {
        "Student 1": ("Student 1", [(1000, 4000, "I think it floats."), (5000, 6000, "Or both.")]),
        "Student 1 (2)": ("Student 1", [(3000, 5000, "No, it sinks.")]),
    }
    tiers = read_textgrid(FORMATS["textgrid"].write(transcript))
    assert tiers["Student 1 (2)"] == [(0, 3000, ""), (3000, 5000, "No, it sinks."), (5000, 6000, "")]
    spoken = load_rttm(FORMATS["rttm"].write(transcript).splitlines())
    assert spoken == {"lesson": [("Student_1", 1.0, 6.0)]}, "a voice cannot talk over itself there"


def test_a_second_tier_never_takes_the_name_of_another_voice() -> None:
    once = lesson("1 - 4 S1: One.\n2 - 5 S1: Two.\n6 - 7 S2: Three.")
    names = {"Student 1": "Ann", "Student 2": "Ann (2)"}
    said = tuple(dataclasses.replace(each, speaker=names[each.speaker]) for each in once.utterances)
    tiers = read_textgrid(FORMATS["textgrid"].write(dataclasses.replace(once, utterances=said)))
    spoken = {name: [label for _, _, label in each if label] for name, each in tiers.items()}
    assert spoken == {"Ann": ["One."], "Ann (3)": ["Two."], "Ann (2)": ["Three."]}


def marked(report: Report) -> Counter[Said]:
    titles = {
        "wait_time_1": "Wait after you ask",
        "wait_time_2": "Wait after a student speaks",
        "restating": "You say a student's words again",
    }
    rows = [
        (moment, f"{finding.criterion} ({word})")
        for finding in report.findings
        for word, moments in (
            ("may show it", finding.moments_for),
            ("may speak against it", finding.moments_against),
        )
        for moment in moments
    ]
    rows += [(moment, titles[each.measure]) for each in report.measurements for moment in each.moments]
    return Counter(
        (round(each.start * 1000), round(each.end * 1000), about, each.label) for each, about in rows
    )


def test_a_report_brings_its_moments_along() -> None:
    report = made_up_report()
    tiers = read_eaf(FORMATS["eaf"].write(report))
    found = Counter(
        (start, end, name.removeprefix("Markers: "), label)
        for name, (_, annotations) in tiers.items()
        if name.startswith("Markers: ")
        for start, end, label in annotations
    )
    assert found == marked(report)
    grid = read_textgrid(FORMATS["textgrid"].write(report))
    assert set(grid) == set(tiers)
    for name, (_, pieces) in tiers.items():
        told = [(start, end, label or NO_WORDS) for start, end, label in pieces]
        assert [each for each in grid[name] if each[2]] == told
    rows = [row for row in read_csv(FORMATS["csv"].write(report)) if row["kind"] == "moment"]
    assert marked(report) == Counter(
        (round(float(row["start"]) * 1000), round(float(row["end"]) * 1000), row["about"], row["text"])
        for row in rows
    )


def test_a_hole_in_the_sound_and_a_chorus_have_tiers() -> None:
    tiers = read_eaf(FORMATS["eaf"].write(made_up_report().transcript))
    assert tiers["No sound"] == ("", [(5000, 7000, "no sound")])
    assert tiers["Several voices"] == ("", [(43500, 58000, "several voices")])
    assert not [name for name in tiers if name.startswith("Markers")], "a transcript has no moments"


@pytest.mark.parametrize("name", FORMATS)
def test_no_coaching_goes_out(name: str) -> None:
    report = made_up_report()
    text = FORMATS[name].write(report)
    assert "4.2 s after a student" in text or name in {"vtt", "srt", "rttm"}
    for finding in report.findings:
        assert not finding.suggestion or finding.suggestion not in text
        assert finding.message not in text


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("lesson.mp4", "./lesson.mp4"),
        ("my lesson #1?.mp4", "./my%20lesson%20%231%3F.mp4"),
        ("../../etc/passwd", "./passwd"),
        ("C:\\Users\\x.mp4", "./x.mp4"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ('"><x y="', "./%22%3E%3Cx%20y%3D%22"),
        ("\ud83d\u202e\U0001f9ca.mp4", "./%EF%BF%BD%E2%80%AE%F0%9F%A7%8A.mp4"),
    ],
)
def test_elan_looks_for_the_recording_beside_the_document_only(name: str, address: str) -> None:
    transcript = lesson("0 - 1 T: hello")
    renamed = dataclasses.replace(transcript, recording=dataclasses.replace(transcript.recording, name=name))
    document = ElementTree.fromstring(FORMATS["eaf"].write(renamed).encode())
    described = document[0][0].attrib
    assert described["MEDIA_URL"] == described["RELATIVE_MEDIA_URL"] == address


@pytest.mark.parametrize("name", FORMATS)
def test_same_transcript_same_bytes(name: str) -> None:
    assert FORMATS[name].write(made_up_report()) == FORMATS[name].write(made_up_report())


LONG = "\n".join(
    f"{k * 0.8:.3f} - {k * 0.8 + 0.7:.3f} {'T' if k % 3 else f'S{k % 5}'}: sentence number {k}, & so on."
    for k in range(5000)
)


def test_five_thousand_utterances_read_back_equal() -> None:
    transcript = lesson(LONG)
    wanted = said_in(transcript, wordless=True)
    readers: dict[str, Callable[[str], Counter[Said]]] = {
        "vtt": lambda text: Counter(read_vtt(text)),
        "srt": lambda text: Counter((*each[:2], *each[2].split(": ", 1)) for each in read_srt(text)),
        "eaf": lambda text: Counter(
            (start, end, who, said) for who, each in read_eaf(text).values() for start, end, said in each
        ),
        "textgrid": lambda text: Counter(
            (start, end, who, said)
            for who, each in read_textgrid(text).items()
            for start, end, said in each
            if said
        ),
    }
    for name, reader in readers.items():
        assert reader(FORMATS[name].write(transcript)) == wanted, name


@pytest.mark.slow
@settings(parent=any_transcript, max_examples=1000)
@given(transcripts)
def test_a_thousand_transcripts_read_back_equal_in_every_format(transcript: Transcript) -> None:
    for check in (
        test_webvtt_reads_back_equal,
        test_subrip_reads_back_equal_but_for_what_would_be_a_tag,
        test_the_sheet_reads_back_equal_and_runs_nothing,
        test_elan_reads_back_equal,
        test_praat_itself_reads_back_equal,
        test_rttm_reads_back_equal,
    ):
        check.hypothesis.inner_test(transcript)
