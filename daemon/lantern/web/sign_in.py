"""Sign in and out: the page for it, the cookie, and who asks, for every other address.

GET and POST /sign-in, POST /sign-out: plain forms, no script. The cookie is read by no script and
sent by no other site; `security` refuses forms that another site posts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lantern.errors import Unavailable
from lantern.web import answers, posted
from lantern.web.door import Door, NoSignIn, TooManyTries, WrongPassword

COOKIE = "lantern-owner"

PATHS = frozenset({"/sign-in", "/sign-out"})

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x7e]{0,1000}")
"""A path on this page: no other site's, which would begin with "//"."""


class Recognised:
    """Tell every address whether the owner asks: `request.state.owner`.

    What the owner sees is kept by no cache, nor by the browser's "back".
    """

    def __init__(self, app: ASGIApp, door: Door | None) -> None:
        self.app = app
        self.door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        owner = await self._is_owner(scope)
        scope.setdefault("state", {})["owner"] = owner
        await self.app(scope, receive, _kept_nowhere(send) if owner else send)

    async def _is_owner(self, scope: Scope) -> bool:
        try:
            return self.door is not None and any(
                [await self.door.knows(token) for token in tokens(scope["headers"])]
            )
        except Unavailable:  # to /sign-in the reason is told
            return False


def _kept_nowhere(send: Send) -> Send:
    async def send_kept_nowhere(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith(("text/html", "application/json")):
                headers["cache-control"] = "private, no-store"
        await send(message)

    return send_kept_nowhere


def tokens(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """Return what the cookies of our name say, four at most: another port may have set its own."""
    pairs = (
        pair.strip().partition("=")
        for name, value in headers
        if name == b"cookie"
        for pair in value.decode("latin-1").split(";")
    )
    return [value for name, _, value in pairs if name == COOKIE][:4]


async def whose(request: Request) -> dict[str, bool]:
    """Return what every template is told: whether the owner asks, and whether one can sign in."""
    return {"owner": is_owner(request), "can_sign_in": await _can_sign_in(request)}


def is_owner(request: Request) -> bool:
    """Tell whether the owner asks."""
    return bool(request.state.owner)


def door_of(request: Request) -> Door:
    """Return the door that the page was created with.

    Raises:
        NoSignIn: it has none.
    """
    owner = request.app.state.owner
    if owner is None:
        raise NoSignIn
    door: Door = owner.door
    return door


async def _can_sign_in(request: Request) -> bool:
    try:
        return await door_of(request).is_open()
    except NoSignIn:
        return False
    except Unavailable:  # the page behind the link says why
        return True


async def show(request: Request) -> Response:
    """Answer GET /sign-in?to={path}: the form."""
    to = local(request.query_params.get("to", ""))
    if is_owner(request):
        return RedirectResponse(to, 303)
    if not await door_of(request).is_open():
        raise NoSignIn
    return _form(to)


async def enter(request: Request) -> Response:
    """Answer POST /sign-in with password and to: lead there, signed in, or show the form again."""
    given = await posted.form(request)
    to = local(given.get("to", ""))
    address = request.client.host if request.client else ""
    door = door_of(request)
    try:
        token = await door.sign_in(given.get("password", ""), address)
    except WrongPassword as error:
        return _form(to, str(error), 403)
    except TooManyTries as error:
        answer = _form(to, str(error), 429)
        answer.headers["retry-after"] = str(error.wait_s)
        return answer
    for old in tokens(request.scope["headers"]):
        door.sign_out(old)
    return _with_cookie(RedirectResponse(to, 303), request, token)


async def leave(request: Request) -> Response:
    """Answer POST /sign-out: end the session, in this process and in the browser."""
    for token in tokens(request.scope["headers"]):
        door_of(request).sign_out(token)
    return _with_cookie(RedirectResponse("/", 303), request, "")


def local(to: str) -> str:
    """Return `to` if it is a path on this page, else "/"."""
    return to if _LOCAL.fullmatch(to) else "/"


def _form(to: str, error: str = "", status: int = 200) -> Response:
    answer = answers.html("sign-in.html", {"to": to, "error": error}, status)
    answer.headers["cache-control"] = "no-store"
    return answer


def _with_cookie(answer: Response, request: Request, token: str) -> Response:
    # Behind a proxy that ends TLS, the browser's Origin tells that it sees https.
    secure = "https" in (request.url.scheme, request.headers.get("origin", "").partition(":")[0])
    answer.headers["set-cookie"] = (
        f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
        + ("; Secure" if secure else "")
        + ("" if token else "; Max-Age=0")
    )
    answer.headers["cache-control"] = "no-store"
    return answer
