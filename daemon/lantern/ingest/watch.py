"""Hints from inotify: where something may have changed. The only importer of watchdog.

A hint says where to look, never what happened: events come late, twice or not at all, and `scan`
finds out. The observer's thread only adds to a bounded set; when that is full, the hint becomes
"everywhere".
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import msgspec
from watchdog import events
from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from lantern.errors import Unavailable
from lantern.ingest.ignore import is_ignored_folder

MOST_HINTS = 1000

_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    # A time that was set. watchdog 6 called it a modification.
    getattr(events, "FileAttribEvent", FileModifiedEvent),
]
"""Not the opening and reading of files, which Lantern itself does all day."""


class Places(msgspec.Struct, frozen=True):
    """Where to look: single folders, and folders with all that is below them."""

    folders: frozenset[bytes] = frozenset()
    trees: frozenset[bytes] = frozenset()


class Hints:
    """A bounded set of places; any thread adds, `wake` is called after each addition."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._folders: set[bytes] = set()
        self._trees: set[bytes] = set()

    def folder(self, folder: bytes) -> None:
        """Hint that files directly in `folder` may have changed."""
        self._add(self._folders, folder)

    def tree(self, folder: bytes) -> None:
        """Hint that anything from `folder` down may have changed; b"" is the root."""
        self._add(self._trees, folder)

    def take(self) -> Places:
        """Return all places and forget them."""
        with self._lock:
            places = Places(frozenset(self._folders), frozenset(self._trees))
            self._folders.clear()
            self._trees.clear()
        return places

    def _add(self, places: set[bytes], folder: bytes) -> None:
        with self._lock:
            if len(self._folders) + len(self._trees) >= MOST_HINTS:
                self._folders.clear()
                self._trees.clear()
                places, folder = self._trees, b""
            places.add(folder)
        self._wake()


class Watcher:
    """Watches the folder `root`, recursively, and hands out hints."""

    def __init__(self, root: bytes, hints: Hints) -> None:
        self._root = root
        self._hints = hints
        self._observer: Any = None
        self._identity: tuple[int, int] | None = None

    def ensure(self) -> bool:
        """Watch, if not yet, or anew if another folder has taken the root's place. Blocking.

        Return whether watching began just now. While the root is missing, nothing is watched.

        Raises:
            Unavailable: inotify gives no more watches.
        """
        try:
            stat = os.stat(self._root)
        except OSError:
            self.stop()
            return False
        identity = stat.st_dev, stat.st_ino
        if self._is_watching() and identity == self._identity:
            return False
        self.stop()
        self._start()
        self._identity = identity
        return True

    def stop(self) -> None:
        """Stop watching; harmless if not watching. Blocking, briefly."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(timeout=2.0)

    def _is_watching(self) -> bool:
        # The emitter ends when its folder is deleted, and a new folder may get the same inode.
        return self._observer is not None and all(
            emitter.is_alive() for emitter in self._observer.emitters
        )

    def _start(self) -> None:
        observer = Observer()
        handler = _Handler(self._root, self._hints)
        try:
            observer.schedule(
                handler, os.fsdecode(self._root), recursive=True, event_filter=_EVENTS
            )
            observer.start()
        except OSError as error:
            raise Unavailable(
                f"inotify: {os.strerror(error.errno or 0)}; changes are found by the regular scan "
                "alone; raise the sysctl fs.inotify.max_user_watches"
            ) from error
        self._observer = observer


class _Handler(FileSystemEventHandler):
    """Runs in the observer's thread; only adds hints."""

    def __init__(self, root: bytes, hints: Hints) -> None:
        self._root = root
        self._hints = hints

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Hint at each place that the event names."""
        for path in (event.src_path, event.dest_path):
            if path:
                self._hint(os.path.relpath(os.fsencode(path), self._root), event.is_directory)

    def _hint(self, place: bytes, is_folder: bool) -> None:
        parts = [] if place == b"." else place.split(b"/")
        folders = parts if is_folder else parts[:-1]
        if any(is_ignored_folder(part) for part in folders):  # also "..": outside the root
            return
        if is_folder:
            self._hints.tree(b"/".join(folders))
        else:
            self._hints.folder(b"/".join(folders))
