"""What is known of a presence board, as the control socket, the commands and the metrics tell it.

Apart from `hardware.board`, which fills it, since whoever only reads it needs no serial line. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:  # the dictionary costs every command some milliseconds
    from lantern.link.messages import Hello, Report


class BoardState(msgspec.Struct, frozen=True):
    """How the board of `sensor` is: as it told last, and what the host counts.

    While it is not `connected`, `fault` says why, and all else is what it told last. `reset`,
    `latched` and `echo` are the lower-case names of `messages`' choices, "" while the board has not
    told. `metres` is None unless the echo is measured; `air_c` is what distances are computed with,
    `air_assumed` where no thermometer told it. `offset_mm` is added to every distance. `up_s` is
    since its last reset, by its own clock. `round_trip_ms` is from a command to the report that
    acknowledged it, lately; None before the first. `greeted` counts the conversations begun,
    `spoiled_here` and `spoiled_there` what came to each side and was no frame.
    """

    sensor: str
    device: str
    connected: bool = False
    fault: str = ""
    firmware: str = ""
    reset: str = ""
    latched: str = ""
    present: bool = False
    motion: bool = False
    alone: bool = False
    echo: str = ""
    metres: float | None = None
    air_c: float | None = None
    air_assumed: bool = False
    offset_mm: int = 0
    up_s: float = 0.0
    round_trip_ms: float | None = None
    greeted: int = 0
    spoiled_here: int = 0
    spoiled_there: int = 0


def of_hello(hello: Hello | None) -> dict[str, Any]:
    """Return the fields of `BoardState` that a Hello tells."""
    if hello is None:
        return {}
    return {
        "firmware": f"{hello.major}.{hello.minor}.{hello.patch}",
        "reset": hello.reset.name.lower(),
        "latched": hello.latched.name.lower(),
    }


def of_report(report: Report | None) -> dict[str, Any]:
    """Return the fields of `BoardState` that a report tells."""
    if report is None:
        return {}
    echo = report.echo.name.lower()
    return {
        "present": bool(report.present),
        "motion": bool(report.motion),
        "alone": bool(report.alone),
        "echo": echo,
        "metres": report.distance_mm / 1000 if echo == "measured" else None,
        "air_c": report.air_dc / 10,
        "air_assumed": bool(report.assumed),
        "up_s": report.at_ms / 1000,
        "spoiled_there": report.spoiled,
    }
