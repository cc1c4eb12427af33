"""Reads Dockerfile.gpu as its instructions, so that tests can ask what it says."""

from __future__ import annotations

import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile.gpu"


def instructions() -> list[tuple[str, str]]:
    """Every instruction with its argument on one line, comments left out."""
    lines = [line for line in DOCKERFILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1].strip()) for line in joined if line.strip()]


def final() -> list[tuple[str, str]]:
    """The instructions of the last stage: what people run."""
    every = instructions()
    last = max(place for place, (word, _) in enumerate(every) if word == "FROM")
    return every[last + 1 :]


def environment() -> dict[str, str]:
    """The variables that the image sets."""
    pairs = [pair for word, said in final() if word == "ENV" for pair in shlex.split(said)]
    return dict(pair.split("=", 1) for pair in pairs)
