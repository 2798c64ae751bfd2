"""The asking side of the embedded index.

A reader takes the files of one commit through symbolic links in a folder of its own, for the
moment of opening them: the engine wants to lock the folder it opens, which a web process under
another user may only read.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import msgspec
import tantivy
from tantivy import Order
from tantivy import Query as Clause

from lantern.errors import Unavailable
from lantern.model import PhotoId
from lantern.search.document import Document
from lantern.search.embedded import folder as disk
from lantern.search.embedded.audit import differing, held
from lantern.search.embedded.clauses import Known, only, ranked, unranked
from lantern.search.embedded.counts import Counts, Names
from lantern.search.embedded.fields import VERSION, opened
from lantern.search.embedded.integrity import LIST, check, files_of
from lantern.search.port import Facets, Hit, Results
from lantern.search.query import Query
from lantern.search.typo import forgivable

_MOST_KNOWN = 4096  # words of which it is remembered whether any photo has them
_ATTEMPTS = 3  # to open a commit: the writer may remove its files meanwhile, after a newer one


class EmbeddedReader:
    """The `SearchReader` of the index in `folder`, which need not be there yet.

    Each search looks whether there is a new commit (two calls of stat) and opens it if so.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._one_opens = threading.Lock()
        self._opened: _Opened | None = None

    def search(self, query: Query) -> Results:
        """See `SearchReader.search`."""
        opened = self._newest()
        try:
            found = _answer(opened, query)
            also = tuple(_answer(opened, other) for other in query.also)
            return msgspec.structs.replace(found, also=also) if also else found
        except (ValueError, OSError) as error:
            self.close()
            raise Unavailable(
                f"search index {self._folder}: cannot be read ({error}); "
                "restart Lantern, which makes a new one"
            ) from error

    def photos(self) -> list[PhotoId]:
        """Return every photo in the index, as often as it stands there; `Unavailable` as `search`.

        For an audit, as `differing` and `generation`: searches tell a page of photos.
        """
        return held(self._newest().searcher)

    def differing(self, documents: Iterable[Document]) -> list[PhotoId]:
        """Return the photos that do not stand there once, with all words of their document."""
        return differing(self._newest().searcher, documents)

    def generation(self) -> str:
        """Return which index this is; another one was filled from nothing."""
        return disk.identity_of(self._newest().generation)

    def close(self) -> None:
        """See `SearchReader.close`."""
        with self._one_opens:
            self._opened = None

    def _newest(self) -> _Opened:
        with self._one_opens:
            if self._opened is None or not self._opened.is_newest():
                self._opened = _open(self._folder, self._opened)
            return self._opened


class _Opened:
    """One commit, opened, and the marks by which to see that it is still the newest."""

    def __init__(self, folder: Path, generation: str, before: _Opened | None) -> None:
        self.generation = generation
        self._marked = str(folder / "current"), str(folder / generation / LIST)
        self._marks = _marks(self._marked)  # taken first: a later commit differs from them
        commit = (folder / generation / LIST).read_bytes()
        self.files: frozenset[Path] = frozenset(files_of(commit, folder / generation))
        check(self.files - before.files if before else self.files)
        self.searcher = _searcher(commit, self.files)
        self.names: Names = before.names if before else {}
        self.counts = Counts(self.searcher, self.names)
        self.known: Known = lru_cache(_MOST_KNOWN)(partial(_is_known, self.searcher))

    def is_newest(self) -> bool:
        try:
            return self._marks == _marks(self._marked)
        except OSError:
            return False


def _open(folder: Path, before: _Opened | None) -> _Opened:
    """Return the newest commit; for a moment the one `before`, where the newest cannot be read."""
    reason: Exception | None = None
    generation = ""
    for _ in range(_ATTEMPTS):
        generation = _generation(folder)
        try:
            return _Opened(folder, generation, before)
        except (ValueError, OSError) as error:
            reason = error
    if before is not None and before.generation == generation:
        return before
    raise Unavailable(
        f"search index {folder}: cannot be opened ({reason}); "
        "if this stays, restart Lantern, which makes a new one"
    ) from reason


def _generation(folder: Path) -> str:
    current = disk.read_current(folder)
    if current is None:
        raise Unavailable(f"search index {folder}: there is none yet; start Lantern to make it")
    if current.version != VERSION:
        raise Unavailable(
            f"search index {folder}: layout {VERSION} expected, found {current.version}; "
            "restart Lantern, which makes a new one"
        )
    return current.generation


def _marks(files: Iterable[str]) -> tuple[object, ...]:
    stats = map(os.stat, files)
    return tuple((stat.st_ino, stat.st_mtime_ns, stat.st_size) for stat in stats)


def _searcher(commit: bytes, files: Iterable[Path]) -> tantivy.Searcher:
    """Open a commit, by the bytes of its list and its files, without touching their folder."""
    with tempfile.TemporaryDirectory(prefix="lantern-search-") as own:
        links = Path(own)
        (links / LIST).write_bytes(commit)
        for file in files:
            (links / file.name).symlink_to(file.absolute())
        return opened(links).searcher()


def _is_known(searcher: tantivy.Searcher, word: str) -> bool:
    return bool(searcher.doc_freq("all", word))


def _answer(opened: _Opened, query: Query) -> Results:
    searcher, counts, known = opened.searcher, opened.counts, opened.known
    if not query.limit:
        return _counted(counts, query, known)
    by_score = query.sort == "relevance" and bool(query.words)
    clause = ranked if by_score else unranked
    found = _page(searcher, clause(query, known, forgiving=False), query)
    forgiving = False
    if not found.count and forgivable(query):
        more = _page(searcher, clause(query, known, forgiving=True), query)
        if more.count > found.count:
            found, forgiving = more, True
    hits = _hits(searcher, found, query)
    facets = Facets()
    if query.facets and found.count:
        if forgiving and found.count == len(hits):  # to look for errors again would take longer
            matching = only(hit.id for hit in hits)
        else:
            matching = unranked(query, known, forgiving=forgiving)
        facets = counts.of(query, matching, forgiving=forgiving).facets
    return Results(hits, found.count, forgiving, facets)


def _counted(counts: Counts, query: Query, known: Known) -> Results:
    """Return the answer to `query`, which asks for no photos: to count takes one look, not two."""
    found, forgiving = counts.of(query, unranked(query, known, forgiving=False)), False
    if not found.photos and forgivable(query):
        more = counts.of(query, unranked(query, known, forgiving=True), forgiving=True)
        if more.photos > found.photos:
            found, forgiving = more, True
    return Results((), found.photos, forgiving, found.facets)


def _page(searcher: tantivy.Searcher, wanted: Clause, query: Query) -> Any:
    how: dict[str, Any] = {"order_by_field": "order"}
    if query.sort == "oldest":
        how["order"] = Order.Asc
    elif query.sort == "relevance" and query.words:
        how = {"weight_by_field": "recency"}
    return searcher.search(wanted, query.limit, offset=query.offset, **how)


def _hits(searcher: tantivy.Searcher, found: Any, query: Query) -> tuple[Hit, ...]:
    hits = found.hits  # made anew each time that they are asked for
    ids: list[Any] = searcher.fast_field_values("id", [address for _, address in hits])
    if query.sort == "relevance" and query.words:
        return tuple(Hit(photo, score) for photo, (score, _) in zip(ids, hits, strict=True))
    return tuple(Hit(photo, 0.0) for photo in ids)
