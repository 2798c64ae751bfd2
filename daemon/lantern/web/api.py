"""The JSON API: what the page's scripts ask for, and what a visitor's own script may.

GET /api/search?q=&year=&from=&to=&camera=&offset=&limit=, /api/photos/{id}, /api/status, /health,
and /metrics for Prometheus. An error is {"error": one sentence, "status": its number}.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from lantern.model import PhotoId
from lantern.web import answers, parameters, words
from lantern.web.library import Choice, Hit, Library, PhotoView, ResultPage
from lantern.web.threads import ask

PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"

_ID = re.compile(r"[0-9]{1,18}")
"""What may name a photo: eighteen digits stay below SQLite's largest row id, 2**63 - 1."""


class Found(msgspec.Struct, frozen=True):
    """The answer to /api/search; `took_ms` is from the question to the answer, in this process."""

    total: int
    took_ms: float
    offset: int
    limit: int
    forgiving: bool
    photos: tuple[Hit, ...]
    years: tuple[Choice, ...]
    cameras: tuple[Choice, ...]


def library_of(request: Request) -> Library:
    """Return the collection that the page was created over."""
    library: Library = request.app.state.library
    return library


async def search(request: Request) -> Response:
    """Answer GET /api/search."""
    wanted = parameters.parse(request.query_params.multi_items(), strict=True)
    return answers.json(await find(library_of(request), wanted))


async def photo(request: Request) -> Response:
    """Answer GET /api/photos/{id}."""
    view = await look_up(request)
    if view is None:
        return no_such_photo(request)
    return answers.json(photo_content(view))


async def status(request: Request) -> Response:
    """Answer GET /api/status."""
    return answers.json(await ask(library_of(request).status))


async def health(_: Request) -> Response:
    """Answer GET /health: this process is alive and answers. It asks nothing of the disk."""
    return PlainTextResponse("ok\n", headers={"cache-control": "no-store"})


async def metrics(measure: Callable[[], bytes], _: Request) -> Response:
    """Answer GET /metrics with what `measure` returns."""
    headers = {"content-type": PROMETHEUS_TEXT, "cache-control": "no-store"}
    return Response(await ask(measure), headers=headers)


async def find(library: Library, wanted: parameters.Request) -> Found:
    """Return one page of the search `wanted`, and the time it took."""
    begun = time.perf_counter()
    page: ResultPage = await ask(
        library.search, wanted.text, wanted.filters, wanted.offset, wanted.limit
    )
    return Found(
        total=page.total,
        took_ms=round((time.perf_counter() - begun) * 1000, 1),
        offset=wanted.offset,
        limit=wanted.limit,
        forgiving=page.forgiving,
        photos=page.hits,
        years=page.years,
        cameras=page.cameras,
    )


async def look_up(request: Request) -> PhotoView | None:
    """Return the photo that the path of `request` names, None where there is none."""
    named = photo_id(request)
    return None if named is None else await ask(library_of(request).photo, named)


def photo_id(request: Request) -> PhotoId | None:
    """Return the photo id that the path of `request` names, None where it names none."""
    named = request.path_params["id"]
    return PhotoId(int(named)) if _ID.fullmatch(named) else None


def photo_content(view: PhotoView) -> dict[str, Any]:
    """Return what /api/photos/{id} says of `view`: its values, and rows of them in words."""
    return {
        **msgspec.structs.asdict(view),
        "details": words.details(view.metadata, view.path),
    }


def no_such_photo(request: Request) -> Response:
    """Return the refusal for a photo that is not, or no longer, in the collection."""
    number = request.path_params["id"][:20]
    return answers.refusal(
        request.scope, 404, f"there is no photo {number}: it may have been removed since"
    )
