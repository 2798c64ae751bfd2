"""How the first scan of a folder, until all of it is searchable, grows with the photos in it.

`scripts/bench growth [--photos 1000 10000 100000]` makes so many small photos, no two alike, and
has a daemon with a fresh state take them in. All is real but the model: a stub answers at once, so
that everything but inference shows. `seconds` are from the first answer of the daemon until all is
settled, `cpu_ms_per_photo` what of a core daemon and workers took meanwhile, `rss_mb` the most that
the daemon alone held. `exponent` is the power of the photos by which the seconds grow from the last
count but one to the last, `cpu_exponent` that of processor time, which a busy machine changes less:
1 is as it should be.
"""

import argparse
import itertools
import math
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
from figure_bars import tell_figures
from ingest import peak_rss_mb, wait_until_settled, written_bytes
from PIL import Image
from wear_counted import children, cpu_s

from lantern import app, config
from lantern.__main__ import main as lantern
from lantern.caption.protocol import Ready
from lantern.caption.worker import Worker, send, serve
from lantern.model import Caption, Description, Features, Tag

COUNTS = (1_000, 10_000, 100_000)
IN_FOLDER = 200
BARS = {"exponent": 1.1, "cpu_exponent": 1.1}
WORDS = ("dog", "snow", "girl", "boat", "street", "mountain", "horse", "table", "sea", "night")


class Stub:
    """Describes at once, and each picture in its own way (`Captioner`)."""

    name = "stub 1"

    def describe(self, image):
        """Return a description that is drawn by the picture's sum."""
        draw = np.random.default_rng(zlib.crc32(image.tobytes()))
        chosen = draw.choice(WORDS, 3, replace=False)
        sentence = "a {} and a {} beside a {}".format(*chosen)
        features = draw.integers(-127, 128, 128, dtype=np.int8)
        tags = tuple(Tag(str(word), 0.5) for word in chosen)
        caption = Caption(sentence, 0.5, self.name)
        return Description(caption, tags, Features(features.tobytes(), 0.0012))


def make_photos(root, count):
    """Make `count` photos of 64 x 48 pixels below `root`."""
    draw = np.random.default_rng(count)
    for number in range(count):
        folder = root / f"{number // IN_FOLDER:05}"
        folder.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(draw.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        picture.resize((64, 48)).save(folder / f"IMG_{number:07}.jpg", quality=60)


def take_in(home, count):
    """Return what it took a daemon to take in `count` photos in the folder `home`."""
    make_photos(home / "photos", count)
    file = home / "lantern.toml"
    file.write_text(
        f'[photos]\nroot = "{home}/photos"\n[captions]\nwrite = "off"\n'
        f'[paths]\nstate = "{home}/state"\nruntime = "{home}/run"\n'
    )
    with open(home / "log", "w") as log:
        daemon = subprocess.Popen([sys.executable, __file__, "--daemon", str(file)], stderr=log)
    try:
        begun, status = wait_until_settled(daemon, config.load(file))
        seconds = time.perf_counter() - begun
        cpu = cpu_s(daemon.pid) + sum(map(cpu_s, children(daemon.pid)))
        memory, written = peak_rss_mb(daemon.pid), written_bytes(daemon.pid)
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(30)
    described = status.counts.indexed
    assert described == count, f"{described} of {count}"  # noqa: S101 - a bench of something else says nothing
    return {
        "seconds": round(seconds, 2),
        "photos_per_s": round(count / seconds, 1),
        "cpu_ms_per_photo": round(cpu / count * 1e3, 2),
        "rss_mb": round(memory, 1),
        "bytes_per_photo": None if written is None else round(written / count),
    }


def exponents(counts, seconds):
    """Return by which power of the counts the seconds grow, from each to the next."""
    pairs = itertools.pairwise(zip(counts, seconds, strict=True))
    return [math.log(s2 / s1) / math.log(n2 / n1) for (n1, s1), (n2, s2) in pairs]


def measure(counts):
    """Return what was measured of `counts` photos."""
    taken = {}
    for count in counts:
        print(f"{count} photos", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="lantern-bench-", dir=Path.cwd()) as home:
            taken[count] = take_in(Path(home), count)
    figures = {f"{name}_{count}": value for count in counts for name, value in taken[count].items()}
    if len(counts) > 1:
        last = exponents(counts, [taken[count]["seconds"] for count in counts])[-1]
        figures["exponent"] = round(last, 2)
        spent = [count * taken[count]["cpu_ms_per_photo"] for count in counts]
        figures["cpu_exponent"] = round(exponents(counts, spent)[-1], 2)
    return figures | {
        "load_average": round(os.getloadavg()[0], 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def be_daemon(file):
    """Be the daemon, whose workers have no model."""
    app.worker_command = lambda root, *_, **__: [
        *(sys.executable, __file__, "--worker", os.fsdecode(root))
    ]
    return lantern(["--config", file, "run"])


def be_worker(root):
    """Be a worker without a model, until nothing is asked any more."""
    replies = os.fdopen(os.dup(1), "wb")
    send(replies, Ready(Stub.name, "none"))
    serve(sys.stdin.buffer, replies, Worker(os.fsencode(root), Stub()))
    return 0


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench growth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--photos", type=int, nargs="+", default=COUNTS, metavar="N")
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    parser.add_argument("--daemon", help=argparse.SUPPRESS)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.daemon:
        sys.exit(be_daemon(asked.daemon))
    if asked.worker:
        sys.exit(be_worker(asked.worker))
    tell_figures(measure(sorted(asked.photos)), BARS, as_json=asked.json)


if __name__ == "__main__":
    main()
