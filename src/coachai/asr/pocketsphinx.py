"""The embedded recogniser: pocketsphinx with the English model in its wheel, on every core.

Needs no download. Near-perfect on clear voices, rough on real classrooms, and it knows no children:
the recogniser of last resort, and its note says so.
"""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from importlib.metadata import version
from typing import IO, Any

from coachai.asr.decoding import Clip, Decoded, Decoder, Hearing, heard_in_order
from coachai.asr.journal import Journal, Journaled
from coachai.asr.regions import laid_on, stretches
from coachai.errors import EnvironmentLacks
from coachai.media import Audio
from coachai.records import Progress, Span, Word
from coachai.timeline import subtracted
from coachai.transcript import Recognition

LONGEST = 12.0
"""Seconds that are decoded at once: enough context for the language model, little enough to wait for."""

JOIN = 0.6
"""Seconds of silence between regions over which they are decoded together."""

MARGIN = 0.15
"""Seconds of the silence around a stretch that are decoded too: speech detectors clip soft consonants."""

NOTE = (
    "The built-in recogniser is small, mishears children and far voices and writes no question marks: "
    "treat every word as a guess. It knows only English: where another language is spoken, it writes English "
    "words that nobody said."
)

_VARIANT = re.compile(r"\(\d+\)$")
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")


class PocketSphinx:
    """US English, lower case, no punctuation."""

    def __init__(self, decoder: Decoder | None = None) -> None:
        self._decoder = Sphinx() if decoder is None else decoder

    def keeping(self, journal: Journal) -> PocketSphinx:
        """The same, with each finished clip kept in a journal and not heard again."""
        return PocketSphinx(Journaled(self._decoder, journal))

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """Words that lie in `speech`, one line a stretch of words between pauses.

        `progress` is called after every few seconds of speech; whatever it raises stops the work and ends
        the decoders. Raises EnvironmentLacks (``RECOGNISER_STOPPED``) if a decoder dies.
        """
        progress(0.0)
        clips = [(each,) for each in stretches(audio, speech, longest=LONGEST, join=JOIN, margin=MARGIN)]
        heard = heard_in_order(self._decoder, audio, clips, Hearing(), progress)
        lines, dropped = laid_on([word for each in heard for word in each.words], speech)
        progress(1.0)
        return Recognition(
            recogniser="pocketsphinx",
            model=self._decoder.name,
            language="en",
            lines=lines,
            marks=False,
            names=False,
            note=NOTE,
            dropped=len(dropped),
            dismissed=subtracted(dropped, speech),
        )


class Sphinx:
    """pocketsphinx in processes of its own; `workers` of them side by side (default: one a core)."""

    def __init__(self, *, workers: int | None = None) -> None:
        self._workers = workers or _cores()
        self.name = f"pocketsphinx {version('pocketsphinx')} US English"
        self.languages = ("en",)

    def language_of(self, audio: Audio, pieces: Sequence[Span]) -> str:  # noqa: ARG002 (as Decoder)
        """English: it knows nothing else."""
        return "en"

    def decode(
        self,
        audio: Audio,
        clips: Sequence[Clip],
        how: Hearing,  # noqa: ARG002 (it knows one way)
    ) -> Generator[tuple[int, Decoded], None, None]:
        """Each clip's place and words, in the order in which the decoders finish. It gains nothing from
        hearing pieces together, so a clip is one piece."""
        pieces = [piece for (piece,) in clips]
        with closing(_answers(audio, pieces, min(self._workers, len(pieces)))) as answers:
            for index, answer in answers:
                yield index, Decoded(words=tuple(_words(answer)))


def _cores() -> int:
    """Processors this process may use, at most eight: a decoder needs about 130 MB."""
    try:
        return min(8, len(os.sched_getaffinity(0)))
    except AttributeError:
        return min(8, os.cpu_count() or 1)


def _words(answer: Sequence[Any]) -> Iterator[Word]:
    """The words of one stretch on the recording's clock; silences and noises are no words."""
    for text, first, last, probability in answer:
        if _FILLER.match(text):
            continue
        yield Word(
            start=first / Audio.sample_rate,
            end=last / Audio.sample_rate,
            text=_VARIANT.sub("", text),
            probability=probability,
        )


def _answers(
    audio: Audio, parts: Sequence[Span], workers: int
) -> Generator[tuple[int, list[Any]], None, None]:
    """Each stretch's index and words, in the order in which the decoders finish."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in range(len(parts)):
        waiting.put(index)
    answered: queue.Queue[tuple[int, list[Any] | None]] = queue.Queue()
    feeding: list[threading.Thread] = []
    try:
        with _decoders(audio, workers) as decoders:
            for decoder in decoders:
                feeding.append(
                    threading.Thread(target=_feed, args=(decoder, parts, waiting, answered), daemon=True)
                )
                feeding[-1].start()
            for _ in parts:
                index, answer = answered.get()
                if answer is None:
                    raise EnvironmentLacks(
                        "RECOGNISER_STOPPED",
                        "The built-in speech recogniser stopped before it was done; close other programs to "
                        "free some memory and try again, or hand in captions with --captions.",
                    )
                yield index, answer
    finally:
        for thread in feeding:
            thread.join()


@contextmanager
def _decoders(audio: Audio, count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Running decoder processes, ended on the way out whatever happens."""
    decoders: list[subprocess.Popen[str]] = []
    try:
        for _ in range(count):
            decoders.append(
                subprocess.Popen(
                    [sys.executable, "-P", "-m", "coachai.asr.pocketsphinx_worker", str(audio.path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    # Ctrl-C belongs to the main process, which ends these.
                    start_new_session=True,
                )
            )
        yield decoders
    finally:
        for decoder in decoders:
            decoder.kill()
        for decoder in decoders:
            decoder.wait()


def _feed(
    decoder: subprocess.Popen[str],
    parts: Sequence[Span],
    waiting: queue.SimpleQueue[int],
    answered: queue.Queue[tuple[int, list[Any] | None]],
) -> None:
    """Keep one decoder busy until nothing waits; its death is reported as the answer None."""
    to, back = decoder.stdin, decoder.stdout
    assert to is not None
    assert back is not None
    with suppress(OSError), to, back:
        while True:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            answer = _ask(to, back, parts[index])
            answered.put((index, answer))
            if answer is None:
                return


def _ask(to: IO[str], back: IO[str], part: Span) -> list[Any] | None:
    first, last = round(part.start * Audio.sample_rate), round(part.end * Audio.sample_rate)
    try:
        print(first, last, file=to, flush=True)
        row = back.readline()
    except OSError:
        return None
    return list(json.loads(row)) if row.endswith("\n") else None
