"""Is every voice heard alike? Synthetic voices and accents, speeds and rooms, side by side.

    python benchmarks/voice_audit.py

Each voice answers one teacher in a staged conversation of known times (and once is the teacher), heard with
captions that name both, and without words. The gap between the worst and the best voice is held against
a bar. Synthetic voices prove the machinery; they are no people with these accents. Writes its part of
`benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks.machine import keep, machine
from benchmarks.staging import VOICES, Sound, Staged, in_noise, in_room, observed, staged
from coachai.errors import InputRefused
from coachai.measures import measure_all
from coachai.records import Measurement

WAITS = (0.5, 2.0, 1.0, 3.0, 1.5, 0.8, 5.0, 1.2, 0.6, 2.5)
TEACHER, STUDENT = "flite rms", "flite child"
MEASURED = ("wait_time_1", "wait_time_2", "talk_ratio", "student_time", "student_turns", "no_speech_time")
"""What is counted as said or not said: the measures that every such conversation can carry."""

BARS = {"wait": 0.15, "share": 5.0, "abstention": 10.0}
"""Most that the worst voice may lie behind the best: seconds, points, points."""

PLACES: dict[str, Callable[[Staged], Sound]] = {
    "dry": lambda played: in_noise(played, "pink", 40),
    "echo": lambda played: in_room(in_noise(played, "pink", 40)),
    "noisy": lambda played: in_noise(played, "room", 15),
}
SPEEDS = (120, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One voice in one place: errors of each wait (s), of the talk share (points), share not said."""

    voice: str
    waits: tuple[float, ...]
    share: float | None
    share_by_sound: float | None
    unsaid: float


def main() -> None:
    """Hear every voice everywhere and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    rows: dict[str, list[Heard]] = {}
    for name in VOICES:
        at_usual = {place: played_to(TEACHER, name) for place in PLACES}
        for place, played in at_usual.items():
            sound = PLACES[place](played)
            rows.setdefault(place, []).append(heard(name, played, sound, sound_too=place == "dry"))
        for speed in SPEEDS:
            played = played_to(TEACHER, name, speed)
            sound = PLACES["dry"](played)
            rows.setdefault(f"{speed} words a minute", []).append(heard(name, played, sound, sound_too=False))
        played = played_to(name, STUDENT)
        rows.setdefault("as the teacher", []).append(
            heard(name, played, PLACES["dry"](played), sound_too=False)
        )
        print(f"{name}: heard", flush=True)
    text = page(rows)
    print(text)
    if not asked.no_write:
        keep("voice audit", text)


def played_to(teacher: str, student: str, wpm: int = 160) -> Staged:
    """The conversation every voice has."""
    return staged(teacher, student, waits=WAITS, wpm=wpm)


def heard(voice: str, played: Staged, sound: Sound, *, sound_too: bool = True) -> Heard:
    """What the measures say of a conversation, against the truth."""
    found = measured(played, sound, words=True)
    plain = measured(played, sound, words=False) if sound_too else {}
    return Heard(
        voice=voice,
        waits=wait_errors(found.get("wait_time_1"), played),
        share=share_error(found.get("talk_ratio"), played),
        share_by_sound=share_error(plain.get("talk_ratio"), played),
        unsaid=float(np.mean([name not in found or found[name].value is None for name in MEASURED])),
    )


def measured(played: Staged, sound: Sound, *, words: bool) -> dict[str, Measurement]:
    """Every measurement by name; none where the recording is refused."""
    try:
        return {each.measure: each for each in measure_all(observed(played, sound, words=words))}
    except InputRefused:
        return {}


def wait_errors(found: Measurement | None, played: Staged) -> tuple[float, ...]:
    """Heard minus true seconds of the waits whose question ends within a second of a moment's start."""
    if found is None or found.value is None:
        return ()
    ends = np.array([each.end for each in played.said[::2]])
    errors = []
    for each in found.moments:
        nearest = int(np.argmin(np.abs(ends - each.start)))
        if abs(ends[nearest] - each.start) <= 1.0:
            errors.append(each.duration - played.waits[nearest])
    return tuple(errors)


def share_error(found: Measurement | None, played: Staged) -> float | None:
    """How far (points) the teacher's share of the talk is off; None where it is not said."""
    if found is None or found.value is None:
        return None
    return 100 * (found.value - played.teacher_share)


def page(rows: dict[str, list[Heard]]) -> str:
    """The figures as a page of RESULTS.md."""
    where = machine()
    own = {name: [row for part in rows.values() for row in part if row.voice == name] for name in VOICES}
    voiced = [name for name in VOICES if name != "whisper"]
    steady = float(np.mean(np.abs(np.array(WAITS) - np.median(WAITS))))
    always = [abs(80 - 100 * played_to(TEACHER, name).teacher_share) for name in VOICES]
    lines = [
        "# Is every voice heard alike?",
        "",
        f"Written by `python benchmarks/voice_audit.py` on {where['date']}; {where['machine']}.",
        f"{len(VOICES)} synthetic voices, each answering one teacher in three places and at three speeds,",
        "and once teaching. They prove the machinery; they are no people with these accents. “Share” is the",
        "teacher's share of the talk; “not said” counts " + ", ".join(f"`{name}`" for name in MEASURED) + ".",
        f"Baselines: always the middle wait is off by {steady:.2f} s on average, always a share of .80 by",
        f"{np.mean(always):.0f} points; never saying anything would be 100 % not said.",
        "",
        "| voice | wait: mean absolute error (s) | share: captions (points) | share: sound alone (points) "
        "| not said (%) |",
        "|---|---|---|---|---|",
    ]
    for name in VOICES:
        lines.append(
            f"| {name} | {_number(wait_of(own[name]), 2)} | {_number(_size(r.share for r in own[name]), 1)} "
            f"| {_number(_size(r.share_by_sound for r in own[name]), 1)} | {100 * unsaid_of(own[name]):.0f} |"
        )
    lines += ["", "| worst against best | wait (s) | share: captions (points) | not said (points) | named |"]
    lines += [
        "|---|---|---|---|---|",
        f"| bar | {BARS['wait']} | {BARS['share']:.0f} | {BARS['abstention']:.0f} | |",
    ]
    for title, names in (("all voices", tuple(VOICES)), ("without whispering", voiced)):
        lines.append(_row(title, {name: own[name] for name in names}))
    for place, part in rows.items():
        spoken = {row.voice: [row] for row in part if row.voice != "whisper"}
        lines.append(_row(f"{place}, without whispering", spoken))
    return "\n".join([*lines, "", failing(own), "", ""])


def _row(title: str, groups: dict[str, list[Heard]]) -> str:
    """The gaps between some voices, and those whose waits lie further behind the best than the bar."""
    gaps = gaps_of(list(groups.values()))
    waits = {name: wait_of(heard) for name, heard in groups.items()}
    behind = [name for name, wait in waits.items() if wait - min(waits.values()) > BARS["wait"]]
    return f"| {title} | {gaps[0]:.2f} | {gaps[1]:.1f} | {gaps[2]:.0f} | {', '.join(behind)} |"


def failing(own: dict[str, list[Heard]]) -> str:
    """The voices that lie further behind the best one than a bar allows, named."""
    best = (
        min(wait_of(rows) for rows in own.values()),
        min(_size(row.share for row in rows) for rows in own.values()),
        min(unsaid_of(rows) for rows in own.values()),
    )
    named = []
    for name, rows in own.items():
        behind = [
            what
            for what, figure, least, most in (
                ("waits", wait_of(rows), best[0], BARS["wait"]),
                ("talk share", _size(row.share for row in rows), best[1], BARS["share"]),
                ("not said", 100 * unsaid_of(rows), 100 * best[2], BARS["abstention"]),
            )
            if not figure - least <= most
        ]
        if behind:
            named.append(f"**{name}** ({', '.join(behind)})")
    return f"Further behind the best than a bar allows: {'; '.join(named) or 'none'}."


def gaps_of(groups: Sequence[Sequence[Heard]]) -> tuple[float, float, float]:
    """Worst minus best over the groups: waits (s), share (points), not said (points)."""
    waits = [each for each in map(wait_of, groups) if np.isfinite(each)]
    shares = [each for each in (_size(row.share for row in rows) for rows in groups) if np.isfinite(each)]
    unsaid = [100 * unsaid_of(rows) for rows in groups]
    return max(waits) - min(waits), max(shares) - min(shares), max(unsaid) - min(unsaid)


def wait_of(rows: Sequence[Heard]) -> float:
    """Mean absolute error of all waits (s); infinite where none was said."""
    return _size(error for row in rows for error in row.waits)


def unsaid_of(rows: Sequence[Heard]) -> float:
    """Share of the measures not said."""
    return float(np.mean([row.unsaid for row in rows]))


def _size(errors: Iterable[float | None]) -> float:
    known = [abs(each) for each in errors if each is not None]
    return float(np.mean(known)) if known else float("inf")


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else "not said"


if __name__ == "__main__":
    main()
