"""The command line through its own door: exit codes, one clear line, nothing half-written."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner, Result

import coachai.terminal
from coachai.cli import app
from coachai.pipeline import STAGES, StageProgress

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "samples" / "lesson.mp4"
CAPTIONS = ROOT / "samples" / "lesson.vtt"
FILES = {
    "report.json",
    "report.html",
    "evaluator.html",
    "transcript.json",
    "transcript.vtt",
    "markers.vtt",
    "measurements.csv",
}


def run(*arguments: object) -> Result:
    """The command line, in this process."""
    return CliRunner().invoke(app, [str(each) for each in arguments])


def analyze(media: Path, out: Path, *more: object) -> Result:
    return run("analyze", media, "--rubric", "wait-time", "--asr", "none", "--out", out, *more)


def write_sound(path: Path, samples: np.ndarray, rate: int = 16_000) -> Path:
    """A WAV file of int16 samples."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None].astype(np.int16), format="s16", layout="mono")
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_silent_video(path: Path) -> Path:
    """An MP4 with a picture and no sound track."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(70):
            black = np.zeros((64, 64, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(black, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """The sample with its captions, analyzed once."""
    out = tmp_path_factory.mktemp("analyzed") / "out"
    arguments = ("--captions", CAPTIONS, "--teacher", "ms. rivera", "--rubric", "wait-time", "--out", out)
    return run("analyze", SAMPLE, *arguments), out


def test_analyze_writes_every_file_and_nothing_else(analyzed: tuple[Result, Path]) -> None:
    result, out = analyzed
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == FILES


def test_the_summary_says_what_was_found_and_where_but_gives_no_total(analyzed: tuple[Result, Path]) -> None:
    result, out = analyzed
    said = result.output
    assert "Next step" in said
    assert "not endorsed by any issuer" in said
    assert str(out / "report.html") in said.replace("\n", "")
    assert "not for employment evaluation" in said
    for code in ("not_heard", "cannot_tell", "for_evaluator", "score", "total"):
        assert code not in said


def test_prescreen_needs_neither_sound_nor_model(analyzed: tuple[Result, Path], tmp_path: Path) -> None:
    _, out = analyzed
    again = run("prescreen", out / "transcript.json", "--rubric", "wait-time", "--out", tmp_path)
    assert again.exit_code == 0, again.output
    assert (tmp_path / "report.json").read_bytes() == (out / "report.json").read_bytes()


def test_observe_then_prescreen_another_rubric(tmp_path: Path) -> None:
    heard = run("observe", SAMPLE, "--asr", "none", "--out", tmp_path)
    assert heard.exit_code == 0, heard.output
    assert {path.name for path in tmp_path.iterdir()} == {"transcript.json", "transcript.vtt"}
    shown = run("prescreen", tmp_path / "transcript.json", "--rubric", "student-talk", "--out", tmp_path)
    assert shown.exit_code == 0, shown.output
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["rubric"]["id"] == "student-talk"


@pytest.mark.parametrize("name", ["", "nowhere.mp4"])
def test_nothing_there_is_refused(name: str, tmp_path: Path) -> None:
    refused(analyze(tmp_path / name, tmp_path / "out"), tmp_path / "out")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "This file is empty"),
        (b"<html><body>Your session has expired</body></html>", "not a video or sound file"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n", "not a video or sound file"),
        (b"ffconcat version 1.0\nfile other.mp4\n", "not a video or sound file"),
        (bytes(range(256)) * 40, "not a video or sound file"),
    ],
    ids=["empty", "html", "playlist", "concat", "noise"],
)
def test_what_is_no_recording_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    media = tmp_path / "lesson.mp4"
    media.write_bytes(content)
    assert says in refused(analyze(media, tmp_path / "out"), tmp_path / "out")


def test_no_sound_track_is_refused(tmp_path: Path) -> None:
    media = write_silent_video(tmp_path / "lesson.mp4")
    said = refused(analyze(media, tmp_path / "out"), tmp_path / "out")
    assert said == "This video has no sound track. Was the microphone off?"


def test_too_short_is_refused(tmp_path: Path) -> None:
    media = write_sound(tmp_path / "lesson.wav", np.zeros(16_000 * 20))
    assert refused(analyze(media, tmp_path / "out"), tmp_path / "out") == "Upload at least 1 minute."


def test_silence_is_refused(tmp_path: Path) -> None:
    media = write_sound(tmp_path / "lesson.wav", np.zeros(16_000 * 70))
    assert "We can hardly hear anything" in refused(analyze(media, tmp_path / "out"), tmp_path / "out")


def test_noise_without_speech_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 3000, 16_000 * 70)
    media = write_sound(tmp_path / "lesson.wav", noise)
    said = refused(analyze(media, tmp_path / "out"), tmp_path / "out")
    assert said == "We found no speech in this recording."


def test_a_cut_file_gives_a_report_that_says_so(tmp_path: Path) -> None:
    media = tmp_path / "lesson.mp4"
    whole = SAMPLE.read_bytes()
    media.write_bytes(whole[: len(whole) * 7 // 10])
    result = analyze(media, tmp_path / "out")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "We could only read" in page


def test_an_unwritable_folder_is_said_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = analyze(SAMPLE, tmp_path / "file" / "out")
    assert result.exit_code == 3
    assert "Choose another folder" in result.output
    assert analyze(SAMPLE, tmp_path / "file").exit_code == 2


@pytest.mark.parametrize("words", [("--asr", "none"), ("--asr", "captions", "--captions", CAPTIONS)])
def test_a_full_disk_leaves_nothing_half_written(
    words: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr("coachai.report.files.os.fsync", full)
    result = analyze(SAMPLE, tmp_path / "out", *words)
    assert result.exit_code == 3
    assert "no room left" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("stage", [name for name in STAGES if name != "playable"])
def test_ctrl_c_at_each_stage_leaves_nothing(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = []

    @contextmanager
    def stopping(names: Mapping[str, str]) -> Iterator[StageProgress]:
        def begin(name: str):
            reached.append(name)
            if name == stage:
                raise KeyboardInterrupt
            return lambda fraction: None

        yield begin

    monkeypatch.setattr(coachai.terminal, "stages", stopping)
    result = analyze(SAMPLE, tmp_path / "out")
    assert result.exit_code == 130
    assert "Stopped" in result.output
    assert reached[-1] == stage
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_running_program(sent: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "coachai", "analyze", SAMPLE, "--rubric", "wait-time"]
    program = subprocess.Popen(
        [*command, "--asr", "pocketsphinx", "--out", tmp_path / "out"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stderr is not None
    for line in program.stderr:
        if "Recognising words" in line:
            break
    time.sleep(2)
    program.send_signal(sent)
    _, said = program.communicate(timeout=30)
    assert program.returncode == 130
    assert "Stopped" in said
    assert "Traceback" not in said
    left = [
        path.name for path in tmp_path.rglob("*") if path.is_file() and path.parent.name != ".coachai-heard"
    ]
    assert left == []


def test_a_killed_run_leaves_nothing_after_the_next(tmp_path: Path) -> None:
    abandoned = tmp_path / ".coachai-work-999999999-x"
    abandoned.mkdir()
    (abandoned / "sound.raw").write_bytes(b"children")
    assert analyze(SAMPLE, tmp_path).exit_code == 0
    assert not abandoned.exists()


def test_a_format_that_browsers_do_not_play_gets_a_copy(tmp_path: Path) -> None:
    media = tmp_path / "lesson.mkv"
    with av.open(str(SAMPLE)) as source, av.open(str(media), "w") as target:
        streams = {each: target.add_stream_from_template(each) for each in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream]
                target.mux(packet)
    result = analyze(media, tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES | {"playable.mp4"}
    assert "playable.mp4" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--asr", "siri"), "pocketsphinx"),
        (("--captions", "nowhere.vtt"), "nowhere.vtt"),
        (("--model", "nowhere/model", "--asr", "faster-whisper"), "coachai models fetch"),
    ],
)
def test_a_wrong_option_is_answered_with_what_to_do(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    result = run("analyze", SAMPLE, "--rubric", "wait-time", "--out", tmp_path / "out", *arguments)
    assert result.exit_code in (2, 3)
    assert says in result.output.replace("\n", " ")
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_an_unknown_teacher_is_answered_with_the_names_there_are(tmp_path: Path) -> None:
    result = analyze(
        SAMPLE, tmp_path / "out", "--captions", CAPTIONS, "--asr", "captions", "--teacher", "Bob"
    )
    assert result.exit_code == 2
    assert "Ms. Rivera" in result.output


def test_unknown_rubric_and_broken_rubric(tmp_path: Path) -> None:
    result = run("analyze", SAMPLE, "--rubric", "wait-tme", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "wait-time" in result.output
    broken = tmp_path / "mine.yaml"
    shutil.copy(ROOT / "configs" / "rubrics" / "wait-time.yaml", broken)
    text = broken.read_text(encoding="utf-8").replace("wait_time_1,", "wait_tme_1,", 1)
    broken.write_text(text, encoding="utf-8")
    line = 1 + next(k for k, row in enumerate(text.splitlines()) if "wait_tme_1" in row)
    result = run("rubric", "check", broken)
    assert result.exit_code == 2
    for part in (f"line {line}", "wait_tme_1", "wait_time_1"):
        assert part in result.output.replace("\n", " ")


def test_looking_around(tmp_path: Path) -> None:
    listed = run("rubric", "list").output
    for name in (
        "wait-time",
        "questioning",
        "student-talk",
        "building-on-student-ideas",
        "effort-focused-feedback",
        "checking-for-understanding",
    ):
        assert name in listed
        assert run("rubric", "show", name).exit_code == 0
        assert run("rubric", "check", ROOT / "configs" / "rubrics" / f"{name}.yaml").exit_code == 0
    assert run("doctor").exit_code == 0
    assert "pocketsphinx" in run("models", "list").output
    assert run("models", "where").exit_code == 0
    assert run("--version").output.startswith("coachai ")


def test_fetching_without_a_hub_says_how_to_go_on() -> None:
    environment = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "HF_HUB_DOWNLOAD_TIMEOUT": "2"}
    command = [sys.executable, "-m", "coachai", "models", "fetch", "tiny"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 3
    assert "Traceback" not in ran.stderr
    assert ran.stderr.strip()


def test_what_nobody_foresaw_shows_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("coachai.pipeline.prescreen", broken)
    result = analyze(SAMPLE, tmp_path / "out")
    assert result.exit_code == 3
    assert "Traceback" not in result.output
    assert "did not foresee" in result.output
    assert not (tmp_path / "out").exists()


def refused(result: Result, out: Path) -> str:
    """Exit code 2, one line, nothing written; the line."""
    assert result.exit_code == 2, result.output
    assert not out.exists()
    lines = [row for row in result.output.strip().splitlines() if not row.endswith("...")]
    assert len(lines) == 1
    return lines[0]
