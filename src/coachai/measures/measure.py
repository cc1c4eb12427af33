"""What a measure is: a pure function of a Transcript, and what a reader must know about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from coachai.records import Measurement, Transcript

RestsOn = Literal["sound", "teacher_words", "student_words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One entry of `MEASURES`.

    `yields` maps each measurement's name to a short title a teacher understands, in order of display.
    `rests_on` is the weakest thing the numbers depend on: only sound and roles, the teacher's words,
    or students' words (which recognisers lose first). `compute` returns one Measurement per name.
    """

    name: str
    yields: dict[str, str]
    rests_on: RestsOn
    compute: Callable[[Transcript], tuple[Measurement, ...]]
