"""The network: log mel frames in, every 40 ms out: speech, overlap, adult, and features of the voice.

A few two-dimensional layers, in which a higher voice is a shifted one, then residual blocks over time
(depthwise and pointwise, as in ConvNeXt; Liu et al., 2022). The voice of a stretch is the mean and the
deviation of its features over time (statistics pooling; Snyder et al., 2018).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

BANDS = 64
WIDTH = 192
FEATURES = 128
EMBEDDING = 96
_LEAST_DEVIATION = 1e-4


class Block(nn.Module):
    """One residual step over time: 7 frames of each channel, then all channels of each frame."""

    def __init__(self, width: int, dilation: int = 1, drop: float = 0.1) -> None:
        """`drop`: share of channels left out while learning."""
        super().__init__()
        self.over_time = nn.Conv1d(width, width, 7, padding=3 * dilation, dilation=dilation, groups=width)
        self.norm = nn.BatchNorm1d(width)
        self.wide = nn.Conv1d(width, 2 * width, 1)
        self.narrow = nn.Conv1d(2 * width, width, 1)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        """(b, width, t) to the same."""
        return x + self.narrow(self.drop(torch.relu(self.wide(self.norm(self.over_time(x))))))


class Network(nn.Module):
    """Frames (b, t, BANDS) to speech, overlap and adult log odds (b, t/4) and features (b, t/4, FEATURES)."""

    def __init__(self) -> None:
        """Some million weights."""
        super().__init__()
        self.level = nn.BatchNorm1d(BANDS)
        self.stem = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=(2, 1), padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Conv2d(16, 24, 3, stride=(2, 2), padding=1),
            nn.BatchNorm2d(24),
            nn.ReLU(),
            nn.Conv2d(24, 32, 3, stride=(2, 1), padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
        )
        self.enter = nn.Conv1d(32 * BANDS // 8, WIDTH, 1)
        self.fast = nn.Sequential(Block(WIDTH), Block(WIDTH))
        self.slower = nn.Conv1d(WIDTH, WIDTH, 2, stride=2)
        self.slow = nn.Sequential(Block(WIDTH), Block(WIDTH), Block(WIDTH))
        self.leave = nn.BatchNorm1d(WIDTH)
        self.features = nn.Conv1d(WIDTH, FEATURES, 1)
        self.wide = Block(WIDTH, dilation=2)
        self.talk = nn.Conv1d(WIDTH, 2, 1)
        self.age = nn.Sequential(nn.Dropout(0.3), nn.Conv1d(FEATURES, 1, 1))

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """See the class."""
        x = self.level(frames.transpose(1, 2))
        x = self.stem(x.unsqueeze(1)).flatten(1, 2)
        x = self.slow(self.slower(self.fast(self.enter(x))))
        features = self.features(torch.relu(self.leave(x)))
        talk = self.talk(torch.relu(self.wide(x)))
        adult = self.age(torch.relu(features))
        return talk[:, 0], talk[:, 1], adult[:, 0], features.transpose(1, 2)


def pooled(features: Tensor, rows: Tensor, first: Tensor, last: Tensor) -> Tensor:
    """Mean and deviation (p, 2 * FEATURES) of p stretches: steps first to last (exclusive) of some rows."""
    sums = nn.functional.pad(features.double().cumsum(1), (0, 0, 1, 0))
    squares = nn.functional.pad((features.double() ** 2).cumsum(1), (0, 0, 1, 0))
    count = (last - first).double()[:, None]
    mean = (sums[rows, last] - sums[rows, first]) / count
    spread = (squares[rows, last] - squares[rows, first]) / count - mean**2
    return torch.cat([mean, spread.clamp_min(_LEAST_DEVIATION).sqrt()], 1).float()


class Speakers(nn.Module):
    """Whose voice: additive angular margin softmax (Deng et al., 2019). For learning only."""

    def __init__(self, voices: int, margin: float = 0.2, scale: float = 30.0) -> None:
        """`voices`: how many classes."""
        super().__init__()
        self.norm = nn.BatchNorm1d(2 * FEATURES)
        self.point = nn.Linear(2 * FEATURES, EMBEDDING)
        self.centres = nn.Parameter(torch.randn(voices, EMBEDDING) * 0.05)
        self.margin, self.scale = margin, scale

    def forward(self, stretch: Tensor, voice: Tensor) -> Tensor:
        """The loss of p stretches (p, 2 * FEATURES) whose voices (p,) are known."""
        own = nn.functional.normalize(self.point(self.norm(stretch)))
        near = own @ nn.functional.normalize(self.centres).T
        angle = near.clamp(-1 + 1e-6, 1 - 1e-6).acos()
        true = nn.functional.one_hot(voice, near.shape[1]).bool()
        harder = torch.where(true, (angle + self.margin).cos(), near)
        return nn.functional.cross_entropy(self.scale * harder, voice, label_smoothing=0.05)
