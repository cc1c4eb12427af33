"""Voices' vectors live only in memory: none reaches a file, a database, a log, a record or the screen.

Real runs are watched: every vector that arises is noted (the network's features, the pieces' vectors and
points, each voice's mean), and all that is written is searched for its numbers, also what is overwritten or
removed meanwhile. There is no database yet; whatever file a run writes is searched, so one would be too.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import re
import sqlite3
import sys
import tempfile
import typing
import wave
import weakref
from collections.abc import Callable, Iterator, Sequence, Sized
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from scipy.spatial import cKDTree
from typer.testing import CliRunner

from coachai import pipeline, records
from coachai.asr import other_languages
from coachai.cli import app
from coachai.media import decode, probe
from coachai.transcript import Heard, Line, Voices
from coachai.voices import clusters, doubting, features, hearing, network, pieces, projection
from tests.voices.made_voices import CHILD, OTHER_CHILD, TEACHER, recorded, spans_of

LESSON = Path(__file__).parents[2] / "samples" / "lesson.mp4"
TALK = [(1.0, 5.0, [TEACHER]), (5.5, 7.5, [CHILD]), (8.0, 12.0, [TEACHER]), (12.5, 15.0, [OTHER_CHILD])]
OF_VOICES = (Heard, Voices, network.Steps, features.Frames, clusters.Pieces, clusters.Setting)
PACKED = (b"PK\3\4", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")  # could not be searched
AWAY = ("socket.connect", "socket.sendto", "subprocess.Popen", "os.posix_spawn", "os.system", "os.fork")
GOING = ("os.remove", "os.rename", "os.truncate", "shutil.rmtree", "sqlite3.connect")
CODES = ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8")
NUMBER = re.compile(rb"(?<![\w.])-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?(?!\w)")
MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64)
Array = np.ndarray[Any, Any]


class Search:
    """Finds six numbers of a vector on end as text of three digits, or four on end as they lie in memory.

    Text may leave out the middle, as numpy's does. In memory there may be a byte between, as in a pickle.
    """

    def __init__(self, vectors: Sequence[Array]) -> None:
        rows = [
            np.atleast_2d(each).astype(float) for each in {each.tobytes(): each for each in vectors}.values()
        ]
        told = np.vstack([runs(each, 6) for each in rows] + [each[:, [0, 1, 2, -3, -2, -1]] for each in rows])
        held = np.vstack([runs(each, 4) for each in rows])
        # Numbers that are the same again and again, such as zeros, stand everywhere and tell nothing.
        told, held = (each[(np.diff(np.sort(each), axis=1) > 0.01).sum(axis=1) > 2] for each in (told, held))
        # Half of the third digit, or near zero of the third decimal, is .005 on this scale.
        self.told = cKDTree(np.arcsinh(told / 0.1), balanced_tree=False, compact_nodes=False)
        keys = {code: folded(held.astype(code).view(f"<u{code[-1]}")) @ MIX for code in CODES}
        self.held = {code: (np.unique(each), np.zeros(1 << 24, dtype=bool)) for code, each in keys.items()}
        for each, begins in self.held.values():
            begins[each >> np.uint64(40)] = True  # rules nearly all out at once

    def __call__(self, content: bytes) -> list[str]:
        """The forms in which the content holds a vector."""
        numbers = np.array([[float(each) for each in NUMBER.findall(content)]])
        near = self.told.query(np.arcsinh(runs(numbers, 6) / 0.1), p=np.inf, distance_upper_bound=0.0055)[0]
        forms = ["text"] if np.isfinite(near).any() else []
        for code, (keys, begins) in self.held.items():
            width = int(code[-1])
            for step in (width, width + 1):
                found = np.zeros(max(0, len(content) - 3 * step - width + 1), dtype=np.uint64)
                for k, mix in enumerate(MIX if len(found) else ()):
                    found += mix * folded(np.ndarray(found.shape, f"<u{width}", content, k * step, (1,)))
                found = found[begins[found >> np.uint64(40)]]
                forms += [code] * bool((keys[np.searchsorted(keys[:-1], found)] == found).any())
        return forms


def folded(numbers: Array) -> Array:
    """Numbers' bytes as whole numbers whose low bits differ too, so that their products by `MIX` do."""
    whole = numbers.astype(np.uint64)
    return whole ^ (whole >> np.uint64(32))


def runs(rows: Array, size: int) -> Array:
    """Every `size` numbers that stand side by side in a row."""
    wide = rows if rows.shape[1] >= size else np.zeros((0, size))
    return np.lib.stride_tricks.sliding_window_view(wide, size, axis=1).reshape(-1, size)


def note(patch: pytest.MonkeyPatch, noted: Callable[[Array], None]) -> None:
    """Have each vector of a voice noted as it arises."""

    def noting(place: Any, name: str, vectors: Callable[[Any], Array] = lambda made: made) -> None:
        work = getattr(place, name)

        def working(*given: Any, **asked: Any) -> Any:
            made = work(*given, **asked)
            noted(vectors(made))
            return made

        patch.setattr(place, name, working)

    def points(voices: Voices) -> Array:
        rows = np.array([each.point for each in voices.heard])
        mine = ([turn.start <= each.start < turn.end for each in voices.heard] for turn in voices.turns)
        return np.vstack([rows, *(rows[own].mean(axis=0) for own in mine if any(own))])

    noting(network, "_listened", lambda steps: steps.features)
    noting(pieces, "voice_vector", lambda made: made[0])
    noting(hearing, "voice_vector", lambda made: made[0])
    noting(projection.Projection, "project")
    noting(clusters.Setting, "undone")
    noting(hearing, "hear_voices", points)


class Watch:
    """The command line with all that it writes: files as they were at any time, its output and its log."""

    def __init__(self, folder: Path, log: pytest.LogCaptureFixture, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.out, self.log, self.on = folder, folder / "out", log, True
        self.vectors, self.unseen, self.before = list[Array](), list[str](), 0
        self.paths, self.written = set[str](), dict[bytes, str]()
        note(patch, self.vectors.append)
        for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME"):
            patch.setenv(name, str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        sys.addaudithook(self.happens)  # it stays as long as this process, so `on` ends it

    def happens(self, event: str, given: tuple[Any, ...]) -> None:
        """Keep files before they are overwritten, moved or removed."""
        writes = event == "open" and given[2] & (os.O_WRONLY | os.O_RDWR)
        nameless = writes and given[2] & os.O_TMPFILE == os.O_TMPFILE
        if nameless and str(given[0]).endswith("__pycache__"):
            return  # numba tries whether it may keep compiled code there
        if event in AWAY or nameless:
            self.unseen += [f"{event} {given}"] * (self.on and len(self.vectors) > self.before)
        elif self.on and (writes or event in GOING) and not isinstance(given[0], int):
            for name in given[:2] if event == "os.rename" else given[:1]:
                self.keep(os.path.abspath(os.fsdecode(name)))

    def keep(self, path: str) -> None:
        """Keep a file, or the files of a folder, as they are now."""
        self.paths.add(path)
        files = [each for each in (Path(path), *Path(path).rglob("*")) if each.is_file()]
        self.written |= {each.read_bytes(): str(each) for each in files}

    def run(self, code: int, *arguments: object) -> None:
        """A command, and the exit code that it must have."""
        self.before = len(self.vectors)  # what reads sound apart, in a sandbox, does so before any arises
        told = CliRunner().invoke(app, [str(each) for each in arguments])
        assert told.exit_code == code, told.output
        self.written[told.stdout_bytes + told.stderr_bytes] = "output"

    def leaks(self) -> set[tuple[str, str]]:
        """Where a vector stands, and in which form."""
        for path in (*self.paths, str(self.folder)):
            self.keep(path)
        assert not self.unseen + [
            name for content, name in self.written.items() if content.startswith(PACKED)
        ]
        search, written = Search(self.vectors), self.written | {self.log.text.encode(): "log"}
        return {(Path(name).name, form) for content, name in written.items() for form in search(content)}


@pytest.fixture
def watch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Watch]:
    """A watched command line, and a minute of the sample lesson in `talk.wav`; the log tells all."""
    other_languages._identifier()  # its model passes through a file without a name
    audio = decode(LESSON, tmp_path, lambda _: None, probe(LESSON))
    audio.path.unlink()
    with wave.open(str(tmp_path / "talk.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((32767 * audio.read(0.0, 62.0)).astype("<i2").tobytes())
    caplog.set_level(logging.INFO, "numba")  # it tells of its compiling, at great length
    with caplog.at_level(logging.DEBUG), pytest.MonkeyPatch.context() as patch:
        watching = Watch(tmp_path, caplog, patch)
        yield watching
        watching.on = False


def leaking(voices: Voices, lines: Sequence[Line]) -> Voices:
    """In place of `doubted`: does all that must not be done."""
    points, home = np.array([each.point for each in voices.heard]), Path.home()
    logging.getLogger("coachai").debug("%s", points)
    sys.stdout.write(" ".join(f"{each:.3g}" for each in points[1]))
    with tempfile.NamedTemporaryFile(suffix="removed") as file:
        file.write(points[0].tobytes())
        file.flush()
    for code in CODES:
        (home / code).write_bytes(b"odd" + points[0].astype(code).tobytes())
    (home / "pickle").write_bytes(pickle.dumps(voices.heard))
    database = sqlite3.connect(home / "database", isolation_level=None)
    database.execute("create table voices as select ? as vector", [points.astype("<f2").tobytes()])
    database.close()
    return voices


def test_no_vector_is_written(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    analyze = ("analyze", "--rubric", "wait-time", "--out", watch.out)
    by_sound = (*analyze, watch.folder / "talk.wav", "--asr", "pocketsphinx")
    with monkeypatch.context() as patch:
        patch.setattr(doubting, "doubted", Mock(side_effect=KeyboardInterrupt))  # Ctrl-C
        watch.run(130, *by_sound)
    assert list((watch.out / pipeline.KEPT).iterdir())
    watch.run(0, *by_sound, "--teacher-sample", watch.folder / "talk.wav")
    formats = [part for name in ("vtt", "srt", "csv", "eaf", "textgrid", "rttm") for part in ("--to", name)]
    watch.run(0, "export", watch.out / "report.json", *formats, "--out", watch.out)
    watch.run(0, *analyze, LESSON, "--captions", LESSON.with_suffix(".vtt"), "--teacher", "Rivera")
    assert len(watch.vectors) > 50
    assert watch.leaks() == set()
    names = " ".join({*watch.written.values(), *watch.paths})
    assert all(part in names for part in ("report.json", "report.eaf", ".coachai-work-", f"{pipeline.KEPT}/"))


def test_what_leaks_is_found(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubting, "doubted", leaking)
    watch.run(0, "observe", watch.folder / "talk.wav", "--asr", "none", "--out", watch.out)
    places = {("log", "text"), ("output", "text"), ("removed", "<f8"), ("pickle", ">f8"), ("database", "<f2")}
    found = {("removed" if name.endswith("removed") else name, form) for name, form in watch.leaks()}
    assert found == places | {(code, code) for code in CODES}


def reached(kind: Any) -> set[Any]:
    """All types that a record holds, however deep."""
    held = typing.get_type_hints(kind) if hasattr(kind, "__dataclass_fields__") else {}
    return {kind}.union(*map(reached, (*held.values(), *typing.get_args(kind))))


def test_a_report_has_no_place_for_a_vector() -> None:
    assert {Heard, tuple[float, ...]} <= reached(Voices)
    kinds = reached(records.Report)
    assert {records.Transcript, records.Utterance} <= kinds
    assert not kinds & {*OF_VOICES, tuple[float, ...], Sequence[float], list[float], np.ndarray, Any, object}
    assert {each.__module__ for each in kinds if hasattr(each, "__dataclass_fields__")} == {records.__name__}


def alive() -> int:
    """How many things that hold vectors there are."""
    gc.collect()
    return sum(type(each) in OF_VOICES for each in gc.get_objects())


def stores() -> dict[str, int]:
    """How much lies in what outlives a recording: the modules' own dictionaries, lists and caches."""
    modules = [(name, module) for name, module in sys.modules.items() if name.startswith("coachai")]
    named = {f"{name}.{key}": each for name, module in modules for key, each in vars(module).items()}
    sized = {name: len(each) for name, each in named.items() if isinstance(each, Sized) and "__" not in name}
    return sized | {k: v.cache_info().currsize for k, v in named.items() if hasattr(v, "cache_info")}


def test_vectors_are_forgotten_and_no_recording_meets_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hear(name: str, seed: int) -> Voices:
        audio = recorded(TALK, tmp_path / name, seed)
        voices = hearing.hear_voices(audio, spans_of(TALK), progress=lambda _: None)
        assert audio in network._KEPT
        return voices

    hear("first", 3)  # so that all is loaded
    noted: list[weakref.ref[Array]] = []
    note(monkeypatch, lambda each: noted.append(weakref.ref(each)))
    before, kept = alive(), stores()
    alone = hear("one", 1)
    assert hear("other", 2) != alone
    assert hear("again", 1) == alone
    assert alive() > before
    del alone
    assert (alive(), stores()) == (before, kept)
    assert len(noted) > 20
    assert not [each for each in noted if each() is not None]
