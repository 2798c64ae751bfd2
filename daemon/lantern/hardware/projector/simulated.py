"""A projector with the physics of one: it warms up, cools down, refuses meanwhile, and breaks.

`Projection` is pure: times are passed in, and nothing happens between two calls but what follows
from heat. `SimulatedProjector` puts it behind the port; the tests put the same model behind a
PJLink server, a serial line and a CEC bus.

The lamp's heat is 0 cold and 1 at its working point, and follows dh/dt = (target - h) / tau:
Newton's law of cooling, solved exactly, so that a simulated evening costs a few steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, ProjectorState, Refused

READY = 0.9
"""The heat at which a projector says that it is on."""

COLD = 0.1
"""The heat below which the fan stops, and a lamp may be struck."""

_TRIP = 1.5
_STIFLED = 2.0  # where the heat of a lit lamp goes to behind a blocked fan
_STIFLED_S = 90.0  # how fast it goes there, as tau
_PASSIVE = 4.0  # without a draught, cooling takes so many times longer
_DECADE = math.log(10)


class Make(msgspec.Struct, frozen=True):
    """What kind of projector it is.

    One that is not `candid` says on or off only, as over CEC and many serial protocols; one that
    does not protect itself (`protects`) obeys though its lamp is hot.
    """

    warm_s: float = 30.0
    cool_s: float = 60.0
    candid: bool = True
    protects: bool = True
    inputs: tuple[str, ...] = ("31", "32")


class _Course(NamedTuple):
    """Where the heat goes to, how fast, and what it turns into at which heat."""

    target: float
    tau: float
    at: float | None
    then: Power


class Projection:
    """The projector itself. Each call tells the time first; times never go back."""

    def __init__(self, make: Make, now: float = 0.0) -> None:
        self.make = make
        self.heat = 0.0
        self.power = Power.OFF
        self.input = make.inputs[0] if make.inputs else None
        self.hours = 0.0
        self.deaf = False
        self.lamp_works = True
        self.fan_works = True
        self.hot_strikes = 0
        """How often the lamp was struck while it was hot: what must never happen."""
        self.early_douses = 0
        """How often the lamp was put out while it warmed up."""
        self._fan_turns = True
        self._troubles: set[str] = set()
        self._now = now

    def advance(self, now: float) -> None:
        """Let time go by."""
        while (crossing := self._crossing()) is not None and crossing[0] <= now:
            self._heat_until(crossing[0])
            self._become(crossing[1])
        self._heat_until(now)

    def tell(self, now: float) -> ProjectorState:
        """Return what the projector says of itself.

        Raises:
            Unavailable: it is deaf.
        """
        self._hear(now)
        return ProjectorState(
            power=self.power if self.make.candid else _blunt(self.power),
            input=self.input if self.lit else None,
            lamp_hours=(int(self.hours),),
            troubles=tuple(sorted(self._troubles)),
        )

    def switch(self, now: float, *, on: bool) -> None:
        """Take the command to switch the lamp.

        Raises:
            Unavailable: it is deaf.
            Refused: it protects itself: it warms up, cools down, or is too hot.
        """
        self._hear(now)
        if on is self.lit:
            return
        if self.make.protects and self.power in (Power.WARMING, Power.COOLING):
            raise Refused(f"the projector is {self.power}")
        if on:
            self._strike()
        else:
            self._douse()

    def choose(self, now: float, source: str) -> None:
        """Take the command to show `source`.

        Raises:
            Unavailable: it is deaf.
            Refused: it has no such input, or the lamp is not on.
        """
        self._hear(now)
        if self.power is not Power.ON:
            raise Refused(f"the projector is {self.power}")
        if source not in self.make.inputs:
            raise Refused(f"the projector has no input {source}")
        self.input = source

    def lose_lamp(self, now: float) -> None:
        """Let the lamp burn out; from now on it cannot be struck."""
        self.advance(now)
        self.lamp_works = False
        if self.lit:
            self._troubles.add("lamp")
            self._become(Power.COOLING)

    def mend(self, now: float) -> None:
        """Put in a new lamp and clean the fan."""
        self.advance(now)
        self.lamp_works = self.fan_works = True
        self._troubles.clear()

    def stifle(self, now: float) -> None:
        """Block the fan: a lit projector overheats and puts its lamp out."""
        self.advance(now)
        self.fan_works = False

    def unplug(self, now: float) -> None:
        """Cut the mains: dark at once and deaf, and the lamp cools without its fan."""
        self.advance(now)
        self.power, self.deaf, self._fan_turns = Power.OFF, True, False

    def plug_in(self, now: float) -> None:
        """Give it mains again: it stands by, says it is off, and may still be hot."""
        self.advance(now)
        self.deaf = False

    @property
    def lit(self) -> bool:
        """Return whether current goes through the lamp."""
        return self.power in (Power.WARMING, Power.ON)

    def _hear(self, now: float) -> None:
        self.advance(now)
        if self.deaf:
            raise Unavailable("the projector does not answer")

    def _strike(self) -> None:
        self.hot_strikes += self.heat > COLD + 1e-9
        if self.lamp_works:
            self._become(Power.WARMING)
        else:
            self._troubles.add("lamp")

    def _douse(self) -> None:
        self.early_douses += self.power is Power.WARMING
        self._become(Power.COOLING)

    def _become(self, power: Power) -> None:
        if self.power is Power.ON and power is Power.COOLING and self.heat >= _TRIP - 1e-9:
            self._troubles.add("temperature")
        self.power, self._fan_turns = power, True

    def _course(self) -> _Course:
        make = self.make
        if not self.lit:
            draught = 1.0 if self.fan_works and self._fan_turns else _PASSIVE
            at = COLD if self.power is Power.COOLING else None
            return _Course(0.0, make.cool_s / _DECADE * draught, at, Power.OFF)
        if self.power is Power.WARMING:
            return _Course(1.0, make.warm_s / _DECADE, READY, Power.ON)
        if self.fan_works:
            return _Course(1.0, make.warm_s / _DECADE, None, Power.ON)
        return _Course(_STIFLED, _STIFLED_S, _TRIP, Power.COOLING)

    def _crossing(self) -> tuple[float, Power] | None:
        """Return when the heat will have changed the projector's power, and to what."""
        target, tau, at, then = self._course()
        if at is None:
            return None
        remaining = (self.heat - target) / (at - target)
        return self._now + tau * math.log(max(remaining, 1.0)), then

    def _heat_until(self, now: float) -> None:
        target, tau, _, _ = self._course()
        passed = max(0.0, now - self._now)
        self.heat = target + (self.heat - target) * math.exp(-passed / tau)
        self.hours += passed / 3600 if self.lit else 0.0
        self._now = max(now, self._now)


def _blunt(power: Power) -> Power:
    return Power.ON if power in (Power.ON, Power.WARMING) else Power.OFF


class SimulatedProjector:
    """The model behind the port, in the time of `clock`."""

    def __init__(self, model: Projection, clock: Callable[[], float]) -> None:
        self._model = model
        self._clock = clock

    async def state(self) -> ProjectorState:
        """Ask how it is."""
        return self._model.tell(self._clock())

    async def switch(self, *, on: bool) -> None:
        """Begin to switch the lamp."""
        self._model.switch(self._clock(), on=on)

    async def choose(self, source: str) -> None:
        """Show the input `source`."""
        self._model.choose(self._clock(), source)

    async def close(self) -> None:
        """Do nothing: there is no line."""
