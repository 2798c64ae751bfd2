"""The date of a photo that tells none: by its oldest file, and never later than it was."""

import datetime
import sqlite3

import pytest

from lantern.catalog.dating import AHEAD_S, UNSET_UNTIL_S, file_date
from lantern.catalog.schema import MIGRATIONS
from lantern.catalog.store import Catalog, Found, Reading
from lantern.imaging.formats import Format
from lantern.model import Caption, Description, Features, Fingerprint, Metadata

NOW = 1_700_000_000.0
DAY = 86_400


def local(unix):
    return datetime.datetime.fromtimestamp(unix).isoformat()


def ns(unix):
    return int(unix) * 1_000_000_000


@pytest.mark.parametrize(
    ("changed", "dated"),
    [
        (NOW - DAY, NOW - DAY),
        (UNSET_UNTIL_S, UNSET_UNTIL_S),
        (UNSET_UNTIL_S - 1, NOW),
        (0, NOW),
        (-5, NOW),
        (NOW + AHEAD_S, NOW + AHEAD_S),
        (NOW + AHEAD_S + 1, NOW),
    ],
)
def test_a_file_is_as_old_as_it_says_unless_no_clock_can_have_said_so(changed, dated):
    assert file_date(ns(changed), NOW) == local(dated)


def test_a_fraction_of_a_second_is_cut_off():
    assert file_date(ns(NOW) + 999_999_999, NOW) == local(NOW)


@pytest.fixture
def catalog(tmp_path):
    catalog = Catalog.open(tmp_path / "catalog.sqlite3")
    yield catalog
    catalog.close()


def described(catalog, name, changed, now=NOW):
    catalog.discover(b"", [Found(name, 1, ns(changed))], now)
    (file,) = catalog.pending(now, 10)
    reading = Reading(Fingerprint("p"), Format.JPEG, Metadata(4, 3), None)
    description = Description(Caption("a dog", 0.5, "m 1"), (), Features(b"", 0.1))
    photo = catalog.described(file, reading, description, now)
    return catalog.read.photo(photo).file_date


def test_a_file_that_is_written_to_later_keeps_the_date_of_its_photo(catalog):
    assert described(catalog, b"a.jpg", NOW - 9 * DAY) == local(NOW - 9 * DAY)
    assert described(catalog, b"a.jpg", NOW - 2 * DAY) == local(NOW - 9 * DAY)
    assert described(catalog, b"a.jpg", 0) == local(NOW - 9 * DAY)


def test_an_older_copy_says_better_when_its_photo_is_from(catalog):
    assert described(catalog, b"a.jpg", NOW - 2 * DAY) == local(NOW - 2 * DAY)
    assert described(catalog, b"b.jpg", NOW - 9 * DAY) == local(NOW - 9 * DAY)


def test_a_photo_without_any_date_keeps_that_of_its_arrival(catalog):
    assert described(catalog, b"a.jpg", 0) == local(NOW)
    assert described(catalog, b"a.jpg", 1, now=NOW + DAY) == local(NOW)


def test_the_photos_of_an_older_catalog_are_dated_by_their_files(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    with sqlite3.connect(path) as connection:
        for statements in MIGRATIONS[:5]:
            connection.executescript(statements)
        connection.execute("PRAGMA user_version = 5")
        for photo, times in ((1, (NOW, NOW - DAY, 0)), (2, (0,))):
            connection.execute(
                "INSERT INTO photo (id, fingerprint, description) VALUES (?, ?, ?)",
                (photo, str(photo), b'{"caption":{"sentence":"","score":0,"model":""},"tags":[]}'),
            )
            connection.executemany(
                "INSERT INTO file (folder, name, size, mtime_ns, state, attempts, losses, retry_at,"
                " reason, format, metadata, photo_id)"
                " VALUES ('', ?, 1, ?, 'CAPTIONED', 0, 0, 0, '', 'JPEG', ?, ?)",
                [(f"{photo} {t}", ns(t), b'{"width":4,"height":3}', photo) for t in times],
            )
    before = datetime.datetime.now().isoformat()
    catalog = Catalog.open(path)
    dates = [catalog.read.photo(photo).file_date for photo in (1, 2)]
    catalog.close()
    assert dates[0] == local(NOW - DAY)
    assert before[:19] <= dates[1] <= datetime.datetime.now().isoformat()
