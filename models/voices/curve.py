"""What more readers would bring: adult or child by how many children and adults the table learned from.

    python models/voices/curve.py --samples models/voices/work/samples.pkl [--card models/voices/README.md]

The network stays as it is, so this is the curve of what is fitted to it. Readers are drawn by a seed; told
are always the readers held apart. Figures are the mean of several draws.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from benchmarks import machine  # noqa: E402
from coachai.voices.pieces import VECTOR_SIZE  # noqa: E402
from coachai.voices.projection import FARTHEST  # noqa: E402
from models.voices.table import Sample, adult_weights  # noqa: E402

SHARES = (0.15, 0.3, 0.5, 0.75, 1.0)
DRAWS = 8


def main() -> None:
    """Draw, fit, tell; write the curve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=Path, required=True, help="kept by train.py --only table")
    parser.add_argument("--card", type=Path, help="put the table into its section of this Markdown file")
    asked = parser.parse_args()
    with asked.samples.open("rb") as kept:
        taught, held = pickle.load(kept)
    rows = curve([each for each in taught if _read(each)], [each for each in held if _read(each)])
    where = machine.machine()
    lines = [
        "Balanced accuracy (always the same answer: .50) of clean sentences of readers held apart, and of",
        f"readers, by how many the table learned from; mean of {DRAWS} draws, the network as it is.",
        f"Made by `python models/voices/curve.py` on {where['date']}; {where['machine']}.",
        "",
        "| children | adults | one sentence | one reader |",
        "|---|---|---|---|",
        *("| {children} | {adults} | {sentence:.3f} | {reader:.3f} |".format(**row) for row in rows),
        "",
    ]
    print("\n".join(lines))
    if asked.card:
        machine.keep("curve", "\n".join(lines), asked.card)


def _read(sample: Sample) -> bool:
    return sample.clip.corpus == "speechocean762" and not sample.crop


def curve(taught: list[Sample], held: list[Sample]) -> list[dict[str, float]]:
    """Balanced accuracy of one sentence and of one reader, clean, for growing shares of the readers."""
    clean = [each for each in held if each.condition == "clean" and each.clip.adult is not None]
    vectors = np.stack([each.vector for each in clean])
    grown = np.array([bool(each.clip.adult) for each in clean])
    who = np.array([each.clip.speaker for each in clean])
    rows = []
    for share in SHARES:
        told = [_told(taught, share, draw, vectors) for draw in range(DRAWS if share < 1 else 1)]
        rows.append(
            {
                "children": told[0][1],
                "adults": told[0][2],
                "sentence": round(float(np.mean([_balanced(odds, grown) for odds, *_ in told])), 3),
                "reader": round(float(np.mean([_by_reader(odds, grown, who) for odds, *_ in told])), 3),
            }
        )
    return rows


def _told(taught: list[Sample], share: float, draw: int, vectors: np.ndarray) -> tuple[np.ndarray, int, int]:
    rng = np.random.default_rng([3, draw])
    drawn: set[str] = set()
    counts = []
    for adult in (False, True):
        names = sorted({each.clip.speaker for each in taught if each.clip.adult is adult})
        count = max(3, round(share * len(names)))
        drawn |= set(rng.permutation(names)[:count].tolist())
        counts.append(count)
    own = [each for each in taught if each.clip.speaker in drawn]
    learned = np.stack([each.vector for each in own])
    mean, scale = learned.mean(axis=0), learned.std(axis=0) + 1e-6
    ages = np.array([float(each.clip.age or 0) for each in own])
    weights = adult_weights((learned - mean) / scale, ages, scale)
    near = np.clip((vectors - mean) / scale, -FARTHEST, FARTHEST)
    return near @ weights[:VECTOR_SIZE] + weights[VECTOR_SIZE], counts[0], counts[1]


def _balanced(odds: np.ndarray, grown: np.ndarray) -> float:
    return float(((odds[grown] > 0).mean() + (odds[~grown] <= 0).mean()) / 2)


def _by_reader(odds: np.ndarray, grown: np.ndarray, who: np.ndarray) -> float:
    names = np.unique(who)
    mean = np.array([odds[who == name].mean() for name in names])
    return _balanced(mean, np.array([grown[who == name][0] for name in names]))


if __name__ == "__main__":
    main()
