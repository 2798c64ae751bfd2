"""The catalog on disk: what is written down, and what is refused."""

import sqlite3

import pytest

from lantern.catalog import schema
from lantern.catalog.reader import CatalogReader
from lantern.catalog.state import Delayed, Lost, Refused, State
from lantern.catalog.store import ORPHAN_LIFETIME_S, Catalog, Found, Reading
from lantern.errors import ConfigError, Damaged, Unavailable
from lantern.imaging.formats import Format
from lantern.model import Caption, Description, Features, Fingerprint, Metadata

NOW = 1_700_000_000.0


@pytest.fixture
def path(tmp_path):
    return tmp_path / "catalog.sqlite3"


@pytest.fixture
def catalog(path):
    catalog = Catalog.open(path)
    yield catalog
    catalog.close()


def reading(picture):
    return Reading(Fingerprint(picture), Format.JPEG, Metadata(4, 3), None)


def description(sentence="a dog"):
    return Description(Caption(sentence, 0.5, "m 1"), (), Features(b"\1\2", 0.1))


def discovered(catalog, *names, size=1, mtime_ns=1):
    catalog.discover(b"x", [Found(name, size, mtime_ns) for name in names], NOW)
    return {file.path: file for file in catalog.pending(NOW, 100)}


def described(catalog, name, picture):
    file = discovered(catalog, name)[b"x/" + name]
    return catalog.described(file, reading(picture), description(), NOW)


def test_a_discovered_file_asks_for_work_until_it_is_described(catalog):
    photo = described(catalog, b"a.jpg", "p")
    assert catalog.pending(NOW, 100) == []
    record = catalog.read.photo(photo)
    assert record.caption.sentence == "a dog"
    assert [file.path for file in record.files] == [b"x/a.jpg"]
    assert record.metadata == Metadata(4, 3)


def test_names_of_any_bytes_come_back_as_they_were(catalog):
    names = [b"\xff\xfe.jpg", b"two\nlines.jpg", b"'; DROP TABLE file; --.jpg", b"%_*?.jpg"]
    discovered(catalog, *names)
    assert set(catalog.known(b"x")) == set(names)
    assert catalog.folders() == [b"x"]


def test_a_second_file_of_a_known_picture_needs_no_description(catalog):
    photo = described(catalog, b"a.jpg", "p")
    copy = discovered(catalog, b"b.jpg")[b"x/b.jpg"]
    assert catalog.described(copy, reading("p"), None, NOW) == photo
    assert len(catalog.read.photo(photo).files) == 2


def test_without_description_and_photo_the_file_is_to_be_tried_again(catalog):
    file = discovered(catalog, b"a.jpg")[b"x/a.jpg"]
    with pytest.raises(Unavailable):
        catalog.described(file, reading("p"), None, NOW)
    assert catalog.pending(NOW, 100) == [file]


def test_what_happened_to_a_file_that_changed_meanwhile_is_no_news(catalog):
    old = discovered(catalog, b"a.jpg", mtime_ns=1)[b"x/a.jpg"]
    new = discovered(catalog, b"a.jpg", mtime_ns=2)[b"x/a.jpg"]
    catalog.happened(old, Refused("truncated"), NOW)
    photo = catalog.described(old, reading("p"), description(), NOW)
    assert catalog.pending(NOW, 100) == [new]
    assert catalog.read.photo(photo) is None  # remembered, and held by no file
    assert catalog.read.by_fingerprint(Fingerprint("p")) == photo


def test_what_happened_to_a_file_that_was_removed_meanwhile_is_no_news(catalog):
    file = discovered(catalog, b"a.jpg")[b"x/a.jpg"]
    catalog.remove([file.id], NOW)
    catalog.happened(file, Lost("signal 9"), NOW)
    assert catalog.read.counts().files == 0


def test_a_changed_file_is_found_by_its_old_picture_until_it_is_described_anew(catalog):
    photo = described(catalog, b"a.jpg", "p")
    discovered(catalog, b"a.jpg", mtime_ns=2)
    assert catalog.read.photo(photo) is not None
    (file,) = catalog.pending(NOW, 100)
    catalog.described(file, reading("q"), description("a cat"), NOW)
    assert catalog.read.photo(photo) is None


def test_a_retry_comes_at_its_time_and_after_what_is_new(catalog):
    files = discovered(catalog, b"a.jpg", b"b.jpg")
    life = catalog.happened(files[b"x/a.jpg"], Delayed("busy"), NOW)
    assert life.state is State.RETRY
    assert catalog.next_retry() == life.retry_at
    assert [file.path for file in catalog.pending(NOW, 100)] == [b"x/b.jpg"]
    later = catalog.pending(life.retry_at, 100)
    assert [file.path for file in later] == [b"x/b.jpg", b"x/a.jpg"]
    assert later[1].life == life
    assert len(catalog.pending(life.retry_at, 1)) == 1


def test_counts_and_problems_tell_where_files_stand(catalog):
    described(catalog, b"good.jpg", "p")
    files = discovered(catalog, b"bad.jpg", b"busy.jpg", b"new.jpg")
    catalog.happened(files[b"x/bad.jpg"], Refused("empty file"), NOW)
    catalog.happened(files[b"x/busy.jpg"], Delayed("no answer"), NOW)
    counts = catalog.read.counts()
    assert (counts.files, counts.captioned, counts.failed, counts.retry, counts.discovered) == (
        *(4, 1, 1),
        *(1, 1),
    )
    assert (counts.photos, counts.indexed) == (1, 0)
    assert [(p.path, p.reason) for p in catalog.read.problems()] == [
        (b"x/bad.jpg", "empty file"),
        (b"x/busy.jpg", "no answer"),
    ]


def test_the_outbox_holds_what_the_index_has_not_taken(catalog):
    photo = described(catalog, b"a.jpg", "p")
    (record,) = catalog.read.outbox(10)
    catalog.discover(b"x", [Found(b"b.jpg", 1, 1)], NOW)
    copy = catalog.pending(NOW, 10)[0]
    catalog.described(copy, reading("p"), None, NOW)  # while the index takes the first revision
    catalog.indexed([(record.id, record.revision)])
    (again,) = catalog.read.outbox(10)
    assert again.id == photo
    assert len(again.files) == 2
    catalog.indexed([(again.id, again.revision)])
    assert catalog.read.outbox(10) == []
    assert catalog.read.counts().indexed == 1


def test_a_photo_that_no_file_holds_leaves_the_index_and_is_forgotten_after_a_month(catalog):
    photo = described(catalog, b"a.jpg", "p")
    catalog.remove([catalog.known(b"x")[b"a.jpg"].id], NOW)
    later = NOW + ORPHAN_LIFETIME_S + 1
    assert catalog.purge(later) == []  # the index still has it
    (record,) = catalog.read.outbox(10)
    assert (record.id, record.files) == (photo, ())
    catalog.indexed([(record.id, record.revision)])
    assert catalog.purge(later - 2) == []
    assert catalog.purge(later) == [Fingerprint("p")]
    assert catalog.rows("SELECT COUNT(*) FROM features") == [(0,)]


def test_a_photo_that_comes_back_within_a_month_is_known(catalog):
    photo = described(catalog, b"a.jpg", "p")
    catalog.remove([catalog.known(b"x")[b"a.jpg"].id], NOW)
    back = discovered(catalog, b"b.jpg")[b"x/b.jpg"]
    assert catalog.described(back, reading("p"), None, NOW) == photo
    assert catalog.purge(NOW + 2 * ORPHAN_LIFETIME_S) == []


def test_another_index_is_sent_everything(catalog):
    described(catalog, b"a.jpg", "p")
    catalog.index_is("one")
    catalog.indexed([(record.id, record.revision) for record in catalog.read.outbox(10)])
    assert catalog.read.outbox(10) == []
    catalog.index_is("two")
    assert catalog.index() == "two"
    assert len(catalog.read.outbox(10)) == 1


def test_a_second_reader_sees_what_was_committed(path, catalog):
    described(catalog, b"a.jpg", "p")
    other = sqlite3.connect(path)
    assert other.execute("SELECT COUNT(*) FROM photo").fetchone() == (1,)
    other.close()


@pytest.mark.parametrize("content", [b"no database" * 500, b"SQLite format 3\0" + b"x" * 9999])
def test_a_file_that_is_no_catalog_is_refused_and_left_alone(path, content):
    path.write_bytes(content)
    with pytest.raises(Damaged, match="file is not a database"):
        Catalog.open(path)
    assert path.read_bytes() == content


def test_new_tables_do_not_wait_in_the_wal_for_a_power_cut(path, catalog, tmp_path):
    copy = tmp_path / "after-the-cut.sqlite3"
    copy.write_bytes(path.read_bytes())
    assert CatalogReader.open(copy).counts().files == 0


def test_a_catalog_of_a_newer_lantern_is_refused(path, catalog):
    catalog.rows(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    with pytest.raises(ConfigError, match="newer Lantern"):
        Catalog.open(path)


def test_a_folder_that_cannot_hold_a_catalog_is_no_damage(tmp_path):
    with pytest.raises(Unavailable, match="cannot be opened"):
        Catalog.open(tmp_path / "none" / "catalog.sqlite3")


def test_an_empty_catalog_has_nothing(catalog):
    assert catalog.read.counts().files == 0
    assert catalog.pending(NOW, 10) == []
    assert catalog.next_retry() is None
    assert catalog.read.photos([]) == []
