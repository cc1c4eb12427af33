"""Intervals: what they must hold, and that they grow with what is uncertain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.annotation import annotate
from coachai.mishearing import ERRORS, errors_of
from coachai.uncertainty import (
    Sample,
    Statistic,
    Tally,
    count,
    flipped,
    interval,
    longest,
    longest_run,
    mean,
    median,
    share_at_least,
    share_of_either,
    sharpened,
    tallied,
    time_draws,
    total,
)
from tests.lessons import unhurried
from tests.timeline import lesson, reads

STATISTICS = (median, mean, total, longest, count, share_at_least(3.0))
CHANCES = st.floats(0, 1)


def width(sample: Sample, statistic: Statistic = median, value: float = 2.0) -> float:
    low, high = interval(sample, statistic, value)
    return high - low


@unhurried
@given(
    st.lists(st.tuples(st.floats(0, 30), CHANCES), max_size=20),
    st.sampled_from(STATISTICS),
    st.floats(0.05, 1),
    st.lists(st.floats(0, 30), max_size=5),
)
def test_an_interval_holds_its_value_whatever_was_found(
    found: list[tuple[float, float]], statistic: Statistic, recall: float, others: list[float]
) -> None:
    sample = Sample(
        values=[value for value, _ in found],
        real=[chance for _, chance in found],
        spread=0.2,
        shift=0.1,
        recall=(recall, 1.0),
        others=others,
        unlike=0.5,
        scale=0.1,
    )
    low, high = interval(sample, statistic, 1.0)
    assert 0 <= low <= 1.0 <= high < np.inf


def test_what_is_certain_has_no_width() -> None:
    sure = Sample(values=[1.0, 2.0, 9.0], real=[1.0] * 3)
    for statistic, value in ((median, 2.0), (mean, 4.0), (total, 12.0), (longest, 9.0), (count, 3.0)):
        assert interval(sure, statistic, value) == (value, value)
    assert interval(sure, share_at_least(2.0), 2 / 3) == pytest.approx((2 / 3, 2 / 3))


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    assert interval(Sample(values=[1.0, 2.0, 4.0, 9.0], real=[1.0] * 4), median, 3.0) == (3.0, 3.0)


def test_the_same_sample_gives_the_same_interval() -> None:
    sample = Sample(values=[1.0, 2.0, 3.0], real=[0.8] * 3, spread=0.3, recall=(0.5, 0.8))
    assert interval(sample, median, 2.0) == interval(sample, median, 2.0)


def test_doubt_widens_an_interval() -> None:
    values = [0.5 + 0.1 * i for i in range(40)]
    sure = Sample(values=values, real=[1.0] * 40, spread=0.05)
    assert width(Sample(values=values, real=[0.6] * 40, spread=0.05)) > width(sure)
    assert width(Sample(values=values, real=[1.0] * 40, spread=0.5)) > width(sure)
    assert width(Sample(values=values, real=[1.0] * 40, spread=0.05, shift=0.4)) > 2 * width(sure)
    assert width(Sample(values=values, real=[1.0] * 40, spread=0.05, recall=(0.3, 0.6))) > width(sure)
    assert width(sure, total, sum(values)) < width(
        Sample(values=values, real=[1.0] * 40, scale=0.1), total, sum(values)
    )


def test_missed_episodes_pull_towards_where_missed_ones_are() -> None:
    found = Sample(
        values=[3.0] * 20, real=[1.0] * 20, recall=(0.3, 0.4), others=[0.2] * 10, unlike=1.0, spread=0.1
    )
    low, high = interval(found, median, 3.0)
    assert low < 1.0
    assert high == pytest.approx(3.0, abs=0.2)


def test_a_count_of_nothing_may_still_have_missed_some() -> None:
    low, high = interval(Sample(values=[], real=[], recall=(0.3, 0.6)), count, 0.0)
    assert (low, high > 0) == (0.0, True)


def test_a_share_of_doubtful_kinds_is_wide() -> None:
    assert flipped([1.0] * 5 + [0.0] * 5, 0.5) == (0.5, 0.5)
    low, high = flipped([0.7] * 5 + [0.3] * 5, 0.5)
    assert low <= 0.3
    assert high >= 0.7


def test_the_longest_run_is_broken_and_joined_by_chance() -> None:
    assert longest_run([2.0, 3.0, 4.0], [0.0, 1.0, 0.0], [0.0] * 3, 5.0) == (5.0, 5.0)
    assert longest_run([2.0, 3.0, 4.0], [0.0, 1.0, 0.3], [0.0] * 3, 5.0) == (5.0, 9.0)
    assert longest_run([2.0, 3.0, 4.0], [0.0, 1.0, 0.0], [0.0, 0.3, 0.0], 5.0) == (4.0, 5.0)
    assert longest_run([], [], [], 1.0) == (0.0, 1.0)


def test_noise_and_poorer_words_mean_larger_errors() -> None:
    clean = lesson("0 - 1 T: So.")
    noisy = lesson(
        "0 - 1 T: So.",
        quality=clean.quality.__class__(
            speech_level_dbfs=-20.0, noise_level_dbfs=-28.0, snr_db=8.0, clipped_share=0.0
        ),
    )
    unmarked = lesson("0 - 1 T: So.", marks=False, names=False)
    unheard_of = lesson("0 - 1 T: So.", recogniser="something new")
    assert errors_of(noisy).boundary > errors_of(clean).boundary
    assert errors_of(unmarked).recall < errors_of(clean).recall
    # Edges grow with the number of stretches of speech, here one of a second.
    assert replace(errors_of(unheard_of), edge=ERRORS["sound"].edge) == ERRORS["sound"]
    assert errors_of(unheard_of).edge > ERRORS["sound"].edge


def test_unsure_roles_and_unknown_speech_widen_the_time_of_both() -> None:
    sure = lesson("0 - 60 T: So.\n60 - 80 S1: Yes.")
    seconds = {"teacher": 60.0, "student": 20.0, "several": 0.0, "unknown": 0.0, "silence": 20.0}

    def spread(draws: dict[str, np.ndarray]) -> float:
        return float(np.std(draws["teacher"] / (draws["teacher"] + draws["student"])))

    known = spread(time_draws(sure, seconds))
    assert spread(time_draws(sure, seconds | {"unknown": 30.0})) > known
    doubtful = lesson("0 - 60 ?: (x)\n60 - 80 S1: Yes.")
    doubtful = lesson("0 - 60 T: So.\n60 - 80 S1: Yes.", marks=False, names=False)
    assert spread(time_draws(doubtful, seconds)) > known
    whole = sum(time_draws(sure, seconds).values())
    assert np.allclose(whole, 100.0)


def test_noise_hides_parts_of_pauses_so_the_true_ones_are_longer() -> None:
    values = [0.5 + 0.05 * i for i in range(30)]
    low, high = interval(Sample(values=values, real=[1.0] * 30, swallowed=0.3), median, 1.225)
    assert low == pytest.approx(1.225, abs=0.1)
    assert high > 1.4


def test_a_doubtful_question_before_a_long_pause_is_more_likely_one() -> None:
    sample = sharpened(Sample(values=[0.2, 2.0] * 10, real=[0.6] * 20, others=[0.3] * 20))
    assert sample.real[0] < 0.6 < sample.real[1]
    sure = Sample(values=[0.2, 2.0], real=[1.0, 1.0], others=[0.3] * 20)
    assert sharpened(sure) == sure
    assert sharpened(Sample(values=[0.2], real=[0.5])).real == [0.5]


def test_calibrated_chances_are_counted_with_what_is_below_any_threshold() -> None:
    likely = Tally(chances=[0.3] * 100, drift=0.0)
    low, high = tallied(likely, 30.0)
    # The middle 90 % of a binomial distribution of 100 with .3 is 23 to 38.
    assert (low, high) == (pytest.approx(23, abs=1), pytest.approx(38, abs=1))
    wider = tallied(replace(likely, drift=0.5), 30.0)
    assert wider[1] - wider[0] > 1.3 * (high - low)
    assert tallied(replace(likely, beyond=10.0), 30.0)[1] >= high + 6
    assert tallied(replace(likely, recall=(0.4, 0.6)), 30.0)[1] >= 1.5 * high
    assert tallied(Tally(chances=[1.0] * 7, drift=1.0), 7.0) == (7.0, 7.0)
    assert tallied(Tally(chances=[], drift=1.0), 0.0) == (0.0, 0.0)


@given(st.lists(CHANCES, min_size=1, max_size=20), st.integers(0, 19), CHANCES, st.floats(0, 1))
def test_a_likelier_thing_never_lowers_a_count(
    chances: list[float], place: int, more: float, drift: float
) -> None:
    place %= len(chances)
    likelier = [*chances]
    likelier[place] = max(likelier[place], more)
    before = tallied(Tally(chances=chances, drift=drift), 0.0)
    after = tallied(Tally(chances=likelier, drift=drift), 0.0)
    assert before[0] <= after[0]
    assert before[1] <= after[1]
    added = tallied(Tally(chances=[*chances, more], drift=drift), 0.0)
    assert before[1] <= added[1]


def test_the_share_of_two_kinds_leaves_out_what_is_neither() -> None:
    assert share_of_either([(1.0, 0.0)] * 5 + [(0.0, 1.0)] * 5, 0.0, 0.5) == (0.5, 0.5)
    assert share_of_either([(1.0, 0.0)] * 5 + [(0.0, 1.0)] * 5 + [(0.0, 0.0)] * 50, 0.3, 0.5) == (0.5, 0.5)
    low, high = share_of_either([(0.4, 0.4)] * 20, 0.0, 0.5)
    assert 0.2 < low < 0.4
    assert 0.6 < high < 0.8
    assert share_of_either([], 0.3, 0.4) == (0.4, 0.4)
    wider = share_of_either([(0.4, 0.4)] * 20, 1.0, 0.5)
    assert wider[1] - wider[0] > high - low


def test_what_was_read_says_how_many_questions_were_missed() -> None:
    drawn = lesson(
        "\n".join(f"{4 * i} - {4 * i + 2} T: so what is it" for i in range(20)), marks=False, names=False
    )

    def recall(chances: list[float]) -> tuple[float, float]:
        read = annotate(reads(drawn, {i: {"question": chance} for i, chance in enumerate(chances)}))
        return errors_of(read).recall

    assert errors_of(drawn).recall == ERRORS["captions_unmarked"].recall
    low, high = recall([0.97] * 20)
    assert low > 0.99
    low, high = recall([0.97] * 10 + [0.3] * 10)
    assert low < 9.7 / 12.7 < high < 0.9
    assert errors_of(annotate(reads(drawn, {0: {"question": 0.9}}))).trust == 1.0
