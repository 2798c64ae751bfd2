"""Ask one engine, and another while the first does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from lantern import log
from lantern.errors import Unavailable
from lantern.search.port import Results, SearchReader
from lantern.search.query import Query

REST_S = 5.0
"""So long the first is left alone after a failure: a visitor who types must not wait each time."""


class FallbackReader:
    """The `SearchReader` that asks `first`, and `second` in its stead; `Results` say which."""

    def __init__(
        self,
        first: SearchReader,
        second: SearchReader,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first = first
        self._second = second
        self._now = now
        self._failure: tuple[float, str] | None = None

    def search(self, query: Query) -> Results:
        """See `SearchReader.search`; raises only what `second` raises."""
        failure = self._failure
        if failure is None or self._now() >= failure[0]:
            try:
                found = self._first.search(query)
            except Unavailable as error:
                failure = self._failed(str(error))
            else:
                self._answered()
                return found
        return msgspec.structs.replace(self._second.search(query), instead_of=failure[1])

    def _failed(self, reason: str) -> tuple[float, str]:
        if self._failure is None:
            log.warning("another search engine answers", because=reason)
        self._failure = (self._now() + REST_S, reason)
        return self._failure

    def _answered(self) -> None:
        if self._failure is not None:
            log.info("the search engine answers again")
        self._failure = None

    def close(self) -> None:
        """See `SearchReader.close`."""
        self._first.close()
        self._second.close()
