"""A learned linear view of a voice in which speakers differ and what they say does not matter much.

Two-covariance model (probabilistic LDA; Ioffe, 2006): in this space one speaker's pieces scatter with
variance `scatter_of(seconds)` around the speaker, and speakers scatter with variance `between` around the
middle. The table and the script that fitted it stand in `models/voices/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from coachai.resources import resource

Array = NDArray[np.float64]
FARTHEST = 2.5
"""Deviations from the mean beyond which a number says no more about adult or child: a strange microphone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """From voice vectors (VECTOR_SIZE = v) to d dimensions.

    `mean`, `scale` (v,), `directions` (v, d), `between` (d,) variances of speakers, `middle` (d,),
    `scatter` (2,): variance of a piece = scatter[0] + scatter[1] / seconds. `adult` (v + 1,): weights
    and intercept of the log odds that a voice vector is an adult's rather than a child's.
    """

    mean: Array
    scale: Array
    directions: Array
    between: Array
    middle: Array
    scatter: Array
    adult: Array

    def project(self, vectors: Array) -> Array:
        """Voice vectors (m, v) as points (m, d)."""
        return ((vectors - self.mean) / self.scale) @ self.directions - self.middle

    def scatter_of(self, seconds: Array) -> Array:
        """Variance (m,) of a speaker's pieces that hold so many seconds of sound; infinite for none."""
        spread = self.scatter[1] / np.maximum(seconds, 1e-3)
        return np.where(seconds > 0, self.scatter[0] + spread, np.inf)

    def adult_log_odds(self, vectors: Array) -> Array:
        """Log odds (m,) that each piece is an adult's voice."""
        even = np.clip((vectors - self.mean) / self.scale, -FARTHEST, FARTHEST)
        odds: Array = even @ self.adult[:-1] + self.adult[-1]
        return odds


@cache
def learned_projection() -> Projection:
    """The table that ships with the program."""
    with resource("models", "voices", "voices.npz").open("rb") as stored, np.load(stored) as table:
        return Projection(**{name: np.asarray(table[name], dtype=np.float64) for name in table.files})
