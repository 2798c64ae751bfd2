"""How long Lantern takes to be there: the daemon ready, the page's first answer, the first photo.

`scripts/bench boot [--documents 0 10000 100000]` starts each over a house that has so many photos
taken in already, files and all, as at every boot but the first. `daemon_ms` is from its exec
until it tells systemd READY=1 over a real socket; `page_ms` from its exec until its start page is
answered; `photo_ms` from the exec of daemon and screen, at once, until the first photo is to be
seen on a display (which runs already; drawn by the processor; no fade). Medians; what is read of
the disk is in memory, which it is not after the power was off.

The floors, in turns in the same run: `*_floor_ms` of daemon and page is a bare Python with the very
imports that each has made by then, of the screen a bare player with one picture. `*_ratio` is the
median of one by the other.
"""

import argparse
import contextlib
import json
import mmap
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from figure_bars import tell_figures
from furnished_house import COLOUR, furnish, picture

from lantern import config
from lantern.kiosk import player
from support.ports import free_port
from support.screen import SOFTWARE, TOOLS, display

COUNTS = (0, 10_000, 100_000)
PATIENCE_S = 120.0
GLANCE_S = 0.002
NEAR = 24
"""By so much a colour may differ on the display: a JPEG and a film's colours lie between."""

_IMPORTED = re.compile(r"import time:\s*\d+ \|\s*\d+ \|\s*(\S+)")

_PLAYER = """#!/bin/sh
exec {mpv} "$@" {options}
"""


class House:
    """A house that is furnished, in its folder."""

    def __init__(self, home, documents):
        self.home = home
        (home / "photos").mkdir()
        self.file = home / "lantern.toml"
        self.port = free_port()
        self.file.write_text(
            f"[photos]\nroot = {json.dumps(str(home / 'photos'))}\n"
            f'[captions]\nwrite = "off"\n[web]\nport = {self.port}\n'
            f"[paths]\nstate = {json.dumps(str(home / 'state'))}\n"
            f"runtime = {json.dumps(str(home / 'run'))}\n"
            '[show]\nprogramme = "all"\noutput = "window"\nfade_s = 0.0\nsentences = false\n'
            '[programmes.all]\nphotos = "all"\n[hours]\nneeds_ntp = false\n'
        )
        furnish(self.file, documents, thumbnail=picture(64, 48))

    def command(self, *words, options=()):
        """Return the command line of `lantern` with `words`."""
        return [sys.executable, *options, "-m", "lantern", "--config", str(self.file), *words]

    @contextlib.contextmanager
    def running(self, command, **environment):
        """Run a command, its errors in the log, and end it."""
        with open(self.home / "log", "w") as log:
            process = subprocess.Popen(
                command, env=compiled() | environment, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)

    def failed(self, what):
        """End the bench."""
        return SystemExit(f"{what}: {(self.home / 'log').read_text()[-2000:]}")

    # What is measured, in milliseconds.

    def until_ready(self, command):
        """Return what it takes from the exec of `command` until it says READY=1."""
        address = f"lantern-bench-{os.getpid()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind("\0" + address)
            told.settimeout(PATIENCE_S)
            began = time.perf_counter()
            with self.running(command, NOTIFY_SOCKET=f"@{address}"):
                try:
                    while b"READY=1" not in told.recv(4096).splitlines():
                        pass
                except TimeoutError as error:
                    raise self.failed("not ready") from error
                return (time.perf_counter() - began) * 1e3

    def until_answered(self, command):
        """Return what it takes from the exec of `command` until the start page is answered."""
        began = time.perf_counter()
        with self.running(command) as process:
            while process.poll() is None and time.perf_counter() < began + PATIENCE_S:
                try:
                    answer = asked(self.port)
                except OSError:
                    time.sleep(GLANCE_S)
                    continue
                if not answer.startswith(b"HTTP/1.1 200 "):
                    break
                return (time.perf_counter() - began) * 1e3
        raise self.failed("no answer")

    def until_seen(self, eye, *commands):
        """Return what it takes from the exec of `commands` until the photo is on the display."""
        with contextlib.ExitStack() as stack:
            began = time.perf_counter()
            for command in commands:
                stack.enter_context(self.running(command, **eye.environment))
            while not eye.sees():
                if time.perf_counter() > began + PATIENCE_S:
                    raise self.failed("no photo")
                time.sleep(GLANCE_S)
            return (time.perf_counter() - began) * 1e3

    def imports(self, until, *words):
        """Write which modules `lantern` with `words` imports by then; return the file."""
        until(self.command(*words, options=("-X", "importtime")))
        names = _IMPORTED.findall((self.home / "log").read_text())
        file = self.home / f"{words[0]}.imports"
        file.write_text("\n".join(name for name in dict.fromkeys(names) if name != "__main__"))
        return file


def compiled():
    """Return this environment, in which Python keeps what it compiled, as where it is installed."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def asked(port):
    """Return what the page answers to a request for its start page, read to its end."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b""
        while more := line.recv(65536):
            answer += more
    return answer


class Eye:
    """Looks at the middle of a display's picture. Format: X11/XWDFile.h, version 7."""

    def __init__(self, shown_on, programs):
        with open(shown_on.frame, "rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        header = struct.unpack(">25I", self._memory[:100])
        width, height, stride = header[4], header[5], header[12]
        self._at = header[0] + 12 * header[19] + height // 2 * stride + width // 2 * 4
        self.environment = {
            "DISPLAY": shown_on.name,
            "PATH": f"{programs}:{os.environ['PATH']}",
        }

    def sees(self):
        """Tell whether the photo is there."""
        blue, green, red = self._memory[self._at : self._at + 3]
        pairs = zip((red, green, blue), COLOUR, strict=True)
        return all(abs(seen - meant) < NEAR for seen, meant in pairs)


def laid_player(folder):
    """Make a `mpv` below `folder` that draws by the processor, without sound; return where."""
    programs = folder / "programs"
    programs.mkdir()
    options = " ".join((*SOFTWARE, "--ao=null"))
    (programs / "mpv").write_text(_PLAYER.format(mpv=shutil.which("mpv"), options=options))
    (programs / "mpv").chmod(0o755)
    return programs


def turns(runs, ours, floor):
    """Return the medians of `ours`, of `floor` and of the ratio of what belongs together."""
    pairs = []
    for number in range(runs):
        first = ours() if number % 2 else None
        bare = floor()
        pairs.append((ours() if first is None else first, bare))
    return (
        round(statistics.median(one for one, _ in pairs), 1),
        round(statistics.median(bare for _, bare in pairs), 1),
        round(statistics.median(one / bare for one, bare in pairs), 2),
    )


def started(house, runs):
    """Return the figures of daemon and page in `house`."""
    figures = {}
    for name, word, until in (
        ("daemon", "run", house.until_ready),
        ("page", "web", house.until_answered),
    ):
        names = house.imports(until, word)
        bare = [sys.executable, str(Path(__file__).with_name("boot_floor.py")), str(names)]
        ours, floor, ratio = turns(
            runs,
            lambda until=until, word=word: until(house.command(word)),
            lambda bare=bare: house.until_ready(bare),
        )
        figures |= {f"{name}_ms": ours, f"{name}_floor_ms": floor, f"{name}_ratio": ratio}
    return figures


def shown(house, runs):
    """Return the figures of the first photo in `house`."""
    content = house.home / "picture.jpg"
    content.write_bytes(picture())
    settings = config.load(house.file)
    programs = laid_player(house.home)
    bare = player.command(settings.show, str(house.home / "bare.sock"))
    bare = [str(programs / "mpv"), *bare[1:], str(content)]

    def seen(*commands):
        with display() as shown_on:
            return house.until_seen(Eye(shown_on, programs), *commands)

    ours, floor, ratio = turns(
        runs, lambda: seen(house.command("run"), house.command("screen")), lambda: seen(bare)
    )
    return {"photo_ms": ours, "photo_floor_ms": floor, "photo_ratio": ratio}


def measure(folder, asked_for):
    """Return all figures."""
    figures = {"runs": asked_for.runs}
    has_display = all(map(shutil.which, TOOLS))
    if not has_display:
        print(f"{' and '.join(TOOLS)} are not installed: no screen is measured", file=sys.stderr)
    for documents in asked_for.documents:
        print(f"taking in {documents} photos", file=sys.stderr)
        home = folder / str(documents)
        home.mkdir()
        house = House(home, documents)
        print("starting", file=sys.stderr)
        found = started(house, asked_for.runs)
        if documents and has_display:
            found |= shown(house, asked_for.runs)
        figures |= {f"{name}_{documents}": value for name, value in found.items()}
        shutil.rmtree(home)
    return figures | {
        "load_average": round(os.getloadavg()[0], 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench boot",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--documents", type=int, nargs="+", default=COUNTS, metavar="N")
    parser.add_argument("--runs", type=int, default=5, help="of which the median is told (5)")
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    asked_for = parser.parse_args()
    if asked_for.runs < 1 or min(asked_for.documents) < 0:
        raise SystemExit(f"expected at least 1 run and no fewer than 0 photos, got {asked_for}")
    with tempfile.TemporaryDirectory(prefix="lantern-bench-", dir=Path.cwd()) as folder:
        tell_figures(measure(Path(folder), asked_for), {}, as_json=asked_for.json)


if __name__ == "__main__":
    main()
