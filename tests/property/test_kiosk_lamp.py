"""No wish, fault or hand on the remote control makes Lantern switch a hot lamp."""

from __future__ import annotations

import contextlib

import msgspec
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from lantern.errors import Unavailable
from lantern.hardware.ports import Refused
from lantern.hardware.projector.simulated import Make, Projection
from lantern.kiosk import lamp as lamps
from lantern.kiosk.lamp import Ask, Care, Choose, Lamp, Switch, Wait

WARM_S, COOL_S = 20.0, 30.0
CARE = Care(
    warm_s=WARM_S,
    cool_s=5 * COOL_S,  # as long as a lamp that overheated takes without a fan
    minimum_off_s=15.0,
    input="31",
)


class Evening:
    """Time, a projector that obeys whatever it is told, and what keeps it."""

    def __init__(self, make: Make) -> None:
        self.now = 100.0
        self.model = Projection(make, self.now)
        self.lamp = Lamp()
        self.wish: bool | None = None
        self.commands = 0

    def go_on(self, seconds: float) -> None:
        """Keep the projector for so long."""
        end = self.now + seconds
        while self.now < end:
            self.lamp, step = lamps.step(self.lamp, self.wish, self.now, CARE)
            if isinstance(step, Wait):
                assert step.until > self.now, "it would spin"
                self.now = min(end, step.until)
            else:
                self._do(step)
                self.now += 0.1  # questions take time too

    def _do(self, step: Ask | Switch | Choose) -> None:
        try:
            if isinstance(step, Ask):
                self.lamp = lamps.answer(self.lamp, self.model.tell(self.now), self.now)
                return
            self.commands += 1
            if isinstance(step, Switch):
                self.model.switch(self.now, on=step.on)
            else:
                self.model.choose(self.now, step.input)
        except Refused:
            self.lamp = lamps.refused(self.lamp, "refused", self.now)
        except Unavailable:
            if not isinstance(step, Ask):
                self.lamp = lamps.done(self.lamp, step, self.now, CARE)
            self.lamp = lamps.silence(self.lamp, "deaf", self.now)
        else:
            self.lamp = lamps.done(self.lamp, step, self.now, CARE)

    def remote(self, on: bool) -> None:
        """Switch by the remote control: whoever holds it answers for the heat.

        What comes and goes between two questions nobody can know; a hand is slower than that.
        """
        hot, early = self.model.hot_strikes, self.model.early_douses
        with contextlib.suppress(Unavailable, Refused):
            self.model.switch(self.now, on=on)
        self.model.hot_strikes, self.model.early_douses = hot, early
        self.go_on(lamps.ASK_S + 1)


class Happening(msgspec.Struct, frozen=True):
    what: str
    then_s: float


HAPPENINGS = st.builds(
    Happening,
    st.sampled_from(
        ["wish on", "wish off"] * 5
        + ["wish nothing", "remote on", "remote off", "unplug", "plug in", "plug in"]
        + ["deaf", "hears", "hears", "lose lamp", "mend", "mend", "stifle", "forget"]
    ),
    st.one_of(st.floats(0, 30), st.floats(100, 400)),
)


def let(evening: Evening, happening: Happening) -> None:
    model, now = evening.model, evening.now
    {
        "wish on": lambda: setattr(evening, "wish", True),
        "wish off": lambda: setattr(evening, "wish", False),
        "wish nothing": lambda: setattr(evening, "wish", None),
        "remote on": lambda: evening.remote(True),
        "remote off": lambda: evening.remote(False),
        "unplug": lambda: model.unplug(now),
        "plug in": lambda: model.plug_in(now),
        "deaf": lambda: setattr(model, "deaf", True),
        "hears": lambda: setattr(model, "deaf", False),
        "lose lamp": lambda: model.lose_lamp(now),
        "mend": lambda: model.mend(now),
        "stifle": lambda: model.stifle(now),
        "forget": lambda: setattr(evening, "lamp", Lamp()),  # the daemon is started anew
    }[happening.what]()
    evening.go_on(happening.then_s)


ON_AND_OFF_AND_ON = [Happening("wish on", 400), Happening("wish off", 5), Happening("wish on", 60)]


@example(candid=False, protects=False, happenings=ON_AND_OFF_AND_ON)
@example(candid=True, protects=False, happenings=ON_AND_OFF_AND_ON)
@example(
    candid=False,
    protects=False,
    happenings=[Happening("remote on", 0), Happening("stifle", 0), Happening("wish off", 100)],
)
@example(
    candid=False,
    protects=False,
    happenings=[Happening("wish on", 0), Happening("stifle", 283), Happening("unplug", 0)],
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.booleans(), st.booleans(), st.lists(HAPPENINGS, min_size=3, max_size=25))
def test_a_hot_lamp_is_never_switched_and_every_wish_comes_true_in_the_end(
    candid: bool, protects: bool, happenings: list[Happening]
) -> None:
    make = Make(warm_s=WARM_S, cool_s=COOL_S, candid=candid, protects=protects)
    evening = Evening(make)
    evening.go_on(CARE.cool_s)
    for happening in happenings:
        let(evening, happening)
        assert evening.model.hot_strikes == evening.model.early_douses == 0
    event(f"{min(evening.commands, 3)} commands or more")

    evening.model.mend(evening.now)
    evening.model.plug_in(evening.now)
    for wish in (True, False, True):
        evening.wish = wish
        evening.go_on(2 * lamps.LATEST_S + CARE.cool_s + CARE.minimum_off_s + CARE.warm_s)
        assert evening.model.lit is wish
        assert evening.model.hot_strikes == evening.model.early_douses == 0
        assert lamps.trouble(evening.lamp) is None
    assert evening.model.input == "31"
