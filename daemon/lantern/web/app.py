"""The web application: its addresses, its guards, and how its errors are told.

`create_app` is all that other rooms call. Order of the guards: headers go on every answer and pages
are packed, then the host, then the method is checked, before any address is looked up.
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

from lantern.errors import PhotoError, Unavailable
from lantern.web import (
    answers,
    api,
    assets,
    installable,
    news,
    openapi,
    owner,
    pages,
    pictures,
    posted,
    sign_in,
)
from lantern.web.compression import Compressed
from lantern.web.door import NoSignIn
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
    owned: owner.Owner | None = None,
) -> ASGIApp:
    """Return the page over `library`, for any ASGI server.

    `hosts` are the names that it answers to, besides every IP address; "localhost" has to be among
    them to be answered. `metrics` returns what Prometheus reads, in its text format 0.0.4; it may
    block and raise as `library` does. Without it there is no such address. `live` is what open
    pages hear of, that of `library` alone unless given; whoever gives it ends it before the server.
    `owned` lets an owner sign in; without it everybody is a visitor.
    """
    assets.packed()  # a package without its files fails here, not on the first visit
    routes = _routes()
    if metrics:
        routes.append(Route("/metrics", partial(api.metrics, metrics)))
    app = Starlette(routes=routes, exception_handlers=_handlers())
    app.router.redirect_slashes = False
    app.state.library = library
    app.state.news = live or News(library.status)
    app.state.owner = owned
    recognised = sign_in.Recognised(app, owned.door if owned else None)
    guarded = KnownHost(ReadOnly(recognised, owner.changes), hosts)
    return SecureHeaders(Compressed(guarded))


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
        Route("/api/openapi.json", openapi.show),
        Route("/health", api.health),
        Route("/thumb/{name}", pictures.thumbnail),
        Route("/image/{id}", pictures.picture),
        Route("/original/{id}", pictures.original),
        Route("/static/{version}/{name}", pictures.asset),
        Route("/sign-in", sign_in.show),
        Route("/sign-in", sign_in.enter, methods=["POST"]),
        Route("/sign-out", sign_in.leave, methods=["POST"]),
        Route("/hidden", owner.hidden),
        Route("/photo/{id}/caption", owner.correct_form, methods=["POST"]),
        Route("/photo/{id}/hidden", owner.hide_form, methods=["POST"]),
        Route("/api/photos/{id}/caption", owner.correct, methods=["POST"]),
        Route("/api/photos/{id}/hidden", owner.hide, methods=["POST"]),
        Route("/manifest.webmanifest", installable.manifest),
        Route("/service-worker.js", installable.worker),
        Route("/offline", installable.offline),
    ]


def _handlers() -> dict[type[Exception] | int, Handler]:
    return {
        BadParameter: _bad_parameter,
        api.NoSuchPhoto: _no_such_photo,
        Unavailable: _unavailable,
        NoSignIn: _no_sign_in,
        owner.NotTheOwner: _not_the_owner,
        posted.BadPost: _bad_post,
        PhotoError: _cannot_be_done,
        HTTPException: _no_such_page,
        Exception: _broken,
    }


async def _bad_parameter(request: Request, error: Exception) -> Response:
    return answers.refusal(request.scope, 400, str(error))


async def _no_such_photo(request: Request, error: Exception) -> Response:
    return answers.refusal(request.scope, 404, str(error))


async def _unavailable(request: Request, error: Exception) -> Response:
    return answers.refusal(request.scope, 503, str(error))


async def _no_sign_in(request: Request, error: Exception) -> Response:
    return answers.refusal(request.scope, 404, str(error))


async def _not_the_owner(request: Request, error: Exception) -> Response:
    return answers.refusal(request.scope, 403, str(error))


async def _bad_post(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, posted.BadPost) else 400
    return answers.refusal(request.scope, status, str(error))


async def _cannot_be_done(request: Request, error: Exception) -> Response:
    return answers.refusal(request.scope, 422, str(error))


async def _no_such_page(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 405:
        answer = answers.refusal(request.scope, 405, "expected POST, from the page's own form")
        answer.headers["allow"] = "POST"
        return answer
    return answers.refusal(request.scope, status, "there is nothing at this address")


async def _broken(request: Request, _: Exception) -> Response:
    """Say that something broke, and nothing of what: the server's log has the traceback."""
    return answers.refusal(
        request.scope, 500, "the page broke on this request; the log of lantern-web tells why"
    )
