"""What Ray itself costs: by how much a lesson takes longer through an engine, and how more Transcribers help.

    python benchmarks/serving.py               # writes its part of benchmarks/RESULTS.md

The Transcribers are stand-ins of known speed, which sleep and say a word: what is left over is the engine's.
Everything else is the real thing: handles, streams, the gateway process, the regions of a lesson.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]  # so that it runs as a file, too

from benchmarks.machine import keep, machine
from coachai.asr.decoding import Clip, Decoded, Hearing, seconds_of
from coachai.media import SAMPLE_RATE, Audio
from coachai.media.excerpt import Excerpt, excerpt
from coachai.records import Span, Word
from coachai.serve.gateway import ADDRESS, Gateway
from coachai.serve.patience import Patience
from coachai.serve.place import environment
from coachai.serve.remote import REGION, Engine, EngineDecoder
from coachai.serve.wire import APP, AboutWords

CLIP = 29.0
BARS = {"overhead": 0.01, "linear": 0.9}


class StandIn:
    """A Transcriber that takes `factor` seconds for a second of sound."""

    def __init__(self, factor: float) -> None:
        self._factor = factor

    async def about(self) -> AsyncGenerator[AboutWords, None]:
        yield AboutWords("faster-whisper", "stand-in", ("en",))

    async def decode(
        self, sound: Excerpt, clips: tuple[Clip, ...], how: Hearing, places: tuple[int, ...]
    ) -> AsyncGenerator[tuple[int, Decoded], None]:
        with sound.opened() as audio:
            for place, clip in zip(places, clips, strict=True):
                audio.read(clip[0].start, clip[-1].end)
                await asyncio.sleep(self._factor * seconds_of(clip))
                word = Word(start=clip[0].start, end=clip[-1].end, text=how.language)
                yield place, Decoded(words=(word,))


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=62.0, help="length of the lesson")
    parser.add_argument("--factor", type=float, default=0.02, help="seconds of work a second of sound")
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    os.environ.update(environment())
    import ray

    ray.init(
        address="local",
        include_dashboard=False,
        num_cpus=8,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    os.environ[ADDRESS] = ray.get_runtime_context().gcs_address
    with tempfile.TemporaryDirectory() as folder:
        count = round(asked.minutes * 60 / CLIP)
        clips = [(Span(start=CLIP * k, end=CLIP * (k + 1)),) for k in range(count)]
        path = Path(folder) / "sound.raw"
        with path.open("wb") as file:
            file.truncate(2 * round(CLIP * count * SAMPLE_RATE))
        taken = {0: alone(asked.factor, Audio(path), clips)}
        taken |= {each: measured(each, asked.factor, Audio(path), clips) for each in asked.replicas}
    text = "\n".join(page(taken, asked.factor, count)) + "\n"
    print(text)
    if not asked.no_write:
        keep("serving", text)


def alone(factor: float, audio: Audio, clips: Sequence[Clip]) -> float:
    """Seconds that one stand-in takes in this process, region by region; the better of two runs."""

    async def hear() -> None:
        stand_in = StandIn(factor)
        for first in range(0, len(clips), REGION):
            region = tuple(clips[first : first + REGION])
            sound = excerpt(audio, [piece for clip in region for piece in clip])
            places = tuple(range(first, first + len(region)))
            async for _ in stand_in.decode(sound, region, Hearing(language="so"), places):
                pass

    best = float("inf")
    for _ in range(2):
        began = time.perf_counter()
        asyncio.run(hear())
        best = min(best, time.perf_counter() - began)
    return best


def measured(replicas: int, factor: float, audio: Audio, clips: Sequence[Clip]) -> float:
    """Seconds that a lesson takes with so many Transcribers, the better of two runs."""
    from ray import serve

    deployment: Any = serve.deployment(StandIn)
    options = {"num_replicas": replicas, "max_ongoing_requests": 1, "max_queued_requests": 8}
    served = deployment.options(name="Transcriber", ray_actor_options={"num_cpus": 0.1}, **options)
    serve.run(served.bind(factor), name=APP, route_prefix=None)
    gateway = Gateway()
    try:
        decoder = EngineDecoder(Engine(gateway, Patience()))
        assert decoder.languages == ("en",)
        best = float("inf")
        for _ in range(2):
            began = time.perf_counter()
            heard = list(decoder.decode(audio, clips, Hearing(language="so")))
            best = min(best, time.perf_counter() - began)
            assert sorted(place for place, _ in heard) == list(range(len(clips)))
    finally:
        gateway.close()
        serve.delete(APP)
    print(f"{replicas} replicas: {best:.2f} s", file=sys.stderr, flush=True)
    return best


def page(taken: dict[int, float], factor: float, count: int) -> list[str]:
    """The part of RESULTS.md."""
    where = machine()
    here = taken.pop(0)
    lines = [
        "# What does Ray cost?",
        "",
        f"Written by `python benchmarks/serving.py` on {where['date']}; {where['machine']}.",
        f"A lesson of {count * CLIP / 60:.0f} minutes in {count} clips, {REGION} to a region, by stand-ins",
        f"that take {factor} s for a second of sound (a fast graphics card) and do nothing else. One of them",
        f"in this process, without an engine: {here:.2f} s. The slower the model, the smaller the overhead:",
        "it is so many seconds for each region. Linear is one Transcriber's time divided by their number.",
        "",
        "| Transcribers | seconds | more than without an engine (bar 1 %) | share of linear (bar 0.9) |",
        "|---|---|---|---|",
    ]
    first = taken[min(taken)] * min(taken)
    for replicas, seconds in taken.items():
        over = f"{seconds / here - 1:.1%}" if replicas == 1 else "–"
        lines.append(f"| {replicas} | {seconds:.2f} | {over} | {first / (seconds * replicas):.2f} |")
    return [
        *lines,
        "",
        "A Transcriber, Serve's controller and Ray's head are killed in the middle of a lesson by",
        "`tests/serve/test_ray.py` (`make test-slow`): it fails where a word is lost, a kill of the first or",
        "of the third has more than one region heard again, and where one of the second has any.",
        "",
    ]


if __name__ == "__main__":
    main()
