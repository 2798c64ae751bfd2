"""What a wrong clock wrote means what it should once the clock is right."""

import pytest

from lantern.catalog.state import LONGEST_RETRY_S, Delayed
from lantern.catalog.store import ORPHAN_LIFETIME_S, Catalog, Found, Reading
from lantern.imaging.formats import Format
from lantern.model import Caption, Description, Features, Fingerprint, Metadata

NOW = 1_790_000_000.0
YEARS = 20 * 365 * 86400.0


@pytest.fixture
def catalog(tmp_path):
    catalog = Catalog.open(tmp_path / "catalog.sqlite3")
    yield catalog
    catalog.close()


def fails(catalog, at):
    """Let a file fail for the first time, which is tried again 5 s later."""
    catalog.discover(b"", [Found(b"a.jpg", 1, 1)], at)
    (file,) = catalog.pending(at, 10)
    return catalog.happened(file, Delayed("no disk"), at).retry_at


def vanishes(catalog, at):
    """Let a described photo's only file vanish."""
    catalog.discover(b"", [Found(b"b.jpg", 1, 1)], at)
    (file,) = [one for one in catalog.pending(at, 10) if one.path == b"b.jpg"]
    reading = Reading(Fingerprint("p"), Format.JPEG, Metadata(4, 3), None)
    description = Description(Caption("a dog", 0.5, "m 1"), (), Features(b"\1", 0.1))
    photo = catalog.described(file, reading, description, at)
    catalog.remove([file.id], at)
    catalog.indexed([(photo, catalog.read.outbox(1)[0].revision)])


def waiting(catalog, now):
    return [file.path for file in catalog.pending(now, 10)]


def test_a_photo_that_vanished_under_a_clock_of_the_past_is_remembered_for_as_long(catalog):
    wrong = NOW - YEARS
    vanishes(catalog, wrong + 60)
    catalog.times.clock_set(wrong, wrong + 120, YEARS)
    assert catalog.purge(NOW + 120) == []
    assert catalog.purge(NOW + 60 + ORPHAN_LIFETIME_S - 1) == []
    assert catalog.purge(NOW + 60 + ORPHAN_LIFETIME_S + 1) == [Fingerprint("p")]


def test_a_photo_that_vanished_under_a_clock_of_the_future_is_not_remembered_for_ever(catalog):
    wrong = NOW + YEARS
    vanishes(catalog, wrong + 60)
    catalog.times.clock_set(wrong, wrong + 120, -YEARS)
    assert catalog.purge(NOW + 60 + ORPHAN_LIFETIME_S + 1) == [Fingerprint("p")]


@pytest.mark.parametrize("off", [YEARS, -YEARS, 3 * 3600.0, -3 * 3600.0])
def test_a_file_that_failed_is_tried_again_as_soon_as_was_meant(catalog, off):
    wrong = NOW + off
    fails(catalog, wrong + 60)
    catalog.times.clock_set(wrong, wrong + 62, -off)
    assert waiting(catalog, NOW + 64) == []
    assert waiting(catalog, NOW + 66) == [b"a.jpg"]


def test_what_a_power_cut_left_of_a_clock_of_the_future_is_put_right_at_the_start(catalog):
    fails(catalog, NOW + YEARS)
    vanishes(catalog, NOW + YEARS)
    assert waiting(catalog, NOW) == []
    catalog.times.begin(NOW)
    assert waiting(catalog, NOW) == [b"a.jpg"]
    assert catalog.purge(NOW + ORPHAN_LIFETIME_S + 1) == [Fingerprint("p")]


def test_what_a_right_clock_wrote_stays_as_it_is(catalog):
    retry_at = fails(catalog, NOW)
    vanishes(catalog, NOW)
    catalog.times.begin(NOW + 1)
    catalog.times.clock_set(NOW + 100, NOW + 200, 60.0)
    assert catalog.next_retry() == retry_at
    assert catalog.purge(NOW + ORPHAN_LIFETIME_S - 1) == []
    assert catalog.purge(NOW + ORPHAN_LIFETIME_S + 1) == [Fingerprint("p")]
    assert retry_at < NOW + LONGEST_RETRY_S
