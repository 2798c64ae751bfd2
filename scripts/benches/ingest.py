"""Photos a second from a folder to searchable, and the ratio to the floor of the same run.

The real daemon runs on a fresh state; then as many processes as it has workers do the floor's work
(`ingest_floor.py`) over the same photos. `ratio_to_floor` compares photos a second between the
moment when the workers are ready and the moment when all is searchable, with the floor's; loading
the models is in neither. Medians of several runs. Peak RSS is VmHWM, bytes written are those that
the kernel sent to a block device for these processes (0 on tmpfs), and only root is told. Beside it
stand thumbnails by Pillow and metadata by exiftool, of a hundred of the photos (`ingest_peers.py`).
"""

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ingest_peers import beside

from lantern import config
from lantern.app import worker_count
from lantern.cli.status import ask
from lantern.errors import LanternError
from lantern.ingest.scan import Listing, walk

POLL_S = 0.1


def photos_below(folder):
    """Return the paths of all photos below `folder`."""
    root = os.fsencode(folder)
    return [
        os.fsdecode(os.path.join(root, listing.folder, found.name))
        for listing in walk(root)
        if isinstance(listing, Listing)
        for found in listing.files
    ]


def children(pid):
    """Return the process ids of the children of `pid`."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def peak_rss_mb(pid):
    """Return the peak resident memory of a process, in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"process {pid}: no VmHWM, has it ended?")


def written_bytes(pid):
    """Return how many bytes a process sent to block devices; None unless root asks."""
    try:
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    except PermissionError:  # the daemon closes itself to its own user, too
        return None
    counted = [int(line.split()[1]) for line in lines if line.startswith("write_bytes:")]
    return counted[0]


def run_product(folder, workers):
    """Ingest `folder` on a fresh state; return what was measured."""
    with tempfile.TemporaryDirectory(prefix="lantern-bench-", dir=Path.cwd()) as state:
        file = Path(state) / "lantern.toml"
        file.write_text(
            f"[photos]\nroot = {json.dumps(str(folder))}\n"
            f'[captions]\nwrite = "off"\nworkers = {workers}\n'
            f"[paths]\nstate = {json.dumps(state)}\nruntime = {json.dumps(state)}\n"
        )
        settings = config.load(file)
        begin = time.perf_counter()
        with open(Path(state) / "log", "w") as log:
            daemon = subprocess.Popen(
                [sys.executable, "-m", "lantern", "--config", str(file), "run"], stderr=log
            )
        try:
            ready, status = wait_until_settled(daemon, settings)
            end = time.perf_counter()
            memory = {"daemon": peak_rss_mb(daemon.pid)}
            for number, child in enumerate(children(daemon.pid), 1):
                memory[f"worker {number}"] = peak_rss_mb(child)
            each = [written_bytes(pid) for pid in (daemon.pid, *children(daemon.pid))]
            written = None if None in each else sum(each)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(10)
    return {
        "files": status.counts.files,
        "captioned": status.captioned,
        "failed": status.counts.failed,
        "seconds": end - ready,
        "start_seconds": ready - begin,
        "stages_ms": status.stages_ms,
        "rss_mb": memory,
        "written": written,
    }


def wait_until_settled(daemon, settings):
    """Return when the workers were ready, and the status when all is searchable."""
    ready = None
    while True:
        if daemon.poll() is not None:
            raise SystemExit(f"the daemon ended with status {daemon.returncode}")
        time.sleep(POLL_S)
        try:
            status = ask(settings)
        except LanternError:
            continue  # it is still starting
        if status.running and status.model and ready is None:
            ready = time.perf_counter()
        if status.settled:
            return ready, status


def run_floor(paths, workers):
    """Return the floor's result over `paths`, shared among `workers` processes at once."""
    script = str(Path(__file__).with_name("ingest_floor.py"))
    processes = [
        subprocess.Popen(
            [sys.executable, script, *paths[number::workers]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(workers)
    ]
    for process in processes:
        if process.stdout.readline() != "ready\n":
            raise SystemExit("the floor's process did not get ready")
    begin = time.perf_counter()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.close()
    results = [json.loads(process.stdout.readline()) for process in processes]
    seconds = time.perf_counter() - begin
    photos = sum(result["photos"] for result in results)
    spent = {
        stage: sum(result["spent"][stage] for result in results) / photos * 1e3
        for stage in results[0]["spent"]
    }
    return {"photos": photos, "seconds": seconds, "stages_ms": spent}


def median(values):
    """Return the median of `values`."""
    return statistics.median(list(values))


def report(runs, workers, photos):
    """Return the figures over all runs."""
    product = [run[0] for run in runs]
    floor = [run[1] for run in runs]
    rates = [run["captioned"] / run["seconds"] for run in product]
    floors = [run["photos"] / run["seconds"] for run in floor]
    memory = {
        name: max(run["rss_mb"].get(name, 0.0) for run in product) for name in product[0]["rss_mb"]
    }
    return {
        "photos": photos,
        "captioned": product[0]["captioned"],
        "failed": product[0]["failed"],
        "runs": len(runs),
        "workers": workers,
        "photos_per_s": round(median(rates), 2),
        "floor_photos_per_s": round(median(floors), 2),
        "ratio_to_floor": round(median(f / r for f, r in zip(floors, rates, strict=True)), 3),
        "start_s": round(median(run["start_seconds"] for run in product), 2),
        "stages_ms": {
            stage: round(median(run["stages_ms"].get(stage, 0.0) for run in product), 2)
            for stage in product[0]["stages_ms"]
        },
        "floor_stages_ms": {
            stage: round(median(run["stages_ms"][stage] for run in floor), 2)
            for stage in floor[0]["stages_ms"]
        },
        "peak_rss_mb": round(sum(memory.values()), 1),
        "peak_rss_mb_each": {name: round(value, 1) for name, value in memory.items()},
        "bytes_written_per_photo": None
        if product[0]["written"] is None
        else round(median(run["written"] / max(run["captioned"], 1) for run in product)),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}",
    }


def main():
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="scripts/bench ingest", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    parser.add_argument("--runs", type=int, default=3, help="runs to take the median of (3)")
    parser.add_argument("--workers", type=int, default=0, help="0: as the daemon chooses")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    photos = photos_below(folder)
    if not photos:
        raise SystemExit(f"{folder}: expected photos, found none")
    chosen = config.Config(photos=config.Photos(root=str(folder)))
    workers = arguments.workers or worker_count(chosen)
    runs = []
    for number in range(1, arguments.runs + 1):
        runs.append((run_product(folder, workers), run_floor(photos, workers)))
        print(f"run {number} of {arguments.runs} done", file=sys.stderr)
    figures = report(runs, workers, len(photos)) | beside(photos)
    for name, value in figures.items():
        print(f"{name:>24}  {value}")
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
