"""The physics of the simulated projector: heat, and what follows from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, Refused
from lantern.hardware.projector.simulated import COLD, READY, Make, Projection

MAKE = Make(warm_s=30, cool_s=60)


def lit(make: Make = MAKE) -> Projection:
    """Return a projector that was lit at 0, and has reached its working point by 1000."""
    model = Projection(make)
    model.switch(0, on=True)
    model.advance(1000)
    return model


def test_warming_up_takes_as_long_as_its_make_says():
    model = Projection(MAKE)
    model.switch(0, on=True)
    assert model.tell(29.9).power is Power.WARMING
    assert model.tell(30.1).power is Power.ON
    assert model.heat == pytest.approx(READY, abs=0.01)


def test_cooling_down_takes_as_long_as_its_make_says():
    model = lit()
    model.switch(1000, on=False)
    assert model.tell(1059.9).power is Power.COOLING
    assert model.tell(1060.1).power is Power.OFF
    assert model.heat == pytest.approx(COLD, abs=0.01)


@given(st.lists(st.floats(0.01, 50), min_size=1, max_size=20))
def test_the_time_goes_by_the_same_in_small_steps_as_in_one(steps):
    small, whole = lit(), lit()
    for model in (small, whole):
        model.stifle(1000)
    now = 1000.0
    for step in steps:
        now += step
        small.advance(now)
    whole.advance(now)
    assert small.power is whole.power
    assert small.heat == pytest.approx(whole.heat, abs=1e-6)
    assert small.hours == pytest.approx(whole.hours)


def test_one_that_obeys_though_its_lamp_is_hot_is_found_out():
    model = lit(Make(protects=False))
    model.switch(1000, on=False)
    model.switch(1020, on=True)
    assert model.hot_strikes == 1
    model.switch(1025, on=False)
    assert model.early_douses == 1


def test_one_that_is_not_candid_says_on_and_off_alone():
    model = Projection(Make(candid=False))
    model.switch(0, on=True)
    assert model.tell(1).power is Power.ON
    model.advance(100)
    model.switch(100, on=False)
    assert model.tell(101).power is Power.OFF
    with pytest.raises(Refused):
        model.switch(102, on=True)


def test_without_mains_it_is_deaf_and_cools_four_times_as_slowly():
    model = lit()
    model.unplug(1000)
    with pytest.raises(Unavailable):
        model.tell(1001)
    model.plug_in(1060)
    assert model.tell(1060).power is Power.OFF
    assert model.heat > 5 * COLD
    model.advance(1240)
    assert model.heat == pytest.approx(COLD, abs=0.01)


def test_a_blocked_fan_puts_the_lamp_out_before_it_bursts():
    model = lit()
    model.stifle(1000)
    assert model.tell(1050).power is Power.ON
    state = model.tell(1070)
    assert (state.power, state.troubles) == (Power.COOLING, ("temperature",))
    model.mend(2000)
    assert model.tell(2000).troubles == ()


def test_a_lost_lamp_is_not_struck():
    model = lit()
    model.lose_lamp(1000)
    assert model.tell(1001).troubles == ("lamp",)
    model.switch(2000, on=True)
    assert not model.lit
    model.mend(2001)
    model.switch(2002, on=True)
    assert model.lit


def test_the_lamp_is_counted_while_it_burns():
    model = lit()
    assert model.tell(3600 * 5.5).lamp_hours == (5,)
    model.switch(3600 * 5.5, on=False)
    assert model.tell(3600 * 50).lamp_hours == (5,)
