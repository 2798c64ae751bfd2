"""Read the query string of a search: typed values, or an error that a person understands.

Pure. `api` is strict about names that it does not know, so that a script's typing error is found;
`pages` lets them pass, since other sites append theirs to links.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from lantern.errors import LanternError
from lantern.model import PhotoId
from lantern.web.library import Filters

T = TypeVar("T")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

QUERY_LIMIT = 256
"""Characters of search text; no sentence is longer, and a longer one only costs the index time."""

PAGE_LIMIT = 100
PAGE_DEFAULT = 60
OFFSET_LIMIT = 100_000
NAMES = ("q", "year", "from", "to", "camera", "like", "all", "offset", "limit")


WORDS = ("q", "year", "from", "to", "camera")
"""What narrows a search; none of it goes with "like"."""

PHOTO = re.compile(r"[0-9]{1,18}")
"""What may name a photo: eighteen digits stay below SQLite's largest row id, 2**63 - 1."""


class BadParameter(LanternError, ValueError):
    """A parameter that cannot be used; its sentence names the parameter, expected and got."""

    def __init__(self, name: str, expected: str, got: str) -> None:
        shown = got if len(got) <= 40 else got[:40] + "…"
        super().__init__(f'parameter "{name}": expected {expected}, got "{shown}"')
        self.name = name


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A search as a visitor asks for it; `text` is trimmed, its white space single.

    With `like`, the photos most like that one are wanted, and there is neither text nor filter.
    """

    text: str = ""
    filters: Filters = Filters()
    offset: int = 0
    limit: int = PAGE_DEFAULT
    like: PhotoId | None = None


def parse(pairs: Iterable[tuple[str, str]], *, strict: bool) -> Request:
    """Return the search that the query string `pairs` ask for.

    An empty value counts as absent, since a plain form sends its empty fields. With `strict`, a
    name that is not in `NAMES` is an error, and so are words beside "like", which are dropped else.

    Raises:
        BadParameter: a value is not of its kind, is out of range, or is given twice.
    """
    given = list(pairs)
    values = _once([(name, value) for name, value in given if name in NAMES])
    if strict:
        _refuse_unknown(name for name, _ in given)
    every = _read(values, "all", _whole(0, 1), 0) == 1
    offset = _read(values, "offset", _whole(0, OFFSET_LIMIT), 0)
    limit = _read(values, "limit", _whole(1, PAGE_LIMIT), PAGE_DEFAULT)
    like = _read(values, "like", _photo, None)
    if like is not None:
        for name in (name for name in values if strict and name in WORDS):
            raise BadParameter(name, 'nothing beside "like"', values[name])
        return Request("", Filters(every=every), offset, limit, like)
    filters = Filters(
        year=_read(values, "year", _whole(1, 9999), None),
        since=_read(values, "from", _date, None),
        until=_read(values, "to", _date, None),
        camera=_read(values, "camera", _text, None),
        every=every,
    )
    if filters.since and filters.until and filters.since > filters.until:
        raise BadParameter("to", f'a date not before "from" ({filters.since})', filters.until)
    return Request(_read(values, "q", _text, ""), filters, offset, limit)


def pairs(request: Request) -> list[tuple[str, str]]:
    """Return the query string, as pairs, that says what `request` looks for."""
    filters = request.filters
    said = (
        ("q", request.text),
        ("year", filters.year),
        ("from", filters.since),
        ("to", filters.until),
        ("camera", filters.camera),
        ("like", request.like),
        ("all", int(filters.every)),
    )
    return [(name, str(value)) for name, value in said if value]


def _once(given: Sequence[tuple[str, str]]) -> dict[str, str]:
    for name, times in Counter(name for name, _ in given).items():
        if times > 1:
            raise BadParameter(name, "one value", f"{times} values")
    return {name: value for name, value in given if value}


def _refuse_unknown(names: Iterable[str]) -> None:
    for name in names:
        if name not in NAMES:
            raise BadParameter(name[:40], f"a name out of {', '.join(NAMES)}", name)


def _read(values: dict[str, str], name: str, kind: Callable[[str, str], T], default: T) -> T:
    return kind(name, values[name]) if name in values else default


def _text(name: str, value: str) -> str:
    if "\0" in value:
        raise BadParameter(name, "text without NUL", value.replace("\0", "\\0"))
    if len(value) > QUERY_LIMIT:
        raise BadParameter(name, f"at most {QUERY_LIMIT} characters", f"{len(value)} characters")
    return " ".join(value.split())


def _photo(name: str, value: str) -> PhotoId:
    if not PHOTO.fullmatch(value):
        raise BadParameter(name, "a photo's number", value)
    return PhotoId(int(value))


def _whole(lowest: int, highest: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        # isdecimal() alone admits other scripts' digits, and int() signs, spaces and underscores.
        plain = value.isascii() and value.isdecimal() and len(value) <= 7
        if not plain or not lowest <= int(value) <= highest:
            raise BadParameter(name, f"a whole number from {lowest} to {highest}", value)
        return int(value)

    return read


def _date(name: str, value: str) -> str:
    try:
        # date.fromisoformat() reads "2019-W27-4" and "20190704" as well.
        if not _DAY.fullmatch(value):
            raise ValueError
        return datetime.date.fromisoformat(value).isoformat()
    except ValueError:
        raise BadParameter(name, "a date such as 2019-07-04", value) from None


def place(value: str | None) -> int | None:
    """Return the place in a result that `value` names, None where it names none.

    It only finds a photo's neighbours, so a wrong one costs them and nothing else.
    """
    try:
        return _whole(0, OFFSET_LIMIT)("at", value or "")
    except BadParameter:
        return None
