"""Render typed filters to the server's filter language.

Pure. Nothing that a visitor, a folder or a camera is called ever stands in an expression: a date is
rendered as a number, and a name as its hash, which the documents carry beside the name. Quoting
names would not do: the server's parser, unlike what its documentation says, leaves a doubled
backslash doubled (`filter-parser/src/value.rs`, `unescape`), so that some names could be sent
safely or found, but not both. Hashes also part names that differ in case alone, which the server
does not; so its counts are of names that begin with their hash, see `labelled`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from lantern.search.facets import facet_of
from lantern.search.query import (
    Camera,
    DateRange,
    Described,
    Filter,
    InFolder,
    OfFormat,
    Placed,
    Rated,
    Tagged,
    Without,
)

_KEY_BYTES = 16
_KEY_LENGTH = 2 * _KEY_BYTES


def rendered(filters: Iterable[Filter]) -> list[str]:
    """Return one expression a filter; the server demands all of a list.

    A `Without` has none: it stands in the text, see `request.text`.
    """
    return [_expression(wanted) for wanted in filters if not isinstance(wanted, Without)]


def key(name: str) -> str:
    """Return what stands for a name in filters: 32 hexadecimal digits."""
    encoded = name.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, digest_size=_KEY_BYTES).hexdigest()


def labelled(name: str) -> str:
    """Return `name` as it is counted: behind its key, so that the server takes no two for one."""
    return key(name) + name.encode("utf-8", "replace").decode()


def name_in(label: str) -> str:
    """Return the name in what `labelled` made."""
    return label[_KEY_LENGTH:]


def _expression(wanted: Filter) -> str:
    match wanted:
        case DateRange(first, last):
            begin = _seconds(first or date.min, time.min)
            return f"taken >= {begin} AND taken <= {_seconds(last or date.max, time.max)}"
        case Rated(least):
            return f"rating >= {int(least)}"
        case Camera(name) | Tagged(name) | InFolder(name) | OfFormat(name):
            return f'{facet_of(wanted)}_key = "{key(name)}"'
        case Placed() | Described():
            return f"{facet_of(wanted)} = true"
        case Without():
            raise TypeError("a word to be left out is no expression of the filter language")


def _seconds(day: date, at: time) -> int:
    """Return the wall-clock time as `Document.taken` counts it."""
    return int(datetime.combine(day, at, tzinfo=UTC).timestamp())
