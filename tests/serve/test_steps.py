"""Work told step by step, work side by side, and waiting for an engine."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.asr.decoding import Decoded, Hearing
from coachai.errors import EnvironmentLacks, InputRefused
from coachai.media import Audio
from coachai.records import Progress, Span
from coachai.serve import local, place
from coachai.serve.calling import engine_check
from coachai.serve.limits import TOKEN
from coachai.serve.patience import BACK, BUSY, LATE, LONGEST_AWAY, TRIES, WAITING, Patience
from coachai.serve.remote import REGION, Engine, EngineDecoder, Stop, side_by_side
from coachai.serve.steps import Done, one_by_one, steps_of
from coachai.serve.wire import Answers, Busy, Door, Lost


def test_work_tells_its_fractions_and_then_its_answer() -> None:
    def work(progress: Progress) -> str:
        progress(0.25)
        progress(1.0)
        return "words"

    assert list(steps_of(work)) == [0.25, 1.0, Done("words")]


def test_what_work_raises_comes_out() -> None:
    def work(progress: Progress) -> str:
        progress(0.5)
        raise EnvironmentLacks("NO_MEMORY", "There is too little memory.")

    steps = steps_of(work)
    assert next(steps) == 0.5
    with pytest.raises(EnvironmentLacks, match="too little memory"):
        next(steps)


def test_closing_ends_the_work_before_anything_else_can_begin() -> None:
    told: list[float] = []

    def work(progress: Progress) -> None:
        for k in range(1000):
            time.sleep(0.001)
            progress(k / 1000)
            told.append(k)

    with closing(steps_of(work)) as steps:
        assert next(steps) == 0.0
    count = len(told)
    assert count < 900
    time.sleep(0.02)
    assert len(told) == count


def test_beside_the_event_loop_a_cancelled_request_ends_at_its_next_step() -> None:
    ended = threading.Event()
    begun: list[int] = []

    def steps() -> Generator[int, None, None]:
        try:
            for k in range(1000):
                time.sleep(0.005)
                yield k
        finally:
            ended.set()

    async def ask() -> list[int]:
        found: list[int] = []

        async def take() -> None:
            async for step in one_by_one(steps, lambda: begun.append(1)):
                found.append(step)

        task = asyncio.create_task(take())
        while len(found) < 3:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()
        return found

    found = asyncio.run(ask())
    assert found == list(range(len(found)))
    assert 3 <= len(found) <= len(begun) < 100


def test_all_steps_come_beside_the_event_loop() -> None:
    async def ask() -> list[int]:
        return [step async for step in one_by_one(lambda: (k for k in range(20)))]

    assert asyncio.run(ask()) == list(range(20))


@given(st.lists(st.lists(st.integers(), max_size=4), max_size=12), st.integers(1, 5))
def test_side_by_side_nothing_is_lost_or_told_twice(works: list[list[int]], at_once: int) -> None:
    told = [[(k, each) for each in work] for k, work in enumerate(works)]
    made: list[Callable[[], Generator[tuple[int, int], None, None]]] = [
        lambda work=work: (each for each in work)
        for work in told  # type: ignore[misc]
    ]
    found = list(side_by_side(made, at_once, Stop()))
    assert sorted(found) == sorted(each for work in told for each in work)
    for k, work in enumerate(told):
        assert [each for each in found if each[0] == k] == work


def test_side_by_side_an_error_or_a_stop_ends_all() -> None:
    running = threading.Semaphore(0)
    ended: list[int] = []

    def endless(k: int) -> Generator[int, None, None]:
        try:
            while True:
                time.sleep(0.001)
                yield k
        finally:
            ended.append(k)
            running.release()

    def broken() -> Generator[int, None, None]:
        yield 0
        raise EnvironmentLacks("NO_GPU", "There is no graphics card.")

    with closing(side_by_side([lambda: endless(1), lambda: endless(2)], 2, Stop())) as answers:
        next(answers)
    assert sorted(ended) == [1, 2]
    with pytest.raises(EnvironmentLacks, match="no graphics card"):
        list(side_by_side([lambda: endless(3), broken], 2, Stop()))
    assert sorted(ended) == [1, 2, 3]


class Story:
    """An engine whose attempts go as told: items are given, exceptions raised."""

    def __init__(self, *attempts: list[int | Exception]) -> None:
        self.attempts = list(attempts)
        self.now = 0.0
        self.slept: list[float] = []
        self.notices: list[str] = []

    def attempt(self) -> Generator[int, None, None]:
        for each in self.attempts.pop(0):
            if isinstance(each, Exception):
                raise each
            yield each

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def run(self, reached: bool = True) -> list[int]:
        patience = Patience(self.notices.append, self.sleep, lambda: self.now)
        return list(patience.through(self.attempt, lambda: reached))


GONE = Lost("the line was cut", engine=True)


def test_a_request_is_made_again_where_its_worker_is_lost() -> None:
    story = Story([1, 2, Lost("killed")], [3, Lost("killed")], [4])
    assert story.run() == [1, 2, 3, 4]
    assert story.notices == []


def test_a_request_that_breaks_every_worker_is_given_up() -> None:
    story = Story(*[[Lost("killed")] for _ in range(TRIES + 1)])
    with pytest.raises(EnvironmentLacks, match="same part of this recording"):
        story.run()
    assert len(story.slept) == TRIES - 1


def test_answers_between_show_that_the_request_is_not_to_blame() -> None:
    story = Story(*[[k, Lost("killed")] for k in range(3 * TRIES)], [99])
    assert story.run() == [*range(3 * TRIES), 99]


def test_a_busy_engine_is_waited_for_without_end_and_said_once() -> None:
    story = Story(*[[Busy()] for _ in range(50)], [1])
    assert story.run() == [1]
    assert story.notices == [BUSY]
    assert story.slept[0] < story.slept[3] <= max(story.slept) == LATE


def test_an_engine_that_comes_back_goes_on() -> None:
    story = Story([1, GONE], [GONE], [GONE], [2, 3])
    assert story.run() == [1, 2, 3]
    assert story.notices == [WAITING, BACK]


def test_an_engine_that_stays_away_is_given_up_and_says_what_is_kept() -> None:
    story = Story([1], *[[GONE] for _ in range(1000)])
    story.attempts.pop(0)
    with pytest.raises(EnvironmentLacks, match="What it had heard is kept"):
        story.run()
    assert LONGEST_AWAY < story.now < LONGEST_AWAY + 2 * LATE


def test_an_engine_that_is_being_started_is_waited_for() -> None:
    story = Story([Lost("starting", engine=True, coming=True)], [1])
    assert story.run(reached=False) == [1]
    assert story.notices == [WAITING, BACK]


def test_an_engine_that_never_was_is_told_at_once() -> None:
    story = Story([GONE])
    with pytest.raises(EnvironmentLacks, match="coachai engine start"):
        story.run(reached=False)
    assert story.slept == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20", "school.example"])
def test_an_engine_that_others_can_ask_does_not_start_without_a_token(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv(TOKEN, raising=False)
    with pytest.raises(InputRefused, match=f"set {TOKEN} to a long secret"):
        local.start(None, local.Ports(host=host), lambda _: None)
    assert place.found() is None


@pytest.mark.parametrize(("asked", "works"), [("", True), ("ray", False)])
def test_the_doctor_says_whether_an_engine_runs(
    asked: str, works: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("COACHAI_ENGINE", asked)
    found = engine_check()
    assert found.works is works
    assert not found.essential
    assert found.found.startswith("none is running")
    assert works or "coachai engine start" in found.advice


class Waiting:
    """A channel whose one worker never comes to the second region; closing a request ends it."""

    def __init__(self) -> None:
        self.closed: list[int] = []

    def ask(self, door: Door, method: str, *arguments: Any) -> Answers:
        return self.Request(self, arguments[3])

    class Request:
        def __init__(self, channel: Waiting, places: tuple[int, ...]) -> None:
            self._channel = channel
            self._first = places[0]
            self._places = list(places) if places[0] == 0 else []
            self._closed = threading.Event()

        def __iter__(self) -> Iterator[Any]:
            return self

        def __next__(self) -> Any:
            if self._places:
                return self._places.pop(0), Decoded(words=())
            assert self._closed.wait(30), "nobody said that this is not wanted any more"
            raise StopIteration

        def close(self) -> None:
            if not self._closed.is_set():
                self._channel.closed.append(self._first)
            self._closed.set()


def test_who_stops_does_not_wait_for_regions_that_wait_their_turn(tmp_path: Path) -> None:
    channel = Waiting()
    audio = Audio.from_array(np.zeros(16_000, np.int16), tmp_path / "sound.raw")
    clips = [(Span(start=0.0, end=0.5),)] * (3 * REGION)
    began = time.monotonic()
    with closing(EngineDecoder(Engine(channel, Patience())).decode(audio, clips, Hearing())) as answers:
        assert next(answers)[0] == 0
    assert time.monotonic() - began < 10
    assert {REGION, 2 * REGION} <= set(channel.closed)
