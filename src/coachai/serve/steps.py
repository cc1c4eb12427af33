"""Work that tells how far it is, as a generator: between two of its steps it can be watched and ended."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from coachai.records import Progress


@dataclass(frozen=True, slots=True)
class Done:
    """The answer, last of all steps."""

    answer: Any


class Ended(Exception):
    """Raised inside work that nobody waits for any more."""


def steps_of(work: Callable[[Progress], Any]) -> Generator[float | Done, None, None]:
    """The fractions that `work` tells while it runs in a thread of its own, then its answer.

    Closing the generator ends the work at its next word of progress, and waits for that.
    """
    told: queue.SimpleQueue[float | Done | BaseException] = queue.SimpleQueue()
    ended = threading.Event()

    def progress(fraction: float) -> None:
        if ended.is_set():
            raise Ended
        told.put(fraction)

    def run() -> None:
        try:
            told.put(Done(work(progress)))
        except BaseException as error:  # noqa: BLE001 (it goes on to the one who asked)
            told.put(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while True:
            step = told.get()
            if isinstance(step, BaseException):
                raise step
            yield step
            if isinstance(step, Done):
                return
    finally:
        ended.set()
        thread.join()


async def one_by_one(
    steps: Callable[[], Generator[Any, None, None]], begun: Callable[[], None] = lambda: None
) -> AsyncGenerator[Any, None]:
    """The steps of a generator that runs beside the event loop; `begun` is called before each.

    When this is cancelled or closed, the generator is closed after the step it is in, before anything else
    can begin.
    """
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1)
    running = steps()
    try:
        while True:
            begun()
            step = await loop.run_in_executor(thread, next, running, _LAST)
            if step is _LAST:
                return
            yield step
    finally:
        # Behind whatever the thread is in the midst of, and without holding up the loop meanwhile.
        await asyncio.shield(loop.run_in_executor(thread, running.close))
        thread.shutdown(wait=False)


_LAST = object()
