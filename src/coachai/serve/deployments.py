"""The models as Ray Serve's deployments: the plain classes, opened up to requests that come over a network.

Nothing here knows what a lesson is about. Every answer is a stream, taken step by step beside the event loop,
so that health checks are answered while a model works, and a cancelled request ends at its next step.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from coachai.asr.choice import choose
from coachai.asr.decoding import Clip, Decoded, Decoder, Hearing
from coachai.discourse.choice import choose as choose_labels
from coachai.discourse.model import Model
from coachai.discourse.reading import read
from coachai.errors import CoachaiError, InputRefused
from coachai.media.excerpt import Excerpt
from coachai.records import Span, Transcript
from coachai.serve.figures import Figures, Request
from coachai.serve.settings import Labels, Voices, Words
from coachai.serve.steps import Done, one_by_one, steps_of
from coachai.serve.wire import AboutWords, Lost
from coachai.voices.engines.choice import choose as choose_voices
from coachai.voices.listener import Ears, Listened, Question


class Rim:
    """What is between a deployment's work and Ray: figures, and a watch over steps and memory."""

    def __init__(self, longest_step_s: float, most_growth_mb: float) -> None:
        self._longest_step = longest_step_s
        self._most_growth = most_growth_mb
        self._at_start = resident_megabytes()
        self._steps: dict[int, float] = {}
        self._leaving = False
        self._figures = Figures()

    async def answer(
        self, request: Request, steps: Callable[[], Generator[Any, None, None]]
    ) -> AsyncGenerator[Any, None]:
        """The steps of a request's work. Raises Lost where this process is about to be replaced."""
        if self._leaving:
            raise Lost("recycled")
        number, outcome = id(request), "cancelled"

        def begun() -> None:
            self._steps[number] = time.monotonic()

        try:
            async for step in one_by_one(steps, begun):
                # Who has the answer may leave before the stream has told its end.
                outcome = "done" if isinstance(step, Done) else outcome
                yield step
            outcome = "done"
        except CoachaiError as error:
            outcome = "refused" if isinstance(error, InputRefused) else "failed"
            raise
        except Exception:
            outcome = "failed"
            raise
        finally:
            self._steps.pop(number, None)
            self._figures.ended(request, outcome)

    def check(self) -> None:
        """Raises RuntimeError where a step lasts longer than any honest one, or, between requests, where the
        process has grown too much, as processes with models do (faster-whisper #1055). Serve then starts
        another in its place."""
        if self._steps:
            if time.monotonic() - min(self._steps.values()) > self._longest_step:
                raise RuntimeError(f"a step has lasted longer than {self._longest_step:.0f} s")
        elif resident_megabytes() - self._at_start > self._most_growth:
            self._leaving = True
            raise RuntimeError(f"the process has grown by more than {self._most_growth:.0f} MB")


class Transcriber:
    """Hears clips; one to a graphics card, and one request at a time."""

    def __init__(self, settings: Words) -> None:
        self._kind, self._decoder = decoder_for(settings)
        self._about = AboutWords(self._kind, self._decoder.name, tuple(self._decoder.languages))
        self._rim = Rim(settings.longest_step_s, settings.most_growth_mb)

    async def about(self) -> AsyncGenerator[AboutWords, None]:
        """What it holds."""
        yield self._about

    async def language_of(self, sound: Excerpt, pieces: tuple[Span, ...]) -> AsyncGenerator[str, None]:
        """The language of pieces, as `Decoder.language_of`."""

        def work() -> Generator[str, None, None]:
            with sound.opened() as audio:
                yield self._decoder.language_of(audio, pieces)

        async for each in self._rim.answer(Request("language_of", sound.seconds), work):
            yield each

    async def decode(
        self, sound: Excerpt, clips: tuple[Clip, ...], how: Hearing, places: tuple[int, ...]
    ) -> AsyncGenerator[tuple[int, Decoded], None]:
        """Each clip's place, as the asker counts, and what is heard in it."""

        def work() -> Generator[tuple[int, Decoded], None, None]:
            with sound.opened() as audio, closing(self._decoder.decode(audio, clips, how)) as hearing:
                for index, decoded in hearing:
                    yield places[index], decoded

        async for each in self._rim.answer(Request("decode", sound.seconds), work):
            yield each

    def check_health(self) -> None:
        """Called by Serve; see `Rim.check`."""
        self._rim.check()


class VoicesDeployment:
    """Hears who speaks; vectors of voices live and end in here."""

    def __init__(self, settings: Voices) -> None:
        self._ears = Ears(choose_voices(settings.voices, device=settings.device))
        self._rim = Rim(settings.longest_step_s, settings.most_growth_mb)

    async def about(self) -> AsyncGenerator[str, None]:
        """What tells voices apart here."""
        yield self._ears.name

    async def listen(
        self, sound: Excerpt, asked: Question, sample: Excerpt | None
    ) -> AsyncGenerator[Any, None]:
        """Fractions, then the answer, as `Listener.listen`."""

        def heard(progress: Callable[[float], None]) -> Listened:
            with sound.opened() as audio:
                if sample is None:
                    return self._ears.listen(audio, asked, progress)
                with sample.opened() as its:
                    return self._ears.listen(audio, replace(asked, teacher_sample=its), progress)

        async for step in self._rim.answer(Request("listen", sound.seconds), lambda: steps_of(heard)):
            yield step

    def check_health(self) -> None:
        """Called by Serve; see `Rim.check`."""
        self._rim.check()


class Discourse:
    """Reads what is said. The sequences of all lessons that are here at once wait in one line, and as many as
    there are cores are read side by side. They are not joined to batches, as Serve's own batching would: the
    model's eight-bit weights scale a batch together, and a reading would depend on what else is read."""

    def __init__(self, settings: Labels) -> None:
        installed = choose_labels(settings.labels)
        self._name = "" if installed is None else installed.card.name
        self._pool = ThreadPoolExecutor(min(settings.together, os.cpu_count() or 1))
        self._model = None if installed is None else self._gathering(installed.model())
        self._rim = Rim(settings.longest_step_s, settings.most_growth_mb)

    def _gathering(self, model: Model) -> Model:
        return model.running(lambda given: self._pool.submit(model.run, given).result())

    async def about(self) -> AsyncGenerator[str, None]:
        """The model's name; empty where rules read alone."""
        yield self._name

    async def read(self, transcript: Transcript) -> AsyncGenerator[Any, None]:
        """Fractions, then the transcript with its readings, as `Reader.read`."""

        def work(progress: Callable[[float], None]) -> Transcript:
            if self._model is None:
                raise InputRefused(
                    "NOT_SERVED", "The engine holds no model that reads talk: use --labels rules."
                )
            return read(transcript, self._model, progress)

        async for step in self._rim.answer(Request("read", transcript.duration), lambda: steps_of(work)):
            yield step

    def check_health(self) -> None:
        """Called by Serve; see `Rim.check`."""
        self._rim.check()


def decoder_for(settings: Words) -> tuple[str, Decoder]:
    """The recogniser's name and its model, loaded.

    Raises InputRefused and EnvironmentLacks as `coachai.asr.choice.choose`.
    """
    from coachai.asr.faster_whisper import FasterWhisper
    from coachai.asr.pocketsphinx import Sphinx
    from coachai.asr.whisper_decoder import LoadedWhisper

    recogniser = choose(
        settings.asr, model=settings.model, device=settings.device, language="auto"
    ).recogniser
    if not isinstance(recogniser, FasterWhisper):
        return "pocketsphinx", Sphinx(workers=settings.workers)
    name = settings.model or recogniser.name
    return "faster-whisper", LoadedWhisper(name, device=settings.device, batch_size=settings.batch_size)


def resident_megabytes() -> float:
    """Memory of this process, in MB; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
