"""Which photo of a group is shown first."""

import itertools

import msgspec
import pytest

from lantern.model import PhotoId
from lantern.similar.best import best_first

FULL = 4000 * 3000


class Photo(msgspec.Struct, frozen=True):
    id: PhotoId
    width: int
    height: int = 1
    rating: int | None = None
    by_human: bool = False
    sharpness: float | None = None
    taken_at: str | None = None


def one(number, pixels=FULL, **known):
    return Photo(PhotoId(number), pixels, **known)


WORSE_TO_BETTER = [
    (one(1), one(2, rating=1)),
    (one(1, rating=3, by_human=True), one(2, rating=4)),
    (one(1, sharpness=900.0), one(2, by_human=True, sharpness=10.0)),
    (one(1, pixels=FULL // 16, sharpness=900.0), one(2, sharpness=100.0)),
    (one(1, sharpness=100.0), one(2, sharpness=300.0)),
    (one(1, sharpness=300.0), one(2, sharpness=200.0, pixels=FULL // 4 * 3, rating=1)),
    (one(1), one(2, sharpness=1.0)),
    (one(1, sharpness=105.0, pixels=FULL - 5), one(2, sharpness=100.0)),
    (one(1, taken_at="2019-07-04T18:30:05"), one(2, taken_at="2019-07-04T18:30:02")),
    (one(1), one(2, taken_at="2019-07-04T18:30:02")),
    (one(2), one(1)),
]


@pytest.mark.parametrize(("worse", "better"), WORSE_TO_BETTER)
def test_the_better_of_two_comes_first(worse, better):
    for pair in itertools.permutations([worse, better]):
        assert best_first(pair) == [better, worse]


def test_a_crop_that_keeps_most_competes_by_sharpness_a_small_copy_does_not():
    crop = one(1, pixels=FULL * 2 // 3, sharpness=400.0)
    whole = one(2, sharpness=100.0)
    small = one(3, pixels=1600 * 1200, sharpness=800.0)
    assert best_first([small, whole, crop]) == [crop, whole, small]


def test_the_order_is_the_same_however_the_photos_come():
    group = [
        one(1, sharpness=100.0),
        one(2, sharpness=135.0),
        one(3, sharpness=180.0, pixels=FULL // 2 + 1),
        one(4),
        one(5, pixels=0),
        one(6, rating=0),
    ]
    orders = {tuple(best_first(order)) for order in itertools.permutations(group)}
    assert len(orders) == 1


def test_a_group_of_nobody_has_no_best():
    assert best_first([]) == []
