"""A file's bytes, and the text in them: told by what is there, for names and editors lie about encodings."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from coachai.errors import InputRefused

MAX_BYTES = 20_000_000
"""Larger than the captions of any lesson: a day of talk is under 2 MB, with a time a word under 15."""

ODD_SHARE = 0.02
"""Share of control characters from which on a file is not text."""

_MARKED = (
    (codecs.BOM_UTF8, "UTF-8", "utf-8"),
    (codecs.BOM_UTF16_LE, "UTF-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "UTF-16", "utf-16-be"),
)
_OTHERS = (
    (b"PK\x03\x04", "a Word document or an archive; save what is in it as plain text (.txt)"),
    (b"%PDF", "a PDF; save the transcript as .vtt, .srt or plain text"),
    (b"{\\rtf", "a rich text document; save it as plain text (.txt)"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def bytes_of(path: Path) -> bytes:
    """What the file holds. Raises InputRefused where it cannot be opened or is too large."""
    try:
        if path.is_dir():
            raise InputRefused(
                "CAPTIONS_UNREADABLE", f"{path.name} is a folder; name the caption file in it."
            )
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputRefused(
                "CAPTIONS_TOO_LARGE",
                f"{path.name} is too large to be captions ({size / 1e6:.0f} MB; at most"
                f" {MAX_BYTES / 1e6:.0f} MB are read); is it another file?",
            )
        with path.open("rb") as file:
            # No more than that, whatever the size was said to be: a pipe or a device has none.
            raw = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise InputRefused(
            "CAPTIONS_UNREADABLE",
            f"The caption file {path.name} cannot be opened; check the name and that it may be read.",
        ) from problem
    if len(raw) > MAX_BYTES:
        raise InputRefused("CAPTIONS_TOO_LARGE", f"{path.name} is too large to be captions.")
    return raw


def decoded(raw: bytes, name: str) -> tuple[str, str]:
    """The text and the name of its encoding. Raises InputRefused for what is not text."""
    for head, what in _OTHERS:
        if raw.startswith(head):
            raise InputRefused("CAPTIONS_NOT_TEXT", f"{name} is {what}.")
    text, encoding = _decoded(raw)
    if len(_CONTROLS.findall(text.replace("\0", ""))) > ODD_SHARE * len(text):
        raise InputRefused(
            "CAPTIONS_NOT_TEXT", f"{name} is not a text file; choose captions saved as .vtt, .srt or .txt."
        )
    return text, encoding


def _decoded(raw: bytes) -> tuple[str, str]:
    for mark, encoding, codec in _MARKED:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(codec, "replace"), encoding
    if (wide := _wide(raw)) is not None:
        return raw.decode(wide, "replace"), "UTF-16"
    try:
        return raw.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
    # A stray byte in UTF-8 is replaced, as the WebVTT standard has it; where most are stray it is not UTF-8.
    beyond = sum(each > "\x7f" for each in text)
    if beyond >= 2 * text.count("\ufffd"):
        return text, "UTF-8, damaged"
    try:
        return raw.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "Latin-1"


def _wide(raw: bytes) -> str | None:
    """UTF-16 without its mark: Latin letters leave every other byte zero."""
    half = len(raw) // 2
    if half < 4:
        return None
    first, second = raw[0 : 2 * half : 2].count(0), raw[1 : 2 * half : 2].count(0)
    if second > 0.4 * half and first < 0.1 * half:
        return "utf-16-le"
    if first > 0.4 * half and second < 0.1 * half:
        return "utf-16-be"
    return None
