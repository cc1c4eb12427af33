"""WebVTT that every player reads: cues in order, nothing that a text could smuggle in."""

from __future__ import annotations

import dataclasses
import re

import webvtt
from hypothesis import HealthCheck, given, settings

from coachai.records import Report
from coachai.report.markers import markers_vtt, transcript_vtt
from coachai.rubric import load_rubric
from tests.report.generated import reports
from tests.report.made_up import made_up_report
from tests.timeline import lesson

_CUE = re.compile(
    r"(?P<id>[^\n]*)\n(?P<start>\d{2,}:\d\d:\d\d\.\d{3}) --> (?P<end>\d{2,}:\d\d:\d\d\.\d{3})\n"
    r"(?P<text>[^\n]+)\n"
)


def cues(vtt: str) -> list[dict[str, str]]:
    """The cues of a file, read strictly: header, then blocks with nothing between them but blank lines."""
    header, *blocks = vtt.split("\n\n")
    assert header.strip() == "WEBVTT"
    found = []
    for block in blocks:
        cue = _CUE.fullmatch(block if block.endswith("\n") else block + "\n")
        assert cue, repr(block)
        assert "-->" not in cue["id"] + cue["text"]
        assert cue["start"] < cue["end"] or len(cue["start"]) < len(cue["end"])
        found.append(cue.groupdict())
    return found


def test_markers_name_the_criterion_and_carry_the_label() -> None:
    found = cues(markers_vtt(made_up_report(), load_rubric("wait-time")))
    assert [each["start"] for each in found] == [
        "00:00:10.500",
        "00:00:27.000",
        "00:00:36.000",
        "00:01:02.000",
    ]
    assert found[0]["id"] == "waits-after-asking-1"
    assert found[0]["text"].endswith("(may show it): 3.6 s, then a student answered")
    assert found[1]["text"].endswith("(may speak against it): 1.2 s, then a new question")


def test_speakers_stand_in_voice_tags_and_texts_are_escaped() -> None:
    found = cues(transcript_vtt(made_up_report().transcript))
    said = next(each for each in found if "We said" in each["text"])
    assert said["text"] == "<v Student 3>We said &lt;b&gt;it stays&lt;/b&gt; &amp; nothing changes."
    assert len(found) == 16, "speech without words is no cue"


def test_a_text_cannot_end_its_cue_or_start_another() -> None:
    transcript = lesson("0 - 1 T: hello")
    evil = "one\n\n2\n00:00:05.000 --> 00:00:06.000\n<v Boss>two"
    said = tuple(dataclasses.replace(each, text=evil, speaker=evil) for each in transcript.utterances)
    assert len(cues(transcript_vtt(dataclasses.replace(transcript, utterances=said)))) == 1


def test_a_moment_without_length_still_makes_a_cue() -> None:
    transcript = lesson("3 - 3 T: hm")
    assert cues(transcript_vtt(transcript))[0]["end"] == "00:00:03.001"


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(reports)
def test_any_report_makes_markers_that_read_back(report: Report) -> None:
    found = cues(markers_vtt(report, load_rubric("wait-time")))
    count = sum(len(each.moments_for) + len(each.moments_against) for each in report.findings)
    assert len(found) == count
    assert len(webvtt.from_string(markers_vtt(report, load_rubric("wait-time")), strict=True)) == count
