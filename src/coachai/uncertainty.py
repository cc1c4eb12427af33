"""How far off a number may be: 90 % intervals for this recording's own true value.

Measurement error only: boundaries that are heard a little early or late, speech given to the wrong role,
questions that are none and questions that were missed. Nothing here says how the teacher's other lessons
would come out. Each interval is the middle 90 % of `DRAWS` redrawn lessons (Monte Carlo, fixed seed, so
the same transcript always gives the same numbers):

- every episode is kept with the probability that it is real (its label's, its role's), in some draws
  with more doubt and in some with less, because a lesson's false finds come together;
- every kept length moves by heavy-tailed noise, and all of them by one shift a lesson;
- where a model read the words, everything that it thinks possible is drawn with its calibrated chance, all
  chances of a lesson being off together (`drift`);
- as many missed episodes as the source's recall makes likely come back, drawn from the found ones and
  from the pauses after the teacher's other sentences, where the missed ones are.

How large these errors are stands in `coachai.mishearing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coachai.mishearing import errors_of
from coachai.records import Transcript

DRAWS = 400
LEVEL = 0.90
SEED = 19_740

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats], Floats]
"""Rows sorted upwards with +inf where nothing is, and how many are there -> one number a row."""


LONGER_PAUSE = 0.8
"""Seconds: the pauses within a teacher's own talk are mostly shorter."""

CERTAINTY = 50.0
"""How closely a lesson's share of mixed-up time keeps to what is expected (a beta distribution's size)."""

DOUBT_TRUE = 0.2
"""Share of the doubt about single utterances' roles that turns out true."""

HIDDEN_SECONDS = 0.8
"""Mean length (s) of what noise hides of a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was found: `values`, the probability that each is real, and what may have been missed.

    `recall` is the range of the share found (1, 1: nothing missed); `others` are values that missed
    episodes may have, beside those found; `unlike` the share of the missed that come from `others`.
    `spread` and `shift` are in the values' unit, `swallowed` is as in `Errors`; `scale` is what all
    values may be off by, as a share.
    """

    values: Sequence[float]
    real: Sequence[float]
    spread: float = 0.0
    swallowed: float = 0.0
    shift: float = 0.0
    recall: tuple[float, float] = (1.0, 1.0)
    others: Sequence[float] = ()
    unlike: float = 0.0
    scale: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Things that may be of a kind: the calibrated chance of each.

    The chances of one lesson are off together, by a shift of their log-odds: `drift` is its standard
    deviation. `beyond`: how many more are expected among what is too unlikely to be listed. `recall` is the
    range of the share of all of them that could be looked at (1, 1: all).
    """

    chances: Sequence[float]
    drift: float
    beyond: float = 0.0
    recall: tuple[float, float] = (1.0, 1.0)


def interval(sample: Sample, statistic: Statistic, value: float) -> tuple[float, float]:
    """The 90 % interval of a statistic of the sample; it always holds `value`."""
    random = np.random.default_rng(SEED)
    found = _found(sample, random)
    missed = _missed(sample, random, np.isfinite(found).sum(axis=1))
    rows = np.sort(np.concatenate([found, missed], axis=1), axis=1)
    counts = np.isfinite(rows).sum(axis=1).astype(np.float64)
    return enclosing(statistic(rows, counts), value)


def enclosing(draws: Floats, value: float) -> tuple[float, float]:
    """The middle 90 % of the draws, stretched to hold `value`."""
    usable = draws[np.isfinite(draws)]
    if usable.size == 0:
        return value, value
    low, high = np.quantile(usable, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return min(float(low), value), max(float(high), value)


def median(rows: Floats, counts: Floats) -> Floats:
    """The middle value of each row (NaN where the row is empty)."""
    last = rows.shape[1] - 1
    if last < 0:
        return np.full(len(rows), np.nan)
    low = np.clip((counts - 1) // 2, 0, last).astype(int)
    high = np.clip(counts // 2, 0, last).astype(int)
    each = np.arange(len(rows))
    with np.errstate(invalid="ignore"):
        middle = (rows[each, low] + rows[each, high]) / 2
    return np.where(counts > 0, middle, np.nan)


def mean(rows: Floats, counts: Floats) -> Floats:
    """The average of each row (NaN where the row is empty)."""
    return np.where(counts > 0, total(rows, counts) / np.maximum(counts, 1), np.nan)


def total(rows: Floats, counts: Floats) -> Floats:
    """The sum of each row."""
    del counts
    sums: Floats = np.where(np.isfinite(rows), rows, 0.0).sum(axis=1)
    return sums


def longest(rows: Floats, counts: Floats) -> Floats:
    """The largest value of each row (NaN where the row is empty)."""
    if rows.shape[1] == 0:
        return np.full(len(rows), np.nan)
    last = np.clip(counts - 1, 0, rows.shape[1] - 1).astype(int)
    return np.where(counts > 0, rows[np.arange(len(rows)), last], np.nan)


def count(rows: Floats, counts: Floats) -> Floats:
    """How many there are in each row."""
    del rows
    return counts


def share_at_least(least: float) -> Statistic:
    """The share of each row that is at least so large (NaN where the row is empty)."""

    def share(rows: Floats, counts: Floats) -> Floats:
        large = ((rows >= least) & np.isfinite(rows)).sum(axis=1)
        return np.where(counts > 0, large / np.maximum(counts, 1), np.nan)

    return share


def flipped(probabilities: Sequence[float], value: float) -> tuple[float, float]:
    """The 90 % interval of a share of n things, each of which is of the kind with its own probability."""
    chances = np.asarray(probabilities, dtype=np.float64)
    random = np.random.default_rng(SEED)
    drawn = random.random((DRAWS, len(chances))) < chances
    return enclosing(drawn.mean(axis=1), value)


def tallied(tally: Tally, value: float) -> tuple[float, float]:
    """The 90 % interval of how many there are; it always holds `value`, the number that was counted."""
    random = np.random.default_rng(SEED)
    shifts = tally.drift * random.standard_normal((DRAWS, 1))
    low, high = tally.recall
    recall = random.uniform(low, high, DRAWS)
    luck = random.random((len(tally.chances), DRAWS)).T  # the same for each, however many come after it
    chances = np.asarray(tally.chances, dtype=np.float64)
    there = (luck < drifted(chances, shifts)).sum(axis=1).astype(np.float64)
    unseen = tally.beyond * np.exp(shifts[:, 0]) + ((there + 0.5) * (1 - recall) / recall if low < 1 else 0.0)
    return enclosing(there + random.poisson(unseen), value)


def drifted(chances: Floats, shifts: Floats) -> Floats:
    """Calibrated chances after a shift of their log-odds; what is certain stays so."""
    inside = np.clip(chances, 1e-9, 1 - 1e-9)
    moved: Floats = 1 / (1 + np.exp(-(np.log(inside / (1 - inside)) + shifts)))
    return np.where((chances <= 0) | (chances >= 1), chances, moved)


def share_of_either(
    chances: Sequence[tuple[float, float]], drift: float, value: float
) -> tuple[float, float]:
    """The 90 % interval of the share of the first kind among things of the first and of the second.

    Each has its calibrated chance of either kind and may be neither. The kinds lie on one scale (neither,
    second, first), along which all things of a lesson are off together (`drift`).
    """
    random = np.random.default_rng(SEED)
    first, second = np.asarray(chances, dtype=np.float64).reshape(-1, 2).T
    shifts = drift * random.standard_normal((DRAWS, 1))
    drawn = random.random((DRAWS, len(first)))
    of_first = (drawn < drifted(first, shifts)).sum(axis=1)
    of_either = (drawn < drifted(np.minimum(first + second, 1.0), shifts)).sum(axis=1)
    return enclosing(np.where(of_either > 0, of_first / np.maximum(of_either, 1), np.nan), value)


def longest_run(
    seconds: Sequence[float], joins: Sequence[float], breaks: Sequence[float], value: float
) -> tuple[float, float]:
    """The 90 % interval of the longest uninterrupted stretch.

    `seconds[i]` is the length of utterance i with the pause before it where it continues a stretch;
    `joins[i]` the probability that it continues the one before; `breaks[i]` that it is the other's.
    """
    random = np.random.default_rng(SEED)
    best = np.zeros(DRAWS)
    running = np.zeros(DRAWS)
    for length, join, other in zip(seconds, joins, breaks, strict=True):
        running = np.where(random.random(DRAWS) < join, running + length, length)
        running = np.where(random.random(DRAWS) < other, 0.0, running)
        best = np.maximum(best, running)
    return enclosing(best, value)


def sharpened(sample: Sample) -> Sample:
    """The probabilities that found pauses are real, given their length.

    What is no question is mostly followed by the short pause within a teacher's talk, so a doubtful
    question with a long pause is more likely one, and with a short pause less (Bayes, in two bins).
    """
    if not sample.values or not sample.others:
        return sample

    def long_share(values: Sequence[float]) -> float:
        return (sum(each >= LONGER_PAUSE for each in values) + 1) / (len(values) + 2)

    real_long, other_long = long_share(sample.values), long_share(sample.others)
    updated = []
    for value, chance in zip(sample.values, sample.real, strict=True):
        here = value >= LONGER_PAUSE
        real = chance * (real_long if here else 1 - real_long)
        other = (1 - chance) * (other_long if here else 1 - other_long)
        updated.append(real / (real + other))
    return replace(sample, real=updated)


def time_draws(transcript: Transcript, seconds: Mapping[str, float]) -> dict[str, Floats]:
    """Redrawn seconds of `teacher`, `student`, `several` and `silence`, given those and `unknown`.

    Roles are mixed up by the speaker, not by the sentence: each draw moves one share of the teacher's
    time to the student and one of the student's to the teacher, as large as the roles' confidence and
    the source make likely; without doubt about one of them, neither gains on the whole. Unknown speech
    goes to the three classes of speech in any proportion, and any part of what was too faint to be taken
    for speech to the student. Where turns do not fit their sound, any part of that mixture is taken back.
    """
    errors = errors_of(transcript)
    random = np.random.default_rng(SEED)
    teacher, student = seconds["teacher"], seconds["student"]
    swapped = errors.slip * (teacher + student) / 2
    from_teacher = _slips(swapped, teacher, _doubt(transcript, "teacher"), random)
    from_student = _slips(swapped, student, _doubt(transcript, "student"), random)
    unknown = seconds.get("unknown", 0.0) * random.dirichlet((1.0, 1.0, 0.5), DRAWS).T
    edges = 1 + errors.edge * random.standard_normal((3, DRAWS))
    drawn = {
        "teacher": (teacher * (1 - from_teacher) + student * from_student + unknown[0]) * edges[0],
        "student": (student * (1 - from_student) + teacher * from_teacher + unknown[1]) * edges[1],
        "several": (seconds.get("several", 0.0) + unknown[2]) * edges[2],
    }
    drawn |= _unmixed(drawn["teacher"], drawn["student"], 1 - transcript.voices_confidence, random)
    if transcript.quality.faint_seconds:
        faint = min(transcript.quality.faint_seconds, seconds.get("silence", 0.0))
        drawn["student"] = drawn["student"] + faint * random.random(DRAWS)
    whole = sum(seconds.values())
    silence = whole - drawn["teacher"] - drawn["student"] - drawn["several"]
    return drawn | {"silence": np.maximum(silence, 0.0)}


def _unmixed(
    teacher: Floats, student: Floats, mixed: float, random: np.random.Generator
) -> dict[str, Floats]:
    """Teacher's and student's seconds if up to the share `mixed` of either was given to the other.

    Mixing draws a share p towards a half, to p (1 - e) + (1 - p) e; the truth lies on the far side of it.
    """
    if mixed <= 1e-9:
        return {}
    each = random.uniform(0, min(mixed, 0.45), len(teacher))
    both = teacher + student
    share = np.clip((teacher / np.maximum(both, 1e-9) - each) / (1 - 2 * each), 0.0, 1.0)
    return {"teacher": both * share, "student": both * (1 - share)}


def _found(sample: Sample, random: np.random.Generator) -> Floats:
    values = np.asarray(sample.values, dtype=np.float64)
    shape = (DRAWS, len(values))
    doubt = random.uniform(0.4, 1.6, (DRAWS, 1)) * (1 - np.asarray(sample.real, dtype=np.float64))
    kept = random.random(shape) >= doubt
    moved = _moved(np.broadcast_to(values, shape), sample, random)
    moved += sample.shift * random.standard_normal((DRAWS, 1))
    moved *= np.exp(sample.scale * random.standard_normal((DRAWS, 1)))
    return np.where(kept, np.maximum(moved, 0.0), np.inf)


def _missed(sample: Sample, random: np.random.Generator, kept: NDArray[np.int64]) -> Floats:
    low, high = sample.recall
    recall = random.uniform(low, high, DRAWS)
    expected = (kept + 0.5) * (1 - recall) / recall if low < 1 else np.zeros(DRAWS)
    numbers = random.poisson(expected)
    shape = (DRAWS, int(numbers.max(initial=0)))
    there = np.arange(shape[1]) < numbers[:, None]
    if len(sample.values) == 0:
        return np.where(there, 0.0, np.inf)
    drawn = _like_found(sample, shape, random)
    if len(sample.others) > 0 and sample.unlike > 0:
        other = random.choice(np.asarray(sample.others, dtype=np.float64), shape)
        drawn = np.where(random.random(shape) < sample.unlike, other, drawn)
    return np.where(there, np.maximum(_moved(drawn, sample, random), 0.0), np.inf)


def _like_found(sample: Sample, shape: tuple[int, int], random: np.random.Generator) -> Floats:
    """Values that missed episodes may have, given that the found ones are themselves only a sample.

    Each draw first draws its own population from the found ones (a bootstrap), likely real ones more
    often, and then the missed from that.
    """
    values = np.asarray(sample.values, dtype=np.float64)
    weights = np.asarray(sample.real, dtype=np.float64) + 1e-9
    found = random.choice(len(values), (shape[0], len(values)), p=weights / weights.sum())
    picked = random.integers(0, len(values), shape)
    drawn: Floats = values[np.take_along_axis(found, picked, axis=1)]
    return drawn


def _moved(values: Floats, sample: Sample, random: np.random.Generator) -> Floats:
    """Values moved by noise with heavy tails; of some, a part was hidden."""
    moved: Floats = values + sample.spread * random.standard_t(3, values.shape)
    if sample.swallowed > 0:
        share = random.uniform(0, 2 * sample.swallowed, (len(values), 1))
        hidden = random.random(values.shape) < share
        moved = moved + np.where(hidden, random.exponential(HIDDEN_SECONDS, values.shape), 0.0)
    return moved


def surest(transcript: Transcript) -> float:
    """The highest confidence of any role: what is below it is doubt about one utterance.

    What all utterances share is doubt about which voice teaches; no interval covers that, the transcript
    states it.
    """
    return max((each.role_confidence for each in transcript.utterances), default=0.0) or 1.0


def _doubt(transcript: Transcript, role: str) -> float:
    """One minus the mean confidence of a role, by time, against the surest."""
    said = [each for each in transcript.utterances if each.role == role]
    whole = sum(each.duration for each in said)
    if whole == 0:
        return 0.0
    return 1 - sum(each.duration * each.role_confidence for each in said) / whole / surest(transcript)


def _slips(swapped: float, spoken: float, doubt: float, random: np.random.Generator) -> Floats:
    """Shares of a role's `spoken` seconds that are the other's."""
    expected = min(0.45, (min(0.3, swapped / spoken) if spoken else 0.0) + DOUBT_TRUE * doubt)
    if expected <= 1e-9:  # rounding may leave the surest role a hair less than no doubt
        return np.zeros(DRAWS)
    drawn: Floats = random.beta(expected * CERTAINTY, (1 - expected) * CERTAINTY, DRAWS)
    return drawn
