"""Bring the catalog in line with the disk: what is new, changed, gone, or only seems gone.

Owns the scan, the watcher and the decision to forget. Writes the catalog; reads no photo. See
ARCHITECTURE.md, "One photo".
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable, Mapping

import anyio
import anyio.to_thread
import msgspec

from lantern import log
from lantern.catalog.store import Found, Known
from lantern.config import Photos
from lantern.errors import Unavailable
from lantern.ingest.desk import Desk
from lantern.ingest.guard import RemovalGuard
from lantern.ingest.scan import Listing, Unreadable, list_folder, walk
from lantern.ingest.settle import Settling
from lantern.ingest.watch import Hints, Places, Watcher
from lantern.supervise import Hint

GATHER_S = 0.3
"""Hints within so long are looked at together."""

ROOT_CHECK_S = 5.0


class Changes(msgspec.Struct, frozen=True):
    """How one folder on the disk differs from the catalog: files to enter, ids to forget."""

    arrived: tuple[Found, ...]
    missing: tuple[int, ...]


def compare(known: Mapping[bytes, Known], found: Iterable[Found]) -> Changes:
    """Return how the files `found` in a folder differ from those `known` in it. Pure."""
    present = {file.name: file for file in found}
    arrived = [file for name, file in present.items() if _differs(known.get(name), file)]
    missing = [file.id for name, file in known.items() if name not in present]
    return Changes(tuple(arrived), tuple(missing))


def _differs(known: Known | None, found: Found) -> bool:
    return known is None or (known.size, known.mtime_ns) != (found.size, found.mtime_ns)


class Reconciler:
    """Runs the scans."""

    def __init__(self, settings: Photos, desk: Desk) -> None:
        self._desk = desk
        self._root = os.path.abspath(os.fsencode(os.path.expanduser(settings.root)))
        self._rescan_s = settings.rescan_s
        self._settling = Settling(settings.settle_s)
        self._guard = RemovalGuard()
        self._awake = Hint()
        self._hints = Hints(self._wake)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._root_lost = False
        self._accept_removals = False
        self.scans = 0
        """Full scans finished since the start."""

    @property
    def settled(self) -> bool:
        """Tell whether no file is known that still seems to be copied."""
        return self._settling.next_due() is None

    async def run(self) -> None:
        """Scan now, on hints, and regularly, until cancelled."""
        self._loop = asyncio.get_running_loop()
        watcher = Watcher(self._root, self._hints)
        next_full = 0.0
        try:
            while True:
                await self._watch(watcher)
                if time.monotonic() >= next_full or self._root_lost:
                    self._hints.tree(b"")
                    next_full = time.monotonic() + self._rescan_s
                await self._look(self._places())
                await self._awake.wait(self._patience(next_full))
                await anyio.sleep(GATHER_S)
        finally:
            watcher.stop()

    def rescan(self, *, accept_removals: bool = False) -> None:
        """Ask for a full scan now; `accept_removals` lets it forget whatever is missing."""
        self._accept_removals |= accept_removals
        self._hints.tree(b"")

    def look_again(self, folder: bytes) -> None:
        """Ask for a look at one folder."""
        self._hints.folder(folder)

    async def scan(self, top: bytes = b"") -> None:
        """Bring the catalog in line with the disk from `top` down."""
        try:
            listings = await anyio.to_thread.run_sync(_listings, self._root, top)
        except OSError as error:
            if top:
                await self._forget_below(top, unreadable=(), visited=set())
            else:
                self._root_missing(os.strerror(error.errno or 0))
            return
        visited = {entry.folder for entry in listings if isinstance(entry, Listing)}
        unreadable = tuple(entry for entry in listings if isinstance(entry, Unreadable))
        missing: list[int] = []
        for entry in listings:
            if isinstance(entry, Listing):
                missing += await self._enter(entry)
        await self._forget_below(top, unreadable=unreadable, visited=visited, missing=missing)
        if not top:
            self.scans += 1
            self._root_lost = False
            self._desk.noticeboard.clear("root")
            self._report_unreadable(unreadable)

    async def _look(self, places: Places) -> None:
        for top in places.trees:
            await self.scan(top)
        for folder in places.folders - (places.folders if b"" in places.trees else frozenset()):
            await self._scan_folder(folder)

    async def _scan_folder(self, folder: bytes) -> None:
        try:
            listing = await anyio.to_thread.run_sync(list_folder, self._root, folder)
        except OSError:
            await self.scan(folder)
            return
        await self._forget(await self._enter(listing))

    async def _enter(self, listing: Listing) -> tuple[int, ...]:
        """Enter what arrived in a folder and has come to rest; return the ids that are missing."""
        known = await self._desk.writer(self._desk.catalog.known, listing.folder)
        changes = compare(known, listing.files)
        self._settling.forget_vanished(listing.folder, {file.name for file in listing.files})
        wall, now = time.time(), time.monotonic()
        resting = [
            file
            for file in changes.arrived
            if self._settling.rests(listing.folder, file, wall=wall, now=now)
        ]
        if resting:
            await self._desk.writer(self._desk.catalog.discover, listing.folder, resting, wall)
            self._desk.arrived.give()
        return changes.missing

    async def _forget_below(
        self,
        top: bytes,
        *,
        unreadable: Iterable[Unreadable],
        visited: set[bytes],
        missing: Iterable[int] = (),
    ) -> None:
        """Forget `missing`, and all in folders from `top` down that were not visited."""
        gone = list(missing)
        for folder in await self._desk.writer(self._desk.catalog.folders):
            hidden = any(_is_below(folder, entry.folder) for entry in unreadable)
            if _is_below(folder, top) and folder not in visited and not hidden:
                known = await self._desk.writer(self._desk.catalog.known, folder)
                gone += [file.id for file in known.values()]
        await self._forget(gone, whole=not top)

    async def _forget(self, missing: Iterable[int], *, whole: bool = False) -> None:
        missing = list(missing)
        if missing:
            known = (await self._desk.writer(self._desk.catalog.read.counts)).files
            now = time.monotonic()
            if not (whole and self._accept_removals) and not self._guard.allows(
                len(missing), known, now
            ):
                self._desk.noticeboard.post("disappearance", _disappearance(len(missing), known))
                return
            await self._desk.writer(self._desk.catalog.remove, missing, time.time())
            self._guard.removed(len(missing), now)
            log.info("files forgotten", count=len(missing))
            self._desk.revised.give()
        if whole:
            self._accept_removals = False
            self._desk.noticeboard.clear("disappearance")

    async def _watch(self, watcher: Watcher) -> None:
        try:
            if await anyio.to_thread.run_sync(watcher.ensure):
                self._hints.tree(b"")  # what happened while nobody watched
        except Unavailable as error:
            self._desk.noticeboard.post("watch", str(error))
        else:
            self._desk.noticeboard.clear("watch")

    def _wake(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._awake.give)

    def _places(self) -> Places:
        places = self._hints.take()
        return Places(places.folders | self._settling.due(time.monotonic()), places.trees)

    def _patience(self, next_full: float) -> float:
        settle = self._settling.next_due()
        until = next_full if settle is None else min(next_full, settle)
        return max(0.0, min(until - time.monotonic(), ROOT_CHECK_S))

    def _root_missing(self, reason: str) -> None:
        self._root_lost = True
        name = os.fsdecode(self._root)
        self._desk.noticeboard.post(
            "root",
            f"photo folder {name}: {reason.lower()}; nothing is forgotten, it is looked for again "
            f"every {ROOT_CHECK_S:g} s; is the disk mounted?",
        )

    def _report_unreadable(self, unreadable: tuple[Unreadable, ...]) -> None:
        if unreadable:
            first = os.fsdecode(unreadable[0].folder)
            self._desk.noticeboard.post(
                "unreadable",
                f"{len(unreadable)} folders cannot be read, among them {first}: "
                f"{unreadable[0].reason.lower()}; nothing below them is forgotten",
            )
        else:
            self._desk.noticeboard.clear("unreadable")


def _listings(root: bytes, top: bytes) -> list[Listing | Unreadable]:
    return list(walk(root, top))


def _is_below(folder: bytes, top: bytes) -> bool:
    return not top or folder == top or folder.startswith(top + b"/")


def _disappearance(missing: int, known: int) -> str:
    return (
        f"{missing} of {known} files disappeared at once; nothing was forgotten. If the disk is "
        'absent, bring it back; if they are meant to go, run "lantern rescan --accept-removals"'
    )
