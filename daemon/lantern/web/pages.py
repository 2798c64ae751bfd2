"""The one page, made on the server: whole without a script, which then only makes it quicker.

GET / shows a search's result, or with ?like={id} the photos most like that one; GET /photo/{id}
shows the same with one photo over it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from lantern.errors import Unavailable
from lantern.web import answers, api, chips, parameters, sign_in, words
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
    at = parameters.place(request.query_params.get("at"))
    before, after = await _neighbours(request, wanted, view, at)
    shown = {
        "photo": api.photo_content(view),
        "title": view.metadata.human_caption or view.sentence or "Not described",
        "at": at if before or after else None,
        "before": before and _link(before, wanted, before.at),
        "after": after and _link(after, wanted, after.at),
        "group": [(hit, _link(hit, wanted, at)) for hit in view.group],
    }
    return await _page(request, wanted, shown)


async def _page(
    request: Request, wanted: parameters.Request, shown: dict[str, Any] | None = None
) -> Response:
    library = api.library_of(request)
    found, liked, trouble, status = None, None, "", NOBODY_KNOWS
    try:
        status = await ask(library.status)
        found = await api.find(library, wanted)
        liked = await ask(library.photo, wanted.like) if wanted.like else None
    except Unavailable as error:
        trouble = str(error)
    query = urlencode(parameters.pairs(wanted))
    content = {
        **await sign_in.whose(request),
        "wanted": wanted,
        **_narrowing(wanted, found),
        "found": found,
        "status": status,
        "trouble": trouble,
        "shown": shown,
        "liked": liked,
        "home": f"/?{query}" if query else "/",
        "query": query,
        "pieces": pieces,
        "day": words.day,
        "first": answers.data_block(
            {
                "found": found,
                "status": status,
                **(shown or {}),
            }
        ),
    }
    return answers.html("page.html", content, 503 if trouble else 200)


def _narrowing(wanted: parameters.Request, found: api.Found | None) -> dict[str, Any]:
    """Return what the page says of the filters of `wanted`, and of its text as it was read."""
    facets = found.facets if found else {}
    given = parameters.pairs(wanted)
    plain = [(name, value) for name, value in given if name not in parameters.FILTERS]
    reread = found.read_as if found else ""
    return {
        "narrowed": plain != given,
        "unfiltered": f"/?{urlencode(plain)}" if plain else "/",
        "reread": urlencode([(name, reread if name == "q" else value) for name, value in given]),
        "menus": chips.menus(wanted, facets),
        "switches": chips.switches(wanted, facets),
    }


async def _neighbours(
    request: Request, wanted: parameters.Request, view: PhotoView, at: int | None
) -> tuple[Hit | None, Hit | None]:
    """Return the photos before and after `view` in its result; none where it moved from there.

    A photo that another stands for has its neighbours.
    """
    if at is None:
        return None, None
    start = at - at % wanted.limit
    try:
        hits, total = await _hits(request, wanted, start)
        here = next((place for place, hit in enumerate(hits) if hit.at == at), None)
        if here is None or not _same(hits[here], view):
            return None, None
        before, after = hits[:here][-1:], hits[here + 1 :][:1]
        if not before and start:
            before = (await _hits(request, wanted, start - wanted.limit))[0][-1:]
        if not after and start + wanted.limit < total:
            after = (await _hits(request, wanted, start + wanted.limit))[0][:1]
    except Unavailable:  # the page itself says so
        return None, None
    return next(iter(before), None), next(iter(after), None)


async def _hits(
    request: Request, wanted: parameters.Request, offset: int
) -> tuple[tuple[Hit, ...], int]:
    page = msgspec.structs.replace(wanted, offset=max(offset, 0))
    found = await api.find(api.library_of(request), page)
    return found.photos, found.total


def _same(hit: Hit, view: PhotoView) -> bool:
    return view.id == hit.id or hit.id in {member.id for member in view.group}


def _link(hit: Hit, wanted: parameters.Request, at: int | None) -> str:
    place = [] if at is None else [("at", at)]
    return f"/photo/{hit.id}?{urlencode([*parameters.pairs(wanted), *place])}"


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
