"""What the rim asks for: the models for one lesson, here or on an engine, for as long as it takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from coachai.doctor import Check
from coachai.errors import EnvironmentLacks, InputRefused
from coachai.observing import Models, Observing, models_here
from coachai.serve import place
from coachai.serve.gateway import Gateway
from coachai.serve.patience import Patience
from coachai.serve.remote import Engine, models_on

SETTING = "COACHAI_ENGINE"
"""The environment variable that chooses where ``--engine`` does not."""

HERE, RAY = "here", "ray"


@contextmanager
def models_for(asked: str, how: Observing, notice: Callable[[str], None]) -> Iterator[Models]:
    """The models that `asked` names: ``here`` in this program, ``ray`` on a running engine.

    `notice` is told when an engine is waited for. Raises InputRefused (UNKNOWN_ENGINE, NOT_SERVED),
    EnvironmentLacks (NO_RAY, NO_ENGINE, and what the models lack).
    """
    said = (asked or os.environ.get(SETTING, "")).strip().lower() or HERE
    if said not in (HERE, RAY):
        raise InputRefused(
            "UNKNOWN_ENGINE", f"There is no engine called {said}: use {HERE} or {RAY}, or leave out --engine."
        )
    if said == HERE:
        yield models_here(how)
        return
    require_ray()
    gateway = Gateway()
    try:
        yield models_on(Engine(gateway, Patience(notice)), how)
    finally:
        gateway.close()


def require_ray() -> None:
    """Raises EnvironmentLacks (NO_RAY) where Ray is not installed."""
    if find_spec("ray") is None:
        raise EnvironmentLacks(
            "NO_RAY", "The engine needs Ray Serve: pip install 'coachai[ray]', or leave out --engine ray."
        )


def engine_check() -> Check:
    """Whether an engine runs on this machine, for the doctor."""
    name = "An engine that keeps the models running"
    asked = os.environ.get(SETTING, "").strip().lower() or HERE
    wanted = "" if asked == HERE else f"; {SETTING} asks for {asked}"
    running = place.found()
    if running is not None:
        found = f"{running.state}, asked in HTTP at {running.http}{wanted}"
        advice = "coachai engine status says more."
        return Check(name=name, works=running.state == "ready", essential=False, found=found, advice=advice)
    if find_spec("ray") is None:
        found, advice = f"Ray Serve is not installed{wanted}", "pip install 'coachai[ray]' brings it."
    else:
        found, advice = f"none is running{wanted}", "coachai engine start starts one."
    works = asked == HERE
    return Check(name=name, works=works, essential=False, found=found, advice="" if works else advice)
