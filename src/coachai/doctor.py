"""Look at this machine: what works, what is missing and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at. `essential`: without it nothing can be analyzed."""

    name: str
    works: bool
    essential: bool
    found: str
    advice: str = ""


def examine() -> tuple[Check, ...]:
    """Every check, in the order in which a person would set things right."""
    return tuple(look() for look in CHECKS)


def _python() -> Check:
    return Check(
        name="Python",
        works=sys.version_info >= (3, 11),
        essential=True,
        found=sys.version.split()[0],
        advice="coachai needs Python 3.11 or newer.",
    )


def _media() -> Check:
    return _imported(
        "Reading video and sound", "av", "Install the package av; the rest of coachai came with it."
    )


def _speech() -> Check:
    name = "Finding speech (Silero, built in)"
    try:
        import numpy as np

        from coachai.media import Audio
        from coachai.voices.speech import find_speech

        with tempfile.TemporaryDirectory() as folder:
            quiet = Audio.from_array(np.zeros(16_000, dtype=np.int16), Path(folder) / "quiet.raw")
            found = find_speech(quiet, lambda _: None)
    except Exception as error:  # noqa: BLE001 - whatever breaks here is the finding
        return Check(name=name, works=False, essential=True, found=type(error).__name__, advice=_REINSTALL)
    return Check(name=name, works=found == (), essential=True, found="works", advice=_REINSTALL)


def _words() -> Check:
    from coachai.asr.models import KNOWN, find

    here = [model.name for model in KNOWN if find(model.name)]
    return Check(
        name="A Whisper model for the words",
        works=bool(here),
        essential=False,
        found=", ".join(here) or "none on this machine",
        advice="Fetch one while online: coachai models fetch small. Until then bring captions, or the small "
        "built-in recogniser guesses.",
    )


def _embedded() -> Check:
    return _imported("The built-in recogniser of last resort", "pocketsphinx", _REINSTALL, essential=False)


def _graphics() -> Check:
    try:
        import ctranslate2

        cards = ctranslate2.get_cuda_device_count()
    except (ImportError, RuntimeError):
        cards = 0
    return Check(
        name="A GPU",
        works=cards > 0,
        essential=False,
        found=f"{cards} found" if cards else "none; the processor does the work, more slowly",
    )


def _room() -> Check:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    return Check(
        name="Room on this disk",
        works=free > 2,
        essential=False,
        found=f"{free:.0f} GB free",
        advice="An hour of video needs up to 2 GB while it is worked on.",
    )


def _writing() -> Check:
    allowed = os.access(Path.cwd(), os.W_OK)
    return Check(
        name="Writing here",
        works=allowed,
        essential=False,
        found="yes" if allowed else f"not in {Path.cwd()}",
        advice="Choose a folder of yours with --out.",
    )


def _cores() -> Check:
    return Check(name="Processor cores", works=True, essential=False, found=str(os.cpu_count()))


def _imported(name: str, module: str, advice: str, essential: bool = True) -> Check:
    try:
        version = getattr(__import__(module), "__version__", "works")
    except ImportError:
        return Check(name=name, works=False, essential=essential, found="not installed", advice=advice)
    return Check(name=name, works=True, essential=essential, found=str(version))


_REINSTALL = "The installation is damaged: install coachai again."

CHECKS: tuple[Callable[[], Check], ...] = (
    _python,
    _media,
    _speech,
    _words,
    _embedded,
    _graphics,
    _room,
    _writing,
    _cores,
)
