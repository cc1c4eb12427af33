"""Miniature x-vector models, saved as transformers saves them: random weights from a fixed seed."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    UniSpeechSatConfig,
    UniSpeechSatForXVector,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForXVector,
    WavLMConfig,
    WavLMForXVector,
)

FAMILIES = {
    "wavlm": (WavLMConfig, WavLMForXVector),
    "wav2vec2": (Wav2Vec2Config, Wav2Vec2ForXVector),
    "unispeech-sat": (UniSpeechSatConfig, UniSpeechSatForXVector),
}
SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "conv_dim": (16, 16),
    "conv_kernel": (400, 3),
    "conv_stride": (160, 2),
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "tdnn_dim": (16, 16, 32),
    "tdnn_kernel": (5, 3, 1),
    "tdnn_dilation": (1, 2, 1),
    "xvector_output_dim": 16,
    "num_labels": 4,
}


def model_folder(folder: Path, family: str = "wavlm") -> Path:
    """A model of that family and what prepares sound for it."""
    configure, build = FAMILIES[family]
    torch.manual_seed(7)
    build(configure(**SMALL)).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=16_000, do_normalize=True).save_pretrained(folder)
    return folder
