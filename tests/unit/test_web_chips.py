"""The filters as the page shows them."""

import pytest

from lantern.web.chips import in_words, menus, switches
from lantern.web.library import Filters
from lantern.web.parameters import Request


@pytest.mark.parametrize(
    ("facet", "value", "said"),
    [
        ("rating", "1", "1 star or more"),
        ("rating", "3", "3 stars or more"),
        ("rating", "5", "5 stars"),
        ("folder", "2019/our trip", "2019 / our trip"),
        ("camera", "X-T3", "X-T3"),
    ],
)
def test_a_value_is_said_as_people_read_it(facet, value, said):
    assert in_words(facet, value) == said


def test_a_chip_says_its_value_and_the_search_without_it():
    wanted = Request("dog", Filters(since="2019-07", until="2019-07", rating=3))
    chips = {chip.facet: chip for chip in menus(wanted, {"rating": [("3", 7)]})}
    assert (chips["month"].said, chips["month"].without) == ("July 2019", "/?q=dog&rating=3")
    assert (chips["rating"].said, chips["rating"].chosen) == ("3 stars or more", "3")
    assert chips["rating"].without == "/?q=dog&from=2019-07&to=2019-07"
    assert chips["rating"].offered == (("3", 7, "3 stars or more"),)


def test_what_no_photo_has_is_not_offered_unless_it_is_set():
    by_facet = {chip.facet: chip for chip in menus(Request(filters=Filters(camera="X")), {})}
    assert by_facet["camera"].shown
    assert not by_facet["tag"].shown
    place, person = switches(Request(), {"place": [("yes", 3)]})
    assert (place.shown, person.shown) == (True, False)
