"""Puts the weights that read classroom talk into the wheel: those that are there; a copy may lack some."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODELS = ("talkmoves", "open")
FILES = ("card.json", "model.onnx", "tokenizer.json", "LICENSE")


class Weights(BuildHookInterface):  # type: ignore[type-arg]
    """Adds each model of `models/discourse` with the licence of its weights."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Name the files of every model that is there. Raises FileNotFoundError where one is not whole."""
        for name in MODELS:
            folder = Path(self.root, "models", "discourse", name)
            # A licence may stand where the weights it speaks of do not.
            for file in FILES if (folder / "card.json").is_file() else ():
                if not (folder / file).is_file():
                    raise FileNotFoundError(f"models/discourse/{name} lacks {file}")
                build_data["force_include"][str(folder / file)] = f"coachai/models/discourse/{name}/{file}"
