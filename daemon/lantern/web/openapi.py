"""The API, described in the form that programs read (OpenAPI 3.1), made from the types it answers.

GET /api/openapi.json. A test holds every answer to it, and sends what it allows and what not.
"""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

import lantern
from lantern.model import PhotoId
from lantern.web import answers, parameters
from lantern.web.api import Found
from lantern.web.library import Hit, PhotoView, Status
from lantern.web.owner import Hide, Said
from lantern.web.sign_in import COOKIE
from lantern.web.telling import Told
from lantern.web.words import Detail

Json = dict[str, Any]

_REASONS = {
    400: "A value is not of its kind, out of range, or does not go with another.",
    403: "It is for the owner alone, or came from another site.",
    404: "There is no such photo, or it is hidden; of events, this page has no report.",
    411: "It has no length.",
    413: "It is too long.",
    415: "It is not JSON.",
    422: "It cannot be done; the sentence tells why.",
    503: "What is asked does not answer now; try again a little later.",
}

_PERIOD = {"type": "string", "pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"}
_NAME = {"type": "string", "maxLength": parameters.NAME_LIMIT}
_SWITCH = {"type": "integer", "enum": [0, 1]}
_PHOTO = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}

_PARAMETERS: dict[str, tuple[Json, str]] = {
    "q": (
        {"type": "string", "maxLength": parameters.QUERY_LIMIT},
        "What to look for; the last word may be unfinished, `-word` is left out. None: all photos.",
    ),
    "from": (_PERIOD, "The first day, or its month or year."),
    "to": (_PERIOD, "The last day, or its month or year, not before the first."),
    "camera": (_NAME, "The camera, as the facets name it."),
    "tag": (_NAME, "What the model sees for sure, as the facets name it."),
    "folder": (_NAME, "The folder, as the facets name it; what lies below counts, too."),
    "rating": ({"type": "integer", "minimum": 1, "maximum": 5}, "The least number of stars."),
    "format": (_NAME, "The format, as the facets name it, in any case of its letters."),
    "place": (_SWITCH, "1: photos alone that know where they were taken."),
    "person": (_SWITCH, "1: photos alone that a person wrote of."),
    "sort": ({"type": "string", "enum": list(parameters.SORTS)}, "The order of the photos."),
    "like": (_PHOTO, 'The photo that others are to be like; goes with "all" alone.'),
    "all": (_SWITCH, "1: every one of similar photos, not the best alone."),
    "offset": (
        {"type": "integer", "minimum": 0, "maximum": parameters.OFFSET_LIMIT},
        "How many photos to skip.",
    ),
    "limit": (
        {
            "type": "integer",
            "minimum": 1,
            "maximum": parameters.PAGE_LIMIT,
            "default": parameters.PAGE_DEFAULT,
        },
        "How many photos to answer at most.",
    ),
}


class Described(PhotoView, frozen=True, forbid_unknown_fields=True):
    """What is known of one photo: its values, and `details`, rows of them in words."""

    details: tuple[Detail, ...] = ()


class Similar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The group of a photo, the best first, and photos like it, the nearest first."""

    photo: PhotoId
    group: tuple[Hit, ...]
    photos: tuple[Hit, ...]


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why there is no answer: one sentence, and the HTTP status again."""

    error: str
    status: int


async def show(_: Request) -> Response:
    """Answer GET /api/openapi.json."""
    return answers.json(document())


@functools.cache
def document() -> Json:
    """Return the description, as JSON values."""
    kinds = (Found, Described, Similar, Status, Told, Refusal, Said, Hide)
    _, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lantern",
            "version": lantern.__version__,
            "description": "Searches a photo collection. Reading is free for everybody who "
            "reaches the page; changes are the owner's, whose browser holds a session.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": _paths(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "owner": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


def _paths() -> Json:
    every = {name: _query(name) for name in parameters.NAMES}
    alike = [every[name] for name in ("all", "offset", "limit")]
    return {
        "/api/search": {"get": _get("search", Found, list(every.values()), refused=(400, 404))},
        "/api/photos/{id}": {"get": _get("photo", Described, [_path()], refused=(404,))},
        "/api/similar/{id}": {
            "get": _get("similar", Similar, [_path(), *alike], refused=(400, 404))
        },
        "/api/status": {"get": _get("status", Status, [], refused=())},
        "/api/events": {"get": _events()},
        "/api/photos/{id}/caption": {"post": _post("correct", Said)},
        "/api/photos/{id}/hidden": {"post": _post("hide", Hide)},
    }


def _get(name: str, answer: type, asked: list[Json], refused: tuple[int, ...]) -> Json:
    return {
        "operationId": name,
        "parameters": asked,
        "responses": {"200": _answer(answer, _summary(answer)), **_refusals(*refused, 503)},
    }


def _events() -> Json:
    report = {"name": "report", "in": "query", "schema": {"type": "string", "enum": ["1"]}}
    stream = {"text/event-stream": {"schema": {"type": "string"}}}
    return {
        "operationId": "events",
        "description": 'Server-sent events without an end: "status", whose data are a `Status`, '
        'at once and whenever it changes; with report=1 "report" instead, whose data are a `Told`.',
        "parameters": [{**report, "description": "1: what the status page shows."}],
        "responses": {
            "200": {"description": "What is new.", "content": stream},
            **_refusals(400, 404, 503),
        },
    }


def _post(name: str, body: type) -> Json:
    refused = _refusals(400, 403, 404, 411, 413, 415, 422, 503)
    return {
        "operationId": name,
        "description": "Needs the session of the owner, and comes from the page's own address.",
        "security": [{"owner": []}],
        "parameters": [_path()],
        "requestBody": {"required": True, "content": _content(body)},
        "responses": {"200": _answer(Described, "The photo, as it is then."), **refused},
    }


def _refusals(*statuses: int) -> Json:
    return {str(status): _answer(Refusal, _REASONS[status]) for status in statuses}


def _answer(kind: type, description: str) -> Json:
    return {"description": description, "content": _content(kind)}


def _content(kind: type) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}


def _query(name: str) -> Json:
    schema, description = _PARAMETERS[name]
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _path() -> Json:
    return {"name": "id", "in": "path", "required": True, "schema": _PHOTO}


def _summary(kind: type) -> str:
    return (kind.__doc__ or "").partition("\n")[0]
