"""Files that ship with the program (rubrics, weights), in the wheel or in a checkout."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def resource(*parts: str) -> Traversable:
    """A shipped file or folder, e.g. ``resource("configs", "rubrics")``.

    The wheel carries `configs/` inside the package; in a checkout it stands beside `src/`.
    """
    packaged = files("coachai").joinpath(parts[0])
    root: Traversable = packaged if packaged.is_dir() else Path(__file__).parents[2] / parts[0]
    return root.joinpath(*parts[1:]) if parts[1:] else root
