"""Changing healthy recordings byte by byte, and counting what is lost and not said.

    python -m tests.corpus.mutants --count 3000 --seed 1

Each mutant is looked at and decoded by the code that runs in the child, in a worker that is started anew
when it dies. `lost` are mutants whose sound is more than 2 % shorter than the healthy file's (missing
stretches and silence in place of sound count as lost); `unsaid` those of them about which nothing is said.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from coachai.errors import CoachaiError
from coachai.media.audio import Audio
from coachai.media.decoding import decode_to
from coachai.media.examining import examine
from coachai.media.probing import SHORTEST, notes_of, require_enough
from coachai.media.sniff import sniff_file
from coachai.records import Span
from tests.corpus.source import HEALTHY, healthy

LOSS = 0.02
PATIENCE = 60.0
_BLOCKS = (1, 4, 64, 512, 4096, 32_768)
_FRAME = 1600  # 0.1 s


def mutated(content: bytes, dice: random.Random) -> bytes:
    """The content with one to four changes: flips, zeros, noise, cuts, insertions, repeats, header bytes."""
    changed = bytearray(content)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        way = dice.choice(("flip", "zero", "noise", "cut out", "insert", "repeat", "header", "end"))
        size = min(dice.choice(_BLOCKS), len(changed) // 2)
        at = dice.randrange(len(changed) - size)
        if way == "flip":
            for _ in range(dice.choice((1, 10, 100, 1000))):
                changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        elif way == "zero":
            long = int(len(changed) * dice.choice((0.001, 0.01, 0.05, 0.2)))
            at = dice.randrange(len(changed) - long)
            changed[at : at + long] = bytes(long)
        elif way == "noise":
            changed[at : at + size] = dice.randbytes(size)
        elif way == "cut out":
            del changed[at : at + size]
        elif way == "insert":
            changed[at:at] = dice.randbytes(size)
        elif way == "repeat":
            changed[at:at] = changed[at : at + size]
        elif way == "header":
            changed[dice.randrange(min(4096, len(changed)))] = dice.randrange(256)
        else:
            del changed[dice.randrange(len(changed) // 2, len(changed)) :]
    return bytes(changed)


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came of a file: `code` of a refusal, else seconds of sound heard and whether anything was said."""

    code: str = ""
    heard: float = 0.0
    said: bool = False


def looked_at(path: Path, folder: Path) -> Came:
    """What the child's own code makes of a file."""
    try:
        demuxer = sniff_file(path)
        facts = examine({"path": str(path), "demuxer": demuxer, "track": 1}, lambda _: None)
        require_enough(facts, SHORTEST)
        sound = folder / "sound"
        request = {"path": str(path), "demuxer": demuxer, "track": 1, "duration": facts["duration"]}
        answer = decode_to({**request, "out": str(sound)}, lambda _: None)
        missing = [Span(start=start, end=end) for start, end in answer["missing"]]
        return Came(heard=_heard(Audio(sound, missing)), said=bool(missing or notes_of(facts, track=1)))
    except CoachaiError as refusal:
        return Came(code=refusal.code, said=True)
    except MemoryError:
        return Came(code="UNREADABLE", said=True)


def _heard(audio: Audio) -> float:
    """Seconds that hold sound: neither missing nor pure silence."""
    samples = audio.read_samples(0, len(audio) // _FRAME * _FRAME)
    return float(np.abs(samples.reshape(-1, _FRAME)).max(axis=1).astype(bool).sum()) * _FRAME / 16_000


def _work(pipe: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    with tempfile.TemporaryDirectory() as folder:
        for number in iter(pipe.recv, None):
            kind, seed = number
            path = Path(folder) / f"{seed}"
            content = (
                healthy(kind) if seed is None else mutated(healthy(kind), random.Random(f"{kind} {seed}"))
            )
            path.write_bytes(content)
            pipe.send(looked_at(path, Path(folder)))
            path.unlink()


class Worker:
    """A process that looks at mutants; it is replaced when it dies or takes longer than `PATIENCE`."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, kind: str, seed: str | None) -> Came:
        """What came of that mutant (None: of the healthy file); `CRASH` or `HANG` where nothing did."""
        self._pipe.send((kind, seed))
        try:
            if self._pipe.poll(PATIENCE):
                came: Came = self._pipe.recv()
                return came
            code = "HANG"
        except EOFError:
            code = "CRASH"
        self.stop()
        self._start()
        return Came(code=code)

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def campaign(count: int, seed: int, seconds: float = float("inf")) -> dict[str, Counter[str]]:
    """Look at `count` mutants (or as many as fit into `seconds`); figures by healthy file."""
    from concurrent.futures import ThreadPoolExecutor

    kinds = list(HEALTHY)
    end = time.monotonic() + seconds
    figures: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}

    def share(first: int) -> Iterator[tuple[str, str, Came, float]]:
        worker = Worker()
        whole = {kind: worker.ask(kind, None).heard for kind in kinds}
        for number in range(first, count, 2):
            if time.monotonic() > end:
                break
            kind = kinds[number % len(kinds)] if len(kinds) % 2 else kinds[number // 2 % len(kinds)]
            yield kind, f"{seed}-{number}", worker.ask(kind, f"{seed}-{number}"), whole[kind]
        worker.stop()

    with ThreadPoolExecutor(2) as pool:
        for answers in pool.map(lambda first: list(share(first)), (0, 1)):
            for kind, name, came, whole in answers:
                _count(figures[kind], kind, name, came, whole)
    return figures


def _count(figures: Counter[str], kind: str, name: str, came: Came, whole: float) -> None:
    figures["mutants"] += 1
    if came.code in ("CRASH", "HANG"):
        figures[came.code] += 1
        print(f"{came.code} {kind} {name}", file=sys.stderr)  # noqa: T201
    elif came.code:
        figures["refused"] += 1
    elif came.heard < (1 - LOSS) * whole:
        figures["lost"] += 1
        if not came.said:
            figures["unsaid"] += 1
            print(f"UNSAID {kind} {name} {came.heard:.1f} of {whole:.1f} s", file=sys.stderr)  # noqa: T201


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=3000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    started = time.monotonic()
    figures = campaign(chosen.count, chosen.seed)
    columns = ("mutants", "refused", "lost", "unsaid", "CRASH", "HANG")
    print(f"{'':18}" + "".join(f"{each:>9}" for each in columns))  # noqa: T201
    for kind, counted in [*figures.items(), ("all", sum(figures.values(), Counter()))]:
        print(f"{kind:18}" + "".join(f"{counted[each]:9}" for each in columns))  # noqa: T201
    print(f"{time.monotonic() - started:.0f} s")  # noqa: T201


if __name__ == "__main__":
    main()
