"""Render a query to the body of the server's search, and find a page that holds what is asked.

Pure. The words of a query are letters and digits alone (`search.words`), so none can be read as a
phrase or an exclusion, but those that are to be left out. The server heeds the first ten words of a
query; those behind them are not demanded.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lantern.search.facets import columns
from lantern.search.meili.filters import rendered
from lantern.search.meili.settings import EXACT
from lantern.search.query import Query, demanded, left_out


class Page(NamedTuple):
    """Page `number`, from 1, of pages of `size`, whose first `skipped` hits were not asked for."""

    number: int
    size: int
    skipped: int


def page_of(offset: int, limit: int) -> Page:
    """Return the smallest page that holds `limit` hits from `offset` on.

    The server counts exactly only where it is asked for pages, and those begin at multiples of
    their size.
    """
    if not limit:
        return Page(1, 0, 0)
    size = limit
    while offset % size + limit > size:
        size += 1
    return Page(offset // size + 1, size, offset % size)


def text(query: Query) -> str:
    """Return the words to search for; a space at the end says that the last one is whole.

    Words to be left out come first, where the server heeds them however many others there are, each
    behind a minus. It leaves out what has just that word; other forms stand in the documents.
    """
    terms = demanded(query)
    said = [*(f"-{word}" for word in left_out(query)), *(term.word for term in terms)]
    if not said:
        return ""
    return " ".join(said) + ("" if terms and terms[-1].prefix else " ")


def options(query: Query, page: Page, *, forgiving: bool) -> dict[str, Any]:
    """Return the body of the search besides its text; with typos where `forgiving`."""
    found: dict[str, Any] = {
        "matchingStrategy": "all",
        "attributesToRetrieve": ["id"],
        "showRankingScore": True,
        "page": page.number,
        "hitsPerPage": page.size,
    }
    if narrowed := rendered(query.filters):
        found["filter"] = narrowed
    if query.facets:
        found["facets"] = list(columns(query).values())
    if (query.words or left_out(query)) and not forgiving:
        found["attributesToSearchOn"] = list(EXACT)
    if query.sort != "relevance" or not query.words:
        order = "asc" if query.sort == "oldest" else "desc"
        found["sort"] = [f"taken:{order}", f"id:{order}"]
    return found
