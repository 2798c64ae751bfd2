"""Play an evening of the show in simulated time, and draw it for the README.

`scripts/evening`. The doors open, people come and go, a sensor sticks, somebody pulls the
projector's plug, the doors close. Room, sensor and projector are simulated, the player is a switch
that obeys; opening hours, presence, state, ramp and the lamp's care are the daemon's own.
"""

import argparse
import collections
import datetime
import time
from pathlib import Path

import msgspec
from booth import Booth
from timeline import Clock, Sample, draw

from lantern import config
from lantern.hardware.projector.simulated import Make
from lantern.hardware.room import Room, Sonar, Spell, Trouble, crowd
from lantern.kiosk import ramp, state
from lantern.kiosk.hours import Doors
from lantern.kiosk.presence import Watch
from lantern.kiosk.wanted import Reports, Screen

PICTURE = Path(__file__).parents[2] / "evening.svg"
RATE_HZ = 10
MINUTE = 60.0

HOURS = config.Hours(
    zone="Europe/Berlin", needs_ntp=False, exceptions={"2026-12-05": ("20:00-21:30",)}
)
PRESENCE = config.Presence(stuck_s=10 * MINUTE)
SOUND = config.Sound()
PROJECTOR = config.Projector(by="simulated", warm_s=40, cool_s=90, minimum_off_s=30)
MAKE = Make(warm_s=35, cool_s=60)

BEGIN = datetime.datetime(2026, 12, 5, 19, 55, tzinfo=HOURS.time_zone).timestamp()
END_S = 102 * MINUTE
STUCK = Spell(Trouble.STUCK, 35 * MINUTE, 55 * MINUTE)
PULLED_S, PLUGGED_S = 71 * MINUTE, 76 * MINUTE
EVENTS = {
    5 * MINUTE: "doors open",
    STUCK.begin: "the sensor sticks",
    STUCK.end: "… is mended",
    PULLED_S: "the plug is pulled",
    PLUGGED_S: "… and put back",
    95 * MINUTE: "doors close",
}


def befall(model, now):
    """Let happen to the projector what happens at `now`."""
    if now == PULLED_S:
        model.unplug(now)
    if now == PLUGGED_S:
        model.plug_in(now)


def play(seed):
    """Return what an evening was like, sample by sample."""
    sonar = Sonar("door", Room(crowd(seed, every_s=75)), seed=seed, spells=[STUCK])
    watch, booth, doors = Watch(["door"], PRESENCE, 0.0), Booth(PROJECTOR, MAKE), Doors(HOURS, 0.0)
    pace, show, line = state.pace(SOUND, PROJECTOR), state.begin(0.0), ramp.silence(0.0)
    screen, wish = Screen(connected=True), None
    for number in range(int(END_S * RATE_HZ)):
        now = number / RATE_HZ
        befall(booth.model, now)
        if reading := sonar.read(now):
            watch.read(reading)
        booth.go_on(wish, now)
        if number % RATE_HZ == 0:
            is_open = doors.is_open(wall=BEGIN + now, now=now, synchronised=True)
        presence = watch.at(now)
        reports = Reports(is_open, presence, screen, booth.lamp.state, booth.lamp.answered)
        show, wanted = state.step(show, reports, now, pace)
        wish = wanted.lamp
        screen = msgspec.structs.replace(screen, work="film" if wanted.picture else None)
        line = ramp.draw(line, wanted.sound, 0.0, SOUND, now)
        metres = sonar.distance_m(now)
        yield Sample(
            at=now,
            near=metres is not None and metres <= PRESENCE.leave_m,
            present=presence.present,
            gain_db=line.gain_db(now),
            mode=str(wanted.mode),
            power=str(booth.model.power),
            troubles=show.troubles,
        )
    if booth.model.hot_strikes or booth.model.early_douses:
        raise SystemExit("the lamp was switched hot")


def main():
    """Play, tell what happened, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--out", type=Path, default=PICTURE)
    options = parser.parse_args()
    began = time.perf_counter()
    samples = list(play(options.seed))
    took_s = time.perf_counter() - began
    tell(samples)
    options.out.write_text(draw(samples, EVENTS, Clock(BEGIN, HOURS.time_zone)), "utf-8")
    print(f"{END_S / took_s:.0f} times as fast as it would be; {options.out}")


def tell(samples):
    """Print each change of the state, and for how long each lasted."""
    last = None
    for sample in samples:
        if (said := (sample.mode, sample.troubles)) != last:
            if not {sample.mode, last and last[0]} <= {"attract", "engaged"}:
                clock = datetime.datetime.fromtimestamp(BEGIN + sample.at, HOURS.time_zone)
                print(f"{clock:%H:%M:%S} {sample.mode}", *map(": ".join, sample.troubles))
            last = said
    for mode, count in collections.Counter(sample.mode for sample in samples).items():
        print(f"{count / RATE_HZ / MINUTE:5.1f} min {mode}")


if __name__ == "__main__":
    main()
