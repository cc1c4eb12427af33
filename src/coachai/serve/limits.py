"""How much the face in HTTP takes in, and what it says that it holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

TOKEN = "COACHAI_TOKEN"
"""The environment variable that an engine takes its token from: settings files are read by many."""

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class Limits(BaseModel):
    """What one request may bring, and how many may be worked on at once.

    `upload_bytes` and `upload_seconds` bound a file, `stalled_s` a pause in its coming, `utterances` what is
    read at once. Beyond `at_once` requests are told to come again after `retry_s`; an engine that does not
    say within `ready_s` what it holds is not ready. `token`, if set, is asked of everybody (``Authorization:
    Bearer``); without one the face belongs on a loopback address. Uploads lie in a folder of their own in
    `folder` (the system's place for such, unless it is named) while they are heard.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    upload_bytes: Count = 1_000_000_000
    upload_seconds: Seconds = 4 * 3600.0
    stalled_s: Seconds = 30.0
    utterances: Count = 5000
    at_once: Count = 4
    retry_s: Count = 15
    ready_s: Seconds = 10.0
    token: SecretStr | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """The names of the models behind the face: what finds words, what tells voices apart, what reads talk."""

    words: str
    voices: str
    talk: str
