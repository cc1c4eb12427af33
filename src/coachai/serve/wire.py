"""What a program that analyzes lessons and the engine say to each other; nothing here knows of Ray.

A *door* is one of the engine's deployments. Asking it gives a stream: answers as they come, so that the one
who asks sees progress, may stop between two of them, and loses none of those that have come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Door = Literal["Transcriber", "Voices", "Discourse"]

APP = "coachai"
"""The name of the application in Ray Serve."""


@dataclass(frozen=True, slots=True)
class AboutWords:
    """What the Transcribers hold: `kind` is ``faster-whisper`` or ``pocketsphinx``; `languages` are codes."""

    kind: str
    name: str
    languages: tuple[str, ...]


class Answers(Protocol):
    """What a deployment streams: an iterator that raises what the work raises for people (CoachaiError),
    `Busy` and `Lost`."""

    def __iter__(self) -> Iterator[Any]: ...

    def __next__(self) -> Any: ...

    def close(self) -> None:
        """End the work there, from whichever thread; nothing happens where it is at its end."""
        ...


class Channel(Protocol):
    """A way to the engine."""

    def ask(self, door: Door, method: str, *arguments: Any) -> Answers:
        """The answers of a deployment's method, which begins to work at once. Raises as they do."""
        ...


class Busy(Exception):
    """The engine has as many requests waiting as it takes; ask again later."""


class Lost(Exception):
    """What was working on the request is gone; the request was not finished, and may be made again.

    `engine` says that the whole engine cannot be reached, not only one worker of it; `coming` that it
    is being started.
    """

    def __init__(self, why: str, engine: bool = False, coming: bool = False) -> None:
        super().__init__(why, engine, coming)
        self.why = why
        self.engine = engine
        self.coming = coming
