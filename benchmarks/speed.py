"""How fast, and in how much memory? One command; each part writes its section of benchmarks/RESULTS.md.

    python benchmarks/speed.py                            # all parts that run on a processor
    python benchmarks/speed.py --only stages --lengths 5 45 --no-write
    python benchmarks/speed.py --only pairs sustained --sizes tiny small --minutes 3 --batch 8 --repeats 5
    python benchmarks/speed.py --only pairs --model PATH  # real weights in CTranslate2's format
    python benchmarks/speed.py --only pairs sustained device --device cuda --sizes small large-v3-turbo

`stages`: everything but recognition, from minutes to hours. `pairs`: the whole of coachai against the
libraries alone, on one lesson. `sustained`: the same over lessons one after the other. `device`: where a
model's time goes. The lessons are the sample repeated to the length asked for.

Whisper has random weights in its true sizes (`benchmarks/random_whisper.py`) unless a folder is named.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks import speed_openai
from benchmarks.machine import RESULTS, keep, machine
from benchmarks.random_whisper import SIZES, TOKENS_A_SECOND, build
from benchmarks.speed_device import HEAD, Setting, card_name, swept
from benchmarks.speed_lessons import repeated
from benchmarks.speed_pairs import (
    BATCHED,
    OPENAI,
    OURS,
    PRECISION,
    SEQUENTIAL,
    Asked,
    Heard,
    Raced,
    Side,
    batched,
    library,
    models,
    ours,
    overlapped,
    race,
    sequential,
    together,
)
from benchmarks.speed_stages import SHORT, stages

PARTS = ("stages", "pairs", "sustained", "device")
BAR = 1.10
BARRED = ("small", "medium", "large")
"""Sizes that have a bar: they and their English versions."""

WARM = 1
"""Minutes that every side hears before the clock starts."""


def main() -> None:
    """Run every part that is asked for and write the results."""
    asked = _asked()
    where = machine()
    if asked.device == "cuda":
        where["machine"] += f", {card_name()}"
    for part in asked.only or [each for each in PARTS if each != "device" or asked.device == "cuda"]:
        with tempfile.TemporaryDirectory() as folder:
            page = PAGES.get(part, compared_page)(asked, part, Path(folder))
        title, *text = page
        ran = f"Written by `{_command()}` on {where['date']}; {where['machine']}."
        whole = "\n".join([title, "", ran, *text]) + "\n"
        print(whole)
        if not asked.no_write:
            keep("speed" if part == "stages" else f"speed: {part} on {asked.device}", whole)


def _command() -> str:
    """What was typed, without folders: they tell about a person's machine."""
    shown = ["FOLDER" if os.sep in each else each for each in sys.argv[1:]]
    return " ".join(["python benchmarks/speed.py", *shown])


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, help="parts to run; all that this device is for")
    parser.add_argument(
        "--lengths", nargs="+", type=float, default=[5, 15, 45, 90, 240], help="stages: minutes"
    )
    parser.add_argument("--embedded-minutes", type=float, default=3, help="heard by the embedded recogniser")
    parser.add_argument(
        "--sizes", nargs="+", choices=sorted(SIZES), default=["tiny", "base", "small", "small.en"]
    )
    parser.add_argument("--model", nargs="+", type=Path, help="folders with real weights, instead of sizes")
    parser.add_argument("--weights", type=Path, help="where random weights are kept for another time")
    parser.add_argument("--device", choices=sorted(PRECISION), default="cpu")
    parser.add_argument("--minutes", type=float, default=3, help="pairs, sustained, device: of a lesson")
    parser.add_argument("--lessons", type=int, default=3, help="sustained: how many, one after the other")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3, help="rounds in which the sides take turns")
    parser.add_argument("--sides", nargs="+", choices=[SEQUENTIAL, OPENAI], default=[SEQUENTIAL, OPENAI])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 4, 8, 16, 32], help="device: batches")
    parser.add_argument("--precisions", nargs="+", help="device: as CTranslate2 names them")
    parser.add_argument("--streams", nargs="+", type=int, default=[1], help="device: lessons heard at a time")
    parser.add_argument("--peak-tflops", type=float, help="device: what it can do at this precision")
    parser.add_argument("--no-write", action="store_true", help="print only")
    return parser.parse_args()


def stages_page(asked: argparse.Namespace, _: str, folder: Path) -> list[str]:
    """Everything but recognition."""
    return [
        "# How fast, and in how much memory?",
        "Times are shares of the sound's length (0.01: an hour takes 36 s). Absolute figures on a shared",
        "machine are noisy; the baseline beside them is a plain read of the whole sound by the same library.",
        f"Lessons of up to {SHORT} minutes: the middle one of three runs.",
        "",
        *stages(folder, asked.lengths, asked.embedded_minutes, None if asked.no_write else PICTURE),
        *starting(),
    ]


PICTURE = RESULTS.with_name("speed.svg")


def compared_page(asked: argparse.Namespace, part: str, folder: Path) -> list[str]:
    """Side by side, one lesson or many."""
    media, warm = repeated(folder, asked.minutes), repeated(folder, WARM)
    many = part == "sustained"
    title = f"{asked.lessons} lessons one after the other" if many else "The whole of a lesson"
    page = [
        f"# {title}, against the libraries alone ({asked.device})",
        f"{said_of_weights(asked)} Every side: the same {asked.minutes:g} minutes from the file on,",
        f"{PRECISION[asked.device]}, {asked.beam} beams, up to {asked.batch} windows at once, words with",
        "their times (but not window by window, nor openai-whisper, which has 32-bit floats on a processor).",
        f"{asked.repeats} rounds in turns; medians. The bar of {BAR:.2f} is for `small` and larger.",
        *([OVERLAP] if many else []),
        *([PROCESSOR] if asked.device == "cpu" else []),
        *(
            []
            if speed_openai.installed() or many
            else ["openai-whisper is not installed here, so it was not run."]
        ),
        "",
        f"| model | side | seconds | times {BATCHED} | tokens written | windows encoded | words kept |",
        "|---|---|---|---|---|---|---|",
    ]
    notes: list[str] = []
    for name, weights in _weights(asked, folder):
        given = Asked(weights=weights, device=asked.device, beam=asked.beam, batch=asked.batch)
        sides = _sides(name, given, asked, many=many)
        for side in sides.values():
            side(warm)
        raced = race(sides, media, rounds=asked.repeats)
        page += _raced(name, raced)
        notes += [] if many else _rest(name, raced.heard[OURS], asked.minutes * 60)
    return [*page, "", *notes]


PROCESSOR = (
    "These are a processor's figures: no GPU was used. Sizes that are not named were left out because a\n"
    "processor takes too long for them; `--sizes` adds them, `--device cuda` measures a GPU."
)

OVERLAP = (
    "coachai hears two lessons at a time whose recognitions wait for each other, so that sound is read and\n"
    "voices are heard beside the recognition; faster-whisper hears them one by one."
)


def _sides(name: str, given: Asked, asked: argparse.Namespace, *, many: bool) -> dict[str, Side]:
    doing, counting = models(given)
    model = library(given)
    alone = batched(model, given)
    if many:
        return {
            OURS: lambda media: overlapped(doing, counting, [media] * asked.lessons),
            BATCHED: lambda media: together([alone(media) for _ in range(asked.lessons)]),
        }
    sides: dict[str, Side] = {OURS: ours(doing, counting), BATCHED: alone}
    if SEQUENTIAL in asked.sides:
        sides[SEQUENTIAL] = sequential(model, given)
    if OPENAI in asked.sides and speed_openai.installed() and not asked.model:
        sides[OPENAI] = speed_openai.openai(name, asked.device, asked.beam)
    return sides


def _raced(name: str, raced: Raced) -> Iterator[str]:
    for side, heard in raced.heard.items():
        ratio = f"{raced.ratio(side, BATCHED):.2f}"
        if side == OURS:
            bar = f"bar {BAR:.2f}" if name.startswith(BARRED) else "no bar"
            ratio = f"**{ratio}** ({bar})"
        spread = (
            f"{raced.middle(side):.1f} ({min(raced.seconds[side]):.1f} to {max(raced.seconds[side]):.1f})"
        )
        yield (f"| {name} | {side} | {spread} | {ratio} | {heard.tokens} | {heard.windows} | {heard.words} |")


def _rest(name: str, heard: Heard, sound: float) -> list[str]:
    """Where coachai's own time goes, as shares of the sound's length."""
    told = ", ".join(f"{stage} {seconds / sound:.3f}" for stage, seconds in heard.stages.items())
    return [f"Stages of coachai with {name}, last round, as shares of the sound's length: {told}.", ""]


def said_of_weights(asked: argparse.Namespace) -> str:
    """What stands beside every figure: what the models are."""
    if asked.model:
        return "Real weights; what they write is not forced."
    return (
        f"**Random weights in Whisper's true sizes; output forced to {TOKENS_A_SECOND} tokens a second of\n"
        "speech** (`benchmarks/random_whisper.py`); what is written means nothing."
    )


def _weights(asked: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Path]]:
    """Each model's name and folder."""
    if asked.model:
        yield from ((each.name, each) for each in asked.model)
    else:
        yield from ((name, build((asked.weights or folder) / name, name)) for name in asked.sizes)


def device_page(asked: argparse.Namespace, _: str, folder: Path) -> list[str]:
    """Where a model's time goes on a device, by size, precision, batch and streams."""
    from faster_whisper.audio import decode_audio

    sound = decode_audio(str(repeated(folder, asked.minutes)))
    each = product(asked.precisions or [PRECISION[asked.device]], asked.batches, asked.streams)
    settings = [
        Setting(precision=precision, batch=batch, beam=asked.beam, device=asked.device, streams=streams)
        for precision, batch, streams in each
    ]
    rows: list[str] = []
    for name, weights in _weights(asked, folder):
        size = SIZES.get(name.removeprefix("faster-whisper-"))
        rows += swept(name, weights, sound, settings, size=size, peak=asked.peak_tflops)
    return [
        f"# Where a model's time goes ({asked.device})",
        f"{said_of_weights(asked)} {asked.minutes:g} minutes, {asked.beam} beams, word times, through",
        "faster-whisper's batched pipeline. Parts are shares of the time; operations are counted from the",
        "model's shape (`benchmarks/speed_operations.py`).",
        "",
        f"| {' | '.join(HEAD)} |",
        "|" + "---|" * len(HEAD),
        *rows,
        "",
    ]


PAGES = {"stages": stages_page, "device": device_page}


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


if __name__ == "__main__":
    main()
