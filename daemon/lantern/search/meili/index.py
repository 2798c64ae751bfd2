"""The writing side of the search server.

`photos` is what readers search. A rebuild fills `photos-next` beside it and swaps the two at the
end, so search never goes dark, and never sees an index half filled. Only for so long are there
two: a small Pi runs out of addresses with several.

The task of a swap cannot be waited for: a key for some indexes is not shown the tasks of swaps
(github.com/meilisearch/meilisearch/issues/4103). So a task of no effect is sent behind it and
waited for, since tasks are done in order, and then the mark of the index tells whether it swapped.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from lantern.errors import Unavailable
from lantern.model import PhotoId
from lantern.search.document import Document
from lantern.search.meili.connection import Line, Lines, NoIndex, Server
from lantern.search.meili.rendering import rendered
from lantern.search.meili.settings import LAYOUT, Mark, mark_in, marked, missing_from
from lantern.search.meili.tasks import Tasks

LIVE = "photos"
FRESH = "photos-next"

DEADLINE_S = 60.0
"""For one task: a Pi takes a second or two for a batch."""

NAME_BYTES = 8

NOBODY = PhotoId(0)
"""No photo has this id: the catalog counts from 1."""


class MeiliIndex:
    """The `SearchServer` at `server`. Making one asks nothing of the server, which may be down.

    Two writers to one server are not refused, as they are by the embedded index: the server has no
    such lock. The daemon's own lock holds them apart on one machine.
    """

    def __init__(self, server: Server, *, deadline_s: float = DEADLINE_S) -> None:
        self._lines = Lines(server)
        self._tasks = Tasks(f"search server {server.url}", deadline_s)
        self._filled = LIVE
        self._generation = ""
        self._adjusted = False

    def ensure(self) -> None:
        """Make an empty index for readers where there is none, or one of another layout."""
        with self._lines.line() as line:
            mark = _mark(line, LIVE)
        if mark is None or mark.layout != LAYOUT:
            self.clear()
        else:
            self.resume(mark.generation)

    def resume(self, generation: str) -> bool:
        """See `SearchServer.resume`."""
        wanted = Mark(LAYOUT, generation)
        with self._lines.line() as line:
            self._tasks.settle(line)
            for uid in (LIVE, FRESH):
                if (there := _settings(line, uid)) is not None and mark_in(there) == wanted:
                    self._filled, self._generation = uid, generation
                    self._adjust(line, there)
                    return True
        return False

    def rebuild(self, serving: str | None = None) -> None:
        """See `SearchServer.rebuild`."""
        generation = secrets.token_hex(NAME_BYTES)
        with self._lines.line() as line:
            self._tasks.settle(line)
            self._delete(line, FRESH)
            self._tasks.finish(line, line.create(FRESH))
            self._tasks.finish(line, line.change_settings(FRESH, marked(generation)))
            live = _mark(line, LIVE)
            if live is None or live.generation != serving:
                self._delete(line, LIVE)
        self._filled, self._generation, self._adjusted = FRESH, generation, True

    def publish(self) -> None:
        """See `SearchServer.publish`."""
        if self._filled == LIVE:
            return
        with self._lines.line() as line:
            self._tasks.settle(line)
            if not self._is_live(line):
                line.swap(FRESH, LIVE, rename=_settings(line, LIVE) is None)
                self._tasks.sit_out(line, line.take_out(LIVE, [NOBODY]))
            if not self._is_live(line):
                raise Unavailable(
                    "search server: the index that was filled expected in the place of the one "
                    "that is searched, it is not there; it is tried again, meanwhile look at "
                    "journalctl -u meilisearch"
                )
            self._filled = LIVE
            self._delete(line, FRESH)

    def apply(self, upserts: Sequence[Document], deletions: Sequence[PhotoId] = ()) -> None:
        """See `SearchIndex.apply`. The two are a task each: repeated, the call is whole again."""
        documents = {document.id: rendered(document) for document in upserts}
        gone = [photo for photo in deletions if photo not in documents]
        with self._lines.line() as line:
            self._tasks.settle(line)
            if documents:
                self._tasks.finish(line, line.put(self._filled, list(documents.values())))
            if gone:
                self._tasks.finish(line, line.take_out(self._filled, gone))

    def clear(self) -> None:
        """See `SearchIndex.clear`: an empty index takes the place of the one that is searched."""
        with self._lines.line() as line:
            live = _mark(line, LIVE)
        self.rebuild(serving=live.generation if live else None)
        self.publish()

    def count(self) -> int:
        """See `SearchIndex.count`."""
        with self._lines.line() as line:
            return line.count(LIVE)

    def generation(self) -> str:
        """See `SearchIndex.generation`: that of the index which is being filled."""
        with self._lines.line() as line:
            mark = _mark(line, self._filled)
        if mark is None:
            raise NoIndex("search server: no index of Lantern's; it is begun anew")
        return mark.generation

    def close(self) -> None:
        """See `SearchIndex.close`; from any thread."""
        self._tasks.stop()
        self._lines.close()

    def _is_live(self, line: Line) -> bool:
        return _mark(line, LIVE) == Mark(LAYOUT, self._generation)

    def _adjust(self, line: Line, there: dict[str, Any]) -> None:
        """Bring the settings of the index up to today's, once a process, and sweep."""
        if self._adjusted:
            return
        if changes := missing_from(there):
            self._tasks.finish(line, line.change_settings(self._filled, changes))
        if self._filled == LIVE:
            self._delete(line, FRESH)  # left over by a kill between swap and deletion
        self._adjusted = True

    def _delete(self, line: Line, uid: str) -> None:
        if _settings(line, uid) is not None:
            self._tasks.finish(line, line.delete(uid))


def _settings(line: Line, uid: str) -> dict[str, Any] | None:
    try:
        return line.settings(uid)
    except NoIndex:
        return None


def _mark(line: Line, uid: str) -> Mark | None:
    settings = _settings(line, uid)
    return mark_in(settings) if settings is not None else None
