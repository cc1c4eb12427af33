"""Which voices teach, which are only guests or a film, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coachai.voices.asking import Spoken
from coachai.voices.clusters import Pieces
from coachai.voices.place import PLACE, adult_odds, more_adult, place
from coachai.voices.projection import Array

# Log odds against a student's voice, by models/voices/fit_teacher.py from composed lessons, none reported on.
_TEACHES: Mapping[str, float] = {
    "talk": 0.1,
    "most": 0.07,
    "older": 0.89,
    "oldest": 0.32,
    "presence": -0.19,
    "stretch": -0.13,
    "exchanges": -0.29,
    "returns": 0.8,
    "followers": 0.74,
    "floor": 2.65,
    "gathered": -3.23,
    "elsewhere_silent": -2.39,
    "asks": 0.76,
    "calls": 0.13,
}
_STANDS_OUTSIDE: Mapping[str, float] = {
    "talk": 1.44,
    "most": -0.08,
    "older": 0.88,
    "oldest": 0.06,
    "presence": -1.77,
    "stretch": 1.29,
    "exchanges": -1.04,
    "returns": 0.45,
    "followers": -2.18,
    "floor": 1.71,
    "gathered": -0.63,
    "elsewhere_silent": 1.1,
    "asks": -0.78,
    "calls": 0.54,
}
# Among people who sound equally adult one teaches, and a conditional logit chooses; fitted, too, and rounded.
# In 496 TalkMoves lessons (none reported on) the teacher asks more than any other voice in 98.6 % of lessons.
_AMONG_ADULTS: Mapping[str, float] = {
    "talk": 2.0,
    "presence": 0.8,
    "stretch": 0.5,
    "exchanges": 0.7,
    "asks": 2.0,
}
_TEACHES_ALONE, _OUTSIDE_ALONE = -0.06, -1.8  # where nothing else is known
_SURENESS = (-2.52, 1.66)  # the same script: log odds of being right, from those of the talk that is

_ALIKE = 1.0  # log odds: who is not more adult than this than the others is so by chance
_ASKS_MOST = 0.6  # share of the questions: a twentieth of 496 TalkMoves lessons' teachers ask less than .52
_MUCH_MORE = 2.0  # times the talk of the next such voice: a share that tells
_MOST_SURE, _SURE_BY_ASKING, _SURE_BY_SHARE, _SURE_ALONE, _UNSURE = 0.97, 0.9, 0.78, 0.7, 0.6
_SAMPLE_SCALE = 3.0  # log evidence is overstated by about this factor: pieces are not independent
_LEAST = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherGuess:
    """Chances (k,) that each voice teaches, and that it stands outside: a guest, a film, a crowd.

    Several may teach, so the chances do not sum to one. `confidence` is that of all of it together, and
    `adults` that everybody sounds equally adult, so that only share and place were left to go by.
    """

    teaching: Array
    outside: Array
    confidence: float
    adults: bool = False


def teacher_by_sound(
    pieces: Pieces, seconds: Array, adult: Array, chances: Array, said: Spoken
) -> TeacherGuess:
    """Which voices teach, from how adult they sound, their share of talk, their place and who asks and calls.

    `seconds` (m,) sound in each piece, `adult` (m,) its log odds of an adult voice, `chances` (m, k) that
    it is each voice. Where nobody sounds younger than the one who teaches the confidence is at most 0.9 if it
    asks most of the questions, 0.78 if it talks much more than anybody, and else 0.6.
    """
    weights = chances * seconds[:, None]
    talk = weights.sum(axis=0)
    if not talk.sum() > 0:
        return nobody_teaches(chances.shape[1])
    known = place(pieces.spans, seconds, adult, chances, said)
    teaching, outside = _chances_of(known)
    adults = _all_adults(int(np.argmax(teaching)), adult_odds(adult, weights), more_adult(adult, weights))
    if adults:
        teaching = _one_of(known)
        outside = outside * (1 - teaching)
    limit = _limit(teaching, talk, said, adults=adults)
    return TeacherGuess(
        teaching=np.minimum(teaching, limit),
        outside=outside,
        confidence=min(limit, _sure(teaching, talk)),
        adults=adults,
    )


def _chances_of(known: Array) -> tuple[Array, Array]:
    """Chances (k,) to teach and to stand outside, given what is known of each voice; somebody teaches."""
    odds = np.zeros((len(known), 3))
    for column, (weights, alone) in enumerate(
        ((_TEACHES, _TEACHES_ALONE), (_STANDS_OUTSIDE, _OUTSIDE_ALONE)), start=1
    ):
        odds[:, column] = known @ np.array([weights.get(name, 0.0) for name in PLACE]) + alone
    chances = np.exp(odds - odds.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    teaching, outside = np.clip(chances[:, 1], _LEAST, 1 - _LEAST), chances[:, 2]
    somebody = 1 - float(np.prod(1 - teaching))
    given = np.minimum(teaching / somebody, 1.0)
    return given, outside * (1 - given) / (1 - teaching)


def _sure(teaching: Array, talk: Array) -> float:
    """Chance that the right voices are said to teach: from the share of the talk that is likely misjudged."""
    doubt = float(np.minimum(teaching, 1 - teaching) @ talk / talk.sum())
    right = float(np.clip(1 - doubt, _LEAST, 1 - _LEAST))
    base, slope = _SURENESS
    return float(1 / (1 + np.exp(-(base + slope * np.log(right / (1 - right))))))


def _all_adults(best: int, odds: Array, more: Array) -> bool:
    """Whether nobody sounds like a child: neither beside the one who teaches nor by itself."""
    return len(odds) > 1 and bool(more[best] < _ALIKE or odds[best] - more[best] > 0)


def _one_of(known: Array) -> Array:
    """Chances (k,) to be the one who teaches, by share and place alone."""
    evidence = known @ np.array([_AMONG_ADULTS.get(name, 0.0) for name in PLACE])
    likely = np.exp(evidence - evidence.max())
    chances: Array = likely / likely.sum()
    return chances


def _limit(teaching: Array, talk: Array, said: Spoken, *, adults: bool) -> float:
    """The most that may be claimed."""
    if len(talk) == 1:
        return _SURE_ALONE
    if not adults:
        return _MOST_SURE
    best = int(np.argmax(teaching))
    if said.asks is not None and said.asks[best] >= _ASKS_MOST:
        return _SURE_BY_ASKING
    return _SURE_BY_SHARE if talk[best] >= _MUCH_MORE * np.delete(talk, best).max() else _UNSURE


def teacher_by_sample(sample: Array, variance: float, pieces: Pieces, chances: Array) -> TeacherGuess:
    """The voice most like the sample (d,), itself scattered by `variance`; unsure where none is close."""
    weight = np.where(np.isfinite(pieces.variance), 1 / pieces.variance, 0.0)
    precision = (chances * weight[:, None]).sum(axis=0)[:, None] + 1 / pieces.between
    middle = (chances.T @ (weight[:, None] * pieces.points)) / precision
    near, far = 1 / precision + variance, pieces.between + variance
    gain = 0.5 * (np.log(far / near) + sample**2 / far - (sample - middle) ** 2 / near).sum(axis=1)
    scaled = np.append(np.clip(gain / _SAMPLE_SCALE, -30, 30), 0.0)  # the last: somebody not heard here
    likely = np.exp(scaled - scaled.max())
    teaching = np.minimum((likely / likely.sum())[:-1], _MOST_SURE)
    return TeacherGuess(
        teaching=teaching, outside=np.zeros(len(teaching)), confidence=float(teaching.max(initial=0.0))
    )


def nobody_teaches(voices: int) -> TeacherGuess:
    """What is said where nothing can be heard of who teaches."""
    return TeacherGuess(teaching=np.zeros(voices), outside=np.zeros(voices), confidence=0.0)


def letters(count: int) -> list[str]:
    """Names for voices without one: A to Z, then AA, AB ..."""
    return [("" if k < 26 else chr(64 + k // 26)) + chr(65 + k % 26) for k in range(count)]
