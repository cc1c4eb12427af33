"""The engine's gateway: a process of its own between a program and Ray.

When Ray's head dies it takes every process with it that has joined it, so no program that holds a lesson ever
joins. The gateway does, and dies with the head; the program sees that its line is cut and waits.
"""

from __future__ import annotations

import logging
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

from coachai.errors import CoachaiError
from coachai.serve.place import environment, found
from coachai.serve.wire import APP, Answers, Busy, Channel, Door, Lost

ADDRESS = "RAY_ADDRESS"
"""Ray's environment variable that says where the head is; without it, that of the engine started here."""

NO_RAY = 69
"""Exit code of a gateway that found no engine (EX_UNAVAILABLE)."""

LOOKS_EVERY, MISSED = 2.0, 3
"""Seconds between two looks for the head, and how many it may miss: an engine is declared away after six."""

STARTS_WITHIN = 120.0
"""Seconds that a gateway may take to join: Ray's own libraries take seconds to load."""

_READY = -1


class Gateway:
    """A channel through a gateway process, which is started when it is needed, and again when it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: _Line | None = None

    def ask(self, door: Door, method: str, *arguments: Any) -> _Asked:
        """As `Channel`; Lost (the engine) where the gateway cannot join it or its line is cut."""
        with self._lock:
            if self._line is not None and not self._line.open:
                self._line.close()
                self._line = None
            if self._line is None:
                self._line = _Line()
            return _Asked(self._line, door, method, arguments)

    def close(self) -> None:
        """End the gateway, and all that it asked for."""
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None


class _Line:
    """One gateway process and the requests under way on it."""

    def __init__(self) -> None:
        running = found()
        if not os.environ.get(ADDRESS) and (running is None or running.state != "ready"):
            raise Lost("no engine", engine=True, coming=running is not None and running.state != "failed")
        address = os.environ.get(ADDRESS) or ("" if running is None else running.address)
        ours, theirs = socket.socketpair()
        loud = bool(os.environ.get("COACHAI_DEBUG"))
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "coachai.serve.gateway", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment(address),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if loud else subprocess.DEVNULL,
                # Ctrl-C belongs to the program, which closes the line.
                start_new_session=True,
            )
        self._connection = Connection(ours.detach())
        self._sending = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[tuple[str, Any]]] = {_READY: queue.SimpleQueue()}
        self._numbers = count()
        self.open = True
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            what, _ = self._waiting[_READY].get(timeout=STARTS_WITHIN)
        except queue.Empty:
            what = "cut"
        if what != "ready":
            self.close()
            raise Lost("no engine", engine=True)

    def begin(self, message: Any) -> tuple[int, queue.SimpleQueue[tuple[str, Any]]]:
        """Send a request; its number, and where its answers will be."""
        number = next(self._numbers)
        answers = self._waiting[number] = queue.SimpleQueue()
        self._send(("ask", number, message))
        return number, answers

    def end(self, number: int, *, cancelled: bool) -> None:
        """No more answers of a request are waited for."""
        waiting = self._waiting.pop(number, None)
        if waiting is not None and cancelled:
            self._send(("cancel", number, None))
            waiting.put(("end", None))

    def close(self) -> None:
        self.open = False
        self._connection.close()
        self._process.kill()
        self._process.wait()

    def _send(self, message: tuple[str, int, Any]) -> None:
        with self._sending:
            try:
                self._connection.send(message)
            except OSError:
                self.open = False

    def _listen(self) -> None:
        while True:
            try:
                what, number, value = self._connection.recv()
            except Exception:  # noqa: BLE001 (the line ends, or the engine speaks as another version does)
                break
            waiting = self._waiting.get(number)
            if waiting is not None:
                waiting.put((what, value))
        self.open = False
        for waiting in list(self._waiting.values()):
            waiting.put(("cut", None))


class _Asked:
    """The answers of one request."""

    def __init__(self, line: _Line, door: Door, method: str, arguments: tuple[Any, ...]) -> None:
        self._line = line
        self._number, self._answers = line.begin((door, method, arguments))

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        what, value = self._answers.get() if self._line.open else _last(self._answers)
        if what == "item":
            return value
        self._line.end(self._number, cancelled=False)
        if what == "end":
            # Said once more, for whoever asks on.
            self._answers.put(("end", None))
            raise StopIteration
        raise value if what == "error" else Lost("the line was cut", engine=True)

    def close(self) -> None:
        self._line.end(self._number, cancelled=True)


def _last(answers: queue.SimpleQueue[tuple[str, Any]]) -> tuple[str, Any]:
    """What had still come when the line was cut."""
    try:
        return answers.get_nowait()
    except queue.Empty:
        return "cut", None


class _Served:
    """The other end: requests that come over the line are made of the engine, each in a thread of its own."""

    def __init__(self, connection: Connection, channel: Channel) -> None:
        self._connection = connection
        self._channel = channel
        self._sending = threading.Lock()
        self._under_way: dict[int, Answers | None] = {}

    def serve(self) -> None:
        """Until the line is cut; then nothing is under way any more."""
        self._send("ready", _READY, None)
        while True:
            try:
                what, number, value = self._connection.recv()
            except (EOFError, OSError):
                break
            if what == "cancel":
                self._cancel(number)
            else:
                self._under_way[number] = None
                threading.Thread(target=self._answer, args=(number, *value), daemon=True).start()
        for number in list(self._under_way):
            self._cancel(number)

    def _cancel(self, number: int) -> None:
        answers = self._under_way.pop(number, None)
        if answers is not None:
            answers.close()

    def _answer(self, number: int, door: Door, method: str, arguments: tuple[Any, ...]) -> None:
        try:
            answers = self._channel.ask(door, method, *arguments)
            if number not in self._under_way:
                answers.close()
                return
            self._under_way[number] = answers
            for answer in answers:
                self._send("item", number, answer)
            self._send("end", number, None)
        except Exception as error:  # noqa: BLE001 (it goes on to the one who asked)
            told = error
            if not isinstance(error, CoachaiError | Busy | Lost):
                # Not every error can travel; its kind is enough to tell that there is a defect.
                told = RuntimeError(f"{type(error).__name__} in the engine")
            if number in self._under_way:
                self._send("error", number, told)
        finally:
            self._under_way.pop(number, None)

    def _send(self, what: str, number: int, value: Any) -> None:
        with self._sending, suppress(OSError):
            self._connection.send((what, number, value))


def main() -> None:
    """Join the engine and serve one line; ends with the line or with the engine."""
    connection = Connection(int(sys.argv[1]))
    import ray
    from ray import serve
    from ray.exceptions import RayError
    from ray.serve.exceptions import RayServeException
    from ray.serve.schema import ApplicationStatus

    from coachai.serve.handles import Handles

    try:
        ray.init(
            address=os.environ[ADDRESS],
            namespace="coachai",
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
        # A head that has just come back may know nothing of the application yet.
        if serve.status().applications[APP].status != ApplicationStatus.RUNNING:
            sys.exit(NO_RAY)
    except (ConnectionError, RuntimeError, OSError, KeyError, RayServeException, RayError):
        sys.exit(NO_RAY)
    threading.Thread(target=_watch, args=(ray.get_runtime_context().gcs_address,), daemon=True).start()
    _Served(connection, Handles()).serve()
    # Ray's own farewell takes seconds, and nobody waits for it.
    os._exit(0)


def _watch(address: str) -> None:
    """End this process when the head is away: Ray itself would wait for a minute."""
    host, _, port = address.rpartition(":")
    missed = 0
    while missed < MISSED:
        time.sleep(LOOKS_EVERY)
        try:
            socket.create_connection((host, int(port)), timeout=LOOKS_EVERY).close()
            missed = 0
        except OSError:
            missed += 1
    os._exit(NO_RAY)


if __name__ == "__main__":
    main()
