"""Which voice teaches: by how adult it sounds, how much it talks and how it is spread over the lesson."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coachai.voices.clusters import Pieces
from coachai.voices.projection import Array

_ADULT_WEIGHT = 0.8  # per unit of log odds of an adult voice; below 1: pieces of a voice are not independent
_TALK_WEIGHT = 2.0  # per factor e of talking time
_PLACE_WEIGHT = 2.0  # for a voice heard in every part of the lesson
_LONG_STRETCH = 0.5  # per factor e of the longest stretch
_EXCHANGE_WEIGHT = 4.0
_PARTS = 12
_ADULTS_ALIKE = 1.0  # log odds: nearer than this, voices do not tell the teacher and only share and place do
_MOST_SURE_BY_SHARE = 0.8
_MOST_SURE = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherGuess:
    """Index of the voice that teaches (None: nobody) and how sure that is, 0 to 1."""

    voice: int | None
    confidence: float


def teacher_by_sound(pieces: Pieces, seconds: Array, adult: Array, chances: Array) -> TeacherGuess:
    """The voice with the most evidence of teaching.

    `seconds` (m,) sound in each piece, `adult` (m,) its log odds of an adult voice, `chances` (m, k) that
    it is each voice. `confidence` is the chance of the best against the second, at most 0.97.
    """
    talk = seconds @ chances
    if not len(talk) or talk.sum() <= 0:
        return TeacherGuess(voice=None, confidence=0.0)
    weights = chances * seconds[:, None]
    grown = (np.clip(adult, -4, 4) @ weights) / np.maximum(talk, 1e-9)
    evidence = (
        _ADULT_WEIGHT * grown * np.minimum(1.0, talk / 10.0)
        + _TALK_WEIGHT * np.log(np.maximum(talk / talk.sum(), 1e-4))
        + _PLACE_WEIGHT * _presence(pieces, weights)
        + _LONG_STRETCH * np.log(np.maximum(_longest_stretch(seconds, chances), 0.5))
    )
    evidence = evidence + _EXCHANGE_WEIGHT * _exchanges(chances)
    order = np.argsort(-evidence)
    best = int(order[0])
    if len(order) == 1:
        return TeacherGuess(voice=best, confidence=0.6)
    second = int(order[1])
    sure = 1 / (1 + np.exp(-(evidence[best] - evidence[second])))
    alike = grown[best] - grown[second] < _ADULTS_ALIKE
    return TeacherGuess(voice=best, confidence=min(float(sure), _MOST_SURE_BY_SHARE if alike else _MOST_SURE))


def teacher_by_sample(sample: Array, sample_variance: float, pieces: Pieces, chances: Array) -> TeacherGuess:
    """The voice most like the sample (d,), under the two-covariance model; unsure if none is close."""
    weight = np.where(np.isfinite(pieces.variance), 1 / pieces.variance, 0.0)
    precision = (chances * weight[:, None]).sum(axis=0)[:, None] + 1 / pieces.between
    middle = (chances.T @ (weight[:, None] * pieces.points)) / precision
    near = 1 / precision + sample_variance
    far = pieces.between + sample_variance
    gain = 0.5 * (np.log(far / near) + sample**2 / far - (sample - middle) ** 2 / near).sum(axis=1)
    if not len(gain):
        return TeacherGuess(voice=None, confidence=0.0)
    best = int(np.argmax(gain))
    rivals = np.append(np.delete(gain, best), 0.0)
    sure = 1 / (1 + np.exp(-np.clip(gain[best] - rivals.max(), -30, 30) / 3))
    return TeacherGuess(voice=best, confidence=min(_MOST_SURE, float(sure)))


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
    return part / max(1, len(changes))


def letters(count: int) -> list[str]:
    """Names for voices without one: A to Z, then AA, AB ..."""
    return [("" if k < 26 else chr(64 + k // 26)) + chr(65 + k % 26) for k in range(count)]
