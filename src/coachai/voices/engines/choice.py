"""What tells the voices of a recording apart: coachai's own network, or an engine that a person has here."""

from __future__ import annotations

import os

from coachai.errors import InputRefused
from coachai.voices.engines.diarizer import Diarizer
from coachai.voices.engines.local import PACKAGES, are_here

SETTING = "COACHAI_VOICES"
"""The environment variable that chooses where --voices does not."""

OWN = "auto"


def choose(asked: str = "", *, device: str = "auto") -> Diarizer | None:
    """The engine that `asked` names, loaded, or None for coachai's own.

    `asked` is ``auto``, ``pyannote:DIR`` or ``xvector:DIR``; nothing means what `COACHAI_VOICES` says, or
    ``auto``. Raises InputRefused (UNKNOWN_VOICES) and what the engine raises where it cannot work here.
    """
    said = (asked or os.environ.get(SETTING, "")).strip() or OWN
    kind, _, folder = said.partition(":")
    if said.lower() == OWN:
        return None
    if kind.lower() == "pyannote":
        from coachai.voices.engines.pyannote import Pyannote

        return Pyannote(folder, device=device)
    if kind.lower() == "xvector":
        from coachai.voices.engines.xvector import XVector

        return XVector(folder, device=device)
    named = "--voices" if asked else SETTING
    raise InputRefused(
        "UNKNOWN_VOICES",
        f"There is no “{said}” for {named}: use auto, or pyannote: or xvector: and the folder of a model.",
    )


def engines_here() -> tuple[str, ...]:
    """The kinds whose packages are installed."""
    return tuple(kind for kind in PACKAGES if are_here(kind))
