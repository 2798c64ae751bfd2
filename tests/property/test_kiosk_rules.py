"""What holds of presence, sound, hours and visits whatever happens."""

import datetime
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lantern.config import Hours as HoursSettings
from lantern.config import Presence as PresenceSettings
from lantern.config import Sound as SoundSettings
from lantern.hardware.ports import Distance, Fault, Level
from lantern.kiosk.hours import Hours
from lantern.kiosk.presence import ARRIVALS, CHATTER, Hysteresis, Watch
from lantern.kiosk.ramp import FLOOR_DB, draw, level_db, silence
from lantern.kiosk.visits import Visits
from lantern.kiosk.wanted import Sound

PRESENCE = PresenceSettings()
patient = settings(deadline=None)
gaps = st.floats(0.001, 5.0)
SENSORS = ("one", "two")


def reading(sensor, at, said):
    if said == "fault":
        return Fault(sensor, at, "unplugged")
    return Level(sensor, at, said) if isinstance(said, bool) else Distance(sensor, at, said)


said = st.one_of(
    st.booleans(), st.just("fault"), st.none(), st.floats(0, 5), st.sampled_from([1.5, 2.0])
)
stories = st.lists(st.tuples(gaps, st.sampled_from(SENSORS), said), max_size=60)


def tell(watch, story, *, asked=()):
    """Feed a story of (gap, sensor, what it said), asking in between, and return the verdicts."""
    now, verdicts = 0.0, []
    for number, (gap, sensor, word) in enumerate(story):
        if number in asked:
            watch.at(now + gap / 2)
        now += gap
        watch.read(reading(sensor, now, word))
        verdicts.append((now, watch.at(now)))
    return verdicts


@patient
@given(stories, st.sets(st.integers(0, 59)))
def test_asking_more_often_never_changes_who_is_there(story, asked):
    seldom = tell(Watch(SENSORS, PRESENCE, 0.0), story)
    often = tell(Watch(SENSORS, PRESENCE, 0.0), story, asked=asked)
    assert [(v.present, v.faults) for _, v in seldom] == [(v.present, v.faults) for _, v in often]


@settings(patient, max_examples=40)
@given(stories)
def test_whatever_was_said_before_sensors_that_see_nobody_for_long_enough_are_believed(story):
    watch = Watch(SENSORS, PRESENCE, 0.0)
    verdicts = tell(watch, story)
    begin = verdicts[-1][0] if verdicts else 0.0
    heal_s, beat_s = max(CHATTER[1], ARRIVALS[1]) + 1, 2.5
    for number in range(int(heal_s / beat_s)):
        at = begin + number * beat_s
        for sensor in SENSORS:
            watch.read(Level(sensor, at, False))
        assert not watch.at(at + PRESENCE.leave_s).present
    assert watch.at(at).faults == ()
    assert watch.at(at).present is False


@patient
@given(st.lists(st.tuples(gaps, st.booleans()), max_size=100))
def test_one_sensor_never_chatters(story):
    watch, changes = Watch(["one"], PRESENCE, 0.0), []
    fed = [(gap / 10, "one", active) for gap, active in story]  # never silent
    for now, verdict in tell(watch, fed):
        if verdict.present and (not changes or not changes[-1][1]):
            changes.append((now, True))
        elif verdict.present is False and changes and changes[-1][1]:
            changes.append((now, False))
    for (left, _), (came, present) in itertools.pairwise(changes):
        told_late_s = 0.5  # a departure is seen when the sensor next says something
        if present:
            assert came - left >= PRESENCE.hold_off_s - told_late_s


@patient
@given(st.lists(st.floats(PRESENCE.enter_m + 0.01, PRESENCE.leave_m), min_size=1), st.booleans())
def test_between_the_thresholds_nothing_ever_changes(between, near):
    hysteresis = Hysteresis(PRESENCE)
    for _ in range(3):
        hysteresis.is_near(0.5 if near else 4.0)
    assert {hysteresis.is_near(metres) for metres in between} == {near}


levels = st.floats(FLOOR_DB, 0.0)
sounds = st.builds(
    SoundSettings,
    idle_db=st.floats(FLOOR_DB, -30),
    full_db=st.floats(-30, 0),
    set_db=levels,
    attack_db_s=st.floats(1, 60),
    release_db_s=st.floats(1, 60),
    hold_s=st.floats(0, 20),
)
orders = st.lists(
    st.tuples(gaps, st.sampled_from(Sound), st.one_of(st.just(0.0), levels)), max_size=20
)


@patient
@given(sounds, orders)
def test_the_sound_never_steps_and_ends_where_it_was_last_wanted(chosen, story):
    line, now = silence(0.0), 0.0
    fastest = max(chosen.attack_db_s, chosen.release_db_s)
    for gap, sound, limit in story:
        moments = [now + gap * share / 7 for share in range(8)]
        gains = [line.gain_db(moment) for moment in moments]
        steps = [abs(after - before) for before, after in itertools.pairwise(gains)]
        assert max(steps) <= fastest * gap / 7 + 1e-6
        assert all(FLOOR_DB <= gain <= 0 for gain in gains)
        now = moments[-1]
        drawn = draw(line, sound, limit, chosen, now)
        assert drawn.gain_db(now) == pytest.approx(line.gain_db(now), abs=1e-9)
        assert drawn.gain_db(drawn.end) == level_db(sound, limit, chosen)
        assert drawn.end <= now + chosen.hold_s + 60 / min(chosen.attack_db_s, chosen.release_db_s)
        line = drawn


@patient
@given(sounds, orders)
def test_the_sound_is_at_its_limit_within_its_release_whatever_went_before(chosen, story):
    line, now = silence(0.0), 0.0
    for gap, sound, limit in story:
        now += gap
        line = draw(line, sound, limit, chosen, now)
    quiet = draw(line, line.sound, -40.0, chosen, now)
    assert quiet.gain_db(now + 40 / chosen.release_db_s + 1e-6) <= -40.0 + 1e-6


ZONES = ["Europe/Berlin", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kolkata"]
clock = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
span = st.tuples(clock, clock).filter(lambda pair: pair[0] != pair[1]).map("-".join)
spans = st.lists(span, max_size=2).map(tuple)
days = st.dates(datetime.date(2026, 1, 1), datetime.date(2027, 12, 31)).map(str)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
weeks = st.builds(
    HoursSettings,
    zone=st.sampled_from(ZONES),
    exceptions=st.dictionaries(days, spans, max_size=3),
    **dict.fromkeys(WEEK, spans),
)
moments = st.integers(1_767_225_600, 1_830_297_600)  # 2026 and 2027


@settings(patient, max_examples=40)
@given(weeks, moments)
def test_nothing_changes_before_the_next_change_and_everything_at_it(week, wall):
    opening = Hours(week)
    change = opening.next_change(wall)
    assume(change is not None)
    assert change > wall
    steps = range(wall, int(change), max(1, int(change - wall) // 50))
    assert {opening.is_open(step) for step in steps} == {opening.is_open(wall)}
    assert opening.is_open(change - 1) == opening.is_open(wall)
    assert opening.is_open(change) != opening.is_open(wall)


@settings(patient, max_examples=60)
@given(weeks, moments)
def test_it_is_open_whenever_a_clock_on_the_wall_shows_a_time_within_the_hours(week, wall):
    local = datetime.datetime.fromtimestamp(wall, ZoneInfo(week.zone))
    special = [hours for some, hours in week.special_days if some.holds(local.date())]
    today = [*special, week.week[local.weekday()]][0]
    minute = local.hour * 60 + local.minute
    if any(hours.begin <= minute < hours.end for hours in today):
        assert Hours(week).is_open(wall)


@patient
@given(
    st.lists(st.tuples(st.floats(0.01, 5000), st.one_of(st.none(), st.booleans())), max_size=30),
    moments,
    st.sampled_from(ZONES),
)
def test_all_time_that_somebody_was_there_is_counted_once(story, wall, zone):
    visits, now, there, present, arrivals, taken = Visits(ZoneInfo(zone)), 0.0, 0.0, None, 0, []
    for gap, comes in [*story, (1.0, False)]:
        now += gap
        there += gap if present else 0.0
        arrivals += bool(comes) and not present
        present = comes
        visits.note(present, wall=wall + now, now=now)
        if int(gap) % 2:
            taken += visits.take()
    taken += visits.take()
    assert sum(hour.dwell_s for hour in taken) == pytest.approx(there, abs=1e-3)
    assert sum(hour.visits for hour in taken) <= arrivals
    assert (arrivals > 0) == any(hour.visits for hour in taken)
    assert all(hour.dwell_s <= 3600 + 1800 + 1e-3 for hour in taken)
