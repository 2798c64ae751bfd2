"""Questions about any number of photos, and what a connection keeps of them."""

import contextlib
import ctypes
import sqlite3

import pytest

from lantern.catalog.live import LiveConnection
from lantern.catalog.reader import CatalogReader
from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.store import Catalog, Found, Reading
from lantern.imaging.formats import Format
from lantern.model import Caption, Description, Features, Fingerprint, Metadata, PhotoId

PHOTOS = 40


class Heard(LiveConnection):
    """A connection that notes which statements it is asked."""

    def __init__(self, path):
        super().__init__(path)
        self.statements = set()

    def rows(self, sql, parameters=()):
        self.statements.add(sql)
        return super().rows(sql, parameters)


@pytest.fixture
def connection(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    catalog = Catalog.open(path)
    names = [b"%d.jpg" % number for number in range(PHOTOS)]
    catalog.discover(b"", [Found(name, 1, 1) for name in names], now=0.0)
    described = Description(Caption("a dog", 0.5, "test 1"), (), Features(b"\1", 1.0))
    for file in catalog.pending(now=1.0, limit=PHOTOS):
        reading = Reading(
            Fingerprint(f"{file.id:032x}"), Format.JPEG, Metadata(width=4, height=3), None
        )
        catalog.described(file, reading, described, now=2.0)
    ids = [PhotoId(number) for number in range(1, PHOTOS + 1)]
    catalog.groups.grouped([], dict.fromkeys(ids, PhotoId(1)))
    yield Heard(path)
    catalog.close()


QUESTIONS = {
    "photos": lambda connection, ids: CatalogReader(connection).photos(ids),
    "shown": lambda connection, ids: CatalogReader(connection).shown(ids),
    "features": lambda connection, ids: SimilarityReader(connection).features(ids),
    "placed": lambda connection, ids: SimilarityReader(connection).placed(ids),
    "memberships": lambda connection, ids: SimilarityReader(connection).memberships(ids),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_photos_are_asked_for_by_the_same_statements_however_many_they_are(connection, question):
    """A connection keeps the last 128 statements, of 25 kB each."""
    ask = QUESTIONS[question]
    everything = range(PHOTOS, 0, -1)
    assert len(ask(connection, everything[:3])) == 3
    before = set(connection.statements)
    for count in range(PHOTOS + 1):
        assert len(ask(connection, everything[:count])) == count
    assert connection.statements == before


def test_followers_are_asked_for_by_one_statement_however_many_leaders_there_are(connection):
    reader = SimilarityReader(connection)
    for count in range(1, PHOTOS + 1):
        assert len(reader.followers(range(1, count + 1))) == PHOTOS - 1
    assert len(connection.statements) == 1


class Allocated(ctypes.Structure):
    """What glibc's malloc holds, by its `mallinfo2`; Python has a store of its own for its objects.

    [malloc.h; mallinfo(3)]
    """

    _fields_ = (
        ("not_asked", ctypes.c_size_t * 4),
        ("hblkhd", ctypes.c_size_t),
        ("nor_these", ctypes.c_size_t * 2),
        ("uordblks", ctypes.c_size_t),
        ("nor_those", ctypes.c_size_t * 2),
    )


def allocated_bytes():
    tell = ctypes.CDLL(None).mallinfo2
    tell.restype = Allocated
    told = tell()
    return told.uordblks + told.hblkhd


def test_who_read_all_features_keeps_hardly_any_pages_of_them(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as features, features:
        features.execute("CREATE TABLE features (photo_id INTEGER PRIMARY KEY, scale, int8)")
        rows = ((number, 0.1, bytes(128)) for number in range(1, 20_001))
        features.executemany("INSERT INTO features VALUES (?, ?, ?)", rows)
    reader = SimilarityReader.open(path)
    assert len(reader.features([1, 2])) == 2
    before = allocated_bytes()
    assert sum(1 for _ in reader.all_features()) == 20_000
    assert allocated_bytes() - before < 600_000
