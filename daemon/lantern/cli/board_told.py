"""How a presence board is, in words for people."""

from __future__ import annotations

from lantern.cli.terminal import duration, one_line
from lantern.link.board_state import BoardState


def is_well(state: BoardState) -> bool:
    """Tell whether there is nothing to mend."""
    return state.connected and not state.fault


def lines(state: BoardState) -> list[str]:
    """Return how a board is, for people."""
    head = f"board {named(state)}"
    if not state.connected:
        return [f"{head}: NOT connected", *trouble(state)]
    told = [
        f"{head}: connected, firmware {state.firmware}",
        f"up {duration(state.up_s)}, last reset: {_words(state.reset)}",
        f"{_who(state)}: {sight(state)}",
        _measures(state),
        _line_quality(state),
    ]
    if state.latched not in ("", "nothing"):
        told.append(f"was in its safe state before this conversation: {_words(state.latched)}")
    return told + trouble(state)


def trouble(state: BoardState) -> list[str]:
    """Return what there is to mend, if anything."""
    return [f"trouble: {one_line(state.fault)}"] if state.fault else []


def _who(state: BoardState) -> str:
    """Return who is there; a board whose sensor fails only knows who was."""
    who = "somebody" if state.present else "nobody"
    return f"{who} was there last" if state.echo in {"dead", "stuck"} else f"{who} is there"


def named(state: BoardState) -> str:
    """Return what it is called, and where it is."""
    return one_line(f"{state.sensor} on {state.device}" if state.sensor else state.device)


def sight(state: BoardState) -> str:
    """Return what it measures, in words."""
    echo = {
        "measured": f"{state.metres:.2f} m" if state.metres is not None else "",
        "beyond": "nothing within reach",
        "blind": "something is nearer than it can tell",
        "dead": "its ultrasonic sensor does not answer",
        "stuck": "its echo line is stuck",
    }.get(state.echo, "not measured yet")
    return f"{echo}{', motion' if state.motion else ''}"


def _measures(state: BoardState) -> str:
    air = "unknown" if state.air_c is None else f"{state.air_c:.1f} °C"
    source = ", assumed: it has no thermometer" if state.air_assumed else ""
    return f"air {air}{source}; {state.offset_mm:+} mm are added to each distance"


def _line_quality(state: BoardState) -> str:
    trip = "unknown" if state.round_trip_ms is None else f"{state.round_trip_ms:.0f} ms"
    return (
        f"round trip {trip}, conversations begun: {state.greeted:,}, spoiled frames: "
        f"{state.spoiled_here:,} here, {state.spoiled_there:,} there"
    )


def _words(name: str) -> str:
    return name.replace("_", " ") or "unknown"
