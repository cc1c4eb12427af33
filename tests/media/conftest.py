"""Recordings made once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.media.making import Making, make


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`made("a.mkv", late=2.0)`: the path of such a recording, written the first time it is asked for."""
    folder = tmp_path_factory.mktemp("made")
    seen: dict[tuple[str, Making], Path] = {}

    def get(name: str, **changes: Any) -> Path:
        key = name, Making(**changes)
        if key not in seen:
            place = folder / str(len(seen))
            place.mkdir()
            seen[key] = make(place / name, key[1])
        return seen[key]

    return get
