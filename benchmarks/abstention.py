"""Does the program fall silent where it must? Staged conversations in ever worse sound.

    python benchmarks/abstention.py

Noise from 30 to -10 dB under the speaking, answers that begin before the question ends, overload. For
each: the share of the measures that are told at all, and the share of the told ones whose stated 90 %
interval holds the truth. Writes its part of `benchmarks/RESULTS.md`; the baseline is to tell every number
always, with the interval that holds in quiet.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks.machine import keep, machine
from benchmarks.scoring import Truth, as_transcript
from benchmarks.staging import Sound, Staged, in_noise, observed, staged
from coachai.annotation import annotate
from coachai.errors import InputRefused
from coachai.measures import measure_all
from coachai.records import AudioQuality, Measurement, Transcript, Utterance

PAIRS = (("flite rms", "child"), ("en-gb", "woman"))
WAITS = (0.5, 2.0, 1.0, 3.0, 1.5, 0.8, 5.0, 1.2, 0.6, 2.5, 1.0, 4.0)
LEVELS = (30, 20, 10, 5, 0, -5, -10)
OVERLAPS = (0.0, 0.2, 0.4, 0.6)
OVERLOADS = (0, 10, 20, 30)
MEASURED = (
    "wait_time_1",
    "wait_time_2",
    "talk_ratio",
    "student_time",
    "no_speech_time",
    "student_turns",
    "student_turn_seconds",
)
QUIET = AudioQuality(speech_level_dbfs=-24.0, noise_level_dbfs=-64.0, snr_db=40.0, clipped_share=0.0)
ALWAYS = "told always, as in quiet"
Told = tuple[int, int, int]
"""How many numbers could be told, were told, and hold the truth."""


def main() -> None:
    """Hear every condition and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    found: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for title, played, sound in conditions():
        for words in (True, False):
            for kind, told in told_of(played, sound, words=words).items():
                found[title, kind].append(told)
        print(title, flush=True)
    text = page({key: _summed(rows) for key, rows in found.items()})
    print(text)
    if not asked.no_write:
        keep("abstention", text)


def conditions() -> Iterator[tuple[str, Staged, Sound]]:
    """Every condition with the conversation in it."""
    by_noise = zip(("pink", "babble"), PAIRS, strict=True)
    for kind, pair in by_noise:
        played = staged(*pair, waits=WAITS)
        for level in LEVELS:
            yield f"{kind} noise, {level} dB", played, in_noise(played, kind, level)
    for share in OVERLAPS:
        at_once = staged(*PAIRS[0], waits=WAITS, overlap=share)
        yield f"answers begin {share:.0%} early", at_once, in_noise(at_once, "pink", 35)
    played = staged(*PAIRS[1], waits=WAITS)
    for gain in OVERLOADS:
        loud = in_noise(played, "pink", 35) * 2 * 10 ** (gain / 20)
        yield f"overloaded by {gain} dB", played, np.clip(loud, -1, 1)


def told_of(played: Staged, sound: Sound, *, words: bool) -> dict[str, Told]:
    """How many of the measures are told and hold the truth: by the program, and by the baseline."""
    true = {each.measure: each for each in measure_all(truth_of(played))}
    able = [name for name in MEASURED if true[name].value is not None and (words or "wait" not in name)]
    try:
        heard = observed(played, sound, words=words)
    except InputRefused:
        return {"": (len(able), 0, 0), ALWAYS: (0, 0, 0)}
    always = {each.measure: each for each in measure_all(replace(heard, quality=QUIET))}
    return {
        "": _counted(able, {each.measure: each for each in measure_all(heard)}, true),
        ALWAYS: _counted(able, always, true),
    }


def truth_of(played: Staged) -> Transcript:
    """The conversation as a perfect observation."""
    said = tuple(
        Utterance(
            start=span.start,
            end=span.end,
            speaker=("Teacher", "Student 1")[k % 2],
            role="student" if k % 2 else "teacher",
            role_confidence=1.0,
            text=text,
        )
        for k, (span, text) in enumerate(zip(played.said, played.texts, strict=True))
    )
    duration = len(played.sound) / 16_000
    true = as_transcript(Truth(lesson="staged", condition="", duration=duration, utterances=said))
    return annotate(replace(true, speech=played.speaking))


def _counted(able: list[str], heard: dict[str, Measurement], true: dict[str, Measurement]) -> Told:
    told = [name for name in able if heard[name].value is not None]
    return len(able), len(told), sum(_holds(heard[name], true[name]) for name in told)


def _holds(heard: Measurement, true: Measurement) -> bool:
    if heard.low is None or heard.high is None or true.value is None:
        return False
    return heard.low - 1e-9 <= true.value <= heard.high + 1e-9


def _summed(rows: Iterable[Told]) -> Told:
    able, told, held = (sum(each) for each in zip(*rows, strict=True))
    return able, told, held


def page(found: dict[tuple[str, str], Told]) -> str:
    """The figures as a page of RESULTS.md."""
    where = machine()
    lines = [
        "# Does the program fall silent where it must?",
        "",
        f"Written by `python benchmarks/abstention.py` on {where['date']}; {where['machine']}.",
        "One staged conversation in each condition, heard with captions that name both and",
        "without words; "
        + ", ".join(f"`{name}`" for name in MEASURED)
        + ". Baseline: every number told, always,",
        "with the interval that holds in quiet.",
        "",
        "| condition | told (%) | of those, interval holds the truth (%; bar 90) | baseline: holds (%) |",
        "|---|---|---|---|",
    ]
    for title in dict.fromkeys(title for title, _ in found):
        lines.append(_row(title, found[title, ""], found[title, ALWAYS]))
    everything = [
        _summed(each for (_, kind), each in found.items() if kind == which) for which in ("", ALWAYS)
    ]
    lines.append(_row("all", *everything))
    return "\n".join(lines) + "\n\n"


def _row(title: str, ours: Told, baseline: Told) -> str:
    able, told, held = ours
    _, always, held_always = baseline
    return f"| {title} | {_percent(told, able)} | {_percent(held, told)} | {_percent(held_always, always)} |"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}" if whole else "–"


if __name__ == "__main__":
    main()
