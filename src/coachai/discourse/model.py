"""A trained model that reads what utterances do, run by onnxruntime.

Every sequence is run alone, several of them side by side in threads: eight-bit weights scale a whole batch
together, so that in batches a reading would depend on what else is read with it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coachai.discourse.card import COLUMNS, WIDTH, Array, Card, read_card
from coachai.discourse.exchanges import words_taken_up
from coachai.discourse.windows import MARKERS, Window, bare, batch, markers, shortened, turn, windows
from coachai.errors import EnvironmentLacks
from coachai.records import Progress

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

FILES = ("model.onnx", "tokenizer.json")
"""Files beside a card, whose hashes it names."""

MOST_THREADS = 8
"""Threads that read at the same time, at most; there is no more to gain in a lesson."""


@dataclass(frozen=True, slots=True)
class Laid:
    """One window of a conversation as tokens: for each utterance from `window.first` on its marker and words.

    `key` is the same for windows that are read alike, whatever stands elsewhere.
    """

    window: Window
    said: tuple[tuple[int, ...], ...]

    @property
    def key(self) -> object:
        """The place of the utterances that count, and all tokens."""
        return self.window.owned - self.window.first, self.window.owned_end - self.window.first, self.said

    @property
    def heard(self) -> list[int]:
        """The utterances that count and have words."""
        return [k for k in self.window.owning if len(self.said[k - self.window.first]) > 1]


class Exchanges(NamedTuple):
    """What was read in exchanges: raw scores (n,) that rank them, NaN where nothing was said, and for each
    the probabilities of `uptake`, `focusing` and `funneling` (empty where nothing was said)."""

    uptake: Array
    focusing: Array
    readings: list[dict[str, float]]


class Model:
    """A loaded model; `card` says what it is. Safe to use from several threads."""

    def __init__(self, card: Card, tokenizer: Tokenizer, session: InferenceSession) -> None:
        self.card = card
        self._tokenizer = tokenizer
        self._session = session
        self._running: Callable[[Mapping[str, Any]], Array] = self.run

    def read(
        self,
        roles: Sequence[str],
        speakers: Sequence[str],
        texts: Sequence[str],
        *,
        marks: bool,
        progress: Progress = lambda _: None,
        only: Container[int] | None = None,
    ) -> list[dict[str, float]]:
        """For each of n utterances the calibrated probabilities of what it may be, by name.

        Roles are `teacher`, `student` or anything else. `question` for all, a teacher's moves and `none` for
        a teacher, a student's and `none` for a student; empty where there are no words, and for utterances
        not in `only`. `marks`: the words carry punctuation; without, they are read bare.
        """
        if not self.card.reads_utterances:
            return [{} for _ in texts]
        logits = self.logits(roles, speakers, texts, marks=marks, progress=progress, only=only)
        return [
            {} if np.isnan(row[0]) else self.card.utterance(role, row)
            for role, row in zip(roles, logits, strict=True)
        ]

    def logits(
        self,
        roles: Sequence[str],
        speakers: Sequence[str],
        texts: Sequence[str],
        *,
        marks: bool,
        progress: Progress = lambda _: None,
        only: Container[int] | None = None,
    ) -> Array:
        """The numbers (n, 15) behind `read`, NaN where nothing was read; `card.COLUMNS` names them."""
        laid = [
            each
            for each in self.lay(roles, speakers, texts, marks=marks)
            if any(only is None or k in only for k in each.heard)
        ]
        found = np.full((len(texts), WIDTH), np.nan)
        for each, rows in zip(laid, self.read_laid(laid, progress), strict=True):
            own = [k for k in each.heard if only is None or k in only]
            found[own] = rows[[k - each.window.first for k in own]]
        return found

    def lay(
        self, roles: Sequence[str], speakers: Sequence[str], texts: Sequence[str], *, marks: bool
    ) -> list[Laid]:
        """The windows in which n utterances are read, as `read` takes them."""
        kinds = markers(roles, speakers)
        said = [
            (self.card.markers[kind], *shortened(ids))
            for kind, ids in zip(kinds, self._tokens(texts, marks), strict=True)
        ]
        found = windows([len(each) for each in said])
        return [Laid(each, tuple(said[each.first : each.last])) for each in found]

    def read_laid(self, laid: Sequence[Laid], progress: Progress = lambda _: None) -> list[Array]:
        """For each window the numbers (utterances, 15) of all utterances in it."""
        return self._run([each.said for each in laid], progress)

    def exchanges(
        self,
        pairs: Sequence[tuple[str, str]],
        *,
        marks: bool,
        progress: Progress = lambda _: None,
    ) -> Exchanges:
        """What was read in n exchanges: all that a student says in a turn, and the teacher in the next."""
        tokens = self._tokens(list(chain.from_iterable(pairs)), marks)
        behind = (self.card.markers[2], self.card.markers[0])
        both = [(tokens[k], tokens[k + 1]) for k in range(0, len(tokens), 2)]
        told = [k for k, (student, teacher) in enumerate(both) if student and teacher]
        laid = [[[mark, *turn(ids)] for mark, ids in zip(behind, both[k], strict=True)] for k in told]
        found = np.full((len(both), WIDTH), np.nan)
        for k, rows in zip(told, self._run(laid, progress), strict=True):
            found[k] = rows[1]
            found[k, COLUMNS["uptake"]] += self.card.shared * words_taken_up(*pairs[k])
        readings = [{} if np.isnan(row[0]) else self.card.exchange(row) for row in found]
        return Exchanges(found[:, COLUMNS["uptake"]][:, 0], found[:, COLUMNS["focusing"]][:, 0], readings)

    def _tokens(self, texts: Sequence[str], marks: bool) -> list[list[int]]:
        written = list(texts) if marks else [" ".join(bare(text)) for text in texts]
        return [each.ids for each in self._tokenizer.encode_batch(written, add_special_tokens=False)]

    def _run(self, sequences: Sequence[Sequence[Sequence[int]]], progress: Progress) -> list[Array]:
        """The model's numbers (utterances, 15) for each sequence."""
        with ThreadPoolExecutor(_threads()) as pool:
            running = [pool.submit(self._one, each) for each in sequences]
            found = []
            try:
                for each in running:
                    found.append(each.result())
                    progress(len(found) / len(running))
            except BaseException:
                # An interrupt must not wait for the rest of the lesson.
                pool.shutdown(cancel_futures=True)
                raise
        return found

    def _one(self, sequence: Sequence[Sequence[int]]) -> Array:
        laid = batch([sequence], self.card.edges)
        given = {"ids": laid.ids, "attention": laid.attention, "marks": laid.marks, "pool": laid.pool}
        return self._running(given)

    def run(self, given: Mapping[str, Any]) -> Array:
        """The numbers (utterances, 15) of one sequence that is laid out as the network takes it."""
        (logits,) = self._session.run(["logits"], dict(given))
        return np.asarray(logits[0], dtype=np.float64)

    def running(self, run: Callable[[Mapping[str, Any]], Array]) -> Model:
        """The same model, whose sequences are handed to `run`; it stands for `run` here, from any thread."""
        other = Model(self.card, self._tokenizer, self._session)
        other._running = run
        return other


def load(folder: Traversable, *, calibrated: bool = True) -> Model:
    """The model in a folder with `card.json`, `model.onnx` and `tokenizer.json`.

    Without `calibrated` it may lack its calibration, and only `Model.logits` and raw scores make sense.
    Raises EnvironmentLacks where a file is missing, or is not the one that the card names.
    """
    card, contents = load_files(folder, calibrated=calibrated)
    import onnxruntime
    from tokenizers import Tokenizer

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            contents["model.onnx"], options, providers=["CPUExecutionProvider"]
        )
        tokenizer = Tokenizer.from_str(contents["tokenizer.json"].decode("utf-8"))
    except Exception as wrong:  # both libraries raise what they like at a file they cannot use
        raise _damaged(folder, f"its files cannot be used ({type(wrong).__name__})") from wrong
    tokenizer.no_padding()
    tokenizer.no_truncation()
    # Words that look like a marker, as in "[student] yes", are words.
    tokenizer.encode_special_tokens = True
    if [tokenizer.token_to_id(each) for each in MARKERS] != list(card.markers):
        raise _damaged(folder, "its card and its tokenizer do not belong together")
    return Model(card, tokenizer, session)


def load_files(folder: Traversable, *, calibrated: bool = True) -> tuple[Card, dict[str, bytes]]:
    """A model's card and the bytes of its files, as whole as the card says. Raises EnvironmentLacks."""
    card = read_card_in(folder, calibrated=calibrated)
    try:
        contents = {name: folder.joinpath(name).read_bytes() for name in FILES}
    except OSError as wrong:
        raise _damaged(folder, "a file of it is missing or cannot be read") from wrong
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != card.sha256.get(name):
            raise _damaged(folder, f"{name} is not the file that its card names")
    return card, contents


def read_card_in(folder: Traversable, *, calibrated: bool = True) -> Card:
    """A model's card alone. Raises EnvironmentLacks where there is none, or it cannot be read."""
    try:
        return read_card(folder.joinpath("card.json").read_bytes(), calibrated=calibrated)
    except OSError as wrong:
        raise _damaged(folder, "a file of it is missing or cannot be read") from wrong
    except ValueError as wrong:
        raise _damaged(folder, f"its card.json cannot be read ({wrong})") from wrong


def _damaged(folder: Traversable, what: str) -> EnvironmentLacks:
    return EnvironmentLacks(
        "LABEL_MODEL_DAMAGED",
        f"The model “{folder.name}” that reads classroom talk is damaged: {what}. Install it again, or go on "
        "without it: --labels rules.",
    )


def _threads() -> int:
    available: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return min(MOST_THREADS, len(available(0)) if available else os.cpu_count() or 1)
