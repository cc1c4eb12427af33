"""A face in HTTP on a real server at a loopback port, and recordings to hand to it."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import uvicorn
from numpy.typing import NDArray

from coachai.asr.pocketsphinx import PocketSphinx, Sphinx
from coachai.media import SAMPLE_RATE, Audio, decode
from coachai.observing import Models, Observing
from coachai.records import Progress, Span, Word
from coachai.serve.http import http_app
from coachai.serve.limits import Holds, Limits
from coachai.transcript import Line, Recognition
from coachai.voices.listener import Ears

SAMPLE = Path(__file__).parents[2] / "samples" / "lesson.mp4"
HOLDS = Holds(words="test.en", voices="coachai voices 1", talk="rules")


@cache
def lesson_sound() -> NDArray[np.int16]:
    """The sample lesson's sound."""
    with tempfile.TemporaryDirectory() as folder:
        audio = decode(SAMPLE, Path(folder), lambda _: None)
        return audio.raw(0, len(audio))


def wav(samples: NDArray[np.int16], path: Path) -> Path:
    """A WAV file, 16 kHz mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def spoken(path: Path, start: float = 0.0, seconds: float = 10.0) -> Path:
    """A piece of the sample lesson as a WAV file."""
    first = round(start * SAMPLE_RATE)
    return wav(lesson_sound()[first : first + round(seconds * SAMPLE_RATE)], path)


@dataclass
class Saying:
    """A recogniser that says what it is told to, a word every fifth of a second from the first speech on;
    `at_word` is called before each. `began` and `ended` tell how often it was asked and broken off."""

    text: str = "Why does ice float? Because it is lighter."
    language: str = "en"
    at_word: Callable[[], None] = lambda: None
    began: int = 0
    ended: int = 0
    lengths: list[float] = field(default_factory=list)

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        self.began += 1
        self.lengths.append(audio.duration)
        words: list[Word] = []
        try:
            for k, text in enumerate(self.text.split()):
                self.at_word()
                progress(k / 100)
                start = speech[0].start + 0.2 * k
                words.append(Word(start=start, end=start + 0.15, text=text))
        except BaseException:
            self.ended += 1
            raise
        lines = (Line(start=words[0].start, end=words[-1].end, words=tuple(words)),) if words else ()
        return Recognition(
            recogniser="test",
            model="test.en",
            language=self.language,
            lines=lines,
            marks=True,
            names=False,
            note="",
        )


def sphinx() -> PocketSphinx:
    """The embedded recogniser."""
    return PocketSphinx(Sphinx(workers=1))


@dataclass
class Served:
    """A face that runs: its address, the folder that its uploads lie in, and how it was asked for models."""

    url: str
    folder: Path
    asked: list[Observing]

    @property
    def left(self) -> list[str]:
        """What lies in its folder."""
        return sorted(each.name for each in self.folder.rglob("*"))


@contextmanager
def serving(
    folder: Path,
    recogniser: object,
    limits: Limits | None = None,
    holds: Callable[[], Holds] = lambda: HOLDS,
    reader: object = None,
    listener: object = None,
) -> Iterator[Served]:
    """A face on these models in a server of its own."""
    asked: list[Observing] = []

    def load(how: Observing) -> Models:
        asked.append(how)
        return Models(
            recogniser=recogniser,  # type: ignore[arg-type]
            listener=listener or Ears(),  # type: ignore[arg-type]
            reader=reader,  # type: ignore[arg-type]
        )

    limits = (limits or Limits()).model_copy(update={"folder": folder})
    server = uvicorn.Server(uvicorn.Config(http_app(load, holds, limits), log_config=None, lifespan="off"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        try:
            yield Served(url=f"http://127.0.0.1:{port}", folder=folder, asked=asked)
        finally:
            server.should_exit = True
            thread.join(60)
            assert not thread.is_alive()


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)
