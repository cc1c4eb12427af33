"""Work for one request beside the event loop: given up when nobody waits for its answer any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import TypeVar

from starlette.requests import Request

from coachai.records import Progress
from coachai.serve.limits import Limits
from coachai.serve.problems import busy
from coachai.serve.steps import Done, one_by_one, steps_of

Result = TypeVar("Result")


class Left(Exception):
    """Whoever asked has gone; there is nobody to answer."""


class Places:
    """So many requests may be worked on at once; one event loop alone counts them."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """One place, for as long as its work lasts. Raises Refused (BUSY)."""
        if self._taken >= self._limits.at_once:
            raise busy(self._limits)
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


async def worked(request: Request, work: Callable[[Progress], Result]) -> Result:
    """What `work` returns. Where the asker goes away, or this is cancelled, the work ends at its next word of
    progress, and only then does this return. Raises Left, and what the work raises."""
    task = asyncio.ensure_future(_answer(work))
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    if task.cancelled():
        raise Left
    return task.result()


async def _answer(work: Callable[[Progress], Result]) -> Result:
    async with aclosing(one_by_one(lambda: steps_of(work))) as steps:
        async for step in steps:
            if isinstance(step, Done):
                answer: Result = step.answer
                return answer
    raise AssertionError("work ended without an answer")


async def _gone(request: Request) -> None:
    """Returns when the asker has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
