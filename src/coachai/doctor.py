"""Look at this machine: what works, what is missing and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from coachai.errors import CoachaiError, EnvironmentLacks


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


def _sandbox() -> Check:
    """Really runs a child behind the walls, which looks for what it should not be able to reach."""
    from coachai.media.isolation import look_behind_walls
    from coachai.media.sandbox import SETTING, walls, wish

    name = "A sandbox around reading recordings"
    try:
        asked = wish()
    except EnvironmentLacks as problem:
        return Check(name=name, works=False, essential=True, found=problem.message)
    essential = asked == "require"
    if asked == "off":
        found = f"switched off by {SETTING}; recordings are read in a plain second process"
        return Check(name=name, works=False, essential=False, found=found, advice=_WALLS_ON)
    reached = look_behind_walls()
    if reached == ():
        found = "works: no network, no other file, no other program, 2 GB of memory at most"
        return Check(name=name, works=True, essential=essential, found=found)
    if reached is not None:
        found = f"does not hold: from inside we reached {', '.join(reached)}"
        return Check(name=name, works=False, essential=essential, found=found, advice=_WALLS_MENDED)
    if not walls():
        return Check(
            name=name,
            works=False,
            essential=essential,
            found="bubblewrap is not installed",
            advice=_WALLS_BUILT,
        )
    found = "bubblewrap is installed, but may not make a sandbox for you here"
    return Check(name=name, works=False, essential=essential, found=found, advice=_WALLS_ALLOWED)


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


def _labels() -> Check:
    from coachai.discourse.choice import SETTING, choose, installed

    name = "A model that reads classroom talk"
    try:
        reader = choose()
        unused = reader is None and installed() != []
    except CoachaiError as problem:
        return Check(name=name, works=False, essential=False, found=problem.message)
    if unused:
        return Check(name=name, works=True, essential=False, found=f"not used, as {SETTING} asks for rules")
    return Check(
        name=name,
        works=reader is not None,
        essential=False,
        found=reader.card.title if reader else "none; rules find questions and talk moves, and miss more",
        advice="coachai models list shows which there are; COACHAI_DISCOURSE names the folder of one.",
    )


def _voices() -> Check:
    from coachai.voices.engines.choice import SETTING, choose, engines_here

    name = "Another engine for the voices"
    try:
        engine = choose()
    except CoachaiError as problem:
        return Check(
            name=name, works=False, essential=False, found=problem.message, advice=f"Or unset {SETTING}."
        )
    here = " and ".join(engines_here())
    found = f"{engine.name}, as {SETTING} says" if engine else "not used; our own tells voices apart"
    if here and not engine:
        found += f" ({here} installed; --voices names the folder of a model)"
    return Check(name=name, works=True, essential=False, found=found)


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


_PLAIN = "Until then a recording is read in a plain second process with the same limits"
_REQUIRED = "with COACHAI_SANDBOX=require it is refused instead."

_WALLS_ON = "Set COACHAI_SANDBOX to auto (the sandbox where it works) or require (no recording without it)."
_WALLS_BUILT = (
    f"Install it, on Debian and Ubuntu: sudo apt install bubblewrap. {_PLAIN}; {_REQUIRED}"
    if sys.platform == "linux"
    else f"The sandbox needs Linux. {_PLAIN}; {_REQUIRED}"
)
_WALLS_ALLOWED = (
    "Ask whoever keeps this machine to allow unprivileged user namespaces (in a container: outside of it). "
    f"{_PLAIN}; {_REQUIRED}"
)
_WALLS_MENDED = "Install bubblewrap anew from your system's own packages; the program named bwrap is not it."

_REINSTALL = "The installation is damaged: install coachai again."

CHECKS: tuple[Callable[[], Check], ...] = (
    _python,
    _media,
    _sandbox,
    _speech,
    _words,
    _embedded,
    _labels,
    _voices,
    _graphics,
    _room,
    _writing,
    _cores,
)
