"""How far off is a wait where the room is noisy? Staged conversations with waits known to the sample.

    python benchmarks/waits_in_noise.py

Every voice asks and answers itself with waits of 0.5 to 10 s, in pink noise, a room's rush and babble at
30, 10 and 0 dB under the speaking. Only the speech detector runs, so that a figure is its own. Writes its
part of `benchmarks/RESULTS.md`; the baseline is to answer with the middle wait every time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks.machine import keep, machine
from benchmarks.staging import VOICES, WAITS, Staged, in_noise, staged
from coachai.media import Audio
from coachai.records import Span
from coachai.voices.speech import find_speech

NOISES = ("pink", "room", "babble")
BARS = {30: (0.10, 0.05), 10: (0.25, None), 0: (None, None)}
"""Mean absolute error and bias (s) to stay under, by dB."""


_CROWD = (
    "A dozen voices 10 dB under the speaking are speech to the detector, without a pause: there the program",
    "tells no wait at all (see the section on falling silent).",
    "",
)


def main() -> None:
    """Measure every voice in every noise and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    errors = {
        (name, kind, snr): errors_in(staged(name, name), kind, snr)
        for name in VOICES
        for kind in NOISES
        for snr in BARS
    }
    text = page(errors)
    print(text)
    if not asked.no_write:
        keep("waits in noise", text)


def errors_in(played: Staged, kind: str, snr_db: float) -> NDArray[np.float64]:
    """Heard minus true seconds of each wait of a conversation in noise."""
    with tempfile.TemporaryDirectory() as folder:
        audio = Audio.from_array(in_noise(played, kind, snr_db), Path(folder) / "sound")
        return wait_errors(find_speech(audio, lambda _: None), played)


def wait_errors(speech: Sequence[Span], played: Staged) -> NDArray[np.float64]:
    """Heard minus true seconds from the end of each question to the next speech.

    A wait is heard from the last edge before its middle to the first one after it; where either is
    missing, the conversation's edge stands in.
    """
    found = []
    for before, after in list(pairwise(played.said))[::2]:
        middle = (before.end + after.start) / 2
        end = max((min(each.end, after.end) for each in speech if each.start < middle), default=0.0)
        start = min((each.start for each in speech if each.end > middle), default=played.said[-1].end)
        found.append(max(0.0, start - end) - (after.start - before.end))
    return np.array(found)


def page(errors: dict[tuple[str, str, int], NDArray[np.float64]]) -> str:
    """The figures as a page of RESULTS.md."""
    where = machine()
    middle = float(np.mean(np.abs(np.array(WAITS) - np.median(WAITS))))
    lines = [
        "# How far off are waits in noise?",
        "",
        f"Written by `python benchmarks/waits_in_noise.py` on {where['date']}; {where['machine']}.",
        f"{len(VOICES)} synthetic voices, waits of {', '.join(map(str, WAITS))} s after each question, the",
        "noise so many dB under the speaking; only the speech detector. Whisper apart, for it is hardly",
        f"heard (below). Baseline, always the middle wait: mean absolute error {middle:.2f} s.",
        "",
        "| noise | " + " | ".join(f"{snr} dB: bias / mean absolute error (s)" for snr in BARS) + " |",
        "|---|" + "---|" * len(BARS),
    ]
    voiced = [name for name in VOICES if name != "whisper"]
    for kind in (*NOISES, "all"):
        cells = []
        for snr in BARS:
            off = np.concatenate(
                [errors[name, each, snr] for name in voiced for each in NOISES if kind in (each, "all")]
            )
            cells.append(f"{off.mean():+.2f} / {np.abs(off).mean():.2f}")
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    bars = [
        " and ".join(
            text
            for text in (
                "" if most is None else f"error ≤ {most:.2f}",
                "" if bias is None else f"bias ≤ {bias:.2f}",
            )
            if text
        )
        or "–"
        for most, bias in BARS.values()
    ]
    lines += [
        "| bar | " + " | ".join(bars) + " |",
        "",
        *_CROWD,
        "Mean absolute error by voice (s), all noises:",
        "",
    ]
    lines += ["| voice | " + " | ".join(f"{snr} dB" for snr in BARS) + " |", "|---|" + "---|" * len(BARS)]
    for name in VOICES:
        cells = [
            f"{np.abs(np.concatenate([errors[name, kind, snr] for kind in NOISES])).mean():.2f}"
            for snr in BARS
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n\n"


if __name__ == "__main__":
    main()
