"""What every engine needs on this machine: a model's folder, the packages that run it, and a device."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from coachai.errors import EnvironmentLacks, InputRefused

DEVICES = ("auto", "cpu", "cuda")

PACKAGES = {"pyannote": ("torch", "pyannote", "pyannote.audio"), "xvector": ("torch", "transformers")}
"""What --voices takes before a colon and a folder, also an extra's name, and the packages that each needs."""


def folder_of(said: str, kind: str) -> Path:
    """The folder that a person named after `kind:`. Raises InputRefused (NO_VOICE_MODEL)."""
    folder = Path(said).expanduser()
    if not said.strip() or not folder.is_dir():
        named = f"There is no folder {said}" if said.strip() else "No folder is named"
        raise InputRefused(
            "NO_VOICE_MODEL",
            f"{named}: give --voices {kind}: and the folder of a model on this machine; none is fetched.",
        )
    return folder


def plain_name(folder: Path) -> str:
    """What a model's folder is called, for a report: reports travel, and paths tell about a person's machine.

    A folder in the cache that Hugging Face programs share is called after its model.
    """
    whole = folder.resolve()
    if whole.parent.name == "snapshots":
        return whole.parents[1].name.rpartition("--")[2]
    return whole.name


def are_here(extra: str) -> bool:
    """Whether the packages of the extra are installed; nothing is imported."""
    return all(importlib.util.find_spec(package) is not None for package in PACKAGES[extra])


def require_packages(extra: str) -> None:
    """Raise EnvironmentLacks (NO_VOICE_ENGINE) where a package of the extra is not installed."""
    if not are_here(extra):
        raise EnvironmentLacks(
            "NO_VOICE_ENGINE",
            f"What runs such models is not installed: pip install 'coachai[{extra}]', or leave out --voices.",
        )


def stay_offline() -> None:
    """Keep what Hugging Face programs import from going online, whatever else is set."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def torch_device(device: str) -> Any:
    """Where torch runs a model: `auto` takes a GPU where there is one. Raises as the engines say."""
    import torch

    if device not in DEVICES:
        raise InputRefused("UNKNOWN_DEVICE", f"There is no device called {device}: use auto, cpu or cuda.")
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise EnvironmentLacks("NO_GPU", "No GPU can be used here: choose --device cpu or auto.")
    return torch.device("cuda" if there and device != "cpu" else "cpu")


def cannot_load(folder: Path, extra: str) -> EnvironmentLacks:
    """What to say where a model's files are there and cannot be loaded."""
    return EnvironmentLacks(
        "VOICE_MODEL_DAMAGED",
        f"The model in {folder} cannot be loaded: get its folder again, whole (after git clone: git lfs "
        f"pull), and see that what runs it is of the right version (pip install -U 'coachai[{extra}]').",
    )
