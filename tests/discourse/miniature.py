"""A model small enough for a test to make: it knows a few words and hears a little of what stands around."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from coachai.discourse.card import COLUMNS, WIDTH
from coachai.discourse.windows import MARKERS
from coachai.readings import STUDENT_MOVES, TEACHER_MOVES

EDGES = ("[CLS]", "[SEP]", "[PAD]")
CONTEXT = 0.25
"""How much the mean of everything in a sequence counts beside an utterance's own words."""

KNOWN: Mapping[str, Mapping[str, float]] = {
    "why": {"question": 3.0, "press_for_reasoning": 3.0},
    "what": {"question": 3.0},
    "?": {"question": 2.0},
    "because": {"providing_evidence": 3.0},
    "half": {"making_a_claim": 2.0},
    "everyone": {"keeping_everyone_together": 3.0},
    "so": {"uptake": 2.0, "focusing": 1.0},
    "okay": {"uptake": -2.0, "focusing": -1.0},
}
"""What the words of the miniature make it read; any other word pulls a little in a direction of its own."""

CALIBRATION: Mapping[str, Any] = {
    "question": {"scale": 4.0, "shift": -2.0},
    "teacher": {"scale": 4.0, "shifts": [1.0, 0, 0, 0, 0, 0, 0]},
    "student": {"scale": 4.0, "shifts": [1.0, 0, 0, 0, 0]},
    "uptake": {"scale": 4.0, "shift": 0.0},
    "focusing": {"scale": 4.0, "shifts": [1.0, -1.0]},
}
_PLACES = {
    "question": 0,
    **{name: COLUMNS["teacher"].start + 1 + k for k, name in enumerate(TEACHER_MOVES)},
    **{name: COLUMNS["student"].start + 1 + k for k, name in enumerate(STUDENT_MOVES)},
    "uptake": COLUMNS["uptake"].start,
    "focusing": COLUMNS["focusing"].start,
}


def build(folder: Path, name: str = "talkmoves", **changes: Any) -> Path:
    """Write a whole model to a folder; `changes` replace entries of its card."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "model.onnx").write_bytes(_network(tokenizer))
    open_only = name == "open"
    tasks = ["uptake", "focusing"] if open_only else list(COLUMNS)
    card = {
        "name": name,
        "version": "1",
        "licence": "Apache-2.0" if open_only else "CC BY-NC-SA 4.0",
        "edges": [tokenizer.token_to_id(each) for each in EDGES],
        "markers": [tokenizer.token_to_id(each) for each in MARKERS],
        "tasks": tasks,
        "calibration": {task: CALIBRATION[task] for task in tasks},
        "date": "2026-01-01",
        "trained_on": "a few words that a test made up",
        "sha256": {each: _sha256(folder / each) for each in ("model.onnx", "tokenizer.json")},
    }
    (folder / "card.json").write_text(json.dumps({**card, **changes}), encoding="utf-8")
    return folder


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _tokenizer() -> Tokenizer:
    """Whole words; words it has never seen are spelled, so that every text has tokens."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words = " ".join(word for word in KNOWN for _ in range(50))
    alphabet = [chr(code) for code in range(33, 127)]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["[UNK]", *EDGES],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator([words], trainer)
    tokenizer.add_special_tokens(list(MARKERS))
    return tokenizer


def _network(tokenizer: Tokenizer) -> bytes:
    """Every token has a direction among the numbers; an utterance's own mean and a little of all around."""
    size = tokenizer.get_vocab_size()
    directions = np.random.default_rng(0).normal(0, 0.15, (size, WIDTH)).astype(np.float32)
    for word, means in KNOWN.items():
        directions[tokenizer.token_to_id(word)] = 0
        for label, weight in means.items():
            directions[tokenizer.token_to_id(word), _PLACES[label]] = weight
    ints = {
        "ids": ("sequences", "tokens"),
        "attention": ("sequences", "tokens"),
        "marks": ("sequences", "utterances"),
    }
    constants = {
        "directions": directions,
        "last": np.array([-1], dtype=np.int64),
        "middle": np.array([1], dtype=np.int64),
        "little": np.array(CONTEXT, dtype=np.float32),
    }
    node = helper.make_node
    graph = helper.make_graph(
        [
            node("Gather", ["directions", "ids"], ["hidden"]),
            node("Unsqueeze", ["marks", "last"], ["places"]),
            node("GatherND", ["hidden", "places"], ["marked"], batch_dims=1),
            node("MatMul", ["pool", "hidden"], ["own"]),
            node("Cast", ["attention"], ["there"], to=TensorProto.FLOAT),
            node("Unsqueeze", ["there", "middle"], ["row"]),
            node("MatMul", ["row", "hidden"], ["together"]),
            node("ReduceSum", ["row", "last"], ["count"], keepdims=1),
            node("Div", ["together", "count"], ["around"]),
            node("Add", ["marked", "around"], ["context"]),
            node("Mul", ["context", "little"], ["quiet"]),
            node("Add", ["own", "quiet"], ["logits"]),
        ],
        "miniature",
        [
            *(helper.make_tensor_value_info(name, TensorProto.INT64, its) for name, its in ints.items()),
            helper.make_tensor_value_info("pool", TensorProto.FLOAT, ("sequences", "utterances", "tokens")),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ("sequences", "utterances", WIDTH))],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model)
    return bytes(model.SerializeToString())
