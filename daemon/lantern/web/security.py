"""What every request meets before the page sees it, and every answer on its way out.

Plain ASGI: no request body is read, no answer buffered. Its dangers are another site in the same
browser (DNS rebinding, framing, forged requests of the owner's, scripts in captions) and hostile
requests.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lantern.web.answers import refusal

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        # The scripts set text, never markup; with these two, the browser holds them to it.
        "require-trusted-types-for 'script'",
        "trusted-types install",  # names the service worker's address, see static/install.js
    )
)

HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # Not "no-referrer": browsers would then hide the origin of a form from this page, too.
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TYPES = frozenset({FORM, JSON})
"""What may be posted. A form of another site can be of neither JSON nor this very origin."""

MOST_POSTED = 32_768
"""Bytes: the longest sentence, each letter of it in the longest spelling."""

MOST_NAMES = 128
"""Values of `Host` of which it is remembered whether they are answered."""

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.IGNORECASE)


class SecureHeaders:
    """Put `HEADERS` on every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers to what comes back."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self.app(scope, receive, send_secured)


class KnownHost:
    """Answer only to names that belong to this machine, against DNS rebinding.

    A site that rebinds its name to this address still sends its own name in `Host`. Addresses
    ("192.168.1.7", "[::1]") always pass: no site can be rebound to one.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = frozenset(host.lower().rstrip(".") for host in hosts)
        self._is_known = lru_cache(MOST_NAMES)(self._is_ours)  # browsers send the same few

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421."""
        if scope["type"] == "http" and not self._knows(scope):
            names = ", ".join(sorted(self.hosts)) or "none"
            answer = refusal(
                scope,
                421,
                "this is not a name of this Lantern: expected its IP address or one of its names "
                f"({names}); if the name is yours, add it to web.names in lantern.toml",
            )
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"host"]
        return len(given) == 1 and self._is_known(given[0])

    def _is_ours(self, given: bytes) -> bool:
        match = _HOST.fullmatch(given.decode("latin-1"))
        if match is None:
            return False
        name = match["name"].lower()
        return _is_address(name) or name.removesuffix(".") in self.hosts


class ReadOnly:
    """Answer GET and HEAD; refuse every method that could mean a change, and POST with a fault.

    POST passes to those paths of which `changing` is true, if the page itself sent it: see `fault`.
    Who sent it is for those addresses to ask.
    """

    def __init__(self, app: ASGIApp, changing: Callable[[str], bool] = lambda _: False) -> None:
        self.app = app
        self.changing = changing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403, 405, 411, 413 or 415."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        posted = scope["method"] == "POST" and self.changing(scope["path"])
        found = fault(scope["headers"]) if posted else self._foreign(scope)
        if found is None:
            await self.app(scope, receive, send)
            return
        answer = refusal(scope, *found)
        if found[0] == 405:
            answer.headers["allow"] = "GET, HEAD"
        await answer(scope, receive, send)

    def _foreign(self, scope: Scope) -> tuple[int, str]:
        method = scope["method"][:20]
        return 405, f"expected GET or HEAD, got {method}: this address only shows"


def fault(headers: Iterable[tuple[bytes, bytes]]) -> tuple[int, str] | None:
    """Return why a POST with these `headers` is refused, as status and sentence; None if it is not.

    It has to come from a page of this very origin, as every current browser tells by
    `Sec-Fetch-Site` (over https and on localhost) or `Origin` (everywhere); neither can be forged
    by a script of another site. It has to be a form or JSON, of a length told beforehand.
    """
    given: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        given.setdefault(name, []).append(value.strip())
    if not _is_own(given):
        return 403, (
            "expected a request from this page itself, with a matching Origin or Sec-Fetch-Site "
            "header; open the page under this very address and try again"
        )
    if _media_type(given) not in TYPES:
        return 415, f"expected a form or JSON ({', '.join(sorted(TYPES))}), got something else"
    match given.get(b"content-length", []):
        case [length] if re.fullmatch(rb"[0-9]{1,9}", length):
            if int(length) > MOST_POSTED:
                return 413, f"expected at most {MOST_POSTED:,} bytes, got {int(length):,}"
            return None
        case _:
            return 411, "expected a Content-Length header with the number of bytes that follow"


def _is_own(given: dict[bytes, list[bytes]]) -> bool:
    site, origin = given.get(b"sec-fetch-site", []), given.get(b"origin", [])
    if site not in ([], [b"same-origin"]) or not (site or origin):
        return False
    return not origin or (len(origin) == 1 and _is_of(origin[0], given.get(b"host", [])))


def _is_of(origin: bytes, host: list[bytes]) -> bool:
    """Tell whether `origin` is that of `host`, whose scheme a proxy in front may have hidden."""
    match = re.fullmatch(rb"(https?)://([^/?#@]+)", origin.lower())
    if match is None or len(host) != 1:
        return False
    port = b":443" if match[1] == b"https" else b":80"
    return match[2].removesuffix(port) == host[0].lower().removesuffix(port)


def _media_type(given: dict[bytes, list[bytes]]) -> str:
    kinds = given.get(b"content-type", [])
    return kinds[0].partition(b";")[0].strip().lower().decode("latin-1") if len(kinds) == 1 else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
