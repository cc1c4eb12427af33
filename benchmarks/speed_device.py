"""Where a model's time goes on a device, how full the device is, and how far it stays below its limit.

Made for a GPU; a processor runs it as well, to show that it runs. Recognition goes through faster-whisper's
batched pipeline, whose calls coachai makes too, with a clock around each call of the model.
"""

from __future__ import annotations

import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from benchmarks.random_whisper import Size
from benchmarks.speed_operations import Operations, Work, counted

PARTS = ("features", "encode", "decode", "align")


class Clocked:
    """An object whose methods are timed by name; all else is the object's own."""

    def __init__(self, inner: Any, named: dict[str, str], times: dict[str, float]) -> None:
        self._inner, self._named, self._times = inner, named, times

    def __getattr__(self, name: str) -> Any:
        """The object's attribute, behind a clock where it is one of the methods."""
        found = getattr(self._inner, name)
        return self._timed(self._named[name], found) if name in self._named else found

    def __call__(self, *given: Any, **options: Any) -> Any:
        """The object itself, behind a clock."""
        return self._timed(self._named["__call__"], self._inner)(*given, **options)

    def _timed(self, part: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def clocked(*given: Any, **options: Any) -> Any:
            started = time.perf_counter()
            try:
                return method(*given, **options)
            finally:
                self._times[part] = self._times.get(part, 0.0) + time.perf_counter() - started

        return clocked


def clocked(model: Any) -> dict[str, float]:
    """Put clocks into a faster-whisper model; what is returned fills as it works (s by part)."""
    times: dict[str, float] = {}
    named = {"encode": "encode", "generate": "decode", "align": "align"}
    model.model = Clocked(model.model, named, times)
    model.feature_extractor = Clocked(model.feature_extractor, {"__call__": "features"}, times)
    return times


class Watched:
    """How busy a device is while something runs, sampled several times a second."""

    def __init__(self, device: str) -> None:
        self._gpu = device == "cuda"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.busy: list[float] = []
        self.megabytes = 0.0

    def __enter__(self) -> Watched:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching."""
        self._ended.set()
        self._thread.join()

    @property
    def middle(self) -> float:
        """The median share of time (%) in which the device was busy."""
        return statistics.median(self.busy) if self.busy else 0.0

    def _watch(self) -> None:
        here = psutil.Process()
        while not self._ended.wait(0.2):
            busy, used = _card() if self._gpu else (psutil.cpu_percent(), here.memory_info().rss / 1e6)
            self.busy.append(busy)
            self.megabytes = max(self.megabytes, used)


def _card() -> tuple[float, float]:
    """(% of the time in which the first GPU ran something, MB of its memory in use), as its driver tells."""
    asked = [
        "nvidia-smi",
        "--id=0",
        "--query-gpu=utilization.gpu,memory.used",
        "--format=csv,noheader,nounits",
    ]
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    busy, mebibytes = (float(each) for each in told.strip().split(","))
    return busy, mebibytes * 1.048576


def card_name() -> str:
    """The first GPU's name."""
    return _queried("name")


def _queried(figures: str) -> str:
    asked = ["nvidia-smi", "--id=0", f"--query-gpu={figures}", "--format=csv,noheader,nounits"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to run a model."""

    precision: str
    batch: int
    beam: int = 5
    device: str = "cuda"
    streams: int = 1


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How it went: seconds for all the sound, by part, and what was computed."""

    setting: Setting
    sound: float
    seconds: float
    parts: dict[str, float]
    busy: float
    megabytes: float
    operations: Operations | None


def ran(weights: Path, sound: Any, setting: Setting, size: Size | None) -> Ran:
    """Recognise a sound (16 kHz) once to warm up and once on the clock; with `streams`, that many at once."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model = WhisperModel(
        str(weights),
        device=setting.device,
        compute_type=setting.precision,
        num_workers=setting.streams,
        local_files_only=True,
    )

    def hear(heard: Any) -> list[Any]:
        segments, _ = BatchedInferencePipeline(model).transcribe(
            heard,
            language="en",
            beam_size=setting.beam,
            temperature=0.0,
            word_timestamps=True,
            batch_size=setting.batch,
        )
        return list(segments)

    hear(sound[: 16_000 * 60])
    parts = clocked(model)
    with Watched(setting.device) as watched, ThreadPoolExecutor(setting.streams) as pool:
        started = time.perf_counter()
        streams = list(pool.map(hear, [sound] * setting.streams))
        seconds = time.perf_counter() - started
    found = [each for stream in streams for each in stream]
    prompt = 2 if size is not None and size.english else 4
    tokens = sum(len(each.tokens) for each in found)
    # Asked without times, the model's answer to a window is one segment.
    work = Work(windows=len(found), tokens=tokens, prompt=prompt, beam=setting.beam)
    return Ran(
        setting=setting,
        sound=setting.streams * len(sound) / 16_000,
        seconds=seconds,
        parts=parts,
        busy=watched.middle,
        megabytes=watched.megabytes,
        operations=counted(size, work) if size is not None else None,
    )


HEAD = ["model", "precision", "batch", "streams", "times faster than the sound", "memory", "device busy"]
HEAD += [*PARTS, "the rest", "10¹² operations a second"]


def row(name: str, each: Ran, peak: float | None) -> str:
    """One line of the page; `peak`: 10¹² operations a second that the device can do at this precision."""
    known = sum(each.parts.get(part, 0.0) for part in PARTS)
    whole = each.seconds * each.setting.streams
    shares = [f"{each.parts.get(part, 0.0) / whole:.0%}" for part in PARTS] + [
        f"{max(0.0, 1 - known / whole):.0%}"
    ]
    rate = each.operations.all / each.seconds / 1e12 if each.operations else None
    done = (
        "not counted"
        if rate is None
        else f"{rate:.2f}" + (f" ({rate / peak:.0%} of {peak:g})" if peak else "")
    )
    told = [name, each.setting.precision, str(each.setting.batch), str(each.setting.streams)]
    told += [
        f"{each.sound / each.seconds:.1f}",
        f"{each.megabytes:.0f} MB",
        f"{each.busy:.0f} %",
        *shares,
        done,
    ]
    return f"| {' | '.join(told)} |"


def swept(
    name: str,
    weights: Path,
    sound: Any,
    settings: Sequence[Setting],
    *,
    size: Size | None,
    peak: float | None,
) -> list[str]:
    """A line for each setting that the device has room for."""
    rows = []
    for setting in settings:
        try:
            rows.append(row(name, ran(weights, sound, setting, size), peak))
        except RuntimeError as error:
            if "out of memory" not in str(error).lower():
                raise
            rows.append(f"| {name} | {setting.precision} | {setting.batch} | {setting.streams} | no memory |")
    return rows
