"""Days, months and years as an address says them."""

import datetime

import pytest

from lantern.web.period import first_day, in_words, last_day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019", (2019, 1, 1), (2019, 12, 31)),
        ("2019-02", (2019, 2, 1), (2019, 2, 28)),
        ("2020-02", (2020, 2, 1), (2020, 2, 29)),
        ("2019-07-04", (2019, 7, 4), (2019, 7, 4)),
        ("9999", (9999, 1, 1), (9999, 12, 31)),
    ],
)
def test_a_period_has_both_its_ends(text, first, last):
    assert first_day(text) == datetime.date(*first)
    assert last_day(text) == datetime.date(*last)


@pytest.mark.parametrize(
    "text", ["", "0000", "19", "2019-00", "2019-07-00", "2019-02-30", "2019-W27", "x"]
)
def test_what_is_no_date_is_refused(text):
    for read in (first_day, last_day):
        with pytest.raises(ValueError):  # noqa: PT011 - which of its sentences is Python's affair
            read(text)


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (None, None, ""),
        ("2019", "2019", "2019"),
        ("2019-01", "2019-12-31", "2019"),
        ("2017", "2019", "2017 to 2019"),
        ("2019-07", "2019-07", "July 2019"),
        ("2019-07-01", "2019-08", "July 2019 to August 2019"),
        ("2019-07-04", "2019-07-04", "4 July 2019"),
        ("2019-07-04", "2019-08", "4 July 2019 to 31 August 2019"),
        ("2019-07", None, "since July 2019"),
        (None, "2019-07-04", "until 4 July 2019"),
    ],
)
def test_a_period_is_said_as_shortly_as_it_can_be(since, until, said):
    assert in_words(since, until) == said
