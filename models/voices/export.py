"""Write a learned network as ONNX, as the program runs it, and check that both say the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch

from models.voices.network import BANDS, Network

AGREE = 2e-3
"""Most that an answer may differ: both compute in single precision, in another order."""


def network_of(kept: Path) -> Network:
    """The network of the last pass that is kept."""
    network = Network()
    network.load_state_dict(torch.load(kept, weights_only=True)["state"][0])
    return network.eval()


def write_onnx(network: Network, target: Path) -> None:
    """Write it for any number of frames; raises SystemExit where ONNX says something else than torch."""
    shown = torch.randn(1, 400, BANDS, generator=torch.Generator().manual_seed(1)) - 6.0
    names = ["speech", "overlap", "adult", "features"]
    part = target.with_suffix(".part")
    torch.onnx.export(
        network,
        (shown,),
        str(part),
        input_names=["frames"],
        output_names=names,
        dynamic_axes={"frames": {0: "b", 1: "t"}, **{name: {0: "b", 1: "steps"} for name in names}},
        dynamo=False,
    )
    with torch.no_grad():
        wanted = network(shown)
    told = onnxruntime.InferenceSession(str(part), providers=["CPUExecutionProvider"]).run(
        None, {"frames": shown.numpy()}
    )
    far = max(float(np.abs(a.numpy() - b).max()) for a, b in zip(wanted, told, strict=True))
    if far > AGREE:
        part.unlink()
        raise SystemExit(f"ONNX and torch differ by {far:.4f}: nothing was written.")
    part.rename(target)
    print(f"{target}: {target.stat().st_size / 2**20:.1f} MiB, within {far:.1e} of torch")
