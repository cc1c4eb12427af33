"""The way to the engine for a program that is part of Ray: a driver, or a deployment beside the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ray import serve
from ray.exceptions import RayActorError, RayError, RayTaskError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError, RayServeException
from ray.serve.handle import DeploymentHandle, DeploymentResponseGenerator

from coachai.errors import CoachaiError
from coachai.serve.wire import APP, Busy, Door, Lost


class Handles:
    """A channel over Ray Serve's handles, by the deployments' names; those not handed in are looked up."""

    def __init__(self, handles: dict[Door, DeploymentHandle[Any]] | None = None) -> None:
        self._handles = {} if handles is None else handles

    def ask(self, door: Door, method: str, *arguments: Any) -> _Streamed:
        """As `Channel`. What a deployment raises for people comes out as it was raised there."""
        try:
            if door not in self._handles:
                self._handles[door] = serve.get_deployment_handle(door, APP)
            handle = self._handles[door].options(stream=True, method_name=method)
            answers: Any = handle.remote(*arguments)
            return _Streamed(answers)
        except (RayServeException, RayError) as error:
            raise Lost(type(error).__name__, engine=True) from error


class _Streamed:
    """The answers of one request."""

    def __init__(self, answers: DeploymentResponseGenerator[Any]) -> None:
        self._answers: Any = answers
        self._over = False

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._answers)
        except StopIteration:
            self._over = True
            raise
        except Exception as error:
            self._over = True
            raise _understood(error) from error

    def close(self) -> None:
        if not self._over:
            self._over = True
            self._answers.cancel()


def _understood(error: Exception) -> Exception:
    """What happened, in the words of `wire`; anything that is no news of Ray's own is left as it is."""
    if isinstance(error, RayTaskError):
        # The replica lives, and its code broke off: with a sentence for people, or with a defect.
        cause = getattr(error, "cause", None)
        return cause if isinstance(cause, CoachaiError | Busy | Lost) else error
    if isinstance(error, BackPressureError):
        return Busy()
    if isinstance(error, RayActorError | DeploymentUnavailableError):
        return Lost(type(error).__name__)
    if isinstance(error, RayError):
        return Lost(type(error).__name__, engine=True)
    return error
