"""Write the JSON Schemas into a folder: `python -m coachai.report.schema docs/schema`."""

from __future__ import annotations

import sys
from pathlib import Path

from coachai.corrections.shape import corrections_schema
from coachai.report.codec import json_schema


def write_schemas(folder: Path) -> None:
    """Write the schemas of reports, transcripts and corrections into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("report", "transcript"):
        (folder / f"{kind}.schema.json").write_text(json_schema(kind), encoding="utf-8")
    (folder / "corrections.schema.json").write_text(corrections_schema(), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schema"))
