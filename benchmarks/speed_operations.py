"""How much a Whisper model computes: multiplications and additions counted from its shape.

Two operations a weight and use: the products of matrices, which are nearly all of it. Norms, softmax, the
conversion of sound to features and the search itself are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.random_whisper import FRAMES, Size


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a model was asked to do: windows of 30 s, tokens written and tokens that were given to it to
    begin with, hypotheses kept at a time."""

    windows: int
    tokens: int
    prompt: int
    beam: int


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Floating-point operations by part."""

    encode: float
    decode: float
    align: float

    @property
    def all(self) -> float:
        """Of the three parts together."""
        return self.encode + self.decode + self.align


def counted(size: Size, work: Work) -> Operations:
    """The operations of some work."""
    across = work.windows * _across(size)
    begun = work.windows * work.prompt * _token(size, work.prompt / 2)
    # A window's tokens see on average half of those before them.
    each = _token(size, work.prompt + work.tokens / max(1, work.windows) / 2)
    written = work.tokens * work.beam * each
    once = work.tokens * each
    return Operations(
        encode=work.windows * _encoded(size), decode=across + begun + written, align=across + begun + once
    )


def _encoded(size: Size) -> float:
    """One window through the encoder."""
    d, n = size.width, FRAMES
    convolved = 2 * 3 * (2 * n * size.bands * d + n * d * d)
    layer = 2 * n * 12 * d * d + 2 * 2 * n * n * d
    return float(convolved + size.encoder * layer)


def _across(size: Size) -> float:
    """The keys and values that a window's decoder looks at, made once."""
    return float(size.decoder * 2 * FRAMES * 2 * size.width**2)


def _token(size: Size, before: float) -> float:
    """One token of one hypothesis, with `before` tokens in front of it."""
    d = size.width
    # Attention to itself: 4 products; to the sound: 2 (keys and values are made once); feed forward: 8.
    layer = 2 * 14 * d * d + 2 * 2 * (before + FRAMES) * d
    return float(size.decoder * layer + 2 * d * size.vocabulary)
