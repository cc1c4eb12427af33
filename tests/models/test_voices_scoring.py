"""How voices and roles are held against what is known: cases by hand, and what must hold for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import simpleder
from hypothesis import given
from hypothesis import strategies as st

from coachai.records import Span
from models.voices import conditions, figures, scoring
from models.voices.inputs import Lesson, Said, at_once
from tests.timeline import lesson as drawn

MORNING = """
    0.0 - 6.0  T: Why does ice float?
    8.0 -10.0 S1: Because it is lighter.
   10.0 -12.0 S2: No.
"""


def known(drawing: str, duration: float = 20.0, **changes: object) -> Lesson:
    """A lesson whose truth is drawn; `V` may not be drawn, so visitors are set by `changes`."""
    said = tuple(
        Said(start=each.start, end=each.end, role=each.role, speaker=each.speaker)
        for each in drawn(drawing).utterances
    )
    whole = Lesson(
        name="morning", kind="voices", condition="clean", media=Path("a.wav"), duration=duration, said=said
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_what_is_heard_as_it_was_is_right_in_every_figure() -> None:
    lesson, heard = known(MORNING), drawn(MORNING)
    assert scoring.roles_right(lesson, heard) == pytest.approx({"plain": 1.0, "balanced": 1.0, "always": 0.6})
    assert scoring.role_errors(lesson, heard).said.seconds == 0
    assert scoring.share_error(lesson, heard) == pytest.approx((0.0, 0.2))
    assert all(right for _, right in scoring.role_promises(lesson, heard))
    assert scoring.teacher_promise(lesson, heard) == (heard.teacher_confidence, True)


def test_errors_of_roles_keep_the_labels_and_count_unknown_speech() -> None:
    heard = drawn("""
        0.0 - 6.0 S1: Why does ice float?
        8.0 -10.0  T: Because it is lighter.
       10.0 -11.0  ?: No.
       13.0 -15.0  T: (nobody)
    """)
    errors = scoring.role_errors(known(MORNING), heard)
    found, always = errors.said, errors.always
    # Six seconds and two are swapped, one is unknown, one is missed, two are made up: 12 of 10.
    assert (found.confused, found.missed, found.made_up, found.total) == pytest.approx((9, 1, 2, 10))
    assert found.rate == pytest.approx(1.2)
    assert (always.confused, always.missed, always.made_up) == pytest.approx((3, 1, 2))


def test_a_breath_inside_an_utterance_is_nobody_s_talk() -> None:
    heard = drawn(MORNING)
    breathing = replace(heard, speech=(Span(start=0, end=3), Span(start=4, end=6), *heard.speech[1:]))
    errors = scoring.role_errors(known(MORNING), breathing)
    assert (errors.said.missed, errors.talk.missed) == pytest.approx((0, 1))


def test_voices_are_matched_to_speakers_as_well_as_can_be() -> None:
    said = known(MORNING).said
    whole = [Span(start=0, end=20)]
    right = [(0.0, 6.0, "B"), (8.0, 10.0, "A"), (10.0, 12.0, "C")]
    merged = [(0.0, 6.0, "B"), (8.0, 12.0, "A")]
    speech = [Span(start=start, end=end) for start, end, _ in right]
    perfect, one = scoring.speaker_errors(said, right, speech, whole)
    assert perfect.seconds == 0
    assert (one.confused, one.rate) == pytest.approx((4, 0.4))
    assert scoring.speaker_errors(said, merged, speech, whole)[0].confused == pytest.approx(2)


def test_overlap_is_scored() -> None:
    said = [
        Said(start=0, end=4, role="teacher", speaker="a"),
        Said(start=2, end=4, role="student", speaker="b"),
    ]
    found, _ = scoring.speaker_errors(said, [(0.0, 4.0, "A")], [], [Span(start=0, end=5)])
    assert (found.missed, found.total) == pytest.approx((2, 6))


def test_visitors_films_and_group_talk_are_nobody_s_role() -> None:
    lesson = known(MORNING)
    visitor = Said(start=14, end=18, role="visitor", speaker="v")
    crowd = [Said(start=15, end=20, role="student", speaker="s1")]
    lesson = replace(lesson, said=(*lesson.said, visitor, *crowd), group=(Span(start=15, end=20),))
    heard = drawn(MORNING + "14.0 -18.0 T: I am the head.")
    assert scoring.roles_right(lesson, heard) == scoring.roles_right(known(MORNING), drawn(MORNING))
    assert scoring.role_errors(lesson, heard).said.seconds == 0
    assert scoring.share_error(known(MORNING), drawn(MORNING)) == pytest.approx((0.0, 0.2))


def test_a_lesson_in_which_only_one_role_speaks_has_no_role_accuracy() -> None:
    alone = "0.0 - 6.0 T: Why does ice float?"
    assert scoring.roles_right(known(alone), drawn(alone)) is None
    assert scoring.share_error(known(alone), drawn(alone)) is None


def test_group_talk_is_counted_by_time() -> None:
    lesson = known(MORNING, group=(Span(start=10, end=14),))
    assert scoring.group_talk(lesson, [Span(start=12, end=15)]) == pytest.approx((2, 1, 2))
    assert scoring.group_talk(lesson, []) == pytest.approx((0, 0, 4))


def test_time_of_each_speaker_is_counted_alone() -> None:
    heard = drawn("""
        0.0 - 6.0  T: Why does ice float?
        8.0 -10.0 S1: Because it is lighter.
       10.0 -12.0  T: No.
    """)
    found = scoring.right_by_speaker(known(MORNING), heard)
    assert {role for role, *_ in found.values()} == {"teacher", "student"}
    assert sorted((seconds, right) for _, seconds, right in found.values()) == [
        pytest.approx((2, 0)),
        pytest.approx((2, 2)),
        pytest.approx((6, 6)),
    ]


def test_a_promise_is_kept_where_most_of_the_known_time_has_the_role() -> None:
    heard = drawn("""
        0.0 - 9.0  T: Why does ice float?
        9.0 -12.0  T: No.
       15.0 -16.0  T: (nobody speaks here)
    """)
    assert [right for _, right in scoring.role_promises(known(MORNING), heard)] == [True, False]


spans = st.lists(
    st.tuples(st.integers(0, 300), st.integers(1, 60)).map(
        lambda each: Span(start=each[0] / 10, end=(each[0] + each[1]) / 10)
    ),
    max_size=8,
)


@given(spans)
def test_group_talk_is_where_three_speak_at_once(said: list[Span]) -> None:
    found = at_once(said)
    count = np.zeros(400, dtype=int)
    for each in said:
        count[round(each.start * 10) : round(each.end * 10)] += 1
    inside = np.zeros(400, dtype=bool)
    for each in found:
        assert each.duration >= 3 - 1e-9
        inside[round(each.start * 10) : round(each.end * 10)] = True
        # It begins and ends with three voices; pauses within are a second at most.
        assert count[round(each.start * 10)] >= 3
        assert count[round(each.end * 10) - 1] >= 3
    runs = "".join("x" if each else "." for each in (count >= 3) & ~inside).split(".")
    assert max(map(len, runs)) < 30


turn = st.tuples(st.integers(0, 40), st.integers(1, 12), st.sampled_from("abc"))


def _in_a_row(turns: Sequence[tuple[int, int, str]]) -> list[tuple[str, float, float]]:
    """Turns with their pauses, one after the other: the independent count knows no overlap."""
    clock, found = 0.0, []
    for pause, length, speaker in turns:
        found.append((speaker, clock + pause / 4, clock + pause / 4 + length))
        clock = found[-1][2]
    return found


@given(st.lists(turn, min_size=1, max_size=6), st.lists(turn, min_size=1, max_size=6))
def test_the_error_rate_agrees_with_another_program_s(
    true: list[tuple[int, int, str]], heard: list[tuple[int, int, str]]
) -> None:
    one, two = _in_a_row(true), _in_a_row(heard)
    said = [Said(start=start, end=end, role="unknown", speaker=who) for who, start, end in one]
    found, _ = scoring.speaker_errors(
        said, [(start, end, who) for who, start, end in two], [], [Span(start=0, end=400)]
    )
    assert found.rate == pytest.approx(simpleder.DER(one, two), abs=1e-6)


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0.1, 9)), min_size=2, max_size=20))
def test_a_ratio_lies_in_its_interval_and_between_the_smallest_and_the_largest(
    units: list[tuple[float, float]],
) -> None:
    found = figures.ratio((part for part, _ in units), (whole for _, whole in units), "lessons")
    each = [part / whole for part, whole in units]
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert min(each) - 1e-9 <= found.low <= found.high <= max(each) + 1e-9
    assert min(each) - 1e-9 <= found.value <= max(each) + 1e-9
    assert found.n == len(units)


def test_one_lesson_has_no_interval_and_none_has_no_figure() -> None:
    assert figures.mean([0.5], "lessons").low is None
    assert figures.mean([], "lessons").value is None
    assert figures.mean([float("nan"), 0.25], "lessons").n == 1


def test_a_figure_is_written_with_its_baseline_and_its_parts() -> None:
    part = figures.mean([0.5, 0.7], "lessons")
    told = figures.mean([0.5, 0.7, 0.9], "lessons").beside("always the teacher", 0.65)
    written = told.in_parts(condition={"clean": part}, age={}).as_json()
    assert (written["value"], written["n"], written["of"]) == (0.7, 3, "lessons")
    assert (written["baseline"], written["baseline_is"]) == (0.65, "always the teacher")
    assert written["by_condition"]["clean"]["value"] == 0.6
    assert "by_age" not in written


def answer(speaker: str, adult: bool, log_odds: float) -> scoring.Answer:
    return scoring.Answer(
        speaker=speaker, adult=adult, ages="adults" if adult else "6-8", gender="f", log_odds=log_odds
    )


def test_adult_or_child_by_sentence_and_by_speaker() -> None:
    clips = [answer("a", True, 3), answer("a", True, -1), answer("b", False, -1), answer("b", False, -2)]
    clips += [answer("c", False, 2)]
    right, every = scoring.counts(clips)
    assert (right.sum(axis=0).tolist(), every.sum(axis=0).tolist()) == ([2, 1], [3, 2])
    # The mean of a's log odds is an adult's, though one of the two sentences is not.
    assert [(each.speaker, each.log_odds > 0) for each in scoring.by_speaker(clips)] == [
        ("a", True),
        ("b", False),
        ("c", True),
    ]
    assert scoring.larger_class(clips) == pytest.approx(0.6)
    assert figures.balanced(right, every, "speakers", 5).value == pytest.approx((2 / 3 + 1 / 2) / 2)


promises = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from("abcd")), min_size=1, max_size=40
)


@given(promises)
def test_the_calibration_error_is_a_distance_and_nothing_is_lost(
    said: list[tuple[float, bool, str]],
) -> None:
    given_, held, units = zip(*said, strict=True)
    written = figures.Calibration.of(given_, held, units).as_json("speakers")
    assert 0 <= written["ece"] <= 1
    assert sum(each["n"] for each in written["bins"]) == written["ece_n"] == len(said)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.floats(0, 1))
def test_one_promise_for_all_is_off_by_what_it_differs_from_the_truth(
    held: list[bool], chance: float
) -> None:
    written = figures.Calibration.of([chance] * len(held), held, ["a"] * len(held)).as_json("speakers")
    assert written["ece"] == pytest.approx(abs(chance - np.mean(held)), abs=1e-4)


@pytest.mark.parametrize("condition", sorted(conditions.CONDITIONS))
def test_a_condition_changes_the_sound_and_is_the_same_again(condition: str) -> None:
    rng = np.random.default_rng(1)
    voice = (0.1 * rng.standard_normal(16_000)).astype(np.float32)
    others = [(0.1 * rng.standard_normal(9_000)).astype(np.float32)]
    heard = conditions.in_condition(voice, condition, "one", others)
    assert heard.shape == voice.shape
    assert heard.dtype == np.float32
    assert np.abs(heard).max() <= 1
    assert np.array_equal(heard, conditions.in_condition(voice, condition, "one", others))
    assert not np.allclose(heard, voice, atol=1e-2)
    other = conditions.in_condition(voice, condition, "two", others)
    assert not np.array_equal(heard, other)


def test_clean_is_the_clip_as_it_is_and_a_phone_is_narrow_and_far_is_faint() -> None:
    rng = np.random.default_rng(1)
    voice = (0.1 * rng.standard_normal(16_000)).astype(np.float32)
    assert conditions.in_condition(voice, "clean", "one", []) is voice
    power = np.abs(np.fft.rfft(conditions.in_condition(voice, "phone", "one", []))) ** 2
    assert power[4200:].sum() < 0.01 * power[400:3300].sum()
    far = conditions.in_condition(voice, "far", "one", [])
    assert np.std(far) < 0.3 * np.std(voice)
