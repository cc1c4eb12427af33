"""The readers and meetings that the network learns from, and which of them are kept apart.

speechocean762 (OpenSLR 101), LibriSpeech (OpenSLR 12) and AMI, all CC BY 4.0. Readers who stand in the
reported lessons (`lessons/sources.json`) are never learned from; further readers are held apart by a hash of
their name, so that lessons with unknown voices can be composed.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

DATA = Path(__file__).parents[2].parent / "shared" / "data"
RATE = 16_000
CHILD_UNDER, ADULT_FROM = 13, 18
"""Years. 13 to 17 teach the network voices, but not who is a child."""
HELD_READERS = 0.1
"""Share of the LibriSpeech readers, and of the adults of speechocean762, that are kept apart."""
_TRIM = 0.03  # of the peak: quieter ends of a clip are cut off
Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One reader's sentence. `adult` is None from 13 to 17; `gender` "m", "f" or "" where unknown."""

    corpus: str
    speaker: str
    age: int | None
    gender: str
    path: Path

    @property
    def adult(self) -> bool | None:
        """Whether it is an adult's voice."""
        if self.age is None:
            return True
        return None if CHILD_UNDER <= self.age < ADULT_FROM else self.age >= ADULT_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A minute of a meeting: its sound and who speaks when, as (start, end, speaker), seconds."""

    name: str
    path: Path
    turns: tuple[tuple[float, float, str], ...]


def clips(data: Path) -> list[Clip]:
    """Every clip of both readers' corpora, sorted by speaker."""
    folder = data / "speech" / "speechocean762"
    found = []
    with (folder / "metadata.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            found.append(
                Clip(
                    corpus="speechocean762",
                    speaker=row["speaker"],
                    age=int(row["age"]),
                    gender=row["gender"],
                    path=folder / f"{row['utterance']}.flac",
                )
            )
    for path in sorted((data / "speech" / "librispeech").rglob("*.flac")):
        speaker = f"L{path.stem.split('-')[0]}"
        found.append(Clip(corpus="librispeech", speaker=speaker, age=None, gender="", path=path))
    return found


def in_lessons(data: Path) -> frozenset[str]:
    """The readers of the reported lessons."""
    sources = json.loads((data / "lessons" / "sources.json").read_text(encoding="utf-8"))
    return frozenset(speaker for each in sources.values() for speaker in each["speechocean762"])


def held_apart(found: Iterable[Clip], data: Path) -> frozenset[str]:
    """Readers never learned from: those of the lessons, and a tenth of the other adults."""
    lessons = in_lessons(data)
    adults = {each.speaker for each in found if each.adult}
    return lessons | {speaker for speaker in adults if share_of(speaker) < HELD_READERS}


def share_of(name: str) -> float:
    """A name's place in [0, 1), the same everywhere and always: parts of the data are cut by it."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32


def meetings(data: Path, parts: Sequence[str] = ("trn",)) -> list[Meeting]:
    """AMI minutes whose names begin with one of `parts`; `dev` is not learned from."""
    found = []
    for truth in sorted((data / "speech" / "ami").glob("*.rttm")):
        if not truth.stem.startswith(tuple(parts)):
            continue
        turns = []
        for line in truth.read_text(encoding="utf-8").splitlines():
            field = line.split()
            if field and field[0] == "SPEAKER":
                turns.append((float(field[3]), float(field[3]) + float(field[4]), field[7]))
        found.append(Meeting(name=truth.stem, path=truth.with_suffix(".flac"), turns=tuple(turns)))
    return found


def sound_of(path: Path) -> Sound:
    """A clip at 16 kHz without the silence at its ends, at one level."""
    sound, rate = soundfile.read(path, dtype="float32")
    if rate != RATE:
        raise SystemExit(f"{path} has {rate} samples a second; the recipe wants {RATE}.")
    loud = np.flatnonzero(np.abs(sound) > _TRIM * np.abs(sound).max())
    return levelled(sound[loud[0] : loud[-1] + 1])


def levelled(sound: Sound, level: float = 0.08) -> Sound:
    """The sound with that root mean square."""
    return np.asarray(sound * (level / max(float(np.sqrt(np.mean(sound**2))), 1e-6)), dtype=np.float32)
