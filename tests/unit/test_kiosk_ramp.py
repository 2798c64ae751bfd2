"""How loud it is at any moment."""

import itertools

import pytest

from lantern.config import Sound as Settings
from lantern.kiosk.ramp import FLOOR_DB, draw, limit_db, silence
from lantern.kiosk.wanted import Sound

SETTINGS = Settings()  # -24 idle, 0 full, -12 set; 12 dB/s up, 5 s hold, 4 dB/s down


def after(*steps, settings=SETTINGS):
    """Return the line after `steps` of (time, sound) or (time, sound, limit)."""
    line = silence(0.0)
    for now, sound, *limit in steps:
        line = draw(line, sound, limit[0] if limit else 0.0, settings, now)
    return line


def test_before_the_first_sound_it_is_muted():
    assert silence(0.0).is_muted(0.0)
    assert silence(0.0).gain_db(1.0) == FLOOR_DB


def test_the_sound_rises_from_the_floor_to_idle():
    line = after((0, Sound.IDLE))
    assert not line.is_muted(0.0)
    assert line.gain_db(1.0) == FLOOR_DB + 12
    assert line.end == 3.0
    assert line.gain_db(3.0) == line.gain_db(1e6) == -24


def test_a_visitor_is_heard_at_once_and_held_for_a_while_after_leaving():
    line = after((0, Sound.IDLE), (10, Sound.FULL))
    assert [line.gain_db(at) for at in (10, 10.5, 12, 20)] == [-24, -18, 0, 0]
    line = draw(line, Sound.IDLE, 0.0, SETTINGS, 20)
    assert [line.gain_db(at) for at in (20, 25, 26, 31, 99)] == [0, 0, -4, -24, -24]
    assert not line.is_muted(99)


def test_who_comes_back_while_it_is_held_hears_no_change():
    line = after((0, Sound.IDLE), (10, Sound.FULL), (20, Sound.IDLE), (24, Sound.FULL))
    assert {line.gain_db(at) for at in (24, 25, 30)} == {0.0}


def test_who_comes_back_while_it_falls_turns_it_round_from_where_it_is():
    line = after((0, Sound.IDLE), (10, Sound.FULL), (20, Sound.IDLE), (27, Sound.FULL))
    assert [line.gain_db(at) for at in (27, 27.5, 28)] == [-8, -2, 0]


def test_who_leaves_while_it_rises_has_it_held_there():
    line = after((0, Sound.IDLE), (10, Sound.FULL), (11, Sound.IDLE))
    assert [line.gain_db(at) for at in (11, 16, 17)] == [-12, -12, -16]


def test_asking_for_the_same_again_changes_nothing():
    line = after((0, Sound.IDLE), (10, Sound.FULL), (20, Sound.IDLE))
    assert draw(line, Sound.IDLE, 0.0, SETTINGS, 22) is line


def test_closing_waits_for_no_hold_and_ends_muted():
    line = after((0, Sound.IDLE), (10, Sound.FULL), (20, Sound.SILENT))
    assert line.gain_db(21) == -4
    assert not line.is_muted(34.9)
    assert line.is_muted(35.0)


def test_a_lost_sensor_leads_to_the_set_level_from_either_side():
    assert after((0, Sound.IDLE), (10, Sound.SET)).gain_db(10.5) == -18
    line = after((0, Sound.IDLE), (10, Sound.FULL), (20, Sound.SET))
    assert [line.gain_db(at) for at in (21, 23, 30)] == [-4, -12, -12]


def test_a_limit_lowers_what_is_louder_at_once_even_while_it_is_held():
    steps = [(0, Sound.IDLE), (10, Sound.FULL)]
    assert after(*steps, (20, Sound.FULL, -20.0)).gain_db(25) == -20
    held = after(*steps, (20, Sound.IDLE), (21, Sound.IDLE, -20.0))
    assert held.gain_db(22) == -4
    assert after(*steps, (20, Sound.IDLE, -20.0)).gain_db(21) == -4


def test_a_limit_that_ends_lets_the_sound_rise():
    line = after((0, Sound.FULL, -20.0), (60, Sound.FULL, 0.0))
    assert [line.gain_db(at) for at in (60, 61, 62)] == [-20, -8, 0]


def test_an_idle_level_at_the_floor_is_silence():
    line = after((0, Sound.FULL), (20, Sound.IDLE), settings=Settings(idle_db=-60))
    assert line.is_muted(line.end)


def test_the_strictest_limit_of_the_hour_holds_and_of_all_while_the_hour_is_unknown():
    settings = Settings(limits={"22:00-08:00": -20.0, "23:00-06:00": -40.0})
    minutes = {"21:59": 1319, "22:00": 1320, "02:00": 120, "08:00": 480}
    assert [limit_db(settings, minute) for minute in minutes.values()] == [0.0, -20.0, -40.0, 0.0]
    assert limit_db(settings, None) == -40.0
    assert limit_db(SETTINGS, None) == 0.0


@pytest.mark.parametrize("rate_hz", [30, 60])
def test_no_step_between_samples_is_greater_than_the_rate_allows(rate_hz):
    line = after((0, Sound.IDLE), (10, Sound.FULL), (20, Sound.IDLE))
    gains = [line.gain_db(20 + number / rate_hz) for number in range(15 * rate_hz)]
    steps = [abs(b - a) for a, b in itertools.pairwise(gains)]
    assert max(steps) == pytest.approx(4 / rate_hz)
