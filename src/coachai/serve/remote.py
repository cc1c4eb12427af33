"""The pipeline's models as seen from a program that has none of them: the same objects, behind a channel."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from coachai.asr.decoding import Clip, Decoded, Hearing
from coachai.errors import InputRefused
from coachai.media import Audio
from coachai.media.excerpt import excerpt
from coachai.observing import Models, Observing
from coachai.records import Progress, Span, Transcript
from coachai.serve.patience import Patience
from coachai.serve.steps import Done
from coachai.serve.wire import AboutWords, Answers, Channel, Door
from coachai.voices.listener import Listened, Question

REGION = 8
"""Clips in one request: what a Transcriber hears at once, and the most that is heard twice when it dies."""

SIDE_BY_SIDE = 8
"""Requests of one lesson under way: as many Transcribers can work on it."""

Answer = TypeVar("Answer")


class Stop:
    """A word to requests that other threads wait for: that nobody wants their answers any more. Without it
    who stops would wait for the next answer of each, and those behind others have none for minutes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[Answers] = []
        self.said = False

    @contextmanager
    def closing(self, answers: Answers) -> Iterator[Answers]:
        """Closes the answers in the end, or when it is said."""
        with self._lock:
            self._open.append(answers)
            said = self.said
        try:
            if said:
                answers.close()
            yield answers
        finally:
            with self._lock:
                self._open.remove(answers)
            answers.close()

    def say(self) -> None:
        """Close what is open, and let nothing begin."""
        with self._lock:
            self.said = True
            waiting = list(self._open)
        for each in waiting:
            each.close()


@dataclass
class Engine:
    """A channel and the patience it takes."""

    channel: Channel
    patience: Patience
    _reached: bool = False

    def stream(
        self,
        door: Door,
        method: str,
        rest: Callable[[], tuple[Any, ...] | None],
        stop: Stop | None = None,
    ) -> Generator[Any, None, None]:
        """What a deployment streams; `rest` gives the arguments for what is still to come, or None. `stop`
        ends it from another thread."""
        stop = stop or Stop()

        def attempt() -> Generator[Any, None, None]:
            arguments = None if stop.said else rest()
            if arguments is None:
                return
            with stop.closing(self.channel.ask(door, method, *arguments)) as items:
                for item in items:
                    self._reached = True
                    yield item

        yield from self.patience.through(attempt, lambda: self._reached)

    def one(self, door: Door, method: str, *arguments: Any) -> Any:
        """The one answer of a method that streams no more than that."""
        (answer,) = self.stream(door, method, lambda: arguments)
        return answer

    def done(self, door: Door, method: str, progress: Progress, *arguments: Any) -> Any:
        """The answer of work that tells how far it is. `progress` may stop it."""
        with closing(self.stream(door, method, lambda: arguments)) as steps:
            for step in steps:
                if isinstance(step, Done):
                    return step.answer
                progress(step)
        raise AssertionError("work ended without an answer")


class EngineDecoder:
    """The Transcribers' model: clips go to as many of them as there are, a region at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def about(self) -> AboutWords:
        """What the Transcribers hold."""
        found: AboutWords = self._engine.one("Transcriber", "about")
        return found

    @property
    def name(self) -> str:
        """The model's name."""
        return self.about.name

    @property
    def languages(self) -> tuple[str, ...]:
        """The model's languages."""
        return self.about.languages

    def language_of(self, audio: Audio, pieces: Sequence[Span]) -> str:
        """As the model says."""
        return str(self._engine.one("Transcriber", "language_of", excerpt(audio, pieces), tuple(pieces)))

    def decode(
        self, audio: Audio, clips: Sequence[Clip], how: Hearing
    ) -> Generator[tuple[int, Decoded], None, None]:
        """Each clip's place and words, as the Transcribers tell them."""
        regions = [range(first, min(first + REGION, len(clips))) for first in range(0, len(clips), REGION)]
        stop = Stop()
        works = [lambda region=region: self._region(audio, clips, region, how, stop) for region in regions]
        with closing(side_by_side(works, SIDE_BY_SIDE, stop)) as answers:
            yield from answers

    def _region(
        self, audio: Audio, clips: Sequence[Clip], region: range, how: Hearing, stop: Stop
    ) -> Generator[tuple[int, Decoded], None, None]:
        """The clips of one region; where a Transcriber is lost, another gets those still to come."""
        left = list(region)

        def rest() -> tuple[Any, ...] | None:
            if not left:
                return None
            wanted = tuple(clips[k] for k in left)
            sound = excerpt(audio, [piece for clip in wanted for piece in clip])
            return sound, wanted, how, tuple(left)

        with closing(self._engine.stream("Transcriber", "decode", rest, stop)) as answers:
            for place, decoded in answers:
                left.remove(place)
                yield place, decoded


@dataclass
class EngineListener:
    """The Voices deployment as a listener."""

    engine: Engine

    @cached_property
    def name(self) -> str:
        """What tells voices apart there."""
        return str(self.engine.one("Voices", "about"))

    def listen(self, audio: Audio, asked: Question, progress: Progress) -> Listened:
        """As a listener here; nothing comes back by which a voice could be known again."""
        sample = None if asked.teacher_sample is None else excerpt(asked.teacher_sample)
        question = replace(asked, teacher_sample=None)
        found: Listened = self.engine.done("Voices", "listen", progress, excerpt(audio), question, sample)
        return found


@dataclass
class EngineReader:
    """The Discourse deployment as a reader."""

    engine: Engine

    def read(self, transcript: Transcript, progress: Progress) -> Transcript:
        """As a reader here."""
        found: Transcript = self.engine.done("Discourse", "read", progress, transcript)
        return found


def models_on(engine: Engine, how: Observing) -> Models:
    """The models of an engine, for one lesson; captions need no model.

    Raises InputRefused (NOT_SERVED) for a model that is asked for and that the engine does not hold,
    EnvironmentLacks where the engine cannot be reached.
    """
    from coachai.asr.choice import heard_twice, served
    from coachai.discourse.choice import RULES

    if how.voices or how.device != "auto":
        raise InputRefused(
            "NOT_SERVED", "Leave out --voices and --device with --engine ray: the engine's own setting holds."
        )
    decoder = EngineDecoder(engine)
    words = served(how, decoder, lambda: decoder.about.kind)
    labels = engine.one("Discourse", "about")
    if how.labels not in ("", "auto", RULES, labels):
        raise InputRefused(
            "NOT_SERVED",
            f"The engine reads talk with {labels or RULES}, not {how.labels}: leave out --labels.",
        )
    return Models(
        recogniser=heard_twice(words) if how.twice else words,
        listener=EngineListener(engine),
        reader=None if how.labels == RULES or not labels else EngineReader(engine),
    )


def side_by_side(
    works: Sequence[Callable[[], Generator[Answer, None, None]]], at_once: int, stop: Stop
) -> Generator[Answer, None, None]:
    """The answers of all works as they come, at most so many of them under way, begun in order.

    The first error ends all; closing the generator ends all, and says so to `stop`.
    """
    told: queue.SimpleQueue[Answer | BaseException | None] = queue.SimpleQueue()
    ended = threading.Event()
    waiting = iter(works)
    lock = threading.Lock()

    def run() -> None:
        try:
            while not ended.is_set():
                with lock:
                    work = next(waiting, None)
                if work is None:
                    break
                with closing(work()) as answers:
                    for answer in answers:
                        told.put(answer)
                        if ended.is_set():
                            break
            told.put(None)
        except BaseException as error:  # noqa: BLE001 (it goes on to the one who asked)
            told.put(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(min(at_once, len(works)))]
    for thread in threads:
        thread.start()
    try:
        left = len(threads)
        while left:
            answer = told.get()
            if isinstance(answer, BaseException):
                raise answer
            if answer is None:
                left -= 1
            else:
                yield answer
    finally:
        ended.set()
        stop.say()
        for thread in threads:
            thread.join()
