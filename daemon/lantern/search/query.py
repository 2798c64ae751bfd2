"""Read what a visitor typed into a typed `Query`; no text can make it fail.

Pure, and without any engine's query language: words and filters are values, which each adapter
renders, so nothing typed is ever parsed by an engine. Also read by the web page and the command
line, so it must stay cheap to import.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, NamedTuple, get_args

import msgspec

from lantern.search.words import STOP_WORDS, words

MAX_CHARACTERS = 256
"""What stands behind them is not read."""

MAX_WORDS = 16
"""Further words are dropped."""

MAX_LIMIT = 100
MAX_OFFSET = 100_000

MOST_STARS = 5

Sort = Literal["relevance", "newest", "oldest"]


class DateRange(msgspec.Struct, frozen=True, tag="date_range"):
    """Photos taken from `first` to `last`, both included, by the camera's local date.

    None leaves an end open. Photos without a date are never in a range, not even in an open one.
    """

    first: date | None = None
    last: date | None = None


class Camera(msgspec.Struct, frozen=True, tag="camera"):
    """Photos taken with the camera of this name, exactly as `Facets.camera` gives it."""

    name: str


class Tagged(msgspec.Struct, frozen=True, tag="tagged"):
    """Photos in which the model sees this, exactly as `Facets.tag` gives it."""

    name: str


class InFolder(msgspec.Struct, frozen=True, tag="in_folder"):
    """Photos of which a copy lies in this folder or below it, exactly as `Facets.folder` gives it.

    `path` is text as people see it, below the photo root, without slashes at its ends.
    """

    path: str


class Rated(msgspec.Struct, frozen=True, tag="rated"):
    """Photos with so many stars or more."""

    least: Annotated[int, msgspec.Meta(ge=1, le=MOST_STARS)]


class OfFormat(msgspec.Struct, frozen=True, tag="of_format"):
    """Photos of which a copy is of this format, as `imaging.formats.Format` calls it."""

    name: str


class Placed(msgspec.Struct, frozen=True, tag="placed"):
    """Photos that know where they were taken."""


class Described(msgspec.Struct, frozen=True, tag="described"):
    """Photos that a person wrote a sentence of."""


class Without(msgspec.Struct, frozen=True, tag="without"):
    """Photos that have this word nowhere where it would be searched, nor another form of it.

    `word` is folded, see `search.words`, and whole.
    """

    word: str


Filter = DateRange | Camera | Tagged | InFolder | Rated | OfFormat | Placed | Described | Without

Facet = Literal["month", "camera", "tag", "folder", "rating", "format", "place", "person"]
"""What photos can be counted by, see `port.Facets`."""

FACETS: tuple[Facet, ...] = get_args(Facet)


class Query(msgspec.Struct, frozen=True):
    """What to find: every demanded word (see `demanded`) and every filter must match.

    `words` are folded, see `search.words`. With `prefix`, the last word may go on: the visitor is
    still typing it. `sort` "relevance" without words means newest first; photos without a date
    come last in "newest" and "oldest". `facets` are those to be counted. `also` are further
    questions that are answered in the same moment, each by itself, and have none of their own.
    """

    words: tuple[str, ...] = ()
    prefix: bool = False
    filters: tuple[Filter, ...] = ()
    sort: Sort = "relevance"
    offset: Annotated[int, msgspec.Meta(ge=0, le=MAX_OFFSET)] = 0
    limit: Annotated[int, msgspec.Meta(ge=0, le=MAX_LIMIT)] = 40
    facets: tuple[Facet, ...] = ()
    also: tuple[Query, ...] = ()


def parse(  # noqa: PLR0913 - all but the text is by name
    text: str,
    *,
    filters: Iterable[Filter] = (),
    sort: Sort = "relevance",
    offset: int = 0,
    limit: int = 40,
    facets: Iterable[Facet] = (),
) -> Query:
    """Return the query that `text` asks for, as typed so far.

    `year:2019`, `from:2019-06` and `to:2019-06-15` become a `DateRange` beside `filters`; one that
    is not finished yet ("year:20") is passed over. `offset` and `limit` are brought into their
    ranges. `-people` becomes a `Without`; as somebody is still typing it, it leaves out what has
    just that word. Raises nothing, whatever `text` holds.
    """
    rest, dates = _take_dates(text[:MAX_CHARACTERS])
    plain, left_out = _take_left_out(rest)
    found = tuple(words(plain)[:MAX_WORDS])
    return Query(
        words=found,
        prefix=bool(found) and not plain[-1].isspace(),
        filters=(*filters, *dates, *map(Without, left_out)),
        sort=sort,
        offset=min(max(offset, 0), MAX_OFFSET),
        limit=min(max(limit, 0), MAX_LIMIT),
        facets=tuple(facets),
    )


def is_wordless(text: str) -> bool:
    """Tell whether something is asked for in `text`, and neither a word nor a date: "?!", "🐶".

    `parse` makes of it a query for every photo, as of an empty text.
    """
    plain, dates = _take_dates(text[:MAX_CHARACTERS])
    return bool(plain.strip()) and not dates and not words(plain)


def left_out(query: Query) -> tuple[str, ...]:
    """Return the words that no photo may have, each once."""
    found = (wanted.word for wanted in query.filters if isinstance(wanted, Without))
    return tuple(dict.fromkeys(found))


class Term(NamedTuple):
    """One word that a photo must have; with `prefix`, a word that begins with it will do."""

    word: str
    prefix: bool


def demanded(query: Query) -> tuple[Term, ...]:
    """Return the words that a photo must have: all but the stop words, each once.

    A query of nothing but stop words demands them all.
    """
    last = len(query.words) - 1
    terms = [Term(word, query.prefix and at == last) for at, word in enumerate(query.words)]
    telling = [term for term in terms if term.word not in STOP_WORDS]
    return tuple(dict.fromkeys(telling or terms))


def year(number: int) -> DateRange:
    """Return the range of one calendar year, 1 to 9999. Raises ValueError outside."""
    return DateRange(date(number, 1, 1), date(number, 12, 31))


_DATE_FILTER = re.compile(r"(?<!\S)(year|from|to):(\S*)", re.IGNORECASE)
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)


def _take_dates(text: str) -> tuple[str, tuple[DateRange, ...]]:
    """Return `text` without its date filters, and the range they make together, if any."""
    first = last = None
    for match in _DATE_FILTER.finditer(text):
        span = _partial_date(match[2])
        if span and match[1].lower() != "to":
            first = span[0]
        if span and match[1].lower() != "from":
            last = span[1]
    rest = _DATE_FILTER.sub("", text)
    return rest, (DateRange(first, last),) if first or last else ()


_LEFT_OUT = re.compile(r"(?<!\S)-(?=[^\W_])\S+")


def _take_left_out(text: str) -> tuple[str, list[str]]:
    """Return `text` without what a minus stands right before, and the words of that.

    Of several words ("-t-shirt") those too common to tell anything are passed over.
    """
    found = [word for match in _LEFT_OUT.finditer(text) for word in _telling(words(match[0][1:]))]
    return _LEFT_OUT.sub("", text), found[:MAX_WORDS]


def _telling(some: list[str]) -> list[str]:
    return [word for word in some if word not in STOP_WORDS] or some


def _partial_date(text: str) -> tuple[date, date] | None:
    """Return the first and last day of "2019", "2019-06" or "2019-06-15"; None for other text."""
    match = _PARTIAL_DATE.fullmatch(text)
    if match is None:
        return None
    number, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = date(number or 0, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return first, first
    ending = month or 12
    return first, date(first.year, ending, calendar.monthrange(first.year, ending)[1])
