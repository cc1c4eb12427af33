"""The adapters on the real packages, with miniature models: `make test-engines` installs what this needs.

Nothing here may go online or write a file while it listens; both are watched.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from coachai.cli import app
from coachai.errors import CoachaiError
from coachai.media import Audio
from coachai.records import Span
from coachai.timeline import shared_seconds, total
from coachai.voices.engines.choice import choose
from coachai.voices.engines.diarizer import Diarizer, ToldApart
from coachai.voices.engines.xvector import XVector
from coachai.voices.hearing import hear_voices
from tests.voices.engines.two_tones import Told, pieces_of, tones

pytestmark = [pytest.mark.engines, pytest.mark.timeout(600)]

SAMPLE = Path(__file__).parents[3] / "samples" / "lesson.mp4"
TOLD: Told = [(4.0 * k + 1, 4.0 * k + 4, "high" if k % 3 == 2 else "low") for k in range(8)]
FAMILIES = ["wavlm", "wav2vec2", "unispeech-sat"]
DISTANCE = 0.03
"""Between two tones that a miniature model keeps apart and one tone heard twice."""


def quiet(_: float) -> None:
    """A progress that nobody watches."""


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the packages would do by themselves, no connection is tried. Settings that ask for it lose."""
    tried: list[object] = []

    def connect(self: socket.socket, address: object) -> None:
        tried.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "0")
    yield
    assert tried == []


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A miniature pyannote pipeline in a folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyannote.audio warns when it is imported, here by the test itself
        os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
        from tests.voices.engines.miniature import pipeline_folder

    return pipeline_folder(tmp_path_factory.mktemp("models") / "two-tones")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A miniature x-vector model of each family in a folder."""
    from tests.voices.engines.miniature_xvector import model_folder

    place = tmp_path_factory.mktemp("models")
    return {family: model_folder(place / f"tiny-{family}", family) for family in FAMILIES}


@pytest.fixture
def sound(tmp_path: Path) -> Audio:
    """A low voice and, every third time, a high one."""
    return tones(TOLD, tmp_path / "sound.raw", 34.0)


def engine_of(asked: str) -> Diarizer:
    """The engine that --voices would take."""
    engine = choose(asked, device="cpu")
    assert engine is not None
    return engine


def voices_of(told: ToldApart, spans: tuple[Span, ...]) -> str:
    """The likeliest voice in most of each span, as letters."""
    letters = ""
    for span in spans:
        share = np.zeros(told.chances.shape[1])
        for each, chances in zip(told.spans, told.chances, strict=True):
            share[int(chances.argmax())] += shared_seconds(span, [each])
        letters += "AB"[int(share.argmax())]
    return letters


def test_pyannote_tells_two_voices_apart(pipeline: Path, sound: Audio) -> None:
    engine = engine_of(f"pyannote:{pipeline}")
    seen: list[float] = []
    told = engine.tell_apart(sound, pieces_of(TOLD), seen.append)
    assert engine.name == "pyannote two-tones"
    assert voices_of(told, pieces_of(TOLD)) == "AABAABAA"
    assert total(told.spans) == pytest.approx(total(pieces_of(TOLD)), rel=0.03)
    assert told.overlap == ()
    assert seen == sorted(seen)
    assert (len(seen) > 5, seen[-1]) == (True, 1.0)


def test_pyannote_hears_two_at_once_and_still_names_one(pipeline: Path, tmp_path: Path) -> None:
    told: Told = [*TOLD, (34.0, 37.0, "both")]
    sound = tones(told, tmp_path / "sound.raw", 40.0)
    heard = engine_of(f"pyannote:{pipeline}").tell_apart(sound, pieces_of(told), quiet)
    assert heard.overlap is not None
    assert total(heard.overlap) == pytest.approx(3.0, abs=0.1)
    assert shared_seconds(Span(start=34.0, end=37.0), heard.spans) == pytest.approx(3.0, abs=0.1)


def test_pyannote_is_only_believed_where_there_is_speech(pipeline: Path, sound: Audio) -> None:
    engine = engine_of(f"pyannote:{pipeline}")
    asked = (Span(start=6.0, end=7.0), Span(start=9.5, end=10.5))
    told = engine.tell_apart(sound, asked, quiet)
    assert (total(told.spans), voices_of(told, asked)) == (pytest.approx(2.0, abs=0.02), "AB")
    assert engine.tell_apart(sound, (), quiet).spans == ()


def test_pyannote_in_silence_hears_nobody(pipeline: Path, tmp_path: Path) -> None:
    silence = Audio.from_array(np.zeros(16_000 * 8, dtype=np.float32), tmp_path / "silence.raw")
    told = engine_of(f"pyannote:{pipeline}").tell_apart(silence, (Span(start=1, end=4),), quiet)
    assert (told.spans, told.overlap) == ((), ())


def test_pyannotes_telemetry_is_off_whatever_the_machine_says(pipeline: Path) -> None:
    engine_of(f"pyannote:{pipeline}")
    from pyannote.audio.telemetry.metrics import is_metrics_enabled

    assert is_metrics_enabled() is False


@pytest.mark.parametrize("family", FAMILIES)
def test_x_vectors_tell_two_voices_apart(models: dict[str, Path], sound: Audio, family: str) -> None:
    engine = XVector(str(models[family]), device="cpu", distance=DISTANCE)
    seen: list[float] = []
    told = engine.tell_apart(sound, pieces_of(TOLD), seen.append)
    assert engine.name == f"x-vector tiny-{family}"
    assert told.spans == pieces_of(TOLD)
    assert voices_of(told, pieces_of(TOLD)) == "AABAABAA"
    assert told.overlap is None
    assert (seen == sorted(seen), seen[-1]) == (True, 1.0)


def test_the_distance_that_is_set_decides_how_many_voices_there_are(
    models: dict[str, Path], sound: Audio, monkeypatch: pytest.MonkeyPatch
) -> None:
    for said, voices in (("0.03", 2), ("1.9", 1)):
        monkeypatch.setenv("COACHAI_XVECTOR_DISTANCE", said)
        told = engine_of(f"xvector:{models['wavlm']}").tell_apart(sound, pieces_of(TOLD), quiet)
        assert told.chances.shape[1] == voices


def test_what_a_piece_comes_to_does_not_depend_on_the_others(models: dict[str, Path], sound: Audio) -> None:
    engine = XVector(str(models["wavlm"]), device="cpu", distance=DISTANCE)
    odd = (Span(start=1.0, end=3.1), Span(start=9.2, end=11.7), Span(start=13.0, end=13.3))
    few = engine.tell_apart(sound, odd, quiet)
    assert voices_of(few, odd) == "ABA"
    many = engine.tell_apart(
        sound, sorted([*odd, Span(start=5, end=7.1)], key=lambda each: each.start), quiet
    )
    kept = [k for k, span in enumerate(many.spans) if span in odd]
    assert many.chances[kept] == pytest.approx(few.chances, abs=0.02)


def test_x_vectors_of_silence_are_nobodys(models: dict[str, Path], tmp_path: Path) -> None:
    samples = np.zeros(16_000 * 8, dtype=np.float32)
    samples[16_000:48_000] = 0.2 * np.sin(2 * np.pi * 220 * np.arange(32_000) / 16_000)
    half = Audio.from_array(samples, tmp_path / "half.raw")
    engine = XVector(str(models["wavlm"]), device="cpu", distance=DISTANCE)
    told = engine.tell_apart(half, (Span(start=1, end=3), Span(start=4, end=6)), quiet)
    assert told.spans == (Span(start=1, end=3),)
    assert engine.tell_apart(half, (), quiet).spans == ()


def test_an_interrupt_surfaces_from_both(pipeline: Path, models: dict[str, Path], sound: Audio) -> None:
    def stop(_: float) -> None:
        raise KeyboardInterrupt

    for asked in (f"pyannote:{pipeline}", f"xvector:{models['wavlm']}"):
        with pytest.raises(KeyboardInterrupt):
            engine_of(asked).tell_apart(sound, pieces_of(TOLD), stop)


def test_damaged_weights_are_one_sentence(pipeline: Path, models: dict[str, Path]) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\n"
    for asked, file in (
        (f"pyannote:{pipeline}", pipeline / "segmentation" / "pytorch_model.bin"),
        (f"pyannote:{pipeline}", pipeline / "plda" / "plda.npz"),
        (f"xvector:{models['wavlm']}", models["wavlm"] / "model.safetensors"),
    ):
        whole = file.read_bytes()
        file.write_bytes(pointer)
        try:
            with pytest.raises(CoachaiError) as problem:
                choose(asked)
        finally:
            file.write_bytes(whole)
        assert (problem.value.code, problem.value.exit_code) == ("VOICE_MODEL_DAMAGED", 3)
        assert "git lfs pull" in problem.value.message


def test_weights_without_the_head_are_refused_and_not_made_up(models: dict[str, Path]) -> None:
    from safetensors.torch import load_file, save_file

    file = models["wav2vec2"] / "model.safetensors"
    whole = load_file(file)
    save_file({key: value for key, value in whole.items() if "tdnn" not in key}, file, {"format": "pt"})
    try:
        with pytest.raises(CoachaiError) as problem:
            choose(f"xvector:{models['wav2vec2']}")
    finally:
        save_file(whole, file, {"format": "pt"})
    assert problem.value.code == "VOICE_MODEL_DAMAGED"


@pytest.mark.parametrize(("device", "code"), [("tpu", "UNKNOWN_DEVICE"), ("cuda", "NO_GPU")])
def test_a_device_that_is_not_there_is_refused(
    models: dict[str, Path], pipeline: Path, device: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for asked in (f"xvector:{models['wavlm']}", f"pyannote:{pipeline}"):
        with pytest.raises(CoachaiError) as problem:
            choose(asked, device=device)
        assert problem.value.code == code


def test_listening_writes_no_file(pipeline: Path, models: dict[str, Path], sound: Audio) -> None:
    written: list[str] = []
    watching = [False]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if not watching[0] or event != "open" or not isinstance(arguments[2], int):
            return
        if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.append(str(arguments[0]))

    sys.addaudithook(watch)  # hooks cannot be taken out again, so it is told when to look
    for asked in (f"pyannote:{pipeline}", f"xvector:{models['wavlm']}"):
        engine = engine_of(asked)
        watching[0] = True
        try:
            hear_voices(sound, pieces_of(TOLD), engine=engine, progress=quiet)
        finally:
            watching[0] = False
    # Python keeps what it compiled beside its packages the first time, which holds nothing of a recording.
    assert [path for path in written if path != os.devnull and "__pycache__" not in path] == []


def test_the_command_hears_with_it_and_says_so_without_a_path(pipeline: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ["observe", str(SAMPLE), "--asr", "none", "--voices", f"pyannote:{pipeline}", "--out", str(out)]
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code == 0, ran.output
    text = (out / "transcript.json").read_text(encoding="utf-8")
    assert json.loads(text)["provenance"]["models"]["voices"] == "pyannote two-tones"
    assert str(pipeline.parent) not in text
