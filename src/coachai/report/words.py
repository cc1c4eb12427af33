"""Numbers and times as a teacher would say them."""

from __future__ import annotations

import math
from collections.abc import Callable

from coachai.records import Measurement, Span

NO_BREAK = "\u00a0"
"""Between a number and its unit, so that a narrow screen does not part them."""

MOMENTS_ONLY = "Moments to play, not a number."


def clock(seconds: float) -> str:
    """A place in the recording as a player shows it: 1:05, or 1:02:03 from an hour on."""
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def between(span: Span) -> str:
    """ "from 0:05 to 0:07"; both ends rounded outwards, so that a short hole does not read as none."""
    first, last = clock(span.start), clock(-int(-span.end // 1))
    return f"from {first} to {last}"


def length(seconds: float) -> str:
    """A length of time: 3.6 s, 42 s, 2 min 5 s."""
    if seconds < 9.95:
        return f"{seconds:.1f}{NO_BREAK}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{NO_BREAK}s"
    minutes, rest = divmod(whole, 60)
    said = f"{minutes}{NO_BREAK}min"
    return f"{said} {rest}{NO_BREAK}s" if rest else said


def percent(share: float) -> str:
    """A share (0 to 1) in whole per cent; what is there never reads as nothing."""
    if 0 < share < 0.005:
        return f"under 1{NO_BREAK}%"
    return f"{100 * share:.0f}{NO_BREAK}%"


def value_in_words(measurement: Measurement) -> str:
    """The number with its unit: "about 1.2 s"; in its place a sentence where there is none."""
    value, low, high = _bounds(measurement)
    if value is None:
        if measurement.unit != "moments":
            return "We cannot say."
        return MOMENTS_ONLY if measurement.moments else "No moment was picked out."
    said = _with_unit(measurement, lambda show: show(value), (value, low, high))
    return said if low == value == high else f"about {said}"


def interval_in_words(measurement: Measurement) -> str:
    """ "the true value is very likely between 1.0 and 1.4 s"; empty where there is no interval to tell."""
    value, low, high = _bounds(measurement)
    if value is None or low is None or high is None or low == high:
        return ""
    bounds = (value, low, high)
    if _with_unit(measurement, lambda show: show(low), bounds) == _with_unit(
        measurement, lambda show: show(high), bounds
    ):
        return "the true value is very likely just that"
    said = _with_unit(measurement, lambda show: f"{show(low)} and {show(high)}", bounds)
    return f"the true value is very likely between {said}"


def in_words(measurement: Measurement) -> str:
    """The number and its interval in one breath; with its reason where there is none."""
    said = value_in_words(measurement)
    interval = interval_in_words(measurement)
    return f"{said}; {interval}" if interval else said


def _bounds(measurement: Measurement) -> tuple[float | None, float | None, float | None]:
    """Value, low and high; of things counted, the whole numbers that enclose the interval."""
    value, low, high = measurement.value, measurement.low, measurement.high
    if measurement.unit != "count" or low is None or high is None:
        return value, low, high
    return value, float(math.floor(low)), float(math.ceil(high))


def _with_unit(
    measurement: Measurement,
    phrase: Callable[[Callable[[float], str]], str],
    bounds: tuple[float | None, ...],
) -> str:
    """`phrase` with its numbers shown alike, fine enough to tell the bounds apart, and the unit behind."""
    factor, unit = _UNITS.get(measurement.unit, (1.0, measurement.unit))
    known = sorted(each * factor for each in bounds if each is not None)
    if measurement.unit == "s" and known[-1] >= 60:
        return phrase(length)
    digits = _digits(known)
    said = phrase(lambda number: f"{number * factor:.{digits}f}")
    return f"{said}{NO_BREAK}{unit}" if unit else said


def _digits(known: list[float]) -> int:
    """Decimals to show: fewer for large numbers and wide intervals, more where bounds would look alike."""
    spread = known[-1] - known[0]
    if all(each == int(each) for each in known) or (known[-1] >= 10 and spread >= 3):
        return 0
    digits = 0 if known[-1] >= 20 else 1
    return digits + 1 if 0 < spread < 0.5 * 10**-digits else digits


_UNITS: dict[str, tuple[float, str]] = {
    "share": (100.0, "%"),
    "ratio": (100.0, "%"),
    "count": (1.0, ""),
}
