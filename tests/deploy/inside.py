"""Runs inside walls like the image's: starts Ray and Serve, asks for health, overfills Ray's memory."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from pathlib import Path

MEBI = 2**20


def _holds_more_than(path: Path, size: int) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size > size


def _resident() -> int:
    """Bytes that all processes in here keep in memory, what they share counted once."""
    total = 0
    for each in Path("/proc").glob("[0-9]*/smaps_rollup"):
        lines = each.read_text(encoding="utf-8").splitlines()
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def main() -> None:
    """Write what was seen as JSON, last line of the output."""
    import numpy as np
    import ray
    from ray import serve

    started = time.monotonic()
    # Without a network there is no other address; in a container Ray finds its own.
    ray.init(num_cpus=1, include_dashboard=False, object_store_memory=80 * MEBI, _node_ip_address="127.0.0.1")

    @serve.deployment(ray_actor_options={"num_cpus": 0.1})
    class Hello:
        def __call__(self) -> str:
            return "hello"

    serve.run(Hello.bind())  # type: ignore[attr-defined]
    with urllib.request.urlopen("http://127.0.0.1:8000/-/healthz", timeout=10) as answer:
        health = answer.status
    seconds, resident = time.monotonic() - started, _resident()
    kept = [ray.put(np.full(20 * MEBI, each, np.uint8)) for each in range(8)]
    back = [int(ray.get(each)[0]) for each in kept]
    session = Path(os.environ["RAY_TMPDIR"], "ray")
    spilled = Path(sys.argv[1])
    seen = {
        "user": os.getuid(),
        "health": health,
        "seconds": round(seconds, 1),
        "resident_mebibytes": round(resident / MEBI),
        "back": back,
        "spilled": sum(_holds_more_than(each, 10 * MEBI) for each in spilled.rglob("*")),
        "elsewhere": [str(each) for each in session.rglob("*") if _holds_more_than(each, 10 * MEBI)],
        "root": os.access("/", os.W_OK) or os.access(sys.prefix, os.W_OK),
    }
    sys.stdout.write("\n" + json.dumps(seen) + "\n")


if __name__ == "__main__":
    main()
