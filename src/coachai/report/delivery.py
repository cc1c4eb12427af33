"""The output folder: checked before the work starts, filled whole or not at all at its end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from coachai.errors import CoachaiError, EnvironmentLacks, InputRefused
from coachai.report.files import write_whole

_WORK = ".coachai-work-"


@contextmanager
def workplace(out: Path) -> Iterator[Path]:
    """A private folder inside `out` for working files; gone at the end, and `out` too if left empty.

    It stands in `out` because sound is large and the system's own temporary place may be small. What a
    killed run left behind (children's voices, perhaps) is removed first. Raises InputRefused
    (OUT_IS_A_FILE) and EnvironmentLacks (CANNOT_WRITE).
    """
    if out.exists() and not out.is_dir():
        raise InputRefused("OUT_IS_A_FILE", f"{out} is a file. Name a folder with --out.")
    missing = [each for each in (out, *out.parents) if not each.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(out)
        work = Path(tempfile.mkdtemp(prefix=f"{_WORK}{os.getpid()}-", dir=out))
    except OSError as error:
        why = (error.strerror or "the system refused").lower()
        raise EnvironmentLacks(
            "CANNOT_WRITE", f"Cannot write in {out}: {why}. Choose another folder with --out."
        ) from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        for folder in missing:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def deliver(out: Path, work: Path, contents: Mapping[str, bytes | str | Path]) -> None:
    """Write every file beside the others in `work`, then move them all into `out`.

    A Path is a finished file in `work` that is moved. Raises EnvironmentLacks (DISK_FULL, CANNOT_WRITE);
    then nothing in `out` has changed.
    """
    for name, content in contents.items():
        if not isinstance(content, Path):
            write_whole(work / name, content)
    for name, content in contents.items():
        target = out / name
        if target.is_dir():
            raise InputRefused("NAME_TAKEN", f"{target} is a folder. Move it or choose another --out.")
        try:
            os.replace(content if isinstance(content, Path) else work / name, target)
        except OSError as error:
            why = (error.strerror or "the system refused").lower()
            raise EnvironmentLacks(
                "CANNOT_WRITE", f"Cannot write {target}: {why}. Choose another folder with --out."
            ) from error


def disk_trouble(error: OSError) -> CoachaiError:
    """What to tell a person when the system refuses a file somewhere in the work."""
    return EnvironmentLacks(
        "SYSTEM_REFUSED",
        f"The system refused a file: {(error.strerror or 'no reason given').lower()}. "
        "Check that there is room on the disk and that you may read and write here, then run it again.",
    )


def _remove_abandoned(out: Path) -> None:
    for left in out.glob(f"{_WORK}*"):
        owner = left.name.removeprefix(_WORK).split("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
