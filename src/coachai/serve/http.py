"""The models behind HTTP: one file's words in the shape of the OpenAI API, its voices, and what talk does.

A thin face: it takes in a file, has the models hear it, and answers. It keeps nothing; lessons are analyzed
by `coachai analyze --engine ray`, which can wait for an engine and go on. It knows nothing of Ray: `http_app`
takes models that are here as well as handles, and runs in any ASGI server.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coachai import __version__
from coachai.errors import CoachaiError
from coachai.serve import formats
from coachai.serve.limits import Holds, Limits
from coachai.serve.one_file import Load, read_in, rttm_of, voices_in, words_in
from coachai.serve.openapi import described
from coachai.serve.problems import Refused, refusal_of
from coachai.serve.uploads import Form, body_of, received
from coachai.serve.working import Left, Places, worked

OPEN = frozenset({"/healthz", "/readyz"})
"""Asked by those who look after machines, without a token; they tell nothing of anybody."""

TALK_BYTES = 5_000_000
"""A lesson's sentences are a twentieth of this."""

LEFT = 499
"""Said in the log, to nobody else, where the asker has gone (as web servers have it)."""

_LOG = logging.getLogger("coachai.http")


def http_app(load: Load, holds: Callable[[], Holds], limits: Limits | None = None) -> FastAPI:
    """The face on models. `load` gives those for one request, here or behind handles; `holds` tells what
    there is, quickly, and raises CoachaiError or `Lost` as long as it is not ready."""
    face = _Face(load, holds, limits or Limits())
    app = FastAPI(title="coachai", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_middleware(_Rim, limits=face.limits)
    app.add_api_route("/healthz", face.live, methods=["GET"])
    app.add_api_route("/readyz", face.ready, methods=["GET"])
    app.add_api_route("/v1/models", face.models, methods=["GET"])
    app.add_api_route("/v1/models/{model:path}", face.model, methods=["GET"])
    app.add_api_route("/v1/audio/transcriptions", face.transcriptions, methods=["POST"])
    app.add_api_route("/v1/voices", face.voices, methods=["POST"])
    app.add_api_route("/v1/discourse", face.discourse, methods=["POST"])
    app.openapi = lambda: described(app, face.limits)  # type: ignore[method-assign]
    return app


class _Face:
    """What the routes share."""

    def __init__(self, load: Load, holds: Callable[[], Holds], limits: Limits) -> None:
        self.limits = limits
        self._load = load
        self._holds = holds
        self._places = Places(limits)
        self._opened = int(time.time())

    async def live(self) -> Response:
        """Whether the face itself runs."""
        return _json(formats.State(status="live"))

    async def ready(self) -> Response:
        """Whether the models are loaded, and which these are."""
        return _json(formats.State(status="ready", **asdict(await self._what())))

    async def models(self) -> Response:
        """The models that may be named; whisper-1, which most tools send, means the one that is here."""
        return _json(formats.ModelList(data=[self._model(each) for each in await self._names()]))

    async def model(self, model: str) -> Response:
        """One of the models."""
        await self._require(model)
        return _json(self._model(model))

    async def transcriptions(self, request: Request) -> Response:
        """The words of one file. What it is its content says, not its name. `prompt`, `temperature` and
        `chunking_strategy` are taken and change nothing."""
        with self._places.taken(), self._folder() as folder:
            form = await received(request, folder, self.limits)
            wishes = formats.wishes_in(form)
            await self._require(wishes.model)
            heard = await worked(
                request,
                lambda progress: words_in(form.file, self._load, wishes.language, self.limits, progress),
            )
        recognition = heard.recognition
        if wishes.response_format == "json":
            return _json(formats.plain(recognition, heard.duration))
        if wishes.response_format == "verbose_json":
            return _json(formats.verbose(recognition, heard.duration, wishes))
        if wishes.response_format == "vtt":
            return Response(formats.vtt(recognition), media_type="text/vtt")
        if wishes.response_format == "srt":
            return Response(formats.srt(recognition), media_type="application/x-subrip")
        return Response(f"{formats.whole_text(recognition)}\n", media_type="text/plain")

    async def voices(self, request: Request) -> Response:
        """Who speaks when in one file, and which voice teaches: turns, roles and doubt, and nothing by which
        a voice could be known again. RTTM with `response_format` rttm or ``Accept: text/rttm``."""
        with self._places.taken(), self._folder() as folder:
            form: Form = await received(request, folder, self.limits)
            wished = formats.voices_wishes_in(form).response_format
            found = await worked(
                request, lambda progress: voices_in(form.file, self._load, self.limits, progress)
            )
        if (wished or _accepted(request)) == "rttm":
            return Response(rttm_of(found), media_type="text/rttm")
        return _json(found)

    async def discourse(self, request: Request) -> Response:
        """What is done by what was said: labels and a model's readings with their probabilities."""
        with self._places.taken():
            body = await body_of(request, TALK_BYTES, self.limits)
            talk = self._talk(body)
            found = await worked(request, lambda progress: read_in(talk, self._load, progress))
        return _json(found)

    def _talk(self, body: bytes) -> formats.Talk:
        try:
            talk = formats.Talk.model_validate_json(body)
        except ValidationError as error:
            raise formats.said(error, 422) from None
        if len(talk.utterances) > self.limits.utterances:
            raise Refused(
                413,
                "TOO_LARGE",
                f"These are more than {self.limits.utterances} utterances: send them in parts.",
            )
        return talk

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        with TemporaryDirectory(prefix="coachai-", dir=self.limits.folder) as folder:
            yield Path(folder)

    async def _what(self) -> Holds:
        try:
            async with asyncio.timeout(self.limits.ready_s):
                return await run_sync(self._holds, abandon_on_cancel=True)
        except TimeoutError:
            raise CoachaiError("NOT_READY", "The engine does not answer.") from None

    async def _names(self) -> tuple[str, ...]:
        return ((await self._what()).words, formats.WHISPER)

    async def _require(self, model: str) -> None:
        names = await self._names()
        if model not in names:
            raise Refused(
                404,
                "NO_SUCH_MODEL",
                f"This model is not here: use {names[0]}, or {names[1]} for whichever is here.",
                param="model",
            )

    def _model(self, name: str) -> formats.Model:
        return formats.Model(id=name, created=self._opened)


class _Rim:
    """Between the server and the routes: the token, every error as a problem, and a line in the log that
    names a route, a status and a time, nothing of what was sent."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            self._require_token(scope)
            await self._app(scope, receive, noted)
        except (Left, ClientDisconnect):
            status = LEFT
        except Exception as error:  # noqa: BLE001 (whatever it is, the asker learns that it is over)
            refused = refusal_of(error, self._limits)
            if refused.status == 500:
                _LOG.error("%s in %s", type(error).__name__, _place(error))
            if status:  # half an answer is out: the connection breaks off, so that nobody takes it for whole
                raise RuntimeError("an answer broke off") from None
            await refused.response()(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            taken = time.monotonic() - began
            _LOG.info("%s %s %d in %.3f s", scope["method"], route, status or LEFT, taken)

    def _require_token(self, scope: Scope) -> None:
        token = self._limits.token
        if token is None or scope["path"] in OPEN:
            return
        given = dict(scope["headers"]).get(b"authorization", b"")
        kind, _, value = given.partition(b" ")
        expected = token.get_secret_value().encode()
        if not (hmac.compare_digest(value.strip(), expected) and kind.lower() == b"bearer"):
            raise Refused(
                401,
                "NO_TOKEN",
                "This engine asks for a token: send it as Authorization: Bearer (api_key in most clients).",
                headers={"WWW-Authenticate": "Bearer"},
            )


async def _no_route(_: Request, error: Exception) -> Response:
    """What the framework itself refuses."""
    assert isinstance(error, HTTPException)
    told = {
        404: ("NOT_FOUND", "There is nothing at this address: /openapi.json lists what there is."),
        405: ("WRONG_METHOD", "This address is not asked in this way: /openapi.json tells how."),
    }
    code, sentence = told.get(error.status_code, ("REFUSED", "This request cannot be answered."))
    return Refused(error.status_code, code, sentence, headers=error.headers).response()


def _accepted(request: Request) -> formats.VoicesFormat:
    kinds = (each.partition(";")[0].strip().lower() for each in request.headers.get("accept", "").split(","))
    return "rttm" if "text/rttm" in kinds else "json"


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")


def _place(error: Exception) -> str:
    """The last place of our own that an error came through. Its text is not told: it may hold a path."""
    frames: Any = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    own = [each for each in frames if each.f_globals.get("__name__", "").startswith("coachai")]
    return f"{own[-1].f_globals['__name__']}:{own[-1].f_code.co_name}" if own else "-"
