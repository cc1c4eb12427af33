"""A file becomes sound on the player's clock."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from coachai.media.audio import SAMPLE_RATE, Audio

if TYPE_CHECKING:
    from coachai.media.decoding import decode as decode
    from coachai.media.probing import probe as probe

_LAZY = {
    "decode": "coachai.media.decoding",
    "probe": "coachai.media.probing",
}

__all__ = ["SAMPLE_RATE", "Audio", "decode", "probe"]


def __getattr__(name: str) -> Any:
    """Import what reads files only when it is asked for: `Audio` alone must stay light."""
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
