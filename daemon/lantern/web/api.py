"""The JSON API: what the page's scripts ask for, and what a visitor's own script may.

GET /api/search?q=&from=&to=&camera=&tag=&folder=&rating=&format=&place=&person=&sort=&like=&all=
&offset=&limit=, /api/photos/{id}, /api/similar/{id}?all=&limit=, /api/status, /health, and /metrics
for Prometheus. An error is {"error": one sentence, "status": its number}.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from lantern.errors import LanternError
from lantern.model import PhotoId
from lantern.search.port import Counts
from lantern.web import answers, parameters, words
from lantern.web.library import Hit, Instead, Library, PhotoView, ResultPage
from lantern.web.threads import ask

PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class NoSuchPhoto(LanternError):
    """The photo is not, or no longer, in the collection."""

    def __init__(self, named: str) -> None:
        super().__init__(f"there is no photo {named[:20]}: it may have been removed since")


class Found(msgspec.Struct, frozen=True):
    """The answer to /api/search; `took_ms` is from the question to the answer, in this process."""

    total: int
    took_ms: float
    offset: int
    limit: int
    forgiving: bool
    read_as: str
    fallback: bool
    photos: tuple[Hit, ...]
    facets: dict[str, Counts]
    instead: Instead | None


def library_of(request: Request) -> Library:
    """Return the collection that the page was created over, as whoever asks may see it."""
    owner = request.app.state.owner
    library: Library = owner.library if owner and request.state.owner else request.app.state.library
    return library


async def search(request: Request) -> Response:
    """Answer GET /api/search."""
    wanted = parameters.parse(request.query_params.multi_items(), strict=True)
    return answers.json(await find(library_of(request), wanted))


async def photo(request: Request) -> Response:
    """Answer GET /api/photos/{id}."""
    return answers.json(photo_content(await look_up(request)))


async def similar(request: Request) -> Response:
    """Answer GET /api/similar/{id}: the photo's group, the best first, and photos like it."""
    view = await look_up(request)
    asked = [*request.query_params.multi_items(), ("like", str(view.id))]
    found = await find(library_of(request), parameters.parse(asked, strict=True))
    return answers.json({"photo": view.id, "group": view.group, "photos": found.photos})


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
    """Return one page of the search `wanted`, and the time it took.

    Raises:
        NoSuchPhoto: there is none that others could be like.
    """
    begun = time.perf_counter()
    page = await ask(_page, library, wanted)
    return Found(
        total=page.total,
        took_ms=round((time.perf_counter() - begun) * 1000, 1),
        offset=wanted.offset,
        limit=wanted.limit,
        forgiving=page.forgiving,
        read_as=page.read_as,
        fallback=page.fallback,
        photos=page.hits,
        facets=page.facets,
        instead=page.instead,
    )


def _page(library: Library, wanted: parameters.Request) -> ResultPage:
    if wanted.like is None:
        return library.search(wanted.text, wanted.filters, wanted.sort, wanted.offset, wanted.limit)
    page = library.like(wanted.like, wanted.filters, wanted.offset, wanted.limit)
    if page is None:
        raise NoSuchPhoto(str(wanted.like))
    return page


async def look_up(request: Request) -> PhotoView:
    """Return the photo that the path of `request` names.

    Raises:
        NoSuchPhoto: there is none, or the path names none.
    """
    named = photo_id(request)
    view = None if named is None else await ask(library_of(request).photo, named)
    if view is None:
        raise NoSuchPhoto(request.path_params["id"])
    return view


def photo_id(request: Request) -> PhotoId | None:
    """Return the photo id that the path of `request` names, None where it names none."""
    named = request.path_params["id"]
    return PhotoId(int(named)) if parameters.PHOTO.fullmatch(named) else None


def photo_content(view: PhotoView) -> dict[str, Any]:
    """Return what /api/photos/{id} says of `view`: its values, and rows of them in words."""
    return {
        **msgspec.structs.asdict(view),
        "details": words.details(view),
    }
