"""The typed arguments of the application (`configs/serve.yaml`, `serve run coachai.serve.app:build`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from coachai.serve.limits import Limits

Share = Annotated[float, Field(ge=0, le=8)]
"""Graphics cards for one replica: 1, or a part of one; Ray counts them and does not divide their memory."""


class _Settings(BaseModel):
    """Unknown names are refused: a setting with a slip in it would be silently without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Settings):
    """The Transcribers. `model` is a size, a hub name or a folder; with ``auto`` the best that is there.

    `workers` are the processes of the embedded recogniser in one Transcriber.
    """

    asr: Literal["auto", "faster-whisper", "pocketsphinx"] = "auto"
    model: str | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    batch_size: Annotated[int, Field(ge=1, le=256)] = 8
    workers: Annotated[int, Field(ge=1, le=8)] = 1
    fewest: Annotated[int, Field(ge=1)] = 1
    most: Annotated[int, Field(ge=1)] = 1
    gpus: Share = 0.0
    cpus: Share = 1.0
    longest_step_s: Annotated[float, Field(gt=0)] = 900.0
    most_growth_mb: Annotated[float, Field(gt=0)] = 2000.0

    @model_validator(mode="after")
    def _in_order(self) -> Words:
        if self.fewest > self.most:
            raise ValueError(
                "fewest is more than most: say how many Transcribers there are at least and most"
            )
        return self


class Voices(_Settings):
    """The Voices deployment; `voices` as for ``--voices``."""

    voices: str = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    most: Annotated[int, Field(ge=1)] = 1
    gpus: Share = 0.0
    longest_step_s: Annotated[float, Field(gt=0)] = 900.0
    most_growth_mb: Annotated[float, Field(gt=0)] = 2000.0


class Labels(_Settings):
    """The Discourse deployment; `labels` as for ``--labels``. `together` sequences are read at once,
    whichever lessons they are of."""

    labels: str = "auto"
    most: Annotated[int, Field(ge=1)] = 1
    gpus: Share = 0.0
    together: Annotated[int, Field(ge=1, le=64)] = 8
    longest_step_s: Annotated[float, Field(gt=0)] = 300.0
    most_growth_mb: Annotated[float, Field(gt=0)] = 2000.0


class Arguments(_Settings):
    """All of the application. `queue` is how many requests may wait for a deployment at one asker; more are
    told to come again. `http` is what the face in HTTP takes in; its token comes from the environment
    (COACHAI_TOKEN)."""

    words: Words = Words()
    voices: Voices = Voices()
    labels: Labels = Labels()
    http: Limits = Limits()
    queue: Annotated[int, Field(ge=1)] = 8
