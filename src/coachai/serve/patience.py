"""Waiting for an engine that is busy, mends itself or is away, without losing what it has answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeVar

from coachai.errors import EnvironmentLacks
from coachai.serve.wire import Busy, Lost

Item = TypeVar("Item")

TRIES = 5
"""Times that a request may lose its worker, one after the other and without an answer between, before the
request itself is held to be what breaks the workers."""

LONGEST_AWAY = 1800.0
"""Seconds for which an engine that was there may be away: a machine that starts anew takes minutes."""

SOON, LATE = 0.2, 10.0
"""Seconds between two attempts: the first, then twice as long each time up to the second."""

WAITING = "Waiting for the engine; what is finished is kept."
BUSY = "The engine is busy with other lessons; this one waits for its turn."
BACK = "The engine is back; going on."


@dataclass
class Patience:
    """Makes a request again where that may help. `notice` is told once what is waited for, and once when it
    goes on. `longest_away` bounds how long an engine may be away (s). `sleep` and `clock` are time's own."""

    notice: Callable[[str], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    longest_away: float = LONGEST_AWAY
    _told: str = field(default="", init=False)

    def through(
        self, attempt: Callable[[], Generator[Item, None, None]], been_there: Callable[[], bool]
    ) -> Generator[Item, None, None]:
        """The items of as many attempts as it takes; each asks for what is still to come.

        `been_there` says whether the engine was ever reached. Raises EnvironmentLacks: NO_ENGINE where there
        is none, ENGINE_GONE where it does not come back, ENGINE_FAILED where the request breaks the workers.
        """
        lost, pause, away_since = 0, SOON, 0.0
        while True:
            try:
                with closing(attempt()) as items:
                    for item in items:
                        lost, pause, away_since = 0, SOON, 0.0
                        self._tell("")
                        yield item
                return
            except Busy:
                self._tell(BUSY)
            except Lost as gone:
                if gone.engine:
                    away_since = away_since or self.clock()
                    self._away(gone.coming or been_there(), self.clock() - away_since)
                else:
                    lost += 1
                    if lost >= TRIES:
                        raise EnvironmentLacks(
                            "ENGINE_FAILED",
                            f"The engine broke off {TRIES} times on the same part of this recording. Your "
                            "recording is untouched; try without --engine ray, and tell the people who keep "
                            "the engine.",
                        ) from gone
            self.sleep(pause)
            pause = min(LATE, 2 * pause)

    def _away(self, expected: bool, seconds: float) -> None:
        if not expected:
            raise EnvironmentLacks(
                "NO_ENGINE",
                "The engine is not running, or not to be reached from here: start it with coachai engine "
                "start, or leave out --engine ray to use this program's own models.",
            )
        if seconds > self.longest_away:
            raise EnvironmentLacks(
                "ENGINE_GONE",
                "The engine did not come back. What it had heard is kept: the same command goes on from "
                "there once it runs again (coachai engine status).",
            )
        self._tell(WAITING)

    def _tell(self, sentence: str) -> None:
        if sentence != self._told:
            if sentence or self._told == WAITING:
                self.notice(sentence or BACK)
            self._told = sentence
