"""Advice: every sentence about the lesson stands on a moment and falls with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.coaching import Advice, Sentence, coach
from coachai.coaching_sentences import LONGEST_QUOTE, quoted
from coachai.records import (
    AudioQuality,
    Finding,
    Measurement,
    Moment,
    Transcript,
    Utterance,
    Word,
)
from coachai.rubric import Rubric, list_rubrics, load_rubric
from coachai.screening import screen
from tests.timeline import lesson

CHECKED = "checked on six composed lessons"
CLOCK = re.compile(r"\b\d+:\d\d\b")
LEVELS = re.compile(
    r"\b(Demonstrated|Progressing|not yet|levels?|scores?|grades?|pass(es|ed)?|fail(s|ed)?)\b", re.I
)
PRAISE = re.compile(
    r"\b(great|excellent|amazing|wonderful|talented|gifted|brilliant|good teacher|well done)\b", re.I
)
WAITS = (4.0, 0.6, 5.0, 0.4, 3.6, 0.8, 6.0, 0.5, 4.4, 0.7, 5.2, 0.9)


def taught(**changes: Any) -> Transcript:
    """Twelve questions, one every half minute, each answered after the wait of `WAITS`."""
    rows = []
    for i, wait in enumerate(WAITS):
        start = 30.0 * i
        asks = f"What do you notice in number {i}?"
        rows.append(f"{start} - {start + 2.0} T: {asks} #question #open")
        who = "S1: I see a pattern there." if wait > 3 else "T: Look at it again."
        rows.append(f"{start + 2.0 + wait} - {start + 4.0 + wait} {who}")
    return lesson("\n".join(rows), **changes)


def waits_of(transcript: Transcript, waits: Sequence[float] = WAITS) -> tuple[Moment, ...]:
    asked = [each for each in transcript.utterances if each.has("question")]
    return tuple(
        Moment(start=each.end, end=each.end + wait, label="student" if wait > 3 else "answers")
        for each, wait in zip(asked, waits, strict=False)
    )


def measured(name: str, moments: Sequence[Moment], **changes: Any) -> Measurement:
    fields: dict[str, Any] = {
        "measure": name,
        "value": 1.0 if moments else None,
        "low": 0.9 if moments else None,
        "high": 1.1 if moments else None,
        "unit": "s",
        "n": len(moments),
        "moments": tuple(moments),
        "validation": CHECKED,
    }
    return Measurement(**(fields | changes))


def wait_times(transcript: Transcript, waits: Sequence[float] = WAITS) -> list[Measurement]:
    moments = waits_of(transcript, waits)
    return [measured("wait_time_1", moments), measured("open_wait_time", moments, validation="not checked")]


def advised(
    transcript: Transcript, measurements: Sequence[Measurement], rubric: str = "wait-time"
) -> tuple[Advice, tuple[Finding, ...]]:
    chosen = load_rubric(rubric)
    findings = screen(transcript, measurements, chosen)
    return coach(transcript, measurements, findings, chosen), findings


def sentences(advice: Advice) -> list[Sentence]:
    return [*advice.strength.sentences, *advice.next_step.sentences, *advice.trust.sentences]


ENOUGH = tuple(4.0 + i / 10 for i in range(8))
FEW = (0.5, 0.6, 4.0, 0.7, 0.8, 0.9, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def test_a_strength_and_a_next_step_each_with_its_clip() -> None:
    transcript = taught()
    advice, findings = advised(transcript, wait_times(transcript, FEW))
    assert findings[0].outcome == "not_heard"
    assert advice.strength.moments == (findings[0].moments_for[0],)
    assert "At 1:02 you asked “What do you notice in number 2?”; after 4.0 seconds of quiet" in (
        advice.strength.text
    )
    assert advice.next_step.moments[0] == findings[0].moments_against[0]
    assert (
        "At 3:02 you asked “What do you notice in number 6?”; after 0.4 seconds of quiet, you spoke again."
        in (advice.next_step.text)
    )
    assert "Next time: choose two questions" in advice.next_step.text


def test_what_the_recording_already_shows_is_not_advised() -> None:
    transcript = taught()
    advice, findings = advised(transcript, wait_times(transcript, ENOUGH))
    assert findings[0].outcome == "found"
    said = [text.text for text in load_rubric("wait-time").criteria[0].coaching.next_steps]
    assert not [text for text in said if text[1:] in advice.next_step.text]
    assert "Choose the clip you will hand in" in advice.next_step.text
    assert "Then write your reflection: Choose one pause that worked" in advice.next_step.text
    assert advice.next_step.moments == (findings[0].moments_for[0],)


def test_a_step_that_is_already_taken_gives_way_to_the_next() -> None:
    rubric = load_rubric("wait-time")
    data = rubric.model_dump(mode="json", exclude_none=True)
    steps = data["criteria"][0]["coaching"]["next_steps"]
    data["criteria"][0]["coaching"]["next_steps"] = steps[1:]
    changed = Rubric.model_validate(data)
    transcript = taught()
    few = wait_times(transcript, FEW)
    thinking = measured("structured_think_time", [Moment(start=370, end=380, label="time to think")])
    without = coach(transcript, few, screen(transcript, few, changed), changed)
    assert "give the class a task for the quiet" in without.next_step.text
    few.append(thinking)
    shown = coach(transcript, few, screen(transcript, few, changed), changed)
    assert "give the class a task for the quiet" not in shown.next_step.text
    assert "ask first, let the quiet do its work" in shown.next_step.text


def test_where_there_is_room_the_teachers_own_moment_stands_beside_the_advice() -> None:
    transcript = taught()
    mixed = (4.0, 0.6, 5.0, 0.4, 3.6, 0.8, 6.0, 0.5, 0.4, 0.7, 0.5, 0.9)
    advice, findings = advised(transcript, wait_times(transcript, mixed))
    assert findings[0].outcome == "mixed"
    assert "This lesson already has such a moment. At " in advice.next_step.text
    assert advice.next_step.moments == (findings[0].moments_against[0], findings[0].moments_for[0])


def test_an_occasion_is_shown_where_nothing_of_the_kind_was_heard() -> None:
    transcript = taught()
    turns = [
        Moment(start=i * 30.0, end=i * 30.0 + length, label="student") for i, length in enumerate((2, 4, 9))
    ]
    measurements = [measured("student_turn_seconds", turns), measured("student_turns", turns)]
    advice, findings = advised(transcript, measurements, "student-talk")
    assert [each.outcome for each in findings[:2]] == ["cannot_tell", "cannot_tell"]
    assert "At 1:00 a student spoke for 9.0 seconds" in advice.next_step.text
    assert "Who can add to that?" in advice.next_step.text
    runs = measured("student_to_student", turns[:1], value=1.0)
    advice, _ = advised(transcript, [*measurements, runs], "student-talk")
    assert "Who can add to that?" not in advice.next_step.text


def test_an_occasion_is_never_a_moment_that_already_shows_it() -> None:
    transcript = taught()
    turns = [Moment(start=i * 30.0, end=i * 30.0 + 1 + (i == 3) * 9, label="student") for i in range(12)]
    measurements = [measured("student_turn_seconds", turns), measured("student_turns", turns)]
    runs = measured("student_to_student", turns[:6], value=6.0)
    advice, findings = advised(transcript, [*measurements, runs], "student-talk")
    assert [each.outcome for each in findings[:2]] == ["found", "not_heard"]
    first, *_ = advice.next_step.moments
    assert first.start != turns[3].start


def test_words_before_a_short_wait_are_the_students() -> None:
    transcript = lesson("0 - 4 S1: I think it is the salt in it.\n4.1 - 6 T: No.\n90 - 91 T: Next.")
    short = measured("wait_time_2", [Moment(start=4.0, end=4.1, label="teacher")])
    text = advised(transcript, [short])[0].next_step.text
    assert text.startswith("At 0:04 a student said “I think it is the salt in it.”, and you spoke at once.")


def test_where_nothing_was_heard_there_is_no_strength_and_no_invention() -> None:
    advice, _ = advised(taught(), [])
    assert advice.strength.text == ""
    assert advice.strength.moments == advice.next_step.moments == ()
    assert "Film ten minutes" in advice.next_step.text


def without(measurements: Sequence[Measurement], moment: Moment) -> list[Measurement]:
    return [
        replace(
            each,
            moments=tuple(own for own in each.moments if (own.start, own.end) != (moment.start, moment.end)),
        )
        for each in measurements
    ]


@pytest.mark.parametrize(
    "waits", [WAITS, FEW, ENOUGH, (4.0, 0.4, 5.0)], ids=["mixed", "few", "enough", "short"]
)
def test_a_sentence_falls_with_its_moment(waits: tuple[float, ...]) -> None:
    transcript = taught()
    measurements = wait_times(transcript, waits)
    rubric = load_rubric("wait-time")
    findings = screen(transcript, measurements, rubric)
    said = sentences(coach(transcript, measurements, findings, rubric))
    resting = [(each, moment) for each in said for moment in each.moments]
    assert resting
    for each, moment in resting:
        fewer = without(measurements, moment)
        from_findings = [
            replace(
                finding,
                moments_for=tuple(m for m in finding.moments_for if m != moment),
                moments_against=tuple(m for m in finding.moments_against if m != moment),
            )
            for finding in findings
        ]
        for left in (
            coach(transcript, fewer, findings, rubric),
            coach(transcript, measurements, from_findings, rubric),
            coach(transcript, fewer, screen(transcript, fewer, rubric), rubric),
        ):
            assert each not in sentences(left)
            assert moment not in [m for one in sentences(left) for m in one.moments]
            if CLOCK.search(each.text):
                assert each.text not in left.strength.text + left.next_step.text


def test_every_sentence_with_a_time_or_a_quote_rests_on_a_moment() -> None:
    transcript = taught()
    for waits in (WAITS, FEW, ENOUGH):
        for each in sentences(advised(transcript, wait_times(transcript, waits))[0]):
            assert each.moments or not (CLOCK.search(each.text) or "“" in each.text)


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"recogniser": "pocketsphinx"}, "Get better words first"),
        ({"recogniser": "none", "coverage": 0.0}, "Add words first"),
        ({"coverage": 0.5}, "Add words first"),
        ({"teacher_confidence": 0.4}, "Tell us which voice is yours"),
        ({"snr": 4.0}, "Record again with better sound"),
        ({"clipped": 0.2}, "Record again with better sound"),
        ({"missing": 0.5}, "Large parts of this file cannot be heard"),
    ],
)
def test_where_the_recording_cannot_be_trusted_the_step_is_about_the_recording(
    changes: dict[str, Any], step: str
) -> None:
    quality = AudioQuality(
        speech_level_dbfs=-20.0,
        noise_level_dbfs=-60.0,
        snr_db=changes.pop("snr", 40.0),
        clipped_share=changes.pop("clipped", 0.0),
    )
    transcript = taught(quality=quality, **{k: v for k, v in changes.items() if k != "missing"})
    if "missing" in changes:
        hole = Moment(start=0, end=transcript.duration * changes["missing"], label="")
        transcript = replace(transcript, missing=(hole,))
    advice, _ = advised(transcript, wait_times(transcript, FEW))
    assert advice.next_step.text.startswith(step)
    assert advice.next_step.moments == ()
    assert advice.trust.text.startswith("No, not for what it says about the lesson: ")


def test_an_unknown_teacher_gets_no_strength() -> None:
    transcript = taught(teacher_confidence=0.4)
    assert advised(transcript, wait_times(transcript))[0].strength.text == ""


def test_while_we_ask_which_voice_teaches_nobody_is_praised() -> None:
    sure = taught()
    voiced = tuple(replace(each, voice="A") for each in sure.utterances)
    asked = replace(sure, utterances=voiced, teacher_confidence=0.7, teacher_from="sound")
    assert advised(asked, wait_times(asked))[0].strength.text == ""
    told = replace(asked, teacher_from="asked")
    assert advised(told, wait_times(told))[0].strength.text


def test_silence_is_answered() -> None:
    empty = lesson("0 - 60 -")
    advice, _ = advised(empty, [])
    assert advice.next_step.text.startswith("We heard nobody speak.")
    assert "nobody was heard speaking" in advice.trust.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "Yes: the sound is clear"),
        ({"teacher_confidence": 0.7}, "we are not quite sure which voice is yours"),
        ({"coverage": 0.7}, "words were found for only 70% of the speech"),
        ({"marks": False}, "the captions have no punctuation"),
    ],
)
def test_the_line_on_trust_names_what_is_in_doubt(changes: dict[str, Any], says: str) -> None:
    transcript = taught(**changes)
    advice, _ = advised(transcript, wait_times(transcript))
    assert says in advice.trust.text
    assert len(advice.trust.sentences) == 1


def test_missing_sound_can_be_played_from_the_line_on_trust() -> None:
    transcript = replace(taught(), missing=(Moment(start=10, end=14, label=""),))
    trust = advised(transcript, wait_times(transcript))[0].trust
    assert "4 seconds of its sound cannot be read" in trust.text
    assert [(each.start, each.end) for each in trust.moments] == [(10, 14)]


def test_a_video_of_the_wrong_length_is_pointed_out_at_the_end() -> None:
    transcript = taught()
    short = advised(transcript, wait_times(transcript, ENOUGH))[0].next_step.text
    assert "should last 10 to 20 minutes; this one lasts 6." in short
    right = replace(transcript, duration=900.0)
    assert "should last" not in advised(right, wait_times(right, ENOUGH))[0].next_step.text


def said(text: str, probability: float = 1.0) -> Utterance:
    words = tuple(Word(start=0, end=1, text=each, probability=probability) for each in text.split())
    return Utterance(start=0, end=1, speaker="T", role="teacher", role_confidence=1.0, text=text, words=words)


def test_words_that_are_not_to_be_relied_on_are_not_quoted() -> None:
    assert quoted(said("Why is that?"), taught()) == "“Why is that?”"
    assert quoted(said("Why is that?", probability=0.3), taught()) == ""
    assert quoted(said("Why is that?"), taught(recogniser="pocketsphinx")) == ""
    assert quoted(None, taught()) == quoted(said(""), taught()) == ""


@given(st.text(st.characters(codec="utf-8", exclude_characters="“”"), max_size=400))
def test_a_quote_is_verbatim(text: str) -> None:
    quote = quoted(said(text), taught())
    inside = quote.partition("“")[2].removesuffix("”")
    assert inside in text
    assert len(inside) <= LONGEST_QUOTE
    assert quote.startswith(("“", "… “")) or not text


RUBRICS = [load_rubric(each) for each in list_rubrics()]


@settings(max_examples=60)
@given(st.data(), st.sampled_from(RUBRICS))
def test_advice_is_kind_concrete_and_rests_on_what_was_measured(data: st.DataObject, rubric: Rubric) -> None:
    transcript = taught(teacher_confidence=data.draw(st.sampled_from([0.4, 0.7, 1.0])))
    asked = {n for c in rubric.criteria for i in c.indicators for n in (*i.measures, *i.look_again)}
    asked |= {n for c in rubric.criteria for s in c.coaching.next_steps for n in s.at}
    spans = st.sampled_from(transcript.utterances) | st.sampled_from(waits_of(transcript))
    measurements = [
        measured(
            name,
            [
                Moment(
                    start=each.start,
                    end=each.end,
                    label=data.draw(st.sampled_from(["student", "answers", "x"])),
                )
                for each in data.draw(st.lists(spans, max_size=6, unique_by=lambda one: (one.start, one.end)))
            ],
            validation=data.draw(st.sampled_from([CHECKED, "not checked"])),
        )
        for name in sorted(asked)
    ]
    findings = screen(transcript, measurements, rubric)
    advice = coach(transcript, measurements, findings, rubric)
    texts = [each.text for each in transcript.utterances]
    heard = {(own.start, own.end) for each in measurements for own in each.moments}
    assert advice.next_step.text
    assert len(advice.trust.sentences) == 1
    for each in sentences(advice):
        assert not LEVELS.search(each.text)
        assert not PRAISE.search(each.text)
        assert {(moment.start, moment.end) for moment in each.moments} <= heard
        if CLOCK.search(each.text):
            assert each.moments
        for quote in re.findall("“([^”]*)”", each.text):
            assert any(quote in text for text in texts)


def test_advice_never_looks_at_what_people_judge_by() -> None:
    rubric = load_rubric("wait-time")
    fields = {name: getattr(rubric, name) for name in Rubric.model_fields if name != "human_scale"}
    blind = Rubric.model_construct(**fields)
    transcript = taught()
    measurements = wait_times(transcript)
    findings = screen(transcript, measurements, blind)
    assert coach(transcript, measurements, findings, blind) == coach(
        transcript, measurements, findings, rubric
    )


def test_every_measure_a_shipped_rubric_asks_for_has_words_of_its_own() -> None:
    transcript = taught()
    moment = Moment(start=0.0, end=10.0, label="student")
    for rubric in RUBRICS:
        for criterion in rubric.criteria:
            for indicator in criterion.indicators:
                for name in indicator.measures:
                    measurements = [measured(name, [moment])]
                    findings = screen(transcript, measurements, rubric)
                    text = coach(transcript, measurements, findings, rubric).strength.text
                    assert "At 0:0" in text or "Listen to what is said at 0:0" in text, name
