"""Numbers, times and intervals as a teacher reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.records import Measurement, Span
from coachai.report.words import between, clock, in_words, length, percent

LIKELY = "; the true value is very likely between"


def measured(value: float | None, low: float | None, high: float | None, unit: str) -> Measurement:
    return Measurement(measure="m", value=value, low=low, high=high, unit=unit, n=12)


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "words"),
    [
        (1.2, 1.0, 1.4, "s", "about 1.2 s; the true value is very likely between 1.0 and 1.4 s"),
        (0.72, 0.68, 0.75, "share", "about 72 %; the true value is very likely between 68 and 75 %"),
        (0.64, 0.61, 0.67, "ratio", "about 64 %; the true value is very likely between 61 and 67 %"),
        (1.21, 1.19, 1.22, "s", "about 1.21 s; the true value is very likely between 1.19 and 1.22 s"),
        (7.0, 5.8, 8.1, "count", "about 7; the true value is very likely between 5 and 9"),
        (7.0, 7.0, 7.0, "count", "7"),
        (75.0, 61.0, 80.0, "s", f"about 1 min 15 s{LIKELY} 1 min 1 s and 1 min 20 s"),
        (36.2, 30.1, 41.0, "per 10 min", f"about 36 per 10 min{LIKELY} 30 and 41 per 10 min"),
        (2.0, 1.999, 2.001, "words", "about 2.00 words; the true value is very likely just that"),
        (6.9, None, None, "words", "about 6.9 words"),
        (None, None, None, "share", "We cannot say."),
        (0.11, 0.098, 0.187, "share", f"about 11 %{LIKELY} 10 and 19 %"),
        (0.0021, 0.0021, 0.0022, "share", f"about 0.21 %{LIKELY} 0.21 and 0.22 %"),
        (None, None, None, "moments", "No moment was picked out."),
    ],
)  # fmt: skip
def test_a_number_in_words(
    value: float | None, low: float | None, high: float | None, unit: str, words: str
) -> None:
    assert in_words(measured(value, low, high, unit)).replace("\u00a0", " ") == words


@given(
    st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from(["s", "share", "count", "words"])
)
def test_words_never_hide_an_interval_that_is_there(a: float, b: float, c: float, unit: str) -> None:
    low, value, high = sorted((a, b, c))
    said = in_words(measured(value, low, high, unit))
    assert low == high or "the true value is very likely" in said
    shown = said.partition("between ")[2].partition(" and ")
    assert shown[0] != shown[2].partition("\u00a0")[0] or not shown[0]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (65.9, "1:05"), (3723, "1:02:03"), (359999, "99:59:59")]
)
def test_the_clock_is_the_players(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_a_hole_is_rounded_outwards() -> None:
    assert between(Span(start=5.9, end=6.1)) == "from 0:05 to 0:07"
    assert between(Span(start=5.0, end=7.0)) == "from 0:05 to 0:07"


def test_lengths_and_shares() -> None:
    shown = [length(each).replace("\u00a0", " ") for each in (0.0, 3.64, 9.96, 42, 59.7, 60, 125)]
    assert shown == ["0.0 s", "3.6 s", "10 s", "42 s", "1 min", "1 min", "2 min 5 s"]
    assert percent(0.004).replace("\u00a0", " ") == "under 1 %"
    assert percent(0.0).replace("\u00a0", " ") == "0 %"
