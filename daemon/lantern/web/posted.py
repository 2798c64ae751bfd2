"""Read what was posted: a small form or JSON object, within bounds of size and time."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import parse_qsl

import anyio
import msgspec
from starlette.requests import Request

from lantern.errors import LanternError
from lantern.web.security import FORM, JSON, MOST_POSTED

PATIENCE_S = 10.0
"""Seconds in which the body has to arrive."""

MOST_FIELDS = 10

T = TypeVar("T")


class BadPost(LanternError):
    """What was posted is not what the address takes; `status` is the answer's."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


async def form(request: Request) -> dict[str, str]:
    """Return the fields of the form that was posted; of one that came twice, the last.

    Raises:
        BadPost: it is no form, too large, or too slow.
    """
    body = await _body(request, FORM)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise BadPost(400, "expected the fields of the page's form, got something else") from error
    return dict(pairs)


async def json(request: Request, kind: type[T]) -> T:
    """Return the JSON object that was posted, as a `kind`.

    Raises:
        BadPost: it is none, too large, or too slow.
    """
    try:
        return msgspec.json.decode(await _body(request, JSON), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadPost(400, f"expected another JSON object: {error}") from error


async def _body(request: Request, expected: str) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != expected:
        raise BadPost(415, f"expected {expected}, got {kind[:60]}")
    body = bytearray()
    try:
        with anyio.fail_after(PATIENCE_S):
            async for part in request.stream():
                body += part
                if len(body) > MOST_POSTED:
                    raise BadPost(413, f"expected at most {MOST_POSTED:,} bytes, got more")
    except TimeoutError as error:
        raise BadPost(408, f"expected the whole request within {PATIENCE_S:.0f} s") from error
    return bytes(body)
