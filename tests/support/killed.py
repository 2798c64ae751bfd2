"""A collection whose daemon is killed: the real catalog, thumbnails and ingest, a stand-in worker.

Each life runs in a forked process, and the kill is a real SIGKILL, at a numbered *arrow*: before
each statement that SQLite is given, before and after each commit, and around each word with the
worker and the index. What the worker captioned is told to a file that survives.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
from collections import Counter
from pathlib import Path

import anyio
import msgspec

from lantern.caption.protocol import Developed, Identified
from lantern.catalog.reader import CatalogReader
from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.config import Photos
from lantern.errors import PhotoError, WorkerLost
from lantern.imaging.formats import Format
from lantern.ingest.describe import Describer
from lantern.ingest.desk import Desk
from lantern.ingest.publish import Publisher, as_document
from lantern.ingest.reconcile import Reconciler
from lantern.model import Caption, Description, Features, Fingerprint, Metadata
from lantern.search.document import Document

FAR = 1e6
"""Seconds; so far ahead every retry is due."""


class Fuse:
    """Counts arrows, and kills the process at arrow number `at`; it tells what was in hand."""

    def __init__(self, at: int | None, diary: Path) -> None:
        self._at = at
        self._diary = diary
        self.arrows = 0
        self.in_hand: str | None = None

    def arrow(self) -> None:
        self.arrows += 1
        if self.arrows == self._at:
            self.write("killed", self.in_hand)
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, what: str, value: object) -> None:
        with open(self._diary, "a") as file:
            file.write(json.dumps([what, value]) + "\n")


def fused_connection(fuse: Fuse) -> type[sqlite3.Connection]:
    class Connection(sqlite3.Connection):
        def execute(self, *arguments):
            fuse.arrow()
            return super().execute(*arguments)

        def executemany(self, *arguments):
            fuse.arrow()
            return super().executemany(*arguments)

        def commit(self):
            fuse.arrow()
            super().commit()
            fuse.arrow()

        def __exit__(self, *error):
            fuse.arrow()
            super().__exit__(*error)
            fuse.arrow()

    return Connection


class StandInWorker:
    """Has the interface of `WorkerClient`. A photo's bytes tell its picture, and its fate."""

    def __init__(self, root: bytes, fuse: Fuse) -> None:
        self._root = root
        self._fuse = fuse
        self._data = b""

    async def identify(self, path: bytes) -> Identified:
        self._fuse.arrow()
        self._data, stat = _read(os.path.join(self._root, path))
        if self._data.startswith(b"killer"):
            raise WorkerLost("signal 9")
        self._fuse.in_hand = fingerprint(self._data)
        self._fuse.arrow()
        return Identified(
            stat.st_size, stat.st_mtime_ns, Format.JPEG, fingerprint(self._data), None
        )

    async def develop(self, *, caption: bool, thumbnail: bool) -> Developed:
        self._fuse.arrow()
        if self._data.startswith(b"bad"):
            raise PhotoError("truncated")
        if caption:
            self._fuse.write("captioned", fingerprint(self._data))
        self._fuse.arrow()
        return Developed(
            metadata=Metadata(4, 3),
            description=describe(self._data) if caption else None,
            thumbnail=self._data if thumbnail else None,
            preview=None,
            stages_ms={},
        )


class KeptIndex:
    """A `SearchIndex` in one JSON file, replaced as a whole: durable, and all or nothing."""

    def __init__(self, file: Path, fuse: Fuse) -> None:
        self._file = file
        self._fuse = fuse
        if not file.exists():
            self.clear()

    @property
    def documents(self) -> dict[str, dict[str, object]]:
        return json.loads(self._file.read_text())["documents"]

    def apply(self, upserts, deletions=()) -> None:
        self._fuse.arrow()
        documents = self.documents
        for photo in deletions:
            documents.pop(str(photo), None)
        documents |= {str(one.id): msgspec.to_builtins(one) for one in upserts}
        self._write(self.generation(), documents)
        self._fuse.arrow()

    def clear(self) -> None:
        self._write(os.urandom(4).hex(), {})

    def count(self) -> int:
        return len(self.documents)

    def generation(self) -> str:
        return json.loads(self._file.read_text())["generation"]

    def close(self) -> None:
        """Nothing is held."""

    def _write(self, generation: str, documents: dict[str, dict[str, object]]) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({"generation": generation, "documents": documents}))
        fresh.replace(self._file)


class Collection:
    """Photos in `folder`/photos, and what Lantern keeps of them beside."""

    def __init__(self, folder: Path) -> None:
        self.photos = folder / "photos"
        self.photos.mkdir(parents=True, exist_ok=True)
        self._state = folder
        self._diary = folder / "diary"
        self._clock = 1_000_000_000
        Catalog.open(folder / "catalog").close()
        ThumbnailStore.open(folder / "thumbnails").close()

    def copied(self, folder: Path) -> Collection:
        """Return a copy in `folder`: the same photos, and the same catalog."""
        shutil.copytree(self._state, folder)
        return Collection(folder)

    # What people do to photos. Times lie in the past, so that all files rest, and never repeat.

    def write(self, name: str, data: bytes) -> None:
        path = self.photos / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        self.touch(name)

    def touch(self, name: str) -> None:
        self._clock += 1
        os.utime(self.photos / name, (self._clock, self._clock))

    def move(self, name: str, other: str) -> None:
        (self.photos / other).parent.mkdir(exist_ok=True)
        os.replace(self.photos / name, self.photos / other)

    def delete(self, name: str) -> None:
        (self.photos / name).unlink()

    # What Lantern does.

    def live(self, killed_at: int | None = None) -> int | None:
        """Run Lantern until nothing is left to do, or until it is killed; return the arrows."""
        told = self._state / "arrows"
        told.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            try:
                fuse = Fuse(killed_at, self._diary)
                anyio.run(self._life, fuse)
                told.write_text(str(fuse.arrows))
            finally:
                # Without any of Python's tidying: this process is a copy of the test's.
                os._exit(0 if told.exists() else 1)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return None
        assert status == 0, f"the life of Lantern ended with wait status {status}"
        return int(told.read_text())

    async def _life(self, fuse: Fuse) -> None:
        desk = Desk(Catalog(self._connect("catalog", fuse)), self._thumbnails(fuse))
        reconciler = Reconciler(Photos(root=str(self.photos)), desk)
        describer = Describer(desk, reconciler.look_again)
        worker = StandInWorker(os.fsencode(self.photos), fuse)
        reconciler.rescan(accept_removals=True)
        await reconciler.scan()
        while files := desk.catalog.pending(FAR + 2e9, 100):
            for file in files:
                await describer.describe(worker, file)
                fuse.in_hand = None
        publisher = Publisher(desk, KeptIndex(self._state / "index", fuse))
        while await publisher.publish() is not None:
            pass

    def _thumbnails(self, fuse: Fuse) -> ThumbnailStore:
        return ThumbnailStore(self._connect("thumbnails", fuse))

    def _connect(self, name: str, fuse: Fuse) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._state / name, factory=fused_connection(fuse), check_same_thread=False
        )
        # A killed process needs no fsync: what it wrote is the kernel's.
        connection.executescript("PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;")
        return connection

    # What must be true when nothing is left to do.

    def check(self) -> None:
        disk = {
            os.path.relpath(path, self.photos): path.read_bytes()
            for path in self.photos.rglob("*.jpg")
        }
        good = {path: data for path, data in disk.items() if not data.startswith((b"bad", b"kill"))}
        pictures: dict[str, set[str]] = {}
        for path, data in good.items():
            pictures.setdefault(fingerprint(data), set()).add(path)
        self._check_catalog(disk, pictures)
        self._check_captionings(pictures)

    def _check_catalog(self, disk: dict[str, bytes], pictures: dict[str, set[str]]) -> None:
        reader = CatalogReader.open(self._state / "catalog")
        counts = reader.counts()
        assert (counts.files, counts.discovered, counts.retry) == (len(disk), 0, 0)
        assert counts.failed == len(disk) - sum(map(len, pictures.values()))
        assert counts.indexed == counts.photos == len(pictures)

        index = KeptIndex(self._state / "index", Fuse(None, self._diary))
        indexed = reader.photos([int(photo) for photo in index.documents])
        assert len(indexed) == index.count()
        assert {p.fingerprint: {os.fsdecode(f.path) for f in p.files} for p in indexed} == pictures
        thumbnails = ThumbnailStore.open(self._state / "thumbnails")
        for photo in indexed:
            document = msgspec.convert(index.documents[str(photo.id)], Document)
            assert document == as_document(photo)
            assert document.sentence == f"picture {photo.fingerprint}"
            assert thumbnails.has(photo.fingerprint)
        thumbnails.close()

    def _check_captionings(self, pictures: dict[str, set[str]]) -> None:
        lines = [json.loads(line) for line in self._diary.read_text().splitlines()]
        captioned = Counter(value for what, value in lines if what == "captioned")
        repeatable = Counter(value for what, value in lines if what == "killed")
        assert set(captioned) >= set(pictures)
        for picture, times in captioned.items():
            assert times <= 1 + repeatable[picture], f"{picture} was captioned {times} times"


def fingerprint(data: bytes) -> Fingerprint:
    """Return the picture's fingerprint: what follows "+" is metadata, as in a rated copy."""
    return Fingerprint(hashlib.blake2b(data.partition(b"+")[0], digest_size=4).hexdigest())


def _read(path: bytes) -> tuple[bytes, os.stat_result]:
    with open(path, "rb") as file:
        return file.read(), os.stat(file.fileno())


def describe(data: bytes) -> Description:
    sentence = f"picture {fingerprint(data)}"
    return Description(Caption(sentence, 0.5, "stand-in 1"), (), Features(b"\x01" * 8, 0.1))
