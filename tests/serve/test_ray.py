"""Real Ray: equal reports, and what is lost when parts of an engine are killed (nothing)."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import httpx
import numpy as np
import openai
import psutil
import pytest
import yaml

from coachai.asr.faster_whisper import FasterWhisper
from coachai.asr.whisper_decoder import LoadedWhisper
from coachai.errors import EnvironmentLacks
from coachai.media import SAMPLE_RATE, Audio
from coachai.observing import Observing, models_here
from coachai.pipeline import observe, prescreen
from coachai.records import Span
from coachai.report.codec import encode_report
from coachai.rubric import load_rubric
from coachai.serve import local, place
from coachai.serve.formats import whole_text
from coachai.serve.gateway import Gateway
from coachai.serve.limits import Limits
from coachai.serve.one_file import words_in
from coachai.serve.patience import BACK, WAITING, Patience
from coachai.serve.remote import REGION, Engine, EngineDecoder, models_on
from coachai.transcript import Recognition
from tests.asr.miniature import Script, build, tone
from tests.serve.face import spoken
from tests.serve.lessons import Counted

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SAMPLE = Path(__file__).parents[2] / "samples" / "lesson.mp4"
LESSONS = Path(__file__).parents[3] / "shared" / "data" / "lessons"
SCRIPTS = [Script("Why does ice float on water?"), Script("Because it is lighter.")]
CLIPS = 200
PORTS = itertools.count(18_231)


def quiet(_: object) -> None:
    return None


@pytest.fixture(scope="module", autouse=True)
def _own_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An engine of somebody who uses this machine is neither seen nor stopped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.delenv("RAY_ADDRESS", raising=False)
        yield
        assert place.found() is None, "an engine was left running"


def started(folder: Path, args: dict[str, object]) -> None:
    settings = folder / "serve.yaml"
    application = {"name": "coachai", "import_path": "coachai.serve.app:build", "args": args}
    settings.write_text(yaml.safe_dump({"applications": [application]}))
    local.start(settings, local.Ports(port=next(PORTS)), quiet)


@pytest.fixture(scope="module")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build(tmp_path_factory.mktemp("models") / "miniature.en", SCRIPTS))


def below(keeper: int, name: str) -> list[psutil.Process]:
    """Processes of an engine whose command says `name`."""
    found = []
    for each in psutil.Process(keeper).children(recursive=True):
        try:
            if name in " ".join(each.cmdline()):
                found.append(each)
        except psutil.Error:
            continue
    return found


def kill(name: str) -> None:
    running = place.found()
    assert running is not None
    (victim,) = below(running.keeper, name)
    victim.kill()


# --- one pipeline, equal results ---------------------------------------------------------------------------


class TestEqualReports:
    """The embedded recogniser, our own voices and the model that reads talk, in this process and on Ray."""

    @pytest.fixture(scope="class", autouse=True)
    @staticmethod
    def _engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        words = {"asr": "pocketsphinx", "workers": 2}
        started(tmp_path_factory.mktemp("settings"), {"words": words})
        yield
        assert local.stop()

    @staticmethod
    def lesson(name: str, folder: Path) -> Path:
        """The first minute of a composed lesson, and a little more."""
        with av.open(str(LESSONS / name)) as source:
            rate = source.streams.audio[0].rate
            sound = np.concatenate([each.to_ndarray().mean(axis=0) for each in source.decode(audio=0)])
        path = folder / "lesson.wav"
        with av.open(str(path), "w") as target:
            stream = target.add_stream("pcm_s16le", rate=rate, layout="mono")
            samples = np.round(np.clip(sound[: 64 * rate], -1, 1) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
            frame.sample_rate = rate
            target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
        return path

    @pytest.mark.data
    @pytest.mark.parametrize(
        "name", ["", "dialogue-011-00-clean", "dialogue-011-02-noisy", "voices-012-04-room"]
    )
    def test_reports_are_equal(self, name: str, tmp_path: Path) -> None:
        path = self.lesson(f"{name}.m4a", tmp_path) if name else SAMPLE
        how = Observing(asr="pocketsphinx", labels="auto")
        gateway = Gateway()
        reports = []
        try:
            for models in (models_here(how), models_on(Engine(gateway, Patience()), how)):
                folder = tmp_path / f"work-{len(reports)}"
                folder.mkdir()
                heard = observe(path, how, folder=folder, progress=lambda _: quiet, models=models)
                reports.append(encode_report(prescreen(heard, load_rubric("wait-time"))))
        finally:
            gateway.close()
        assert reports[0] == reports[1]

    def test_the_command_line_uses_it_and_ctrl_c_leaves_it_free(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "coachai", "analyze", str(SAMPLE), "--rubric", "wait-time"]
        command += ["--asr", "pocketsphinx", "--engine", "ray", "--out", str(tmp_path / "out")]
        stopped = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with stopped:
            assert stopped.stderr is not None
            while "Recognising words" not in stopped.stderr.readline():
                assert stopped.poll() is None
            time.sleep(3)
            stopped.send_signal(signal.SIGINT)
            _, complaint = stopped.communicate(timeout=60)
        assert stopped.returncode == 130
        assert "Stopped." in complaint
        assert "Traceback" not in complaint
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "out" / "report.html").is_file()
        assert "The engine is ready" in local.status()


# --- kills -------------------------------------------------------------------------------------------------


class TestKills:
    """A lesson of many short clips, heard by a miniature model, while parts of the engine are killed."""

    @pytest.fixture(scope="class", autouse=True)
    @staticmethod
    def _engine(tmp_path_factory: pytest.TempPathFactory, miniature: str) -> Iterator[None]:
        words = {"asr": "faster-whisper", "model": miniature, "device": "cpu", "batch_size": 1}
        args = {"words": words, "labels": {"labels": "rules"}, "queue": 2}
        started(tmp_path_factory.mktemp("settings"), args)
        yield
        assert local.stop()

    @pytest.fixture(scope="class")
    @staticmethod
    def lesson(tmp_path_factory: pytest.TempPathFactory) -> tuple[Audio, list[Span]]:
        path = tmp_path_factory.mktemp("lesson") / "sound.raw"
        spans = [Span(start=0.3 + 7.0 * k, end=2.7 + 7.0 * k) for k in range(CLIPS)]
        with path.open("wb") as file:
            file.truncate(2 * round((7.0 * CLIPS + 3) * SAMPLE_RATE))
            for k, span in enumerate(spans):
                file.seek(2 * round(span.start * SAMPLE_RATE))
                file.write(np.round(tone(k % 2, 2.4) * 32767).astype("<i2").tobytes())
        return Audio(path), spans

    @pytest.fixture(scope="class")
    @staticmethod
    def whole(lesson: tuple[Audio, list[Span]], miniature: str) -> Recognition:
        return FasterWhisper(LoadedWhisper(miniature, device="cpu"), together=False).transcribe(
            *lesson, quiet
        )

    @pytest.mark.parametrize(
        ("killed", "repeats"),
        [("", 0), ("ServeReplica:coachai:Transcriber", 1), ("ServeController", 0), ("gcs_server", 1)],
    )
    def test_no_word_is_lost(
        self, killed: str, repeats: int, lesson: tuple[Audio, list[Span]], whole: Recognition
    ) -> None:
        gateway, notices, when = Gateway(), list[str](), list[float]()
        counted = Counted(gateway)
        decoder = EngineDecoder(Engine(counted, Patience(notices.append)))
        killer = threading.Thread(target=lambda: kill(killed))

        def told(done: float) -> None:
            when.append(time.monotonic())
            if killed and done > 0.2 and not killer.ident:
                killer.start()

        try:
            assert FasterWhisper(decoder, together=False).transcribe(*lesson, told) == whole
        finally:
            gateway.close()
        regions = -(-CLIPS // REGION)
        asked = [arguments[3] for _, method, arguments in counted.asked if method == "decode"]
        clips = sum(len(each) for each in asked)
        # What was refused for being too much at once was heard by nobody; a lost request was under way.
        again = {each for each in asked if each[0] % REGION}
        assert len(again) <= repeats
        assert {place for each in asked for place in each} == set(range(CLIPS))
        assert clips >= CLIPS
        assert regions == 25
        if killed == "gcs_server":
            assert notices.index(WAITING) < notices.index(BACK)
            away = max(after - before for before, after in itertools.pairwise(when))
            assert away < 120
        if not killed:
            assert WAITING not in notices

    def test_more_lessons_than_it_takes_wait_their_turn(
        self, lesson: tuple[Audio, list[Span]], whole: Recognition
    ) -> None:
        audio, spans = lesson
        found: list[Recognition] = []

        def hear() -> None:
            gateway = Gateway()
            try:
                decoder = EngineDecoder(Engine(gateway, Patience()))
                found.append(FasterWhisper(decoder, together=False).transcribe(audio, spans[:80], quiet))
            finally:
                gateway.close()

        lessons = [threading.Thread(target=hear) for _ in range(3)]
        for each in lessons:
            each.start()
        for each in lessons:
            each.join()
        assert len(found) == 3
        assert all(each.lines == whole.lines[:80] for each in found)

    def test_it_answers_the_openai_client(self, miniature: str, tmp_path: Path) -> None:
        running = place.found()
        assert running is not None
        path = spoken(tmp_path / "a.wav")
        how = Observing(asr="faster-whisper", model=miniature)
        here = words_in(path, lambda _: models_here(how), "", Limits(), quiet)
        ready = httpx.get(f"http://{running.http}/readyz", timeout=60).json()
        assert ready == {
            "status": "ready",
            "words": "miniature.en",
            "voices": ready["voices"],
            "talk": "rules",
        }
        client = openai.OpenAI(base_url=f"http://{running.http}/v1", api_key="any", max_retries=0)
        with path.open("rb") as file:
            heard = client.audio.transcriptions.create(
                file=file,
                model="miniature.en",
                response_format="verbose_json",
                timestamp_granularities=["word"],
            )
        assert heard.text == whole_text(here.recognition)
        assert heard.duration == here.duration
        with pytest.raises(openai.APIStatusError, match="not a video or sound file"):
            client.audio.transcriptions.create(file=b"Dear diary", model="whisper-1")

    def test_its_figures_can_be_read_from_outside(self) -> None:
        running = place.found()
        assert running is not None
        until = time.monotonic() + 60
        wanted = {"ray_coachai_requests", "ray_coachai_request_seconds", "ray_coachai_audio_seconds"}
        while wanted - figures_at(running.metrics):
            assert time.monotonic() < until, sorted(wanted - figures_at(running.metrics))
            time.sleep(2)


def figures_at(address: str) -> set[str]:
    """Names of the figures that Prometheus reads there."""
    lines = httpx.get(f"http://{address}/metrics", timeout=30).text.splitlines()
    return {each.split()[2].removesuffix("_total") for each in lines if each.startswith("# TYPE")}


# --- no engine ---------------------------------------------------------------------------------------------


def test_without_an_engine_it_is_said_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(EnvironmentLacks, match="coachai engine start"):
        local.status()
    with pytest.raises(EnvironmentLacks, match="coachai engine start"):
        models_on(Engine(Gateway(), Patience()), Observing())
    assert time.monotonic() - began < 5
    assert local.stop() is False
