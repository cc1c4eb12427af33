"""Everything but recognition: how long each stage takes, and in how much memory, from minutes to hours.

Every run is a process of its own. Memory is the largest sum over that process and its children, sampled 20
times a second: all that is resident, and what of it is the program's own (the rest are libraries, and files
that are mapped).
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import psutil

from benchmarks.speed_lessons import captions, repeated
from benchmarks.speed_picture import Series, plotted

RECOGNITION = "words"
REST_BAR = 0.03
SHORT = 15
"""Minutes up to which a lesson is heard three times."""


OBSERVE = """
import json, sys, tempfile, time
from pathlib import Path
from coachai.pipeline import Observing, observe, prescreen
from coachai.report.codec import write_transcript
from coachai.rubric import load_rubric
times, open_stage = {}, [None, 0.0]
def stage(name):
    now = time.perf_counter()
    if open_stage[0]:
        times[open_stage[0]] = now - open_stage[1]
    open_stage[:] = [name, now]
    return lambda fraction: None
media, captions, asr, kept = sys.argv[1:5]
how = Observing(captions=Path(captions) if captions else None, asr=asr)
with tempfile.TemporaryDirectory() as folder:
    heard = observe(Path(media), how, folder=Path(folder), progress=stage)
stage("prescreen")
prescreen(heard, load_rubric("wait-time"))
stage("end")
write_transcript(heard, Path(kept))
print(json.dumps(times))
"""

DECODE = """
import sys, tempfile
from pathlib import Path
from coachai.media import decode, probe
with tempfile.TemporaryDirectory() as folder:
    path = Path(sys.argv[1])
    decode(path, Path(folder), lambda fraction: None, probe(path))
"""

STAGES = ("open", "decode", "speech", RECOGNITION, "voices", "labels")


@dataclass(frozen=True, kw_only=True)
class Run:
    """One lesson's way through the program. Seconds by stage; megabytes."""

    minutes: float
    words: str
    times: dict[str, float]
    resident: float
    own: float
    decoding: float
    plain: float

    @property
    def rest(self) -> float:
        """Seconds of everything but recognition (captions are laid, not recognised, so they count)."""
        counted = [name for name in STAGES if name != RECOGNITION or self.words != "pocketsphinx"]
        return sum(self.times[name] for name in counted)


def measured(folder: Path, minutes: float, words: str) -> Run:
    """One lesson. `words`: ``captions``, ``unnamed`` (captions without names, as a Whisper model's words
    are) or ``pocketsphinx``."""
    media = repeated(folder, minutes)
    embedded = words == "pocketsphinx"
    given = "" if embedded else str(captions(folder, minutes, named=words == "captions"))
    kept = str(folder / f"{minutes:g}-{words}.json")
    told, resident, own = run(OBSERVE, str(media), given, words if embedded else "captions", kept)
    _, decoding, _ = run(DECODE, str(media))
    made = Run(
        minutes=minutes,
        words=words,
        times=json.loads(told),
        resident=resident,
        own=own,
        decoding=decoding,
        plain=plain_read(media),
    )
    print(_row(made), file=sys.stderr, flush=True)
    return made


def middle(folder: Path, minutes: float, words: str) -> Run:
    """The middle one of three runs of a short lesson, which a busy machine disturbs most; one of a long."""
    runs = [measured(folder, minutes, words) for _ in range(3 if minutes <= SHORT else 1)]
    return sorted(runs, key=lambda each: each.rest)[len(runs) // 2]


def stages(folder: Path, lengths: Sequence[float], embedded: float, picture: Path | None) -> list[str]:
    """The page's part: a table, the lines through it, and a picture where a place for it is given."""
    runs = [middle(folder, each, "unnamed") for each in lengths]
    others = [middle(folder, lengths[0], "captions"), middle(folder, embedded, "pocketsphinx")]
    head = ["lesson", *STAGES, f"all but recognition (bar {REST_BAR})", "prescreen (bar 1 s for 45 min)"]
    head += ["peak memory (bar 700 MB)", "of it the program's own", "decoding alone (bar 300 MB)"]
    head += ["baseline: plain read"]
    page = [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(_row(each) for each in runs + others), ""]
    if len(runs) > 1:
        page += _line(runs)
    if len(runs) > 1 and picture is not None:
        picture.write_text(_drawn(runs), encoding="utf-8")
        page += [f"![Time and memory by the lesson's length]({picture.name})", ""]
    return page


def _row(each: Run) -> str:
    whole = each.minutes * 60
    cells = [f"{each.times[name] / whole:.4f}" for name in STAGES]
    cells += [f"{each.rest / whole:.3f}", f"{each.times['prescreen']:.2f} s", f"{each.resident:.0f} MB"]
    cells += [f"{each.own:.0f} MB", f"{each.decoding:.0f} MB", f"{each.plain / whole:.4f}"]
    words = {"unnamed": "words without names", "captions": "captions with names"}.get(each.words, each.words)
    return f"| {each.minutes:g} min, {words} | {' | '.join(cells)} |"


def _line(runs: Sequence[Run]) -> list[str]:
    """Whether time grows as the lesson does, and memory does not."""
    minutes = np.array([each.minutes for each in runs], dtype=float)
    seconds = np.array([each.rest for each in runs])
    slope, start = np.polyfit(minutes, seconds, 1)
    off = np.abs(seconds - (slope * minutes + start)) / seconds
    growth = [np.polyfit(minutes / 60, [getattr(each, kind) for each in runs], 1)[0] for kind in KINDS]
    return [
        f"From {minutes.min():g} to {minutes.max():g} minutes a lesson takes {start:.1f} s, and "
        f"{slope * 60:.1f} s an hour ({slope / 60:.4f} of its length); the run furthest from that line is "
        f"{off.max():.0%} off it. Memory grows by {growth[0]:.0f} MB for each hour, the program's own "
        f"by {growth[1]:.0f} MB (an hour of sound is {3600 * 16_000 * 2 / 1e6:.0f} MB).",
        "",
    ]


KINDS = ("resident", "own")


def _drawn(runs: Sequence[Run]) -> str:
    minutes = [each.minutes for each in runs]
    slope, start = np.polyfit(minutes, [each.rest for each in runs], 1)
    line = [float(slope * each + start) for each in minutes]
    return plotted(
        "Everything but recognition, by the lesson's length in minutes",
        {
            "seconds": [
                Series("measured", minutes, [each.rest for each in runs]),
                Series("a straight line", minutes, line, dots=False),
            ],
            "megabytes at most": [
                Series("all that is resident", minutes, [each.resident for each in runs]),
                Series("the program's own", minutes, [each.own for each in runs]),
            ],
        },
    )


def run(code: str, *arguments: str) -> tuple[str, float, float]:
    """(what it printed, peak memory in MB of it and its children together, the same of their own pages)."""
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    peaks = [0.0, 0.0]
    watcher = threading.Thread(target=_watch, args=(psutil.Process(child.pid), peaks), daemon=True)
    watcher.start()
    told, _ = child.communicate()
    if child.returncode:
        sys.exit(f"A run failed with exit code {child.returncode}.")
    watcher.join()
    return told, peaks[0], peaks[1]


def _watch(process: psutil.Process, peaks: list[float]) -> None:
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        try:
            family = [process, *process.children(recursive=True)]
            memory = [each.memory_info() for each in family]
        except psutil.Error:
            continue  # one of the family ended between two looks; if it was the program, the loop ends
        peaks[0] = max(peaks[0], sum(each.rss for each in memory) / 1e6)
        # Resident pages that are not backed by a file or shared.
        peaks[1] = max(peaks[1], sum(each.rss - each.shared for each in memory) / 1e6)
        time.sleep(0.05)


def plain_read(media: Path) -> float:
    """Seconds to read the whole sound with the same library and do nothing with it."""
    started = time.perf_counter()
    with av.open(str(media)) as container:
        for _ in container.decode(audio=0):
            pass
    return time.perf_counter() - started
