"""What only the owner may do: correct a caption, hide a photo, see what is hidden.

GET /hidden; POST /photo/{id}/caption and /photo/{id}/hidden, plain forms that lead back to the
photo; POST /api/photos/{id}/caption and /hidden, the same as JSON, answering the photo as it is
then. The page's process changes nothing by itself: it asks the daemon, through a `Curator`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lantern.errors import LanternError
from lantern.model import PhotoId
from lantern.web import answers, api, parameters, posted, sign_in
from lantern.web.door import Door
from lantern.web.library import Library, ResultPage
from lantern.web.threads import ask

PAGE = 60

_CHANGING = re.compile(r"(/api/photos|/photo)/[^/]+/(caption|hidden)")


class Curator(Protocol):
    """Changes what is kept of the photos. Blocking, for some seconds at most.

    Raises `PhotoError` where it cannot be done, with a sentence for the owner, and `Unavailable`
    where it cannot be done now. What it did can be read at once.
    """

    def correct(self, photo: PhotoId, sentence: str) -> None:
        """Let `sentence` stand for `photo`; an empty one takes back what was said before."""
        ...

    def hide(self, photo: PhotoId, *, hidden: bool) -> None:
        """Keep `photo` from visitors, or show it again; harmless if it is so already."""
        ...


class OwnersLibrary(Library, Protocol):
    """The collection as the owner sees it: hidden photos are answered, though not searched."""

    def hidden(self, offset: int, limit: int) -> ResultPage:
        """Return hidden photos [`offset`, `offset` + `limit`), the last hidden first."""
        ...


class Owner(NamedTuple):
    """What the page needs so that its owner can sign in and do something."""

    door: Door
    library: OwnersLibrary
    curator: Curator


class NotTheOwner(LanternError):
    """It is for the owner alone."""

    def __init__(self) -> None:
        super().__init__("this is for the owner alone: sign in first, at /sign-in")


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is posted to correct a caption."""

    sentence: str


class Hide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is posted to hide a photo, or to show it again."""

    hidden: bool


def changes(path: str) -> bool:
    """Tell whether something may be posted to `path`."""
    return path in sign_in.PATHS or _CHANGING.fullmatch(path) is not None


async def hidden(request: Request) -> Response:
    """Answer GET /hidden?offset=…: what visitors do not see."""
    if not sign_in.is_owner(request):
        sign_in.door_of(request)
        return RedirectResponse(f"/sign-in?to={quote('/hidden', safe='')}", 303)
    offset = parameters.parse(request.query_params.multi_items(), strict=False).offset
    found = await ask(_owner(request).library.hidden, offset, PAGE)
    content = {
        **await sign_in.whose(request),
        "found": found,
        "offset": offset,
        "step": PAGE,
    }
    return answers.html("hidden.html", content)


async def correct_form(request: Request) -> Response:
    """Answer POST /photo/{id}/caption: lead back to the photo."""
    photo, curator = _asked(request)
    given = await posted.form(request)
    if "sentence" not in given:  # it is not to be taken for an empty one, which takes words back
        raise posted.BadPost(400, 'field "sentence": expected the caption, got no such field')
    await ask(curator.correct, photo, given["sentence"].strip())
    return RedirectResponse(f"/photo/{photo}", 303)


async def hide_form(request: Request) -> Response:
    """Answer POST /photo/{id}/hidden: lead back to the photo, or where "to" says."""
    photo, curator = _asked(request)
    given = await posted.form(request)
    if given.get("hidden") not in {"0", "1"}:
        raise posted.BadPost(400, 'field "hidden": expected 0 or 1')
    await ask(partial(curator.hide, photo, hidden=given["hidden"] == "1"))
    return RedirectResponse(sign_in.local(given.get("to", f"/photo/{photo}")), 303)


async def correct(request: Request) -> Response:
    """Answer POST /api/photos/{id}/caption."""
    photo, curator = _asked(request)
    said = await posted.json(request, Said)
    return await _done(request, partial(curator.correct, photo, said.sentence.strip()))


async def hide(request: Request) -> Response:
    """Answer POST /api/photos/{id}/hidden."""
    photo, curator = _asked(request)
    wanted = await posted.json(request, Hide)
    return await _done(request, partial(curator.hide, photo, hidden=wanted.hidden))


async def _done(request: Request, change: Callable[[], None]) -> Response:
    await ask(change)
    return answers.json(api.photo_content(await api.look_up(request)))


def _asked(request: Request) -> tuple[PhotoId, Curator]:
    """Return the photo that the path names, and who changes it; the owner's session is required."""
    curator = _owner(request).curator
    photo = api.photo_id(request)
    if photo is None:
        raise api.NoSuchPhoto(request.path_params["id"])
    return photo, curator


def _owner(request: Request) -> Owner:
    if not sign_in.is_owner(request):
        raise NotTheOwner
    owner: Owner = request.app.state.owner
    return owner
