"""When it is open: weekly hours, special days, zones, and a clock that is wrong."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from lantern.config import Hours as Settings
from lantern.kiosk.hours import PATIENCE_S, Doors, Hours

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def hours(daily=("10:00-18:00",), zone="Europe/Berlin", exceptions=None, **days):
    week = dict.fromkeys(WEEK, tuple(daily)) | days
    return Hours(Settings(zone=zone, exceptions=exceptions or {}, **week))


def moment(text, zone="Europe/Berlin"):
    """Return the Unix time of "2026-11-21 10:00"; a final "*" means the second such time."""
    local = datetime.datetime.fromisoformat(text.rstrip("*"))
    return local.replace(tzinfo=ZoneInfo(zone), fold=text.endswith("*")).timestamp()


def told(wall, zone="Europe/Berlin"):
    local = datetime.datetime.fromtimestamp(wall, ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M}" + "*" * local.fold


def changes(opening, first, count, zone="Europe/Berlin"):
    wall, found = moment(first, zone), []
    for _ in range(count):
        wall = opening.next_change(wall)
        found.append(told(wall, zone))
    return found


def test_it_is_open_from_the_first_minute_to_before_the_last():
    opening = hours()
    times = ["09:59", "10:00", "17:59", "18:00"]
    open_at = [opening.is_open(moment(f"2026-11-21 {time}")) for time in times]
    assert open_at == [False, True, True, False]


def test_each_day_has_its_own_hours_and_may_have_several_or_none():
    opening = hours(monday=(), tuesday=("14:00-16:00", "10:00-12:00"))
    assert changes(opening, "2026-11-23 00:00", 5) == [
        "2026-11-24 10:00",
        "2026-11-24 12:00",
        "2026-11-24 14:00",
        "2026-11-24 16:00",
        "2026-11-25 10:00",
    ]


def test_a_night_ends_on_the_next_day():
    opening = hours(daily=(), friday=("20:00-02:00",))
    assert opening.is_open(moment("2026-11-28 01:59"))
    assert not opening.is_open(moment("2026-11-27 01:59"))
    assert changes(opening, "2026-11-27 12:00", 2) == ["2026-11-27 20:00", "2026-11-28 02:00"]


def test_hours_that_touch_or_overlap_are_one():
    opening = hours(daily=("08:00-24:00",), tuesday=("00:00-04:00", "03:00-05:00"))
    assert changes(opening, "2026-11-23 12:00", 2) == ["2026-11-24 05:00", "2026-11-25 08:00"]


def test_special_days_replace_the_hours_that_begin_on_them():
    opening = hours(
        daily=("20:00-02:00",),
        exceptions={"2026-12-24": ("10:00-14:00",), "12-25": (), "2026-12-26/2026-12-28": ()},
    )
    assert changes(opening, "2026-12-23 21:00", 4) == [
        "2026-12-24 02:00",
        "2026-12-24 10:00",
        "2026-12-24 14:00",
        "2026-12-29 20:00",
    ]
    assert not opening.is_open(moment("2027-12-25 21:00"))
    assert opening.is_open(moment("2027-12-24 21:00"))


def test_the_first_exception_that_fits_holds():
    exceptions = {"2026-08-10": ("10:00-12:00",), "2026-08-01/2026-08-20": ()}
    opening = hours(exceptions=exceptions)
    assert opening.is_open(moment("2026-08-10 11:00"))
    assert not opening.is_open(moment("2026-08-11 11:00"))


def test_the_same_hours_begin_at_another_moment_in_another_zone():
    berlin, tokyo = hours(), hours(zone="Asia/Tokyo")
    assert berlin.is_open(moment("2026-11-21 10:00"))
    assert not tokyo.is_open(moment("2026-11-21 10:00"))
    assert tokyo.is_open(moment("2026-11-21 10:00", "Asia/Tokyo"))


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_daylight_saving_does_not_move_the_hours(day):
    assert changes(hours(), f"{day} 00:00", 2) == [f"{day} 10:00", f"{day} 18:00"]


@pytest.mark.parametrize(
    ("span", "first", "then"),
    [
        ("02:30-05:00", "03:00", "05:00"),  # no clock shows 02:30: it opens when they are set
        ("00:00-02:30", "00:00", "03:00"),
        ("01:00-03:00", "01:00", "03:00"),
    ],
)
def test_hours_within_the_skipped_hour_begin_or_end_when_clocks_are_set(span, first, then):
    opening = hours(daily=(), sunday=(span,))
    day = "2026-03-29"
    assert changes(opening, "2026-03-28 12:00", 2) == [f"{day} {first}", f"{day} {then}"]


def test_hours_that_are_skipped_as_a_whole_do_not_happen():
    opening = hours(daily=(), sunday=("02:10-02:50",))
    assert changes(opening, "2026-03-28 12:00", 1) == ["2026-04-05 02:10"]


@pytest.mark.parametrize(
    ("span", "first", "then"),
    [
        ("02:30-05:00", "02:30", "05:00"),
        ("00:00-02:30", "00:00", "02:30*"),
        ("02:10-02:50", "02:10", "02:50*"),
    ],
)
def test_an_hour_that_comes_twice_is_open_from_its_first_to_its_second_time(span, first, then):
    opening = hours(daily=(), sunday=(span,))
    day = "2026-10-25"
    assert changes(opening, "2026-10-24 12:00", 2) == [f"{day} {first}", f"{day} {then}"]


def test_a_midnight_that_no_clock_shows_is_no_gap_between_two_days():
    """In Beirut clocks are set forward at midnight."""
    opening = hours(daily=("00:00-24:00",), zone="Asia/Beirut", saturday=("00:00-23:00",))
    assert changes(opening, "2026-03-28 12:00", 2, "Asia/Beirut") == [
        "2026-03-28 23:00",
        "2026-03-29 01:00",
    ]


def test_what_is_always_open_or_always_closed_has_no_next_change():
    assert hours(daily=("00:00-24:00",)).next_change(moment("2026-11-21 12:00")) is None
    assert hours(daily=()).next_change(moment("2026-11-21 12:00")) is None
    assert hours(daily=("10:00-02:00", "02:00-10:00")).next_change(0.0) is None


def test_the_next_change_is_found_months_ahead():
    opening = hours(exceptions={"2026-11-01/2027-03-31": ()})
    assert changes(opening, "2026-11-21 12:00", 1) == ["2027-04-01 10:00"]


def test_the_minute_is_the_local_clocks():
    assert hours().minute(moment("2026-07-01 22:05")) == 22 * 60 + 5


CLOSED_NOW = Settings(zone="Europe/Berlin", **dict.fromkeys(WEEK, ()))


@pytest.fixture
def doors():
    return Doors(CLOSED_NOW, now=100.0)


RIGHT = moment("2026-11-21 12:00")


def test_a_clock_that_is_not_set_keeps_it_closed_for_a_while_and_open_then(doors):
    last = 100.0 + PATIENCE_S
    assert not doors.is_open(wall=RIGHT, now=last - 1, synchronised=False)
    assert doors.is_open(wall=RIGHT, now=last, synchronised=False)
    assert doors.minute(RIGHT) is doors.next_change(RIGHT) is None


def test_once_the_clock_is_set_the_hours_hold_for_good(doors):
    assert doors.is_open(wall=RIGHT, now=1000.0, synchronised=False)
    assert not doors.is_open(wall=RIGHT, now=1001.0, synchronised=True)
    assert not doors.is_open(wall=RIGHT, now=9000.0, synchronised=False)
    assert doors.minute(RIGHT) == 12 * 60


def test_a_clock_from_before_the_release_is_wrong_whatever_it_is_said_to_be(doors):
    assert doors.is_open(wall=0.0, now=1000.0, synchronised=True)


def test_a_clock_that_needs_no_network_is_believed_at_once():
    by_day = dict.fromkeys(WEEK, ("10:00-18:00",))
    doors = Doors(Settings(zone="Europe/Berlin", needs_ntp=False, **by_day), now=0.0)
    assert doors.is_open(wall=RIGHT, now=0.0, synchronised=False)


def test_what_never_closes_does_not_wait_for_the_clock():
    assert Doors(Settings(), now=0.0).is_open(wall=0.0, now=0.0, synchronised=False)
