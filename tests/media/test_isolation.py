"""Nothing that a recording does reaches outside: walls, guard, limits, and a watch that ends what hangs."""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from coachai import doctor
from coachai.cli import app
from coachai.errors import EnvironmentLacks, InputRefused
from coachai.media import child, decode, isolation, opening, probe, sandbox
from coachai.media.confining import CPU_SECONDS, MEMORY, OPEN_FILES
from coachai.media.sandbox import SETTING
from tests.media import hostile, watching

Made = Callable[..., Path]
BWRAP = shutil.which("bwrap")
needs_walls = pytest.mark.skipif(not BWRAP, reason="bubblewrap is not installed here")
NAME = "A sandbox around reading recordings"
ENVIRONMENT = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MALLOC_ARENA_MAX", "HOME"}


@pytest.fixture
def bait(tmp_path: Path) -> Iterator[hostile.Bait]:
    """A file and a port that nobody may touch; touching the port fails the test."""
    canary = tmp_path / "canary.ts"  # an ending that playlists may name
    canary.write_text("the neighbour's file", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield hostile.Bait(canary=canary, port=listener.getsockname()[1])
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.fixture
def sound(made: Made) -> Path:
    """A healthy recording."""
    return made("healthy.flac", sound="flac", picture=None, rate=16_000)


def program(folder: Path, name: str, text: str) -> Path:
    """An executable shell script."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def instead(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Run this Python code instead of the real child, without walls."""
    monkeypatch.setenv(SETTING, "off")
    monkeypatch.setattr(sandbox, "python", lambda task: [sys.executable, "-I", "-c", code])


BEGUN = "import json, os, sys, time\nrequest = json.loads(sys.stdin.readline())\n"
BEGUN += "def say(text): print(text, flush=True)\nsay('{\"begun\": true}')\n"


# The walls.


@needs_walls
def test_the_second_process_gets_a_descriptor_and_nothing_else(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    given = tmp_path / "given"
    listing = f"{{ ls -l /proc/$$/fd; printf '%s\\n' \"$@\"; }} > {seen}\n"
    listing += f"tr '\\0' '\\n' < /proc/$$/environ > {given}\n"
    program(tmp_path / "bin", "bwrap", listing + f'exec {BWRAP} "$@"\n')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("A_SECRET", "key-of-somebody")
    monkeypatch.setenv(SETTING, "require")
    with (tmp_path / "private").open("w") as private:
        os.set_inheritable(private.fileno(), True)
        assert probe(sound, shortest=1).name == sound.name
    told = seen.read_text(encoding="utf-8")
    assert told.count(f"-> {sound}\n") == 1  # its descriptor; ls shows where it leads, the child cannot
    assert sound.name not in told.replace(f"-> {sound}\n", "")
    assert "private" not in told
    variables = {line.partition("=")[0] for line in given.read_text(encoding="utf-8").splitlines()}
    assert variables - {"LD_LIBRARY_PATH"} == ENVIRONMENT
    assert "--unshare-all" in told


@needs_walls
def test_behind_the_walls_other_files_are_not_even_visible(bait: hostile.Bait, sound: Path) -> None:
    look = (
        "import os, socket, sys\n"
        "print(sorted(os.listdir('/')), os.path.exists(sys.argv[-1]), os.path.exists('/etc/passwd'),"
        " socket.if_nameindex(), len([p for p in os.listdir('/proc') if p.isdigit()]))\n"
    )
    command = [*sandbox.walls(), *sandbox.python("examine")]
    command[command.index("-c") + 1] = look
    for path in (bait.canary, sound):
        told = subprocess.run([*command, str(path)], capture_output=True, text=True, check=True).stdout
        assert told.endswith("False False [(1, 'lo')] 1\n")
        # Where this program itself lies in /tmp, that name is seen, with nothing else below it.
        assert "'tmp'" not in told or any(each.startswith("/tmp/") for each in (sys.prefix, doctor.__file__))


def checked() -> doctor.Check:
    """What doctor says about the sandbox."""
    return next(each for each in doctor.examine() if each.name == NAME)


@pytest.fixture
def only_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doctor looks at the sandbox alone, which saves seconds."""
    looks = [each for each in doctor.CHECKS if each.__name__ == "_sandbox"]
    monkeypatch.setattr(doctor, "CHECKS", tuple(looks))


@needs_walls
@pytest.mark.usefixtures("only_sandbox")
def test_doctor_really_looks_out_of_a_sandbox_that_works() -> None:
    check = checked()
    assert check.works
    assert check.found == "works: no network, no other file, no other program, 2 GB of memory at most"


@pytest.mark.parametrize("asked", ["auto", "require"])
@pytest.mark.usefixtures("only_sandbox")
def test_doctor_says_what_to_do_without_bubblewrap(
    asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(SETTING, asked)
    check = checked()
    assert (check.works, check.essential) == (False, asked == "require")
    assert check.found == "bubblewrap is not installed"
    assert "apt install bubblewrap" in check.advice
    assert SETTING in check.advice


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo 'bwrap: No permissions to create new namespace' >&2; exit 1\n", "may not make a sandbox"),
        (
            'while [ "$1" != -- ]; do shift; done; shift; exec "$@"\n',
            "from inside we reached the network, other",
        ),
    ],
    ids=["it may not", "it is an impostor"],
)
@pytest.mark.usefixtures("only_sandbox")
def test_doctor_finds_a_sandbox_that_does_not_hold(
    script: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "bwrap", script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    check = checked()
    assert not check.works
    assert says in check.found
    assert check.advice


@pytest.mark.parametrize("script", [None, "exit 1\n"])
def test_without_walls_recordings_are_read_or_refused_as_the_setting_says(
    script: str | None, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if script:
        program(tmp_path / "bin", "bwrap", script)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert probe(sound, shortest=1).duration == pytest.approx(6.0)
    monkeypatch.setenv(SETTING, "require")
    out = tmp_path / "out"
    answer = CliRunner().invoke(app, ["analyze", str(sound), "--rubric", "wait-time", "--out", str(out)])
    assert answer.exit_code == 3
    assert "The sandbox in which recordings are read does not work on this machine" in answer.stderr
    assert "coachai doctor" in answer.stderr
    assert not out.exists()


def test_a_setting_that_does_not_exist_is_named(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "perhaps")
    with pytest.raises(EnvironmentLacks) as lack:
        probe(sound)
    assert lack.value.message == "COACHAI_SANDBOX is “perhaps”. Set it to auto, require or off."


# The guard.

FORBIDDEN = {
    "read another file": "open(canary).read()",
    "read it by the back door": "os.open(canary, os.O_RDONLY)",
    "read it beside a library": "open(os.path.join(os.path.dirname(os.__file__), '..', '..', '..', canary))",
    "write a new file": "open(canary + '.new', 'w')",
    "write to its recording": "open(recording, 'r+b')",
    "write to a library": "open(os.__file__, 'a')",
    "remove a file": "os.remove(canary)",
    "rename a file": "os.rename(canary, canary + '.new')",
    "run a program": "subprocess.run(['true'])",
    "run a program in a shell": "os.system('true')",
    "become a program": "os.execv('/bin/true', ['true'])",
    "fork": "os.fork()",
    "make a socket": "socket.socket()",
    "look up a name": "socket.getaddrinfo('localhost', 80)",
    "end another process": "os.kill(os.getppid(), 0)",
}


def guarded(action: str, bait: hostile.Bait, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the action in a process that has the guard."""
    recording, out = folder / "recording", folder / "made"
    recording.write_bytes(b"recording")
    code = (
        "import os, socket, subprocess, sys\nfrom coachai.media.confining import guard\n"
        f"canary, recording, out = {str(bait.canary)!r}, {str(recording)!r}, {str(out)!r}\n"
        f"guard(recording, out)\n{action}\n"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("action", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_guard_forbids_what_no_recording_needs(action: str, bait: hostile.Bait, tmp_path: Path) -> None:
    answer = guarded(action, bait, tmp_path)
    assert answer.returncode == 1
    assert "PermissionError: a recording may not" in answer.stderr
    assert bait.canary.read_text(encoding="utf-8") == "the neighbour's file"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["canary.ts", "recording"]


def test_the_guard_allows_what_the_work_needs(bait: hostile.Bait, tmp_path: Path) -> None:
    action = (
        "open(recording, 'rb').read(); open(out, 'wb').write(b'made'); import wave; open(os.__file__).read()"
    )
    assert guarded(action, bait, tmp_path).stderr == ""
    assert (tmp_path / "made").read_bytes() == b"made"


# What hostile files reach.


def hostile_files(folder: Path, bait: hostile.Bait, made: Made, everything: bool) -> list[Path]:
    """Playlists bare and disguised, and a recording that says its sound is elsewhere."""
    files = []
    for kind, text in hostile.playlists(bait).items():
        for name, content in hostile.disguised(text).items():
            if everything or kind == "hls" or name == "bare.mp4":
                files.append(folder / f"{kind}-{name}")
                files[-1].write_bytes(content)
    files.append(folder / "reference.mov")
    files[-1].write_bytes(hostile.with_reference(made("plain.mov").read_bytes(), bait.canary))
    return files


def watched(folder: Path, files: list[Path]) -> tuple[dict[str, str], list[str]]:
    """What came of each file, and what was opened outside."""
    log, scratch = folder / "log", folder / "scratch"
    scratch.mkdir()
    environment = {**os.environ, SETTING: "off", "TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.media.watching", str(log), *map(str, files)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    outcomes = {Path(name).name: outcome for name, outcome in json.loads(answer.stdout).items()}
    assert log.read_text(encoding="utf-8").count("/dev/fd/") >= len(files) / 2  # the children were watched
    return outcomes, watching.outside(log, files, scratch)


def test_hostile_files_open_nothing_outside(bait: hostile.Bait, made: Made, tmp_path: Path) -> None:
    files = [*hostile_files(tmp_path, bait, made, everything=False), made("plain.mov")]
    outcomes, found = watched(tmp_path, files)
    assert found == []
    assert outcomes.pop("plain.mov") == "ok"
    assert outcomes.pop("reference.mov") == "UNREADABLE"
    assert {name: said for name, said in outcomes.items() if said in ("ok", "TOO_SHORT")} == {}
    assert all(said == "NOT_MEDIA" for name, said in outcomes.items() if name.endswith("bare.mp4"))


def test_the_watching_notices_an_open_file_and_a_socket(tmp_path: Path) -> None:
    canary, log = tmp_path / "canary.txt", tmp_path / "log"
    canary.touch()
    code = watching.RECORDER.format(log=str(log)) + (
        f"open({str(canary)!r}).close()\nimport socket\n"
        "with socket.socket() as one: one.connect_ex(('127.0.0.1', 9))\n"
    )
    subprocess.run([sys.executable, "-B", "-c", code], check=True)
    found = watching.outside(log, [], tmp_path / "scratch")
    assert f"open {canary}" in found
    assert any(line.startswith("socket.connect") for line in found)


@pytest.mark.parametrize("demuxer", sorted(opening.DEMUXERS))
def test_no_demuxer_of_ours_follows_a_playlist(
    demuxer: str, bait: hostile.Bait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[str] = []
    monkeypatch.setattr(opening, "_deny", lambda url, *_: wanted.append(url))
    for text in hostile.playlists(bait).values():
        for name, content in hostile.disguised(text).items():
            path = tmp_path / name
            path.write_bytes(content)
            try:
                with opening.opened(path, demuxer) as recording:
                    assert demuxer in recording.container.format.name.split(",")
            except InputRefused:
                continue
    assert wanted == []


@pytest.mark.parametrize("demuxer", ["hls", "concat", "dash", "sdp", "rtsp", "image2", "lavfi", "m3u8", ""])
def test_demuxers_that_reach_out_cannot_be_asked_for(
    demuxer: str, bait: hostile.Bait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("libav was asked")

    path = tmp_path / "lesson.mp4"
    path.write_text(hostile.playlists(bait).get(demuxer, "x"), encoding="utf-8")
    monkeypatch.setattr(opening.av, "open", asked)
    with pytest.raises(InputRefused), opening.opened(path, demuxer):
        pass


def test_a_nested_open_is_denied_where_a_demuxer_tries(
    bait: hostile.Bait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hook itself: HLS does ask for the next file, and does not get it."""
    wanted: list[str] = []
    deny = opening._deny

    def noted(url: str, *rest: object) -> None:
        wanted.append(url)
        deny(url, *rest)

    path = tmp_path / "lesson.mp4"
    path.write_text(hostile.playlists(bait)["hls"], encoding="utf-8")
    monkeypatch.setattr(opening, "DEMUXERS", {"hls"})
    monkeypatch.setattr(opening, "_deny", noted)
    with pytest.raises(InputRefused) as refusal, opening.opened(path, "hls"):
        pass
    assert refusal.value.code == "UNREADABLE"
    assert wanted[0] == f"{bait.url}a.ts"


def test_a_reference_to_another_file_is_denied_even_where_it_would_be_followed(
    bait: hostile.Bait, made: Made, tmp_path: Path
) -> None:
    wanted: list[str] = []

    def noted(url: str, *rest: object) -> None:
        wanted.append(url)
        opening._deny(url, *rest)

    path = tmp_path / "reference.mov"
    path.write_bytes(hostile.with_reference(made("plain.mov").read_bytes(), bait.canary))
    follow = {"enable_drefs": "1", "use_absolute_path": "1"}
    with path.open("rb") as file, pytest.raises(PermissionError):
        av.open(file, "r", format="mov", options=follow, io_open=noted)
    assert str(bait.canary) in wanted[0]


# Limits and the watch.


def test_the_child_has_limits(tmp_path: Path) -> None:
    code = (
        "import json, resource\nfrom coachai.media.confining import limit\nlimit('examine')\n"
        "names = 'AS CPU FSIZE NOFILE CORE'.split()\n"
        "print(json.dumps({n: resource.getrlimit(getattr(resource, 'RLIMIT_' + n)) for n in names}))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    cpu, written = CPU_SECONDS["examine"], 1 << 20
    expected = {"AS": MEMORY, "CPU": cpu, "FSIZE": written, "NOFILE": OPEN_FILES, "CORE": 0}
    assert json.loads(told) == {name: [most, most] for name, most in expected.items()}
    assert MEMORY == 2 << 30


def test_a_limit_is_never_raised() -> None:
    code = (
        "import resource\nfrom coachai.media.confining import limit\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (20, 30))\nlimit('decode')\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "(20, 20)"


ENDS = {
    "by a signal": f"os.kill(os.getpid(), {int(signal.SIGABRT)})",
    "by its memory limit": "import resource as r; r.setrlimit(r.RLIMIT_AS, (1 << 28,) * 2); bytes(1 << 30)",
    "by its time limit": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass",
    "without a word": "sys.exit(0)",
    "in the middle of one": 'sys.stdout.write(\'{"result": {"miss\'); sys.stdout.flush(); os._exit(0)',
    "with nonsense": "say('[1, 2')",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_child_that_dies_is_a_damaged_file(
    end: str, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = probe(sound, shortest=1)
    instead(monkeypatch, BEGUN + end)
    with pytest.raises(InputRefused) as refusal:
        decode(sound, tmp_path, isolation.no_progress, recording)
    assert refusal.value.code == "UNREADABLE"
    assert refusal.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stands", ["time.sleep(600)", "while True: pass"], ids=["waiting", "busy"])
def test_a_child_that_stands_still_is_ended(
    stands: str, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = probe(sound, shortest=1)
    instead(monkeypatch, BEGUN + f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n" + stands)
    monkeypatch.setattr(isolation, "PATIENCE", 0.5)
    folder = tmp_path / "folder"
    folder.mkdir()
    started = time.monotonic()
    with pytest.raises(InputRefused) as refusal:
        decode(sound, folder, isolation.no_progress, recording)
    assert time.monotonic() - started < 10
    assert refusal.value.message == (
        "Reading this file came to a standstill and was stopped. Copy it from the camera again, or export it "
        "again from your video app."
    )
    assert list(folder.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


MOVES = {
    "telling how far": "say(json.dumps({'progress': k / 25}))",
    "telling that it lives": "say('{\"alive\": true}')",
    "writing": "open(request['out'], 'ab').write(bytes(2))",
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_slow_honest_work_is_not_cut(
    move: str, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = probe(sound, shortest=1)
    work = f"for k in range(25):\n    {move}\n    time.sleep(0.1)\n"
    work += "open(request['out'], 'wb').write(bytes(2000))\nsay('{\"result\": {\"missing\": []}}')"
    instead(monkeypatch, BEGUN + work)
    monkeypatch.setattr(isolation, "PATIENCE", 1.5)  # a loaded machine may start the child late
    assert len(decode(sound, tmp_path, isolation.no_progress, recording)) == 1000


class Packet:
    """A packet of that many bytes."""

    def __init__(self, size: int) -> None:
        self.size = size


class Container:
    """A file of 5 MB whose demuxer hands out such packets."""

    size = 5_000_000

    def __init__(self, given: Iterable[Packet]) -> None:
        self._given = given

    def demux(self, *streams: object) -> Iterator[Packet]:
        return iter(self._given)


def test_a_demuxer_that_goes_round_in_circles_comes_to_an_end() -> None:
    forever = Container(itertools.repeat(Packet(1_000_000)))
    assert 5 < sum(1 for _ in opening.packets(forever)) < 200  # type: ignore[arg-type]


def test_every_second_of_work_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures without sound move no fraction for long, and are work all the same."""
    clock = itertools.count(0.0, 0.4)
    said = io.StringIO()
    monkeypatch.setattr(child.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(child._VOICE, "stream", said)
    monkeypatch.setattr(child._VOICE, "spoke", 0.0)
    assert len(list(opening.packets(Container([Packet(10)] * 30)))) == 30  # type: ignore[arg-type]
    told = said.getvalue().splitlines()
    assert 5 <= len(told) <= 15
    assert set(told) == {'{"alive": true}'}


@needs_walls
def test_no_process_outlives_a_parent_that_is_killed(sound: Path, tmp_path: Path) -> None:
    """kill -9 leaves nobody to clean up: the walls fall with the parent."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom coachai.media import isolation, sandbox\n"
        "command = sandbox.python('examine'); k = command.index('-c') + 1\n"
        "command[k] = 'import time; print(\\'{\"begun\": 1}\\', flush=True); time.sleep(600)'\n"
        "sandbox.python = lambda task: command\n"
        "from coachai.media import probe\nprobe(Path(sys.argv[1]))\n"
    )
    environment = {**os.environ, SETTING: "require"}
    parent = subprocess.Popen([sys.executable, "-c", code, str(sound)], env=environment)
    offspring: list[int] = []
    deadline = time.monotonic() + 20
    while len(offspring) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
        offspring = descendants(parent.pid)
    assert len(offspring) == 2
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while any(map(alive, offspring)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, offspring))


def descendants(pid: int) -> list[int]:
    """Children, their children and so on."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for each in (task / "children").read_text().split():
            found += [int(each), *descendants(int(each))]
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be taken note of does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
