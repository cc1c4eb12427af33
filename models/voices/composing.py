"""Lessons for the evaluation from readers that the model was not trained on: group work, visitors, films.

Who speaks when is drawn, unless TalkMoves lessons stand beside the clips; only voices count here, not words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.compose import CONDITIONS
from benchmarks.scenes import SCENES, Cast, Reader, write_scene
from models.voices.inputs import Clip, Lesson, lessons_in

MINUTES = 3.0
_SECONDS_A_ROW = 4.0
_FEWEST_ADULTS, _FEWEST_CHILDREN, _FEWEST_SENTENCES = 3, 9, 5


def readers_of(clips: Sequence[Clip]) -> list[Reader]:
    """Adults and children among the clips' readers (13 to 17 left out), sorted by name."""
    own: dict[str, list[Clip]] = {}
    for each in clips:
        if each.adult is not None:
            own.setdefault(each.speaker, []).append(each)
    return [
        Reader(
            name=name,
            adult=bool(said[0].adult),
            gender=said[0].gender,
            clips=tuple(each.path for each in said),
        )
        for name, said in sorted(own.items())
    ]


def lacking(readers: Sequence[Reader]) -> str:
    """Why no lesson can be composed from these readers; empty where one can."""
    adults = sum(each.adult and len(each.clips) >= _FEWEST_SENTENCES for each in readers)
    children = sum(not each.adult for each in readers)
    if adults >= _FEWEST_ADULTS and children >= _FEWEST_CHILDREN:
        return ""
    return (
        f"{adults} adults with {_FEWEST_SENTENCES} sentences and {children} children are not trained on; "
        f"composing takes {_FEWEST_ADULTS} and {_FEWEST_CHILDREN}"
    )


def composed(
    folder: Path,
    readers: Sequence[Reader],
    kinds: Sequence[str],
    count: int,
    seed: int,
    say: Callable[[str], None],
) -> tuple[list[Lesson], list[str]]:
    """`count` lessons of every kind in `folder`, and the kinds for which there are too few readers."""
    unmade = []
    for kind in kinds:
        for number in range(count):
            say(f"composing {kind} {number + 1}")
            condition = CONDITIONS[number % len(CONDITIONS)]
            rng = np.random.default_rng([seed, number, list(SCENES).index(kind)])
            cast = Cast(readers=readers, rng=rng)
            try:
                scene = SCENES[kind](rows(rng), cast)
            except ValueError:  # nobody is left to draw from: two men who teach, where one man reads
                unmade.append(f"{kind} {number + 1}")
                continue
            parts = {part: each.name for part, each in cast.parts.items()}
            write_scene(
                folder,
                f"{kind}-{number:02d}-{condition}",
                condition,
                replace(scene, name=kind, readers=parts),
                rng,
            )
    if not any(folder.glob("*.truth.json")):
        return [], unmade
    return lessons_in(folder)[0], unmade


def rows(rng: np.random.Generator, minutes: float = MINUTES) -> list[dict[str, str]]:
    """Turns of a lesson: who speaks and how many words; the teacher has about three of four."""
    found: list[dict[str, str]] = []
    while len(found) < round(minutes * 60 / _SECONDS_A_ROW):
        for _ in range(int(rng.integers(1, 4))):
            asks = rng.random() < 0.3
            found.append(_row("teacher", "teacher", int(rng.integers(3, 18)), asks))
        for _ in range(int(rng.integers(0, 3))):
            found.append(_row("student", f"s{rng.integers(7)}", int(rng.integers(1, 12)), False))
    return found


def _row(role: str, speaker: str, words: int, asks: bool) -> dict[str, str]:
    return {"role": role, "speaker": speaker, "text": " ".join(["word"] * words) + ("?" if asks else "")}
