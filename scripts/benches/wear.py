"""What an SD card has to take: bytes written a photo, and a day on which nothing happens.

Daemon, page and a silent player, drawing for a terminal that nobody looks at, run over copies of
the photos of a folder, with captions written nowhere and with captions written into the photos.
Then they are left alone. Nobody comes, the show plays, and what comes seldom is measured by itself:
`rescan_*`, as it is done each hour. `day_*` is the idle time made a day, and 24 rescans; what comes
more seldom than the idle time is long is not in it (each 15 minutes the show notes where its
programmes stand).

`*_sent_*` is the kernel's count of what these processes had written to a disk, whole pages of
memory (write_bytes in /proc/PID/io); what was taken back before it got there
(cancelled_write_bytes) is told beside. `*_disk_*` is what the disk took, the file system's own
journal included, and what others wrote to it as well: with `--own-disk` it is a disk (a file,
mounted where nobody else sees it) with nothing else on it. Sockets, the screen's pictures and the
log lie in memory, as they do or may where Lantern is installed; `idle_log_lines` are what the
journal gets.
"""

import argparse
import contextlib
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from figure_bars import tell_figures
from ingest import photos_below
from wear_counted import changes, counted, counts_writing, cpu_s

from lantern import config
from lantern.cli.status import ask
from lantern.control import client
from lantern.control.protocol import Rescan
from lantern.errors import LanternError
from lantern.kiosk import player

PATIENCE_S = 600.0
POLL_S = 0.1
CALM_S = 3.0
"""Groups, index and thumbnails are written within so long after the last photo."""

DAY_S, RESCANS_A_DAY = 86400.0, 24
MEMORY = Path("/dev/shm")

_MOUNTED = """
truncate --size=4G "$1.img" &&
mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$1.img" &&
mount -o loop,noatime "$1.img" "$1" && shift && exec "$@"
"""


class Lantern(NamedTuple):
    """What runs: its folder, its configuration, its processes by name, and its log."""

    home: Path
    settings: config.Config
    processes: dict[str, subprocess.Popen]
    log: Path

    def counted(self):
        """Return what all of it has counted until now."""
        return counted([process.pid for process in self.processes.values()], self.home)

    def status(self):
        """Return the daemon's word; end the bench where a process has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise SystemExit(f"{name}: ended with status {process.returncode}\n{self.tail()}")
        try:
            return ask(self.settings)
        except LanternError:
            return None

    def until_settled(self, files):
        """Wait until so many files are described, found, and written as the policy wants it."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            status = self.status()
            known = status and status.settled and status.counts.files == files
            if known and not status.counts.unwritten:
                return
            time.sleep(POLL_S)
        raise SystemExit(f"{files} photos: not settled within {PATIENCE_S:g} s\n{self.tail()}")

    def tail(self):
        """Return the end of the log."""
        return self.log.read_text("utf-8", "replace")[-2000:]


def unseen(player):
    """Return the command of a player that draws for a terminal which nobody looks at."""
    size = (
        "--vo-sixel-width=64",
        "--vo-sixel-height=36",
        "--vo-sixel-cols=20",
        "--vo-sixel-rows=10",
    )
    shell = ("sh", "-c", 'exec "$@" > /dev/null', "sh")
    return [*shell, *player, "--vo=sixel", *size, "--ao=null"]


@contextlib.contextmanager
def running(home, write, further=""):
    """Run daemon, page and player over `home`/photos, `further` sections configured."""
    with tempfile.TemporaryDirectory(prefix="lantern-bench-", dir=MEMORY) as runtime:
        file, log = home / "lantern.toml", Path(runtime) / "log"
        file.write_text(
            f"[photos]\nroot = {json.dumps(str(home / 'photos'))}\nsettle_s = 0.5\n"
            f'[captions]\nwrite = "{write}"\n[web]\nport = {free_port()}\n'
            f"[paths]\nstate = {json.dumps(str(home / 'state'))}\n"
            f"runtime = {json.dumps(runtime)}\n"
            '[show]\nprogramme = "all"\noutput = "window"\n[programmes.all]\nphotos = "all"\n'
            f"{further}"
        )
        settings = config.load(file)
        ours = [sys.executable, "-m", "lantern", "--config", str(file)]
        mpv = player.command(settings.show, str(settings.paths.screen_socket))
        commands = {
            "daemon": [*ours, "run"],
            "page": [*ours, "web"],
            "player": unseen(mpv),
        }
        with open(log, "wb") as told:
            processes = {
                name: subprocess.Popen(command, stdout=told, stderr=told)
                for name, command in commands.items()
            }
        try:
            yield Lantern(home, settings, processes, log)
        finally:
            for process in processes.values():
                process.send_signal(signal.SIGTERM)
            for process in processes.values():
                process.wait(30)


def free_port():
    """Return a port of the loopback that nobody listens at now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def copied(photos, home):
    """Copy `photos`, the first into the photo folder, all others beside it."""
    (home / "photos").mkdir(parents=True)
    (home / "arriving").mkdir()
    for number, photo in enumerate(photos):
        folder = home / ("arriving" if number else "photos")
        shutil.copyfile(photo, folder / f"{number:06}{Path(photo).suffix}")


def described(lantern, count, calm_s):
    """Let the photos arrive that wait beside the folder; return what each of them cost."""
    lantern.until_settled(1)
    time.sleep(calm_s)
    before = lantern.counted()
    (lantern.home / "arriving").rename(lantern.home / "photos" / "arriving")
    lantern.until_settled(count)
    time.sleep(calm_s)
    cost = lantern.counted().since(before)
    arrived = count - 1
    return {
        "sent_per_photo": round(cost.sent / arrived),
        "cancelled_per_photo": round(cost.cancelled / arrived),
        "disk_per_photo": None if cost.disk is None else round(cost.disk / arrived),
    }


def rescanned(lantern, calm_s):
    """Return what a look at the whole folder costs in which nothing changed."""
    before = lantern.counted()
    client.ask(lantern.settings.paths.control_socket, Rescan(accept_removals=False))
    time.sleep(calm_s)
    cost = lantern.counted().since(before)
    return {"rescan_sent": cost.sent, "rescan_disk": cost.disk}


def left_alone(lantern, seconds, rescan):
    """Return what is written and what is worked while nothing happens, and in a day of it."""
    lines = len(lantern.log.read_bytes().splitlines())
    each = {name: cpu_s(process.pid) for name, process in lantern.processes.items()}
    before, began = lantern.counted(), time.monotonic()
    changed = changes(lantern.home, seconds)
    cost, lasted = lantern.counted().since(before), time.monotonic() - began
    if lantern.status() is None:
        raise SystemExit(f"the daemon does not answer\n{lantern.tail()}")
    days = DAY_S / lasted
    return {
        "idle_minutes": round(lasted / 60, 2),
        "idle_sent": cost.sent,
        "idle_cancelled": cost.cancelled,
        "idle_disk": cost.disk,
        "idle_cpu_percent": round(100 * cost.cpu_s / lasted, 2),
        "idle_cpu_percent_each": {
            name: round(100 * (cpu_s(process.pid) - each[name]) / lasted, 2)
            for name, process in lantern.processes.items()
        },
        "idle_log_lines": len(lantern.log.read_bytes().splitlines()) - lines,
        "idle_changes": changed,
        "day_sent": round(cost.sent * days + rescan["rescan_sent"] * RESCANS_A_DAY),
        "day_disk": None
        if cost.disk is None
        else round(cost.disk * days + rescan["rescan_disk"] * RESCANS_A_DAY),
    }


def measure(home, photos, asked):
    """Return what was measured in the folder `home`."""
    if not counts_writing(home):
        raise SystemExit(f"{home}: expected a disk, got memory, whose writing nobody counts")
    figures = {
        "photos": len(photos) - 1,
        "photo_bytes": round(sum(map(os.path.getsize, photos)) / len(photos)),
        "own_disk": asked.own_disk,
    }
    calm_s = min(CALM_S, asked.calm)
    for write in ("off", "embed"):
        copied(photos, home / write)
        with running(home / write, write) as lantern:
            cost = described(lantern, len(photos), calm_s)
            figures |= {f"{write}_{name}": value for name, value in cost.items()}
            if write == "embed":
                print(f"photos are described; {asked.minutes:g} minutes of rest", file=sys.stderr)
                rescan = rescanned(lantern, calm_s)
                time.sleep(asked.calm)
                figures |= rescan | left_alone(lantern, asked.minutes * 60, rescan)
    return figures | {
        "load_average": round(os.getloadavg()[0], 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def on_own_disk(home):
    """Become this bench on a disk of its own in the folder `home`; return never."""
    words = [word for word in sys.argv[1:] if word != "--own-disk"]
    hidden = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", _MOUNTED, "sh"]
    again = [sys.executable, str(Path(__file__).parent), "wear", "--mounted", str(home), *words]
    with subprocess.Popen([*hidden, str(home), *again]) as process:
        try:
            return process.wait()
        finally:
            process.terminate()  # it has children of its own, if it still runs


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench wear",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="photos; they are copied, and only read")
    parser.add_argument("--photos", type=int, default=200, help="so many of them at most (200)")
    parser.add_argument("--minutes", type=float, default=2.0, help="of rest (2)")
    parser.add_argument(
        "--calm", type=float, default=65.0, help="seconds before them, for what is gathered (65)"
    )
    parser.add_argument("--own-disk", action="store_true", help="as root: count a disk of its own")
    parser.add_argument("--mounted", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    asked = parser.parse_args()
    photos = sorted(photos_below(asked.folder.resolve()))[: asked.photos + 1]
    if len(photos) < 2:
        raise SystemExit(f"{asked.folder}: expected at least 2 photos, found {len(photos)}")
    if asked.mounted:
        asked.own_disk = True
        tell_figures(measure(asked.mounted, photos, asked), {}, as_json=asked.json)
        return
    with tempfile.TemporaryDirectory(prefix="lantern-bench-", dir=Path.cwd()) as home:
        if asked.own_disk:
            (Path(home) / "disk").mkdir()
            sys.exit(on_own_disk(Path(home) / "disk"))
        tell_figures(measure(Path(home), photos, asked), {}, as_json=asked.json)


if __name__ == "__main__":
    main()
