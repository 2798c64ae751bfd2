"""Photos of the grid are read once, and anew as soon as the catalog says anything else."""

import pytest

from lantern.catalog.reader import CatalogReader
from lantern.model import PhotoId
from lantern.web import remembered
from lantern.web.remembered import RememberedPhotos
from support.shelf import Shelf


class Counted(CatalogReader):
    """The real reader; `asked` are the photos that it was asked for."""

    asked: list[PhotoId]

    def shown(self, ids, *, hidden=False):
        self.asked += ids
        return super().shown(ids, hidden=hidden)


@pytest.fixture
def house(tmp_path):
    house = Shelf(tmp_path)
    yield house
    house.close()


@pytest.fixture
def reader(house, tmp_path):
    reader = Counted.open(tmp_path / "catalog.sqlite3")
    reader.asked = []
    return reader


def sentences(shown):
    return [photo.sentence for photo in shown]


def test_what_was_read_is_not_read_again_and_comes_in_the_order_asked(house, reader):
    one, two, three = (house.add(f"{name}.jpg", f"photo {name}") for name in "abc")
    photos = RememberedPhotos(reader)
    assert sentences(photos([two, one])) == ["photo b", "photo a"]
    assert sentences(photos([one, three, two])) == ["photo a", "photo c", "photo b"]
    assert reader.asked == [two, one, three]


def test_a_corrected_sentence_is_seen_at_once(house, reader):
    photo = house.add("a.jpg", "a dog")
    photos = RememberedPhotos(reader)
    assert sentences(photos([photo])) == ["a dog"]
    house.catalog.captions.correct(photo, "Rex", 3.0)
    assert sentences(photos([photo])) == ["Rex"]


def test_a_hidden_photo_is_gone_at_once(house, reader):
    photo = house.add("a.jpg", "a dog")
    photos = RememberedPhotos(reader)
    assert sentences(photos([photo])) == ["a dog"]
    house.catalog.hiding.hide(photo, 3.0)
    assert photos([photo]) == []


def test_a_catalog_in_another_s_place_is_read_anew(house, reader, tmp_path):
    photo = house.add("a.jpg", "a dog")
    photos = RememberedPhotos(reader)
    assert sentences(photos([photo])) == ["a dog"]
    (tmp_path / "other").mkdir()
    other = Shelf(tmp_path / "other")
    other.add("a.jpg", "a cat")
    other.close()
    for file in tmp_path.glob("catalog.sqlite3*"):
        file.unlink()
    for file in (tmp_path / "other").glob("catalog.sqlite3*"):
        file.replace(tmp_path / file.name)
    assert sentences(photos([photo])) == ["a cat"]


def test_no_more_are_remembered_than_may_be(house, reader, monkeypatch):
    monkeypatch.setattr(remembered, "MOST", 2)
    one, two, three = (house.add(f"{name}.jpg", f"photo {name}") for name in "abc")
    photos = RememberedPhotos(reader)
    photos([one, two])
    photos([one])
    photos([three])
    assert reader.asked == [one, two, three]
    photos([one, three])
    assert reader.asked == [one, two, three]
    photos([two])
    assert reader.asked == [one, two, three, two]


def test_words_of_a_photo_are_read_once_until_the_catalog_says_anything_else(house, reader):
    photo = house.add("2019/rome/a.jpg", "a dog")
    photos = RememberedPhotos(reader)
    photos([photo])
    (before,) = photos.words([photo])
    assert {"dog", "rome", "2019"} <= set(before)
    assert photos.words([photo])[0] is before
    house.catalog.captions.correct(photo, "Rex", 3.0)
    photos([photo])
    (after,) = photos.words([photo])
    assert "rex" in after
    assert "dog" not in after


def test_a_hidden_photo_has_no_words(house, reader):
    photo = house.add("a.jpg", "a dog")
    house.catalog.hiding.hide(photo, 3.0)
    assert RememberedPhotos(reader).words([photo]) == []
