"""Miniature models in the real formats, built on the spot: they hear two tones, and that is all they can.

The checkpoints that `pipeline_folder` writes name the classes here, so pyannote.audio imports this module
when it loads them, as it would import its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import yaml
from pyannote.audio import Model
from pyannote.audio.core.task import Problem, Resolution, Specifications

from tests.voices.engines.two_tones import RATE, TONES

FRAME = 320  # samples
LOUD = 0.02
_BINS = tuple(round(tone * FRAME / RATE) for tone in TONES)


def _bands(waveforms: torch.Tensor) -> torch.Tensor:
    """How loud each tone is in each frame: (batch, frames, 2)."""
    frames = waveforms[:, 0].unfold(1, FRAME, FRAME) * torch.hann_window(FRAME)
    spectrum = torch.fft.rfft(frames).abs() / (FRAME / 4)
    return torch.stack([spectrum[..., each - 1 : each + 2].amax(-1) for each in _BINS], dim=-1)


class _Framed(Model):
    """The arithmetic of frames that pyannote.audio asks every model for."""

    def __init__(self, sample_rate: int = RATE, num_channels: int = 1, task: object = None) -> None:
        super().__init__(sample_rate=sample_rate, num_channels=num_channels, task=task)
        self.weight = torch.nn.Parameter(torch.ones(1))

    def num_frames(self, num_samples: int) -> int:
        return num_samples // FRAME

    def receptive_field_size(self, num_frames: int = 1) -> int:
        return FRAME * num_frames

    def receptive_field_center(self, frame: int = 0) -> int:
        return FRAME * frame + FRAME // 2


class TwoTones(_Framed):
    """Segmentation: which of the two tones sounds, as the powerset {}, {low}, {high}, {low, high}."""

    @property
    def dimension(self) -> int:
        return 4

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        low, high = (_bands(waveforms) > LOUD).long().unbind(-1)
        return torch.log(torch.nn.functional.one_hot(low + 2 * high, 4).float() + 1e-6) * self.weight


class Loudness(_Framed):
    """Embedding: how the sound is shared between the tones where the mask is 1."""

    @property
    def dimension(self) -> int:
        return 4

    def forward(self, waveforms: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
        loud = _bands(waveforms)
        if weights is None:
            weights = torch.ones(loud.shape[:2])
        mask = torch.nn.functional.interpolate(weights[:, None], loud.shape[1])[:, 0, :, None]
        alone = (loud > LOUD).sum(-1, keepdim=True) == 1
        mask = mask * alone + 1e-6
        share = (loud * mask).sum(1) / mask.sum(1)
        share = share / (share.sum(-1, keepdim=True) + 1e-9)
        return torch.cat([share, 0.1 * torch.ones_like(share)], dim=-1) * self.weight


def _checkpoint(model: Model, specifications: Specifications, path: Path) -> None:
    model.specifications = specifications
    held = {
        "state_dict": model.state_dict(),
        "hyper_parameters": dict(model.hparams),
        "pytorch-lightning_version": "2.0.0",
        "epoch": 0,
        "global_step": 0,
        "loops": {},
    }
    model.on_save_checkpoint(held)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(held, path)


def pipeline_folder(folder: Path) -> Path:
    """A speaker diarization pipeline in the shape of community-1: segmentation, embedding, PLDA, VBx."""
    hears = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=5.0,
        classes=["one", "other"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    knows = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=5.0, classes=["low", "high"]
    )
    _checkpoint(TwoTones(), hears, folder / "segmentation" / "pytorch_model.bin")
    _checkpoint(Loudness(), knows, folder / "embedding" / "pytorch_model.bin")
    plda = folder / "plda"
    plda.mkdir(exist_ok=True)
    none, every = np.zeros(4), np.eye(4)
    np.savez(plda / "xvec_transform.npz", mean1=none, mean2=none, lda=every)
    np.savez(plda / "plda.npz", mu=none, tr=10 * every, psi=np.array([4.0, 3.0, 2.0, 1.0]))
    config = {
        "dependencies": {"pyannote.audio": "4.0.0"},
        "pipeline": {
            "name": "pyannote.audio.pipelines.SpeakerDiarization",
            "params": {
                "clustering": "VBxClustering",
                "segmentation": "$model/segmentation",
                "segmentation_batch_size": 8,
                "embedding": "$model/embedding",
                "embedding_batch_size": 8,
                "embedding_exclude_overlap": True,
                "plda": "$model/plda",
            },
        },
        "params": {
            "clustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8},
            "segmentation": {"min_duration_off": 0.0},
        },
    }
    folder.joinpath("config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder
