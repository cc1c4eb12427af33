"""The face's own description (`/openapi.json`, OpenAPI 3.1): what is sent as forms, and what comes back."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from coachai.serve import formats
from coachai.serve.limits import Limits
from coachai.serve.problems import TYPE, Problem

_SHAPES: tuple[type[BaseModel], ...] = (
    formats.Talk, formats.Transcription, formats.TranscriptionVerbose,
    formats.Voices, formats.Discourse, formats.Model, formats.ModelList, formats.State, Problem,
)  # fmt: skip

_TEXT = {"schema": {"type": "string"}}


def described(app: FastAPI, limits: Limits) -> dict[str, Any]:
    """The document of an application that `http_app` made; written once."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, routes=app.routes, summary=_SUMMARY)
    _, defined = models_json_schema(
        [(shape, "validation") for shape in _SHAPES], ref_template="#/components/schemas/{model}"
    )
    document["components"] = {"schemas": defined["$defs"]}
    for path, method, sent, answers in _routes():
        operation = document["paths"][path][method]
        if sent:
            operation["requestBody"] = {"required": True, "content": sent}
        operation["responses"] = {
            "200": {"description": "The answer.", "content": answers},
            "default": {
                "description": "Why there is none, in a sentence for people.",
                "content": {TYPE: {"schema": _ref(Problem)}},
            },
        }
        if limits.token is not None and path.startswith("/v1/"):
            operation["security"] = [{"bearer": []}]
    if limits.token is not None:
        document["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    app.openapi_schema = document
    return document


_SUMMARY = "One file's words in the shape of the OpenAI API, its voices, and what classroom talk does."

_Route = tuple[str, str, dict[str, Any], dict[str, Any]]


def _routes() -> list[_Route]:
    """Path, method, what is sent and what comes back."""
    words = {"anyOf": [_ref(formats.Transcription), _ref(formats.TranscriptionVerbose)]}
    texts = dict.fromkeys(("text/plain", "text/vtt", "application/x-subrip"), _TEXT)
    return [
        ("/healthz", "get", {}, _json(formats.State)),
        ("/readyz", "get", {}, _json(formats.State)),
        ("/v1/models", "get", {}, _json(formats.ModelList)),
        ("/v1/models/{model}", "get", {}, _json(formats.Model)),
        (
            "/v1/audio/transcriptions",
            "post",
            _form(formats.Wishes),
            {"application/json": {"schema": words}, **texts},
        ),
        ("/v1/voices", "post", _form(formats.VoicesWishes), {**_json(formats.Voices), "text/rttm": _TEXT}),
        ("/v1/discourse", "post", _json(formats.Talk), _json(formats.Discourse)),
    ]


def _form(fields: type[BaseModel]) -> dict[str, Any]:
    """A file, and the fields beside it. Lists have [] behind their name, as the OpenAI API sends them."""
    schema = fields.model_json_schema()
    properties = {
        f"{name}[]" if each.get("type") == "array" else name: each
        for name, each in schema["properties"].items()
    }
    file = {
        "type": "string",
        "contentMediaType": "application/octet-stream",
        "description": "Sound or video.",
    }
    schema["properties"] = {"file": file, **properties}
    schema["required"] = ["file", *schema.get("required", ())]
    return {"multipart/form-data": {"schema": schema}}


def _json(shape: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(shape)}}


def _ref(shape: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{shape.__name__}"}
