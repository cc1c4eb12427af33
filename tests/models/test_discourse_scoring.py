"""The arithmetic of the discourse model's figures, held against scikit-learn, scipy and known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr
from scoring import (
    Agreement,
    Calibration,
    correlation,
    figure,
    macro_f1,
    partial_spearman,
    pearsons,
    ranks,
    rounded,
    spearmans,
    sums,
)
from sklearn.metrics import f1_score, precision_score, recall_score

Sentences = list[tuple[int, int, int]]
coded = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=60
)  # (truth, made, lesson)
pairs = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=40)


def columns(rows: Sentences) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    truth, made, lesson = np.array(rows).T
    return truth, made, lesson


@given(coded)
def test_labels_agree_with_scikit_learn_however_they_are_spread_over_lessons(rows: Sentences) -> None:
    truth, made, lesson = columns(rows)
    for label in range(4):
        counted = Agreement.of(truth == label, made == label, lesson, 5)
        assert counted.support == (truth == label).sum()
        for found, expected in (
            (counted.f1(), f1_score),
            (counted.precision(), precision_score),
            (counted.recall(), recall_score),
        ):
            if found.value is not None:
                assert found.value == pytest.approx(expected(truth == label, made == label, zero_division=0))


@given(coded)
def test_the_macro_mean_is_scikit_learns_over_the_labels_that_occur(rows: Sentences) -> None:
    truth, made, lesson = columns(rows)
    labels = [Agreement.of(truth == label, made == label, lesson, 5) for label in range(4)]
    expected = f1_score(truth, made, average="macro")
    assert macro_f1(labels).value == pytest.approx(expected)


@given(coded)
def test_a_lesson_drawn_twice_counts_as_two_lessons(rows: Sentences) -> None:
    truth, made, lesson = columns(rows)
    counted = Agreement.of(truth == 1, made == 1, lesson, 5)
    weights = np.array([[2.0, 1, 0, 3, 1]])
    again = np.repeat(np.arange(len(rows)), weights[0, lesson].astype(int))
    expected = Agreement.of(truth[again] == 1, made[again] == 1, lesson[again], 5)
    assert counted.f1s(weights) == pytest.approx(expected.f1s(np.ones((1, 5))), nan_ok=True)


@given(pairs, st.data())
def test_correlations_agree_with_scipy_also_where_pairs_are_drawn_more_than_once(
    rows: list[tuple[int, int]], data: st.DataObject
) -> None:
    x, y = np.array(rows, dtype=float).T
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(x), max_size=len(x))), dtype=float)
    drawn = np.repeat(np.arange(len(x)), weights.astype(int))
    assume(len(set(x[drawn])) > 1 and len(set(y[drawn])) > 1)
    assert pearsons(x, y, weights[None])[0] == pytest.approx(np.corrcoef(x[drawn], y[drawn])[0, 1])
    assert spearmans(x, y, weights[None])[0] == pytest.approx(spearmanr(x[drawn], y[drawn]).statistic)
    expected = rankdata(x[drawn])
    assert np.repeat(ranks(x, weights[None])[0], weights.astype(int)) == pytest.approx(expected)


def test_the_partial_correlation_takes_a_length_out_that_explains_everything() -> None:
    rng = np.random.default_rng(3)
    length = rng.permutation(400).astype(float)
    rating, score = length + rng.normal(0, 150, 400), length + rng.normal(0, 150, 400)
    lessons = np.arange(400) // 4
    plain = correlation(spearmans, score, rating, lessons)
    left = partial_spearman(score, rating, length, lessons)
    assert plain.value is not None
    assert plain.value > 0.3
    assert left.low is not None
    assert left.high is not None
    assert left.low < 0 < left.high


def test_the_partial_correlation_is_that_of_what_regression_leaves() -> None:
    rng = np.random.default_rng(4)
    x, y, z = rng.permuted(np.tile(np.arange(50.0), (3, 1)), axis=1)
    x, y = rankdata(x + z), rankdata(y + z - 0.5 * x)
    z = rankdata(z)
    left = [each - np.polyval(np.polyfit(z, each, 1), z) for each in (x, y)]
    found = partial_spearman(x, y, z, np.arange(50)).value
    assert found == pytest.approx(np.corrcoef(*left)[0, 1])


def test_what_does_not_vary_has_no_correlation() -> None:
    assert correlation(pearsons, [0.1] * 7, range(7)).value is None
    assert correlation(spearmans, range(7), [0.3] * 7).value is None
    assert correlation(pearsons, [], []).value is None
    assert correlation(pearsons, [1, 2], [2, 1]).value is None


def test_the_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    """A mean of n values has a standard error of s / sqrt(n), and a 90 % interval of 2 x 1.645 of it."""
    values = np.random.default_rng(5).normal(10, 2, size=200)

    def mean(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(weights @ values / weights.sum(axis=1))

    found = figure(mean, 200, 200)
    assert found.value == pytest.approx(values.mean())
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(2 * 1.645 * values.std() / np.sqrt(200), rel=0.08)
    assert figure(mean, 200, 200) == found


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Lessons differ: F1 of a label that is right more often in some lessons than in others."""
    rng, held = np.random.default_rng(6), 0
    for _ in range(120):
        lesson = np.repeat(np.arange(40), 25)
        accuracy = rng.beta(16, 4, size=40)[lesson]
        truth = rng.random(1000) < 0.3
        made = np.where(rng.random(1000) < accuracy, truth, ~truth)
        found = Agreement.of(truth, made, lesson, 40).f1()
        assert found.low is not None
        assert found.high is not None
        # Of infinitely many lessons: right .3 x .8, wrong .7 x .2, missed .3 x .2.
        held += found.low <= 2 * 0.24 / (2 * 0.24 + 0.14 + 0.06) <= found.high
    assert 0.8 <= held / 120 <= 0.97


def test_sentences_of_one_lesson_do_not_count_as_many_witnesses() -> None:
    """The same sentences, once in 4 lessons that agree within themselves, once each on its own."""
    truth = np.ones(400, dtype=bool)
    made = np.repeat([True, False, True, True], 100)
    together = Agreement.of(truth, made, np.repeat(np.arange(4), 100), 4).recall()
    apart = Agreement.of(truth, made, np.arange(400), 400).recall()
    assert together.low is not None
    assert apart.low is not None
    assert together.low < apart.low - 0.1


def test_one_lesson_has_a_figure_but_no_interval() -> None:
    found = Agreement.of([True, True], [True, False], [0, 0], 1).recall()
    assert (found.value, found.low, found.high) == (0.5, None, None)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 3)), min_size=1, max_size=50))
def test_calibration_is_the_mean_distance_of_promise_and_truth(rows: list[tuple[float, bool, int]]) -> None:
    probability, truth, lesson = (np.array(column) for column in zip(*rows, strict=True))
    found = Calibration.of(probability, truth, lesson, 4)
    # Written down a second time, slowly and without lessons.
    far, count = 0.0, 0
    for k in range(9):
        inside = [
            (p, t) for p, t, _ in rows if p >= np.linspace(0.1, 1, 10)[k] and (k == 8 or p < BIN_ENDS[k])
        ]
        far += abs(sum(p for p, _ in inside) - sum(t for _, t in inside))
        count += len(inside)
    expected = far / count if count else None
    assert found.error().value == (None if expected is None else pytest.approx(expected))
    assert sum(each["n"] or 0 for each in found.bins()) == count


BIN_ENDS = np.linspace(0.1, 1, 10)[1:]


def test_calibration_sees_a_promise_that_is_not_held() -> None:
    rng = np.random.default_rng(8)
    probability = rng.uniform(0.1, 1, 20_000)
    truth = rng.random(20_000) < probability
    lessons = np.arange(20_000) // 200
    assert (Calibration.of(probability, truth, lessons, 100).error().value or 0) < 0.02
    boasting = np.sqrt(probability)
    error = Calibration.of(boasting, truth, lessons, 100).error().value
    assert error == pytest.approx(np.mean(boasting - probability), abs=0.02)


def test_with_few_sentences_held_promises_are_off_by_chance() -> None:
    rng = np.random.default_rng(4)
    probability = rng.uniform(0.1, 1, 90)
    lessons = np.zeros(90, dtype=int)
    drawn = [Calibration.of(probability, rng.random(90) < probability, lessons, 1) for _ in range(400)]
    assert drawn[0].by_chance() == pytest.approx(np.mean([each.error().value for each in drawn]), rel=0.1)
    assert drawn[0].by_chance() > 0.05


def test_sums_and_rounding() -> None:
    assert sums([1, 2, 4], [0, 2, 0], 3).tolist() == [5, 0, 2]
    assert sums(np.zeros((0, 3)), np.zeros(0), 2).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert rounded(float("nan")) is None
    assert rounded(0.123456) == 0.1235
