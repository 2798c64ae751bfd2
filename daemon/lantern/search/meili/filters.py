"""Render typed filters to the server's filter language.

Pure. Nothing that a visitor or a camera wrote ever stands in an expression: a date is rendered as
a number, and a camera's name as its hash, which the documents carry beside the name. Quoting names
would not do: the server's parser, unlike what its documentation says, leaves a doubled backslash
doubled (`filter-parser/src/value.rs`, `unescape`), so that some names could be sent safely or
found, but not both. Hashes also part names that differ in case alone, which the server does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from lantern.search.query import DateRange, Filter

CAMERA_KEY_BYTES = 16


def rendered(filters: Iterable[Filter]) -> list[str]:
    """Return one expression a filter; the server demands all of a list."""
    return [_expression(wanted) for wanted in filters]


def camera_key(name: str) -> str:
    """Return what stands for the camera's name in filters: 32 hexadecimal digits."""
    encoded = name.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, digest_size=CAMERA_KEY_BYTES).hexdigest()


def _expression(wanted: Filter) -> str:
    if isinstance(wanted, DateRange):
        first = _seconds(wanted.first or date.min, time.min)
        last = _seconds(wanted.last or date.max, time.max)
        return f"taken >= {first} AND taken <= {last}"
    return f'camera_key = "{camera_key(wanted.name)}"'


def _seconds(day: date, at: time) -> int:
    """Return the wall-clock time as `Document.taken` counts it."""
    return int(datetime.combine(day, at, tzinfo=UTC).timestamp())
