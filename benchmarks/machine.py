"""On what and when a figure was measured."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path


def machine() -> dict[str, str]:
    """The date and the machine, in words."""
    model = "unknown processor"
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        names = [
            row for row in listed.read_text(encoding="utf-8").splitlines() if row.startswith("model name")
        ]
        model = names[0].partition(":")[2].strip() if names else model
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}",
    }


RESULTS = Path(__file__).with_name("RESULTS.md")


def keep(section: str, text: str, file: Path = RESULTS) -> None:
    """Put a benchmark's page into its own section of a file; the other sections stay as they are."""
    first, last = f"<!-- {section} -->\n", f"<!-- end of {section} -->\n"
    page = file.read_text(encoding="utf-8") if file.exists() else ""
    before, found, rest = page.partition(first)
    after = rest.partition(last)[2] if found else ""
    file.write_text(f"{before}{first}{text}{last}{after}", encoding="utf-8")
