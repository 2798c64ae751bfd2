"""No evening leaves the director stuck, loud before nobody, or idle without end."""

from __future__ import annotations

import itertools
import math

from hypothesis import event, given, settings
from hypothesis import strategies as st

from lantern import config
from lantern.hardware.ports import Power
from lantern.hardware.projector.simulated import Make
from lantern.kiosk.director import IDLE_S, Sections
from lantern.kiosk.presence import SILENT_S
from lantern.kiosk.state import HEAL_S
from lantern.kiosk.wanted import Mode
from support.theatre import Theatre

SOUND = config.Sound(attack_db_s=20, release_db_s=10, hold_s=2)
PRESENCE = config.Presence()
PROJECTOR = config.Projector(by="simulated", warm_s=10, cool_s=70, minimum_off_s=5)
MAKE = Make(warm_s=10, cool_s=15)  # 65 s is what it takes without a fan, once unplugged

FALL_S = PRESENCE.leave_s + SOUND.hold_s + (SOUND.full_db - SOUND.idle_db) / SOUND.release_db_s
SLACK_S = 3 * IDLE_S
OPEN_S, CLOSED_S = 450.0, 250.0


def heal(theatre):
    theatre.stage.connected = theatre.stage.truthful = theatre.stage.obeys = True


HAPPENINGS = {
    "open": lambda t: t.order(doors="open"),
    "close": lambda t: t.order(doors="close"),
    "auto": lambda t: t.order(doors="auto"),
    "mute": lambda t: t.order(muted=True),
    "unmute": lambda t: t.order(muted=False),
    "come": lambda t: t.come(),
    "leave": lambda t: t.come(active=False),
    "sensor dies": lambda t: setattr(t.sensor, "silent", True),
    "sensor heals": lambda t: setattr(t.sensor, "silent", False),
    "black": lambda t: setattr(t.stage, "truthful", False),
    "player dies": lambda t: setattr(t.stage, "connected", False),
    "player hangs": lambda t: setattr(t.stage, "obeys", False),
    "player heals": heal,
    "unplug": lambda t: t.booth.model.unplug(t.now),
    "lose lamp": lambda t: t.booth.model.lose_lamp(t.now),
    "deaf": lambda t: setattr(t.booth.model, "deaf", True),
    "mend": lambda t: (t.booth.model.mend(t.now), t.booth.model.plug_in(t.now)),
    "restart": lambda t: t.restart(),
}
OFTEN = ["come", "leave", "open", "close", "mend", "player heals", "sensor heals"]


class Empty:
    """For how long a room that is known to be empty has been loud."""

    def __init__(self, theatre):
        self._theatre = theatre
        self._since = theatre.now

    def look(self):
        theatre = self._theatre
        sensor = theatre.sensor
        if sensor.active or sensor.silent or theatre.stage.audible_db <= SOUND.idle_db:
            self._since = theatre.now
        # After a silence the sound stands at its set level, until it is believed to be over.
        patience_s = FALL_S + SLACK_S + SILENT_S + HEAL_S
        assert theatre.now - self._since <= patience_s, "loud in an empty room"


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*HAPPENINGS, *OFTEN]), st.integers(1, 20) | st.integers(60, 80)),
        min_size=4,
        max_size=10,
    )
)
def test_after_any_evening_a_whole_house_opens_follows_whoever_comes_and_closes(evening):
    theatre = Theatre(Sections(SOUND, PROJECTOR), PRESENCE, MAKE)
    empty = Empty(theatre)
    for what, seconds in evening:
        HAPPENINGS[what](theatre)
        for _ in range(seconds):
            theatre.go_on(1.0)
            empty.look()
        event(theatre.mode)
        assert theatre.booth.model.hot_strikes == theatre.booth.model.early_douses == 0
    for what in ("mend", "player heals", "sensor heals", "leave", "unmute", "open"):
        HAPPENINGS[what](theatre)
    assert theatre.go_on(OPEN_S) is Mode.ATTRACT
    assert theatre.booth.model.power is Power.ON
    assert theatre.board.notices == ()
    assert theatre.stage.audible_db == SOUND.idle_db
    theatre.come()
    theatre.go_on(3)
    assert (theatre.mode, theatre.stage.audible_db) == (Mode.ENGAGED, SOUND.full_db)
    theatre.order(doors="close")
    assert theatre.go_on(CLOSED_S) is Mode.CLOSED
    assert theatre.stage.audible_db == -math.inf
    assert theatre.stage.report.work is None
    assert theatre.booth.model.power is Power.OFF
    gaps = (later - sooner for sooner, later in itertools.pairwise(theatre.looks))
    assert max(gaps) <= IDLE_S + 0.001
