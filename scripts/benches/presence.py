"""How soon and how exactly the sound follows people: heard at a sound card, not computed.

People step before simulated sensors at random: a line that is active or not, and a distance sensor
that listens 25 times a second. From there all is real: senses, director, screen, mpv on a display
of its own, and a PulseAudio sink that plays by the clock and is recorded. The film's sound is a
tone, so that its level is known at every moment; the film is shorter than the run, and repeats.

With `--board` a third stands before the presence board: the firmware's own binary in a simulated
chip, in real time, behind the daemon's own adapter. There the edge is the step itself, so that
`board_start_*` has all that a person waits for.

`ramp_start_p99_ms` is from a sensor's edge (the line's first active reading, the first echo from
nearby) to the first 5 ms whose level has risen by 0.1 dB. `level_error_db_max` is the largest
difference, at every 100 ms, between the level heard (20 ms) and the plan: the ramp by the readings'
own times, by the pure modules alone, with no allowance for anything that takes time. `floor_*` is
the bare player in the same run, one command to one step.

`dropouts` are moments without any sound, `dropout_ms` all of them together: a busy machine let the
player wait for longer than its buffer of 50 ms. A click is energy above 2 kHz that the tone lacks:
`click_db_max` is the loudest 10 ms of it against the tone while the level moves,
`click_still_db_max` while it does not; `step_db_max` is the largest change from one period of the
tone to the next, of which the slope itself is a part. Both leave out dropouts.

`line_edge_…` and `range_edge_…` are from a step before a sensor on simulated GPIO lines until the
adapter has posted it, `gpiozero_…` the same by gpiozero's own classes, which poll
(`presence_peer.py`); `…_cpu_percent` is what of one core the watching took meanwhile.
"""

import argparse
import functools
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import anyio
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from figure_bars import tell_figures
from presence_heard import TONE_HZ, Heard, level_figures, starts
from presence_peer import beside
from presence_people import Chip, Echo, Line

from lantern import config
from lantern.kiosk import ramp
from lantern.kiosk.director import Director, Sections
from lantern.kiosk.hours import Doors
from lantern.kiosk.mpv import connected
from lantern.kiosk.presence import Watch
from lantern.kiosk.screen import Screen
from lantern.kiosk.senses import Senses
from lantern.kiosk.wanted import Sound
from lantern.kiosk.works import Work
from lantern.noticeboard import Noticeboard
from lantern.waiting import Hint
from support.screen import display, playing, prefer
from support.sink import RATE, sink

BARS = {
    "ramp_start_p99_ms": 100.0,
    "board_start_p99_ms": 200.0,
    "level_error_db_max": 1.0,
    "click_db_max": -45.0,
}

FILM_S = 19.2
"""A whole number of frames, of periods and of the blocks that its sound is coded in."""
SETTLE_S = 5.0
"""From the start until the sound has come up to its idle level, and stays."""

PRESENCE = config.Presence()
SOUND = config.Sound(attack_db_s=12.0, hold_s=0.3, release_db_s=12.0)
"""As by default, but for a sound that falls as fast as it rises, so that more fits into a run."""


class OneFilm:
    """A programme of one film (`works.Works`)."""

    def __init__(self, path):
        self._work = Work("tone", str(path), still=False)

    async def next(self):
        """Return the film."""
        return self._work

    async def previous(self):
        """Return the film."""
        return self._work

    async def resume(self, _):
        """Return the film."""
        return self._work

    def spoiled(self, work, reason):
        """Give up."""
        raise SystemExit(f"{work.name} cannot be played: {reason}")

    async def changed(self):
        """Never return."""
        await anyio.sleep_forever()


def make_film(path):
    """Write a film whose sound is a tone that goes on from its end to its begin."""
    tone = f"aevalsrc=0.5*sin(2*PI*{TONE_HZ}*t)|0.5*sin(2*PI*{TONE_HZ}*t):s={RATE}:d={FILM_S}"
    command = [
        *("mpv", "--no-config", "--really-quiet", "--of=matroska", "--ovc=mpeg4", "--oac=flac"),
        f"--o={path}",
        f"--audio-file=av://lavfi:{tone}",
        f"av://lavfi:testsrc2=s=640x360:r=25:d={FILM_S}",
    ]
    subprocess.run(command, check=True)


async def evening(sensors, film, socket, arrivals, chance):
    """Let people come and go before the sensors; return when that began and ended."""
    board, awake = Noticeboard(), Hint()
    settings = config.Show(output="window", fade_s=0.0)
    screen = Screen(OneFilm(film), settings, socket, board)
    senses = Senses(sensors, PRESENCE, awake.give)
    director = Director(
        Sections(sound=SOUND),
        screen,
        senses,
        None,
        doors=Doors(config.Hours(), time.monotonic()),
        board=board,
        awake=awake,
        now=time.monotonic(),
        synchronised=lambda: True,
    )
    async with anyio.create_task_group() as tasks:
        for service in (screen.run, senses.run, director.run):
            tasks.start_soon(service)
        with anyio.fail_after(30):
            while screen.report.work is None:  # noqa: ASYNC110 - the screen tells no event
                await anyio.sleep(0.05)
        await anyio.sleep(SETTLE_S)
        begin = time.monotonic()
        for number in range(arrivals):
            sensor = sensors[number % len(sensors)]
            await anyio.sleep(chance.uniform(0.3, 0.8))
            sensor.come(True)
            visit_s = chance.uniform(0.5, 1.8)
            await anyio.sleep(visit_s)
            sensor.come(False)
            rises_s = visit_s + PRESENCE.leave_s  # and it falls as fast
            await anyio.sleep(rises_s + PRESENCE.leave_s + SOUND.hold_s)
        end = time.monotonic()
        async with connected(socket, lambda _: None) as mpv:
            counters = await mpv.look("frame-drop-count", "decoder-frame-drop-count")
        tasks.cancel_scope.cancel()
    return begin, end, counters


async def bare_steps(socket, steps, chance):
    """Tell the bare player to be louder and softer; return when it was told to be louder."""
    told = []
    async with connected(socket, lambda _: None) as mpv:
        for _ in range(steps):
            await mpv.ask("set_property", "volume", volume(SOUND.idle_db))
            await anyio.sleep(chance.uniform(0.25, 0.35))
            told.append(time.monotonic())
            await mpv.ask("set_property", "volume", volume(SOUND.idle_db + 3))
            await anyio.sleep(chance.uniform(0.25, 0.35))
    return told


def volume(gain_db):
    """Return mpv's volume of a gain."""
    return 100 * 10 ** (gain_db / 60)


def plan(readings, begin, end, step_s=0.001):
    """Return the planned gain from `begin` to `end`, every `step_s`, by the readings' times."""
    readings = sorted(readings, key=lambda reading: reading.at)
    first = readings[0].at
    watch = Watch({reading.sensor for reading in readings}, PRESENCE, first)
    line, place, gains = ramp.silence(first), 0, []
    for now in np.arange(first, end, step_s):
        while place < len(readings) and readings[place].at <= now:
            watch.read(readings[place])
            place += 1
        sound = Sound.FULL if watch.at(now).present else Sound.IDLE
        line = ramp.draw(line, sound, 0.0, SOUND, now)
        if now >= begin:
            gains.append(line.gain_db(now))
    return np.array(gains)


def percentile(values, share):
    """Return a percentile, rounded up to a value that was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def start_figures(line, echo, board=()):
    """Return how long the ramps took to begin, by sensor."""
    return {
        "ramp_start_p50_ms": percentile(line + echo, 0.5),
        "ramp_start_p99_ms": percentile(line + echo, 0.99),
        "line_start_p99_ms": percentile(line, 0.99),
        "echo_start_p99_ms": percentile(echo, 0.99),
        **({f"board_start_p{n}_ms": percentile(board, n / 100) for n in (50, 99)} if board else {}),
    }


def floor_figures(floor):
    """Return how long the bare player took."""
    return {f"floor_p{n}_ms": percentile(floor, n / 100) for n in (50, 99)}


def measure(folder, arrivals, chance, *, with_board):
    """Return what was measured."""
    film = folder / "tone.mkv"
    make_film(film)
    sensors = [Line(), Echo(), *([Chip()] if with_board else [])]
    with (
        sink(folder) as speaker,
        display() as shown_on,
        playing(folder, shown_on, "--ao=pulse", environment=speaker.environment) as player,
    ):
        prefer(player.process.pid)
        while not player.socket.exists():
            time.sleep(0.05)
        with speaker.record() as recording:
            story = functools.partial(evening, sensors, film, player.socket, arrivals, chance)
            begin, end, counters = anyio.run(story)
            told = anyio.run(bare_steps, player.socket, min(arrivals, 30), chance)
            time.sleep(0.5)
            heard = Heard(recording)
    readings = [reading for sensor in sensors for reading in sensor.readings]
    edges = {sensor.name: sensor.edges for sensor in sensors}
    return {
        "arrivals": sum(map(len, edges.values())),
        "seconds": round(end - begin, 1),
        **start_figures(**{name: starts(heard, one) for name, one in edges.items()}),
        **floor_figures(starts(heard, told)),
        **level_figures(heard, plan(readings, begin, end), begin, end),
        "dropped_frames": counters["frame-drop-count"] + counters["decoder-frame-drop-count"],
        "load_average": os.getloadavg()[0],
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
    }


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench presence",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--arrivals", type=int, default=60, help="how many come (60)")
    parser.add_argument(
        "--peer-arrivals", type=int, default=20, help="how many more come before gpiozero's (20)"
    )
    parser.add_argument("--board", action="store_true", help='needs "scripts/board build"')
    parser.add_argument("--seed", type=int, default=1, help="of when they come (1)")
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    asked = parser.parse_args()
    fewest = 3 if asked.board else 2
    if asked.arrivals < fewest:
        raise SystemExit(f"expected at least {fewest} arrivals, got {asked.arrivals}")
    with tempfile.TemporaryDirectory(prefix="lantern-bench-") as folder:
        chance = random.Random(asked.seed)
        figures = measure(Path(folder), asked.arrivals, chance, with_board=asked.board)
    if asked.peer_arrivals:
        figures |= beside(asked.peer_arrivals, asked.seed)
    figures = {
        name: round(float(value), 2) if isinstance(value, float) else value
        for name, value in figures.items()
    }
    tell_figures(figures, BARS, as_json=asked.json)


if __name__ == "__main__":
    main()
