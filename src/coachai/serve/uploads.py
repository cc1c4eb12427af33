"""A form with one file, written to a folder while it comes in.

The file's own name and type are not looked at and kept nowhere: what it is its content says, to `media`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from anyio.to_thread import run_sync
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from coachai.media.writing import FULL
from coachai.serve.limits import Limits
from coachai.serve.problems import SAID, Refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FILE = "file"
"""The field that holds the file."""

MOST_FIELDS, MOST_FIELD_BYTES = 50, 100_000
"""Fields beside the file, and bytes in all of them: a prompt is a page at most."""

MOST_BESIDE = 200_000
"""Bytes of a request beside its file: fields, boundaries and the headers of parts."""

BLOCK = 1 << 20
"""Bytes that are written at once, beside the event loop."""

_NAME = re.compile(r"\w{1,40}(\[\])?", re.ASCII)


@dataclass(slots=True)
class Form:
    """What was sent: the fields in order, and the file."""

    file: Path
    fields: list[tuple[str, str]] = field(default_factory=list)


async def received(request: Request, folder: Path, limits: Limits) -> Form:
    """The form of a request, its file in `folder`.

    Raises Refused: NOT_A_FORM, BAD_FORM, NO_FILE, TOO_LARGE (as soon as it is), STALLED, DISK_FULL, and
    ClientDisconnect where the sender has left.
    """
    boundary = _boundary(request)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.upload_bytes + MOST_BESIDE:
        raise too_large(limits)
    form = Form(folder / "upload")
    try:
        with form.file.open("xb") as file:
            parts = _Parts(form, limits)
            parser = MultipartParser(boundary, parts.callbacks())
            async with aclosing(_chunks(request, limits)) as chunks:
                await _pour(parser, parts, chunks, file)
    except FormParserError:
        raise _bad_form() from None
    except OSError as problem:
        if problem.errno in FULL:
            raise Refused(507, "DISK_FULL", SAID["DISK_FULL"]) from None
        raise
    if not parts.ended:
        raise Refused(400, "BAD_FORM", "The upload broke off before its end. Send it again.")
    if not parts.has_file:
        raise Refused(
            400, "NO_FILE", "There is no file in this request: send it in the field file.", param=FILE
        )
    return form


async def body_of(request: Request, most: int, limits: Limits) -> bytes:
    """A body of at most `most` bytes. Raises Refused (TOO_LARGE, STALLED)."""
    body = bytearray()
    async with aclosing(_chunks(request, limits)) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > most:
                raise Refused(
                    413, "TOO_LARGE", f"This request is larger than {most / 1e6:g} MB: send less at once."
                )
    return bytes(body)


def too_large(limits: Limits) -> Refused:
    """For a file that is larger than is taken."""
    return Refused(
        413,
        "TOO_LARGE",
        f"This file is larger than {limits.upload_bytes / 1e6:g} MB, the most that is taken here. Send its "
        "sound alone, or a part of it.",
        param=FILE,
    )


def shown(name: str) -> str:
    """A field's name as it may be said back; what is none is not repeated."""
    return name if _NAME.fullmatch(name) else "…"


def _bad_form() -> Refused:
    return Refused(
        400, "BAD_FORM", "This form cannot be read. Send it as multipart/form-data, with one file."
    )


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise Refused(
            415, "NOT_A_FORM", "Send the recording as a form (multipart/form-data), in the field file."
        )
    if not options.get(b"boundary"):
        raise _bad_form()
    return options[b"boundary"]


async def _chunks(request: Request, limits: Limits) -> AsyncGenerator[bytes, None]:
    """The body as it comes; whoever sends nothing for a while is let go."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(limits.stalled_s):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise Refused(
                408,
                "STALLED",
                f"Nothing came for {limits.stalled_s:g} seconds. Check your connection and send it again.",
                headers={"Connection": "close"},
            ) from None
        if chunk is None:
            return
        yield chunk


async def _pour(parser: MultipartParser, parts: _Parts, chunks: AsyncIterator[bytes], file: BinaryIO) -> None:
    async for chunk in chunks:
        parts.count(len(chunk))
        parser.write(chunk)
        if len(parts.waiting) >= BLOCK:
            await run_sync(file.write, parts.taken())
    await run_sync(file.write, parts.taken())


class _Parts:
    """What a form's parts add up to, told by a parser."""

    def __init__(self, form: Form, limits: Limits) -> None:
        self.has_file = False
        self.ended = False
        self.waiting = bytearray()
        self._form = form
        self._limits = limits
        self._all, self._file_bytes, self._field_bytes = 0, 0, 0
        self._header, self._value = b"", b""
        self._disposition = b""
        self._name: str | None = None
        self._text = bytearray()

    def callbacks(self) -> MultipartCallbacks:
        """By the names that the parser knows."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all_ended,
        }

    def count(self, size: int) -> None:
        """Bytes have come in, of whatever. Raises Refused (TOO_LARGE)."""
        self._all += size
        if self._all > self._limits.upload_bytes + MOST_BESIDE:
            raise too_large(self._limits)

    def taken(self) -> bytes:
        """What is to be written, which is then no longer kept here."""
        block = bytes(self.waiting)
        self.waiting.clear()
        return block

    def _begin(self) -> None:
        self._disposition, self._name, self._text = b"", None, bytearray()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if not name:
            raise _bad_form()
        if (name == FILE and self.has_file) or (name != FILE and b"filename" in options):
            raise Refused(400, "ONE_FILE", "Send one file a request, in the field file.", param=shown(name))
        if name == FILE:
            self.has_file = True
        elif len(self._form.fields) >= MOST_FIELDS:
            raise Refused(400, "TOO_MANY_FIELDS", f"This form has more than {MOST_FIELDS} fields.")
        self._name = name

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE:
            self._file_bytes += end - start
            if self._file_bytes > self._limits.upload_bytes:
                raise too_large(self._limits)
            self.waiting += data[start:end]
            return
        self._field_bytes += end - start
        if self._field_bytes > MOST_FIELD_BYTES:
            raise Refused(413, "FIELDS_TOO_LARGE", f"The fields hold more than {MOST_FIELD_BYTES:,} bytes.")
        self._text += data[start:end]

    def _end(self) -> None:
        if self._name is not None and self._name != FILE:
            self._form.fields.append((self._name, self._text.decode("utf-8", "replace")))

    def _all_ended(self) -> None:
        self.ended = True
