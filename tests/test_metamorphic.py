"""Twelve relations between a lesson and a changed lesson: what must change, by how much, and what must not.

======  =============================================  ======================================================
number  the change                                     what is predicted
======  =============================================  ======================================================
1       65 s without sound before the lesson           every number and interval equal, moments 65 s later;
                                                       heard seconds (coverage x length) equal
2       60 s of silence after the lesson               equal, apart from the rates: shares of time keep their
                                                       seconds (silence gains 60), questions in 10 minutes
                                                       keep their number (whole-class time loses a quiet end)
3       60 s of silence before the lesson              as 2, and moments 60 s later
4       cut in two at a pause (12 to 19 s) and add     counts, seconds, moments add up, medians lie between,
                                                       means and shares are the weighted ones, longest = max
5       other names for the students, in other order   every measurement equal
6       the lesson twice, with a pause                 counts and moments double; medians, means, shares equal
7       a pause made d seconds longer                  every wait over it is d longer, every other wait equal,
                                                       no median falls, the talk ratio stays
8       left and right swapped                         the whole report equal
9       the same sound in another container, codec     waits within 0.1 s, shares within 0.01, counts equal
10      music before the sound                         what 9 says, moments later by its length
11      60 s of silence after the sound                what 9 says; shares of time keep their seconds
12      two halves one after another, with a pause     counts add up, waits are those of both halves
======  =============================================  ======================================================

1 to 7 change transcripts drawn at random, 8 to 12 the sample's sound (`tests/test_metamorphic_sound.py`).
`activity_timeline` has no number; its moments stand on a grid of five seconds and move by whole steps (1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coachai.measures import measure_all
from coachai.records import Excluded, Label, Measurement, Moment, Span, Transcript, Utterance
from coachai.timeline import merged
from coachai.turns import silences, time_by_class, whole_class_seconds
from tests.lessons import lessons, unhurried
from tests.timeline import recording

Measured = dict[str, Measurement]
TIME_SHARES = ("teacher_time", "student_time", "several_voices_time", "no_speech_time")
MEDIANS = ("wait_time_1", "open_wait_time", "wait_after_nomination", "wait_time_2")
MEANS = ("student_turn_seconds", "student_turn_length")
RATES = ("question_rate", "questions_per_1000_words")
SUMS = (
    *("structured_think_time", "work_time", "no_response_recovery", "student_to_student", "student_turns"),
    *("student_reasoning", "process_praise", "person_praise", "says_yet", "whole_class_elicitations"),
    "adjusts_after_error",
    *("keeping_everyone_together", "getting_students_to_relate", "press_for_accuracy"),
    *("student_claims", "student_questions", "student_relating"),
)
SHARES = ("wait_time_1_at_least_3s", "open_questions", "focusing_share")
GRID = "activity_timeline"
NO_NUMBER = ("restating", "revoicing", "uptake", "press_for_reasoning")
THIRDS = ("talk_moves_beginning", "talk_moves_middle", "talk_moves_end")
OTHERS = ("talk_ratio", "longest_teacher_stretch", "teacher_speech_rate", GRID, *THIRDS)


def measured(transcript: Transcript) -> Measured:
    return {each.measure: each for each in measure_all(transcript)}


def test_every_measure_has_its_place_in_the_table() -> None:
    from coachai.measures import MEASURES

    placed = [*TIME_SHARES, *MEDIANS, *MEANS, *RATES, *SUMS, *SHARES, *NO_NUMBER, *OTHERS]
    assert sorted(placed) == sorted(name for measure in MEASURES for name in measure.yields)


def said(start: float, end: float, text: str) -> Utterance:
    return Utterance(
        start=start, end=end, speaker="T", role="teacher", role_confidence=1.0, text=text, labels=()
    )


@st.composite
def framed(draw: st.DrawFn) -> Transcript:
    """A lesson that the teacher opens and closes with a plain sentence: no wait hangs over its ends."""
    inner = moved(draw(lessons()), 3.0)
    opening = said(0.0, 2.0, "Good morning to all of you.")
    closing = said(inner.duration + 4.05, inner.duration + 6.05, "That is all we do today.")
    return replace(
        inner,
        duration=closing.end,
        recording=recording(closing.end),
        utterances=(opening, *inner.utterances, closing),
        speech=merged([opening, *inner.speech, closing]),
    )


def mapped(transcript: Transcript, clock: Callable[[float], float], duration: float) -> Transcript:
    """The transcript with every time moved by `clock`."""

    def on(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(replace(each, start=clock(each.start), end=clock(each.end)) for each in spans)

    return replace(
        transcript,
        recording=replace(transcript.recording, duration=duration),
        duration=duration,
        utterances=on(transcript.utterances),
        speech=on(transcript.speech),
        overlap=on(transcript.overlap),
        missing=on(transcript.missing),
    )


def moved(transcript: Transcript, by: float) -> Transcript:
    return mapped(transcript, lambda time: time + by, transcript.duration + by)


def quiet_after(transcript: Transcript, seconds: float) -> Transcript:
    return mapped(transcript, lambda time: time, transcript.duration + seconds)


def joined(first: Transcript, second: Transcript, pause: float) -> Transcript:
    """Both lessons one after the other, with a pause between them."""
    begin = first.duration + pause
    then = moved(second, begin)
    return replace(
        then,
        utterances=(*first.utterances, *then.utterances),
        speech=(*first.speech, *then.speech),
        overlap=(*first.overlap, *then.overlap),
        missing=(*first.missing, *then.missing),
    )


Clock = Callable[[float], float]
Rows = list[tuple[float, float, str]]


def placed(stretches: tuple[Moment, ...] | tuple[Excluded, ...], clock: Clock = lambda time: time) -> Rows:
    """Moments or what was left out, on another clock. Drawn times have four decimals: rounding is exact."""
    return sorted(
        (
            round(clock(each.start), 4),
            round(clock(each.end), 4),
            each.label if isinstance(each, Moment) else each.reason,
        )
        for each in stretches
    )


def assert_moved(before: Measurement, after: Measurement, clock: Clock) -> None:
    """The same moments on another clock; of equally long stretches of talk either may be shown."""
    assert after.n == before.n, before.measure
    if before.measure == "longest_teacher_stretch":
        lengths = [round(each.duration, 4) for each in before.moments]
        assert [round(each.duration, 4) for each in after.moments] == lengths
    else:
        assert placed(after.moments) == placed(before.moments, clock), before.measure


def assert_equal(before: float | None, after: float | None, name: str) -> None:
    assert (before is None) == (after is None), name
    if before is not None and after is not None:
        assert math.isclose(before, after, rel_tol=1e-9, abs_tol=1e-6), name


def assert_same_numbers(before: Measurement, after: Measurement) -> None:
    for which in ("value", "low", "high"):
        assert_equal(getattr(before, which), getattr(after, which), f"{before.measure} {which}")
    assert after.note == before.note or before.value is not None


def heard_seconds(transcript: Transcript) -> float:
    return transcript.duration - sum(each.duration for each in transcript.missing)


@unhurried
@given(lessons(), st.integers(1, 40))
def test_1_a_lesson_that_begins_later_in_its_file_is_the_same_lesson(drawn: Transcript, steps: int) -> None:
    by = 5.0 * steps
    late = moved(drawn, by)
    late = replace(late, missing=merged([Span(start=0.0, end=by), *late.missing]))
    after = measured(late)
    for name, before in measured(drawn).items():
        assert_same_numbers(before, after[name])
        assert_moved(before, after[name], lambda time: time + by)
        assert placed(after[name].excluded) == placed(before.excluded, lambda time: time + by), name
    assert late.coverage * late.duration == pytest.approx(drawn.coverage * drawn.duration)


def assert_as_with_more_silence(
    drawn: Transcript, longer: Transcript, quiet_end: float, clock: Clock, added: float
) -> None:
    """`quiet_end`: seconds of silence at that end before; over 20 s it leaves whole-class time."""
    after = measured(longer)
    sound, whole = heard_seconds(drawn), whole_class_seconds(drawn)
    left = whole - (quiet_end if quiet_end <= 20 else 0.0)
    assert whole_class_seconds(longer) == pytest.approx(left)
    for name, before in measured(drawn).items():
        if name == GRID:
            continue
        if name in TIME_SHARES:
            for which in ("value", "low", "high"):
                share, later = getattr(before, which), getattr(after[name], which)
                gained = added if name == "no_speech_time" else 0.0
                if share is None or share == 1:
                    continue
                assert_equal(share * sound + gained, later * (sound + added), f"{name} {which}")
            continue
        if name == "question_rate" and left < 60:
            assert after[name].value is None
        elif name == "question_rate" and before.value is not None:
            assert after[name].value == pytest.approx(before.value * whole / left)
        else:
            assert_same_numbers(before, after[name])
        assert_moved(before, after[name], clock)


@unhurried
@given(framed(), st.integers(0, 4) | st.integers(21, 30))
def test_2_silence_after_the_lesson_is_only_silence(drawn: Transcript, quiet: int) -> None:
    drawn = quiet_after(drawn, float(quiet))
    assert_as_with_more_silence(drawn, quiet_after(drawn, 60.0), float(quiet), lambda time: time, 60.0)


@unhurried
@given(framed(), st.integers(0, 30))
def test_3_silence_before_the_lesson_is_only_silence(drawn: Transcript, quiet: int) -> None:
    drawn = moved(drawn, float(quiet))
    assert_as_with_more_silence(drawn, moved(drawn, 60.0), float(quiet), lambda time: time + 60.0, 60.0)


PAUSE = st.integers(12, 19).map(float)
"""Seconds: longer than any rule looks back, shorter than what counts as work."""


@unhurried
@given(framed(), framed(), PAUSE)
def test_4_a_lesson_is_the_sum_of_its_halves(first: Transcript, second: Transcript, pause: float) -> None:
    second = replace(
        second, words_from=first.words_from, teacher_confidence=first.teacher_confidence
    )  # halves of one recording
    one, other = quiet_after(first, pause / 2), moved(second, pause / 2)
    assert_adds_up(one, other, joined(first, second, pause))


def assert_adds_up(one: Transcript, other: Transcript, both: Transcript) -> None:
    first, second, whole = measured(one), measured(other), measured(both)
    begin = one.duration
    for name, total in whole.items():
        parts = (first[name], second[name])
        if name == GRID or (name == "talk_ratio" and None in (each.value for each in parts)):
            continue  # a half may be too one-sided to tell a share of
        if name not in TIME_SHARES:  # theirs counts spans, which rounding after a shift may part by a hair
            assert total.n == sum(each.n for each in parts), name
        if name == "longest_teacher_stretch":
            assert_equal(max((each.value for each in parts if each.value), default=None), total.value, name)
            continue
        there = placed(first[name].moments) + placed(second[name].moments, lambda time: time + begin)
        assert placed(total.moments) == sorted(there), name
        left_out = placed(first[name].excluded) + placed(second[name].excluded, lambda time: time + begin)
        ends = {row for row in left_out if row[2].endswith("words")}  # quiet before the first, after the last
        assert placed(total.excluded) == sorted(row for row in left_out if row not in ends), name
        known = [each for each in parts if each.value is not None]
        if not known:
            continue
        values = [each.value or 0.0 for each in known]
        if name in SUMS:
            assert_equal(sum(values), total.value, name)
        elif name in MEDIANS:
            assert min(values) - 1e-6 <= (total.value or 0.0) <= max(values) + 1e-6, name
        elif name in MEANS or (name in SHARES and len(known) == 2):
            weighted = sum(value * each.n for value, each in zip(values, known, strict=True))
            assert_equal(weighted / sum(each.n for each in known), total.value, name)
        elif name in TIME_SHARES and len(known) == 2:
            seconds = [heard_seconds(each) for each in (one, other)]
            spent = sum(value * each for value, each in zip(values, seconds, strict=True))
            if not time_by_class(both).unknown or name == "no_speech_time":  # unclear speech is shared out
                assert_equal(spent, (total.value or 0.0) * sum(seconds), name)
    if whole["question_rate"].value is not None:
        minutes = whole_class_seconds(one) + whole_class_seconds(other)
        assert_equal(600 * whole["question_rate"].n / minutes, whole["question_rate"].value, "question_rate")


@unhurried
@given(lessons(), st.permutations(("B", "C", "Maria", "Zed")))
def test_5_it_does_not_matter_what_students_are_called(drawn: Transcript, names: list[str]) -> None:
    called = dict(zip(("B", "C"), names, strict=False))
    renamed = replace(
        drawn,
        utterances=tuple(
            replace(each, speaker=called.get(each.speaker, each.speaker)) for each in drawn.utterances
        ),
    )
    assert measure_all(renamed) == measure_all(drawn)


@unhurried
@given(framed(), PAUSE)
def test_6_the_same_lesson_twice_has_all_of_it_twice(drawn: Transcript, pause: float) -> None:
    twice = joined(drawn, drawn, pause)
    assert_adds_up(quiet_after(drawn, pause / 2), moved(drawn, pause / 2), twice)
    after = measured(twice)
    for name, before in measured(drawn).items():
        if before.value is None or name == GRID:
            continue
        if name in SUMS:
            assert_equal(2 * before.value, after[name].value, name)
        elif name in (
            *MEDIANS,
            *MEANS,
            *SHARES,
            "talk_ratio",
            "questions_per_1000_words",
            "teacher_speech_rate",
        ):
            assert_equal(before.value, after[name].value, name)
        elif name in TIME_SHARES:
            gained = pause if name == "no_speech_time" else 0.0
            spent = 2 * before.value * heard_seconds(drawn) + gained
            assert_equal(spent, (after[name].value or 0.0) * heard_seconds(twice), name)


def asked_once_more(drawn: Transcript, wait: float, labels: tuple[str, ...]) -> Transcript:
    """The lesson with one more question, its wait and a student's answer at its end."""
    asks = replace(
        said(drawn.duration + 1, drawn.duration + 3, "Why is that so?"),
        labels=tuple(Label(name=name, probability=0.9, source="test") for name in labels),
    )
    answers = said(asks.end + wait, asks.end + wait + 2, "Because it is lighter.")
    answers = replace(answers, speaker="B", role="student")
    return replace(
        drawn,
        duration=answers.end,
        teacher_confidence=1.0,
        utterances=(*drawn.utterances, asks, answers),
        speech=merged([*drawn.speech, asks, answers]),
    )


ASKED = st.sampled_from((("question",), ("question", "open"), ("nomination", "question")))


@unhurried
@given(framed(), st.integers(15, 120), ASKED, st.data())
def test_7_a_longer_pause_makes_the_waits_over_it_longer_and_no_others(
    drawn: Transcript, tenths: int, labels: tuple[str, ...], data: st.DataObject
) -> None:
    drawn = asked_once_more(drawn, tenths / 10, labels)
    before = measured(drawn)
    waits = [each for name in MEDIANS[:3] for each in before[name].moments]
    stretchable = [
        (wait, quiet)
        for wait in waits
        for quiet in silences(drawn)
        if wait.label != "nobody heard"
        if max(wait.start, quiet.start) < min(wait.end, quiet.end)
        if 1.0 <= wait.duration <= 15.0 and quiet.duration <= 15.0
    ]
    wait, quiet = data.draw(st.sampled_from(stretchable))
    by = data.draw(st.integers(1, 4)) + 0.5
    cut = (max(wait.start, quiet.start) + min(wait.end, quiet.end)) / 2
    assume(
        all(
            each.duration + by <= 20 and each.duration >= 1.0 for each in waits if each.start < cut < each.end
        )
    )

    def clock(time: float) -> float:
        return time if time <= cut else time + by

    after = measured(mapped(drawn, clock, drawn.duration + by))
    for name in MEDIANS[:3]:
        assert_moved(before[name], after[name], clock)
        assert (before[name].value is None) == (after[name].value is None)
        assert (after[name].value or 0.0) >= (before[name].value or 0.0) - 1e-9
    assert_equal(before["talk_ratio"].value, after["talk_ratio"].value, "talk_ratio")


@unhurried
@given(lessons())
def test_what_holds_for_every_measurement_of_every_lesson(drawn: Transcript) -> None:
    found = measured(drawn)
    shares = [found[name].value for name in TIME_SHARES]
    if None not in shares:
        assert sum(each or 0.0 for each in shares) == pytest.approx(1.0, abs=0.001)
    for name, each in found.items():
        for moment in (*each.moments, *each.excluded):
            assert 0 <= moment.start <= moment.end <= drawn.duration + 1e-6, name
        if each.value is not None and each.low is not None and each.high is not None:
            assert 0 <= each.low <= each.value <= each.high, name
        if name in (*MEDIANS, "student_turns", "student_to_student", "work_time", "no_response_recovery"):
            assert each.n == len(each.moments), name
        if name in SUMS and each.unit == "count":
            assert each.value is None or each.value == each.n, name
