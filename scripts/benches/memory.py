"""Whether memory is flat: what daemon, page, workers and player hold through a day's work.

Each simulated hour is the work of a busy one, done as fast as it goes: photos come, change, move
and go, people search, look and correct, hide and show again, the maintainer asks and has the folder
looked at, the show closes and opens, and plays photos to visitors (simulated, as the projector; the
player draws for a terminal that nobody looks at, without sound). All else is real: model, files,
index, page.

The house was in use before: its catalog remembers photos that went (`--gone`), as it does for 30
days. An empty one would have SQLite's caches, of 2 MB a connection, fill while it is measured.

`*_mb` is a process's own memory (RssAnon), without files that are mapped: its median over the last
quarter of the hours. `*_mb_a_day` is by how much it grows in 24 such hours, by the line of least
squares through all but the first third, in which caches fill.
"""

import argparse
import contextlib
import http.client
import itertools
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from http import HTTPStatus
from pathlib import Path

import pyvips
from figure_bars import tell_figures
from wear import PATIENCE_S, POLL_S, running
from wear_counted import children

from lantern.catalog.store import Catalog, Found, Reading
from lantern.control import client
from lantern.control.protocol import Direct, HidePhoto, Rescan, SetCaption
from lantern.errors import LanternError
from lantern.imaging.formats import Format
from lantern.model import Caption, Description, Features, Fingerprint, Metadata

BARS = {"daemon_mb_a_day": 3.0, "page_mb_a_day": 3.0, "workers_mb_a_day": 3.0}
"""Flat: what a photo more costs by itself is far less."""

SHOW = """
[[sensors]]
name = "door"
by = "simulated"
every_s = 20
[projector]
by = "simulated"
warm_s = 0
cool_s = 0
minimum_off_s = 0
"""
WORKS = 3
"""Photos on the screen in each hour: each takes a second or two, and the show works meanwhile."""
WORDS = ("dog", "cat", "beach", "snow", "people", "child", "street", "water", "tree", "house")
SCALE = 8


class Album:
    """Photos that nobody took, below `folder`: each new one is another picture."""

    def __init__(self, folder, seed):
        self.folder = folder
        self.draw = random.Random(seed)
        self.names = []
        self._numbers = itertools.count(1)
        folder.mkdir(parents=True)

    def come(self, count):
        """Put so many new photos."""
        for number in itertools.islice(self._numbers, count):
            name = f"{number % 5}/{number}.jpg"
            self._draw(name, number)
            self.names.append(name)

    def go(self, count):
        """Remove so many of the oldest."""
        for name in self.names[:count]:
            (self.folder / name).unlink()
        del self.names[:count]

    def change(self, count):
        """Make other pictures of so many, and give as many another name."""
        for name in self.draw.sample(self.names, count):
            self._draw(name, next(self._numbers))
        for place in self.draw.sample(range(len(self.names)), count):
            name = f"moved/{next(self._numbers)}.jpg"
            (self.folder / "moved").mkdir(exist_ok=True)
            (self.folder / self.names[place]).rename(self.folder / name)
            self.names[place] = name

    def _draw(self, name, seed):
        (self.folder / name).parent.mkdir(exist_ok=True)
        noise = pyvips.Image.gaussnoise(40, 30, mean=128, sigma=60, seed=seed)
        tiles = noise.bandjoin([noise.rot180(), noise.fliphor()]).cast("uchar")
        tiles.resize(SCALE).jpegsave(str(self.folder / name), Q=85)


def remember(state, count, seed):
    """Have a catalog in the folder `state` that knows `count` photos which went just now."""
    state.mkdir()
    catalog, draw, now = Catalog.open(state / "catalog.sqlite3"), random.Random(seed), time.time()
    catalog.discover(b"gone", [Found(b"%d.jpg" % number, 1, 1) for number in range(count)], now)
    files = catalog.pending(now, count)
    for file in files:
        fingerprint = Fingerprint(draw.randbytes(16).hex())
        reading = Reading(fingerprint, Format.JPEG, Metadata(width=320, height=240), None)
        caption = Caption(f"a {draw.choice(WORDS)} beside a {draw.choice(WORDS)}", 0.5, "none")
        features = Features(draw.randbytes(128), 0.0012)
        catalog.described(file, reading, Description(caption, (), features), now)
    catalog.remove([file.id for file in files], now)
    catalog.close()


class Gone(Exception):
    """A photo that was found, and left before it was looked at."""


class Busy:
    """An hour of everybody's work in the house of `lantern`."""

    def __init__(self, lantern, album, asked):
        self.lantern, self.album, self.asked = lantern, album, asked
        self._page = http.client.HTTPConnection("127.0.0.1", lantern.settings.web.port, timeout=60)
        self.refused = 0
        self._played = None

    def hour(self):
        """Do all of it, and wait until everything rests.

        Photos come behind closed doors: describing them rests while visitors are there.
        """
        album, asked = self.album, self.asked
        self._page.close()  # the page does not keep idle connections; the next request opens one
        self._tell(Direct("close"))
        album.come(asked.photos)
        album.go(asked.photos)
        album.change(asked.photos // 4)
        self._tell(Rescan(accept_removals=True))
        for number in range(asked.searches):
            self._search(number)
        for _ in range(60):
            self.lantern.status()
        self.lantern.until_settled(len(album.names))
        for name in album.draw.sample(album.names, 5):
            path = os.fsencode(name)
            self._tell(SetCaption("Rex in the garden", path=path, at_once=True))
            self._tell(SetCaption("", path=path, at_once=True))
            self._tell(HidePhoto(path=path))
            self._tell(HidePhoto(path=path, hidden=False))
        self.lantern.until_settled(len(album.names))
        for order in ("open", "mute", "unmute", "auto"):
            self._tell(Direct(order))
        for _ in range(WORKS):
            self._until_another_plays()
            self._tell(Direct("next"))

    def _until_another_plays(self):
        """Wait until a photo is on the screen that was not there before."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            status = self.lantern.status()
            if status and status.show.work not in (None, self._played):
                self._played = status.show.work
                return
            time.sleep(POLL_S)
        raise SystemExit(f"nothing else plays within {PATIENCE_S:g} s\n{self.lantern.tail()}")

    def _search(self, number):
        """Type a word, a key a request, and look at what is found."""
        word = self.album.draw.choice(WORDS)
        begun = word[: number % len(word) + 1]
        for photo in json.loads(self._get(f"/api/search?q={begun}"))["photos"][:2]:
            for place in ("/thumb/{fingerprint}.jpg", "/photo/{id}", "/api/photos/{id}"):
                with contextlib.suppress(Gone):
                    self._get(place.format_map(photo))

    def _get(self, place):
        self._page.request("GET", place)
        answer = self._page.getresponse()
        content = answer.read()
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Gone
        if answer.status != HTTPStatus.OK:
            raise SystemExit(f"{place}: {answer.status} {content[:200]!r}")
        return content

    def _tell(self, question):
        try:
            client.ask(self.lantern.settings.paths.control_socket, question)
        except LanternError:  # such as a photo that is not described yet
            self.refused += 1


def own_mb(pid):
    """Return the memory of a process that no file lies behind, in megabytes."""
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def held_mb(lantern):
    """Return what each process holds, the workers together."""
    pids = {name: process.pid for name, process in lantern.processes.items()}
    held = {name: own_mb(pid) for name, pid in pids.items()}
    return held | {"workers": sum(map(own_mb, children(pids["daemon"])))}


def slope(values):
    """Return by how much `values` grow from one to the next, by least squares."""
    return statistics.linear_regression(range(len(values)), values).slope


def measure(home, asked):
    """Return what was measured in the folder `home`."""
    album = Album(home / "photos", asked.seed)
    album.come(2 * asked.photos)
    remember(home / "state", asked.gone, asked.seed)
    hours = []
    with running(home, "embed", SHOW) as lantern:
        lantern.until_settled(len(album.names))
        busy, began = Busy(lantern, album, asked), time.monotonic()
        for number in range(asked.hours):
            busy.hour()
            hours.append(held_mb(lantern))
            told = ", ".join(f"{name} {mb:.1f}" for name, mb in hours[-1].items())
            print(f"hour {number + 1}: {told} MB", file=sys.stderr)
        lasted_s = time.monotonic() - began
    figures = {
        "hours": asked.hours,
        "gone_before": asked.gone,
        "photo_events": asked.hours * (2 * asked.photos + 2 * (asked.photos // 4)),
        "searches": asked.hours * asked.searches,
        "refused": busy.refused,
        "took_s": round(lasted_s),
    }
    for name in hours[0]:
        held = [hour[name] for hour in hours]
        later = held[len(held) // 3 :]
        figures[f"{name}_mb"] = round(statistics.median(held[-max(1, len(held) // 4) :]), 1)
        figures[f"{name}_mb_a_day"] = round(24 * slope(later), 2)
    return figures | {
        "load_average": round(os.getloadavg()[0], 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench memory",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--hours", type=int, default=24, help="simulated, at least 4 (24)")
    parser.add_argument("--photos", type=int, default=40, help="that come and go in each (40)")
    parser.add_argument("--searches", type=int, default=300, help="in each (300)")
    parser.add_argument("--gone", type=int, default=6000, help="before the first (6000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    asked = parser.parse_args()
    if asked.hours < 4 or asked.photos < 8:
        parser.error("expected at least 4 hours and 8 photos")
    with tempfile.TemporaryDirectory(prefix="lantern-bench-") as home:
        tell_figures(measure(Path(home), asked), BARS, as_json=asked.json)


if __name__ == "__main__":
    main()
