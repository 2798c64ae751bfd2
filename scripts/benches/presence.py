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
import contextlib
import functools
import os
import platform
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import anyio
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from figure_bars import tell_figures
from presence_peer import beside

from lantern import config
from lantern.hardware.board import Board
from lantern.hardware.ports import BEAT_S, Distance, Level
from lantern.kiosk import ramp
from lantern.kiosk.director import Director, Sections
from lantern.kiosk.hours import Doors
from lantern.kiosk.mpv import connected
from lantern.kiosk.presence import Watch
from lantern.kiosk.screen import Screen
from lantern.kiosk.senses import Senses
from lantern.kiosk.wanted import Sound
from lantern.kiosk.works import Work
from lantern.link.messages import Light
from lantern.supervise import Hint, Noticeboard
from support.boards import SimulatedBoard
from support.screen import display, playing
from support.sink import RATE, SILENCE_DB, level_db, sink

BARS = {
    "ramp_start_p99_ms": 100.0,
    "board_start_p99_ms": 200.0,
    "level_error_db_max": 1.0,
    "click_db_max": -45.0,
}

TONE_HZ = 200
TONE_DB = 20 * np.log10(0.5 / np.sqrt(2))
"""The level of the film's sound at 0 dB: a sine of half the full scale."""

FILM_S = 19.2
"""A whole number of frames, of periods and of the blocks that its sound is coded in."""
SETTLE_S = 5.0
"""From the start until the sound has come up to its idle level, and stays."""

PRESENCE = config.Presence()
SOUND = config.Sound(attack_db_s=12.0, hold_s=0.3, release_db_s=12.0)
"""As by default, but for a sound that falls as fast as it rises, so that more fits into a run."""


class Line:
    """A digital sensor; a test's thread says when somebody comes and goes (`PresenceSensor`)."""

    name = "line"
    rate_s = BEAT_S / 2

    def __init__(self):
        self.readings, self.edges = [], []
        self._wake, self._lock = threading.Event(), threading.Lock()
        self._present = self._stopped = False

    def open(self, post):
        """Begin to post."""
        self._post, self._stopped = post, False
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        """Stop."""
        self._stopped = True
        self._wake.set()

    def come(self, present):
        """Let somebody come or go."""
        self._present = present
        self._wake.set()

    def _reading(self, at):
        return Level(self.name, at, self._present)

    def _run(self):
        before = False
        while not self._stopped:
            at, now = time.monotonic(), self._present
            reading = self._reading(at)
            if now and not before:
                self.edges.append(at)
            before = now
            self.readings.append(reading)
            self._post(reading)
            self._rest()

    def _rest(self):
        self._wake.wait(self.rate_s)
        self._wake.clear()


class Echo(Line):
    """A distance sensor that listens 25 times a second, whoever comes."""

    name = "echo"
    rate_s = 0.04

    def _reading(self, at):
        return Distance(self.name, at, 0.8 if self._present else None)

    def _rest(self):
        time.sleep(self.rate_s)


class Chip:
    """The presence board, before which people step to 1 m and away (`PresenceSensor`)."""

    name = "board"

    def __init__(self):
        self.readings, self.edges = [], []
        self._there = SimulatedBoard("chip", paced=True)
        self._board = Board(
            self.name, self._there.device, enter_m=1.5, leave_m=2.0, motion=False, light=Light.OFF
        )

    def open(self, post):
        """Begin to post."""

        def keep(reading):
            self.readings.append(reading)
            post(reading)

        self._board.open(keep)

    def close(self):
        """Stop."""
        self._board.close()

    def come(self, present):
        """Let somebody come or go."""
        if present:
            self.edges.append(time.monotonic())
        self._there.stand(1000 if present else None)


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


class Heard:
    """A recording, in levels."""

    def __init__(self, recording):
        samples, self.first = recording.samples()
        self.samples = samples.astype(np.float64)
        self._high = high(self.samples)

    def gain_db(self, at, width_s):
        """Return the gain heard in `width_s` around `at`."""
        return level_db(self._cut(self.samples, at, width_s)) - TONE_DB

    def click_db(self, at):
        """Return how loud 10 ms after `at` are above the tone, against the tone."""
        return level_db(self._cut(self._high, at, 0.01)) - level_db(
            self._cut(self.samples, at, 0.01)
        )

    def dropouts(self, begin, end):
        """Return the moments without any sound, each as begin and end."""
        width = RATE // 1000
        samples = self._cut(self.samples, (begin + end) / 2, end - begin)
        pieces = np.abs(samples[: len(samples) // width * width]).reshape(-1, width)
        silent = np.flatnonzero(pieces.max(axis=1) < 1e-4)
        if not len(silent):
            return []
        runs = np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1)
        return [(begin + run[0] / 1000, begin + (run[-1] + 1) / 1000) for run in runs]

    def risen(self, at, by_db=0.1, width_s=1 / TONE_HZ):
        """Return after how many seconds the level has risen, 1 if not within one."""
        before = self.gain_db(at - 0.05, 0.1)
        for number in range(200):
            middle = at + (number + 0.5) * width_s
            if self.gain_db(middle, width_s) > before + by_db:
                return (number + 1) * width_s
        return 1.0

    def _cut(self, samples, at, width_s):
        start = round((at - width_s / 2 - self.first) * RATE)
        return samples[start : start + round(width_s * RATE)]


def high(samples, above_hz=2000.0):
    """Return what of `samples` is above a frequency."""
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / RATE) < above_hz] = 0
    return np.fft.irfft(spectrum, len(samples))


def percentile(values, share):
    """Return a percentile, rounded up to a value that was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def starts(heard, edges):
    """Return how many milliseconds the ramp took to begin after each edge."""
    return [1000 * heard.risen(edge) for edge in edges]


def levels(heard, gains, begin):
    """Return what was heard at each 100 ms against what was planned."""
    times = range(0, len(gains), 100)
    return np.array([heard.gain_db(begin + ms / 1000, 0.02) - gains[ms] for ms in times])


def clicks(heard, gains, begin, gaps):
    """Return the loudest click while the level moves, and while it stays."""
    moves, stays = [SILENCE_DB], [SILENCE_DB]
    for ms in range(100, len(gains) - 100, 10):
        at = begin + ms / 1000
        if not is_near(at, gaps):
            nearby = gains[ms - 100 : ms + 10]
            (stays if np.ptp(nearby) == 0 else moves).append(heard.click_db(at))
    return max(moves), max(stays)


def steps_db(heard, begin, end, gaps):
    """Return the largest change of level from one period of the tone to the next."""
    period_s = 1 / TONE_HZ
    times = np.arange(begin, end, period_s)
    changes = np.abs(np.diff([heard.gain_db(at, period_s) for at in times]))
    return max(step for at, step in zip(times, changes, strict=False) if not is_near(at, gaps))


def is_near(at, gaps, by_s=0.1):
    """Tell whether a moment lies in a gap, or so close that it is heard there."""
    return any(begin - by_s < at < end + by_s for begin, end in gaps)


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
    gains = plan(readings, begin, end)
    errors = levels(heard, gains, begin)
    line, echo, *board = (starts(heard, sensor.edges) for sensor in sensors)
    floor = starts(heard, told)
    gaps = heard.dropouts(begin, end)
    moving, still = clicks(heard, gains, begin, gaps)
    return {
        "arrivals": sum(len(sensor.edges) for sensor in sensors),
        "seconds": round(end - begin, 1),
        "ramp_start_p50_ms": percentile(line + echo, 0.5),
        "ramp_start_p99_ms": percentile(line + echo, 0.99),
        "line_start_p99_ms": percentile(line, 0.99),
        "echo_start_p99_ms": percentile(echo, 0.99),
        **{f"board_start_p{n}_ms": percentile(one, n / 100) for one in board for n in (50, 99)},
        "floor_p50_ms": percentile(floor, 0.5),
        "floor_p99_ms": percentile(floor, 0.99),
        "level_error_db_max": float(np.abs(errors).max()),
        "level_error_db_p50": float(np.median(np.abs(errors))),
        "levels_compared": len(errors),
        "click_db_max": moving,
        "click_still_db_max": still,
        "step_db_max": steps_db(heard, begin, end, gaps),
        "dropouts": len(gaps),
        "dropout_ms": round(1000 * sum(stop - start for start, stop in gaps)),
        "dropped_frames": counters["frame-drop-count"] + counters["decoder-frame-drop-count"],
        "load_average": os.getloadavg()[0],
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
    }


def prefer(process):
    """Put a process before others, as the player's unit does, where that is let."""
    with contextlib.suppress(PermissionError):
        for thread in os.listdir(f"/proc/{process}/task"):
            os.setpriority(os.PRIO_PROCESS, int(thread), -10)


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
