"""Make what the program hears voices with: scenes, then the network, then the table.

    python models/voices/train.py [--data ../shared/data] [--only scenes|network|table]

Needs torch and pyroomacoustics (`pip install 'coachai[train]'`). Each stage goes on where it was interrupted,
takes under an hour on two cores, and writes its result whole or not at all: scenes and checkpoints to
`models/voices/work`, `voices.onnx`, `voices.npz` and `card.json` beside this file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from models.voices import corpora, table  # noqa: E402

HERE = Path(__file__).parent
STAGES = ("scenes", "network", "table")


def main() -> None:
    """Run the stages that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=corpora.DATA)
    parser.add_argument("--work", type=Path, default=HERE / "work", help="scenes and checkpoints")
    parser.add_argument("--out", type=Path, default=HERE, help="where the weights go")
    parser.add_argument("--only", choices=STAGES, help="one stage; all of them where not given")
    parser.add_argument("--scenes", type=int, default=8000, help="of eight seconds")
    parser.add_argument("--passes", type=int, default=8)
    parser.add_argument("--stop", type=int, help="after so many passes, to go on another time")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    if not (asked.data / "speech").is_dir():
        sys.exit(f"The recordings are not at {asked.data}; name their folder with --data.")
    for stage in STAGES if asked.only is None else (asked.only,):
        {"scenes": _scenes, "network": _network, "table": _table}[stage](asked)


def _scenes(asked: argparse.Namespace) -> None:
    from models.voices import scenes

    scenes.make(asked.data, asked.work, asked.scenes, asked.processes)


def _network(asked: argparse.Namespace) -> None:
    from models.voices import scenes
    from models.voices.export import network_of, write_onnx
    from models.voices.learning import Recipe, adults_of, learn

    clips = scenes.taught_clips(asked.data)
    adult = adults_of(clips, [corpora.sound_of(each.path) for each in clips])
    kept = asked.work / "checkpoint.pt"
    learn(scenes.load(asked.work, asked.scenes), Recipe(passes=asked.passes, adult=adult), kept, asked.stop)
    write_onnx(network_of(kept), asked.out / "voices.onnx")


def _table(asked: argparse.Namespace) -> None:
    kept = asked.work / "samples.pkl"
    if not kept.exists():
        held = corpora.held_apart(corpora.clips(asked.data), asked.data)
        heard = table.samples(asked.data, asked.processes)
        both = [[each for each in heard if (each.clip.speaker in held) is apart] for apart in (False, True)]
        part = kept.with_suffix(".part")
        part.write_bytes(pickle.dumps(both))
        part.rename(kept)
    taught, _ = pickle.loads(kept.read_bytes())
    fitted = {name: each.astype(np.float32) for name, each in table.fitted(taught).items()}
    np.savez(asked.out / "voices.npz", **fitted)
    write_card(asked.out, asked.data)


def write_card(out: Path, data: Path) -> None:
    """What the program and the evaluation have to know of the weights: whom they heard, and their hashes."""
    clips = corpora.clips(data)
    held = corpora.held_apart(clips, data)
    every = {each.speaker for each in clips}
    heard = {turn[2] for meeting in corpora.meetings(data) for turn in meeting.turns}
    card = {
        "name": "voices",
        "version": "1",
        "licence": "CC BY 4.0",
        "date": datetime.now(UTC).date().isoformat(),
        "trained_on": "speechocean762, LibriSpeech train-clean-100 excerpts and AMI excerpts, all CC BY 4.0",
        "speakers": {"train": sorted(every - held | heard), "held": sorted(held)},
        "sha256": {name: _hash(out / name) for name in ("voices.onnx", "voices.npz")},
    }
    (out / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
