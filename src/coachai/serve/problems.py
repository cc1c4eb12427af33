"""Every answer that is no success, in one shape: ``application/problem+json`` (RFC 9457).

Beside the members of that standard stands `error`, the shape of the OpenAI API: its clients, in every
language, show people ``error.message`` and nothing else of a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Literal

from pydantic import BaseModel
from starlette.responses import Response

from coachai.errors import CoachaiError, InputRefused
from coachai.serve.limits import Limits
from coachai.serve.wire import Busy, Lost

TYPE = "application/problem+json"

STATUS = {
    "EMPTY_FILE": 400,
    "NOT_MEDIA": 415,
    "DISK_FULL": 507,
}
"""Statuses of codes where it is not 422 (what was handed in) or 503 (what is lacking here)."""

SAID = {
    "TOO_SHORT": "There is too little sound in this file: hand in at least a tenth of a second.",
    "SILENT": "We can hardly hear anything in this file. Move the microphone closer and check its level.",
    "TOO_QUIET": "We can hardly hear anything in this file. Move the microphone closer and check its level.",
    "NO_SUCH_TRACK": "The sound of this file cannot be found. Export it again from your video app.",
    "NOT_SERVED": "What this request needs is not served here.",
    "DISK_FULL": "Our storage is full. Nothing of your file was kept; try again later.",
}
"""Sentences that take the place of those said on a command line: no option can be added to a request."""

LATER = (
    "This cannot be done here now. Try again in a while; if it stays so, tell the people who look after the "
    "engine: {code}."
)
"""Said for whatever is lacking here: what exactly may name folders and programs of the machine."""

_KINDS = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class OpenAIError(BaseModel):
    """The refusal once more, as clients of the OpenAI API read it."""

    message: str
    type: str
    code: str
    param: str | None = None


class Problem(BaseModel):
    """Why there is no answer (RFC 9457). `code` is a stable word for programs, `detail` a sentence for
    people, `param` the field of the form that it is about."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    param: str | None = None
    error: OpenAIError


class Refused(Exception):
    """A request that gets a problem for an answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code
        self.detail = detail
        self.param = param
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer."""
        problem = Problem(
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            code=self.code,
            param=self.param,
            error=OpenAIError(
                message=self.detail,
                type=_KINDS.get(
                    self.status, "invalid_request_error" if self.status < 500 else "server_error"
                ),
                code=self.code,
                param=self.param,
            ),
        )
        return Response(problem.model_dump_json(), self.status, self.headers, media_type=TYPE)


def refusal_of(error: Exception, limits: Limits) -> Refused:
    """What is answered where work ended with an error; nothing of a defect is told but that it is one."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, InputRefused):
        return Refused(STATUS.get(error.code, 422), error.code, SAID.get(error.code, error.message))
    again = {"Retry-After": str(limits.retry_s)}
    if isinstance(error, Busy):
        return busy(limits)
    if isinstance(error, CoachaiError | Lost):
        code = error.code if isinstance(error, CoachaiError) else "ENGINE_GONE"
        told = SAID.get(code, LATER.format(code=code))
        return Refused(STATUS.get(code, 503), code, told, headers=again)
    return Refused(500, "DEFECT", "Something broke here, and it was not your file. Nothing of it was kept.")


def busy(limits: Limits) -> Refused:
    """Told to whom there is no place for now."""
    return Refused(
        429,
        "BUSY",
        f"All places are taken. Try again in {limits.retry_s} seconds.",
        headers={"Retry-After": str(limits.retry_s)},
    )
