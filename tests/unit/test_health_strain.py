"""Describing photos yields to the show, and takes its time back when it may."""

import pytest

from lantern.health.strain import (
    EMPTY_S,
    REST,
    SLOW,
    VISIT_S,
    WEAK_S,
    Strain,
    Vitals,
    step,
)

MIB = 2**20


def course(readings, seconds=2.0):
    """Return the shares that follow from readings of the machine, one after the other."""
    strain, now, shares = Strain(), 0.0, []
    for vitals in readings:
        strain = step(strain, vitals, visitors=False, now=now)
        shares.append(strain.share)
        now += seconds
    return shares


def test_a_machine_that_is_well_or_tells_nothing_leaves_all_of_the_time():
    assert course([Vitals(), Vitals(55.0, False, 1000 * MIB, 0.3)]) == [0, 0]
    assert step(Strain(), Vitals(), visitors=False, now=0.0).reason == ""


@pytest.mark.parametrize(
    ("readings", "shares"),
    [
        ([74, 75, 71, 69, 75, 80, 76, 74, 71, 69], [0, SLOW, SLOW, 0, SLOW, 1, 1, SLOW, SLOW, 0]),
        ([85, 69, 85, None], [REST, 0, REST, 0]),
    ],
)
def test_heat_slows_first_then_pauses_and_is_let_go_of_later_than_it_came(readings, shares):
    assert course([Vitals(heat_c=heat) for heat in readings]) == shares


def test_short_memory_slows_and_pauses():
    free = [500, 192, 200, 257, 96, 159, 161, 300]
    shares = [0, SLOW, SLOW, 0, REST, SLOW + 0.25, SLOW, 0]
    assert course([Vitals(memory_free=mib * MIB) for mib in free]) == shares


def test_whoever_waits_for_memory_slows_and_pauses_it():
    stalled = [0.0, 5.0, 3.0, 1.0, 20.0, 6.0, 4.0, 0.0]
    shares = [0, SLOW, SLOW, 0, REST, REST, SLOW, 0]
    assert course([Vitals(memory_stalled=percent) for percent in stalled]) == shares


def test_a_weak_supply_pauses_it_for_a_while_after_the_voltage_is_well_again():
    weak = [Vitals(undervoltage=True)] + [Vitals(undervoltage=False)] * 40
    shares = course(weak)
    assert shares.count(REST) == WEAK_S / 2
    assert shares[-1] == 0


def test_the_gravest_cause_is_told():
    strain = step(Strain(), Vitals(heat_c=76, undervoltage=True), visitors=False, now=0.0)
    assert (strain.share, strain.reason) == (REST, "the power supply is too weak")
    strain = step(Strain(), Vitals(heat_c=76), visitors=False, now=0.0)
    assert (strain.share, strain.reason) == (SLOW, "the machine is hot")


def visits(course):
    """Return the share after each (visitors, seconds that they, or nobody, are there)."""
    strain, now, shares = Strain(), 0.0, []
    for visitors, seconds in course:
        strain = step(strain, Vitals(), visitors=visitors, now=now)
        now += seconds
        strain = step(strain, Vitals(), visitors=visitors, now=now)
        shares.append(strain.share)
    return shares


def test_it_pauses_while_somebody_is_there_and_goes_on_when_they_have_left():
    assert visits([(True, VISIT_S / 2), (False, 0), (True, VISIT_S / 3)]) == [REST, 0, REST]


def test_a_room_that_is_never_empty_slows_it_only():
    crowded = [(True, VISIT_S / 2), (False, EMPTY_S / 2)] * 2
    assert visits([*crowded, (True, 0), (True, 3600)]) == [REST, 0, SLOW, 0, SLOW, SLOW]


def test_after_an_empty_room_a_visitor_pauses_it_again():
    assert visits([(True, VISIT_S), (False, EMPTY_S), (True, 1)]) == [SLOW, 0, REST]
