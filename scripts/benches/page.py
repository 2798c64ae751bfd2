"""How long a visit takes until the first photos are there: a real page in a real browser.

`scripts/bench page [--documents N]` has the page's real process show N photos that never were to a
Chromium without a window, at a desk's and at a phone's size. `paint_ms` is when the browser first
drew something of the page, `pictures_ms` when the last thumbnail was there of those in the window;
both from the begin of the navigation, by the browser's own clock. `cold` is a browser that was
never here, `warm` the next visit of the same one. It keeps no service worker, as none that comes
over plain http does. `kb` and `requests` are what came over the line until it rested, photos below
the window included; `cpu_ms` is processor time of the page's process in it.

The floor is the same in the same run, visit by visit in turns: the very answers that the page
gave, thumbnails and all, from memory, by the same server library. `ratio` is the median over the
visits of `pictures_ms` by the floor's. `start_first_ms` is the first visit after the page's start.
"""

import argparse
import base64
import contextlib
import http.client
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from figure_bars import tell_figures
from furnished_house import furnish
from search import configured
from search_page import HOST, served
from search_typing import PAGE

from lantern import config
from lantern.catalog.thumbnails import THUMBNAIL, ThumbnailStore
from lantern.imaging.decode import THUMBNAIL_EDGE, encode_thumbnail
from lantern.model import Fingerprint
from support.browser import DESKTOP, PHONE, chromium

BARS = {f"{size}_{cache}_ratio": 1.5 for size in ("desk", "phone") for cache in ("cold", "warm")}

SIZES = {"desk": DESKTOP, "phone": PHONE}
DRESSED = 240
"""So many of the first photos get thumbnails of their own."""

STREAM = "/api/events"
"""It never ends."""

PATIENCE_S, QUIET_MS, GLANCE_MS = 60.0, 300, 20

NOTE_LOADS = """
window.lanternLoads = new Map();
document.addEventListener("load", ({ target }) => {
  if (target.tagName === "IMG") lanternLoads.set(target.currentSrc, performance.now());
}, true);
"""
"""A load does not bubble, but whoever captures hears of it."""

ALL_THERE = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const seen = [...document.querySelectorAll("#grid.live img")].filter((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  const times = seen.map((image) => image.complete && lanternLoads.get(image.currentSrc));
  if (!paint || !times.length || !times.every(Boolean)) return null;
  return { paint: paint.startTime, last: Math.max(...times), pictures: times.length };
}"""


class Visit(NamedTuple):
    """What one visit took."""

    paint_ms: float
    pictures_ms: float
    pictures: int
    kb: float
    requests: int
    cpu_ms: float
    addresses: list


def visit(context, site, process):
    """Look at `site`, which `process` serves, until nothing more comes."""
    page = context.new_page()
    sizes, addresses = [], []
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    under_way = set()
    page.on("request", lambda request: addresses.append(request.url.removeprefix(site)))
    page.on("request", lambda request: request.url.endswith(STREAM) or under_way.add(request))
    for ended in ("requestfinished", "requestfailed"):
        page.on(ended, lambda one: under_way.discard(one))  # noqa: PLW0108 - Playwright asks so
    page.add_init_script(NOTE_LOADS)
    used = cpu_s(process)
    page.goto(site + "/")
    there = until_there(page)
    heard = -1
    while under_way or heard != len(sizes):
        heard = len(sizes)
        page.wait_for_timeout(QUIET_MS)
    used = cpu_s(process) - used
    page.close()
    came = [size for size in sizes if size]
    return Visit(
        *(there["paint"], there["last"], there["pictures"]),
        *(sum(came) / 1e3, len(came), used * 1e3, addresses),
    )


def until_there(page):
    """Wait until the first window is whole, and return when what was there."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if there := page.evaluate(ALL_THERE):
            return there
        page.wait_for_timeout(GLANCE_MS)
    raise SystemExit(f"the page's first photos were not there within {PATIENCE_S:g} s")


def cpu_s(process):
    """Return the processor time of a process: clock_getcpuclockid(3)."""
    return time.clock_gettime((~process.pid << 3) | 2)


def dress(settings, page):
    """Make thumbnails of the photos that the page shows first, as detailed as photos' are."""
    draw = np.random.default_rng(1)
    store = ThumbnailStore.open(settings.paths.thumbnails)
    for start in range(0, DRESSED, PAGE):
        for hit in page.get(f"/api/search?limit={PAGE}&offset={start}")["photos"]:
            picture = drawn(hit["width"], hit["height"], draw)
            store.put(Fingerprint(hit["fingerprint"]), THUMBNAIL, picture)
    store.close()


def drawn(width, height, draw):
    """Return a thumbnail's JPEG of that shape: large patches of colour under a little noise."""
    scale = THUMBNAIL_EDGE / max(width, height)
    width, height = round(width * scale), round(height * scale)
    patches = draw.integers(0, 256, (-(-height // 28), -(-width // 28), 3), dtype=np.uint8)
    large = patches.repeat(28, axis=0).repeat(28, axis=1)[:height, :width]
    noise = draw.normal(0, 9, large.shape)
    return encode_thumbnail(np.ascontiguousarray((large + noise).clip(0, 255).astype(np.uint8)))


def record(site, addresses, file):
    """Write what `site` answers to `addresses`, as `page_floor` takes it."""
    line = http.client.HTTPConnection(site.removeprefix("http://"), timeout=PATIENCE_S)
    with open(file, "w") as lines:
        for address in dict.fromkeys(addresses):
            if address == STREAM:
                continue
            line.request("GET", address, headers={"Accept-Encoding": "gzip", "Accept": "*/*"})
            answer = line.getresponse()
            content = answer.read()
            headers = [pair for pair in answer.getheaders() if pair[0].lower() != "date"]
            if answer.status != http.HTTPStatus.OK:
                raise SystemExit(f"{address}: the page answered {answer.status}")
            lines.write(json.dumps((address, headers, base64.b64encode(content).decode())) + "\n")
    line.close()


@contextlib.contextmanager
def replayed(file):
    """Serve what `file` holds; give the site and its process."""
    script = Path(__file__).with_name("page_floor.py")
    process = subprocess.Popen(
        [sys.executable, script, file], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield f"http://{HOST}:{int(process.stdout.readline())}", process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def visits(browser, size, site, process):
    """Return a cold and a warm visit of `site` by a browser of this `size`."""
    context = browser.new_context(**SIZES[size], service_workers="block")
    both = {cache: visit(context, site, process) for cache in ("cold", "warm")}
    context.close()
    return both


def compared(browser, size, page, folder, loads):
    """Return the figures at one size."""
    site = f"http://{HOST}:{page.port}"
    first = visits(browser, size, site, page.process)
    record(site, first["cold"].addresses, folder / f"{size}.answers")
    ours, floor = [], []
    with replayed(folder / f"{size}.answers") as (ready, process):
        visits(browser, size, ready, process)
        for number in range(loads):
            if number % 2:
                floor.append(visits(browser, size, ready, process))
            ours.append(visits(browser, size, site, page.process))
            if not number % 2:
                floor.append(visits(browser, size, ready, process))
    figures = {f"{size}_start_first_ms": round(first["cold"].pictures_ms, 1)}
    for cache in ("cold", "warm"):
        figures |= {
            f"{size}_{cache}_{name}": value
            for name, value in told([v[cache] for v in ours], [v[cache] for v in floor]).items()
        }
    return figures


def told(ours, floor):
    """Return the medians of visits that belong together."""

    def of(runs, name):
        return statistics.median(getattr(run, name) for run in runs)

    each = [o.pictures_ms / f.pictures_ms for o, f in zip(ours, floor, strict=True)]
    return {
        "paint_ms": round(of(ours, "paint_ms"), 1),
        "pictures_ms": round(of(ours, "pictures_ms"), 1),
        "floor_paint_ms": round(of(floor, "paint_ms"), 1),
        "floor_pictures_ms": round(of(floor, "pictures_ms"), 1),
        "ratio": round(statistics.median(each), 2),
        "pictures": of(ours, "pictures"),
        "kb": round(of(ours, "kb")),
        "requests": of(ours, "requests"),
        "cpu_ms": round(of(ours, "cpu_ms"), 1),
        "floor_cpu_ms": round(of(floor, "cpu_ms"), 1),
    }


def measure(folder, asked):
    """Return all figures."""
    file = configured(folder, "embedded")
    print(f"taking in {asked.documents} photos", file=sys.stderr)
    furnish(file, asked.documents)
    with served(file, folder / "page.log") as page:
        dress(config.load(file), page)
    figures = {"documents": asked.documents, "loads": asked.loads}
    with chromium() as browser:
        for size in asked.at:
            print(f"visiting at {size}'s size", file=sys.stderr)
            with served(file, folder / "page.log") as page:
                figures |= compared(browser, size, page, folder, asked.loads)
        figures["browser"] = browser.version
    return figures | {
        "load_average": round(os.getloadavg()[0], 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench page",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--at", nargs="+", choices=SIZES, default=tuple(SIZES), help="both")
    parser.add_argument("--loads", type=int, default=7, help="of which the median is told (7)")
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    asked = parser.parse_args()
    if min(asked.documents, asked.loads) < 1:
        raise SystemExit(
            f"expected at least 1 document and 1 load, got {asked.documents} and {asked.loads}"
        )
    with tempfile.TemporaryDirectory(prefix="lantern-bench-", dir=Path.cwd()) as folder:
        tell_figures(measure(Path(folder), asked), BARS, as_json=asked.json)


if __name__ == "__main__":
    main()
