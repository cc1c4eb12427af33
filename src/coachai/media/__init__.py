"""A file becomes sound on the player's clock."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from coachai.media.audio import SAMPLE_RATE, Audio

if TYPE_CHECKING:
    from coachai.media.clipping import cut_clip as cut_clip
    from coachai.media.decoding import decode as decode
    from coachai.media.playing import make_playable as make_playable
    from coachai.media.playing import plays_in_browser as plays_in_browser
    from coachai.media.probing import probe as probe
    from coachai.media.quality import audio_quality as audio_quality
    from coachai.media.quality import require_hearable as require_hearable

_LAZY = {
    "audio_quality": "coachai.media.quality",
    "cut_clip": "coachai.media.clipping",
    "decode": "coachai.media.decoding",
    "make_playable": "coachai.media.playing",
    "plays_in_browser": "coachai.media.playing",
    "probe": "coachai.media.probing",
    "require_hearable": "coachai.media.quality",
}

__all__ = [
    "SAMPLE_RATE",
    "Audio",
    "audio_quality",
    "cut_clip",
    "decode",
    "make_playable",
    "plays_in_browser",
    "probe",
    "require_hearable",
]


def __getattr__(name: str) -> Any:
    """Import what reads files only when it is asked for: `Audio` alone must stay light."""
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
