"""The one page, made on the server: whole without a script, which then only makes it quicker.

GET / shows a search's result; GET /photo/{id} shows the same with one photo over it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from lantern.errors import Unavailable
from lantern.web import answers, api, parameters, words
from lantern.web.library import Hit, PhotoView, Status
from lantern.web.threads import ask

NOBODY_KNOWS = Status(photos=0, described=0, waiting=0, failed=0, searchable=0)


async def home(request: Request) -> Response:
    """Answer GET /."""
    wanted = parameters.parse(request.query_params.multi_items(), strict=False)
    return await _page(request, wanted)


async def photo(request: Request) -> Response:
    """Answer GET /photo/{id}?at=…: `at` is the photo's place in the result, for its neighbours."""
    wanted = parameters.parse(request.query_params.multi_items(), strict=False)
    view = await api.look_up(request)
    if view is None:
        return api.no_such_photo(request)
    at = parameters.place(request.query_params.get("at"))
    before, after = await _neighbours(request, wanted, view, at)
    shown = {
        "photo": api.photo_content(view),
        "title": view.metadata.human_caption or view.sentence or "Not described",
        "at": at if before or after else None,
        "before": _link(before, wanted, at, -1),
        "after": _link(after, wanted, at, 1),
    }
    return await _page(request, wanted, shown)


async def _page(
    request: Request, wanted: parameters.Request, shown: dict[str, Any] | None = None
) -> Response:
    library = api.library_of(request)
    found, trouble, status = None, "", NOBODY_KNOWS
    try:
        status = await ask(library.status)
        found = await api.find(library, wanted)
    except Unavailable as error:
        trouble = str(error)
    query = urlencode(parameters.pairs(wanted))
    content = {
        "wanted": wanted,
        "found": found,
        "status": status,
        "trouble": trouble,
        "shown": shown,
        "home": f"/?{query}" if query else "/",
        "query": query,
        "pieces": pieces,
        "day": words.day,
        "first": answers.data_block({"found": found, "status": status, **(shown or {})}),
    }
    return answers.html("page.html", content, 503 if trouble else 200)


async def _neighbours(
    request: Request, wanted: parameters.Request, view: PhotoView, at: int | None
) -> tuple[Hit | None, Hit | None]:
    """Return the photos before and after `view` in its result; none where it moved from there."""
    if at is None:
        return None, None
    library, first = api.library_of(request), max(at - 1, 0)
    try:
        page = await ask(library.search, wanted.text, wanted.filters, first, 3)
    except Unavailable:  # the page itself says so
        return None, None
    here = at - first
    if here >= len(page.hits) or page.hits[here].id != view.id:
        return None, None
    return (
        page.hits[here - 1] if here else None,
        page.hits[here + 1] if here + 1 < len(page.hits) else None,
    )


def _link(hit: Hit | None, wanted: parameters.Request, at: int | None, step: int) -> str | None:
    if hit is None or at is None:
        return None
    return f"/photo/{hit.id}?{urlencode([*parameters.pairs(wanted), ('at', at + step)])}"


def pieces(hit: Hit) -> list[tuple[str, bool]]:
    """Return the caption of `hit` cut where matches begin and end, and whether each piece is one.

    Ranges that overlap or leave the caption are cut to what is left of them.
    """
    cut, at = [], 0
    for start, end in hit.matches:
        begin = max(start, at)
        if begin >= min(end, len(hit.caption)):
            continue
        cut += [(hit.caption[at:begin], False), (hit.caption[begin:end], True)]
        at = end
    return [piece for piece in [*cut, (hit.caption[at:], False)] if piece[0]]
