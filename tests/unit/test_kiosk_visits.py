"""How many came, and how long they stayed."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from lantern.catalog.visits import Visited
from lantern.kiosk.visits import AWAY_S, Visits, added_up

NOON = 1_795_262_400  # 2026-11-21 12:00 UTC


@pytest.fixture
def visits():
    return Visits(datetime.UTC)


def feed(visits, *changes, offset=0.0):
    """Note `changes` of (seconds after noon, present)."""
    for seconds, present in changes:
        visits.note(present, wall=NOON + seconds + offset, now=seconds)


def test_a_visit_counts_when_it_begins_and_its_time_when_it_ends(visits):
    feed(visits, (0, False), (60, True))
    assert visits.take() == [Visited(NOON, visits=1)]
    feed(visits, (90, False), (600, False))
    assert visits.take() == [Visited(NOON, dwell_s=30.0)]


def test_what_was_taken_is_not_told_again_and_a_long_visit_goes_on(visits):
    feed(visits, (0, True), (60, True))
    assert visits.take() == [Visited(NOON, 1, 60.0)]
    feed(visits, (100, True))
    assert visits.take() == [Visited(NOON, 0, 40.0)]
    assert visits.take() == []


def test_a_visit_over_the_full_hour_belongs_to_two_and_counts_in_the_first(visits):
    feed(visits, (3500, True), (3700, False))
    assert visits.take() == [Visited(NOON, 1, 100.0), Visited(NOON + 3600, 0, 100.0)]


def test_a_visit_of_hours_is_spread_over_them(visits):
    feed(visits, (1800, True), (3 * 3600, False))
    assert [hour.dwell_s for hour in visits.take()] == [1800.0, 3600.0, 3600.0]


def test_who_steps_aside_for_a_moment_is_the_same_visitor(visits):
    feed(visits, (0, True), (30, False), (30 + AWAY_S, True), (60, False))
    assert visits.take() == [Visited(NOON, 1, 50.0)]


def test_who_comes_later_is_another(visits):
    feed(visits, (0, True), (30, False), (31 + AWAY_S, True), (60, False))
    assert visits.take()[0].visits == 2


def test_while_no_sensor_can_tell_nobody_is_counted(visits):
    feed(visits, (0, None), (600, None), (700, True), (760, None), (900, None))
    assert visits.take() == [Visited(NOON, 1, 60.0)]


def test_setting_the_clock_lengthens_no_visit(visits):
    feed(visits, (0, True))
    visits.take()
    feed(visits, (60, False), offset=86400 * 365)
    assert [hour.dwell_s for hour in visits.take()] == [60.0]
    feed(visits, (100, True), offset=86400)
    feed(visits, (160, False), offset=0)
    assert sum(hour.dwell_s for hour in visits.take()) == 60.0


def test_hours_are_those_of_the_local_clock():
    visits = Visits(ZoneInfo("Asia/Kolkata"))  # half an hour off
    feed(visits, (0, True), (3600, False))
    assert visits.take() == [Visited(NOON - 1800, 1, 1800.0), Visited(NOON + 1800, 0, 1800.0)]


def test_the_hour_that_comes_twice_is_two_hours():
    zone = ZoneInfo("Europe/Berlin")
    two = datetime.datetime(2026, 10, 25, 2, tzinfo=zone).timestamp()
    visits = Visits(zone)
    visits.note(True, wall=two, now=0.0)
    visits.note(False, wall=two + 7200, now=7200.0)
    assert visits.take() == [Visited(int(two), 1, 3600.0), Visited(int(two) + 3600, 0, 3600.0)]


def test_what_could_not_be_written_is_counted_again(visits):
    feed(visits, (0, True), (60, False))
    taken = visits.take()
    feed(visits, (100, True), (130, False))
    visits.give_back(taken)
    assert visits.take() == [Visited(NOON, 2, 90.0)]


BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY_EVENING = int(datetime.datetime(2026, 10, 25, 21, tzinfo=BERLIN).timestamp())
"""Of the day on which clocks are set back."""


def test_hours_are_added_up_to_days_and_to_weeks_that_begin_on_monday():
    hours = [
        Visited(SUNDAY_EVENING - 24 * 3600, 2, 60.0),  # an hour more on Saturday's clock
        Visited(SUNDAY_EVENING, 1, 30.0),
        Visited(SUNDAY_EVENING + 2 * 3600, 0, 300.0),
        Visited(SUNDAY_EVENING + 3 * 3600, 4, 10.0),
    ]
    days = added_up(hours, BERLIN, "day")
    assert [(f"{day.start:%a %H:%M %z}", day.visits, day.dwell_s) for day in days] == [
        ("Sat 00:00 +0200", 2, 60.0),
        ("Sun 00:00 +0200", 1, 330.0),
        ("Mon 00:00 +0100", 4, 10.0),
    ]
    weeks = added_up(hours, BERLIN, "week")
    assert [(f"{week.start:%a %d}", week.visits) for week in weeks] == [
        ("Mon 19", 3),
        ("Mon 26", 4),
    ]
    assert [period.visits for period in added_up(hours, BERLIN, "hour")] == [2, 1, 0, 4]
    assert added_up([], BERLIN, "day") == []
