"""Names that captions give: which one teaches, by what the person typed, and whose each line is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coachai.errors import InputRefused
from coachai.transcript import Line
from coachai.voices.projection import Array

_NAMES_SHOWN = 12


def teacher_named(asked: str, lines: Sequence[Line]) -> str:
    """The name in the lines that `asked` means: equal, or an unambiguous part; case and spaces aside.

    Raises InputRefused, listing the names that are there.
    """
    names = sorted({line.speaker for line in lines if line.speaker})
    wanted = _plain(asked)
    found = [name for name in names if _plain(name) == wanted] or [
        name for name in names if wanted and wanted in _plain(name)
    ]
    if len(found) == 1 or len({_plain(name) for name in found}) == 1:
        return found[0]
    if not names:
        raise InputRefused(
            "TEACHER_NOT_FOUND",
            f"These captions carry no speaker names, so “{asked}” cannot be looked up; "
            "leave --teacher out, or give --teacher-sample with a clip of the teacher's voice.",
        )
    shown = ", ".join(names[:_NAMES_SHOWN]) + (" …" if len(names) > _NAMES_SHOWN else "")
    if found:
        raise InputRefused(
            "TEACHER_NOT_CLEAR",
            f"“{asked}” fits several names in the captions ({', '.join(found)}); "
            "give --teacher one of them in full.",
        )
    raise InputRefused(
        "TEACHER_NOT_FOUND",
        f"“{asked}” is not among the names in the captions; give --teacher one of these: {shown}.",
    )


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def named_groups(lines: Sequence[Line]) -> tuple[list[str], Array]:
    """The names (k), and whose each of m lines is: ones and zeros, shape (m, k)."""
    names = sorted({line.speaker for line in lines if line.speaker})
    place = {name: k for k, name in enumerate(names)}
    chances = np.zeros((len(lines), len(names)))
    for row, line in enumerate(lines):
        chances[row, place[line.speaker or names[0]]] = 1.0
    return names, chances
