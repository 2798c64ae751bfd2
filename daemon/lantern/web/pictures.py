"""Hand out pictures: thumbnails from their store, photos from the folder, the page's own files.

Nothing of a request but a whole number, 32 hex digits or a known file name gets past this module,
and the type of a picture is what its bytes say, out of those that cannot carry a script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lantern.model import Fingerprint
from lantern.web import answers, api, assets
from lantern.web.compression import understands_gzip
from lantern.web.library import Picture
from lantern.web.threads import ask

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})
"""Media types that browsers show and that hold no script (SVG does)."""

CHUNK = 256 * 1024
"""Bytes read at a time: a few visitors on slow links must not hold whole photos in memory."""

_THUMBNAIL = re.compile(r"([0-9a-f]{32})\.jpg")
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")

FOR_EVER = "public, max-age=31536000, immutable"
NOWHERE = "private, no-store"


async def thumbnail(request: Request) -> Response:
    """Answer GET /thumb/{fingerprint}.jpg.

    The address names the picture's data, so what it answers never changes, until it is hidden.
    """
    match = _THUMBNAIL.fullmatch(request.path_params["name"])
    if match is None:
        return answers.refusal(
            request.scope, 404, "expected a thumbnail's name: 32 hex digits, then .jpg"
        )
    found = await ask(api.library_of(request).thumbnail, Fingerprint(match[1]))
    if found is None or found.media_type not in SHOWN:
        return answers.refusal(request.scope, 404, "there is no such thumbnail, or not yet")
    kept = NOWHERE if found.hidden else FOR_EVER
    headers = {"etag": f'"{match[1]}"', "cache-control": kept}
    if unchanged(request.headers, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=found.media_type, headers=headers)


async def picture(request: Request) -> Response:
    """Answer GET /image/{id}."""
    named = api.photo_id(request)
    found = await ask(api.library_of(request).picture, named) if named is not None else None
    if found is None:
        raise api.NoSuchPhoto(request.path_params["id"])
    if found.media_type not in SHOWN:
        found.file.close()
        return answers.refusal(request.scope, 404, "browsers do not show this photo's format")
    return PictureAnswer(found, request.headers)


async def original(request: Request) -> Response:
    """Answer GET /original/{id}: the photo's own file, whatever its format, to be kept."""
    named = api.photo_id(request)
    found = await ask(api.library_of(request).original, named) if named is not None else None
    if found is None:
        raise api.NoSuchPhoto(request.path_params["id"])
    return PictureAnswer(found.content, request.headers, disposition=attachment(found.name))


def attachment(name: str) -> str:
    """Return the Content-Disposition that has a browser keep what it gets under `name`.

    As RFC 6266 says: a plain name for old programs, and the whole in UTF-8 percent-encoded.
    """
    clean = "".join(c if c.isprintable() else "_" for c in name)
    plain = "".join(c if c.isascii() and c not in '"\\%' else "_" for c in clean)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"


async def asset(request: Request) -> Response:
    """Answer GET /static/{version}/{name}: the page's own style, scripts and icon."""
    name = request.path_params["name"]
    content = assets.files().get(name)
    if content is None:
        return answers.refusal(request.scope, 404, "the page has no such file")
    current = request.path_params["version"] == assets.version()
    headers = {"cache-control": FOR_EVER if current else "no-cache", "vary": "accept-encoding"}
    if name in assets.packed() and understands_gzip(request.scope["headers"]):
        content = assets.packed()[name]
        headers["content-encoding"] = "gzip"
    return Response(content, media_type=assets.media_type(name), headers=headers)


def unchanged(headers: Mapping[str, str], etag: str) -> bool:
    """Tell whether the visitor's browser already has what `etag` names."""
    given = headers.get("if-none-match", "")
    return given == "*" or etag in (one.strip().removeprefix("W/") for one in given.split(","))


def span(header: str | None, size: int) -> range | None:
    """Return the bytes that a Range `header` asks for of `size` bytes; all where it asks not.

    One range is honoured; several, or one that is not understood, count as none, as RFC 9110 14.2
    allows. None means that the range lies outside (416).
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or not (match[1] or match[2]):
        return range(size)
    if not match[1]:
        wanted = range(max(size - int(match[2]), 0), size)
    elif match[2] and int(match[2]) < int(match[1]):
        return range(size)
    else:
        last = int(match[2]) if match[2] else size - 1
        wanted = range(int(match[1]), min(last + 1, size))
    return wanted or None


class PictureAnswer(Response):
    """Streams an open picture, whole or one range of it, and closes it."""

    def __init__(
        self, found: Picture, asked: Mapping[str, str], disposition: str = "inline"
    ) -> None:
        self.picture = found
        self.disposition = disposition
        etag = f'"{found.version}"'
        self.part: range | None = range(0)
        status, headers = 200, {"etag": etag, "cache-control": "no-cache"}
        if unchanged(asked, etag):
            status = 304
        else:
            # A range of an older version would not fit what the browser has of it.
            fits = asked.get("if-range", etag) == etag
            self.part = span(asked.get("range") if fits else None, found.size)
            status = self._describe(headers)
        super().__init__(status_code=status, headers=headers, media_type=None)
        # Response sets it to the length of its own, empty, body.
        if status in (200, 206):
            self.headers["content-length"] = str(len(self.part or ()))

    def _describe(self, headers: dict[str, str]) -> int:
        """Add to `headers` what tells of the part; return the status."""
        headers["accept-ranges"] = "bytes"
        if self.part is None:
            headers["content-range"] = f"bytes */{self.picture.size}"
            return 416
        headers["content-type"] = self.picture.media_type
        headers["content-disposition"] = self.disposition
        if len(self.part) == self.picture.size:
            return 200
        first, last = self.part[0], self.part[-1]
        headers["content-range"] = f"bytes {first}-{last}/{self.picture.size}"
        return 206

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the answer; close the picture whatever happens."""
        try:
            await self._send(scope, send)
        finally:
            self.picture.file.close()

    async def _send(self, scope: Scope, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        left = self.part if scope["method"] == "GET" and self.part else range(0)
        if left:
            await ask(self.picture.file.seek, left.start)
        for at in range(left.start, left.stop, CHUNK):
            # A file cut short meanwhile ends the body early; the server then ends the connection.
            data = await ask(self.picture.file.read, min(CHUNK, left.stop - at))
            await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
