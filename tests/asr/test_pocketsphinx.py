"""The embedded recogniser on the sample lesson: its words, their times, and its processes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest

from coachai.asr.pocketsphinx import PocketSphinx, Sphinx
from coachai.errors import EnvironmentLacks
from coachai.media import SAMPLE_RATE, Audio, decode
from coachai.records import Span
from coachai.timeline import shared_seconds
from coachai.transcript import Recognition
from coachai.voices.speech import find_speech

SAMPLE = Path(__file__).parents[2] / "samples" / "lesson.mp4"
BEGINNING = 10.0
"""Seconds of the sample that the tests recognise: three sentences of the teacher."""


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Audio:
    return decode(SAMPLE, tmp_path_factory.mktemp("sample"), lambda _: None)


@pytest.fixture(scope="module")
def speech(audio: Audio) -> list[Span]:
    return [span for span in find_speech(audio, lambda _: None) if span.end < BEGINNING]


@pytest.fixture(scope="module")
def heard(audio: Audio, speech: list[Span]) -> Recognition:
    return PocketSphinx(Sphinx(workers=2)).transcribe(audio, speech, lambda _: None)


@pytest.fixture(autouse=True)
def _leaves_no_decoder() -> Iterator[None]:
    yield
    assert decoders(psutil.Process()) == []


def decoders(parent: psutil.Process) -> list[psutil.Process]:
    return [
        child
        for child in parent.children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE and "pocketsphinx_worker" in " ".join(child.cmdline())
    ]


def said() -> list[dict[str, object]]:
    truth = json.loads(SAMPLE.with_name("lesson.truth.json").read_text())
    return [each for each in truth["utterances"] if each["end"] < BEGINNING]


def words(recognition: Recognition) -> list[str]:
    return [word.text for line in recognition.lines for word in line.words]


def far_apart(speech: list[Span]) -> list[Span]:
    """Two short regions that no stretch holds together."""
    first, last = speech[0], speech[-1]
    return [first, Span(start=last.start, end=last.start + 1.0)]


def test_hears_most_words_of_a_clear_voice(heard: Recognition) -> None:
    spoken = re.findall(r"[a-z']+", " ".join(str(each["text"]) for each in said()).lower())
    assert sum(word in words(heard) for word in spoken) >= 0.85 * len(spoken)
    assert heard.recogniser == "pocketsphinx"
    assert (heard.language, heard.marks, heard.names) == ("en", False, False)
    assert "treat every word as a guess" in heard.note


def test_words_carry_neither_fillers_nor_variants(heard: Recognition) -> None:
    assert words(heard)
    assert not [word for word in words(heard) if not re.fullmatch(r"[a-z][a-z'.\-]*", word)]
    assert all(0 <= word.probability <= 1 for line in heard.lines for word in line.words)


def test_lines_end_where_the_sentences_end(heard: Recognition) -> None:
    assert len(heard.lines) == len(said())
    for line, truth in zip(heard.lines, said(), strict=True):
        assert line.start == pytest.approx(truth["start"], abs=0.15)
        assert line.end == pytest.approx(truth["end"], abs=0.15)


def test_words_stand_in_speech_one_after_the_other(heard: Recognition, speech: list[Span]) -> None:
    flat = [word for line in heard.lines for word in line.words]
    assert all(shared_seconds(word, speech) == pytest.approx(word.duration) for word in flat)
    assert all(a.end <= b.start for a, b in pairwise(flat))


def test_the_number_of_decoders_changes_nothing(audio: Audio, speech: list[Span]) -> None:
    alone = PocketSphinx(Sphinx(workers=1)).transcribe(audio, far_apart(speech), lambda _: None)
    assert PocketSphinx(Sphinx(workers=2)).transcribe(audio, far_apart(speech), lambda _: None) == alone


def test_drops_a_word_that_stands_between_regions(audio: Audio, speech: list[Span]) -> None:
    whole = PocketSphinx(Sphinx(workers=1)).transcribe(audio, speech[:1], lambda _: None)
    first, hidden, *_ = whole.lines[0].words
    around = [Span(start=first.start, end=hidden.start), Span(start=hidden.end, end=speech[0].end)]
    recognition = PocketSphinx(Sphinx(workers=1)).transcribe(audio, around, lambda _: None)
    assert recognition.dropped >= 1
    assert hidden.text in words(whole)
    assert words(recognition) == [word for word in words(whole) if word != hidden.text]


def test_progress_rises_to_one(audio: Audio, speech: list[Span]) -> None:
    steps: list[float] = []
    PocketSphinx(Sphinx(workers=2)).transcribe(audio, far_apart(speech), steps.append)
    assert steps[0] == 0.0 < steps[1] < 1.0
    assert steps == sorted(steps)
    assert steps[-1] == 1.0


def test_an_interruption_stops_the_decoders_at_once(audio: Audio, speech: list[Span]) -> None:
    running: list[int] = []

    def interrupt(done: float) -> None:
        if done > 0:
            running.append(len(decoders(psutil.Process())))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PocketSphinx(Sphinx(workers=2)).transcribe(audio, far_apart(speech), interrupt)
    assert running[0] >= 1  # and none afterwards: the fixture looks


def test_says_so_when_a_decoder_dies(audio: Audio, speech: list[Span]) -> None:
    def starve(done: float) -> None:
        if done > 0:
            for decoder in decoders(psutil.Process()):
                decoder.kill()

    with pytest.raises(EnvironmentLacks, match="stopped before it was done"):
        PocketSphinx(Sphinx(workers=1)).transcribe(audio, far_apart(speech), starve)


def test_ctrl_c_ends_everything(audio: Audio, tmp_path: Path) -> None:
    script = tmp_path / "transcribe.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom coachai.asr.pocketsphinx import PocketSphinx, Sphinx\n"
        "from coachai.media import Audio\nfrom coachai.records import Span\n"
        "spans = [Span(start=2.0 * k, end=2.0 * k + 1.0) for k in range(30)]\n"
        "PocketSphinx(Sphinx(workers=2)).transcribe(Audio(Path(sys.argv[1])), spans, lambda done: "
        "print(done, flush=True))\n"
    )
    running = subprocess.Popen(
        [sys.executable, str(script), str(audio.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "0.0\n"
    running.stdout.readline()
    children = decoders(psutil.Process(running.pid))
    running.send_signal(signal.SIGINT)
    _, complaint = running.communicate(timeout=20)
    assert children
    assert running.returncode != 0
    assert complaint.rstrip().endswith("KeyboardInterrupt")
    assert "Exception ignored" not in complaint
    deadline = time.monotonic() + 5
    while any(child.is_running() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(child.is_running() for child in children)


def test_nothing_is_heard_where_nobody_speaks(tmp_path: Path) -> None:
    quiet = Audio.from_array(np.zeros(3 * SAMPLE_RATE, np.int16), tmp_path / "quiet.raw")
    steps: list[float] = []
    assert PocketSphinx().transcribe(quiet, [], steps.append).lines == ()
    assert steps[-1] == 1.0
    assert PocketSphinx().transcribe(quiet, [Span(start=1.0, end=2.0)], steps.append).lines == ()
