"""Which recogniser is taken and why; which models are known, found and fetched."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from coachai.asr import models
from coachai.asr.choice import CHOICES, choose
from coachai.asr.faster_whisper import FasterWhisper
from coachai.asr.pocketsphinx import PocketSphinx
from coachai.asr.recogniser import Recogniser
from coachai.errors import EnvironmentLacks, InputRefused
from coachai.media import SAMPLE_RATE, Audio
from coachai.records import Span
from coachai.transcript import Recognition
from tests.asr.miniature import Script, build, tone

HUB = "Systran/faster-whisper-tiny.en"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any model."""
    monkeypatch.delenv("HUGGINGFACE_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("COACHAI_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    path = tmp_path / "zoom.vtt"
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ms. Rivera>Why does ice float?\n")
    return path


def pretend(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in models.NEEDED:
        (folder / name).write_text("x")
    return folder


def hear(recogniser: Recogniser, folder: Path) -> Recognition:
    audio = Audio.from_array(np.concatenate([np.zeros(SAMPLE_RATE), tone(0, 1.5)]), folder / "sound.raw")
    return recogniser.transcribe(audio, [Span(start=1.0, end=2.5)], lambda _: None)


# --- which recogniser ---------------------------------------------------------------------------------


def test_auto_takes_captions_before_everything(captions: Path, place: Path, tmp_path: Path) -> None:
    pretend(place / "small.en")
    heard = hear(choose("auto", captions=captions), tmp_path)
    assert heard.recogniser == "captions"
    assert heard.note.startswith("The words were taken from the captions in zoom.vtt, because you gave")


def test_auto_takes_a_model_that_is_here(place: Path, tmp_path: Path) -> None:
    build(place / "tiny.en", [Script("Why does ice float?")])
    heard = hear(choose("auto"), tmp_path)
    assert (heard.recogniser, heard.model) == ("faster-whisper", "tiny.en")
    assert "Whisper model tiny.en, because it is the best on this machine" in heard.note
    assert "check a quotation" in heard.note


def test_auto_takes_the_model_that_is_named(tmp_path: Path) -> None:
    folder = build(tmp_path / "mine", [Script("Why does ice float?")])
    heard = hear(choose("auto", model=str(folder)), tmp_path)
    assert heard.model == "mine"
    assert "Whisper model mine, because you named it" in heard.note
    assert str(tmp_path) not in heard.note


def test_auto_never_takes_another_model_than_the_one_named(captions: Path) -> None:
    with pytest.raises(EnvironmentLacks, match="coachai models fetch small"):
        choose("auto", model="small")


def test_auto_falls_back_to_the_embedded_recogniser(tmp_path: Path) -> None:
    heard = hear(choose("auto"), tmp_path)
    assert heard.recogniser == "pocketsphinx"
    assert "because there is no better one on this machine" in heard.note
    assert "treat every word as a guess" in heard.note


def test_auto_does_not_guess_in_a_language_nobody_knows(tmp_path: Path) -> None:
    heard = hear(choose("auto", language="es"), tmp_path)
    assert (heard.recogniser, heard.lines) == ("none", ())
    assert "no recogniser on this machine knows the language" in heard.note


def test_a_model_for_english_is_not_taken_for_another_language(place: Path) -> None:
    pretend(place / "small.en")
    pretend(place / "base")
    taken = {
        language: choose("auto", language=language).recogniser.name  # type: ignore[attr-defined]
        for language in ("en", "en-US", "EN_gb", "es", "es-MX", "auto")
    }
    assert {taken[language] for language in ("es", "es-MX", "auto")} == {"base"}
    assert {taken[language] for language in ("en", "en-US", "EN_gb")} == {"small.en"}


@pytest.mark.parametrize(
    ("asked", "kind"), [("pocketsphinx", PocketSphinx), ("faster-whisper", FasterWhisper)]
)
def test_takes_what_is_asked_for(captions: Path, place: Path, asked: str, kind: type) -> None:
    pretend(place / "small.en")
    assert isinstance(choose(asked, captions=captions).recogniser, kind)  # type: ignore[attr-defined]


def test_every_choice_can_be_asked_for(captions: Path, place: Path) -> None:
    pretend(place / "small.en")
    for asked in CHOICES:
        assert callable(choose(asked, captions=captions).transcribe)


@pytest.mark.parametrize(
    ("asked", "language", "sentence"),
    [
        ("whisper", "en", "use auto, faster-whisper, captions, pocketsphinx or none"),
        ("captions", "en", "Name the caption file with --captions"),
        ("pocketsphinx", "fr", "knows only English"),
    ],
)
def test_refuses_with_the_way_out(asked: str, language: str, sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence):
        choose(asked, language=language)


def test_asking_for_whisper_without_any_model_says_how_to_get_one() -> None:
    with pytest.raises(EnvironmentLacks, match=r"coachai models fetch small\.en"):
        choose("faster-whisper")
    with pytest.raises(EnvironmentLacks, match="coachai models fetch small,"):
        choose("faster-whisper", language="es")


# --- which models -------------------------------------------------------------------------------------


def test_models_are_listed_with_size_and_licence() -> None:
    names = [model.name for model in (*models.KNOWN, *models.EMBEDDED)]
    assert len(set(names)) == len(names)
    assert {"tiny", "small.en", "large-v3-turbo", "distil-large-v3.5", "silero-vad-v6"} <= set(names)
    assert all(model.licence and model.note and model.megabytes for model in models.KNOWN)
    assert {model.size for model in models.KNOWN} >= {"484 MB", "1.6 GB"}


def test_hub_names_are_those_of_the_library() -> None:
    from faster_whisper.utils import _MODELS

    assert all(_MODELS[model.name] == model.hub for model in models.KNOWN)
    for alias in ("large", "turbo"):
        known = models.known_model(alias)
        assert known is not None
        assert known.hub == _MODELS[alias]


def test_finds_models_wherever_they_lie(place: Path, tmp_path: Path) -> None:
    assert models.installed() == ()
    plain = pretend(place / "tiny.en")
    copied = pretend(place / "faster-whisper-base.en")
    snapshot = tmp_path / "hub" / "models--Systran--faster-whisper-small" / "snapshots" / "abc"
    pretend(snapshot)
    turbo = pretend(tmp_path / "anywhere")
    assert models.find("tiny.en") == plain
    assert models.find(HUB) == plain
    assert models.find("base.en") == copied
    assert models.find("small") == snapshot
    assert models.find(str(turbo)) == turbo
    assert models.find("medium") is None
    assert [model.name for model in models.installed()] == ["small", "base.en", "tiny.en"]


def test_the_main_version_of_a_model_is_taken(tmp_path: Path) -> None:
    kept = tmp_path / "hub" / "models--Systran--faster-whisper-small"
    for version in ("aaa", "bbb"):
        pretend(kept / "snapshots" / version)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("bbb")
    assert models.find("small") == kept / "snapshots" / "bbb"


@pytest.mark.parametrize("name", ["", ".", "..", "nonsense", "a/b/c", "../hub"])
def test_a_name_that_is_no_model_is_not_found(name: str) -> None:
    assert models.find(name) is None


def test_a_folder_that_lacks_a_file_is_no_model(place: Path) -> None:
    (pretend(place / "tiny.en") / "tokenizer.json").unlink()
    assert models.find("tiny.en") is None


def test_looks_in_the_cache_of_hugging_face(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COACHAI_MODELS")
    assert models.where() == tmp_path / "hub"
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    assert models.where() == tmp_path / "hf" / "hub"


# --- fetching -----------------------------------------------------------------------------------------

FILES = {"config.json": b"{}", "model.bin": b"weights" * 1000, "tokenizer.json": b"{}", "README.md": b"no"}


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as a download needs."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2].partition("?")[0]
        if self.path.startswith("/api/models/"):
            about = {"id": HUB, "sha": "c" * 40, "siblings": [{"rfilename": name} for name in FILES]}
            tree = [{"type": "file", "path": n, "size": len(b), "oid": "0" * 40} for n, b in FILES.items()]
            body, tag = json.dumps(tree if "/tree/" in self.path else about).encode(), "about"
        elif name in FILES:
            body, tag = FILES[name], sha256(FILES[name]).hexdigest()
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.send_header("ETag", f'"{tag}"')
        self.send_header("X-Repo-Commit", "c" * 40)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.02))
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.usefixtures("hub")
def test_fetch_fills_the_folder_once(place: Path) -> None:
    steps: list[float] = []
    folder = models.fetch("tiny.en", steps.append)
    assert folder == place / "tiny.en" == models.find("tiny.en")
    assert (folder / "model.bin").read_bytes() == FILES["model.bin"]
    assert not (folder / "README.md").exists()
    assert steps[-1] == 1.0
    (folder / "model.bin").write_bytes(b"kept")
    assert models.fetch("tiny.en", steps.append) == folder
    assert (folder / "model.bin").read_bytes() == b"kept"


@pytest.mark.usefixtures("hub")
def test_fetch_fills_the_shared_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COACHAI_MODELS")
    assert models.fetch(HUB, lambda _: None) == models.find("tiny.en")


def test_fetch_without_a_hub_says_how_to_copy_by_hand(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EnvironmentLacks) as raised:
        models.fetch("tiny.en", lambda _: None)
    assert f"huggingface.co/{HUB}" in raised.value.message
    assert str(place / "faster-whisper-tiny.en") in raised.value.message
    assert "\n" not in raised.value.message
    # The copy made by hand is found under the name.
    assert pretend(place / "faster-whisper-tiny.en") == models.find("tiny.en")


def test_fetch_can_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        models.fetch("tiny.en", interrupt)


def test_fetch_refuses_a_name_it_does_not_know() -> None:
    with pytest.raises(InputRefused, match=r"no model called smal\. Known are: base, base\.en"):
        models.fetch("smal", lambda _: None)
