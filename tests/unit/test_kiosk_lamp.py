"""When a lamp is switched, second by second."""

from __future__ import annotations

import itertools

import pytest

from lantern.hardware.ports import Power, ProjectorState
from lantern.kiosk import lamp as lamps
from lantern.kiosk.lamp import Ask, Care, Choose, Lamp, Switch, Wait

CARE = Care(warm_s=60, cool_s=120, minimum_off_s=30)


def hear(lamp: Lamp, power: Power, now: float, source: str | None = None) -> Lamp:
    return lamps.answer(lamp, ProjectorState(power=power, input=source), now)


def heard(power: Power, *, since: float, until: float, lamp: Lamp | None = None) -> Lamp:
    """Return what is known after answers that all said the same, as often as they are asked for."""
    lamp, now = lamp or Lamp(), since
    while now < until:
        lamp = hear(lamp, power, now)
        now += lamps.ASK_S
    return hear(lamp, power, until)


def next_step(lamp: Lamp, wish: bool | None, now: float, care: Care = CARE) -> object:
    return lamps.step(lamp, wish, now, care)[1]


def test_a_projector_is_asked_before_it_is_told_anything():
    assert next_step(Lamp(), True, 0) == Ask()


@pytest.mark.parametrize(("rested_s", "step"), [(119, Wait), (120, Switch)])
def test_a_lamp_that_nobody_saw_before_is_lit_once_it_was_off_for_cool_s(rested_s, step):
    lamp = heard(Power.OFF, since=1000, until=1000 + rested_s)
    assert isinstance(next_step(lamp, True, 1000 + rested_s), step)


@pytest.mark.parametrize(("rested_s", "step"), [(29, Wait), (30, Switch)])
def test_a_lamp_that_cooled_for_long_rests_for_minimum_off_s(rested_s, step):
    lamp = heard(Power.COOLING, since=0, until=200)
    lamp = heard(Power.OFF, since=205, until=205 + rested_s, lamp=lamp)
    assert isinstance(next_step(lamp, True, 205 + rested_s), step)


def test_a_lamp_that_cools_is_not_lit_however_long_that_takes():
    lamp = heard(Power.COOLING, since=0, until=5000)
    assert isinstance(next_step(lamp, True, 5000), Wait)


def test_a_silence_makes_a_cold_lamp_one_that_nobody_knows():
    lamp = heard(Power.OFF, since=0, until=500)
    lamp = lamps.silence(lamp, "no answer", 505)
    assert isinstance(next_step(lamp, True, 506), Wait)
    lamp = heard(Power.OFF, since=520, until=600, lamp=lamp)
    assert isinstance(next_step(lamp, True, 600), Wait)


@pytest.mark.parametrize(("lit_s", "step"), [(59, Wait), (60, Switch)])
def test_a_lamp_burns_for_warm_s_before_it_is_put_out(lit_s, step):
    lamp = heard(Power.ON, since=0, until=lit_s)
    assert isinstance(next_step(lamp, False, lit_s), step)


def test_a_lamp_that_never_ends_warming_up_is_put_out_in_the_end():
    lamp = heard(Power.WARMING, since=0, until=299)
    assert isinstance(next_step(lamp, False, 299), Wait)
    assert next_step(heard(Power.WARMING, since=299, until=300, lamp=lamp), False, 300) == (
        Switch(on=False)
    )


def test_without_a_wish_a_projector_is_asked_and_left_alone():
    for power in Power:
        lamp = heard(power, since=0, until=1000)
        assert isinstance(next_step(lamp, None, 1000), Wait)
        assert next_step(lamp, None, 1000 + lamps.ASK_S) == Ask()


def test_a_command_without_effect_is_tried_again_only_once_the_lamp_would_be_cold_again():
    lamp = heard(Power.OFF, since=0, until=200)
    lamp, step = lamps.step(lamp, True, 200, CARE)
    assert step == Switch(on=True)
    lamp = lamps.done(lamp, step, 200, CARE)
    assert next_step(lamp, True, 200) == Ask()
    for until, expected in ((349, Wait), (350, Switch)):
        lamp = heard(Power.OFF, since=lamp.answered or 0, until=until, lamp=lamp)
        assert isinstance(next_step(lamp, True, until), expected)


def test_refusals_are_tried_again_later_each_time_and_reported_in_the_end():
    lamp, now, waits = heard(Power.OFF, since=0, until=200), 200.0, []
    for _ in range(12):
        while not isinstance(next_step(lamp, True, now), Switch):
            lamp = heard(Power.OFF, since=now, until=now + 1, lamp=lamp)
            now += 1
        lamp = lamps.step(lamp, True, now, CARE)[0]
        waits.append(now)
        lamp = lamps.refused(lamp, "the filter is missing", now)
    gaps = [after - before for before, after in itertools.pairwise(waits)]
    assert gaps[:4] == [10, 20, 40, 80]
    assert gaps[-1] == lamps.LATEST_S
    assert lamps.trouble(lamp) == (
        "the projector does not light up though told 12 times: the filter is missing"
    )
    lamp = hear(lamp, Power.WARMING, now + 1)
    assert lamps.trouble(lamp) is None


def test_silence_is_asked_into_later_each_time_and_reported_in_the_end():
    lamp, asked, told = Lamp(), [0.0], []
    for _ in range(10):
        lamp = lamps.silence(lamp, "no route", asked[-1])
        asked.append(lamp.ask_at)
        told.append(lamps.trouble(lamp))
    gaps = [after - before for before, after in itertools.pairwise(asked)]
    assert gaps[:3] == [5, 10, 20]
    assert max(gaps) == lamps.LATEST_S
    assert told[1:3] == [None, "the projector does not answer: no route"]
    assert lamps.trouble(hear(lamp, Power.OFF, asked[-1])) is None


def test_another_wish_is_followed_at_once():
    lamp = heard(Power.ON, since=0, until=100)
    lamp, step = lamps.step(lamp, False, 100, CARE)
    assert step == Switch(on=False)
    lamp = hear(lamps.refused(lamp, "no", 100), Power.ON, 101)
    assert isinstance(next_step(lamp, False, 102), Wait)
    lamp, step = lamps.step(lamp, True, 102, CARE)
    assert isinstance(step, Wait)
    assert lamps.step(lamp, False, 103, CARE)[1] == Switch(on=False)


def test_the_input_is_chosen_once_the_lamp_is_warm():
    care = Care(warm_s=60, cool_s=120, minimum_off_s=30, input="31")
    lamp = hear(heard(Power.ON, since=0, until=59), Power.ON, 59, "11")
    assert isinstance(next_step(lamp, True, 59, care), Wait)
    lamp = hear(lamp, Power.ON, 60, "11")
    lamp, step = lamps.step(lamp, True, 60, care)
    assert step == Choose("31")
    lamp = hear(lamps.done(lamp, step, 60, care), Power.ON, 61, "31")
    assert isinstance(next_step(lamp, True, 61, care), Wait)


def test_an_input_that_cannot_be_told_is_chosen_once_each_time_the_lamp_was_lit():
    care = Care(warm_s=0, cool_s=0, minimum_off_s=0, input="1.0.0.0")
    lamp = hear(Lamp(), Power.ON, 0)
    assert next_step(lamp, True, 0, care) == Choose("1.0.0.0")
    lamp = hear(lamps.done(lamp, Choose("1.0.0.0"), 0, care), Power.ON, 1)
    assert isinstance(next_step(lamp, True, 1000, care), Ask)
    assert isinstance(next_step(hear(lamp, Power.ON, 1000), True, 1001, care), Wait)
    lamp = hear(hear(lamp, Power.OFF, 1010), Power.ON, 1015)
    assert next_step(lamp, True, 1015, care) == Choose("1.0.0.0")


def test_what_the_projector_reports_of_itself_is_told():
    state = ProjectorState(power=Power.OFF, troubles=("lamp", "fan warning"))
    lamp = lamps.answer(Lamp(), state, 0)
    assert lamps.trouble(lamp) == "the projector reports trouble: lamp, fan warning"
