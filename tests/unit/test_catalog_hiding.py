"""Photos that the owner keeps from visitors: who still sees them, and what outlives what."""

import sqlite3

import pytest

from lantern.catalog.reader import CatalogReader
from lantern.catalog.schema import MIGRATIONS, schema_version
from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.store import ORPHAN_LIFETIME_S, Catalog
from lantern.errors import PhotoError
from lantern.model import PhotoId
from support.lookalikes import NOW, Lookalikes


@pytest.fixture
def house(tmp_path):
    house = Lookalikes(tmp_path)
    yield house
    house.close()


@pytest.fixture
def reader(house):
    return CatalogReader.open(house.path)


def take_all(catalog):
    """Let the index take every photo; return those that it may find."""
    records = catalog.read.outbox(100)
    catalog.indexed([(record.id, record.revision) for record in records])
    return {record.id for record in records if record.findable}


def test_a_hidden_photo_is_there_only_for_who_asks_for_it(house, reader):
    seen, hidden = house.add("a", 0.0), house.add("b", 1.0)
    house.catalog.hiding.hide(hidden, NOW)
    assert [record.id for record in reader.photos([seen, hidden])] == [seen]
    assert reader.photo(hidden) is None
    told = reader.photo(hidden, hidden=True)
    assert (told.id, told.hidden, told.findable) == (hidden, True, False)
    assert [r.id for r in reader.photos([hidden, seen], hidden=True)] == [hidden, seen]
    assert reader.is_hidden(told.fingerprint)
    assert not reader.is_hidden(reader.photo(seen).fingerprint)


def test_it_goes_to_the_indexes_as_one_to_forget_and_comes_back_when_it_is_shown(house):
    catalog = house.catalog
    catalog.served.begin("g")
    photo = house.add("a", 0.0)
    assert take_all(catalog) == {photo}
    catalog.served.done(catalog.served.due(10))
    catalog.hiding.hide(photo, NOW)
    assert [record.id for record in catalog.read.outbox(10)] == [photo]
    assert take_all(catalog) == set()
    assert [due.photo for due in catalog.served.due(10)] == [photo]
    catalog.hiding.show(photo, NOW)
    assert take_all(catalog) == {photo}


def test_hiding_what_is_hidden_and_showing_what_is_shown_send_nothing_to_the_indexes(house):
    photo = house.add("a", 0.0)
    take_all(house.catalog)
    house.catalog.hiding.show(photo, NOW)
    assert house.catalog.read.outbox(10) == []
    house.catalog.hiding.hide(photo, NOW)
    take_all(house.catalog)
    house.catalog.hiding.hide(photo, NOW + 1)
    assert house.catalog.read.outbox(10) == []


def test_a_photo_that_is_none_is_told(house):
    with pytest.raises(PhotoError, match="photo 7: there is none"):
        house.catalog.hiding.hide(PhotoId(7), NOW)
    with pytest.raises(PhotoError, match="photo 7: there is none"):
        house.catalog.hiding.show(PhotoId(7), NOW)


def test_a_photo_described_anew_read_anew_or_moved_stays_hidden(house, reader):
    photo = house.add("a", 0.0)
    house.catalog.hiding.hide(photo, NOW)
    house.add("a", 0.5)
    assert reader.photo(photo) is None
    house.add("a")
    assert reader.photo(photo) is None


def test_a_photo_that_was_forgotten_is_hidden_when_it_comes_back(house, reader):
    photo = house.add("a", 0.0)
    house.catalog.hiding.hide(photo, NOW)
    house.remove("a")
    assert reader.hidden(0, 10) == []
    take_all(house.catalog)
    assert len(house.catalog.purge(NOW + ORPHAN_LIFETIME_S + 1)) == 1
    back = house.add("a", 0.0)
    assert back != photo
    assert reader.photo(back) is None
    assert [record.id for record in reader.hidden(0, 10)] == [back]


def test_a_new_index_is_not_told_of_hidden_photos(house):
    seen, hidden = house.add("a", 0.0), house.add("b", 1.0)
    house.catalog.hiding.hide(hidden, NOW)
    take_all(house.catalog)
    house.catalog.index_is("another")
    assert take_all(house.catalog) == {seen}


def test_it_leaves_its_group_at_once_and_those_who_followed_it_find_another(house):
    photos = {house.add(name, 0.0) for name in "abc"}
    house.group()
    (leader,) = {row[0] for row in house.catalog.rows("SELECT group_id FROM photo")}
    house.catalog.hiding.hide(leader, NOW)
    others = sorted(photos - {leader})
    members = house.similar.memberships(sorted(photos))
    assert {photo: member.size for photo, member in members.items()} == dict.fromkeys(others, 2)
    assert leader not in {row[0] for row in house.similar.comparable("m 1")}
    house.group()
    assert house.groups() == house.from_scratch() == {frozenset(others)}
    house.catalog.hiding.show(leader, NOW)
    house.group()
    assert house.groups() == {frozenset(photos)}


def test_the_owner_s_list_begins_with_what_was_hidden_last(house, reader):
    photos = [house.add(name, place) for place, name in enumerate("abc")]
    for later, photo in enumerate((photos[1], photos[0], photos[2])):
        house.catalog.hiding.hide(photo, NOW + later)
    assert [r.id for r in reader.hidden(0, 2)] == [photos[2], photos[0]]
    assert [r.id for r in reader.hidden(2, 2)] == [photos[1]]


def test_counts_leave_hidden_photos_out_of_what_is_searchable(house, reader):
    house.add("a", 0.0)
    house.catalog.hiding.hide(house.add("b", 1.0), NOW)
    counts = reader.counts()
    assert (counts.files, counts.photos, counts.indexed, counts.hidden) == (2, 1, 0, 1)
    take_all(house.catalog)
    assert reader.counts().indexed == 1


def test_a_catalog_of_the_schema_before_opens_with_nothing_hidden(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    with sqlite3.connect(path) as connection:
        for statements in MIGRATIONS[:3]:
            connection.executescript(statements)
        connection.execute("PRAGMA user_version = 3")
        connection.execute(
            "INSERT INTO photo (fingerprint, description) VALUES ('p', '{}')",
        )
    connection.close()
    catalog = Catalog.open(path)
    assert schema_version(sqlite3.connect(path)) == len(MIGRATIONS)
    assert not catalog.read.is_hidden("p")
    assert SimilarityReader.open(path).placed([PhotoId(1)])[0].id == 1
    catalog.close()
