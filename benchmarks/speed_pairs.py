"""Side by side: the whole of coachai's hearing against the libraries alone, in one run.

The same recording from the file on, the same folder of weights, precision, beams, batch and word times. All
models are loaded and have heard something before the clock starts. The sides take turns, each round begins
with another one, and a ratio is the median over the rounds.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachai.media import Audio
from coachai.records import Progress, Span

if TYPE_CHECKING:
    from coachai.observing import Models
    from coachai.transcript import Recognition

PRECISION = {"cpu": "int8", "cuda": "float16"}
"""As coachai loads a model on each device."""

OURS, BATCHED = "coachai observe", "faster-whisper, batched"
SEQUENTIAL, OPENAI = "faster-whisper, window by window", "openai-whisper"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What every side is given alike."""

    weights: Path
    device: str = "cpu"
    beam: int = 5
    batch: int = 8


@dataclass(frozen=True)
class Heard:
    """What a side made of a lesson: tokens that the model wrote, windows of 30 s that it encoded, words that
    were kept, and seconds by stage."""

    tokens: int
    windows: int
    words: int
    stages: Mapping[str, float] = field(default_factory=dict)


class Counted:
    """A CTranslate2 Whisper that counts what it is asked for; every side works through one."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.tokens = self.windows = 0

    def __getattr__(self, name: str) -> Any:
        """All that is not counted is the model's own."""
        return getattr(self._inner, name)

    def encode(self, features: Any, *given: Any, **options: Any) -> Any:
        """The model's encoder."""
        self.windows += features.shape[0]
        return self._inner.encode(features, *given, **options)

    def generate(self, *given: Any, **options: Any) -> Any:
        """The model's decoder."""
        found = self._inner.generate(*given, **options)
        self.tokens += sum(len(each.sequences_ids[0]) for each in found)
        return found

    def told(self, words: int, stages: Mapping[str, float] | None = None) -> Heard:
        """What was counted since the last time."""
        heard = Heard(self.tokens, self.windows, words, stages or {})
        self.tokens = self.windows = 0
        return heard


Side = Callable[[Path], Heard]


@dataclass(frozen=True, kw_only=True)
class Raced:
    """Seconds of each side, round by round, and what it heard in the last one."""

    seconds: dict[str, list[float]]
    heard: dict[str, Heard]

    def middle(self, side: str) -> float:
        """The median time (s)."""
        return statistics.median(self.seconds[side])

    def ratio(self, side: str, other: str) -> float:
        """The median over the rounds of how much longer one side takes than another."""
        pairs = zip(self.seconds[side], self.seconds[other], strict=True)
        return statistics.median(one / two for one, two in pairs)


def race(sides: Mapping[str, Side], media: Path, *, rounds: int) -> Raced:
    """Let the sides hear a lesson in turn."""
    names = list(sides)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    heard: dict[str, Heard] = {}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            started = time.perf_counter()
            heard[name] = sides[name](media)
            seconds[name].append(time.perf_counter() - started)
            print(f"  round {turn + 1}, {name}: {seconds[name][-1]:.1f} s", file=sys.stderr, flush=True)
    return Raced(seconds=seconds, heard=heard)


def models(asked: Asked) -> tuple[Models, Counted]:
    """coachai's own models, with its words from the weights that are compared; and what counts these."""
    from coachai.asr.faster_whisper import FasterWhisper
    from coachai.asr.whisper_decoder import LoadedWhisper
    from coachai.observing import Observing, models_here

    loaded = LoadedWhisper(str(asked.weights), device=asked.device, batch_size=asked.batch)
    counting = Counted(loaded._model.model)
    loaded._model.model = counting
    words = FasterWhisper(loaded, language="en", beam_size=asked.beam)
    return replace(models_here(Observing(asr="none", device=asked.device)), recogniser=words), counting


def ours(doing: Models, counting: Counted) -> Side:
    """The whole of `observe`, from the file to the labelled transcript."""
    from coachai.observing import Observing
    from coachai.pipeline import observe

    def hear(media: Path) -> Heard:
        opened: list[tuple[str, float]] = []

        def stage(name: str) -> Progress:
            opened.append((name, time.perf_counter()))
            return lambda _: None

        with tempfile.TemporaryDirectory() as folder:
            heard = observe(media, Observing(), folder=Path(folder), progress=stage, models=doing)
        ends = [*(begun for _, begun in opened[1:]), time.perf_counter()]
        stages = {name: end - begun for (name, begun), end in zip(opened, ends, strict=True)}
        return counting.told(sum(len(each.words) for each in heard.utterances), stages)

    return hear


def library(asked: Asked) -> Any:
    """faster-whisper's own model, as its documentation has it."""
    from faster_whisper import WhisperModel

    kind = PRECISION[asked.device]
    model = WhisperModel(str(asked.weights), device=asked.device, compute_type=kind, local_files_only=True)
    model.model = Counted(model.model)
    return model


def batched(model: Any, asked: Asked) -> Side:
    """faster-whisper's batched pipeline with its own decoding and its own detector of speech."""
    from faster_whisper import BatchedInferencePipeline

    def hear(media: Path) -> Heard:
        segments, _ = BatchedInferencePipeline(model).transcribe(
            str(media),
            language="en",
            beam_size=asked.beam,
            temperature=0.0,
            word_timestamps=True,
            batch_size=asked.batch,
        )
        return _told(model, segments)

    return hear


def sequential(model: Any, asked: Asked) -> Side:
    """faster-whisper window by window, behind the same detector.

    Without word times: with them it goes on from the last word and not from the end of the window, and made
    up words would have it hear much of the sound again. So this side does less than the others.
    """

    def hear(media: Path) -> Heard:
        segments, _ = model.transcribe(
            str(media),
            language="en",
            beam_size=asked.beam,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            vad_filter=True,
        )
        return _told(model, segments)

    return hear


def _told(model: Any, segments: Any) -> Heard:
    heard: Heard = model.model.told(sum(len(each.words or each.text.split()) for each in segments))
    return heard


class OneAtATime:
    """A recogniser that several threads share: a model hears one recording at a time."""

    def __init__(self, recogniser: Any) -> None:
        self._recogniser = recogniser
        self._turn = threading.Lock()

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """What the recogniser hears, once it is free."""
        with self._turn:
            heard: Recognition = self._recogniser.transcribe(audio, speech, progress)
            return heard


def overlapped(doing: Models, counting: Counted, lessons: Sequence[Path]) -> Heard:
    """Lessons one after the other, where the sound of the next is read and its voices are heard beside the
    recognition of this one: two at a time, whose recognitions wait for each other."""
    hear = ours(replace(doing, recogniser=OneAtATime(doing.recogniser)), counting)
    with ThreadPoolExecutor(2) as both:
        return together(list(both.map(hear, lessons)))


def together(heard: Sequence[Heard]) -> Heard:
    """What was heard in several lessons."""
    tokens, windows = sum(each.tokens for each in heard), sum(each.windows for each in heard)
    return Heard(tokens, windows, sum(each.words for each in heard))
