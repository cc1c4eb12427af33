"""Which voice teaches: by how adult it sounds, how much it talks and how it is spread over the lesson."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coachai.voices.clusters import Pieces
from coachai.voices.projection import Array

# Weights of a conditional logit, fitted on composed lessons (none of them reported on) and rounded.
_TALK_WEIGHT = 2.0  # per factor e of talking time
_ADULT_WEIGHT = 0.6  # per unit of log odds of an adult voice; below 1: pieces of a voice are not independent
_PLACE_WEIGHT = 0.8  # for a voice heard in every part of the lesson
_STRETCH_WEIGHT = 0.5  # per factor e of the longest stretch
_EXCHANGE_WEIGHT = 0.7  # for a voice that takes part in every change of voice
_ASKING_WEIGHT = 6.0  # for a voice that asks every question. In 496 TalkMoves lessons (none reported on) the
# teacher asks 91 % of the questions (median) and more of them than any other voice in 98.6 % of the lessons.
_ASKS_MOST = 0.6  # share of the questions: a twentieth of those lessons' teachers ask less than .52
_PARTS = 12
_ENOUGH_SECONDS = 10.0  # of sound, for the adult's voice to count in full
_CLEAREST_ODDS = 4.0
_ALIKE = 1.0  # log odds: voices nearer than this are equally adult, and only share and place are left
_MUCH_MORE = 2.0  # times the talk of the next such voice: a share that tells
_MOST_SURE, _SURE_BY_SHARE, _SURE_ALONE, _UNSURE = 0.97, 0.8, 0.7, 0.6
_SAMPLE_SCALE = 3.0  # log evidence is overstated by about this factor: pieces are not independent


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherGuess:
    """`teaching` (k,): chance that each voice is the teacher; `confidence`: that of the likeliest."""

    teaching: Array
    confidence: float


def teacher_by_sound(
    pieces: Pieces, seconds: Array, adult: Array, chances: Array, asked: Array
) -> TeacherGuess:
    """Which voice teaches, from how adult it sounds, its share of talk, its place and its part in exchanges.

    `seconds` (m,) sound in each piece, `adult` (m,) its log odds of an adult voice, `chances` (m, k) that
    it is each voice, `asked` (k,) the share of the written questions that each voice asks. Where no voice
    is plainly more adult than the others the confidence is at most 0.8, and 0.6 where it does not talk much
    more either; one that asks most of the questions is not doubted for that.
    """
    weights = chances * seconds[:, None]
    talk = weights.sum(axis=0)
    if not talk.sum() > 0:
        return TeacherGuess(teaching=np.zeros(chances.shape[1]), confidence=0.0)
    odds = np.clip(adult, -_CLEAREST_ODDS, _CLEAREST_ODDS) @ weights / np.maximum(talk, 1e-9)
    evidence = (
        _TALK_WEIGHT * np.log(np.maximum(talk / talk.sum(), 1e-4))
        + _ADULT_WEIGHT * odds * np.minimum(1.0, talk / _ENOUGH_SECONDS)
        + _PLACE_WEIGHT * _presence(pieces, weights)
        + _STRETCH_WEIGHT * np.log(np.maximum(_longest_stretch(seconds, chances), 0.5))
        + _EXCHANGE_WEIGHT * _exchanges(chances)
        + _ASKING_WEIGHT * asked
    )
    teaching = np.exp(evidence - evidence.max())
    teaching /= teaching.sum()
    best = int(np.argmax(teaching))
    rivals = np.delete(talk, best)[np.delete(odds, best) > odds[best] - _ALIKE]
    if asked[best] >= _ASKS_MOST:
        limit = _MOST_SURE
    elif len(talk) == 1:
        limit = _SURE_ALONE
    elif not len(rivals):
        limit = _MOST_SURE
    else:
        limit = _SURE_BY_SHARE if talk[best] >= _MUCH_MORE * rivals.max() else _UNSURE
    return _limited(teaching, limit)


def teacher_by_sample(sample: Array, variance: float, pieces: Pieces, chances: Array) -> TeacherGuess:
    """The voice most like the sample (d,), itself scattered by `variance`; unsure where none is close."""
    weight = np.where(np.isfinite(pieces.variance), 1 / pieces.variance, 0.0)
    precision = (chances * weight[:, None]).sum(axis=0)[:, None] + 1 / pieces.between
    middle = (chances.T @ (weight[:, None] * pieces.points)) / precision
    near, far = 1 / precision + variance, pieces.between + variance
    gain = 0.5 * (np.log(far / near) + sample**2 / far - (sample - middle) ** 2 / near).sum(axis=1)
    scaled = np.append(np.clip(gain / _SAMPLE_SCALE, -30, 30), 0.0)  # the last: somebody not heard here
    teaching = np.exp(scaled - scaled.max())
    return _limited((teaching / teaching.sum())[:-1], _MOST_SURE)


def _limited(teaching: Array, limit: float) -> TeacherGuess:
    """No chance above the limit; what is cut off goes to nobody in particular."""
    cut = np.minimum(teaching, limit)
    return TeacherGuess(teaching=cut, confidence=float(cut.max(initial=0.0)))


def _presence(pieces: Pieces, weights: Array) -> Array:
    """Share of the parts of the lesson in which each voice is heard, (k,), 0 to 1."""
    if not len(pieces.spans):
        return np.zeros(weights.shape[1])
    first, last = pieces.spans[0].start, pieces.spans[-1].end
    middles = np.array([(span.start + span.end) / 2 for span in pieces.spans])
    part = np.minimum(_PARTS - 1, ((middles - first) / max(last - first, 1e-9) * _PARTS).astype(int))
    heard = np.zeros((_PARTS, weights.shape[1]))
    np.add.at(heard, part, weights)
    used = heard.sum(axis=1) > 0
    found: Array = (heard[used] > 0.5).mean(axis=0)
    return found


def _longest_stretch(seconds: Array, chances: Array) -> Array:
    """Seconds of sound in each voice's longest run of pieces (k,)."""
    who = chances.argmax(axis=1)
    longest = np.zeros(chances.shape[1])
    run = 0.0
    for k, voice in enumerate(who):
        run = run + seconds[k] if k and who[k - 1] == voice else seconds[k]
        longest[voice] = max(longest[voice], run)
    return longest


def _exchanges(chances: Array) -> Array:
    """Share of the changes of voice that each voice takes part in (k,): a teacher mediates most."""
    who = chances.argmax(axis=1)
    changes = np.flatnonzero(who[1:] != who[:-1])
    part = np.zeros(chances.shape[1])
    np.add.at(part, who[changes], 1.0)
    np.add.at(part, who[changes + 1], 1.0)
    found: Array = part / max(1, len(changes))
    return found


def letters(count: int) -> list[str]:
    """Names for voices without one: A to Z, then AA, AB ..."""
    return [("" if k < 26 else chr(64 + k // 26)) + chr(65 + k % 26) for k in range(count)]
