"""Writing a file whole or not at all, and saying in one sentence why it could not be written."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

from coachai.errors import EnvironmentLacks

_FULL = {errno.ENOSPC, errno.EDQUOT}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


def write_whole(path: Path, content: bytes | str) -> None:
    """Put `content` (text as UTF-8) at `path`; afterwards the old file or the new one stands there, whole.

    Text that no encoding can hold (lone surrogates, as in a file name that is not UTF-8) becomes U+FFFD.
    Raises EnvironmentLacks (DISK_FULL, CANNOT_WRITE) with nothing half-written.
    """
    data = content if isinstance(content, bytes) else well_formed(content).encode("utf-8")
    part = path.with_name(f".coachai-{secrets.token_hex(8)}.part")
    try:
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            # Also on Ctrl-C: whoever interrupts us should not find our rubbish in their folder.
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        _settle(path.parent)
    except OSError as error:
        raise _refusal(path, error) from error


def well_formed(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot carry, replaced by U+FFFD."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _settle(folder: Path) -> None:
    """Make the new name durable; file systems that cannot do this for a folder need not."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _refusal(path: Path, error: OSError) -> EnvironmentLacks:
    if error.errno in _FULL:
        return EnvironmentLacks(
            "DISK_FULL",
            f"There is no room left on the disk to write {path.name}. Free some space and run it again.",
        )
    if error.errno in _CLOSED:
        why = "this folder does not let us write"
    elif error.errno in {errno.ENOENT, errno.ENOTDIR}:
        why = "the folder is not there"
    elif error.errno == errno.EISDIR:
        why = "a folder of that name is in its place"
    else:
        why = (error.strerror or "the system refused").lower()
    return EnvironmentLacks(
        "CANNOT_WRITE", f"Cannot write {path.name}: {why}. Choose another folder with --out."
    )
