"""How long a look at a whole folder takes in which nothing changed, as it is done each hour.

`scripts/bench rescan [--files N]` makes a folder of N small files and a catalog that knows them.
The floor is a bare walk of the same folder in the same run: `os.scandir`, and a `stat` of each
file. Rounds of either take turns; medians, in time and in processor time. The first look after a
start, which compares all of it with the catalog, is told beside.
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

import anyio
from figure_bars import tell_figures

from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.config import Photos
from lantern.ingest.desk import Desk
from lantern.ingest.reconcile import Reconciler
from lantern.ingest.scan import Listing, walk

BARS = {"ratio": 2.0, "cpu_ratio": 2.0}


def make_files(root, count, in_folder):
    """Make `count` files below `root`, `in_folder` of them in each folder."""
    for first in range(0, count, in_folder):
        folder = root / f"{first // in_folder // 100:03}" / f"{first // in_folder:05}"
        folder.mkdir(parents=True)
        for number in range(first, min(first + in_folder, count)):
            (folder / f"IMG_{number:07}.jpg").write_bytes(b"x")


def bare_walk(root):
    """Return how many files are below `root`, after a look at each."""
    files, waiting = 0, [root]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
                    files += 1
    return files


def timed(call):
    """Return the (seconds, seconds of processor time) that `call` takes."""
    began, used = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - began, time.process_time() - used


def measure(home, files, in_folder, rounds):
    """Return what was measured in the folder `home`."""
    root = home / "photos"
    make_files(root, files, in_folder)
    settings = Photos(root=str(root))
    catalog = Catalog.open(home / "catalog.sqlite3")
    for listing in walk(settings.folder):
        assert isinstance(listing, Listing), listing  # noqa: S101 - a bench of something else says nothing
        if listing.files:
            catalog.discover(listing.folder, listing.files, time.time())
    desk = Desk(catalog, ThumbnailStore.open(home / "thumbnails.sqlite3"))
    reconciler = Reconciler(settings, desk)
    first_s, _ = timed(lambda: anyio.run(reconciler.scan))
    walks, rescans = [], []
    for _ in range(rounds):
        walks.append(timed(lambda: bare_walk(os.fsencode(root))))
        rescans.append(timed(lambda: anyio.run(reconciler.scan)))
    known = catalog.read.counts().files
    assert (known, reconciler.settled) == (files, True), known  # noqa: S101
    catalog.close()
    (floor_s, floor_cpu_s), (ours_s, ours_cpu_s) = map(medians, (walks, rescans))
    return {
        "files": files,
        "folders": -(-files // in_folder),
        "floor_s": round(floor_s, 3),
        "first_s": round(first_s, 3),
        "rescan_s": round(ours_s, 3),
        "ratio": round(ours_s / floor_s, 2),
        "floor_cpu_s": round(floor_cpu_s, 3),
        "rescan_cpu_s": round(ours_cpu_s, 3),
        "cpu_ratio": round(ours_cpu_s / floor_cpu_s, 2),
        "load_average": round(os.getloadavg()[0], 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def medians(times):
    """Return the medians of pairs (seconds, seconds of processor time)."""
    return tuple(statistics.median(kind) for kind in zip(*times, strict=True))


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(prog="scripts/bench rescan", description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--in-folder", type=int, default=100, help="files in each folder (100)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lantern-bench-", dir=Path.cwd()) as home:
        figures = measure(Path(home), asked.files, asked.in_folder, asked.rounds)
    tell_figures(figures, BARS, as_json=asked.json)


if __name__ == "__main__":
    main()
