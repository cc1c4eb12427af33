"""Measurements against a rubric: the outcome table row by row, and what no input may bring about."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.measures import MEASURES
from coachai.records import AudioQuality, Finding, Measurement, Moment, Transcript
from coachai.rubric import Rubric, list_rubrics, load_rubric
from coachai.screening import OUTCOME_WORDS, screen, still_untried
from coachai.telling import LOOK_HERE
from coachai.validation import TOO_OFTEN_WRONG
from tests.timeline import lesson

CHECKED = "checked on six composed lessons"
ASKED_BY_ID = {"count": "waits-after-asking", "after": "waits-after-students", "clips": "recovers"}
FORBIDDEN = re.compile(
    r"not_heard|cannot_tell|for_evaluator|\b(mixed|Demonstrated|Progressing|not yet|levels?|scores?|grades?|"
    r"pass(ed|es)?|fail(ed|s)?|points|proficien\w*|total)\b",
    re.IGNORECASE,
)


def waits(*seconds: float, label: str = "student", every: float = 30.0) -> tuple[Moment, ...]:
    """Pauses of these lengths, one every half minute."""
    return tuple(
        Moment(start=every * i + 2, end=every * i + 2 + length, label=label)
        for i, length in enumerate(seconds)
    )


def measured(name: str, moments: tuple[Moment, ...], **changes: Any) -> Measurement:
    lengths = sorted(each.duration for each in moments)
    fields: dict[str, Any] = {
        "measure": name,
        "value": lengths[len(lengths) // 2] if lengths else None,
        "low": lengths[0] if lengths else None,
        "high": lengths[-1] if lengths else None,
        "unit": "s",
        "n": len(moments),
        "moments": moments,
        "validation": CHECKED,
    }
    return Measurement(**(fields | changes))


def heard(number: int = 14, **changes: Any) -> Transcript:
    """A lesson with a teacher's question every half minute."""
    rows = [
        f"{30 * i}.0 - {30 * i + 2}.0 T: What do you notice in number {i}? #question" for i in range(number)
    ]
    return lesson("\n".join(rows), **changes)


def finding(
    measurements: list[Measurement], transcript: Transcript | None = None, ask: str = "count"
) -> Finding:
    rubric = load_rubric("wait-time")
    found = screen(transcript or heard(), measurements, rubric)
    return next(each for each in found if each.criterion == ASKED_BY_ID[ask])


LONG = (4.0, 5.0, 6.0, 4.5, 5.5, 4.2, 6.5, 5.2)
SHORT = (0.5, 0.8, 1.0, 0.6, 0.9, 0.7, 0.4, 1.1, 0.5, 0.8, 1.2, 0.6)


def wait_time(*seconds: float, opened: int = 14, label: str = "student", **changes: Any) -> list[Measurement]:
    """`wait_time_1`, and `open_wait_time` with its first `opened` moments."""
    moments = waits(*seconds, label=label)
    return [
        measured("wait_time_1", moments, **changes),
        measured("open_wait_time", moments[:opened], validation="not checked"),
    ]


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [
        (LONG, "found"),
        (LONG[:3], "cannot_tell"),
        ((*LONG, *SHORT[:6]), "found"),
        ((*LONG[:4], *SHORT[:8]), "mixed"),
        ((3.0, 3.05, 2.95, 3.1, 2.9, 3.02, *SHORT[:6]), "mixed"),
        (SHORT, "not_heard"),
        ((*LONG[:1], *SHORT), "not_heard"),
        (SHORT[:9], "cannot_tell"),
        ((), "cannot_tell"),
    ],
)
def test_the_outcome_follows_from_the_interval(seconds: tuple[float, ...], outcome: str) -> None:
    assert finding(wait_time(*seconds)).outcome == outcome


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"coverage": 0.79}, "words were found for only 79%"),
        ({"teacher_confidence": 0.79}, "not certain which voice is the teacher's"),
        ({"recogniser": "pocketsphinx"}, "small built-in recogniser"),
        ({"recogniser": "faster-whisper", "names": False}, "the words of this recogniser"),
    ],
)
def test_little_heard_is_only_said_where_little_would_have_been_missed(
    changes: dict[str, Any], reason: str
) -> None:
    found = finding(wait_time(*SHORT), heard(**changes))
    assert found.outcome == "cannot_tell"
    assert reason in found.message


def test_words_for_four_fifths_of_the_speech_are_enough() -> None:
    assert finding(wait_time(*SHORT), heard(coverage=0.8)).outcome == "not_heard"


def test_without_marks_so_many_questions_are_missed_that_little_cannot_be_told_from_some() -> None:
    seconds = (*LONG[:3], *SHORT[:9])
    assert finding(wait_time(*seconds)).outcome == "not_heard"
    assert finding(wait_time(*seconds), heard(marks=False, names=False)).outcome == "mixed"


@pytest.mark.parametrize(
    ("validation", "reason"),
    [
        ("not checked", "has not been checked"),
        (f"{TOO_OFTEN_WRONG}: on 50 lessons", "is too often wrong to be counted"),
    ],
)
def test_an_unvalidated_measure_gives_moments_and_nothing_else(validation: str, reason: str) -> None:
    for seconds in (LONG, SHORT):
        found = finding(wait_time(*seconds, validation=validation))
        assert found.outcome == "cannot_tell"
        assert reason in found.message
        assert len(found.moments_for) == sum(each >= 3 for each in seconds)


def test_a_measure_that_rests_on_students_words_never_says_little_was_heard() -> None:
    rubric = rubric_asking("value", "student_turn_length", at_least=8.0)
    measurement = measured("student_turn_length", (), value=3.0, low=2.5, high=3.5, n=40, unit="words")
    (found,) = screen(heard(), [measurement], rubric)
    assert found.outcome == "cannot_tell"
    assert "students' words" in found.message
    (found,) = screen(heard(), [replace(measurement, value=12.0, low=11.0, high=13.0)], rubric)
    assert found.outcome == "found"


def test_a_measurement_without_a_value_says_why() -> None:
    cannot = measured("wait_time_1", waits(*LONG), value=None, low=None, high=None, note="Too few words.")
    found = finding([cannot])
    assert (found.outcome, found.moments_against) == ("cannot_tell", ())
    assert "Too few words." in found.message


def test_moments_of_several_measures_are_pooled_each_once() -> None:
    together = [
        measured("wait_time_1", waits(*LONG[:3])),
        measured("wait_after_nomination", waits(*LONG[:3], every=31.0, label="student")),
        measured("structured_think_time", (Moment(start=700, end=730, label="time to think"),), value=30.0),
        measured("open_wait_time", waits(*LONG[:3]), validation="not checked"),
    ]
    found = finding(together)
    assert found.outcome == "found"
    assert len(found.moments_for) == 6, "the first pause of both is the same stretch"
    assert finding(together[:1]).outcome == "cannot_tell"


def test_openness_holds_a_finding_back_and_never_makes_one() -> None:
    assert finding(wait_time(*LONG, opened=8)).outcome == "found"
    held = finding(wait_time(*LONG, opened=1))
    assert held.outcome == "mixed"
    assert "sounds open" in held.message
    assert "few of these questions sound open" in held.suggestion
    only_open = [measured("open_wait_time", waits(*LONG))]
    assert finding(only_open).outcome == "cannot_tell"


def test_openness_orders_the_moments() -> None:
    moments = waits(3.5, 9.0, 4.0)
    found = finding([measured("wait_time_1", moments), measured("open_wait_time", moments[2:])])
    assert [each.duration for each in found.moments_for] == [4.0, 9.0, 3.5]


def test_only_short_waits_after_open_questions_that_the_teacher_ended_are_looked_at_again() -> None:
    closed = waits(*SHORT, label="teacher repeats")
    assert finding([measured("wait_time_1", closed)]).moments_against == ()
    opened = (
        replace(closed[0], label="answers"),
        replace(closed[1], label="student"),
        Moment(start=400, end=402.8, label="teacher repeats"),
    )
    found = finding([measured("wait_time_1", closed), measured("open_wait_time", opened)])
    assert [each.start for each in found.moments_against] == [closed[0].start]


def test_only_whole_thoughts_call_for_room_after_them() -> None:
    rows = "0 - 1 S1: Seven.\n1.2 - 3 T: Yes.\n10 - 16 S1: I cut it and then I looked.\n16.3 - 18 T: Good."
    rows += "\n30 - 33 S2: So it is half.\n33.4 - 35 T: Half."
    pauses = tuple(Moment(start=s, end=e, label="teacher") for s, e in ((1, 1.2), (16, 16.3), (33, 33.4)))
    found = finding([measured("wait_time_2", pauses)], lesson(rows), ask="after")
    assert [each.start for each in found.moments_against] == [16, 33]


def test_labels_speak_plainly() -> None:
    found = finding(wait_time(4.25))
    assert found.moments_for[0].label in {
        "4.2 s of quiet, then a student speaks",
        "4.3 s of quiet, then a student speaks",
    }


def test_a_criterion_without_indicators_is_for_a_person() -> None:
    found = screen(heard(), wait_time(*LONG), load_rubric("wait-time"))
    by_id = {each.criterion: each for each in found}
    for criterion in ("discussion-improved", "student-reflections"):
        assert by_id[criterion].outcome == "for_evaluator"
        assert by_id[criterion].moments_for == ()


def test_clips_are_offered_and_never_counted_as_a_finding() -> None:
    moments = tuple(Moment(start=i * 10.0, end=i * 10.0 + 8, label="teacher repeats") for i in range(20))
    found = finding([measured("no_response_recovery", moments, value=20.0)], ask="clips")
    assert found.outcome == "for_evaluator"
    assert len(found.moments_for) == 20
    assert finding([measured("no_response_recovery", (), value=0.0)], ask="clips").outcome == "cannot_tell"


def rubric_asking(ask: str, *measures: str, **how: Any) -> Rubric:
    """A rubric with one criterion that asks this one thing."""
    data = load_rubric("wait-time").model_dump(mode="json", exclude_none=True)
    first = data["criteria"][0]
    first["indicators"] = [{"id": "one", "ask": ask, "what": "things", "measures": list(measures), **how}]
    data["criteria"] = [first]
    data["human_scale"]["descriptors"] = {first["id"]: data["human_scale"]["descriptors"][first["id"]]}
    return Rubric.model_validate(data)


TEN = (1.0, 1.2, 1.4, 1.6, 1.8, 4.2, 4.4, 4.6, 4.8, 5.0, 5.2, 5.4)


@pytest.mark.parametrize(
    ("ask", "how", "seconds", "outcome"),
    [
        ("median", {"at_least": 1.0}, LONG * 2, "found"),
        ("median", {"at_least": 1.0}, LONG, "cannot_tell"),
        ("median", {"at_least": 4.3}, TEN, "mixed"),
        ("median", {"at_least": 3.0}, SHORT, "not_heard"),
        ("median", {"at_most": 3.0}, SHORT, "found"),
        ("median", {"at_most": 3.0}, LONG * 2, "not_heard"),
        ("longest", {"at_least": 5.0}, (9.0, 1.0), "found"),
        ("longest", {"at_least": 5.0}, SHORT, "not_heard"),
        ("longest", {"at_least": 5.0}, (1.0, 1.0), "cannot_tell"),
        ("share_at_least", {"share": 0.3, "lasting": 3.0}, LONG * 2, "found"),
        ("share_at_least", {"share": 0.3, "lasting": 3.0}, SHORT, "not_heard"),
        ("share_at_least", {"share": 0.3, "lasting": 3.0}, LONG, "cannot_tell"),
        ("share_at_least", {"share": 0.6, "lasting": 3.0}, TEN, "mixed"),
        ("count_at_least", {"times": 4}, SHORT, "found"),
    ],
)
def test_each_way_of_asking(ask: str, how: dict[str, Any], seconds: tuple[float, ...], outcome: str) -> None:
    rubric = rubric_asking(ask, "wait_time_1", **how)
    (found,) = screen(heard(20), [measured("wait_time_1", waits(*seconds))], rubric)
    assert found.outcome == outcome


@pytest.mark.parametrize(
    ("bounds", "n", "outcome"),
    [
        ((0.5, 0.45, 0.55), 40, "found"),
        ((0.5, 0.45, 0.55), 9, "cannot_tell"),
        ((0.6, 0.55, 0.65), 40, "mixed"),
        ((0.9, 0.88, 0.92), 40, "not_heard"),
        ((0.9, 0.88, 0.92), 9, "cannot_tell"),
        ((None, None, None), 40, "cannot_tell"),
    ],
)
def test_a_value_is_held_against_its_bound_with_its_interval(
    bounds: tuple[float | None, ...], n: int, outcome: str
) -> None:
    rubric = rubric_asking("value", "talk_ratio", at_most=0.6)
    value, low, high = bounds
    measurement = measured("talk_ratio", (), value=value, low=low, high=high, n=n, unit="ratio")
    (found,) = screen(heard(), [measurement], rubric)
    assert found.outcome == outcome


def test_two_indicators_agree_or_are_mixed() -> None:
    rubric = rubric_asking("count_at_least", "wait_time_1", times=5, lasting=3.0)
    data = rubric.model_dump(mode="json", exclude_none=True)
    other = {"id": "two", "ask": "count_at_least", "what": "turns", "times": 5, "measures": ["student_turns"]}
    data["criteria"][0]["indicators"].append(other)
    both = Rubric.model_validate(data)
    turns = measured("student_turns", waits(*LONG), value=8.0)
    none = measured("student_turns", (), value=None)
    long, short = measured("wait_time_1", waits(*LONG)), measured("wait_time_1", waits(*SHORT))
    cases = {"found": (long, turns), "mixed": (short, turns), "cannot_tell": (short, none)}
    for outcome, given_ in cases.items():
        assert screen(heard(), given_, both)[0].outcome == outcome
    assert screen(heard(), (long, none), both)[0].outcome == "mixed"


def test_what_people_judge_by_is_never_looked_at() -> None:
    rubric = load_rubric("wait-time")
    blind = Rubric.model_construct(
        **{name: getattr(rubric, name) for name in Rubric.model_fields if name != "human_scale"}
    )
    with pytest.raises(AttributeError):
        _ = blind.human_scale
    measurements = wait_time(*LONG)
    assert screen(heard(), measurements, blind) == screen(heard(), measurements, rubric)


def test_screening_is_repeatable() -> None:
    assert finding(wait_time(*TEN)) == finding(wait_time(*TEN))


def test_the_words_on_the_screen() -> None:
    assert OUTCOME_WORDS["found"] == "Moments to show an evaluator"
    assert set(OUTCOME_WORDS) == {"found", "mixed", "not_heard", "cannot_tell", "for_evaluator"}
    assert not [words for words in OUTCOME_WORDS.values() if FORBIDDEN.search(words)]


RUBRICS = [load_rubric(each) for each in list_rubrics()]
NAMES = [name for measure in MEASURES for name in measure.yields]
RESTS_ON = {name: measure.rests_on for measure in MEASURES for name in measure.yields}


@st.composite
def any_measurement(draw: st.DrawFn, name: str) -> Measurement:
    seconds = draw(st.lists(st.sampled_from([0.2, 1.0, 2.9, 3.0, 4.0, 12.0]), max_size=14))
    label = draw(st.sampled_from(["student", "answers", "teacher repeats", "process praise"]))
    moments = waits(*seconds, label=label)
    value = draw(st.none() | st.sampled_from([0.0, 0.4, 5.0]))
    spread = draw(st.sampled_from([0.0, 0.1, 3.0]))
    return Measurement(
        measure=name,
        value=value,
        low=None if value is None else max(0.0, value - spread),
        high=None if value is None else value + spread,
        unit="s",
        n=len(moments),
        moments=moments,
        note="Too few words." if value is None else "",
        validation=draw(st.sampled_from([CHECKED, "not checked", f"{TOO_OFTEN_WRONG}: of ten, one"])),
    )


@st.composite
def any_lesson(draw: st.DrawFn) -> Transcript:
    recogniser = draw(st.sampled_from(["captions", "faster-whisper", "pocketsphinx", "none"]))
    return heard(
        recogniser=recogniser,
        marks=draw(st.booleans()),
        coverage=draw(st.sampled_from([0.0, 0.5, 0.79, 0.8, 1.0])),
        teacher_confidence=draw(st.sampled_from([0.0, 0.5, 0.79, 0.9, 1.0])),
        quality=AudioQuality(
            speech_level_dbfs=-20.0,
            noise_level_dbfs=-40.0,
            snr_db=draw(st.sampled_from([None, 5.0, 30.0])),
            clipped_share=0.0,
        ),
    )


@settings(max_examples=100)
@given(st.data(), any_lesson(), st.sampled_from(RUBRICS))
def test_no_input_brings_about_what_is_forbidden(
    data: st.DataObject, transcript: Transcript, rubric: Rubric
) -> None:
    asked = {n for c in rubric.criteria for i in c.indicators for n in (*i.measures, *i.look_again)}
    names = sorted(asked | {"open_wait_time"})
    given_ = [data.draw(any_measurement(name)) for name in names if data.draw(st.booleans())]
    by_name = {each.measure: each for each in given_}
    found = screen(transcript, given_, rubric)
    assert [each.criterion for each in found] == [each.id for each in rubric.criteria]
    for criterion, each in zip(rubric.criteria, found, strict=True):
        assert not FORBIDDEN.search(each.message)
        used = [by_name[n] for i in criterion.indicators for n in i.measures if n in by_name]
        checked = [one for one in used if one.validation == CHECKED and one.value is not None]
        if not criterion.indicators:
            assert each.outcome == "for_evaluator"
        if each.outcome in {"found", "not_heard", "mixed"}:
            assert checked, "an unvalidated measure gives moments and nothing else"
        if each.outcome == "found":
            assert each.moments_for
        if each.outcome == "not_heard":
            words = transcript.words_from
            assert words.coverage >= 0.8
            assert words.recogniser != "pocketsphinx"
            assert transcript.teacher_confidence >= 0.8
            assert sum(one.n for one in checked) >= 10
            assert all(RESTS_ON[one.measure] != "student_words" for one in used)
        spans = {(m.start, m.end) for one in given_ for m in one.moments}
        assert {(m.start, m.end) for m in (*each.moments_for, *each.moments_against)} <= spans
        assert not {(m.start, m.end) for m in each.moments_for} & {
            (m.start, m.end) for m in each.moments_against
        }
        coaching = criterion.coaching
        texts = [coaching.prepare, coaching.strength, coaching.cannot_tell]
        texts += [step.text for step in coaching.next_steps]
        assert not [text for text in texts if text and text in each.message], "coaching is for the teacher"


def test_every_name_that_the_tests_use_is_measured() -> None:
    assert {"wait_time_1", "open_wait_time", "talk_ratio", "student_turns"} <= set(NAMES)


def test_what_is_only_worth_a_look_is_evidence_of_nothing() -> None:
    rubric = load_rubric("building-on-student-ideas")
    sure = Moment(start=2.0, end=8.0, label="revoices a student")
    hint = Moment(start=40.0, end=48.0, label=f"{LOOK_HERE}perhaps a student's words said again")
    only_hints = [measured("revoicing", (hint,), value=None, low=None, high=None, n=0, unit="moments")]
    both = [measured("revoicing", (sure, hint), value=1.0, low=1.0, high=1.0, n=1, unit="count")]
    said_again = {each.criterion: each for each in screen(heard(), both, rubric)}["lets-ideas-be-heard"]
    assert [each.start for each in said_again.moments_for] == [2.0]
    nothing = {each.criterion: each for each in screen(heard(), only_hints, rubric)}["lets-ideas-be-heard"]
    assert nothing.moments_for == nothing.moments_against == ()
    criterion = next(each for each in rubric.criteria if each.id == "lets-ideas-be-heard")
    assert still_untried(criterion, only_hints) is not None
    assert still_untried(criterion, both) is None
