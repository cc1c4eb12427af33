"""Lay words with rough times on the speech of the waveform.

Caption times are off by half a second and more, the edges of speech regions by a few hundredths. So each
region is given a run of consecutive words, for the whole recording at once, by dynamic programming: a run
should take about as long to say as its region lasts, begin and end near its cues' times, and pauses
should fall between sentences rather than inside them. Inside a region word times follow the expected
length of the words.

Two passes: the first finds how fast each speaker talks, how far this file's cue times are off (many tools
show a cue late, or leave it standing) and where pauses fall; the second lays the words with that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coachai.asr.spoken import LONG_PAUSE, PAUSED, is_marked, pause_kinds, spoken_seconds
from coachai.records import Span

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

REACH = 2.5
"""Seconds a word may be moved from its cue."""

WIDEST = 400
"""Words considered at one pause; only a cue of several minutes has more in reach."""

FINAL_SECONDS = 0.12
"""A phrase's last syllable is drawn out by about this much (fitted with the lengths of words)."""

LENGTH_SPREAD = 0.16
"""Standard deviation of a run's spoken time (s) for a run of one second; it grows with the root."""

EDGE_SPREAD = 0.08
"""Seconds: the part of that spread that does not grow."""

WORDLESS_AT_ONCE, WORDLESS_A_SECOND, WORDLESS_AT_MOST = 4.0, 2.0, 10.0
"""What leaving a region without words costs (as minus log of a probability)."""

UNCOVERED_AT_ONCE, UNCOVERED_A_SECOND, UNCOVERED_AT_MOST = 0.5, 0.5, 2.0
"""The same where no cue is near: what was not captioned (a far student, a false alarm)."""

UNCOVERED_AFTER = 0.7
"""Seconds from the middle of a region to the nearest cue."""

LONGEST_PAUSE = 3.0
"""Seconds: pauses longer than this are no less likely inside a sentence than this one."""

SHIFT = 0.2
"""Seconds by which all cue times are tried earlier and later, to find how far they are off."""

BELIEF = 20.0
"""How many observations what is believed beforehand counts for, in learning from the first pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoughWord:
    """A word as its cue has it: `cue` is the number of the cue, `start` and `end` the cue's times (s)."""

    text: str
    cue: int
    start: float
    end: float
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What is to be laid. `places` are the first word of each cue, and the number of words at the end."""

    words: Sequence[RoughWord]
    speech: Sequence[Span]
    lengths: Numbers
    kinds: Places
    cue_first: Places
    cue_after: Places
    cue_start: Numbers
    cue_end: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Habits:
    """What is believed of this file: speaking rates, errors of the cue times (s), where pauses fall."""

    rates: dict[str | None, float]
    paused: Numbers
    start_bias: float = 0.0
    start_spread: float = 0.4
    end_bias: float = 0.0
    end_spread: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """The job in seconds and costs: `clock` is the spoken time before each word."""

    clock: Numbers
    cut: Numbers
    stayed: Numbers
    habits: _Habits
    job: _Job


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """Region r holds ``words[breaks[r]:breaks[r + 1]]``; `starts` and `ends` are the words' times (s)."""

    cost: float
    breaks: Places
    starts: Numbers
    ends: Numbers


def lay(words: Sequence[RoughWord], speech: Sequence[Span], tell: Callable[[float], None]) -> list[Span]:
    """Where each word is spoken: one span a word, in order, each inside one span of `speech`.

    `words` are in the order they are said, their cues in order of start, and none further than REACH
    from all of `speech` (sorted, disjoint, not empty). `tell` is given the fraction done.
    """
    if not words:
        return []
    job = _job(words, speech)
    rate = sum(span.duration for span in speech) / float(job.lengths.sum())
    habits = _Habits(
        rates={word.speaker: float(np.clip(rate, 0.6, 1.8)) for word in words}, paused=np.array(PAUSED)
    )
    laid = _laid(job, habits, lambda done: tell(_part(0, done)))
    habits = _learned(job, laid, habits)
    tried: dict[float, float] = {}
    for shift in (0.0, -SHIFT, SHIFT):
        tried[shift] = _laid(job, _moved(habits, shift), lambda done: tell(_part(len(tried) + 1, done))).cost
    laid = _laid(job, _moved(habits, _lowest(tried)), lambda done: tell(_part(4, done)))
    return [Span(start=float(a), end=float(b)) for a, b in zip(laid.starts, laid.ends, strict=True)]


def _part(turn: int, done: float) -> float:
    """The fraction of all five passes that is done in turn `turn` (from 0)."""
    return (turn + done) / 5


def _job(words: Sequence[RoughWord], speech: Sequence[Span]) -> _Job:
    texts = [word.text for word in words]
    cues = np.array([word.cue for word in words])
    first = np.flatnonzero(np.diff(cues, prepend=-1))
    return _Job(
        words=words,
        speech=speech,
        lengths=np.array([spoken_seconds(text) for text in texts]),
        kinds=pause_kinds(texts, [word.speaker for word in words], marks=is_marked(texts)),
        cue_first=first,
        cue_after=np.append(first[1:], len(words)),
        cue_start=np.array([words[int(k)].start for k in first]),
        cue_end=np.array([words[int(k)].end for k in first]),
    )


def _planned(job: _Job, habits: _Habits) -> _Plan:
    rates = np.array([habits.rates[word.speaker] for word in job.words])
    paused = habits.paused[job.kinds]
    stay = -np.log(1 - paused)
    return _Plan(
        clock=np.concatenate([[0.0], np.cumsum(job.lengths * rates)]),
        cut=-np.log(paused),
        stayed=np.cumsum(stay),
        habits=habits,
        job=job,
    )


def _reachable(job: _Job) -> tuple[Places, Places]:
    """The places (between words) at which each region's run may end, both ways inclusive."""
    count = len(job.words)
    starts = np.array([word.start for word in job.words]) - REACH
    ends = np.array([word.end for word in job.words]) + REACH
    starts, ends = np.minimum.accumulate(starts[::-1])[::-1], np.maximum.accumulate(ends)
    closing = np.array([span.end for span in job.speech])
    lows = np.searchsorted(ends, closing, side="left")
    highs = np.searchsorted(starts, closing, side="right")
    middle = (lows + highs) // 2
    lows = np.maximum.accumulate(np.maximum(lows, middle - WIDEST // 2))
    highs = np.maximum.accumulate(np.minimum(highs, np.maximum(middle + WIDEST // 2, lows)))
    lows[-1] = highs[-1] = count
    return lows, highs


def _laid(job: _Job, habits: _Habits, tell: Callable[[float], None]) -> _Laid:
    """The cheapest way to give every region a run of the words, in order and without a remainder."""
    plan = _planned(job, habits)
    lows, highs = _reachable(job)
    best, low = np.zeros(1), 0
    came: list[Places] = []
    for r, span in enumerate(job.speech):
        i = np.arange(low, low + len(best))
        j = np.arange(lows[r], highs[r] + 1)
        cost = best[:, None] + _run_costs(i, j, span, plan)
        if r + 1 < len(job.speech):
            pause = min(job.speech[r + 1].start - span.end, LONGEST_PAUSE)
            cut = plan.cut[j] + pause * np.array(LONG_PAUSE)[job.kinds[j]]
            cost += np.where(j > i[:, None], cut, 0.0)
        came.append(low + cost.argmin(axis=0))
        best, low = cost.min(axis=0), int(lows[r])
        tell((r + 1) / len(job.speech))
    breaks = np.zeros(len(job.speech) + 1, dtype=np.int64)
    breaks[-1] = len(job.words)
    for r in range(len(job.speech) - 1, -1, -1):
        breaks[r] = came[r][breaks[r + 1] - lows[r]]
    return _timed(plan, breaks, float(best[0]))


def _run_costs(i: Places, j: Places, span: Span, plan: _Plan) -> Numbers:
    """Cost of words i to j (exclusive) in a region, shape (len(i), len(j)); infinite where j < i."""
    habits, job = plan.habits, plan.job
    spoken = plan.clock[j] - plan.clock[i][:, None] + FINAL_SECONDS
    spread = np.sqrt(EDGE_SPREAD**2 + LENGTH_SPREAD**2 * np.maximum(spoken, FINAL_SECONDS))
    cost = _robust((span.duration - spoken) / spread) + np.log(spread / LENGTH_SPREAD)
    cost += plan.stayed[np.maximum(j - 1, 0)] - plan.stayed[i][:, None]
    pace = span.duration / np.maximum(spoken, FINAL_SECONDS)
    from_cue = int(np.searchsorted(job.cue_after, i[0], side="right"))
    to_cue = int(np.searchsorted(job.cue_first, j[-1], side="left"))
    for cue in range(from_cue, to_cue):
        first, after = job.cue_first[cue], job.cue_after[cue]
        begins = span.start + (plan.clock[first] - plan.clock[i])[:, None] * pace
        off = (job.cue_start[cue] - habits.start_bias - begins) / habits.start_spread
        cost += np.where((i[:, None] <= first) & (first < j), _robust(off), 0.0)
        finishes = span.start + (plan.clock[after] - plan.clock[i])[:, None] * pace
        off = (job.cue_end[cue] - habits.end_bias - finishes) / habits.end_spread
        cost += np.where((i[:, None] < after) & (after <= j), _robust(off), 0.0)
    cost = np.where(j == i[:, None], _wordless(span, job), cost)
    return np.where(j < i[:, None], np.inf, cost)


def _wordless(span: Span, job: _Job) -> float:
    """The cost of giving a region no words."""
    middle = (span.start + span.end) / 2
    away = np.maximum(job.cue_start - middle, middle - job.cue_end)
    if away.min() > UNCOVERED_AFTER:
        return min(UNCOVERED_AT_ONCE + UNCOVERED_A_SECOND * span.duration, UNCOVERED_AT_MOST)
    return min(WORDLESS_AT_ONCE + WORDLESS_A_SECOND * span.duration, WORDLESS_AT_MOST)


def _robust(z: Numbers) -> Numbers:
    """Half the square near 0, linear beyond 1.5: a stray cue must not pull a whole lesson."""
    size = np.abs(z)
    return np.where(size < 1.5, size * size / 2, 1.5 * (size - 0.75))


def _timed(plan: _Plan, breaks: Places, cost: float) -> _Laid:
    """Word times inside each region, by the expected length of the words."""
    starts, ends = np.zeros(len(plan.job.words)), np.zeros(len(plan.job.words))
    for span, i, j in zip(plan.job.speech, breaks[:-1], breaks[1:], strict=True):
        if i < j:
            clock = plan.clock[i : j + 1] - plan.clock[i]
            edges = span.start + clock * span.duration / (clock[-1] + FINAL_SECONDS)
            edges[-1] = span.end
            starts[i:j], ends[i:j] = edges[:-1], edges[1:]
    return _Laid(breaks=breaks, starts=starts, ends=ends, cost=cost)


def _learned(job: _Job, laid: _Laid, habits: _Habits) -> _Habits:
    """Rates, errors of cue times and places of pauses as the first pass found them."""
    start_bias, start_spread = _error(job.cue_start - laid.starts[job.cue_first], 0.4)
    end_bias, end_spread = _error(job.cue_end - laid.ends[job.cue_after - 1], 0.5)
    pauses = np.unique(laid.breaks[(laid.breaks > 0) & (laid.breaks < len(job.words))])
    size = len(PAUSED)
    cut = np.bincount(job.kinds[pauses], minlength=size)
    met = np.bincount(job.kinds[1:-1], minlength=size)
    believed = np.array(PAUSED)
    return _Habits(
        rates=_rates(job, laid, habits.rates),
        paused=np.clip((cut + BELIEF * believed) / (met + BELIEF), 0.01, 0.97),
        start_bias=start_bias,
        start_spread=start_spread,
        end_bias=end_bias,
        end_spread=end_spread,
    )


def _moved(habits: _Habits, shift: float) -> _Habits:
    return replace(habits, start_bias=habits.start_bias + shift, end_bias=habits.end_bias + shift)


def _lowest(tried: dict[float, float]) -> float:
    """The shift (s) at which the parabola through three costs is lowest, at most twice SHIFT.

    The first pass leans on the cues and so takes their errors for right; the costs do not.
    """
    before, here, after = tried[-SHIFT], tried[0.0], tried[SHIFT]
    bend = before - 2 * here + after
    if bend <= 0:
        return min(tried, key=lambda shift: tried[shift])
    return float(np.clip(SHIFT * (before - after) / (2 * bend), -2 * SHIFT, 2 * SHIFT))


def _error(off: Numbers, usual: float) -> tuple[float, float]:
    """Median and robust spread of the cue times' errors, leaning on the usual where cues are few."""
    bias = float(np.median(off)) * len(off) / (len(off) + BELIEF / 4)
    spread = 1.48 * float(np.median(np.abs(off - np.median(off))))
    spread = (spread * len(off) + usual * BELIEF) / (len(off) + BELIEF)
    return bias, float(np.clip(spread, 0.1, 1.5))


def _rates(job: _Job, laid: _Laid, before: dict[str | None, float]) -> dict[str | None, float]:
    """Seconds spoken for each second expected, by speaker; regions that two speakers share tell nothing."""
    heard = dict.fromkeys(before, 0.0)
    expected = dict.fromkeys(before, 0.0)
    for span, i, j in zip(job.speech, laid.breaks[:-1], laid.breaks[1:], strict=True):
        who = {word.speaker for word in job.words[i:j]}
        if len(who) == 1:
            speaker = who.pop()
            heard[speaker] += span.duration - min(FINAL_SECONDS, span.duration / 2)
            expected[speaker] += float(job.lengths[i:j].sum())
    believed = 3.0
    return {
        who: float(np.clip((heard[who] + believed * rate) / (expected[who] + believed), 0.5, 2.0))
        for who, rate in before.items()
    }
