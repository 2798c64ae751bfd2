"""What a kill or a full disk left half done is put right without waiting for the next full scan."""

import os

import anyio
import pytest

from lantern.catalog.store import Catalog, Found, Reading
from lantern.catalog.thumbnails import THUMBNAIL, ThumbnailStore
from lantern.config import Photos
from lantern.errors import StateUnavailable
from lantern.imaging.formats import Format
from lantern.ingest.desk import Desk
from lantern.ingest.reconcile import Reconciler
from lantern.model import Caption, Description, Features, Fingerprint, Metadata

LEFT = ".lantern-0123456789abcdef.tmp"


@pytest.fixture
def desk(tmp_path):
    catalog = Catalog.open(tmp_path / "catalog")
    thumbnails = ThumbnailStore.open(tmp_path / "thumbnails")
    yield Desk(catalog, thumbnails)
    thumbnails.close()
    catalog.close()


def test_it_is_swept_at_the_start_and_where_a_worker_died_and_nowhere_else(tmp_path, desk):
    root = tmp_path / "photos"
    for folder in ("a", "b"):
        (root / folder).mkdir(parents=True)
        (root / folder / LEFT).touch()
    reconciler = Reconciler(Photos(root=str(root)), desk)
    anyio.run(reconciler.scan)
    assert list(root.rglob(".lantern-*")) == []

    for folder in ("a", "b"):
        (root / folder / LEFT).touch()
    desk.torn.add(os.fsencode("a"))
    anyio.run(reconciler.scan)
    assert list(root.rglob(".lantern-*")) == [root / "b" / LEFT]
    assert desk.torn == set()


async def until(condition):
    while not condition():  # noqa: ASYNC110 - nothing tells of it
        await anyio.sleep(0.01)


class SmallDisk(ThumbnailStore):
    """Thumbnails on a disk that holds so much and no more."""

    def holds(self, size: int) -> None:
        self._connection.execute(f"PRAGMA max_page_count = {size // 4096}")


def test_thumbnails_that_a_full_disk_took_along_are_made_again_at_once(tmp_path, desk):
    root = tmp_path / "photos"
    root.mkdir()
    (root / "a.jpg").write_bytes(b"photo")
    os.utime(root / "a.jpg", (1, 1))
    stat = os.stat(root / "a.jpg")
    desk.thumbnails = SmallDisk.open(tmp_path / "small")
    desk.catalog.discover(b"", [Found(b"a.jpg", stat.st_size, stat.st_mtime_ns)], now=0.0)
    (file,) = desk.catalog.pending(1.0, 1)
    desk.thumbnails.put(Fingerprint("a"), THUMBNAIL, b"small")
    reading = Reading(Fingerprint("a"), Format.JPEG, Metadata(1, 1), None)
    described = Description(Caption("a dog", 0.5, "test"), (), Features(b"", 1.0))
    desk.catalog.described(file, reading, described, 1.0)

    async def until_asked_for_again() -> None:
        reconciler = Reconciler(Photos(root=str(root)), desk)
        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                group.start_soon(reconciler.run)
                await until(lambda: reconciler.scans)
                assert desk.catalog.pending(1.0, 1) == []  # it is there, though nobody flushed it
                desk.thumbnails.holds(50_000)
                with pytest.raises(StateUnavailable):
                    desk.thumbnails.put(Fingerprint("b"), THUMBNAIL, bytes(100_000))
                desk.thumbnails.holds(1_000_000)
                await until(lambda: desk.catalog.pending(1.0, 1))
                group.cancel_scope.cancel()

    anyio.run(until_asked_for_again)
    assert not desk.thumbnails.has_lost
    desk.thumbnails.close()
