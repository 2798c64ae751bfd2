"""The ports of search: `SearchIndex`, which the daemon fills, and `SearchReader`, which is asked.

They are two because they live in two processes: one writer, any number of readers, and a reader
must answer while the writer is down. The index is disposable: the catalog is the truth, and
whoever fills the index compares `generation` to learn that it was lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from lantern.model import PhotoId
from lantern.search.document import Document
from lantern.search.query import Query


class Hit(msgspec.Struct, frozen=True):
    """One photo found; `score` is comparable within one answer only. All else is in the catalog."""

    id: PhotoId
    score: float


Counts = tuple[tuple[str, int], ...]
"""Values, and how many photos have each."""

MOST_VALUES = 100
"""Values of a facet that are told, those of most photos; of months all."""


class Facets(msgspec.Struct, frozen=True):
    """How many of the photos that match have which value: what was asked for, the rest is empty.

    By falling count, then by value, but for `month` ("2019-07"), `rating` ("0" to "5") and their
    rising values. `tag` is in the model's words. `folder` has the folders right in the one of the
    query's last `InFolder`, or right in the photo root, and counts a photo in each that a copy lies
    in or below ("2019", or "2019/rome"); folders more than six deep are not counted. `place` and
    `person` have the one value "yes".
    """

    month: Counts = ()
    camera: Counts = ()
    tag: Counts = ()
    folder: Counts = ()
    rating: Counts = ()
    format: Counts = ()
    place: Counts = ()
    person: Counts = ()


class Results(msgspec.Struct, frozen=True):
    """The answer to one query.

    `hits` are the page that `offset` and `limit` asked for, `total` the exact number of photos that
    match. `forgiving` tells that words were matched with typos, since as typed they find nothing.
    `instead_of` says why another engine than the one asked first has answered; it is empty
    where that one did. `also` are the answers to the query's own `also`, in their order.
    """

    hits: tuple[Hit, ...]
    total: int
    forgiving: bool = False
    facets: Facets = Facets()
    instead_of: str = ""
    also: tuple[Results, ...] = ()


class SearchIndex(Protocol):
    """The writing side, held by one process. Blocking (disk or network); call it from one thread.

    Every method may raise `Unavailable`, after which nothing or all of the call is done: repeat it.
    """

    def apply(self, upserts: Sequence[Document], deletions: Sequence[PhotoId] = ()) -> None:
        """Put `upserts` in, in place of documents with their ids, and take `deletions` out.

        Durable and visible to readers on return, and all or nothing. Idempotent: ids that are not
        there may be deleted. An id in both is put in. A call costs a commit, so gather photos.
        """
        ...

    def clear(self) -> None:
        """Empty the index and begin a new generation. Durable on return."""
        ...

    def count(self) -> int:
        """Return the number of documents that readers can find."""
        ...

    def generation(self) -> str:
        """Return the random name that this index got when it was created empty.

        It differs from the one remembered when the index was wiped, damaged or of another version
        of Lantern: then every document must be sent again.
        """
        ...

    def close(self) -> None:
        """Let another process write. Idempotent."""
        ...


class Compaction(Protocol):
    """All photos of a `LocalIndex`, written once more. Of one thread; drop it in any case."""

    def add(self, documents: Sequence[Document]) -> None:
        """Take `documents`, each photo once. Raises `Unavailable`."""
        ...

    def finish(self) -> None:
        """Let readers see what came in place of what they see; the generation stays the same.

        Durable on return, and all or nothing. Raises `Unavailable`.
        """
        ...

    def drop(self) -> None:
        """Leave nothing of it behind, unless it was finished. Idempotent."""
        ...


class LocalIndex(SearchIndex, Protocol):
    """The writing side of an engine in this process, whose files grow many as photos come.

    Each file costs each search. They become few when all photos are written once more, beside
    those that readers see.
    """

    def is_scattered(self) -> bool:
        """Tell whether so many photos came, or went, that a compaction is worth it."""
        ...

    def compaction(self) -> Compaction:
        """Begin to write all photos once more; the index takes nothing else before its end."""
        ...


class SearchServer(SearchIndex, Protocol):
    """The writing side of an engine that is another process: it may be new, wiped, or another's.

    So its index is looked for by its generation before anything is sent, and a new one is filled
    out of the readers' sight and shown to them whole.
    """

    def resume(self, generation: str) -> bool:
        """Go on with the index of this generation; return False if there is none that fits.

        It may be the one that readers see, or one that a `rebuild` began, also in another process.
        """
        ...

    def rebuild(self, serving: str | None = None) -> None:
        """Begin an empty index of a new generation, which readers do not see until `publish`.

        Meanwhile they see the one before if that is the generation `serving`, else none: it may
        hold another catalog's photos under the same ids.
        """
        ...

    def publish(self) -> None:
        """Let readers see what was filled since `rebuild`, in place of what they see, at once.

        Without effect where they see it already.
        """
        ...


class SearchReader(Protocol):
    """The asking side, in any process, any number of them. Blocking, for milliseconds.

    Safe to call from several threads.
    """

    def search(self, query: Query) -> Results:
        """Return what matches `query` in the newest state of the index.

        Raises:
            Unavailable: there is no index yet, or it cannot be read now. A later call heals by
                itself when the index is back.
        """
        ...

    def close(self) -> None:
        """Release what is held. Idempotent."""
        ...
