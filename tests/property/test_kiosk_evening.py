"""Whole evenings in simulated time: people come and go, sensors err, and the sound follows."""

import itertools
import random

import msgspec
import pytest

from lantern.config import Presence as PresenceSettings
from lantern.config import Sound as SoundSettings
from lantern.hardware.ports import BEAT_S, Level
from lantern.hardware.room import Room, Sonar, Spell, Trouble, crowd
from lantern.kiosk.presence import SILENT_S, Watch
from lantern.kiosk.ramp import draw, silence
from lantern.kiosk.wanted import Sound

PRESENCE = PresenceSettings()
SOUND = SoundSettings()
RELEASE_S = (SOUND.full_db - SOUND.idle_db) / SOUND.release_db_s
SLACK_S = 3 / 25
"""The median of three lags two readings behind, and a sample is taken one later."""

LOUD_S = PRESENCE.leave_s + SOUND.hold_s + RELEASE_S + SLACK_S
"""The longest that it may be loud in an empty room."""

SPARSE_S = BEAT_S / 2
"""Between samples while nothing changes."""

SOUND_FOR = {True: Sound.FULL, False: Sound.IDLE, None: Sound.SET}


class Seen(msgspec.Struct):
    """What an evening was like: how long it was loud before nobody, and how late for somebody.

    Sound that is held is not late: who comes back within the hold-off hears no change.
    """

    arrivals: int = 0
    loud_s: float = 0.0
    late_s: float = 0.0
    troubled_s: float = 0.0


class Show:
    """Presence and sound, sampled, beside the truth."""

    def __init__(self):
        self.watch = Watch(["sensor"], PRESENCE, 0.0)
        self.seen = Seen()
        self._line = silence(0.0)
        self._loud_since: float | None = None
        self._quiet_since: float | None = None

    def sample(self, now, *, near, gone):
        """Draw the sound's line at `now`; in between somebody is neither `near` nor `gone`."""
        verdict = self.watch.at(now)
        self._line = draw(self._line, SOUND_FOR[verdict.present], 0.0, SOUND, now)
        loud = self._line.gain_db(now) > SOUND.idle_db
        heard = self._line.sound is Sound.FULL or now < self._line.begin
        self._loud_since = since(self._loud_since, gone and loud, now)
        self.seen.late_s = max(self.seen.late_s, now - (self._quiet_since or now))
        self._quiet_since = since(self._quiet_since, near and not heard, now)
        self.seen.loud_s = max(self.seen.loud_s, now - (self._loud_since or now))
        self.seen.troubled_s += bool(verdict.faults) / 25
        return verdict


def since(before, wrong, now):
    """Return since when something has been wrong."""
    return (now if before is None else before) if wrong else None


def test_a_thousand_arrivals_never_leave_the_sound_up_before_nobody():
    chance, show, now = random.Random(5), Show(), 0.0
    for stretch in range(2000):
        active, end = stretch % 2 == 1, now + chance.lognormvariate(1.5, 1.2)
        for at in itertools.takewhile(end.__gt__, dense_then_sparse(now)):
            show.watch.read(Level("sensor", at, active))
            show.sample(at, near=active, gone=not active)
        now = end
        show.seen.arrivals += active
    assert show.seen.arrivals == 1000
    assert SOUND.hold_s < show.seen.loud_s <= LOUD_S + SPARSE_S
    assert show.seen.late_s <= PRESENCE.enter_s + 1 / 25


def dense_then_sparse(begin):
    """Return 25 moments a second for a while after a change, then few."""
    yield from (begin + number / 25 for number in range(30))
    yield from (begin + 1.2 + number * SPARSE_S for number in itertools.count())


def room_evening(seed, *, minutes, every_s=60.0, spells=()):
    """Run an evening in the simulated room and return what was seen."""
    sonar = Sonar("sensor", Room(crowd(seed, every_s=every_s)), seed=seed, spells=spells)
    show, was_near = Show(), False
    for number in range(minutes * 60 * 25):
        now = number / 25
        if reading := sonar.read(now):
            show.watch.read(reading)
        metres = sonar.distance_m(now)
        near = metres is not None and metres <= PRESENCE.enter_m
        show.seen.arrivals += near and not was_near
        show.sample(now, near=near, gone=metres is None or metres > PRESENCE.leave_m)
        was_near = near
    return show.seen


@pytest.mark.parametrize("seed", range(3))
def test_in_a_room_with_bad_echoes_the_sound_is_neither_late_nor_left_up(seed):
    seen = room_evening(seed, minutes=10)
    assert seen.arrivals > 3
    assert seen.troubled_s == 0
    assert seen.loud_s <= LOUD_S
    assert seen.late_s < 0.1


@pytest.mark.parametrize("trouble", Trouble)
def test_a_sensor_in_trouble_is_found_out_and_heals(trouble):
    settings = msgspec.structs.replace(PRESENCE, stuck_s=120)
    spell = Spell(trouble, 100, 400)
    sonar = Sonar("sensor", Room(()), seed=1, spells=[spell])
    watch, faulty = Watch(["sensor"], settings, 0.0), []
    for number in range(500 * 25):
        if reading := sonar.read(number / 25):
            watch.read(reading)
        if watch.at(number / 25).faults:
            faulty.append(number / 25)
    found_after, healed_after = faulty[0] - spell.begin, faulty[-1] - spell.end
    assert SILENT_S <= found_after <= 121
    assert healed_after < {Trouble.SILENT: 0.1, Trouble.STUCK: 1.0, Trouble.NOISY: 60.0}[trouble]
