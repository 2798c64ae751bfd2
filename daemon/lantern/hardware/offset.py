"""What must be added to a board's distances, by its reports of a thing that stands still. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from lantern.errors import DeviceFault
from lantern.link.messages import MOST_OFFSET_MM, Echo, Report

FEWEST = 10
"""Fewer echoes than so many are chance."""

STEADY_MM = 30
"""A thing that stands still is measured within so many millimetres."""

MOST_WRONG_MM = 200
"""What is further off stands elsewhere, or is another thing."""


def offset_mm(reports: Iterable[Report], metres: float, before_mm: int) -> int:
    """Return the offset that makes `metres` of the `reports`, which had `before_mm` added.

    Raises:
        DeviceFault: there is no saying what stands there, or no offset mends it.
    """
    told = [report.distance_mm for report in reports if report.echo is Echo.MEASURED]
    if len(told) < FEWEST:
        raise DeviceFault(
            f"expected {FEWEST} echoes of a thing at {metres:g} m at least, got {len(told)}; "
            "hold something flat and wide there"
        )
    if (swing_mm := max(told) - min(told)) > STEADY_MM:
        raise DeviceFault(
            f"expected a thing that stands still, within {STEADY_MM} mm, got {swing_mm} mm; "
            "let nobody move before the sensor"
        )
    median_mm = statistics.median(told)
    wrong_mm = round(1000 * metres - median_mm)
    if abs(wrong_mm) > MOST_WRONG_MM:
        raise DeviceFault(
            f"expected a thing at {metres:g} m, within {MOST_WRONG_MM} mm, got one at "
            f"{median_mm / 1000:g} m; see what stands before the sensor"
        )
    if abs(before_mm + wrong_mm) > MOST_OFFSET_MM:
        raise DeviceFault(
            f"expected an offset of {MOST_OFFSET_MM} mm at most, got {before_mm + wrong_mm:+}; "
            "measure from the front of the sensor"
        )
    return before_mm + wrong_mm
