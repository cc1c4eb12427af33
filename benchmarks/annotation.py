"""How well do the labels made by rule agree with people? TalkMoves and uptake ratings, one command.

    python benchmarks/annotation.py

Prints precision, recall and F1 beside a trivial baseline, and writes them to its part of
`benchmarks/RESULTS.md`. The rules' weights and word lists were made on 350 TalkMoves lessons; what is printed
comes from the 148 others (none of them in `lessons/`). Uptake ratings were not used in making the rules.
`configs/discourse.json` has the rules' figures on other lessons, those that no model was trained on.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks.machine import keep, machine
from coachai.annotation import annotate
from coachai.annotation.wording import tokens
from coachai.content_words import content
from coachai.records import AudioQuality, Provenance, Recording, Span, Transcript, Utterance, Word, WordSource
from coachai.transcript import Line, Recognition, Turn, Voices, assemble

DATA = Path(__file__).parents[1].parent / "shared" / "data"
MADE_ON = 350
WORD_SECONDS = 0.3
QUALITY = AudioQuality(speech_level_dbfs=None, noise_level_dbfs=None, snr_db=None, clipped_share=0.0)
Lesson = list[dict[str, Any]]


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked_for = parser.parse_args()
    data = asked_for.data
    if not data.is_dir():
        sys.exit(f"The labelled data is not at {data}; name its folder with --data.")
    told = measured(data)
    print("\n".join(told))
    if not asked_for.no_write:
        keep("annotation", _page(told, machine()))


def _page(told: Sequence[str], where: dict[str, str]) -> str:
    """The part of RESULTS.md."""
    return "\n".join(
        [
            "# How well do the rules' labels agree with people?",
            "",
            f"Written by `python benchmarks/annotation.py` on {where['date']}; {where['machine']}.",
            "The rules alone, without any model, on lessons that took no part in making them. `always` is",
            "the F1 of giving the label to every sentence. What the models reach, on other lessons, is in",
            "`docs/accuracy.md`.",
            "",
            "```",
            *told,
            "```",
            "",
        ]
    )


def measured(data: Path) -> list[str]:
    """The table, a line each."""
    lessons = held_apart(data)
    told = [f"{len(lessons)} TalkMoves lessons held apart", ""]
    told.append(f"{'label':34s}{'P':>6s}{'R':>6s}{'F1':>6s}{'n':>7s}   always")
    started = time.perf_counter()
    marked = [(annotate(as_typed(lesson)), lesson) for lesson in lessons]
    seconds = time.perf_counter() - started
    bare = [(annotate(as_typed(lesson, marks=False)), lesson) for lesson in lessons]
    asks = [("question, final mark", marked), ("question, sentences without marks", bare)]
    for name, annotated in asks:
        told.append(row(name, agreement(annotated, "teacher", "question", lambda said: asked(said["text"]))))
    told.append(row("question, words without sentences", run_on(lessons)))
    for label, move in (
        ("press_for_reasoning", "pressing_for_reasoning"),
        ("restating", "restating"),
        ("revoicing", "revoicing"),
    ):
        said_so = lambda said, move=move: said["teacher_move"] == move  # noqa: E731
        told.append(row(f"{label} ~ {move}"[:34], agreement(marked, "teacher", label, said_so)))
    evidence = agreement(
        marked, "student", "reasoning", lambda said: said["student_move"] == "providing_evidence"
    )
    told.append(row("reasoning ~ providing_evidence", evidence))
    told += ["", f"{sum(len(lesson) for lesson in lessons) / seconds:.0f} sentences a second", ""]
    return told + uptake(data)


def held_apart(data: Path) -> list[Lesson]:
    """The utterances of the TalkMoves lessons that no rule was made on and no lesson was composed of."""
    told = json.loads((data / "lessons" / "sources.json").read_text(encoding="utf-8"))
    used = {lesson for source in told.values() for lesson in source["talkmoves"]}
    with gzip.open(data / "talkmoves" / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        lessons = [each for each in map(json.loads, lines) if each["lesson"] not in used]
    random.Random(7).shuffle(lessons)
    return [
        [
            said
            for said in lesson["utterances"]
            if tokens(said["text"]) and said["role"] in ("teacher", "student")
        ]
        for lesson in lessons[MADE_ON:]
    ]


def asked(text: str) -> bool:
    """Whether the transcriber ended it with a question mark."""
    return bool(re.search(r"\?[\"'”’)\]]*\s*$", text))


def as_typed(lesson: Lesson, *, marks: bool = True) -> Transcript:
    """The transcriber's own sentences as a transcript; without `marks` as bare small words."""
    said = []
    for k, each in enumerate(lesson):
        text = each["text"] if marks else " ".join(tokens(each["text"]))
        said.append(
            Utterance(
                start=float(k),
                end=k + 0.9,
                speaker=str(each["speaker"]),
                role=each["role"],
                role_confidence=1.0,
                text=text,
            )
        )
    source = WordSource(recogniser="captions", model="", marks=marks, names=True, coverage=1.0, note="")
    return Transcript(
        recording=_recording(float(len(said))),
        duration=float(len(said)),
        language="en",
        utterances=tuple(said),
        speech=(),
        overlap=(),
        missing=(),
        quality=QUALITY,
        words_from=source,
        teacher_confidence=1.0,
        teacher_from="name",
        provenance=Provenance(coachai="benchmark"),
    )


def agreement(
    annotated: Sequence[tuple[Transcript, Lesson]],
    role: str,
    label: str,
    truth: Callable[[dict[str, Any]], bool],
) -> tuple[int, int, int, int]:
    """(right, found, true, all) over the coded sentences of a role."""
    pairs = [
        (utterance.has(label), truth(said))
        for transcript, lesson in annotated
        for utterance, said in zip(transcript.utterances, lesson, strict=True)
        if said["role"] == role and said[f"{role}_move"] is not None
    ]
    right = sum(found and true for found, true in pairs)
    return right, sum(found for found, _ in pairs), sum(true for _, true in pairs), len(pairs)


def run_on(lessons: Sequence[Lesson]) -> tuple[int, int, int, int]:
    """Questions where sentences must be found too: words with plausible pauses, no marks, voices known.

    Pauses are drawn: none at a tenth of the sentence ends, some inside sentences. A found question counts
    where it shares at least half of the shorter one's time with a true one.
    """
    rng = random.Random(1)
    right = found = true = count = 0
    for lesson in lessons:
        spoken = list(_timed([said for said in lesson if len(tokens(said["text"])) <= 25][:200], rng))
        heard = annotate(_heard(spoken))
        questions = [span for span, _, said in spoken if said["role"] == "teacher" and asked(said["text"])]
        guesses = [each for each in heard.utterances if each.role == "teacher" and each.has("question")]
        taken: set[int] = set()
        for question in questions:
            for k, guess in enumerate(guesses):
                shared = min(question.end, guess.end) - max(question.start, guess.start)
                if k not in taken and shared >= 0.5 * min(question.duration, guess.duration):
                    taken.add(k)
                    break
        right, found, true = right + len(taken), found + len(guesses), true + len(questions)
        count += sum(said["role"] == "teacher" for _, _, said in spoken)
    return right, found, true, count


def _timed(lesson: Lesson, rng: random.Random) -> Iterator[tuple[Span, list[Word], dict[str, Any]]]:
    clock, last = 1.0, None
    for said in lesson:
        if last == said["speaker"]:
            clock += 0.0 if rng.random() < 0.1 else rng.uniform(0.15, 0.6)
        elif last is not None:
            clock += rng.lognormvariate(-0.2, 0.5)
        last, start, words = said["speaker"], clock, []
        for text in tokens(said["text"]):
            if words and rng.random() < 0.03:
                clock += rng.uniform(0.12, 0.5)
            words.append(Word(start=clock, end=clock + WORD_SECONDS, text=text))
            clock += WORD_SECONDS
        yield Span(start=start, end=clock), words, said


def _heard(spoken: Sequence[tuple[Span, list[Word], dict[str, Any]]]) -> Transcript:
    words = tuple(word for _, said, _ in spoken for word in said)
    turns = tuple(
        Turn(
            start=span.start,
            end=span.end,
            speaker=str(said["speaker"]),
            role=said["role"],
            role_confidence=0.9,
        )
        for span, _, said in spoken
    )
    line = Line(start=words[0].start, end=words[-1].end, words=words)
    return assemble(
        recording=_recording(words[-1].end + 1),
        speech=[Span(start=word.start, end=word.end) for word in words],
        missing=(),
        quality=QUALITY,
        recognition=Recognition(
            recogniser="captions", model="", language="en", lines=(line,), marks=False, names=False, note=""
        ),
        voices=Voices(turns=turns, overlap=(), teacher_confidence=0.9, teacher_from="sound"),
        provenance=Provenance(coachai="benchmark"),
    )


def _recording(duration: float) -> Recording:
    return Recording(
        name="lesson",
        sha256="",
        size_bytes=0,
        duration=duration,
        container="",
        audio_codec="",
        audio_sample_rate=0,
        audio_channels=1,
    )


def row(name: str, counts: tuple[int, int, int, int]) -> str:
    """One line of the table; `always` is the F1 of labelling every sentence."""
    right, found, true, count = counts
    precision, recall = right / max(found, 1), right / max(true, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    always = 2 * true / (true + count)
    return f"{name:34s}{precision:6.2f}{recall:6.2f}{f1:6.2f}{true:7d}{always:9.2f}"


def uptake(data: Path) -> list[str]:
    """Experts' uptake ratings (Demszky et al. 2021) of exchanges with and without the label."""
    with (data / "uptake" / "train.csv").open(encoding="utf-8", newline="") as rows:
        told = [each for each in csv.DictReader(rows) if each["uptake_zscore"]]
    ratings, labelled, length, shared = [], [], [], []
    for each in told:
        sentences = re.split(r"(?<=[.?!])\s+", each["teacher_text"])
        lesson = [{"speaker": "S", "role": "student", "text": each["student_text"]}]
        lesson += [{"speaker": "T", "role": "teacher", "text": text} for text in sentences if tokens(text)]
        ratings.append(float(each["uptake_zscore"]))
        labelled.append(any(said.has("uptake") for said in annotate(as_typed(lesson)).utterances))
        length.append(len(tokens(each["teacher_text"])))
        shared.append(len(set(content(tokens(each["student_text"]))) & set(tokens(each["teacher_text"]))))
    has, rated, long = np.array(labelled), np.array(ratings), np.array(length)
    middle = (long >= np.quantile(long, 0.25)) & (long <= np.quantile(long, 0.75))
    return [
        f"uptake: {len(told)} rated exchanges, {has.mean():.0%} labelled",
        f"  mean rating (z) with the label {rated[has].mean():+.2f}, without {rated[~has].mean():+.2f}",
        f"  the same among teacher turns of middle length {rated[has & middle].mean():+.2f}, "
        f"{rated[~has & middle].mean():+.2f}",
        f"  Spearman with the rating: label {spearmanr(has, rated)[0]:.2f}, shared words "
        f"{spearmanr(shared, rated)[0]:.2f}, length alone {spearmanr(long, rated)[0]:.2f}; "
        f"label with length {spearmanr(has, long)[0]:.2f}",
    ]


if __name__ == "__main__":
    main()
