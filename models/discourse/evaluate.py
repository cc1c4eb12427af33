"""How well a model reads classroom talk: one command, on lessons and exchanges it was not trained on.

    python models/discourse/evaluate.py --talkmoves FILE.jsonl.gz --uptake FILE.csv --focusing FILE.csv \\
        --json OUT.json

Any of the three files may be left out, with its figures. The figures stand by their names at the top of
OUT.json; `details` has the same with 90 % intervals over lessons (1000 draws of lessons) and a trivial
baseline, and precision, recall, F1 and calibration of every label in every form of words:

  marked  as typed, with punctuation        bare    words only: no marks, no case
  wer20   bare, 20 % word errors (seed 0)   wer35   bare, 35 %

Questions are read bare, because a final mark would tell; moves as typed, which is how captions come, and in
the other forms beside it. Figures published for RoBERTa are without punctuation: compare `..._bare`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import exchanges as between
import numpy as np
import sentences
from baselines import Linear, as_transcript
from corpora import Lesson, Unreadable, composed_of, part_of, read_lessons, split
from failing import examples
from forms import FORMS, written
from picture import reliability
from scoring import Figure, correlation, pearsons, rounded, spearmans
from tables import figures_for_product, for_card, table

from coachai.discourse.model import Model, load
from coachai.discourse.reading import read as read_transcript
from coachai.errors import EnvironmentLacks

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[1]))
from benchmarks import machine  # noqa: E402

SPEED_SENTENCES, SPEED_RUNS, SPEED_CORES = 3000, 3, 2
"""Sentences that are read for the speed, at least, how often (the median counts), and on how many cores."""

CORRELATION = {"uptake": "uptake_spearman", "focusing": "focusing_pearson"}
SUFFIX = {"marked": "", "bare": "_bare", "wer20": "_wer20", "wer35": "_wer35"}
Details = dict[str, Any]
Told = Callable[[str], None]


@dataclass
class Outcome:
    """What was found: figures by the names under which others look for them, and everything else; `coded` and
    `reads` (by form) are there where lessons were read."""

    figures: dict[str, Figure]
    details: Details
    coded: sentences.Coded | None = None
    reads: dict[str, sentences.Read] = field(default_factory=dict)


def evaluate(told: argparse.Namespace, say: Told) -> Outcome:
    """Everything that was asked for. Raises Unreadable, EnvironmentLacks."""
    if not (told.talkmoves or told.uptake or told.focusing):
        raise Unreadable("Name at least one file to read: --talkmoves, --uptake or --focusing.")
    if not (told.model / "card.json").is_file():
        raise EnvironmentLacks(
            "NO_MODEL", f"There is no model at {told.model}; train one, or name its folder with --model."
        )
    lessons = lessons_of(told.talkmoves, told.part) if told.talkmoves else []
    kept = lambda name: told.part == "all" or part_of(name) == told.part  # noqa: E731
    sets = [
        between.rated(path, task, kept)
        for task, path in (("uptake", told.uptake), ("focusing", told.focusing))
        if path
    ]
    model = load(told.model)
    found = Outcome({}, {"labels": {}, "rules": {}, "model_alone": {}, "linear": {}})
    if lessons and model.card.reads_utterances:
        found.coded = sentences.Coded.from_lessons(lessons)
    in_every_form(model, sets, found, told.minutes * 60, say)
    if lessons:
        say("speed")
        speed, count = sentences_a_second(model, lessons)
        found.figures["utterances_per_second"] = Figure(speed, None, None, count)
    if told.linear:
        say("linear model")
        found.details["linear"] = linear_figures(found.coded, sets, Linear(told.linear))
    found.details["counted"] = {
        "lessons": len(lessons),
        "sentences": sum(len(each.said) for each in lessons),
        **{each.task: len(each.rows) for each in sets},
    }
    return found


def in_every_form(model: Model, sets: list[between.Rated], found: Outcome, limit: float, say: Told) -> None:
    """Everything read in every form of words; the last one, which nobody's figures rest on, is left out where
    it would take longer than `limit` seconds in all."""
    started = last = time.perf_counter()
    for form in FORMS:
        now = time.perf_counter()
        # Half as long again: measuring the speed comes after it.
        if form == FORMS[-1] and now - started + 1.5 * (now - last) > limit:
            found.details["left_out"] = f"{form}: this machine is too slow for it in {limit / 60:.0f} minutes"
            return
        last = now
        if found.coded:
            read_talkmoves(model, found.coded, form, found, say)
        for each in sets:
            say(f"{each.task}, {form}")
            read_rated(model, each, form, found)


def lessons_of(path: Path, part: str) -> list[Lesson]:
    """The lessons of a file, or those of one part of the split; the lessons that sound was composed from are
    in no part. Raises Unreadable."""
    lessons = read_lessons(path)
    if part == "all":
        return lessons
    data = path.absolute().parent.parent
    try:
        left_out = composed_of(data)
    except OSError as wrong:
        raise Unreadable(
            f"--part {part} needs lessons/sources.json beside the folder of {path.name}."
        ) from wrong
    found = split(lessons, part, left_out)  # type: ignore[arg-type]
    if not found:
        raise Unreadable(f"{path.name} holds no lesson of the part “{part}”.")
    return found


def read_talkmoves(model: Model, coded: sentences.Coded, form: str, found: Outcome, say: Told) -> None:
    """Questions and moves in one form of words."""
    progress = lambda share: say(f"lessons, {form}: {share:.0%}")  # noqa: E731
    found.reads[form] = read = sentences.read_lessons_in(model, coded, form, progress)
    found.figures |= lesson_figures(coded, read, form)
    by_rule = sentences.by_rules(coded, form)
    for label in coded.truth:
        if form == "marked" and label == "question":
            # Where words have marks, the program goes by them and not by the model.
            told = sentences.label_figures(coded, label, by_rule[label])
        else:
            told = sentences.label_figures(coded, label, read.made[label], read.chances[label])
        _put(found.details["labels"], label, form, told)
        if label in by_rule:
            _put(found.details["rules"], label, form, sentences.label_figures(coded, label, by_rule[label]))
    alone = sentences.label_figures(coded, "restating", read.alone["restating"], read.chances["restating"])
    _put(found.details["model_alone"], "restating", form, alone)


def lesson_figures(coded: sentences.Coded, read: sentences.Read, form: str) -> dict[str, Figure]:
    """The figures of one form by their names. Words without marks are the plain case of a question, sentences
    as typed that of a move: these have no suffix."""
    tail = SUFFIX[form]
    found = {}
    if form != "marked":
        asked = sentences.question_figures(coded, read.made["question"])
        found = {f"question_{name}{tail.removeprefix('_bare')}": each for name, each in asked.items()}
    for role in ("teacher", "student"):
        with_none = coded.macro(role, read.made, none=True)
        without = coded.macro(role, read.made, none=False)
        headline, other = (without, with_none) if role == "teacher" else (with_none, without)
        found[f"{role}_macro_f1{tail}"] = headline
        found[f"{role}_macro_f1_{'seven' if role == 'teacher' else 'four'}{tail}"] = other
    found[f"teacher_macro_f1_without_rule{tail}"] = coded.macro("teacher", read.alone, none=False)
    return found


def _put(into: Details, label: str, form: str, told: Details | None) -> None:
    if told is not None:
        into.setdefault(label, {})[form] = told


def read_rated(model: Model, of: between.Rated, form: str, found: Outcome) -> None:
    """One set of exchanges in one form of words."""
    answers = between.read_exchanges_in(model, of, form)
    found.figures[CORRELATION[of.task] + SUFFIX[form]] = between.agreement_with_raters(of, answers)
    for label, each in between.label_figures(of, answers).items():
        _put(found.details["labels"], label, form, each)
    if form == "marked":
        lengths = between.length_told(of, answers)
        found.details[of.task] = {what: each.as_json() for what, each in lengths.items()}
        if of.task == "uptake":
            _put(found.details["rules"], "uptake", form, between.rule_figures(of))


def linear_figures(coded: sentences.Coded | None, sets: list[between.Rated], linear: Linear) -> Details:
    """The same figures for the linear model: questions from bare words, everything else as typed."""
    found: dict[str, Figure] = {}
    if coded:
        texts = [[each.text for each in lesson.said] for lesson in coded.lessons]
        for form in ("bare", "wer20"):
            said = [text for each in written(texts, form) for text in each]
            asked = sentences.question_figures(coded, linear.asks(said))
            tail = SUFFIX[form].removeprefix("_bare")
            found |= {f"question_{name}{tail}": each for name, each in asked.items()}
        for role, names in sentences.MOVES.items():
            moves = np.zeros(len(coded.lesson), dtype=int)
            moves[coded.of[role]] = linear.moves(coded.lessons, role)
            made = {name: moves == k for k, name in enumerate(names, 1)}
            found[f"{role}_macro_f1"] = coded.macro(role, made, none=role == "student")
    for of in sets:
        kind = spearmans if of.task == "uptake" else pearsons
        guessed = linear.ratings(of.task, of.rows)
        found[CORRELATION[of.task]] = correlation(kind, guessed, of.ratings, of.lessons)
    return {name: each.as_json() for name, each in found.items()}


# Speed


def sentences_a_second(model: Model, lessons: list[Lesson]) -> tuple[float, int]:
    """Sentences of whole lessons that the program reads in a second, and how many were read.

    As it reads a transcript: everybody's sentences as typed, tokenising, context and the exchanges between
    teacher and students included; two cores, the median of three runs.
    """
    sample: list[Lesson] = []
    for lesson in lessons:
        if sum(len(each.said) for each in sample) < SPEED_SENTENCES:
            sample.append(lesson)
    count = sum(len(each.said) for each in sample)
    whole = [as_transcript(each, [said.text for said in each.said], marks=True) for each in sample]
    cores = sorted(os.sched_getaffinity(0))
    taken = []
    os.sched_setaffinity(0, cores[:SPEED_CORES])
    try:
        for _ in range(SPEED_RUNS):
            started = time.perf_counter()
            for lesson in whole:
                read_transcript(lesson, model)
            taken.append(time.perf_counter() - started)
    finally:
        os.sched_setaffinity(0, cores)
    return count / median(taken), count


# The command


def main() -> int:
    """Read, print and write; the exit code."""
    told = arguments()
    try:
        writable(told)
        started = time.perf_counter()
        found = evaluate(told, progress(told.progress))
        progress(told.progress)("")
        found.details["made_by"] = made_by(told, time.perf_counter() - started)
        print(table(found.figures, found.details))
        write(told, found)
    except Unreadable as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except EnvironmentLacks as wrong:
        print(wrong.message, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was written.", file=sys.stderr)
        return 130
    return 0


def arguments() -> argparse.Namespace:
    """What the command was told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--talkmoves", type=Path, help="coded lessons, gzipped JSON lines")
    parser.add_argument("--uptake", type=Path, help="exchanges rated for uptake, CSV")
    parser.add_argument("--focusing", type=Path, help="exchanges rated for focusing, CSV")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    parser.add_argument("--model", type=Path, default=HERE / "talkmoves", help="folder of the model")
    parser.add_argument(
        "--part",
        choices=("all", "train", "dev", "test"),
        default="all",
        help="only the lessons and observations that belong to this part of our own split",
    )
    parser.add_argument(
        "--linear", type=Path, metavar="DATA", help="also train a linear model on the training part of DATA"
    )
    parser.add_argument("--picture", type=Path, help="draw how far probabilities hold, as SVG")
    parser.add_argument(
        "--examples", type=Path, help="write teachers' sentences that were misread, as Markdown"
    )
    parser.add_argument("--card", type=Path, help="put the figures into their section of this Markdown file")
    parser.add_argument("--write", type=Path, help="put the figures into the file that the program quotes")
    parser.add_argument(
        "--minutes",
        type=float,
        default=8.5,
        help="leave out the words with 35 %% errors rather than take longer (default 8.5)",
    )
    parser.add_argument("--progress", action="store_true", help="say on stderr how far it is")
    return parser.parse_args()


def progress(wanted: bool) -> Told:
    """Where progress is told, on one line."""

    def say(what: str) -> None:
        print(f"\r{what:40s}\r", end="", file=sys.stderr, flush=True)

    return say if wanted else lambda _: None


def writable(told: argparse.Namespace) -> None:
    """Say before minutes of reading that what was asked for cannot be written. Raises Unreadable."""
    if told.write and told.part == "train":
        raise Unreadable("--write takes figures of lessons that the model was not trained on.")
    for path in (told.json, told.picture, told.examples, told.card, told.write):
        if path and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise Unreadable(f"{path} cannot be written: it is a folder, or its folder does not exist.")


def made_by(told: argparse.Namespace, seconds: float) -> Details:
    """What made the figures, so that they can be made again."""
    text = (told.model / "card.json").read_bytes()
    card = json.loads(text) | {"card": hashlib.sha256(text).hexdigest()}
    given = {name: getattr(told, name) for name in ("talkmoves", "uptake", "focusing")}
    files = [f"--{name} {path.name}" for name, path in given.items() if path]
    part = [f"--part {told.part}"] if told.part != "all" else []
    return {
        **machine.machine(),
        "command": " ".join(["python models/discourse/evaluate.py", *files, *part]),
        "part": told.part,
        "model": {name: card[name] for name in ("name", "version", "licence", "sha256", "card")},
        "seconds": round(seconds),
    }


def write(told: argparse.Namespace, found: Outcome) -> None:
    """All files that were asked for."""
    if told.json:
        flat = {name: rounded(each.value) for name, each in found.figures.items()}
        figures = {name: each.as_json() for name, each in found.figures.items()}
        whole = {**flat, "details": {"figures": figures, **found.details}}
        put(told.json, json.dumps(whole, indent=1) + "\n")
    if told.picture:
        put(told.picture, reliability(found.details["labels"]))
    if told.examples and found.coded:
        put(told.examples, examples(found.coded, found.reads))
    if told.card:
        name = found.details["made_by"]["model"]["name"]
        machine.keep(f"figures of {name}", for_card(found.figures, found.details), told.card)
    if told.write:
        before = json.loads(told.write.read_text(encoding="utf-8")) if told.write.is_file() else {}
        after = figures_for_product(before, found.figures, found.details)
        put(told.write, json.dumps(after, indent=1) + "\n")


def put(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
