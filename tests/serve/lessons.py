"""What the serving tests share: an engine in this process, and lines to it that can be counted and cut."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from coachai.serve.patience import Patience
from coachai.serve.remote import Engine
from coachai.serve.wire import Answers, Channel, Door, Lost


class Counted:
    """A channel that remembers what was asked, and loses its line after so many answers, if told so."""

    def __init__(self, channel: Channel, lose_after: int | None = None) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self.lose_after = lose_after
        self.asked: list[tuple[Door, str, tuple[Any, ...]]] = []
        self.answered = 0
        self.lost = 0

    def ask(self, door: Door, method: str, *arguments: Any) -> Answers:
        with self._lock:
            self.asked.append((door, method, arguments))
        return _Answers(self, self._channel.ask(door, method, *arguments))

    def count(self) -> None:
        with self._lock:
            self.answered += 1
            if self.lose_after is not None and self.answered > self.lose_after:
                self.lose_after = None
                self.lost += 1
                raise Lost("the test cut it")


class _Answers:
    def __init__(self, counted: Counted, answers: Answers) -> None:
        self._counted = counted
        self._answers = answers

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        answer = next(self._answers)
        self._counted.count()
        return answer

    def close(self) -> None:
        self._answers.close()


def engine_on(channel: Channel) -> Engine:
    """An engine whose caller does not sleep between attempts."""
    return Engine(channel, Patience(sleep=lambda _: None))
