"""An order of chance without a list: each once, whatever the seed, and resumable anywhere."""

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.kiosk.programme import Everything, Listed, Shuffle, Shuffled, anniversaries

seeds = st.integers(0, 2**64 - 1)
days = st.dates(datetime.date(2000, 1, 1), datetime.date(2099, 12, 31))


@settings(deadline=None)
@given(seeds, st.integers(0, 700))
def test_a_shuffle_has_each_number_at_one_place(seed, most):
    shuffle = Shuffle(seed, most)
    numbers = [number for place in range(shuffle.places) if (number := shuffle.at(place))]
    assert sorted(numbers) == list(range(1, most + 1))
    assert shuffle.places <= 4 * max(most, 1)


@settings(deadline=None)
@given(seeds, st.integers(1, 2**40), st.data())
def test_the_place_of_a_number_holds_it(seed, most, data):
    shuffle = Shuffle(seed, most)
    number = data.draw(st.integers(1, most))
    assert shuffle.at(shuffle.place(number)) == number
    assert 0 <= shuffle.place(number) < shuffle.places


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(1, 300), st.data())
def test_every_reel_shows_each_photo_once_and_goes_on_from_any(seed, most, data):
    shuffle = Shuffle(seed, most)
    some = data.draw(st.lists(st.integers(1, most), unique=True))
    for reel, photos in (
        (Everything(shuffle), range(1, most + 1)),
        (Shuffled(shuffle, some), some),
        (Listed(some), some),
    ):
        batch, place, walked = data.draw(st.integers(1, 50)), -1, []
        while found := reel.after(place, batch):
            walked += found
            place = found[-1][0]
        assert sorted(photo for _, photo in walked) == sorted(photos)
        for at, (place, photo) in enumerate(walked):
            assert reel.place(photo) == place
            assert reel.after(place, 1) == walked[at + 1 : at + 2]
        assert reel.place(most + 1) is None


def test_orders_by_different_seeds_have_nothing_in_common():
    """Of 1,000 numbers, one stays at its place by chance; neighbours stay so as seldom."""
    orders = [
        [photo for _, photo in Everything(Shuffle(seed, 1000)).after(-1, 1000)] for seed in (1, 2)
    ]
    alike = sum(one == other for one, other in zip(*orders, strict=True))
    ascents = sum(b == a + 1 for a, b in zip(orders[0], orders[0][1:], strict=False))
    assert alike < 10
    assert ascents < 10


@settings(deadline=None)
@given(days, st.integers(0, 183), st.sets(st.integers(1990, 2100), max_size=5))
def test_anniversaries_lie_around_the_day_and_never_in_this_year_alone(today, reach, years):
    spans = anniversaries(today, years, reach)
    assert len(spans) == len(years - {today.year})
    for span in spans:
        assert (span.last - span.first).days == 2 * reach
        middle = span.first + datetime.timedelta(days=reach)
        assert (middle.month, abs(middle.day - today.day) <= 1) == (today.month, True)
        assert middle.year != today.year
