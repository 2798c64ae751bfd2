"""How much of the time describing photos leaves to the show: the show goes on.

Pure: what the machine tells and the time come in, a share of the time and the reason go out. Each
cause slows down first and then pauses, and ends later than it began, so that nothing flutters.
"""

from __future__ import annotations

import math

import msgspec

SLOW, REST = 0.75, 1.0
"""Shares of the time: one photo at a time with three times as long a pause after it; nothing."""

VISIT_S = 60.0
"""Nobody's visit keeps new photos waiting for longer: they go on slowly then."""

EMPTY_S = 30.0
"""A room that has been empty for so long has no visitors in between any more."""

WEAK_S = 60.0
"""The firmware looks every few seconds, and a load that is gone makes a weak supply look strong."""

_Rungs = tuple[tuple[float, float], tuple[float, float]]

HEAT_C: _Rungs = ((75.0, 70.0), (80.0, 75.0))
"""Degrees Celsius at which it goes slowly, and ends to, and rests: from 80 on a Raspberry Pi slows
down, and then the show would. [Raspberry Pi documentation, "Frequency management and thermal
control"]"""

SHORT_MIB: _Rungs = ((-192.0, -256.0), (-96.0, -160.0))
"""The same of free memory, as its negative: a photo of 100 megapixels takes some 100 MiB."""

STALLED: _Rungs = ((5.0, 2.0), (20.0, 5.0))
"""The same of the percentage of time in which something waited for memory, over ten seconds.
[Linux: "PSI - Pressure Stall Information"]"""


class Vitals(msgspec.Struct, frozen=True):
    """What the machine tells; None where it does not."""

    heat_c: float | None = None
    undervoltage: bool | None = None
    memory_free: int | None = None
    memory_stalled: float | None = None


class Strain(msgspec.Struct, frozen=True):
    """The `share` of the time to be left to the show, in [0, 1], and why, "" for nothing.

    `rungs` are how far each cause has climbed, 0 to 2; `weak` is when the voltage last dropped,
    `visited` since when visitors are in the way, and `empty` since when there is none.
    """

    share: float = 0.0
    reason: str = ""
    rungs: tuple[int, int, int] = (0, 0, 0)
    weak: float = -math.inf
    visited: float | None = None
    empty: float | None = None


def step(strain: Strain, vitals: Vitals, *, visitors: bool, now: float) -> Strain:
    """Return what is to be left at `now`; `visitors` tells that the show is watched."""
    heat, short, stalled = strain.rungs
    free = None if vitals.memory_free is None else -vitals.memory_free / 2**20
    rungs = (
        _climb(heat, vitals.heat_c, HEAT_C),
        _climb(short, free, SHORT_MIB),
        _climb(stalled, vitals.memory_stalled, STALLED),
    )
    strain = _visited(strain, visitors, now)
    weak = now if vitals.undervoltage else strain.weak
    share, reason = max(
        (_SHARES[rungs[0]], "the machine is hot"),
        (_SHARES[max(rungs[1:])], "memory is short"),
        (REST if now - weak < WEAK_S else 0.0, "the power supply is too weak"),
        (_for_visitors(strain, visitors, now), "somebody is there"),
        key=lambda cause: cause[0],
    )
    return msgspec.structs.replace(
        strain, share=share, reason=reason if share else "", rungs=rungs, weak=weak
    )


_SHARES = (0.0, SLOW, REST)


def _climb(rung: int, value: float | None, rungs: _Rungs) -> int:
    """Return the highest rung that `value` reaches, or holds if it was there: 0 to 2."""
    if value is None:
        return 0
    reached = [
        value >= (leave if rung > number else enter) for number, (enter, leave) in enumerate(rungs)
    ]
    return 2 if reached[1] else int(reached[0])


def _visited(strain: Strain, visitors: bool, now: float) -> Strain:
    """Note since when visitors are in the way; some that leave and come back are the same."""
    if visitors:
        since = now if strain.visited is None else strain.visited
        return msgspec.structs.replace(strain, visited=since, empty=None)
    empty = now if strain.empty is None else strain.empty
    over = now - empty >= EMPTY_S
    return msgspec.structs.replace(strain, visited=None if over else strain.visited, empty=empty)


def _for_visitors(strain: Strain, visitors: bool, now: float) -> float:
    if not visitors or strain.visited is None:
        return 0.0
    return REST if now - strain.visited < VISIT_S else SLOW
