"""Files appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coachai.errors import EnvironmentLacks
from coachai.media.refusals import lacking

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What a write answers when there is no room."""


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A new empty file beside `target` to write to, renamed to it at the end and removed on any failure.

    Raises EnvironmentLacks: NOT_WRITABLE, DISK_FULL.
    """
    partial = target.parent / f".{target.name[:40]}-{secrets.token_hex(4)}.part"
    try:
        try:
            partial.touch(mode=0o644, exist_ok=False)
        except OSError as problem:
            raise _said(problem, target) from None
        yield partial
        try:
            partial.replace(target)
        except OSError as problem:
            raise _said(problem, target) from None
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def _said(problem: OSError, target: Path) -> EnvironmentLacks:
    if problem.errno in FULL:
        return lacking("DISK_FULL")
    return lacking("NOT_WRITABLE", folder=target.parent.name or str(target.parent))
