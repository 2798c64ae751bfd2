"""What every request meets before the page sees it, and every answer on its way out.

Plain ASGI: no request body is read, no answer buffered. The page has no secret, so its dangers are
another site in the same browser (DNS rebinding, framing, scripts in captions) and hostile requests.
"""

from __future__ import annotations

import ipaddress
import re

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
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)

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
        if len(given) != 1:
            return False
        match = _HOST.fullmatch(given[0].decode("latin-1"))
        if match is None:
            return False
        name = match["name"].lower()
        return _is_address(name) or name.removesuffix(".") in self.hosts


class ReadOnly:
    """Answer GET and HEAD, refuse every method that could mean a change."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 405."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            answer = refusal(
                scope, 405, f"expected GET or HEAD, got {scope['method'][:20]}: the page only shows"
            )
            answer.headers["allow"] = "GET, HEAD"
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
