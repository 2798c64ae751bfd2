"""The web application: its addresses, its guards, and how its errors are told.

`create_app` is all that other rooms call. Order of the guards: headers go on every answer, then the
host, then the method is checked, before any address is looked up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from lantern.errors import Unavailable
from lantern.web import answers, api, assets, installable, news, pages, pictures
from lantern.web.library import Library
from lantern.web.news import News
from lantern.web.parameters import BadParameter
from lantern.web.security import KnownHost, ReadOnly, SecureHeaders

Handler = Callable[[Request, Exception], Awaitable[Response]]
Metrics = Callable[[], bytes]


def create_app(
    library: Library,
    *,
    hosts: frozenset[str],
    metrics: Metrics | None = None,
    live: News | None = None,
) -> ASGIApp:
    """Return the page over `library`, for any ASGI server.

    `hosts` are the names that it answers to, besides every IP address; "localhost" has to be among
    them to be answered. `metrics` returns what Prometheus reads, in its text format 0.0.4; it may
    block and raise as `library` does. Without it there is no such address. `live` is what open
    pages hear of, that of `library` alone unless given; whoever gives it ends it before the server.
    """
    assets.files()  # a package without its files fails here, not on the first visit
    routes = _routes()
    if metrics:
        routes.append(Route("/metrics", partial(api.metrics, metrics)))
    app = Starlette(routes=routes, exception_handlers=_handlers())
    app.router.redirect_slashes = False
    app.state.library = library
    app.state.news = live or News(library.status)
    return SecureHeaders(KnownHost(ReadOnly(app), hosts))


def _routes() -> list[Route]:
    return [
        Route("/", pages.home),
        Route("/photo/{id}", pages.photo),
        Route("/status", news.page),
        Route("/api/search", api.search),
        Route("/api/photos/{id}", api.photo),
        Route("/api/similar/{id}", api.similar),
        Route("/api/status", api.status),
        Route("/api/events", news.listen),
        Route("/health", api.health),
        Route("/thumb/{name}", pictures.thumbnail),
        Route("/image/{id}", pictures.picture),
        Route("/original/{id}", pictures.original),
        Route("/static/{version}/{name}", pictures.asset),
        Route("/manifest.webmanifest", installable.manifest),
        Route("/service-worker.js", installable.worker),
        Route("/offline", installable.offline),
    ]


def _handlers() -> dict[type[Exception] | int, Handler]:
    return {
        BadParameter: _bad_parameter,
        api.NoSuchPhoto: _no_such_photo,
        Unavailable: _unavailable,
        HTTPException: _no_such_page,
        Exception: _broken,
    }


async def _bad_parameter(request: Request, error: Exception) -> Response:
    return answers.refusal(request.scope, 400, str(error))


async def _no_such_photo(request: Request, error: Exception) -> Response:
    return answers.refusal(request.scope, 404, str(error))


async def _unavailable(request: Request, error: Exception) -> Response:
    return answers.refusal(request.scope, 503, str(error))


async def _no_such_page(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return answers.refusal(request.scope, status, "there is nothing at this address; begin at /")


async def _broken(request: Request, _: Exception) -> Response:
    """Say that something broke, and nothing of what: the server's log has the traceback."""
    return answers.refusal(
        request.scope, 500, "the page broke on this request; the log of lantern-web tells why"
    )
