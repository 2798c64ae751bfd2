"""Frames of a film that nobody got to see while photos are described: on a display, not as counted.

The real daemon describes the photos of a folder, with nobody before the sensors, so that it takes
all the time that it may, and plays a film on a real player on a display of its own. Each frame of
the film carries its number in squares that are read from the display, 500 times a second.
`frames_missed` are numbers that were never seen while photos were described,
`floor_frames_missed` those of as long a time when none was left; `frames_dropped` is what the
player says. `longest_ms` is the longest time that one frame stood.
"""

import argparse
import contextlib
import itertools
import json
import mmap
import os
import platform
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import anyio

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from figure_bars import tell_figures

from lantern import config
from lantern.cli.status import ask
from lantern.errors import LanternError
from lantern.kiosk.mpv import connected
from support.screen import display, playing, prefer

BARS = {"frames_missed": 0, "frames_dropped": 0}

RATE = 25
FILM_S = 19.2
FRAMES = round(FILM_S * RATE)
BITS = 9
WIDTH, HEIGHT, STRIP = 1280, 720, 72
"""Pixels; the numbers stand in a strip at the upper edge."""

GLANCE_S = 0.002
PATIENCE_S = 60.0


def make_film(folder):
    """Write a film whose frames tell their numbers, 0 to FRAMES - 1."""
    bit = f"mod(floor(N/pow(2,floor(X*{BITS}/W))),2)"
    numbers = f"color=s={16 * BITS}x8:r={RATE}:d={FILM_S},geq=lum='16+219*{bit}':cb=128:cr=128"
    strip = f"{numbers},scale={WIDTH}:{STRIP}:flags=neighbor"
    rest = f"testsrc2=s={WIDTH}x{HEIGHT - STRIP}:r={RATE}:d={FILM_S}"
    command = [
        *("mpv", "--no-config", "--really-quiet", "--of=matroska", "--ovc=mpeg4"),
        "--ovcopts=b=8000000",
        f"--o={folder / 'numbers.mkv'}",
        f"av://lavfi:{strip},format=yuv420p[a];{rest},format=yuv420p[b];[a][b]vstack",
    ]
    subprocess.run(command, check=True)


class Eye:
    """Reads the numbers from a display's memory. Format: X11/XWDFile.h, version 7."""

    def __init__(self, frame):
        with open(frame, "rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        header = struct.unpack(">25I", self._memory[:100])
        start, stride = header[0] + 12 * header[19], header[12]
        line = start + (STRIP // 2) * stride
        self._places = [line + 4 * round((bit + 0.5) * WIDTH / BITS) + 1 for bit in range(BITS)]

    def number(self):
        """Return the number of the frame that is shown."""
        return sum((self._memory[at] > 128) << bit for bit, at in enumerate(self._places))

    def watch(self, seconds):
        """Return the numbers seen, one after another, each with the time at which it came."""
        seen = [(time.monotonic(), self.number())]
        while time.monotonic() < seen[0][0] + seconds:
            time.sleep(GLANCE_S)
            now, number = time.monotonic(), self.number()
            if number != seen[-1][1]:
                seen.append((now, number))
        return seen


def missed(seen):
    """Return how many frames are missing between those that were seen, but for the film's joints.

    Where the film begins anew its container decides which frame is the last. A number read while a
    frame was being drawn is neither: it is left out.
    """
    whole = [seen[0][1]]
    for number in (number for _, number in seen[1:]):
        if 0 < (number - whole[-1]) % FRAMES < FRAMES // 2:
            whole.append(number)
    return sum(max(0, b - a - 1) for a, b in itertools.pairwise(whole))


def longest_ms(seen):
    """Return the longest time that one frame stood."""
    return 1000 * max(b - a for (a, _), (b, _) in itertools.pairwise(seen))


def write_config(home, photos):
    """Write the configuration of a daemon with a show of one film, and return its file."""
    file = home / "lantern.toml"
    file.write_text(
        f"[photos]\nroot = {json.dumps(str(photos))}\n"
        '[captions]\nwrite = "off"\n'
        f"[paths]\nstate = {json.dumps(str(home))}\nruntime = {json.dumps(str(home))}\n"
        '[show]\nprogramme = "film"\noutput = "window"\nfade_s = 0.0\n'
        f'[programmes.film]\nphotos = "none"\nfilms = {json.dumps(str(home / "films"))}\n'
    )
    return file


@contextlib.contextmanager
def daemon(file):
    """Run a daemon."""
    with open(file.with_name("log"), "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lantern", "--config", str(file), "run"], stderr=log
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def until(condition, what):
    """Wait until `condition` holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not within {PATIENCE_S:g} s")
        time.sleep(0.1)


def captioned(settings):
    """Return how many photos are described, and whether all are."""
    try:
        status = ask(settings)
    except LanternError:
        return 0, False
    return status.captioned, status.settled


async def dropped(socket):
    """Return how many frames the player says that it dropped."""
    async with connected(socket, lambda _: None) as mpv:
        told = await mpv.look("frame-drop-count", "decoder-frame-drop-count")
    return sum(count or 0 for count in told.values())


def measure(home, photos, seconds):
    """Return what was measured."""
    (home / "films").mkdir()
    make_film(home / "films")
    file = write_config(home, photos)
    settings = config.load(file)
    with (
        display(WIDTH, HEIGHT) as shown_on,
        playing(home, shown_on, "--ao=null") as player,
    ):
        prefer(player.process.pid)
        eye = Eye(shown_on.frame)
        with daemon(file):
            until(lambda: captioned(settings)[0] > 0, "a first photo is described")
            until(lambda: len(eye.watch(0.5)) > 5, "the film plays")
            before, drops = captioned(settings)[0], anyio.run(dropped, player.socket)
            seen = eye.watch(seconds)
            after, settled = captioned(settings)
            drops = anyio.run(dropped, player.socket) - drops
            if settled:
                print("all photos were described before the end; take more", file=sys.stderr)
        # The film goes on without a daemon: this is as good as the machine can.
        floor = eye.watch(seconds)
    return {
        "seconds": seconds,
        "photos_described": after - before,
        "frames_seen": len(seen),
        "frames_missed": missed(seen),
        "frames_dropped": drops,
        "longest_ms": round(longest_ms(seen), 1),
        "floor_frames_seen": len(floor),
        "floor_frames_missed": missed(floor),
        "floor_longest_ms": round(longest_ms(floor), 1),
        "load_average": round(os.getloadavg()[0], 2),
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
    }


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench show",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="photos to describe meanwhile")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (60)")
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lantern-bench-") as home:
        figures = measure(Path(home), asked.folder.resolve(), asked.seconds)
    tell_figures(figures, BARS, as_json=asked.json)


if __name__ == "__main__":
    main()
