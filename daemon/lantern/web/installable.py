"""What makes the page installable: a manifest, a service worker, and a page for when it is away.

The worker's address must be at the top, or it could not see the pages. Its first lines name the
page's files of this version, so that a browser takes a new worker whenever one of them changed.
[W3C: "Web Application Manifest", "Service Workers"]
"""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from lantern.web import answers, assets

WORKER = "service-worker.js"

ICONS = (
    ("icon-192.png", 192, "any"),
    ("icon-512.png", 512, "any"),
    ("icon-mask.png", 512, "maskable"),
)
"""Name, pixels and purpose: of a maskable one, systems cut off what is outside a circle."""

PAPER = "#faf8f4"
"""As in page.css."""


async def manifest(_: Request) -> Response:
    """Answer GET /manifest.webmanifest."""
    content = {
        "id": "/",
        "name": "Lantern",
        "short_name": "Lantern",
        "description": "Search the photos of this Lantern",
        "lang": "en",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [_icon(*icon) for icon in ICONS],
        "shortcuts": [{"name": "Status", "url": "/status"}],
    }
    return Response(
        msgspec.json.encode(content),
        media_type="application/manifest+json",
        headers={"cache-control": "no-cache"},
    )


async def worker(_: Request) -> Response:
    """Answer GET /service-worker.js."""
    script = assets.files()[WORKER]
    head = f"const VERSION = {_json(assets.version())};\nconst FILES = {_json(_shell())};\n"
    return Response(
        head.encode() + script,
        media_type=assets.media_type(WORKER),
        headers={"cache-control": "no-cache"},
    )


async def offline(_: Request) -> Response:
    """Answer GET /offline: what the worker keeps, and shows while Lantern cannot be reached."""
    return answers.html("offline.html", {})


def _shell() -> list[str]:
    """Return the addresses of what pages are made of: all but the worker itself and icons."""
    return [
        assets.address(name)
        for name in assets.files()
        if name != WORKER and not name.endswith(".png")
    ]


def _icon(name: str, pixels: int, purpose: str) -> dict[str, str]:
    return {
        "src": assets.address(name),
        "sizes": f"{pixels}x{pixels}",
        "type": assets.media_type(name),
        "purpose": purpose,
    }


def _json(content: object) -> str:
    return msgspec.json.encode(content).decode()
