"""Bring the catalog in line with the disk: what is new, changed, gone, or only seems gone.

Owns the scan, the watcher and the decision to forget. Writes the catalog; reads no photo. See
ARCHITECTURE.md, "One photo".
"""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import anyio
import anyio.to_thread
import msgspec

from lantern import log
from lantern.catalog.store import Found, Known
from lantern.config import Photos
from lantern.errors import StateUnavailable, Unavailable
from lantern.heartbeat import SLOW_S, beat
from lantern.imaging.replace import sweep
from lantern.imaging.source import printable
from lantern.ingest.desk import Desk
from lantern.ingest.guard import RemovalGuard
from lantern.ingest.scan import Listing, Unreadable, list_folder, walk
from lantern.ingest.settle import Settling, is_below
from lantern.ingest.unreadable import UnreadableFolders
from lantern.ingest.watch import Hints, Places, Watcher
from lantern.model import Fingerprint
from lantern.supervise import Probe
from lantern.waiting import Hint, pause

GATHER_S = 0.3
"""Hints within so long are looked at together."""

ROOT_CHECK_S = 5.0
ANSWER_S = 30.0
"""A disk may spin up for so long; one that does not answer would hold whoever asks it, for ever."""

WATCH_RETRY_S = 300.0
"""To find out that there are still too few watches, all of them are taken."""

FOLDERS_AT_ONCE = 100
"""Folders read before what they hold is entered; a stop waits for so many at most."""


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
    """Tell whether `found` is to be read: it is new, or it or its sidecar changed."""
    return known is None or (known.size, known.mtime_ns, known.sidecar) != (
        found.size,
        found.mtime_ns,
        found.sidecar,
    )


class _Walked:
    """What a walk met: folders it visited, folders it could not read, and files it missed."""

    def __init__(self) -> None:
        self.visited: set[bytes] = set()
        self.unreadable: list[Unreadable] = []
        self.missing: list[int] = []

    def tells_of(self, folder: bytes) -> bool:
        """Tell whether nothing may be concluded from not meeting `folder`, or it was met."""
        hidden = any(is_below(folder, entry.folder) for entry in self.unreadable)
        return hidden or folder in self.visited


class Reconciler:
    """Runs the scans."""

    def __init__(self, settings: Photos, desk: Desk) -> None:
        self._desk = desk
        self._root = settings.folder
        self._rescan_s = settings.rescan_s
        self._settling = Settling(settings.settle_s)
        self._guard = RemovalGuard()
        self._agreed: dict[bytes, int] = {}
        """By folder, the hash of the files in it that the catalog knew all of, as they were."""
        self._unreadable = UnreadableFolders()
        self._awake = Hint()
        self._probe = Probe()
        self._hints = Hints(self._wake)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.root_lost = False
        """The photo folder could not be read when it was looked at last."""
        self._accept_removals = False
        self._watch_at = 0.0
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
                beat(SLOW_S)
                try:
                    there = await self._probe(ANSWER_S, os.path.isdir, self._root)
                except TimeoutError:
                    self._root_missing(OSError(errno.ETIMEDOUT, ""))
                    await pause(ROOT_CHECK_S)
                    continue
                await self._watch(watcher)
                full = time.monotonic() >= next_full or self.root_lost or not there
                if full:
                    next_full = time.monotonic() + self._rescan_s
                beat(SLOW_S)
                try:
                    await self._look(self._places(full=full))
                    if self._desk.thumbnails.has_lost:
                        await self._tidy()
                except StateUnavailable as error:
                    next_full = 0.0
                    await self._desk.state_fault(error)
                await self._awake.wait(self._patience(next_full))
                await anyio.sleep(GATHER_S)
        finally:
            watcher.stop()

    def rescan(self, *, accept_removals: bool = False) -> None:
        """Ask for a full scan now; `accept_removals` lets it forget whatever is missing."""
        self._accept_removals |= accept_removals
        self._hints.tree(b"")

    def go_by(self, settings: Photos) -> None:
        """Take other patience from now on; the root is never another one."""
        self._rescan_s = settings.rescan_s
        self._settling.rest_for(settings.settle_s)
        self.rescan()

    def look_again(self, folder: bytes) -> None:
        """Ask for a look at one folder."""
        self._hints.folder(folder)

    async def scan(self, top: bytes = b"") -> None:
        """Bring the catalog in line with the disk from `top` down."""
        try:
            root = _identity(self._root)
            walked = await self._enter_below(top)
            if _identity(self._root) != root:  # unmounted meanwhile: what is missing is not gone
                self._hints.tree(b"")
                return
        except OSError as error:
            await self._not_listed(top, error)
            return
        await self._forget_below(top, walked)
        self._note_unreadable(top, walked.unreadable)
        if not top:
            await self._tidy()
            self.scans += 1
            self.root_lost = False
            self._desk.noticeboard.clear("root")

    async def _tidy(self) -> None:
        """Forget what no file has held for long; ask for the thumbnails that are missing."""
        missing = await self._desk.writer(self._missing_after_purge, time.time())
        if missing:
            log.info("thumbnails are made again", count=len(missing))
            await self._desk.writer(self._desk.catalog.work_again, missing)
            self._desk.arrived.give()

    def _missing_after_purge(self, now: float) -> set[Fingerprint]:
        thumbnails = self._desk.thumbnails
        for fingerprint in self._desk.catalog.purge(now):
            thumbnails.delete(fingerprint)
        stored = thumbnails.fingerprints()
        # A kill, or a catalog made anew, leaves thumbnails of photos that never came back.
        for fingerprint in stored - self._desk.catalog.fingerprints(held=False):
            thumbnails.delete(fingerprint)
        thumbnails.has_lost = False
        return self._desk.catalog.fingerprints() - stored

    async def _look(self, places: Places) -> None:
        if b"" in places.trees:
            places = Places(trees=frozenset({b""}))
        for top in places.trees:
            await self.scan(top)
        for folder in places.folders:
            await self._scan_folder(folder)

    async def _enter_below(self, top: bytes) -> _Walked:
        """Enter what arrived from `top` down, some folders at a time: others want the thread."""
        walked = _Walked()
        walking = walk(self._root, top)
        while await self._enter_some(walking, walked):
            pass
        return walked

    async def _enter_some(self, walking: Iterator[Listing | Unreadable], walked: _Walked) -> bool:
        """Enter the next few folders; return whether there were any."""
        beat(SLOW_S)
        async with self._desk.disk:
            entries = await anyio.to_thread.run_sync(_some, walking)
            for entry in entries:
                if isinstance(entry, Unreadable):
                    walked.unreadable.append(entry)
                else:
                    walked.visited.add(entry.folder)
                    walked.missing += await self._enter(entry)
        return bool(entries)

    async def _not_listed(self, top: bytes, error: OSError) -> None:
        if not top:
            self._root_missing(error)
        elif isinstance(error, FileNotFoundError | NotADirectoryError):
            await self._gone(top)
        else:
            self._settling.forget_below(top)
            self._note_unreadable(top, [Unreadable(top, os.strerror(error.errno or 0))])

    async def _gone(self, top: bytes) -> None:
        """Forget the folder `top`, unless all beside it is gone, too: then look at that first.

        So a disk that was unmounted is met at its root, where nothing is forgotten.
        """
        self._note_unreadable(top)
        above = os.path.dirname(top)
        try:
            listing = await anyio.to_thread.run_sync(list_folder, self._root, above)
        except OSError:
            await self.scan(above)
            return
        if listing.files or listing.subfolders:
            await self._forget_below(top, _Walked())
        else:
            await self.scan(above)

    async def _scan_folder(self, folder: bytes) -> None:
        try:
            async with self._desk.disk:
                listing = await anyio.to_thread.run_sync(list_folder, self._root, folder)
                missing = await self._enter(listing)
        except OSError:
            await self.scan(folder)
            return
        await self._forget(missing)

    async def _enter(self, listing: Listing) -> tuple[int, ...]:
        """Enter what arrived in a folder and has come to rest; return the ids that are missing.

        With the disk in hand: what Lantern itself writes is not taken for a change.
        """
        if listing.has_leftovers and (self.scans == 0 or listing.folder in self._desk.torn):
            await self._sweep(listing.folder)
        found = hash(listing.files)
        if self._agreed.get(listing.folder) == found:
            return ()
        known = await self._desk.writer(self._desk.catalog.known, listing.folder)
        changes = compare(known, listing.files)
        if changes.arrived or changes.missing:
            self._agreed.pop(listing.folder, None)
        else:
            self._agreed[listing.folder] = found
        self._settling.keep_only(listing.folder, {file.name for file in changes.arrived})
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

    async def _sweep(self, folder: bytes) -> None:
        """Remove what a killed Lantern began to write in `folder`."""
        try:
            swept = await anyio.to_thread.run_sync(sweep, os.path.join(self._root, folder))
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            log.warning("leftovers not removed", folder=printable(folder), reason=reason)
        else:
            self._desk.torn.discard(folder)
            log.info("leftovers removed", folder=printable(folder), count=swept)

    async def _forget_below(self, top: bytes, walked: _Walked) -> None:
        """Forget what was missing, and all in folders from `top` down that were not visited."""
        gone = walked.missing
        for folder in await self._desk.writer(self._desk.catalog.folders):
            if is_below(folder, top) and not walked.tells_of(folder):
                known = await self._desk.writer(self._desk.catalog.known, folder)
                gone += [file.id for file in known.values()]
        for folder in self._settling.folders():
            if is_below(folder, top) and not walked.tells_of(folder):
                self._settling.keep_only(folder, set())
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
            self._agreed.clear()
            await self._desk.writer(self._desk.catalog.remove, missing, time.time())
            self._guard.removed(len(missing), now)
            log.info("files forgotten", count=len(missing))
            self._desk.revised.give()
        if whole:
            self._accept_removals = False
            self._desk.noticeboard.clear("disappearance")

    async def _watch(self, watcher: Watcher) -> None:
        if time.monotonic() < self._watch_at:
            return
        try:
            if await anyio.to_thread.run_sync(watcher.ensure):
                self._hints.tree(b"")  # what happened while nobody watched
        except Unavailable as error:
            self._watch_at = time.monotonic() + WATCH_RETRY_S
            self._desk.noticeboard.post("watch", str(error))
        else:
            self._desk.noticeboard.clear("watch")

    def _wake(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._awake.give)

    def _places(self, *, full: bool) -> Places:
        places = self._hints.take()
        trees = places.trees | self._unreadable.due(time.monotonic()) | ({b""} if full else set())
        return Places(places.folders | self._settling.due(time.monotonic()), trees)

    def _patience(self, next_full: float) -> float:
        settle = self._settling.next_due()
        until = next_full if settle is None else min(next_full, settle)
        return max(0.0, min(until - time.monotonic(), ROOT_CHECK_S))

    def _root_missing(self, error: OSError) -> None:
        self.root_lost = True
        self._accept_removals = False  # it was said of a disk that was thought to be there
        self._desk.noticeboard.post(
            "root",
            f"photo folder {printable(self._root)}: {os.strerror(error.errno or 0).lower()}; "
            f"nothing is forgotten, it is looked for again every {ROOT_CHECK_S:g} s; "
            "is the disk mounted?",
        )

    def _note_unreadable(self, top: bytes, unreadable: Iterable[Unreadable] = ()) -> None:
        self._unreadable.looked(top, unreadable, time.monotonic())
        if sentence := self._unreadable.sentence:
            self._desk.noticeboard.post("unreadable", sentence)
        else:
            self._desk.noticeboard.clear("unreadable")


def _some(walking: Iterator[Listing | Unreadable]) -> list[Listing | Unreadable]:
    return list(islice(walking, FOLDERS_AT_ONCE))


def _identity(root: bytes) -> tuple[int, int]:
    stat = os.stat(root)
    return stat.st_dev, stat.st_ino


def _disappearance(missing: int, known: int) -> str:
    return (
        f"{missing} of {known} files disappeared at once; nothing was forgotten. If the disk is "
        'absent, bring it back; if they are meant to go, run "lantern rescan --accept-removals"'
    )
