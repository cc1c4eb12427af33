"""The application: every deployment with what it needs, from typed arguments.

serve run coachai.serve.app:build           # or, with settings, serve deploy configs/serve.yaml
"""

# No postponed annotations here: Serve reads the type of `build`'s argument to parse the settings.

import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr
from ray import serve
from ray.serve.config import AutoscalingConfig
from ray.serve.handle import DeploymentHandle
from ray.serve.schema import LoggingConfig

from coachai.errors import CoachaiError
from coachai.observing import Models, Observing
from coachai.serve.deployments import Discourse, Transcriber, VoicesDeployment
from coachai.serve.handles import Handles
from coachai.serve.http import http_app
from coachai.serve.limits import TOKEN, Holds, Limits
from coachai.serve.patience import Patience
from coachai.serve.remote import Engine as Served
from coachai.serve.remote import models_on
from coachai.serve.settings import Arguments
from coachai.serve.wire import Door

GRACE = 600.0
"""Seconds that a replica has to end what it does when it is to stop: a region of eight clips of half a minute
takes less on any machine that is worth serving from."""

BESIDE = 0.25
"""Cores that a deployment beside the Transcribers is counted as: it works while these wait. Two cores hold a
Transcriber and all others."""

LOGGING = LoggingConfig(encoding="JSON", log_level="INFO", enable_access_log=False)
"""Lines for machines, none for every request: what is worth telling `figures` tells."""

HEALTH_EVERY, HEALTH_WITHIN = 10.0, 30.0
"""Seconds between two looks at a replica, and until one that does not answer is held to be stuck."""


UNWELL = frozenset({"UNHEALTHY", "DEPLOY_FAILED", "DELETING"})
"""What Serve says of an application that cannot be asked now; while it grows or shrinks it can."""

BRIEFLY = 60.0
"""Seconds that a request in HTTP waits for something that is gone; a program that analyzes a lesson waits
longer, and can go on later."""


class Engine:
    """The way in: it holds the others together as one application, and is their face in HTTP."""

    def __init__(self, handles: dict[Door, DeploymentHandle[Any]], limits: Limits) -> None:
        token = os.environ.get(TOKEN)
        self._limits = limits.model_copy(update={"token": SecretStr(token)} if token else {})
        self._handles = Handles(handles)
        self._asking = ThreadPoolExecutor(1)
        # Asked now, ahead of all lessons: later a Transcriber says nothing until it has heard its region.
        self._held: Future[Holds] = self._asking.submit(self._ask)

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Called by `serve.ingress` when the replica starts."""
        return http_app(self._models, self._holds, self._limits)

    def _models(self, how: Observing) -> Models:
        return models_on(self._served(), how)

    def _holds(self) -> Holds:
        """What each deployment holds. Raises CoachaiError (NOT_READY)."""
        application = serve.status().applications.get(serve.get_replica_context().app_name)
        if application is None or application.status in UNWELL:
            raise CoachaiError("NOT_READY", "The engine is not well.")
        if self._held.done() and self._held.exception():
            self._held = self._asking.submit(self._ask)
        return self._held.result(self._limits.ready_s)

    def _ask(self) -> Holds:
        served = self._served()
        return Holds(
            words=served.one("Transcriber", "about").name,
            voices=served.one("Voices", "about"),
            talk=served.one("Discourse", "about") or "rules",
        )

    def _served(self) -> Served:
        return Served(self._handles, Patience(longest_away=BRIEFLY))


def build(arguments: Arguments) -> serve.Application:
    """The application of Ray Serve, not yet running."""
    engine = _deployment(serve.ingress()(Engine)).options(
        name="Engine",
        max_ongoing_requests=100,
        graceful_shutdown_timeout_s=GRACE,
        logging_config=LOGGING,
        ray_actor_options={"num_cpus": 0},
    )
    application: serve.Application = engine.bind(parts(arguments), arguments.http)
    return application


def parts(arguments: Arguments) -> dict[Door, serve.Application]:
    """The deployments that hold models, each by its name."""
    words, voices, labels = arguments.words, arguments.voices, arguments.labels
    common: dict[str, Any] = {
        "max_queued_requests": arguments.queue,
        "graceful_shutdown_timeout_s": GRACE,
        "health_check_period_s": HEALTH_EVERY,
        "health_check_timeout_s": HEALTH_WITHIN,
        "logging_config": LOGGING,
    }
    transcriber = _deployment(Transcriber).options(
        name="Transcriber",
        max_ongoing_requests=1,
        autoscaling_config=_between(words.fewest, words.most, 1),
        ray_actor_options=_takes(words.cpus, words.gpus),
        **common,
    )
    listener = _deployment(VoicesDeployment).options(
        name="Voices",
        max_ongoing_requests=2,
        autoscaling_config=_between(1, voices.most, 2),
        ray_actor_options=_takes(BESIDE, voices.gpus),
        **common,
    )
    reader = _deployment(Discourse).options(
        name="Discourse",
        max_ongoing_requests=8,
        autoscaling_config=_between(1, labels.most, 4),
        ray_actor_options=_takes(BESIDE, labels.gpus),
        **common,
    )
    return {
        "Transcriber": transcriber.bind(words),
        "Voices": listener.bind(voices),
        "Discourse": reader.bind(labels),
    }


def here(arguments: Arguments) -> Handles:
    """The deployments in this process, without a cluster (Ray Serve's local testing mode)."""
    handles: dict[Door, DeploymentHandle[Any]] = {
        door: serve.run(each, name=door, route_prefix=None, _local_testing_mode=True)
        for door, each in parts(arguments).items()
    }
    return Handles(handles)


def _takes(cpus: float, gpus: float) -> dict[str, float]:
    return {"num_cpus": cpus, "num_gpus": gpus} if gpus else {"num_cpus": cpus}


def _deployment(plain: type) -> serve.Deployment:
    """A class as a deployment (the library's own types call that a decorator)."""
    wrapped: Any = serve.deployment(plain)
    assert isinstance(wrapped, serve.Deployment)
    return wrapped


def _between(fewest: int, most: int, each: int) -> AutoscalingConfig:
    """So many replicas as there are requests for, `each` at a time."""
    return AutoscalingConfig(
        min_replicas=fewest,
        max_replicas=most,
        target_ongoing_requests=each,
        upscale_delay_s=5,
        downscale_delay_s=600,
    )
