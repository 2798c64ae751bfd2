"""The thumbnail store: disposable, and never in the way."""

import os

import pytest

from lantern.catalog.thumbnails import PREVIEW, THUMBNAIL, ThumbnailReader, ThumbnailStore
from lantern.errors import StateUnavailable, Unavailable
from lantern.model import Fingerprint

MANY = 400


def name(number):
    return Fingerprint(f"{number:032x}")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "thumbnails.sqlite3"


@pytest.fixture
def store(path):
    store = ThumbnailStore.open(path)
    yield store
    store.close()


def fill(path):
    store = ThumbnailStore.open(path)
    for number in range(MANY):
        store.put(name(number), THUMBNAIL, os.urandom(3000))
    store.close()


def test_what_was_put_and_flushed_is_read_by_others(path, store):
    store.put(name(1), THUMBNAIL, b"small")
    store.put(name(1), PREVIEW, b"large")
    store.put(name(1), THUMBNAIL, b"smaller")
    store.flush()
    reader = ThumbnailReader(path)
    assert reader.get(name(1), THUMBNAIL) == b"smaller"
    assert reader.get(name(1), PREVIEW) == b"large"
    assert reader.get(name(2), THUMBNAIL) is None


def test_a_preview_alone_is_no_thumbnail(store):
    store.put(name(1), PREVIEW, b"large")
    assert not store.has(name(1))
    assert store.fingerprints() == set()


def test_what_is_deleted_is_gone_in_all_its_sizes(path, store):
    for number in (1, 2):
        store.put(name(number), THUMBNAIL, b"small")
        store.put(name(number), PREVIEW, b"large")
    store.delete(name(1))
    store.delete(name(3))
    assert store.fingerprints() == {name(2)}
    assert ThumbnailReader(path).get(name(1), PREVIEW) is None


@pytest.mark.parametrize(
    "garbage", [b"this is no database" * 100, b"SQLite format 3\0" + b"x" * 9999]
)
def test_a_file_that_is_no_store_is_replaced(path, garbage):
    path.write_bytes(garbage)
    store = ThumbnailStore.open(path)
    store.put(name(1), THUMBNAIL, b"small")
    store.close()
    assert ThumbnailReader(path).get(name(1), THUMBNAIL) == b"small"


@pytest.mark.parametrize("use", ["fingerprints", "put", "has"])
def test_damage_that_shows_later_is_told_once_and_healed(path, use):
    fill(path)
    with open(path, "r+b") as file:  # all but the first page: opening alone does not notice
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    store = ThumbnailStore.open(path)
    with pytest.raises(StateUnavailable, match="begun anew"):
        {
            "fingerprints": store.fingerprints,
            "put": lambda: store.put(name(1), THUMBNAIL, b"small"),
            "has": lambda: store.has(name(1)),
        }[use]()
    assert store.fingerprints() == set()
    store.put(name(1), THUMBNAIL, b"small")
    store.close()
    assert ThumbnailReader(path).get(name(1), THUMBNAIL) == b"small"


def test_a_folder_that_cannot_hold_a_store_is_told(tmp_path):
    with pytest.raises(Unavailable, match="cannot be opened"):
        ThumbnailStore.open(tmp_path / "none" / "thumbnails.sqlite3")


def test_a_reader_finds_the_store_that_took_the_place_of_another(path):
    fill(path)
    reader = ThumbnailReader(path)
    assert reader.get(name(1), THUMBNAIL) is not None
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    with pytest.raises(Unavailable, match="not there yet"):
        reader.get(name(1), THUMBNAIL)
    store = ThumbnailStore.open(path)
    store.put(name(1), THUMBNAIL, b"new")
    store.flush()
    assert reader.get(name(1), THUMBNAIL) == b"new"
    store.close()
