"""A collection whose daemon is killed: the real catalog, thumbnails and ingest, a stand-in worker.

Each life runs in a forked process, and the kill is a real SIGKILL, at a numbered *arrow*: before
each statement that makes SQLite write, before and after each commit, around each word with the
worker and the index, and around each step of writing a photo. What the worker captioned is told to
a file that survives.

A stand-in photo is a line: the picture, "+" and a rating, "~" and what a person wrote into it by
some program, "#" and Lantern's imprint; all but the picture may be missing. The beginning of the
picture's name tells its fate: bad, killer, or locked, which cannot be written.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import traceback
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import msgspec

from lantern.caption.protocol import Developed, Identified, Inscribed
from lantern.catalog.reader import CatalogReader
from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.config import Photos
from lantern.errors import PhotoError, Unavailable, WorkerLost
from lantern.imaging.formats import Format
from lantern.ingest.describe import Describer
from lantern.ingest.desk import Desk
from lantern.ingest.publish import Publisher, as_document
from lantern.ingest.reconcile import Reconciler
from lantern.ingest.scribe import Scribe
from lantern.model import (
    Caption,
    Description,
    Features,
    Fingerprint,
    Imprint,
    Metadata,
    imprint_key,
)
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
        def execute(self, sql, *arguments):
            if not sql.lstrip().startswith("SELECT"):
                fuse.arrow()
            return super().execute(sql, *arguments)

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


class StandInPhoto(NamedTuple):
    """What a stand-in photo holds; see the module."""

    picture: bytes
    rating: bytes
    human: str | None
    imprint: Imprint | None

    @classmethod
    def of(cls, data: bytes) -> StandInPhoto:
        match = re.fullmatch(rb"([^+~#]*)(\+[^~#]*)?(?:~([^#]*))?(?:#(.*))?", data)
        assert match, data
        human = match[3].decode() if match[3] else None
        imprint = msgspec.json.decode(match[4], type=Imprint) if match[4] else None
        return cls(match[1], match[2] or b"", human, imprint)

    @property
    def said(self) -> str | None:
        """Return a person's sentence that stands in it, however it came there."""
        by_lantern = self.imprint.sentence if self.imprint and self.imprint.person else None
        return self.human or by_lantern

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(hashlib.blake2b(self.picture, digest_size=4).hexdigest())

    def bytes(self) -> bytes:
        human = b"~" + self.human.encode() if self.human else b""
        imprint = b"#" + msgspec.json.encode(self.imprint) if self.imprint else b""
        return self.picture + self.rating + human + imprint

    def describe(self, model: str) -> Description:
        sentence = f"picture {self.fingerprint}"
        return Description(Caption(sentence, 0.5, model), (), Features(b"\x01" * 8, 0.1))


class StandInWorker:
    """Has the interface of `WorkerClient`, and reads and writes stand-in photos."""

    def __init__(self, root: bytes, fuse: Fuse, model: str) -> None:
        self._root = root
        self._fuse = fuse
        self._model = model
        self._photo = StandInPhoto(b"", b"", None, None)

    async def identify(self, path: bytes) -> Identified:
        self._fuse.arrow()
        data, stat = _read(os.path.join(self._root, path))
        photo = self._photo = StandInPhoto.of(data)
        if photo.picture.startswith(b"killer"):
            raise WorkerLost("signal 9")
        self._fuse.in_hand = photo.fingerprint
        self._fuse.arrow()
        return Identified(stat.st_size, stat.st_mtime_ns, 0, Format.JPEG, photo.fingerprint, None)

    async def develop(self, *, caption: bool, thumbnail: bool, afresh: bool = False) -> Developed:
        photo = self._photo
        self._fuse.arrow()
        if photo.picture.startswith(b"bad"):
            raise PhotoError("truncated")
        description = None
        if caption and photo.imprint and not afresh:
            description = photo.imprint.description
        elif caption:
            self._fuse.write("captioned", photo.fingerprint)
            description = photo.describe(self._model)
        self._fuse.arrow()
        return Developed(
            metadata=Metadata(4, 3, human_caption=photo.said),
            imprint=photo.imprint,
            description=description,
            sharpness=1.0,
            thumbnail=photo.picture if thumbnail else None,
            preview=None,
            stages_ms={},
        )

    async def inscribe(
        self, path: bytes, size: int, mtime_ns: int, imprint: Imprint, **more: Any
    ) -> Inscribed:
        self._fuse.arrow()
        place = os.path.join(self._root, path)
        data, stat = _read(place)
        photo = StandInPhoto.of(data)
        if (stat.st_size, stat.st_mtime_ns) != (size, mtime_ns):
            raise Unavailable("changed")
        if photo.picture.startswith(b"locked"):
            raise PhotoError("read-only")
        assert imprint.person or photo.said in {None, more.get("withdrawn")}, "a person's sentence"
        was_said = photo.imprint if photo.imprint and photo.imprint.person else None
        replaced = was_said.replaced if was_said and not photo.human else photo.human
        human = None if imprint.person else replaced
        if imprint.person:
            imprint = msgspec.structs.replace(imprint, replaced=replaced)
        temporary = os.path.join(os.path.dirname(place), b".lantern-%016x.tmp" % self._fuse.arrows)
        with open(temporary, "wb") as file:  # noqa: ASYNC230 - nothing else runs
            self._fuse.arrow()
            file.write(photo._replace(human=human, imprint=imprint).bytes())
        os.utime(temporary, ns=(mtime_ns, mtime_ns))
        self._fuse.arrow()
        os.replace(temporary, place)
        self._fuse.arrow()
        size = os.stat(place).st_size
        return Inscribed(size, mtime_ns, 0, replaced=imprint.replaced, restored=human)


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
        self.model = "stand-in 1"
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

    def live(
        self,
        killed_at: int | None = None,
        *,
        say: tuple[tuple[str, str], ...] = (),
        recaption: bool = False,
    ) -> int | None:
        """Run Lantern until nothing is left to do, or until it is killed; return the arrows.

        `say` are paths and what a person says of them, "" to take it back; `recaption` asks the
        model about everything again.
        """
        told = self._state / "arrows"
        told.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            gc.disable()  # who looks for garbage touches all of the test's memory, and copies it
            try:
                fuse = Fuse(killed_at, self._diary)
                anyio.run(self._life, fuse, say, recaption)
                told.write_text(str(fuse.arrows))
            except BaseException:
                traceback.print_exc()
                raise
            finally:
                # Without any of Python's tidying: this process is a copy of the test's.
                os._exit(0 if told.exists() else 1)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return None
        assert status == 0, f"the life of Lantern ended with wait status {status}"
        return int(told.read_text())

    def lose_state(self) -> None:
        """Delete all that Lantern keeps beside the photos, but for the diary."""
        for name in ("catalog", "thumbnails", "index"):
            for file in self._state.glob(f"{name}*"):
                file.unlink()
        Catalog.open(self._state / "catalog").close()
        ThumbnailStore.open(self._state / "thumbnails").close()

    async def _life(self, fuse: Fuse, say: tuple[tuple[str, str], ...], recaption: bool) -> None:
        desk = Desk(Catalog(self._connect("catalog", fuse)), self._thumbnails(fuse))
        scribe = Scribe(desk, "embed")
        scribe.begin()
        reconciler = Reconciler(Photos(root=str(self.photos)), desk)
        describer = Describer(desk, reconciler.look_again)
        worker = StandInWorker(os.fsencode(self.photos), fuse, self.model)
        reconciler.rescan(accept_removals=True)

        async def work() -> None:
            await reconciler.scan()
            while files := desk.catalog.pending(FAR + 2e9, 100):
                for file in files:
                    await describer.describe(worker, file)
                    fuse.in_hand = None
            for person in (True, False):
                while due := desk.catalog.writing.due(FAR + 2e9, 10, person=person):
                    for file in due:
                        await scribe.inscribe(worker, file)

        await work()
        if recaption:
            self._recaption(desk.catalog, fuse)
        for path, sentence in say:
            self._say(desk.catalog, path, sentence, fuse)
        await work()
        publisher = Publisher(desk, KeptIndex(self._state / "index", fuse))
        while await publisher.publish() is not None:
            pass
        await reconciler.scan()
        assert desk.catalog.pending(FAR + 2e9, 1) == [], "what Lantern wrote looks like a change"

    def _say(self, catalog: Catalog, path: str, sentence: str, fuse: Fuse) -> None:
        file = catalog.read.file_at(os.fsencode(path))
        record = catalog.read.photo(file.photo) if file and file.photo else None
        if record is None:
            return
        if sentence:
            catalog.captions.correct(record.id, sentence, 1.0)
        elif record.correction:
            catalog.captions.withdraw(record.id, 1.0)
        fuse.write("said", [record.fingerprint, sentence])

    def _recaption(self, catalog: Catalog, fuse: Fuse) -> None:
        photos = catalog.read.photo_ids()
        for record in catalog.read.photos(photos):
            fuse.write("asked", record.fingerprint)
        catalog.describe_again(photos)

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
        good = {
            path: StandInPhoto.of(data)
            for path, data in disk.items()
            if not data.startswith((b"bad", b"kill"))
        }
        pictures: dict[str, set[str]] = {}
        for path, photo in good.items():
            pictures.setdefault(photo.fingerprint, set()).add(path)
        self._check_catalog(disk, pictures)
        self._check_captionings(pictures)
        self._check_sentences(good)
        assert not list(self.photos.rglob(".lantern-*")), "a temporary stays behind"

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
        assert reader.contradictions() == []
        thumbnails = ThumbnailStore.open(self._state / "thumbnails")
        assert thumbnails.fingerprints() <= {one.fingerprint for one in reader.standings()}
        for photo in indexed:
            document = msgspec.convert(index.documents[str(photo.id)], Document)
            assert document == as_document(photo)
            assert document.sentence == ("" if photo.correction else f"picture {photo.fingerprint}")
            assert thumbnails.has(photo.fingerprint)
        thumbnails.close()

    def _check_captionings(self, pictures: dict[str, set[str]]) -> None:
        told = self._told()
        captioned = Counter(value for what, value in told if what == "captioned")
        repeatable = Counter(value for what, value in told if what in {"killed", "asked"})
        assert set(captioned) >= set(pictures)
        for picture, times in captioned.items():
            assert times <= 1 + repeatable[picture], f"{picture} was captioned {times} times"

    def _check_sentences(self, photos: dict[str, StandInPhoto]) -> None:
        """Every photo carries what is shown of it, or what a person wrote into it."""
        reader = CatalogReader.open(self._state / "catalog")
        records = {record.fingerprint: record for record in reader.photos(reader.photo_ids())}
        locked = 0
        for path, photo in photos.items():
            record = records[photo.fingerprint]
            carries = photo.imprint.key if photo.imprint else None
            wanted = imprint_key(record.correction or "", person=True, model="")
            if not record.correction:
                wanted = imprint_key(
                    record.caption.sentence, person=False, model=record.caption.model
                )
            if photo.picture.startswith(b"locked"):
                locked += carries != wanted and (bool(record.correction) or not photo.said)
            elif record.correction or photo.said is None:
                assert carries == wanted, path
        counts = reader.counts()
        assert (counts.unwritten, counts.refused) == (0, locked)

    def said(self) -> list[list[str]]:
        """Return the fingerprints and sentences that persons gave to Lantern, in order."""
        return [value for what, value in self._told() if what == "said"]

    def captioned(self) -> Counter[str]:
        """Return how often each picture was given to the model, ever."""
        return Counter(value for what, value in self._told() if what == "captioned")

    def shown(self) -> dict[str, str]:
        """Return every described file's path and the sentence that is shown of it."""
        reader = CatalogReader.open(self._state / "catalog")
        return {os.fsdecode(path): sentence for path, sentence in reader.sentences()}

    def read(self, name: str) -> StandInPhoto:
        return StandInPhoto.of((self.photos / name).read_bytes())

    def _told(self) -> list[list[Any]]:
        return [json.loads(line) for line in self._diary.read_text().splitlines()]


def _read(path: bytes) -> tuple[bytes, os.stat_result]:
    with open(path, "rb") as file:
        return file.read(), os.stat(file.fileno())
