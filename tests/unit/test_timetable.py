"""How hours and days are written."""

import datetime

import pytest

from lantern.timetable import ALL_DAY, DAY, Span, days, span


def test_hours_are_minutes_of_the_day():
    assert span("10:00-18:30") == Span(600, 1110)
    assert span("00:00-24:00") == ALL_DAY
    assert span("10:00-24:00") == span("10:00-00:00") == Span(600, DAY)


def test_hours_that_end_before_they_begin_end_on_the_next_day():
    assert span("20:00-02:00") == Span(1200, DAY + 120)


@pytest.mark.parametrize("text", ["", "10-18", "10:00 - 18:00", "24:00-02:00", "10:60-11:00"])
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"10:00-18:00.*got"):
        span(text)


def test_a_span_holds_the_minutes_from_its_begin_to_before_its_end_on_any_day():
    night = span("22:00-08:00")
    assert [minute for minute in (479, 480, 1319, 1320) if night.holds(minute)] == [479, 1320]


def test_a_day_is_a_date_a_day_of_every_year_or_from_a_date_to_a_date():
    christmas = datetime.date(2026, 12, 25)
    assert days("2026-12-25").holds(christmas)
    assert not days("2027-12-25").holds(christmas)
    assert days("12-25").holds(christmas)
    assert days("2026-12-24/2026-12-25").holds(christmas)
    assert not days("2026-12-01/2026-12-24").holds(christmas)
    assert days("02-29").holds(datetime.date(2028, 2, 29))


@pytest.mark.parametrize("text", ["", "12-32", "2026-13-01", "20261225", "2026-12-25/", "Monday/"])
def test_no_day_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"2026-12-24.*got"):
        days(text)
