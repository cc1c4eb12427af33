"""The application: every deployment with what it needs, from typed arguments.

serve run coachai.serve.app:build           # or, with settings, serve deploy configs/serve.yaml
"""

# No postponed annotations here: Serve reads the type of `build`'s argument to parse the settings.

from typing import Any

from ray import serve
from ray.serve.config import AutoscalingConfig
from ray.serve.handle import DeploymentHandle
from ray.serve.schema import LoggingConfig

from coachai.serve.deployments import Discourse, Transcriber, VoicesDeployment
from coachai.serve.handles import Handles
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


class Engine:
    """The way in: it holds the others together as one application, and tells that all of them are up."""

    def __init__(self, handles: dict[Door, DeploymentHandle[Any]]) -> None:
        self._handles = handles

    async def ready(self) -> dict[str, str]:
        """What each deployment holds, asked of itself."""
        told: dict[str, str] = {}
        for door, handle in self._handles.items():
            answers: Any = handle.options(stream=True).about.remote()
            async for about in answers:
                told[door] = getattr(about, "name", about) or "rules"
        return told


def build(arguments: Arguments) -> serve.Application:
    """The application of Ray Serve, not yet running."""
    engine = _deployment(Engine).options(
        name="Engine",
        max_ongoing_requests=100,
        logging_config=LOGGING,
        ray_actor_options={"num_cpus": 0},
    )
    application: serve.Application = engine.bind(parts(arguments))
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
