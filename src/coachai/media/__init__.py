"""A file becomes sound on the player's clock."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coachai.media.audio import SAMPLE_RATE as SAMPLE_RATE
    from coachai.media.audio import Audio as Audio
    from coachai.media.clipping import cut_clip as cut_clip
    from coachai.media.decoding import decode as decode
    from coachai.media.playing import make_playable as make_playable
    from coachai.media.playing import plays_in_browser as plays_in_browser
    from coachai.media.probing import probe as probe
    from coachai.media.quality import audio_quality as audio_quality
    from coachai.media.quality import require_hearable as require_hearable

_LAZY = {
    "Audio": "coachai.media.audio",
    "SAMPLE_RATE": "coachai.media.audio",
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
    """Import only what is asked for: the child that looks at a file needs no numpy, `Audio` needs no av."""
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
