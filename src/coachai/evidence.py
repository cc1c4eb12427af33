"""What a recording answers to one indicator of a rubric: an estimate with its interval, and the moments.

Counts, shares and lengths are taken over the pooled moments of the indicator's measures. Their interval is
redrawn by `coachai.uncertainty` from what can be wrong: edges of pauses, roles, labels, missed questions.
Measures that nobody has checked, or that were found too often wrong, lend their moments and nothing else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median as middle

from coachai.chances import is_read
from coachai.episodes import pauses_after_statements
from coachai.measures import MEASURES
from coachai.mishearing import errors_of
from coachai.readings import LABEL_NAMES
from coachai.records import Measurement, Moment, Transcript, Utterance
from coachai.rubric_shape import AskCount, AskShare, AskValue, Indicator
from coachai.telling import PAUSES, is_only_a_hint, told
from coachai.turns import WITHIN_RESPONSE_GAP
from coachai.uncertainty import (
    Floats,
    Sample,
    Statistic,
    interval,
    longest,
    median,
    share_at_least,
)
from coachai.validation import RESTS_ON_LABELS, TOO_OFTEN_WRONG, is_validated

ENDED_BY_TEACHER = frozenset({"teacher repeats", "new question", "nominates", "answers", "teacher goes on"})
"""Terminators by which a teacher cuts a pause short; a short pause that a student ended is nobody's fault."""

FEWEST = 10
"""Episodes behind a share, a median or a value, and behind "we heard little of this"."""

NEARLY = 0.3
"""Seconds short of what is asked that are not worth a second look (Rowe's threshold is 2.7 s, not 3)."""

AFTER_STUDENTS = "wait_time_2"
"""The measurement whose moments are pauses after a student."""

WHOLE_THOUGHT = 2.0
"""Seconds of a student's words that call for room after them; a quick answer calls for none."""

SOUND_RECALL = (0.85, 1.0)
"""Share of what rests on the sound alone that is heard; a guess, the same as the measures'."""

_LED_TO_STUDENTS = frozenset({"student", "several"})
_EDGE = 0.06
_SAME = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one recording answers to one indicator.

    `value`, `low`, `high`: what was asked for (a count, a share, seconds, a measurement's own unit); None
    where it cannot be said, and `reason` says why. `meets` is None without an estimate. `n` counts the
    episodes. `supported` is the number of moments that the supporting measures also have (None: not asked),
    `unchecked` the number of moments that come from measures not checked, or too often wrong, and do not
    count.
    """

    indicator: Indicator
    value: float | None
    low: float | None
    high: float | None
    n: int
    meets: str | None
    reason: str
    supported: int | None
    unchecked: int
    moments_for: tuple[Moment, ...]
    moments_against: tuple[Moment, ...]

    @property
    def held_back(self) -> bool:
        """Whether too few of the moments are supported, so that no finding may come of them."""
        ask = self.indicator
        if not isinstance(ask, AskCount) or ask.supported_by is None:
            return False
        return (self.supported or 0) < ask.supported_by.times


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """A moment and the measurement that it comes from."""

    moment: Moment
    measurement: Measurement


Measured = Mapping[str, Measurement]
"""Measurements by name."""


def checked(measurement: Measurement) -> bool:
    """Whether this measurement was checked with this source of words and is right often enough to count."""
    return is_validated(measurement.validation)


def rests_on_students(names: Sequence[str]) -> bool:
    """Whether any of these measurements depends on students' words."""
    return any(_RESTS_ON.get(name) == "student_words" for name in names)


def answer(indicator: Indicator, transcript: Transcript, measured: Measured) -> Answer:
    """What this recording answers to `indicator`. Pure; never raises for valid records."""
    pool = _pool(indicator.measures, measured)
    sound = [each for each in pool if checked(each.measurement) and each.measurement.value is not None]
    supporting = _supporting(indicator, measured)
    meeting = [each for each in pool if _meets_alone(indicator, each.moment)]
    backed = [each for each in meeting if _among(each.moment, supporting)]
    value, low, high = _estimate(indicator, transcript, measured, sound)
    n = sum(
        measured[name].n
        for name in indicator.measures
        if name in measured and checked(measured[name]) and measured[name].value is not None
    )
    return Answer(
        indicator=indicator,
        value=value,
        low=low,
        high=high,
        n=n,
        meets=_meets(indicator, low, high),
        reason=_reason(indicator, measured) if value is None else "",
        supported=_supported(indicator, backed),
        unchecked=sum(not checked(each.measurement) for each in meeting),
        moments_for=_most_useful_first(meeting, backed),
        moments_against=_to_look_at_again(indicator, transcript, measured, meeting),
    )


def _pool(names: Sequence[str], measured: Measured) -> list[Pooled]:
    """The moments of these measurements in order of time, each stretch once, a checked measure's first.

    What is only a hint for a person is evidence of nothing.
    """
    found = [
        Pooled(moment=moment, measurement=measured[name])
        for name in names
        if name in measured
        for moment in measured[name].moments
        if not is_only_a_hint(moment)
    ]
    found.sort(key=lambda each: (each.moment.start, each.moment.end))
    pool: list[Pooled] = []
    for each in found:
        near = len(pool)
        while near and each.moment.start - pool[near - 1].moment.start <= _SAME:
            near -= 1
        twin = next((i for i in range(near, len(pool)) if _same(pool[i].moment, each.moment)), None)
        if twin is None:
            pool.append(each)
        elif checked(each.measurement) and not checked(pool[twin].measurement):
            pool[twin] = each
    return pool


def _meets_alone(indicator: Indicator, moment: Moment) -> bool:
    """Whether a moment by itself is an example of what the indicator asks for."""
    if isinstance(indicator, AskCount | AskShare):
        return indicator.lasting is None or moment.duration >= indicator.lasting
    if indicator.ask in {"median", "longest"}:
        least, most = indicator.at_least, indicator.at_most
        return moment.duration >= least if least is not None else moment.duration <= (most or 0.0)
    return True


def _estimate(
    indicator: Indicator, transcript: Transcript, measured: Measured, sound: Sequence[Pooled]
) -> tuple[float | None, float | None, float | None]:
    if isinstance(indicator, AskValue):
        one = measured.get(indicator.measures[0])
        known = one is not None and checked(one)
        return (one.value, one.low, one.high) if one is not None and known else (None, None, None)
    usable = [
        name
        for name in indicator.measures
        if name in measured and checked(measured[name]) and measured[name].value is not None
    ]
    if not usable or indicator.ask == "clips":
        return None, None, None
    lengths = [each.moment.duration for each in sound]
    counts = [measured[name] for name in usable]
    if indicator.ask == "count_at_least" and indicator.lasting is None and _are_read(counts, transcript):
        value = float(len(sound))
        low, high = (sum(getattr(each, end) or 0.0 for each in counts) for end in ("low", "high"))
        return value, min(value, low), max(value, high)
    if indicator.ask == "count_at_least":
        lasting = indicator.lasting or 0.0
        value, statistic = float(sum(each >= lasting for each in lengths)), _count_at_least(lasting)
    elif not lengths:
        return None, None, None
    elif indicator.ask == "share_at_least":
        lasting = indicator.lasting
        value = sum(each >= lasting for each in lengths) / len(lengths)
        statistic = share_at_least(lasting)
    elif indicator.ask == "median":
        value, statistic = middle(lengths), median
    else:
        value, statistic = max(lengths), longest
    low, high = interval(_sample(transcript, sound, timed=_is_timed(indicator)), statistic, value)
    return value, low, high


def _are_read(found: Sequence[Measurement], transcript: Transcript) -> bool:
    """Whether all of these count labels that a model read: their own intervals know more."""
    labels = [RESTS_ON_LABELS.get(each.measure, ("",)) for each in found if each.unit == "count"]
    read = all(is_read(transcript, LABEL_NAMES.get(each, each)) for names in labels for each in names)
    return read and len(labels) == len(found)


def _sample(transcript: Transcript, sound: Sequence[Pooled], *, timed: bool) -> Sample:
    """The pooled moments with what may be wrong about each and what may have been missed."""
    errors = errors_of(transcript)
    names = {each.measurement.measure for each in sound}
    by_sound = all(_RESTS_ON.get(name) == "sound" for name in names)
    pauses = bool(names & PAUSES)
    ends = [each.end for each in transcript.utterances]
    trust = 1.0 if by_sound else errors.trust
    return Sample(
        values=[each.moment.duration for each in sound],
        real=[trust * _how_real(each, transcript, ends) for each in sound],
        spread=errors.boundary if timed else 0.0,
        shift=errors.shift if timed else 0.0,
        recall=SOUND_RECALL if by_sound else errors.recall,
        others=[each.duration for each in pauses_after_statements(transcript)] if pauses else (),
        unlike=errors.unlike if pauses else 0.0,
    )


def _how_real(pooled: Pooled, transcript: Transcript, ends: Sequence[float]) -> float:
    """How likely a moment is what it is taken for: the voice's role and, for pauses, the question."""
    moment = pooled.moment
    pause = pooled.measurement.measure in PAUSES
    said = _asked_before(moment, transcript, ends) if pause else _said_in(moment, transcript.utterances)
    if said is None:
        return transcript.teacher_confidence
    asks = max((each.probability for each in said.labels if each.name == "question"), default=1.0)
    return min(said.role_confidence, transcript.teacher_confidence) * (asks if pause else 1.0)


def _asked_before(moment: Moment, transcript: Transcript, ends: Sequence[float]) -> Utterance | None:
    """The utterance that ends where a pause begins."""
    near = bisect_left(ends, moment.start - _EDGE)
    found = transcript.utterances[max(0, near - 3) : near + 3]
    return next((each for each in found if abs(each.end - moment.start) <= _EDGE), None)


def _said_in(moment: Moment, utterances: Sequence[Utterance]) -> Utterance | None:
    """The utterance that fills most of a moment."""
    until = bisect_left(utterances, moment.end, key=lambda each: each.start)
    inside = [each for each in utterances[:until] if each.end > moment.start]
    return max(
        inside, key=lambda each: min(each.end, moment.end) - max(each.start, moment.start), default=None
    )


def _is_timed(indicator: Indicator) -> bool:
    return indicator.ask != "count_at_least" or indicator.lasting is not None


def _count_at_least(least: float) -> Statistic:
    """How many of each row are at least so long."""

    def counted(rows: Floats, counts: Floats) -> Floats:
        del counts
        numbers: Floats = ((rows >= least) & (rows < float("inf"))).sum(axis=1).astype(float)
        return numbers

    return counted


def _meets(indicator: Indicator, low: float | None, high: float | None) -> str | None:
    """Whether the whole interval lies on the asked side (`wholly`), across (`partly`), or beyond (`not`)."""
    if low is None or high is None or indicator.ask == "clips":
        return None
    least, most = bound_of(indicator)
    if least is not None:
        return "wholly" if low >= least else "not" if high < least else "partly"
    asked = most or 0.0
    return "wholly" if high <= asked else "not" if low > asked else "partly"


def bound_of(indicator: Indicator) -> tuple[float | None, float | None]:
    """What the indicator asks for: at least, at most (one of them, in the unit of its value)."""
    if indicator.ask == "count_at_least":
        return float(indicator.times), None
    if indicator.ask == "share_at_least":
        return indicator.share, None
    if indicator.ask == "clips":
        return None, None
    return indicator.at_least, indicator.at_most


def _reason(indicator: Indicator, measured: Measured) -> str:
    """Why there is no estimate, in the measures' own words."""
    found = [measured[name] for name in indicator.measures if name in measured]
    if not found:
        return "This was not measured."
    if indicator.ask == "clips":
        return ""
    if not any(checked(each) for each in found):
        if any(each.validation.startswith(TOO_OFTEN_WRONG) for each in found):
            return "This was checked against people and is too often wrong to be counted."
        return "How well this can be heard from a recording has not been checked yet."
    return next(
        (each.note for each in found if checked(each) and each.note), "Nothing of the kind was heard."
    )


def _supporting(indicator: Indicator, measured: Measured) -> list[Moment]:
    if not isinstance(indicator, AskCount) or indicator.supported_by is None:
        return []
    names = [name for name in indicator.supported_by.measures if name in measured]
    found = [moment for name in names for moment in measured[name].moments if not is_only_a_hint(moment)]
    return sorted(found, key=lambda each: each.start)


def _supported(indicator: Indicator, backed: Sequence[Pooled]) -> int | None:
    asked = isinstance(indicator, AskCount) and indicator.supported_by is not None
    return len(backed) if asked else None


def _most_useful_first(meeting: Sequence[Pooled], backed: Sequence[Pooled]) -> tuple[Moment, ...]:
    """Supported moments first, then those that a student ended: they led somewhere; then the longest."""

    def usefulness(each: Pooled) -> tuple[bool, bool, float]:
        return each not in backed, each.moment.label not in _LED_TO_STUDENTS, -each.moment.duration

    return tuple(told(each.moment, each.measurement.measure) for each in sorted(meeting, key=usefulness))


def _to_look_at_again(
    indicator: Indicator, transcript: Transcript, measured: Measured, meeting: Sequence[Pooled]
) -> tuple[Moment, ...]:
    """Moments of `look_again` that fall short; after the longest student turns, or the shortest."""
    good = [each.moment for each in meeting]
    worth: list[tuple[float, Pooled]] = []
    for each in _pool(indicator.look_again, measured):
        if _among(each.moment, good) or not _falls_short(indicator, each):
            continue
        said = _student_seconds_before(each.moment, transcript)
        if each.measurement.measure != AFTER_STUDENTS:
            worth.append((each.moment.duration, each))
        elif said >= WHOLE_THOUGHT:
            worth.append((-said, each))
    worth.sort(key=lambda one: (one[0], one[1].moment.start))
    return tuple(told(each.moment, each.measurement.measure) for _, each in worth)


def _student_seconds_before(moment: Moment, transcript: Transcript) -> float:
    """Seconds that a student had spoken when a moment begins."""
    seconds, begins = 0.0, moment.start
    before = bisect_left(transcript.utterances, moment.start, key=lambda each: each.start)
    for each in reversed(transcript.utterances[:before]):
        if each.role != "student" or begins - each.end > WITHIN_RESPONSE_GAP:
            break
        seconds, begins = seconds + each.duration, each.start
    return seconds


def _falls_short(indicator: Indicator, pooled: Pooled) -> bool:
    if pooled.measurement.measure in PAUSES and pooled.moment.label not in ENDED_BY_TEACHER:
        return False
    if isinstance(indicator, AskCount | AskShare) and indicator.lasting is not None:
        return pooled.moment.duration < indicator.lasting - NEARLY
    return pooled.measurement.measure not in indicator.measures or not _meets_alone(indicator, pooled.moment)


def _among(moment: Moment, others: Sequence[Moment]) -> bool:
    """Whether a moment is one of `others`, which are sorted by start."""
    first = bisect_left(others, moment.start - _SAME, key=lambda each: each.start)
    for other in others[first:]:
        if other.start > moment.start + _SAME:
            return False
        if _same(moment, other):
            return True
    return False


def _same(one: Moment, other: Moment) -> bool:
    """Whether two moments are the same stretch, give or take an edge."""
    return abs(one.start - other.start) <= _SAME and abs(one.end - other.end) <= _SAME


_RESTS_ON = {name: measure.rests_on for measure in MEASURES for name in measure.yields}
