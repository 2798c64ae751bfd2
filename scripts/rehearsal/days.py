"""Play days of a busy gallery in simulated time, and hold the show to what it promises throughout.

`scripts/evening days --hours 72 --seed 1`. People come all day and night, the doors open and close,
and by chance the sensor sticks, falls silent or raves, somebody pulls the projector's plug, the
player is gone or its picture black, the clock jumps. Simulated and real are the same as in an
evening. It ends with exit status 1 at the first promise that is broken.
"""

import argparse
import calendar
import collections
import datetime
import math
import random
import sys
import time

from booth import Booth

from lantern import config
from lantern.hardware.ports import Power
from lantern.hardware.projector.simulated import Make
from lantern.hardware.room import Room, Sonar, Spell, Trouble, crowd
from lantern.kiosk import presence, ramp, state
from lantern.kiosk.hours import Doors
from lantern.kiosk.presence import Watch
from lantern.kiosk.wanted import Mode, Reports, Screen

RATE_HZ = 10
MINUTE, HOUR = 60.0, 3600.0
SLACK_S = 0.5
"""A sensor's median lags two readings behind, and a sample is taken one later."""

DAILY = ("10:00-19:00", "20:00-01:30")
HOURS = config.Hours(
    zone="Europe/Berlin",
    needs_ntp=False,
    **{f"{day.lower()}": DAILY for day in calendar.day_name},
)
PRESENCE = config.Presence()
SOUND = config.Sound()
PROJECTOR = config.Projector(by="simulated", warm_s=40, cool_s=90, minimum_off_s=30)
MAKE = Make(warm_s=35, cool_s=20)
"""Without its fan, unplugged, the lamp cools for four times as long, and [projector] knows that."""

PACE = state.pace(SOUND, PROJECTOR)
BEGIN = datetime.datetime(2027, 10, 30, 9, tzinfo=HOURS.time_zone).timestamp()
"""The night in which the clocks are set back is among the days."""

RELEASE_S = (SOUND.full_db - SOUND.idle_db) / SOUND.release_db_s
LOUD_S = PRESENCE.leave_s + SOUND.hold_s + RELEASE_S + SLACK_S
"""The longest that it may be loud in an empty room, by a sensor that can be trusted."""

HEAL_S = 8 * MINUTE
"""The longest until all is as it should be: a hot lamp, its rest, and the second tries."""

TRUST_S = 1.5 * presence.ARRIVALS[1]
"""The longest until a sensor that raved, and does not any more, is trusted again."""

MOST_GROWTH_KB = 2048
"""Of memory from the second hour on."""

EVERY_S = 40 * MINUTE
"""Between misfortunes, on average."""

MISFORTUNES = {
    **dict.fromkeys(Trouble, (1 * MINUTE, 4 * HOUR)),
    "unplugged": (5.0, 30 * MINUTE),
    "no player": (1.0, 10 * MINUTE),
    "black": (1.0, 10 * MINUTE),
    "clock": (1 * MINUTE, 3 * HOUR),
}
"""What may happen, and for how long at least and at most."""


def fate(draw, end):
    """Return what happens until `end`, each as (what, begin, end); two may happen at once."""
    at, happens = 0.0, []
    while (at := at + draw.expovariate(1 / EVERY_S)) < end:
        what = draw.choice(list(MISFORTUNES))
        least, most = MISFORTUNES[what]
        happens.append((what, at, at + least * (most / least) ** draw.random()))
    return happens


class Gallery:
    """The house, what happens to it, and what is wanted in it."""

    def __init__(self, seed, hours, begin=BEGIN):
        self._begin = begin
        draw = random.Random(seed)
        self.fate = fate(draw, hours * HOUR)
        spells = [Spell(what, *when) for what, *when in self.fate if isinstance(what, Trouble)]
        self.sonar = Sonar("door", Room(crowd(seed, every_s=45)), seed=seed, spells=spells)
        self.watch, self.doors = Watch(["door"], PRESENCE, 0.0), Doors(HOURS, 0.0)
        self.booth = Booth(PROJECTOR, MAKE)
        self.show, self.line = state.begin(0.0), ramp.silence(0.0)
        self.screen, self.wanted = Screen(connected=True), None
        self.off_s = {each: draw.uniform(-3, 3) * HOUR for each in self.fate if each[0] == "clock"}
        self.ill = frozenset()
        self.is_open = False

    def go_on(self, number):
        """Let a tenth of a second go by."""
        now = number / RATE_HZ
        if number % RATE_HZ == 0:
            self._befall(now)
        if reading := self.sonar.read(now):
            self.watch.read(reading)
        self.booth.go_on(self.wanted and self.wanted.lamp, now)
        self.presence = self.watch.at(now)
        lamp = self.booth.lamp
        reports = Reports(self.is_open, self.presence, self.screen, lamp.state, lamp.answered)
        self.show, self.wanted = state.step(self.show, reports, now, PACE)
        there = "no player" not in self.ill
        work = "film" if self.wanted.picture and there else None
        self.screen = Screen(there, work, truthful="black" not in self.ill)
        self.line = ramp.draw(self.line, self.wanted.sound, 0.0, SOUND, now)

    def _befall(self, now):
        happening = [each for each in self.fate if each[1] <= now < each[2]]
        before, self.ill = self.ill, frozenset(what for what, *_ in happening)
        if "unplugged" in self.ill - before:
            self.booth.model.unplug(now)
        if "unplugged" in before - self.ill:
            self.booth.model.plug_in(now)
        wall = self._begin + now + sum(self.off_s.get(each, 0.0) for each in happening)
        self.is_open = self.doors.is_open(wall=wall, now=now, synchronised=True)


class Broken(Exception):
    """A promise was not kept."""


class Promises:
    """What must be true at each moment, and since when what would break it has been so."""

    def __init__(self):
        self._since = {}
        self.worst = collections.Counter()
        self.modes = collections.Counter()
        self.arrivals = 0
        self._near = False
        self._raved = -math.inf

    def hold(self, gallery, now):
        """Look at everything; raise `Broken` if a bound is passed."""
        metres = gallery.sonar.distance_m(now)
        empty = metres is None or metres > PRESENCE.leave_m
        self.modes[gallery.wanted.mode] += 1
        self.arrivals += not empty and not self._near
        self._near = not empty
        gain_db = gallery.line.gain_db(now)
        well = self._lasts("all well", now, not gallery.ill)
        if any(isinstance(one, Trouble) for one in gallery.ill):
            self._raved = now
        loud_s = self._lasts("loud", now, empty and gain_db > SOUND.idle_db + 0.01)
        trusted = now - self._raved > TRUST_S
        self._bound("loud before nobody", loud_s if trusted else 0.0, LOUD_S)
        blind_s = self._lasts("blind", now, empty and gain_db > SOUND.set_db + 0.01)
        self._bound("loud, and a sensor errs", blind_s, PRESENCE.stuck_s + LOUD_S + MINUTE)
        self._hold_phases(gallery, now)
        self._hold_rest(gallery, now, well, trusted, gain_db)
        model = gallery.booth.model
        if model.hot_strikes or model.early_douses:
            raise Broken("the lamp was switched hot")

    def _hold_phases(self, gallery, now):
        phase, wanted = gallery.show.phase, gallery.wanted
        rests = phase in (state.Phase.SHOWING, state.Phase.CLOSED)
        most_s = max(PACE.light_s, PACE.cool_s, PACE.fade_s) + 1
        if not rests:
            self._bound(f"in {phase}", now - gallery.show.since, most_s)
        if (wanted.mode is Mode.DEGRADED) and not gallery.show.troubles:
            raise Broken("degraded, and nothing is the matter")

    def _hold_rest(self, gallery, now, well_s, trusted, gain_db):
        """Hold that an open house shows and a closed one is dark, once nothing has been wrong."""
        opened_s = self._lasts("open", now, gallery.is_open)
        closed_s = self._lasts("closed", now, not gallery.is_open)
        wanted, power = gallery.wanted, gallery.booth.model.power
        if trusted and gallery.presence.faults:
            raise Broken(f"a good sensor is not trusted: {gallery.presence.faults}")
        if trusted and min(well_s, opened_s) > HEAL_S:
            shows = wanted.mode in (Mode.ATTRACT, Mode.ENGAGED) and wanted.picture
            if not shows or power is not Power.ON:
                raise Broken(
                    f"open, well, and {wanted.mode}, lamp {power}, {gallery.show.troubles}"
                )
        if min(well_s, closed_s) > HEAL_S:
            dark = wanted.mode is Mode.CLOSED and not wanted.picture and power is Power.OFF
            if not dark or gain_db > ramp.FLOOR_DB:
                raise Broken(f"closed, well, and {wanted.mode}, lamp {power}, {gain_db:.0f} dB")

    def _lasts(self, what, now, true):
        """Return for how long something has been true."""
        if not true:
            self._since.pop(what, None)
            return 0.0
        return now - self._since.setdefault(what, now)

    def _bound(self, what, lasts_s, most_s):
        self.worst[what] = max(self.worst[what], lasts_s)
        if lasts_s > most_s:
            raise Broken(f"{what} for {lasts_s:.1f} s, and {most_s:.1f} s are the most")


def play(gallery, promises, hours):
    """Yield after each simulated hour, and at the end: `promises` were kept so far.

    Raises:
        Broken: one was not kept; it says when.
    """
    for number in range(int(hours * HOUR * RATE_HZ)):
        now = number / RATE_HZ
        gallery.go_on(number)
        try:
            promises.hold(gallery, now)
        except Broken as broken:
            clock = datetime.datetime.fromtimestamp(BEGIN + now, HOURS.time_zone)
            ill = ", ".join(map(str, gallery.ill)) or "nothing"
            raise Broken(f"{clock:%a %H:%M:%S}, {now:.1f} s: {broken}; ill is {ill}") from broken
        if number % int(HOUR * RATE_HZ) == 0:
            yield
    yield


def memory_kb():
    """Return how much memory this process has of its own."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[5]) * 4


def main():
    """Play, tell what it was like, and return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="scripts/evening days", description=__doc__)
    parser.add_argument("--hours", type=float, default=72)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    gallery, promises = Gallery(options.seed, options.hours), Promises()
    try:
        sizes_kb = [memory_kb() for _ in play(gallery, promises, options.hours)]
    except Broken as broken:
        print(broken)
        return 1
    print(f"{options.hours:g} h in {time.process_time():.0f} s of a processor")
    print(f"{promises.arrivals} arrivals, {len(gallery.fate)} misfortunes")
    for mode, count in promises.modes.most_common():
        print(f"{count / RATE_HZ / HOUR:6.2f} h {mode}")
    for what, worst_s in sorted(promises.worst.items()):
        print(f"{worst_s:8.1f} s at most: {what}")
    grown_kb = sizes_kb[-1] - sizes_kb[min(1, len(sizes_kb) - 1)]
    print(f"memory after the first hour: {grown_kb:+} kB")
    return 1 if grown_kb > MOST_GROWTH_KB else 0


if __name__ == "__main__":
    sys.exit(main())
