"""Write what ships: the averaged weights of a pass as an int8 ONNX file, with its tokenizer and card.

    python models/discourse/export.py --work models/discourse/work --out models/discourse/talkmoves

The card is complete except for its calibration, which `calibrate.py` adds from the file written here.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from network import TASKS, Reader, load_encoder
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from coachai.discourse.windows import MARKERS, batch

LICENCES = {
    "talkmoves": "CC BY-NC-SA 4.0",
    "open": "Apache-2.0",
}
TRAINED_ON = {
    "talkmoves": "TalkMoves lessons (CC BY-NC-SA 4.0); uptake and focusing exchanges of NCTE lessons (MIT)",
    "open": "uptake and focusing exchanges of NCTE lessons (MIT)",
}
INPUTS = ("ids", "attention", "marks", "pool")


def reader_of(work: Path, passes: Sequence[int]) -> tuple[Reader, Path]:
    """The mean of the weights after these passes, and the tokenizer's folder.

    Passes at whose ends the learning rate had fallen to nothing lie around one good place, and their middle
    is often better than each (Izmailov et al. 2018, stochastic weight averaging).
    """
    told = json.loads((work / "trained.json").read_text(encoding="utf-8"))
    reader, tokenizer = load_encoder(told["encoder"])
    found = [
        torch.load(work / f"pass-{passed}.pt", map_location="cpu", weights_only=True) for passed in passes
    ]
    reader.load_state_dict(
        {
            name: torch.stack([each[name] for each in found]).mean(dim=0)
            if whole.is_floating_point()
            else whole
            for name, whole in found[0].items()
        }
    )
    folder = work / "tokenizer"
    if not folder.is_dir():
        tokenizer.save_pretrained(folder)
    return reader.eval(), folder


def write_onnx(reader: Reader, path: Path) -> None:
    """The network with dynamic weights of eight bits; a step through single precision on the way."""
    sample = batch([[[5] * 4, [6] * 5], [[7] * 6]], (1, 2, 0))
    given = tuple(torch.from_numpy(getattr(sample, name)) for name in INPUTS)
    shapes = {
        "ids": {0: "sequences", 1: "tokens"},
        "attention": {0: "sequences", 1: "tokens"},
        "marks": {0: "sequences", 1: "utterances"},
        "pool": {0: "sequences", 1: "utterances", 2: "tokens"},
    }
    with tempfile.TemporaryDirectory() as folder:
        whole, ready = Path(folder) / "whole.onnx", Path(folder) / "ready.onnx"
        torch.onnx.export(
            reader,
            given,
            str(whole),
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_axes=shapes,
            opset_version=17,
            dynamo=False,
        )
        quant_pre_process(str(whole), str(ready), skip_symbolic_shape=True)
        # Seven bits of eight: with all, sums overflow on processors without VNNI (onnxruntime, notes on
        # quantization), and on those that have it the figures are the same within a hundredth.
        quantize_dynamic(
            str(ready), str(path), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
        )


def sha256(path: Path) -> str:
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_card(out: Path, name: str, tokenizer: Path) -> None:
    """The facts that the program needs beside the weights."""
    from transformers import AutoTokenizer

    its = AutoTokenizer.from_pretrained(tokenizer)
    begin = its.cls_token_id if its.cls_token_id is not None else its.bos_token_id
    end = its.sep_token_id if its.sep_token_id is not None else its.eos_token_id
    card = {
        "name": name,
        "version": "1",
        "licence": LICENCES[name],
        "edges": [begin, end, its.pad_token_id],
        "markers": its.convert_tokens_to_ids(list(MARKERS)),
        "tasks": [task for task, _ in TASKS] if name == "talkmoves" else ["uptake", "focusing"],
        "calibration": {},
        "date": datetime.date.today().isoformat(),
        "trained_on": TRAINED_ON[name],
        "sha256": {file: sha256(out / file) for file in ("model.onnx", "tokenizer.json")},
    }
    (out / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--pass", type=int, nargs="+", dest="passes", help="which passes; the last one that is there"
    )
    told = parser.parse_args()
    done = sorted(int(each.stem.split("-")[1]) for each in told.work.glob("pass-*.pt"))
    reader, tokenizer = reader_of(told.work, told.passes or done[-1:])
    told.out.mkdir(parents=True, exist_ok=True)
    write_onnx(reader, told.out / "model.onnx")
    shutil.copyfile(tokenizer / "tokenizer.json", told.out / "tokenizer.json")
    write_card(told.out, told.out.name, tokenizer)
    print(f"{told.out / 'model.onnx'}: {(told.out / 'model.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
