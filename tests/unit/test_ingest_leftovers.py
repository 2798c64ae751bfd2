"""What a process that was killed began to write does not lie among the photos for ever."""

import os

import anyio
import pytest

from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.config import Photos
from lantern.ingest.desk import Desk
from lantern.ingest.reconcile import Reconciler

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
