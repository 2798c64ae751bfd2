"""Decide when a projector is asked how it is, and when its lamp may be switched.

Pure: reports, wishes and times come in, what to do next goes out; `keeper` does it. Whatever is
wished for, three rules hold, since a lamp that is struck hot bursts or wears out in weeks:

- It is struck only cold: after `cool_s` of answers without a gap that it is not lit, the last
  `minimum_off_s` of which said that it does not cool down either. Nobody knows what happened
  before the first answer, or during a silence, so that both begin anew then.
- It is put out only warm: after `warm_s` of answers that it is lit.
- Nothing is sent to a projector that did not answer the last question.

Everything else is patience: silence, refusals and commands without effect are tried again, each
time later, for ever.
"""

from __future__ import annotations

import math

import msgspec

from lantern.hardware.ports import Power, ProjectorState

ASK_S = 5.0
"""How often a projector that answers is asked how it is."""

CHANGING_S = 2.0
"""How often one that warms up or cools down is asked: somebody may wait for it."""

LATEST_S = 300.0
"""Whatever failed is tried again after so many seconds at the latest."""

_FIRST_RETRY_S = 10.0
_WORTH_TELLING = 3  # once or twice is a bad moment
_ENDLESS = 5.0  # warming for so many warm_s is a way of saying on: some televisions never end it


class Care(msgspec.Struct, frozen=True):
    """What the lamp needs, and the input that is to be shown; see the section [projector]."""

    warm_s: float = 60.0
    cool_s: float = 120.0
    minimum_off_s: float = 30.0
    input: str | None = None


class Ask(msgspec.Struct, frozen=True):
    """Ask how the projector is."""


class Switch(msgspec.Struct, frozen=True):
    """Switch the lamp."""

    on: bool


class Choose(msgspec.Struct, frozen=True):
    """Choose the input."""

    input: str


class Wait(msgspec.Struct, frozen=True):
    """Do nothing until then, or until something else is wished for."""

    until: float


Step = Ask | Switch | Choose | Wait


class Lamp(msgspec.Struct, frozen=True):
    """What is known of a projector, and what was tried.

    `lit` is whether the lamp is, or is being struck, as answers without a gap say since `since`;
    None after a gap. `settled` is since when they say that it neither warms up nor cools down.
    `ask_at` and `try_at` are when the next question and the next command are due; `hot_until` is
    the end of the heat of a lamp that was told to light, and perhaps did. `reason` is why it last
    did not answer or obey.
    """

    state: ProjectorState | None = None
    answered: float | None = None
    silences: int = 0
    ask_at: float = 0.0
    lit: bool | None = None
    since: float = 0.0
    settled: float | None = None
    hot_until: float = 0.0
    wish: bool | None = None
    tries: int = 0
    try_at: float = 0.0
    shown: bool = False
    reason: str = ""


def answer(lamp: Lamp, state: ProjectorState, now: float) -> Lamp:
    """Return what is known once the projector answered."""
    lit = state.power in (Power.ON, Power.WARMING)
    steady = state.power in (Power.ON, Power.OFF)
    lamp = lamp if lit is lamp.lit else _turned(lamp, lit, now)
    settled = (now if lamp.settled is None else lamp.settled) if steady else None
    ask_at = now + (ASK_S if steady else min(ASK_S, CHANGING_S))
    return msgspec.structs.replace(
        lamp, state=state, answered=now, silences=0, ask_at=ask_at, settled=settled
    )


def silence(lamp: Lamp, reason: str, now: float) -> Lamp:
    """Return what is known once the projector did not answer: less than before."""
    silences = lamp.silences + 1
    return msgspec.structs.replace(
        lamp, silences=silences, lit=None, ask_at=now + _later(silences, ASK_S), reason=reason
    )


def done(lamp: Lamp, step: Switch | Choose, now: float, care: Care) -> Lamp:
    """Return what is known once a command was sent, and perhaps heard.

    A lamp that was told to light counts as hot from then on, though nothing else says so.
    """
    tried = _tried(lamp, now, "")
    if isinstance(step, Choose):
        return msgspec.structs.replace(tried, shown=True)
    if not step.on:
        return tried
    return msgspec.structs.replace(tried, hot_until=now + care.cool_s + care.minimum_off_s)


def refused(lamp: Lamp, reason: str, now: float) -> Lamp:
    """Return what is known once a command was refused: nothing happened, and it is tried again."""
    return _tried(lamp, now, reason)


def step(lamp: Lamp, wish: bool | None, now: float, care: Care) -> tuple[Lamp, Step]:
    """Return what to do now that the lamp is wished on, off, or as it is (None)."""
    if wish is not lamp.wish:
        lamp = msgspec.structs.replace(lamp, wish=wish, tries=0, try_at=0.0, reason="")
    if now >= lamp.ask_at:
        return lamp, Ask()
    if lamp.lit is wish and not _is_elsewhere(lamp, care.input):
        return msgspec.structs.replace(lamp, tries=0, reason=""), Wait(lamp.ask_at)
    command, ready_at = _command(lamp, wish, care)
    if command is None or now < ready_at:
        # Asked then, it is told at once, by an answer that is fresh.
        lamp = msgspec.structs.replace(lamp, ask_at=min(lamp.ask_at, ready_at))
        return lamp, Wait(lamp.ask_at)
    return (lamp, command) if now >= lamp.try_at else (lamp, Wait(min(lamp.ask_at, lamp.try_at)))


def trouble(lamp: Lamp) -> str | None:
    """Return what a person should be told of the projector; None if all is well."""
    if lamp.silences >= _WORTH_TELLING:
        return f"the projector does not answer: {lamp.reason}"
    if lamp.state is not None and lamp.state.troubles:
        return f"the projector reports trouble: {', '.join(lamp.state.troubles)}"
    if lamp.tries >= _WORTH_TELLING:
        wished = {True: "light up", False: "go out", None: "obey"}[lamp.wish]
        why = f": {lamp.reason}" if lamp.reason else ""
        return f"the projector does not {wished} though told {lamp.tries} times{why}"
    return None


def _command(lamp: Lamp, wish: bool | None, care: Care) -> tuple[Switch | Choose | None, float]:
    """Return what is to be told, None for nothing, and from when on it may be."""
    if lamp.lit is None or wish is None:
        return None, math.inf
    if wish is not lamp.lit:
        return Switch(on=wish), _cold_at(lamp, care) if wish else _warm_at(lamp, care)
    if wish and _is_elsewhere(lamp, care.input):
        return Choose(care.input or ""), _warm_at(lamp, care)
    return None, math.inf


def _cold_at(lamp: Lamp, care: Care) -> float:
    """Return when the lamp may be struck, if nothing else is told until then."""
    if lamp.settled is None:
        return math.inf
    return max(lamp.settled + care.minimum_off_s, lamp.since + care.cool_s, lamp.hot_until)


def _warm_at(lamp: Lamp, care: Care) -> float:
    """Return when the lamp may be put out."""
    patience = 1.0 if lamp.settled is not None else _ENDLESS
    return lamp.since + patience * care.warm_s


def _turned(lamp: Lamp, lit: bool, now: float) -> Lamp:
    """Return what is known once an answer differs from the last, or is the first after a gap."""
    return msgspec.structs.replace(
        lamp, lit=lit, since=now, settled=None, shown=False, tries=0, try_at=0.0, reason=""
    )


def _is_elsewhere(lamp: Lamp, wanted: str | None) -> bool:
    """Return whether another input is shown, or nobody knows which and it was not chosen yet."""
    if not wanted or lamp.state is None:
        return False
    shown = lamp.state.input
    return not lamp.shown if shown is None else shown != wanted


def _tried(lamp: Lamp, now: float, refusal: str) -> Lamp:
    tries = lamp.tries + 1
    return msgspec.structs.replace(
        lamp, tries=tries, try_at=now + _later(tries, _FIRST_RETRY_S), reason=refusal, ask_at=now
    )


def _later(times: int, first_s: float) -> float:
    """Return how long to wait after failing so many times: twice as long each time."""
    return float(min(first_s * 2.0 ** min(times - 1, 16), LATEST_S))
