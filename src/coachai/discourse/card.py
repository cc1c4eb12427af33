"""What a model's card says about its weights, and how its numbers become calibrated probabilities.

Pure: no model library. A card is the file `card.json` beside the weights.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachai.discourse.windows import MARKERS
from coachai.readings import STUDENT_MOVES, TEACHER_MOVES

Array = NDArray[np.float64]

NONE = "none"
"""The reading of an utterance that makes no move of its speaker's kind."""

COLUMNS: Mapping[str, slice] = {
    "question": slice(0, 1),
    "teacher": slice(1, 8),
    "student": slice(8, 13),
    "uptake": slice(13, 14),
    "focusing": slice(14, 15),
}
"""Where each task's numbers stand in the model's output."""

WIDTH = 15
"""Numbers that the model gives for an utterance."""

_SHIFTS: Mapping[str, int] = {"question": 1, "teacher": 7, "student": 5, "uptake": 1, "focusing": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How a task's numbers become probabilities: each is multiplied by `scale`, then shifted.

    `shared` is what `exchanges.words_taken_up` adds to a number before (uptake only).
    """

    scale: float
    shifts: tuple[float, ...]
    shared: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The facts about a model's weights. `edges` are the tokens that begin, end and fill a sequence,
    `markers` those of `windows.MARKERS`; `tasks` are the tasks it was trained for. `sha256` are the hashes of
    the files beside it, so that the card's own stands for all that a reading depends on."""

    name: str
    version: str
    licence: str
    trained_on: str
    edges: tuple[int, int, int]
    markers: tuple[int, ...]
    tasks: tuple[str, ...]
    calibration: Mapping[str, Calibration]
    sha256: Mapping[str, str]
    sha256_of_card: str

    @property
    def restricted(self) -> bool:
        """Whether the weights may not be used for commercial purposes."""
        return "NC" in self.licence.upper().replace("-", " ").split()

    @property
    def title(self) -> str:
        """What provenance says: "talkmoves 1, weights CC BY-NC-SA 4.0: not for commercial use"."""
        use = ": not for commercial use" if self.restricted else ""
        return f"{self.name} {self.version}, weights {self.licence}{use}"

    @property
    def reads_utterances(self) -> bool:
        """Whether it was trained to read single utterances, not only exchanges."""
        return not {"question", "teacher", "student"}.isdisjoint(self.tasks)

    @property
    def shared(self) -> float:
        """How much `exchanges.words_taken_up` counts beside the network's number for uptake."""
        return self.calibration["uptake"].shared if "uptake" in self.calibration else 0.0

    def utterance(self, role: str, logits: Array) -> dict[str, float]:
        """Probabilities of all that an utterance in a role may be, from its numbers (15,)."""
        return {**self.question(logits), **self.moves(role, logits)}

    def moves(self, role: str, logits: Array) -> dict[str, float]:
        """Probabilities of the moves of a role and of none of them; empty for another role."""
        if role not in ("teacher", "student") or role not in self.tasks:
            return {}
        names = (NONE, *(TEACHER_MOVES if role == "teacher" else STUDENT_MOVES))
        its = self.calibration[role]
        odds = its.scale * logits[COLUMNS[role]] + np.asarray(its.shifts)
        shares = np.exp(odds - odds.max())
        return dict(zip(names, (float(each) for each in shares / shares.sum()), strict=True))

    def question(self, logits: Array) -> dict[str, float]:
        """The probability that the utterance asks."""
        return {"question": self._chances("question", logits)[0]} if "question" in self.tasks else {}

    def exchange(self, logits: Array) -> dict[str, float]:
        """Probabilities that raters call what the teacher says `uptake`, `focusing`, `funneling`.

        Empty for a model on its way to its calibration.
        """
        found: dict[str, float] = {}
        if "uptake" in self.calibration:
            found["uptake"] = self._chances("uptake", logits)[0]
        if "focusing" in self.calibration:
            at_least_funneling, focusing = self._chances("focusing", logits)
            found["focusing"] = focusing
            found["funneling"] = max(0.0, at_least_funneling - focusing)
        return found

    def _chances(self, task: str, logits: Array) -> list[float]:
        its = self.calibration[task]
        number = float(logits[COLUMNS[task]][0])
        return [_sigmoid(its.scale * number + shift) for shift in its.shifts]


def read_card(text: str | bytes, *, calibrated: bool = True) -> Card:
    """The card that a text holds. Raises ValueError, saying what is wrong, unless it is whole.

    Without `calibrated`, tasks may lack their calibration (a model on its way to it).
    """
    told = json.loads(text)
    if not isinstance(told, dict):
        raise ValueError("not an object")
    words = {name: told.get(name) for name in ("name", "version", "licence", "trained_on")}
    if not all(isinstance(word, str) and word for word in words.values()):
        raise ValueError(f"{', '.join(words)} must be words")
    tasks = told.get("tasks")
    if not isinstance(tasks, list) or not tasks or not set(tasks) <= set(COLUMNS):
        raise ValueError(f"tasks must be some of {', '.join(COLUMNS)}")
    scales = told.get("calibration")
    if not isinstance(scales, dict):
        raise ValueError("calibration must be an object")
    hashes = told.get("sha256")
    if not isinstance(hashes, dict) or not all(isinstance(each, str) for each in hashes.values()):
        raise ValueError("sha256 must name the hashes of the files")
    edges = _ids(told, "edges", 3)
    return Card(
        **{name: str(word) for name, word in words.items()},
        edges=(edges[0], edges[1], edges[2]),
        markers=_ids(told, "markers", len(MARKERS)),
        tasks=tuple(tasks),
        calibration={
            task: _calibration(scales.get(task), task) for task in tasks if calibrated or task in scales
        },
        sha256=dict(hashes),
        sha256_of_card=hashlib.sha256(text.encode("utf-8") if isinstance(text, str) else text).hexdigest(),
    )


def _ids(told: Mapping[str, Any], name: str, count: int) -> tuple[int, ...]:
    ids = told.get(name)
    if not isinstance(ids, list) or len(ids) != count or not all(type(each) is int for each in ids):
        raise ValueError(f"{name} must be {count} numbers of tokens")
    return tuple(ids)


def _calibration(told: object, task: str) -> Calibration:
    if not isinstance(told, dict):
        raise ValueError(f"calibration lacks {task}")
    shifts = told.get("shifts", [told.get("shift")])
    numbers = [told.get("scale"), *(shifts if isinstance(shifts, list) else [])]
    if len(numbers) != 1 + _SHIFTS[task] or not all(_is_number(each) for each in numbers):
        raise ValueError(f"calibration of {task} must be a scale and {_SHIFTS[task]} shifts")
    shared = told.get("shared", 0.0)
    if not _is_number(shared) or (shared and task != "uptake"):
        raise ValueError(f"calibration of {task}: shared must be a number, of uptake only")
    return Calibration(
        scale=float(numbers[0]), shifts=tuple(float(each) for each in numbers[1:]), shared=float(shared)
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))
