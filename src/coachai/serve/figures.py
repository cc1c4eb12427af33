"""What is told of the engine's work: figures for Prometheus, lines for its log, nothing of a lesson."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any

from ray.serve import metrics

_SECONDS = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0]
_FACTORS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]


class Figures:
    """One deployment's figures; `method` and `outcome` (done, refused, failed, cancelled) are their tags."""

    def __init__(self) -> None:
        tags: Any = ("method", "outcome")  # the library says one tag and means several
        self._requests = metrics.Counter("coachai_requests", "Requests that ended.", tag_keys=tags)
        self._seconds = metrics.Histogram(
            "coachai_request_seconds", "Seconds that a request took.", boundaries=_SECONDS, tag_keys=tags
        )
        self._audio = metrics.Counter("coachai_audio_seconds", "Seconds of sound heard.", tag_keys=tags)
        self._factor = metrics.Histogram(
            "coachai_real_time_factor",
            "Seconds of work for a second of sound.",
            boundaries=_FACTORS,
            tag_keys=tags,
        )
        self._log = logging.getLogger("ray.serve")

    def ended(self, request: Request, outcome: str) -> None:
        """A request is over."""
        taken = time.monotonic() - request.began
        tags = {"method": request.method, "outcome": outcome}
        self._requests.inc(1, tags)
        self._seconds.observe(taken, tags)
        if request.audio_seconds > 0:
            self._audio.inc(request.audio_seconds, tags)
            self._factor.observe(max(taken / request.audio_seconds, 1e-6), tags)
        told = {"request": request.method, "outcome": outcome, "seconds": round(taken, 3)}
        told["audio_seconds"] = round(request.audio_seconds, 1)
        self._log.info("request %s %s in %.3f s", request.method, outcome, taken, extra={"coachai": told})


@dataclass
class Request:
    """A request under way: its method, and the seconds of sound that it brings."""

    method: str
    audio_seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)
