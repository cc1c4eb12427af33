"""A file becomes sound on the player's clock."""

from coachai.media.audio import SAMPLE_RATE, Audio

__all__ = ["SAMPLE_RATE", "Audio"]
