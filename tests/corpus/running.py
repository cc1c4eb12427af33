"""Running the corpus through `coachai analyze`, in two processes at a time."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tests.corpus.cases import CASES
from tests.corpus.source import KEPT

WORKERS = 2
_PROGRESS = re.compile(r"[A-Z][a-z ]+ \.\.\.")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What came of one file: exit code, what stands on stderr besides progress, notes, files, seconds.

    `leaked`: the path of the file was told. `found` are the files that hold what must stand in none.
    """

    code: int
    sentences: tuple[str, ...] = ()
    usable: str = ""
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    leaked: bool = False
    found: tuple[str, ...] = ()
    making: float = 0.0
    seconds: float = 0.0


def ran(numbers: Sequence[int]) -> Iterator[tuple[int, Said]]:
    """What `coachai analyze` says about those cases (by number), as it comes."""
    with (
        tempfile.TemporaryDirectory() as kept,
        ProcessPoolExecutor(
            WORKERS, mp_context=get_context("spawn"), initializer=_share, initargs=(kept,)
        ) as pool,
    ):
        yield from zip(numbers, pool.map(_said, numbers), strict=True)


def _share(folder: str) -> None:
    os.environ[KEPT] = folder


def _said(number: int) -> Said:
    from typer.testing import CliRunner

    from coachai.cli import app
    from coachai.report.codec import read_transcript

    case = CASES[number]
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        path, out = Path(folder) / case.name, Path(folder) / "out"
        path.write_bytes(case.make())
        made = time.monotonic()
        arguments = ["analyze", str(path), "--rubric", "wait-time", "--asr", "none", "--out", str(out)]
        answer = CliRunner().invoke(app, [*arguments, *case.options])
        finished = time.monotonic()
        heard = read_transcript(out / "transcript.json") if answer.exit_code == 0 else None
        files = sorted(str(each.relative_to(out)) for each in out.rglob("*")) if out.exists() else []
        beside = sorted(each.name for each in Path(folder).iterdir() if each not in (path, out))
        return Said(
            code=answer.exit_code,
            sentences=tuple(line for line in answer.stderr.splitlines() if not _PROGRESS.fullmatch(line)),
            usable=heard.usable if heard else "",
            notes=(*heard.recording.notes, *heard.quality.notes) if heard else (),
            files=(*files, *beside),
            leaked=folder in answer.stderr,
            found=tuple(
                each for each in files if each.endswith(case.absent_in) and _holds(out / each, case.absent)
            ),
            making=made - started,
            seconds=finished - made,
        )


def _holds(path: Path, marks: Sequence[bytes]) -> bool:
    content = path.read_bytes() if path.is_file() else b""
    return any(mark in content for mark in marks)


def matches(text: str, said: str) -> bool:
    """Whether a sentence is the expected one; `{n}` stands for a number or a time."""
    pattern = "".join(
        re.escape(part) if part != "{n}" else r"[0-9][0-9:.]*" for part in re.split(r"(\{n\})", text)
    )
    return re.fullmatch(pattern, said) is not None


def main(wanted: Sequence[str]) -> None:
    """Print what is said about the cases whose row or name contains one of `wanted` (all, if none)."""
    numbers = [
        k for k, each in enumerate(CASES) if not wanted or any(w in f"{each.row} {each.name}" for w in wanted)
    ]
    for number, said in ran(numbers):
        case = CASES[number]
        outcome = said.usable or f"exit {said.code}"
        expected = case.outcome if case.outcome not in ("rejected", "not_scored") else "exit 2"
        told = said.notes if said.usable else said.sentences
        right = outcome == expected and len(told) == len(case.texts) and all(map(matches, case.texts, told))
        print(  # noqa: T201
            f"{'' if right else 'WRONG '}{case.row} {case.name}: {outcome} {list(told)} "
            f"made {said.making:.1f} s, ran {said.seconds:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
