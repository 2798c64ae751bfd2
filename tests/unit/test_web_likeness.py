"""More like this, from features kept in memory: who is compared, and when they are read again."""

import pytest

from lantern.web import likeness
from lantern.web.likeness import Likeness
from support.lookalikes import Lookalikes


@pytest.fixture
def house(tmp_path):
    house = Lookalikes(tmp_path)
    yield house
    house.close()


def test_the_nearest_come_first_and_only_those_of_the_same_model(house):
    photos = [house.add(f"{number}", number * 0.5) for number in range(5)]
    house.add("another", 0.0, model="m 2")
    house.group()
    found = Likeness(house.similar).nearest(photos[1], 3)
    assert [other.photo for other in found[:2]] in ([photos[0], photos[2]], [photos[2], photos[0]])
    assert found[2].photo == photos[3]
    assert found[2].cosine == pytest.approx(0.54, abs=0.02)


def test_a_photo_without_features_is_like_none(house):
    photo = house.add("a", 0.0, dimensions=8)
    house.catalog.rows("DELETE FROM features RETURNING 1")
    assert Likeness(house.similar).nearest(photo, 3) == []
    assert Likeness(house.similar).nearest(photo + 1, 3) == []


def test_what_changed_is_seen_when_the_copy_may_be_renewed(house, monkeypatch):
    monkeypatch.setattr(likeness.time, "monotonic", lambda: clock)
    clock = 0.0
    first = house.add("a", 0.0)
    house.group()
    similar = Likeness(house.similar)
    assert similar.nearest(first, 3) == []
    second = house.add("b", 0.3)
    house.group()
    assert [other.photo for other in similar.nearest(first, 3)] in ([], [second])
    clock = 1.0  # loading took no time on this clock
    assert [other.photo for other in similar.nearest(first, 3)] == [second]


def test_the_copy_is_read_once_while_nothing_changes(house, monkeypatch):
    first = house.add("a", 0.0)
    house.add("b", 0.3)
    house.group()
    similar = Likeness(house.similar)
    found = similar.nearest(first, 3)
    monkeypatch.setattr(house.similar, "comparable", lambda _: 1 / 0)
    assert similar.nearest(first, 3) == found


def test_a_collection_too_large_to_keep_is_read_for_every_question(house, monkeypatch):
    monkeypatch.setattr(likeness, "MOST_BYTES", 20)
    photos = [house.add(f"{number}", number * 0.1) for number in range(6)]
    house.group()
    similar = Likeness(house.similar)
    for _ in range(2):
        assert {other.photo for other in similar.nearest(photos[0], 9)} == set(photos[1:])
    assert similar._kept is None
