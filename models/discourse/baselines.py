"""What figures are held against: saying the same always, the product's rules, and a linear model.

None of them reads sentences in context as the model does, so what they reach is what context and training
must beat.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from corpora import (
    Exchange,
    Lesson,
    Said,
    composed_of,
    part_of,
    read_exchanges,
    read_lessons,
    split,
)
from numpy.typing import NDArray
from word_errors import bare

from coachai.annotation import annotate
from coachai.content_words import content
from coachai.records import AudioQuality, Provenance, Recording, Transcript, Utterance, WordSource

Truths = NDArray[np.bool_]

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
RULES = {
    "question": "question",
    "restating": "restating",
    "revoicing": "revoicing",
    "press_for_reasoning": "press_for_reasoning",
    "providing_evidence": "reasoning",
}
"""Labels that rules make too, and what the rules call them."""


def always(truth: Truths) -> float:
    """F1 of giving a label to every sentence."""
    share = float(truth.mean()) if truth.size else 0.0
    return 2 * share / (1 + share)


def macro_without_reading(truth: NDArray[np.int64], labels: Iterable[int], every: int) -> tuple[str, float]:
    """The better macro F1 of two ways to label without reading: the commonest of `every` label always, or
    labels drawn as often as they occur (a label with share p then has an F1 of p)."""
    share = np.bincount(truth, minlength=every) / max(1, truth.size)
    kept = list(labels)
    often = int(share.argmax())
    commonest = 2 * share[often] / (1 + share[often]) / len(kept) if often in kept else 0.0
    drawn = float(share[kept].mean())
    return (
        ("always the commonest", float(commonest)) if commonest > drawn else ("drawn at their rates", drawn)
    )


# Rules


def as_transcript(lesson: Lesson, texts: Sequence[str], *, marks: bool) -> Transcript:
    """A lesson's sentences as the program holds them, for its rules; each takes a second."""
    said = tuple(
        Utterance(
            start=float(k),
            end=k + 0.9,
            speaker=each.speaker,
            role=each.role if each.role in ("teacher", "student") else "unknown",  # type: ignore[arg-type]
            role_confidence=1.0,
            text=text,
        )
        for k, (each, text) in enumerate(zip(lesson.said, texts, strict=True))
    )
    return Transcript(
        recording=Recording(
            name=lesson.name,
            sha256="",
            size_bytes=0,
            duration=float(len(said)),
            container="",
            audio_codec="",
            audio_sample_rate=0,
            audio_channels=0,
        ),
        duration=float(len(said)),
        language="en",
        utterances=said,
        speech=(),
        overlap=(),
        missing=(),
        quality=AudioQuality(speech_level_dbfs=None, noise_level_dbfs=None, snr_db=None, clipped_share=0.0),
        words_from=WordSource(
            recogniser="captions", model="", marks=marks, names=True, coverage=1.0, note=""
        ),
        teacher_confidence=1.0,
        teacher_from="name",
        provenance=Provenance(coachai="evaluation"),
    )


def by_rule(lesson: Lesson, texts: Sequence[str], *, marks: bool) -> dict[str, Truths]:
    """For each label that rules make, which sentences of the lesson they give it to."""
    said = annotate(as_transcript(lesson, texts, marks=marks)).utterances
    return {label: np.array([each.has(rule) for each in said], dtype=bool) for label, rule in RULES.items()}


def taken_up_by_rule(exchange: Exchange) -> bool:
    """Whether the rule calls any sentence of the teacher's uptake."""
    texts = [exchange.student, *filter(bare, _SENTENCE_END.split(exchange.teacher))]
    roles = ["student", *["teacher"] * (len(texts) - 1)]
    said = tuple(
        Said(role=role, speaker=role, text=text, teacher=None, student=None, asks=None)
        for role, text in zip(roles, texts, strict=True)
    )
    lesson = Lesson(exchange.lesson, said)
    return any(each.has("uptake") for each in annotate(as_transcript(lesson, texts, marks=True)).utterances)


# A linear model


class Linear:
    """TF-IDF and a linear model for each task, learned from the training part of the labelled sets.

    Questions: one to three words, as they are said. Moves: one and two words with marks, the words of the
    student's turn before, and how many of them are said again. Exchanges: the same of both turns.
    """

    def __init__(self, data: Path) -> None:
        left_out = composed_of(data)
        lessons = split(read_lessons(data / "talkmoves" / "train.jsonl.gz"), "train", left_out)
        self._asks = self._question(lessons)
        self._moves = {
            role: self._move(lessons, role) for role in ("teacher", "student")
        }  # a classifier each
        self._ratings = {
            task: self._rating(data / task / "train.csv", column)
            for task, column in (
                ("uptake", "uptake_zscore"),
                ("focusing", "follow_up_unfiltered_zscore"),
            )
        }

    def asks(self, texts: Sequence[str]) -> Truths:
        """Which of the bare texts ask."""
        return np.asarray(self._asks.predict(texts), dtype=bool)

    def moves(self, lessons: Sequence[Lesson], role: str) -> NDArray[np.int64]:
        """The move of each coded sentence of a role, in the order of the lessons."""
        return np.asarray(self._moves[role].predict(_situations(lessons, role)), dtype=np.int64)

    def ratings(self, task: str, exchanges: Sequence[Exchange]) -> NDArray[np.float64]:
        """The rating of each exchange."""
        return np.asarray(self._ratings[task].predict(exchanges), dtype=float)

    @staticmethod
    def _question(lessons: Sequence[Lesson]) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        said = [each for lesson in lessons for each in lesson.said if each.teacher is not None]
        words = TfidfVectorizer(analyzer=_one_to_three, min_df=3, sublinear_tf=True)
        whole = make_pipeline(words, LogisticRegression(C=10, max_iter=300))
        return whole.fit([" ".join(bare(each.text)) for each in said], [bool(each.asks) for each in said])

    @staticmethod
    def _move(lessons: Sequence[Lesson], role: str) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.preprocessing import FunctionTransformer
        from sklearn.svm import LinearSVC

        moves = [
            getattr(each, role)
            for lesson in lessons
            for each in lesson.said
            if getattr(each, role) is not None
        ]
        seen = make_union(
            TfidfVectorizer(analyzer=_own_words, min_df=3, sublinear_tf=True),
            TfidfVectorizer(analyzer=_words_before, min_df=3, sublinear_tf=True),
            FunctionTransformer(_overlaps),
        )
        return make_pipeline(seen, LinearSVC(C=0.2, class_weight="balanced")).fit(
            _situations(lessons, role), moves
        )

    @staticmethod
    def _rating(path: Path, column: str) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import Ridge
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.preprocessing import FunctionTransformer

        kept = [each for each in read_exchanges(path, column) if part_of(each.lesson) == "train"]
        of: Callable[[Exchange], Sequence[str]] = lambda each: _own_words((each.teacher, each.student))  # noqa: E731
        before: Callable[[Exchange], Sequence[str]] = lambda each: bare(each.student)  # noqa: E731
        seen = make_union(
            TfidfVectorizer(analyzer=of, min_df=3, sublinear_tf=True),
            TfidfVectorizer(analyzer=before, min_df=3, sublinear_tf=True),
            FunctionTransformer(lambda rows: _overlaps([(each.teacher, each.student) for each in rows])),
        )
        return make_pipeline(seen, Ridge(alpha=3.0)).fit(kept, [each.rating for each in kept])


Situation = tuple[str, str]
"""A sentence and what the other side said in the turn before (of a student's sentence: the teacher)."""


def _situations(lessons: Sequence[Lesson], role: str) -> list[Situation]:
    found: list[Situation] = []
    for lesson in lessons:
        before: list[str] = []
        last = ""
        for each in lesson.said:
            if each.role != role:
                before = [*before, each.text] if last != role else [each.text]
            elif getattr(each, role) is not None:
                found.append((each.text, " ".join(before[-5:])))
            last = each.role
    return found


def _pairs(words: Sequence[str]) -> list[str]:
    return [f"{one} {two}" for one, two in pairwise(words)]


def _one_to_three(text: str) -> list[str]:
    words = ["<", *text.split(), ">"]
    return [*words[1:-1], *_pairs(words), *(" ".join(words[k : k + 3]) for k in range(len(words) - 2))]


def _own_words(situation: Situation) -> list[str]:
    text = situation[0]
    words = ["<", *bare(text), "?" if text.rstrip().endswith("?") else "."]
    return [*words, *_pairs(words)]


def _words_before(situation: Situation) -> list[str]:
    return bare(situation[1])


def _overlaps(situations: Sequence[Situation]) -> NDArray[np.float64]:
    """Shares of the words that stand before too, whether in the same order, lengths, and marks."""
    rows = []
    for text, before in situations:
        mine, heard = bare(text), bare(before)
        known, meant = set(heard), content(mine)
        shared = len(set(meant) & set(content(heard)))
        rows.append(
            [
                sum(word in known for word in mine) / max(1, len(mine)),
                sum(word in known for word in meant) / max(1, len(meant)),
                float(bool(mine) and f" {' '.join(mine)} " in f" {' '.join(heard)} "),
                min(shared, 8) / 4,
                np.log1p(len(mine)) / 4,
                np.log1p(len(heard)) / 4,
                min(text.count("?"), 3) / 2,
            ]
        )
    return np.array(rows)
