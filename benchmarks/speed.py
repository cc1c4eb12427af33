"""How fast, and in how much memory? Stage times as a ratio to the length of the sound, one command.

    python benchmarks/speed.py                 # writes its part of benchmarks/RESULTS.md
    python benchmarks/speed.py --minutes 5 45 --no-write

The lessons are the sample repeated to the length asked for. Every run is a process of its own; memory is
the largest sum over that process and its children, sampled 20 times a second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import av
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks.compose import stamp
from benchmarks.machine import keep, machine

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "samples" / "lesson.mp4"
RECOGNITION = "words"
BARS = {"all but recognition": 0.06, "decode_mb": 300, "analyze_mb": 700, "help": 0.5, "prescreen": 1.0}

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
    stage("assemble")
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


def main() -> None:
    """Run every measurement and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", nargs="+", type=int, default=[5, 45, 90])
    parser.add_argument(
        "--embedded-minutes", type=int, default=3, help="length heard by the embedded recogniser"
    )
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    where = machine()
    page = [
        "# How fast, and in how much memory?",
        "",
        f"Written by `python benchmarks/speed.py` on {where['date']}; {where['machine']}.",
        "Times are shares of the sound's length (0.01: an hour takes 36 s). Absolute figures on a shared",
        "machine are noisy; the baseline beside them is a plain read of the whole sound by the same library.",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        page += observing(Path(folder), asked.minutes, asked.embedded_minutes)
    page += starting()
    text = "\n".join(page) + "\n"
    print(text)
    if not asked.no_write:
        keep("speed", text)


def observing(folder: Path, minutes: Sequence[int], embedded: int) -> list[str]:
    """Stage by stage, with captions for every length and with the embedded recogniser for one."""
    rows: list[str] = []
    stages: list[str] = []
    for length, asr in [*((each, "captions") for each in minutes), (embedded, "pocketsphinx")]:
        media, captions = repeated(folder, length)
        kept = folder / f"{length}-{asr}.json"
        told, peak = run(OBSERVE, str(media), str(captions) if asr == "captions" else "", asr, str(kept))
        times = json.loads(told)
        stages = stages or [name for name in times if name not in ("prescreen", "end")]
        whole = length * 60
        rest = sum(times[name] for name in stages if name != RECOGNITION or asr == "captions")
        cells = [f"{times[name] / whole:.4f}" for name in stages]
        _, decode_peak = run(DECODE, str(media))
        rows.append(
            f"| {length} min, {asr} | {' | '.join(cells)} | {rest / whole:.3f} | "
            f"{times['prescreen']:.2f} s | {peak:.0f} MB | {decode_peak:.0f} MB | "
            f"{plain_read(media) / whole:.4f} |"
        )
        print(rows[-1], file=sys.stderr, flush=True)
    head = ["lesson", *stages, "all but recognition (bar 0.06)", "prescreen (bar 1 s for 45 min)"]
    head += ["peak memory (bar 700 MB)", "decoding alone (bar 300 MB)", "baseline: plain read"]
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *rows, ""]


def starting() -> list[str]:
    """How long the program takes to say what it can do, beside Python's own start."""
    shown = best([sys.executable, "-m", "coachai", "--help"])
    bare = best([sys.executable, "-c", "pass"])
    return [f"`coachai --help`: {shown:.2f} s (bar 0.5 s; Python alone: {bare:.2f} s).", ""]


def best(command: Sequence[str], runs: int = 7) -> float:
    """The quickest of some runs, in seconds: the least disturbed one."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - started)
    return min(taken)


def run(code: str, *arguments: str) -> tuple[str, float]:
    """(what it printed, peak memory in MB of it and its children together)."""
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(psutil.Process(child.pid), peak), daemon=True)
    watcher.start()
    told, _ = child.communicate()
    if child.returncode:
        sys.exit(f"A run failed with exit code {child.returncode}.")
    watcher.join()
    return told, peak[0]


def _watch(process: psutil.Process, peak: list[float]) -> None:
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        try:
            family = [process, *process.children(recursive=True)]
            peak[0] = max(peak[0], sum(each.memory_info().rss for each in family) / 1e6)
        except psutil.Error:
            return
        time.sleep(0.05)


def plain_read(media: Path) -> float:
    """Seconds to read the whole sound with the same library and do nothing with it."""
    started = time.perf_counter()
    with av.open(str(media)) as container:
        for _ in container.decode(audio=0):
            pass
    return time.perf_counter() - started


def repeated(folder: Path, minutes: int) -> tuple[Path, Path]:
    """(an M4A of that length made from the sample's sound, its captions)."""
    media, captions = folder / f"{minutes}.m4a", folder / f"{minutes}.vtt"
    if media.exists():
        return media, captions
    with av.open(str(SAMPLE)) as source:
        period = float(source.streams.audio[0].duration * source.streams.audio[0].time_base)
        frames = [frame.to_ndarray() for frame in source.decode(audio=0)]
    with av.open(str(media), "w", format="mp4") as target:
        stream = target.add_stream("aac", rate=48_000, layout="mono", bit_rate=80_000)
        clock = 0
        while clock < minutes * 60 * 48_000:
            for samples in frames:
                frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
                frame.sample_rate, frame.pts = 48_000, clock
                clock += samples.shape[1]
                target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    captions.write_text(_repeated_captions(period, minutes * 60), encoding="utf-8")
    return media, captions


def _repeated_captions(period: float, length: float) -> str:
    cues = ["WEBVTT\n"]
    rows = (ROOT / "samples" / "lesson.vtt").read_text(encoding="utf-8").split("\n\n")[1:]
    shift = 0.0
    while shift < length:
        for row in filter(str.strip, rows):
            times, text = row.strip().split("\n", 1)
            start, end = (_seconds(each) + shift for each in times.split(" --> "))
            if end < length:
                cues.append(f"{stamp(start)} --> {stamp(end)}\n{text}\n")
        shift += period
    return "\n".join(cues)


def _seconds(text: str) -> float:
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


if __name__ == "__main__":
    main()
