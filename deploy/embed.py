"""Writes the applications of `configs/serve-gpu.yaml` into `deploy/rayservice.yaml`: one text, one place."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).parent
SERVE = HERE.parent / "configs" / "serve-gpu.yaml"
MANIFEST = HERE / "rayservice.yaml"
BLOCK = re.compile(r"^  serveConfigV2: \|\n(?:(?:    .*)?\n)*", re.MULTILINE)


def embed(serve: str, manifest: str) -> str:
    """The manifest with the applications of a Serve configuration in its block `serveConfigV2`."""
    applications = {"applications": yaml.safe_load(serve)["applications"]}
    text = yaml.safe_dump(applications, sort_keys=False, width=100)
    block = "  serveConfigV2: |\n" + "".join(f"    {line}\n" for line in text.splitlines())
    changed, times = BLOCK.subn(lambda _: block, manifest)
    if times != 1:
        raise ValueError(f"{times} blocks serveConfigV2 in the manifest, not one")
    return changed


if __name__ == "__main__":
    MANIFEST.write_text(embed(SERVE.read_text(encoding="utf-8"), MANIFEST.read_text(encoding="utf-8")))
    sys.stdout.write(f"{MANIFEST.name} holds the applications of {SERVE.name}\n")
