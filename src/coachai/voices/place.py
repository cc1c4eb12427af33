"""A voice's place in the lesson: how adult it sounds, how much it talks and what part it takes.

One who teaches talks most, from beginning to end, and comes back after whoever else speaks. A guest or a film
is an adult's voice, too, but it has the floor for minutes on end and is silent for the rest of the lesson.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coachai.records import Span
from coachai.voices.asking import Spoken
from coachai.voices.projection import Array

_Order = NDArray[np.intp]

PLACE = (
    "talk",  # log of its share of the talk
    "most",  # log of its talk over that of the next or the loudest other voice
    "older",  # log odds of an adult's voice, less those of the youngest quarter of what the others say
    "oldest",  # the same, less those of their oldest quarter
    "presence",  # share of the parts of the lesson in which it is heard
    "stretch",  # log of the seconds of its longest stretch
    "exchanges",  # share of the changes of voice that it takes part in
    "returns",  # share of the others' turns before and after which it speaks
    "followers",  # share of the other voices that speak right after it at least once
    "floor",  # share of the speech in the minute that it fills most
    "gathered",  # share of its talk that lies in its busiest fifth of the lesson, less a fifth
    "elsewhere_silent",  # floor times what it is absent
    "asks",  # log of its share of the questions against a fifth; 0 where they are too few
    "calls",  # the same of the calls by name
)
"""What is known of each voice, in this order."""

_CLEAREST_ODDS = 4.0
_PARTS = 12
_ENOUGH_SECONDS = 10.0  # of sound, for the adult's voice to count in full
_MOST = 3.0  # log of the ratio to another voice's talk
_MINUTE, _STEP = 60.0, 10.0  # seconds
_FIFTH = 0.2  # of the lesson
_QUARTER = 0.25  # of what the others say
_USUAL_SHARE, _NONE = 0.2, 0.03  # of questions and calls


def place(spans: Sequence[Span], seconds: Array, adult: Array, chances: Array, said: Spoken) -> Array:
    """What is known of each of k voices, (k, len(PLACE)).

    `spans` (m, sorted) are pieces of sound, `seconds` (m,) the sound in each, `adult` (m,) its log odds of an
    adult's voice, `chances` (m, k) that it is each voice.
    """
    weights = chances * seconds[:, None]
    talk = np.maximum(weights.sum(axis=0), 1e-3)
    voices = len(talk)
    middles = np.array([(span.start + span.end) / 2 for span in spans])
    who = chances.argmax(axis=1)
    others = np.array([np.delete(talk, k).max(initial=1.0) for k in range(voices)])
    length = float(middles[-1] - middles[0]) + _STEP if len(middles) else _STEP
    presence = _presence(middles, weights)
    floor = _busiest(middles, weights, _MINUTE, against_all=True)
    enough = np.minimum(1.0, talk / _ENOUGH_SECONDS)
    columns = (
        np.log(np.maximum(talk / talk.sum(), 1e-3)),
        np.clip(np.log(talk / others), -_MOST, _MOST),
        more_adult(adult, weights) * enough,
        more_adult(adult, weights, than_oldest=True) * enough,
        presence,
        np.log(np.maximum(_longest(seconds, who, voices), 0.5)),
        *_turns(who, voices),
        floor,
        _busiest(middles, weights, _FIFTH * length, against_all=False) - _FIFTH,
        floor * (1 - presence),
        _lifted(said.asks, voices),
        _lifted(said.calls, voices),
    )
    found: Array = np.stack(columns, axis=1)
    return found


def adult_odds(adult: Array, weights: Array) -> Array:
    """Log odds (k,) that each voice is an adult's: a mean over its pieces by their sound `weights` (m, k)."""
    whole = np.clip(adult, -_CLEAREST_ODDS, _CLEAREST_ODDS) @ weights
    found: Array = whole / np.maximum(weights.sum(axis=0), 1e-9)
    return found


def more_adult(adult: Array, weights: Array, *, than_oldest: bool = False) -> Array:
    """How much more adult each voice sounds (k,) than a quarter of what others say, in log odds.

    `adult` (m,) log odds of the pieces, `weights` (m, k) their sound in each voice. The quarter is the
    youngest, so that a second teacher takes nothing away, or the oldest. In a class of adults nobody stands
    out. 0 for a voice alone.
    """
    talk, odds = weights.sum(axis=0), adult_odds(adult, weights)
    order = np.argsort(-odds if than_oldest else odds)
    more = np.zeros(len(talk))
    for k in range(len(talk)):
        others = order[order != k]
        left = np.maximum(0.0, _QUARTER * talk[others].sum() - np.append(0.0, np.cumsum(talk[others])[:-1]))
        counted = np.minimum(talk[others], left)
        if counted.sum() > 0:
            more[k] = odds[k] - np.average(odds[others], weights=counted)
    clipped: Array = np.clip(more, -_CLEAREST_ODDS, _CLEAREST_ODDS)
    return clipped


def _presence(middles: Array, weights: Array) -> Array:
    """Share of the parts of the lesson in which each voice is heard, (k,), 0 to 1."""
    if not len(middles):
        return np.zeros(weights.shape[1])
    first, last = middles[0], middles[-1]
    part = np.minimum(_PARTS - 1, ((middles - first) / max(last - first, 1e-9) * _PARTS).astype(int))
    heard = np.zeros((_PARTS, weights.shape[1]))
    np.add.at(heard, part, weights)
    used = heard.sum(axis=1) > 0
    found: Array = (heard[used] > 0.5).mean(axis=0)
    return found


def _busiest(middles: Array, weights: Array, window: float, *, against_all: bool) -> Array:
    """The largest share (k,) in any such window: of all speech in it, or of each voice's own speech."""
    best = np.zeros(weights.shape[1])
    if not len(middles):
        return best
    whole = weights.sum(axis=0)
    for start in np.arange(middles[0], middles[-1] + _STEP, _STEP):
        first, last = np.searchsorted(middles, (start, start + window))
        here = weights[first:last].sum(axis=0)
        # A window with little speech in it belongs to nobody.
        best = np.maximum(
            best, here / (max(here.sum(), window / 2) if against_all else np.maximum(whole, 1e-3))
        )
    return best


def _longest(seconds: Array, who: _Order, voices: int) -> Array:
    """Seconds of sound in each voice's longest run of pieces (k,)."""
    longest = np.zeros(voices)
    run = 0.0
    for k, voice in enumerate(who):
        run = run + seconds[k] if k and who[k - 1] == voice else seconds[k]
        longest[voice] = max(longest[voice], run)
    return longest


def _turns(who: _Order, voices: int) -> tuple[Array, Array, Array]:
    """Exchanges, returns and followers (k,) of the order in which the voices speak."""
    order = who[np.flatnonzero(np.append(True, who[1:] != who[:-1]))] if len(who) else who
    follows = np.zeros((voices, voices))
    np.add.at(follows, (order[:-1], order[1:]), 1.0)
    exchanges = (follows.sum(axis=0) + follows.sum(axis=1)) / max(1.0, follows.sum())
    returned = np.zeros(voices)
    between = order[2:] == order[:-2]
    np.add.at(returned, order[2:][between], 1.0)
    turns = np.bincount(order, minlength=voices)
    returns = returned / np.maximum(1, turns.sum() - turns)
    followers = (follows > 0).sum(axis=1) / max(1, voices - 1)
    return exchanges, returns, followers


def _lifted(share: Array | None, voices: int) -> Array:
    if share is None:
        return np.zeros(voices)
    lifted: Array = np.log((share + _NONE) / (_USUAL_SHARE + _NONE))
    return lifted
