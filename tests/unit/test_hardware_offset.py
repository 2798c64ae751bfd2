"""What a board's distances are corrected by, and when nobody should believe that."""

from __future__ import annotations

import pytest

from lantern.errors import DeviceFault
from lantern.hardware.offset import FEWEST, offset_mm
from lantern.link.messages import NOTHING_MM, Echo, Refusal, Report


def reports(*distances_mm: int, echo: Echo = Echo.MEASURED) -> list[Report]:
    return [
        Report(1, at_ms, Refusal.NONE, 1, 0, 0, echo, distance_mm, 200, 0, 0)
        for at_ms, distance_mm in enumerate(distances_mm)
    ]


def test_the_median_is_corrected_on_top_of_what_was_corrected_before():
    told = reports(*[1040] * 5, *[1050] * 6, *[1052] * 5)
    assert offset_mm(told, 1.0, 0) == -50
    assert offset_mm(told, 1.0, 30) == -20
    assert offset_mm(told, 1.05, -7) == -7


def test_echoes_that_were_none_do_not_count():
    told = [*reports(*[1000] * FEWEST), *reports(*[NOTHING_MM] * 99, echo=Echo.BEYOND)]
    assert offset_mm(told, 1.01, 0) == 10
    with pytest.raises(DeviceFault, match="expected 10 echoes of a thing at 1 m at least, got 9"):
        offset_mm(told[1:], 1.0, 0)


def test_what_moves_is_no_measure():
    offset_mm(reports(*range(1000, 1031, 3)), 1.0, 0)
    with pytest.raises(DeviceFault, match="within 30 mm, got 40 mm; let nobody move"):
        offset_mm(reports(*range(1000, 1041, 4)), 1.0, 0)


@pytest.mark.parametrize("told_mm", [799, 1201])
def test_another_thing_than_was_meant_is_no_measure(told_mm):
    with pytest.raises(DeviceFault, match=rf"within 200 mm, got one at {told_mm / 1000:g} m"):
        offset_mm(reports(*[told_mm] * FEWEST), 1.0, 0)


@pytest.mark.parametrize(("told_mm", "before_mm"), [(1200, -301), (800, 301)])
def test_an_offset_that_the_board_cannot_take_is_refused(told_mm, before_mm):
    with pytest.raises(DeviceFault, match=r"of 500 mm at most, got [+-]501"):
        offset_mm(reports(*[told_mm] * FEWEST), 1.0, before_mm)
