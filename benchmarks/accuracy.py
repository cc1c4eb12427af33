"""How right are the measures? Lessons with known truth, three sources of words, one command.

    python benchmarks/accuracy.py                          # the given lessons, everything; writes RESULTS.md
    python benchmarks/accuracy.py --sources captions plain --lessons DIR --no-write

Sources of words: `captions` (sentences with names, as a meeting tool writes them), `unnamed` (the same
without the names), `plain` (a video site's words), `embedded` (pocketsphinx); lessons of real voices
without questions run with `none`. Writes its part of `benchmarks/RESULTS.md` and
`configs/accuracy.json`, which the reports quote as their validation.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks.intervals import coverage
from benchmarks.machine import keep, machine
from benchmarks.results import write_results
from benchmarks.scoring import (
    Scored,
    Truth,
    as_transcript,
    found_waits,
    match_questions,
    read_truth,
    role_accuracy,
    talk_share,
    wait_errors,
)
from coachai.measures import measure_all
from coachai.pipeline import Observing, observe

LESSONS = Path(__file__).parents[1].parent / "shared" / "data" / "lessons"
SOURCES = ("captions", "unnamed", "plain", "embedded", "none")


def main() -> None:
    """Score every lesson and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lessons", type=Path, default=LESSONS)
    parser.add_argument("--sources", nargs="+", choices=SOURCES, default=list(SOURCES))
    parser.add_argument(
        "--teacher", help="the teacher's name in named captions; without it the sound decides"
    )
    parser.add_argument("--recomposed", type=int, default=300, help="lessons for the intervals' coverage")
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    files = sorted(asked.lessons.glob("*.truth.json"))
    if not files:
        sys.exit(f"No lessons (*.truth.json) in {asked.lessons}; name their folder with --lessons.")
    scored = []
    for file in files:
        truth = read_truth(file)
        spoken = any(each.has("question") for each in truth.utterances)
        for source in asked.sources:
            if spoken == (source == "none"):
                continue
            scored.append(score(file, truth, source, asked.teacher))
            print(one_line(scored[-1]), flush=True)
    covered = [
        coverage(source, [each for each in rows if each.truth.questions], asked.recomposed)
        for source in asked.sources
        if (rows := [each for each in scored if each.source == source]) and source != "none"
    ]
    text, facts = write_results(scored, covered, machine())
    print(text)
    if not asked.no_write:
        keep("accuracy", text)
        target = Path(__file__).parents[1] / "configs" / "accuracy.json"
        target.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def score(file: Path, truth: Truth, source: str, teacher: str | None) -> Scored:
    """Observe one lesson with one source of words and compare."""
    name = file.name.removesuffix(".truth.json")
    media = next(
        path for path in (file.with_name(f"{name}{end}") for end in (".m4a", ".mp4")) if path.exists()
    )
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        how = Observing(
            asr={"embedded": "pocketsphinx", "none": "none"}.get(source, "captions"),
            captions=captions_of(file.with_name(name), source, Path(folder)),
            teacher=teacher if source == "captions" else None,
        )
        heard = observe(media, how, folder=Path(folder), progress=lambda _: lambda _: None)
    measurements = {each.measure: each for each in measure_all(heard)}
    seconds = time.perf_counter() - started
    pairs, found = match_questions(truth, heard)
    ratio = measurements["talk_ratio"].value
    return Scored(
        truth=truth,
        heard=heard,
        measurements=measurements,
        true_measurements={each.measure: each for each in measure_all(as_transcript(truth))},
        source=source,
        waits=found_waits(truth, heard, measurements["wait_time_1"]),
        pairs=len(pairs),
        found=found,
        roles=role_accuracy(truth, heard),
        share_error=None if ratio is None else ratio - talk_share(truth),
        seconds=seconds,
    )


def captions_of(lesson: Path, source: str, folder: Path) -> Path | None:
    """The caption file for a source of words; None where the sound must do."""
    if source == "plain":
        return lesson.with_name(f"{lesson.name}.plain.vtt")
    if source not in ("captions", "unnamed"):
        return None
    named = lesson.with_name(f"{lesson.name}.captions.vtt")
    if source == "captions":
        return named
    bare = folder / named.name
    bare.write_text(re.sub(r"</?v[^>]*>", "", named.read_text(encoding="utf-8")), encoding="utf-8")
    return bare


def one_line(row: Scored) -> str:
    """A lesson's figures on one line, for whoever watches."""
    asked = len(row.truth.questions)
    errors = wait_errors(row.waits)
    return (
        f"{row.truth.lesson:24s} {row.source:9s} "
        f"questions R {row.pairs / asked if asked else float('nan'):.2f} "
        f"P {row.pairs / row.found if row.found else float('nan'):.2f}  "
        f"wait bias {np.mean(errors) if errors else float('nan'):+.2f} "
        f"mae {np.mean(np.abs(errors)) if errors else float('nan'):.2f}  "
        f"roles {row.roles['plain']:.2f}/{row.roles['balanced']:.2f} (always {row.roles['always']:.2f})  "
        f"share {row.share_error if row.share_error is not None else float('nan'):+.3f}  "
        f"{row.seconds:.0f} s for {row.truth.duration:.0f} s"
    )


if __name__ == "__main__":
    main()
