"""How the catalog counts the captions' health."""

import pytest

from lantern.catalog.reader import CatalogReader
from lantern.catalog.store import Catalog, Found, Reading
from lantern.imaging.formats import Format
from lantern.model import Caption, Description, Features, Fingerprint, Metadata

NOW = 1_000_000_000.0


@pytest.fixture
def catalog(tmp_path):
    catalog = Catalog.open(tmp_path / "catalog.sqlite3")
    yield catalog
    catalog.close()


@pytest.fixture
def health(catalog, tmp_path):
    return lambda: CatalogReader.open(tmp_path / "catalog.sqlite3").caption_health(NOW)


def add(catalog, number, score, model="new 2", *, from_tags=False, human=None):
    catalog.discover(b"", [Found(b"%d.jpg" % number, 1, 1)], now=0.0)
    (pending,) = catalog.pending(now=1.0, limit=10)
    metadata = Metadata(width=400, height=300, human_caption=human)
    reading = Reading(Fingerprint(f"{number:032x}"), Format.JPEG, metadata, None)
    caption = Caption("a dog", score, model, from_tags)
    return catalog.described(pending, reading, Description(caption, (), Features(b"", 1.0)), 2.0)


def test_an_empty_catalog_has_no_captions(health):
    assert health().photos_by_model == {}
    assert health().score_bins == (0,) * 10
    assert (health().score_sum, health().human, health().corrections) == (0, 0, 0)


def test_photos_are_counted_by_model_by_score_and_by_who_speaks(catalog, health):
    for number, score in enumerate((0.0, 0.05, 0.3, 0.35, 0.71, 0.9, 1.0)):
        add(catalog, number, score)
    add(catalog, 7, 0.72, "old 1", from_tags=True)
    add(catalog, 8, 0.73, "old 1", human="Rex in the snow")
    told = health()
    assert told.photos_by_model == {"new 2": 7, "old 1": 2}
    assert told.score_bins == (2, 0, 0, 2, 0, 0, 0, 3, 0, 2)
    assert told.score_sum == pytest.approx(4.76)
    assert (told.from_tags, told.human) == (1, 1)


def test_photos_that_people_corrected_are_counted_with_those_of_late(catalog, health):
    photos = [add(catalog, number, 0.5) for number in range(3)]
    catalog.captions.correct(photos[0], "Rex", NOW - 90 * 86400)
    catalog.captions.correct(photos[1], "Max", NOW - 86400)
    told = health()
    assert (told.corrected, told.corrected_lately, told.human, told.corrections) == (2, 1, 2, 2)


def test_a_photo_is_corrected_once_however_often_people_said_something(catalog, health):
    photos = [add(catalog, number, 0.5) for number in range(2)]
    for sentence in ("Rex", "Rex at home"):
        catalog.captions.correct(photos[0], sentence, NOW)
    catalog.captions.correct(photos[1], "Max", NOW)
    catalog.captions.withdraw(photos[1], NOW)
    told = health()
    assert (told.corrected, told.corrected_lately, told.human, told.corrections) == (1, 1, 1, 3)


def test_photos_that_no_file_holds_any_more_do_not_count(catalog, health):
    add(catalog, 1, 0.5)
    add(catalog, 2, 0.5)
    catalog.remove([catalog.known(b"")[b"1.jpg"].id], NOW)
    assert sum(health().photos_by_model.values()) == 1
