"""How a reader learns that something changed, and that searches find or show something else."""

import pytest

from lantern.catalog.reader import CatalogReader
from lantern.catalog.state import Delayed, Refused
from lantern.catalog.store import Catalog, Found, Reading
from lantern.imaging.formats import Format
from lantern.model import Caption, Description, Features, Fingerprint, Metadata, PhotoId


@pytest.fixture
def catalog(tmp_path):
    catalog = Catalog.open(tmp_path / "catalog.sqlite3")
    yield catalog
    catalog.close()


@pytest.fixture
def reader(catalog, tmp_path):
    return CatalogReader.open(tmp_path / "catalog.sqlite3")


def add(catalog, name, remark=None):
    catalog.discover(b"", [Found(name, 1, 1)], now=0.0)
    (pending,) = catalog.pending(now=1.0, limit=10)
    reading = Reading(
        Fingerprint(f"{pending.id:032x}"), Format.JPEG, Metadata(width=4, height=3), remark
    )
    description = Description(Caption("a dog", 0.5, "test 1"), (), Features(b"", 1.0))
    return catalog.described(pending, reading, description, now=2.0)


def test_the_version_changes_with_every_commit_and_not_without(catalog, reader):
    versions = [reader.version(), reader.version()]
    catalog.discover(b"", [Found(b"a.jpg", 1, 1)], now=0.0)
    versions += [reader.version(), reader.version()]
    assert versions[0] == versions[1] != versions[2] == versions[3]


def test_what_the_index_took_is_published_and_what_waits_is_not(catalog, reader):
    assert reader.published() == 0
    photo = add(catalog, b"a.jpg")
    assert reader.published() == 0
    catalog.indexed([(photo, 1)])
    assert reader.published() == 1
    catalog.indexed([(photo, 2)])
    assert reader.published() == 2


def test_what_the_search_server_took_and_what_belongs_together_is_published(catalog, reader):
    catalog.served.begin("generation")
    photo = add(catalog, b"a.jpg")
    assert reader.server_backlog() == 1
    catalog.served.done(catalog.served.due(10))
    assert (reader.published(), reader.server_backlog()) == (1, 0)
    catalog.groups.grouped([(photo, 1)], {})
    assert reader.published() == 1
    catalog.groups.grouped([(photo, 1)], {photo: PhotoId(photo)})
    assert reader.published() == 2


def test_without_a_search_server_there_is_no_backlog(reader):
    assert reader.server_backlog() is None


def test_a_tally_tells_problems_before_remarks_and_reads_no_other_file(catalog, reader):
    def befalls(name, event):
        catalog.discover(b"", [Found(name, 1, 1)], now=0.0)
        (pending,) = catalog.pending(now=1.0, limit=10)
        catalog.happened(pending, event, now=2.0)

    befalls(b"z.jpg", Refused("empty"))
    befalls(b"y.jpg", Delayed("not now"))
    add(catalog, b"b.jpg", remark="odd")
    add(catalog, b"a.jpg")
    tally = reader.tally()
    assert [(one.path, one.reason) for one in tally.problems] == [
        (b"y.jpg", "not now"),
        (b"z.jpg", "empty"),
        (b"b.jpg", "odd"),
    ]
    assert (tally.counts.failed, tally.counts.retry, tally.counts.captioned) == (1, 1, 2)
    problems = "SELECT folder FROM file WHERE remark IS NOT NULL AND +state NOT IN ('FAILED')"
    ((*_, plan),) = catalog.rows(f"EXPLAIN QUERY PLAN {problems}")
    assert "file_remark" in plan
