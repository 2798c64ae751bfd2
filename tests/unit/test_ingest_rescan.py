"""A folder as it was is not compared again; what is forgotten is met again all the same."""

import os
import shutil

import anyio
import pytest

from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.config import Photos
from lantern.ingest.desk import Desk
from lantern.ingest.reconcile import Reconciler

AN_HOUR_AGO = (1_700_000_000, 1_700_000_000)


@pytest.fixture
def desk(tmp_path):
    catalog = Catalog.open(tmp_path / "catalog.sqlite3")
    yield Desk(catalog, ThumbnailStore.open(tmp_path / "thumbnails.sqlite3"))
    catalog.close()


@pytest.fixture
def photos(tmp_path):
    for name in ("a.jpg", "b.jpg", "other/c.jpg"):
        photo = tmp_path / "photos" / "summer" / name
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes(b"x")
        os.utime(photo, AN_HOUR_AGO)
    return tmp_path / "photos"


@pytest.fixture
def look(desk, photos):
    reconciler = Reconciler(Photos(root=str(photos)), desk)

    def look():
        anyio.run(reconciler.scan)
        return reconciler

    return look


def known(desk):
    names = (desk.catalog.known(folder) for folder in desk.catalog.folders())
    return sorted(name for folder in names for name in folder)


def test_what_is_as_it_was_is_not_asked_of_the_catalog_again(desk, look, monkeypatch):
    look()
    look()
    monkeypatch.setattr(desk.catalog, "known", lambda folder: pytest.fail(f"asked of {folder}"))
    look()


def test_a_folder_that_was_forgotten_and_comes_back_is_met_as_new(desk, look, photos, tmp_path):
    look()
    look()
    shutil.move(photos / "summer" / "other", tmp_path / "away")
    look()
    assert known(desk) == [b"a.jpg", b"b.jpg"]
    shutil.move(tmp_path / "away", photos / "summer" / "other")
    look()
    assert known(desk) == [b"a.jpg", b"b.jpg", b"c.jpg"]


def test_a_file_that_came_and_went_is_waited_for_no_longer(look, photos):
    look()
    look()
    fresh = photos / "summer" / "fresh.jpg"
    fresh.write_bytes(b"y")
    assert not look().settled
    fresh.unlink()
    assert look().settled


def test_a_file_that_changes_and_changes_back_is_compared_each_time(desk, look, photos):
    look()
    look()
    photo = photos / "summer" / "a.jpg"
    photo.write_bytes(b"longer")
    os.utime(photo, AN_HOUR_AGO)
    look()
    assert desk.catalog.known(b"summer")[b"a.jpg"].size == 6
    photo.write_bytes(b"x")
    os.utime(photo, AN_HOUR_AGO)
    look()
    assert desk.catalog.known(b"summer")[b"a.jpg"].size == 1
