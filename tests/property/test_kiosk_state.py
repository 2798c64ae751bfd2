"""No sequence of events and faults leaves the show stuck, loud before nobody, or a lamp misused."""

from __future__ import annotations

import itertools

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from lantern.config import Projector as ProjectorSettings
from lantern.config import Sound as SoundSettings
from lantern.errors import Unavailable
from lantern.hardware.ports import Power, ProjectorState, Refused
from lantern.hardware.projector.simulated import Make, Projection
from lantern.kiosk import lamp as lamps
from lantern.kiosk.lamp import Ask, Care, Choose, Lamp, Switch, Wait
from lantern.kiosk.ramp import draw, silence
from lantern.kiosk.state import BLANK_S, DEAF_S, HEAL_S, Phase, begin, pace, step
from lantern.kiosk.wanted import Mode, Presence, Reports, Screen, Sound

SOUND = SoundSettings()
PROJECTOR = ProjectorSettings(by="simulated", warm_s=20, cool_s=150, minimum_off_s=15)
PACE = pace(SOUND, PROJECTOR)
CARE = Care(PROJECTOR.warm_s, PROJECTOR.cool_s, PROJECTOR.minimum_off_s)
MAKE = Make(warm_s=20, cool_s=30)  # 130 s is what it takes without a fan, once unplugged

FALL_S = HEAL_S + SOUND.hold_s + (SOUND.full_db - SOUND.idle_db) / SOUND.release_db_s
OPEN_S = PACE.light_s + HEAL_S + lamps.LATEST_S
CLOSED_S = PACE.fade_s + BLANK_S + PACE.cool_s

presences = st.builds(
    Presence,
    st.sampled_from([True, False, None]),
    st.just(0.0),
    st.sampled_from([(), (("door", "is stuck"),)]),
)
screens = st.builds(Screen, st.booleans(), st.sampled_from([None, "film"]), st.booleans())


# Whatever is reported -----------------------------------------------------------------------------


@st.composite
def reports(draw_one):
    """Return reports that need not go together, with how long ago the projector answered."""
    state = draw_one(st.none() | st.builds(ProjectorState, st.sampled_from(Power)))
    ago = draw_one(st.none() | st.floats(-1, 1000))
    told = Reports(draw_one(st.booleans()), draw_one(presences), draw_one(screens), state)
    return told, ago, draw_one(st.floats(0, 60) | st.floats(100, 1000))


def dated(told, ago, now):
    return msgspec.structs.replace(told, projector_at=None if ago is None else now - ago)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([PACE, pace(SOUND, ProjectorSettings())]), st.lists(reports(), min_size=2))
def test_every_combination_of_reports_has_an_answer_that_is_never_too_loud(bounds, jumble):
    now, show = 0.0, begin(0.0)
    for told, ago, seconds in jumble:
        now += seconds
        show, wanted = step(show, dated(told, ago, now), now, bounds)
        event(wanted.mode)
        present = told.presence.present
        if wanted.sound is not Sound.SILENT:
            assert told.open
            assert wanted.picture
            assert told.screen.work is not None
        assert wanted.sound is not Sound.FULL or present is True
        assert (wanted.lamp is None) or bounds.projector
        assert not wanted.rest or present is True
        named = {name for name, _ in show.troubles}
        assert present is not False or wanted.sound is not Sound.SET or "presence" in named
        assert (wanted.mode is Mode.DEGRADED) is (bool(named) and show.phase is Phase.SHOWING)


@settings(max_examples=20, deadline=None)
@given(st.lists(reports(), max_size=6), st.booleans(), st.lists(reports(), min_size=8))
def test_no_fault_whatever_keeps_the_doors_open_or_shut(before, open_, meanwhile):
    now, show = 0.0, begin(0.0)
    for told, ago, seconds in before:
        now += seconds
        show, _ = step(show, dated(told, ago, now), now, PACE)
    end = now + (PACE.light_s if open_ else CLOSED_S) + 3
    for told, ago, _ in itertools.cycle(meanwhile):
        held = msgspec.structs.replace(dated(told, ago, now), open=open_)
        show, wanted = step(show, held, now, PACE)
        now += 1
        if now >= end:
            break
    assert show.phase is (Phase.SHOWING if open_ else Phase.CLOSED)
    assert wanted.picture is open_
    assert wanted.lamp is open_


# With a lamp that has heat ------------------------------------------------------------------------


class Evening:
    """A show with a projector, a player and visitors, second by second."""

    def __init__(self) -> None:
        self.now = 100.0
        self.model = Projection(MAKE, self.now)
        self.restart()
        self.open = False
        self.presence = Presence(None, self.now)
        self.player = Screen(connected=True)
        self.obeys = True
        self.line = silence(self.now)
        self.empty_since = self.now
        self.shut_since = self.now

    def restart(self) -> None:
        """Begin anew, as after a crash of the daemon."""
        self.lamp, self.show, self.wish = Lamp(), begin(self.now), None

    def go_on(self, seconds: float) -> Mode:
        for _ in range(int(seconds)):
            self.now += 1
            self._keep_lamp()
            power = self.lamp.state.power if self.lamp.state else None
            told = Reports(
                self.open, self.presence, self.player, self.lamp.state, self.lamp.answered
            )
            self.show, wanted = step(self.show, told, self.now, PACE)
            self._check_wish(wanted, power)
            self.wish = wanted.lamp
            self._play(wanted.picture)
            self._check_sound(wanted.sound)
        return wanted.mode

    def _play(self, picture: bool) -> None:
        if self.obeys:
            work = "film" if picture and self.player.connected else None
            self.player = msgspec.structs.replace(self.player, work=work)

    def _check_wish(self, wanted, power) -> None:
        """See that nothing is newly wished that the lamp should be spared, but after waiting."""
        fresh = self.lamp.answered is not None and self.now - self.lamp.answered <= DEAF_S
        if fresh and wanted.lamp is not self.wish:
            waited = self.show.phase in (Phase.SHOWING, Phase.CLOSED)
            assert wanted.lamp is not True or power is not Power.COOLING or waited
            assert wanted.lamp is not False or power is not Power.WARMING or waited

    def _check_sound(self, sound: Sound) -> None:
        self.line = draw(self.line, sound, 0.0, SOUND, self.now)
        if self.presence.present is not False:
            self.empty_since = self.now
        if self.open:
            self.shut_since = self.now
        if self.now - self.empty_since > FALL_S:
            assert self.line.gain_db(self.now) <= SOUND.idle_db, "loud in an empty room"
        if self.now - self.shut_since > PACE.fade_s:
            assert self.line.is_muted(self.now), "loud behind closed doors"

    def _keep_lamp(self) -> None:
        while True:
            self.lamp, do = lamps.step(self.lamp, self.wish, self.now, CARE)
            if isinstance(do, Wait):
                return
            self._do(do)

    def _do(self, do: Ask | Switch | Choose) -> None:
        try:
            if isinstance(do, Ask):
                self.lamp = lamps.answer(self.lamp, self.model.tell(self.now), self.now)
                return
            assert isinstance(do, Switch)
            self.model.switch(self.now, on=do.on)
            self.lamp = lamps.done(self.lamp, do, self.now, CARE)
        except Refused:
            self.lamp = lamps.refused(self.lamp, "refused", self.now)
        except Unavailable:
            self.lamp = lamps.silence(self.lamp, "deaf", self.now)


HAPPENINGS = {
    "open": lambda e: setattr(e, "open", True),
    "close": lambda e: setattr(e, "open", False),
    "come": lambda e: setattr(e, "presence", Presence(True, e.now)),
    "leave": lambda e: setattr(e, "presence", Presence(False, e.now)),
    "blind": lambda e: setattr(e, "presence", Presence(None, e.now, (("door", "is stuck"),))),
    "black": lambda e: setattr(e, "player", msgspec.structs.replace(e.player, truthful=False)),
    "crash": lambda e: setattr(e, "player", Screen(connected=False)),
    "disobey": lambda e: setattr(e, "obeys", False),
    "heal": lambda e: (setattr(e, "player", Screen(connected=True)), setattr(e, "obeys", True)),
    "unplug": lambda e: e.model.unplug(e.now),
    "plug in": lambda e: e.model.plug_in(e.now),
    "deaf": lambda e: setattr(e.model, "deaf", True),
    "lose lamp": lambda e: e.model.lose_lamp(e.now),
    "stifle": lambda e: e.model.stifle(e.now),
    "mend": lambda e: (e.model.mend(e.now), e.model.plug_in(e.now)),
    "restart": lambda e: e.restart(),
}
OFTEN = ["open", "close", "come", "leave", "mend", "heal"]
SOON, LATER = st.integers(1, 60), st.integers(100, 300)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*HAPPENINGS, *OFTEN, *OFTEN]), SOON | SOON | LATER),
        min_size=4,
        max_size=16,
    )
)
def test_after_any_evening_a_whole_house_opens_and_closes_and_no_lamp_was_switched_hot(evening):
    house = Evening()
    for what, seconds in [("open", PROJECTOR.cool_s + 60), *evening]:
        HAPPENINGS[what](house)
        event(house.go_on(seconds))
        assert house.model.hot_strikes == house.model.early_douses == 0
    for what in ("mend", "heal", "leave", "open"):
        HAPPENINGS[what](house)
    assert house.go_on(OPEN_S) is Mode.ATTRACT
    assert house.model.power is Power.ON
    assert house.show.troubles == ()
    HAPPENINGS["come"](house)
    assert house.go_on(2) is Mode.ENGAGED
    HAPPENINGS["close"](house)
    assert house.go_on(CLOSED_S) is Mode.CLOSED
    assert house.model.power is Power.OFF
    assert house.model.hot_strikes == house.model.early_douses == 0
