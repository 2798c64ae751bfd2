"""Catalog, thumbnails and index agree, and whatever does not is found: every fault is planted."""

import random
import sqlite3

import pytest

from lantern.catalog.reader import CatalogReader
from lantern.catalog.thumbnails import THUMBNAIL, ThumbnailReader
from lantern.ingest.agreement import disagreements
from lantern.ingest.publish import as_document
from lantern.model import Fingerprint
from lantern.search.document import Document
from lantern.search.embedded import EmbeddedReader
from support.shelf import Shelf


class House(Shelf):
    """Three photos that were described and published, and have their thumbnails."""

    def __init__(self, folder):
        super().__init__(folder)
        self.folder = folder
        self.photos = [
            self.add(f"{name}.jpg", f"a {name} in snow") for name in ("cat", "dog", "fox")
        ]
        for photo in self.catalog.read.photos(self.photos):
            self.thumbnails.put(photo.fingerprint, THUMBNAIL, b"small")
        self.thumbnails.flush()
        self.catalog.index_is(self.index.generation())
        self.publish()

    def spoil(self, sql):
        """Write past the catalog, as no transaction of its own does."""
        with sqlite3.connect(self.folder / "catalog.sqlite3") as connection:
            connection.execute(sql)
        connection.close()

    def document(self, number):
        return as_document(self.catalog.read.photos([self.photos[number]])[0])

    def told(self, draw=None):
        found = disagreements(
            CatalogReader.open(self.folder / "catalog.sqlite3"),
            ThumbnailReader(self.folder / "thumbnails.sqlite3"),
            EmbeddedReader(self.folder / "index"),
            draw=draw,
        )
        return [one.sentence for one in found]


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    house.close()


def test_a_clean_house_gives_nothing(house):
    assert house.told() == house.told(random.Random(1)) == []


def test_what_is_on_its_way_to_the_index_is_not_compared(house):
    house.publish = lambda: None
    house.add("owl.jpg", "an owl")
    house.catalog.captions.correct(house.photos[0], "Rex", 3.0)
    house.catalog.hiding.hide(house.photos[1], 3.0)
    house.thumbnails.put(Fingerprint(f"{4:032x}"), THUMBNAIL, b"small")
    house.thumbnails.flush()
    assert house.told() == []


def test_an_index_that_is_filled_anew_is_not_compared(house):
    house.index.clear()
    assert house.told() == []


@pytest.mark.parametrize(
    ("sql", "told"),
    {
        "UPDATE file SET metadata = NULL WHERE name = CAST('cat.jpg' AS BLOB)": (
            "1 files described without a photo"
        ),
        "UPDATE file SET photo_id = 99 WHERE name = CAST('cat.jpg' AS BLOB)": (
            "1 files of a photo that is not there"
        ),
        "UPDATE file SET state = 'FAILED' WHERE name = CAST('cat.jpg' AS BLOB)": (
            "1 files that failed and hold a photo"
        ),
        "DELETE FROM file WHERE name = CAST('cat.jpg' AS BLOB)": (
            "1 photos that no file holds and that are not let go of"
        ),
        "UPDATE photo SET orphaned_at = 1 WHERE id = 1": (
            "1 photos that a file holds and that are let go of"
        ),
        "UPDATE photo SET indexed_revision = 99 WHERE id = 1": (
            "1 photos of which the index took more than there was"
        ),
        "UPDATE photo SET group_id = 99, grouped_revision = 99 WHERE id = 1": (
            "1 photos in a group without a leader"
        ),
        "INSERT INTO features VALUES (99, 1, x'01')": "1 features of no photo",
        "INSERT INTO writing (file_id) VALUES (99)": "1 sentences to be written into no file",
        "INSERT INTO server_outbox VALUES (1, 1)": (
            "1 photos that wait for a search server where there is none"
        ),
    }.items(),
)
def test_rows_that_cannot_be_are_found(house, sql, told):
    house.spoil(sql)
    assert told in house.told()


def test_a_photo_that_the_index_lost_is_found(house):
    house.index.apply([], [house.photos[0]])
    assert house.told() == ["1 photos are missing in the index"]


def test_a_photo_that_stands_in_the_index_twice_is_found(house, monkeypatch):
    document = house.document(1)
    monkeypatch.setattr("lantern.search.embedded.index.with_ids", lambda _: _nothing())
    house.index.apply([document])
    assert house.told() == ["1 photos stand in the index more than once"]


def _nothing():
    from lantern.search.embedded.fields import with_ids  # noqa: PLC0415 - it is replaced above

    return with_ids([])


@pytest.mark.parametrize("draw", [None, random.Random(1)])
@pytest.mark.parametrize("sentence", ["a cat", "snow in a cat"])
def test_another_sentence_in_the_index_is_found(house, sentence, draw):
    house.index.apply([Document(house.photos[0], sentence, names=("cat",))])
    assert house.told(draw) == ["1 photos in the index have other words than in the catalog"]


def test_a_photo_in_the_index_that_nobody_knows_is_found(house):
    house.index.apply([Document(99, "a ghost")])
    assert house.told() == ["1 photos in the index are none that may be found"]


def test_a_hidden_photo_that_is_found_all_the_same_is_found(house):
    document = house.document(0)
    house.catalog.hiding.hide(house.photos[0], 3.0)
    house.catalog.indexed([(r.id, r.revision) for r in house.catalog.read.outbox(9)])
    house.index.apply([document])
    assert house.told() == ["1 photos in the index are none that may be found"]


def test_a_photo_without_a_thumbnail_and_one_of_no_photo_are_found(house):
    house.thumbnails.delete(Fingerprint(f"{1:032x}"))
    house.thumbnails.put(Fingerprint("e" * 32), THUMBNAIL, b"small")
    house.thumbnails.flush()
    assert house.told() == ["1 photos have no thumbnail", "1 thumbnails are of no photo"]
