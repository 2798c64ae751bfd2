"""Read the query string of a search: typed values, or an error that a person understands.

Pure. `api` is strict about names that it does not know, so that a script's typing error is found;
`pages` lets them pass, since other sites append theirs to links.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, get_args

import msgspec

from lantern.errors import LanternError
from lantern.imaging.formats import Format
from lantern.model import PhotoId
from lantern.web import period
from lantern.web.library import Filters, Sort

T = TypeVar("T")

QUERY_LIMIT = 256
"""Characters of search text; no sentence is longer, and a longer one only costs the index time."""

NAME_LIMIT = 1024
"""Characters of a camera, a tag or a folder: Linux ends a path at 4096 bytes, few go so far."""

PAGE_LIMIT = 100
PAGE_DEFAULT = 40
OFFSET_LIMIT = 100_000

FILTERS = ("from", "to", "camera", "tag", "folder", "rating", "format", "place", "person")
WORDS = ("q", *FILTERS, "sort")
"""What says a search; none of it goes with "like"."""

NAMES = (*WORDS, "like", "all", "offset", "limit")

_FORMATS = {known.casefold(): str(known) for known in Format}

SORTS: tuple[Sort, ...] = get_args(Sort)

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
    sort: Sort = "relevance"
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
    every = _read(values, "all", _switch, False)
    offset = _read(values, "offset", _whole(0, OFFSET_LIMIT), 0)
    limit = _read(values, "limit", _whole(1, PAGE_LIMIT), PAGE_DEFAULT)
    like = _read(values, "like", _photo, None)
    if like is not None:
        for name in (name for name in values if strict and name in WORDS):
            raise BadParameter(name, 'nothing beside "like"', values[name])
        return Request("", Filters(every=every), offset=offset, limit=limit, like=like)
    sort: Sort = _read(values, "sort", _sort, "relevance")
    return Request(_read(values, "q", _text, ""), _filters(values, every), sort, offset, limit)


def pairs(request: Request) -> list[tuple[str, str]]:
    """Return the query string, as pairs, that says what `request` looks for."""
    filters = request.filters
    said = (
        ("q", request.text),
        ("from", filters.since),
        ("to", filters.until),
        ("camera", filters.camera),
        ("tag", filters.tag),
        ("folder", filters.folder),
        ("rating", filters.rating),
        ("format", filters.format),
        ("place", int(filters.place)),
        ("person", int(filters.person)),
        ("sort", "" if request.sort == "relevance" else request.sort),
        ("like", request.like),
        ("all", int(filters.every)),
    )
    return [(name, str(value)) for name, value in said if value]


def _filters(values: dict[str, str], every: bool) -> Filters:
    filters = Filters(
        since=_read(values, "from", _date, None),
        until=_read(values, "to", _date, None),
        camera=_read(values, "camera", _name, None),
        tag=_read(values, "tag", _name, None),
        folder=_read(values, "folder", _name, None),
        rating=_read(values, "rating", _whole(1, 5), None),
        format=_read(values, "format", _format, None),
        place=_read(values, "place", _switch, False),
        person=_read(values, "person", _switch, False),
        every=every,
    )
    since, until = filters.since, filters.until
    if since and until and period.first_day(since) > period.last_day(until):
        raise BadParameter("to", f'a date not before "from" ({since})', until)
    return filters


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
    return " ".join(_bounded(name, value, QUERY_LIMIT).split())


def _name(name: str, value: str) -> str:
    """Return `value` as it is: a folder's name may hold any white space."""
    return _bounded(name, value, NAME_LIMIT)


def _format(name: str, value: str) -> str:
    """Return the format as it is called here: nobody knows that it is WebP, but PNG."""
    return _FORMATS.get(value.casefold()) or _name(name, value)


def _bounded(name: str, value: str, limit: int) -> str:
    if "\0" in value:
        raise BadParameter(name, "text without NUL", value.replace("\0", "\\0"))
    if len(value) > limit:
        raise BadParameter(name, f"at most {limit} characters", f"{len(value)} characters")
    return value


def _sort(name: str, value: str) -> Sort:
    for sort in SORTS:
        if value == sort:
            return sort
    raise BadParameter(name, f"one of {', '.join(SORTS)}", value)


def _switch(name: str, value: str) -> bool:
    return _whole(0, 1)(name, value) == 1


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
        period.first_day(value)
    except ValueError:
        raise BadParameter(name, "a date such as 2019-07-04, 2019-07 or 2019", value) from None
    return value


def place(value: str | None) -> int | None:
    """Return the place in a result that `value` names, None where it names none.

    It only finds a photo's neighbours, so a wrong one costs them and nothing else.
    """
    try:
        return _whole(0, OFFSET_LIMIT)("at", value or "")
    except BadParameter:
        return None
