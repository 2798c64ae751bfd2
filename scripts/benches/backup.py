"""What Lantern's run costs above bare Borg's: the same data, the same options, over the same ssh.

Borg saves over a real sshd on the loopback, behind a forced command, to a repository of its own,
once called by hand (`borg create`), once by `lantern backup now`, which does all that it does in a
night: it copies the catalog, has borgmatic call Borg, listens to it, prunes, counts the archives,
asks for the far disk, and leaves a report. In between borgmatic runs alone, by the very
configuration that Lantern writes for it: `create prune compact`, as Lantern has it do. All begin
with an empty repository and no cache; who goes first alternates from run to run, and the page cache
is warm. Figures are medians.

`ratio_to_borg` is wall time of the first backup, of `--megabytes` in files of `--file-kb`.
`cpu_ratio_to_borg` is processor time on this side, which a busy machine changes less. Then small
files (`--files`) are added and saved, and the whole is saved again with nothing changed:
`files_per_s` is the sweep over unchanged files, `borg_files_per_s` bare Borg's. What Lantern adds
to each run, however little there is to do, weighs most there: `overhead_s` above bare Borg, of
which `borgmatic_overhead_s` is borgmatic's own.
"""

import argparse
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import msgspec
from figure_bars import tell_figures

from lantern.backup import borgmatic
from lantern.backup import plan as planned
from support.far_side import FarSide
from support.vault import Vault

BARS = {"ratio_to_borg": 1.10, "cpu_ratio_to_borg": 1.10}

BORGMATIC = str(Path(sys.executable).with_name("borgmatic"))

_A_FOLDER = 200


def fill(folder, count, size, draw):
    """Put `count` files of `size` random bytes into folders below `folder`."""
    for number in range(count):
        place = folder / f"{number // _A_FOLDER:04}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06}.jpg").write_bytes(draw.randbytes(size))


def timed(command, environment=None):
    """Return (seconds, processor seconds of it and all that it started); it must succeed."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    lasted = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{command}: {done.stdout.decode()}\n{done.stderr.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return lasted, after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime


class Pair:
    """The same photos, saved by hand and by Lantern, to a repository and with a cache for each."""

    def __init__(self, home, far, number):
        self.lantern = Vault(home / f"lantern-{number}", far, f"lantern-{number}")
        self.bare = Vault(home / f"bare-{number}", far, f"bare-{number}")
        self.alone = Vault(home / f"alone-{number}", far, f"alone-{number}")
        self.photos = self.lantern.photos
        vaults = {"lantern": self.lantern, "bare": self.bare, "alone": self.alone}
        for name, vault in vaults.items():
            far.allow_borg(f"{name}-{number}")
            vault.make(far.url(f"{name}-{number}"))
        self._archives = 0
        plan = msgspec.structs.replace(self.alone.plan, photos=str(self.photos))
        Path(plan.staged).mkdir(exist_ok=True)
        borgmatic.write_config(plan)
        self._borgmatic = [BORGMATIC, "--config", plan.file, "create", "prune", "compact"]

    def by_lantern(self):
        """Save by Lantern's command; return what it took."""
        return timed(self.lantern.command("backup", "now"))

    def by_hand(self):
        """Save by bare Borg, with the options that Lantern gives it but for listing; likewise."""
        self._archives += 1
        (repository,) = self.bare.config.backup.repositories
        plan = self.bare.plan
        words = ["create", "--compression", "auto,zstd"]
        words += ["--checkpoint-interval", str(planned.CHECKPOINT_S)]
        command = ["borg", *words, f"{repository}::{self._archives}", str(self.photos)]
        return timed(command, planned.environment(plan, os.environ))

    def by_borgmatic(self):
        """Save by borgmatic alone; likewise."""
        return timed(self._borgmatic)

    def all(self, hand_first):
        """Return what Lantern, bare Borg and borgmatic alone took."""
        ways = [self.by_lantern, self.by_borgmatic, self.by_hand]
        took = [way() for way in (reversed(ways) if hand_first else ways)]
        by_lantern, alone, by_hand = reversed(took) if hand_first else took
        return by_lantern, by_hand, alone


def measure(home, asked):
    """Return the figures."""
    first, sweep = [], []
    far = FarSide(home / "far")
    with far.running():
        for number in range(asked.runs):
            pair = Pair(home, far, number)
            draw = random.Random(number)
            count = asked.megabytes * 1000 // asked.file_kb
            fill(pair.photos / "large", count, asked.file_kb * 1000, draw)
            first.append(pair.all(number % 2))
            fill(pair.photos / "small", asked.files, 1000, draw)
            pair.all(number % 2)
            sweep.append(pair.all(number % 2))
            print(f"run {number + 1}: {first[-1]} {sweep[-1]}", file=sys.stderr)
            subprocess.run(["rm", "-rf", str(pair.photos), str(far.repositories)], check=True)
            far.repositories.mkdir()
    swept = count + asked.files
    ours, theirs, alone = (middle([one[way][0] for one in sweep]) for way in range(3))
    return {
        "megabytes": asked.megabytes,
        "runs": asked.runs,
        "ratio_to_borg": ratio(first, 0),
        "cpu_ratio_to_borg": ratio(first, 1),
        "first_s": round(middle([one[0][0] for one in first]), 2),
        "borg_first_s": round(middle([one[1][0] for one in first]), 2),
        "borgmatic_first_s": round(middle([one[2][0] for one in first]), 2),
        "borgmatic_cpu_first_s": round(middle([one[2][1] for one in first]), 2),
        "swept_files": swept,
        "files_per_s": round(swept / ours),
        "borg_files_per_s": round(swept / theirs),
        "borgmatic_files_per_s": round(swept / alone),
        "sweep_ratio_to_borg": ratio(sweep, 0),
        "overhead_s": round(ours - theirs, 2),
        "borgmatic_overhead_s": round(alone - theirs, 2),
        "load_average": round(os.getloadavg()[0], 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def ratio(runs, which):
    """Return the median of Lantern's share to bare Borg's in each run."""
    return round(middle([ours[which] / theirs[which] for ours, theirs, _ in runs]), 3)


def middle(values):
    """Return the median."""
    return statistics.median(values)


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench backup",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--megabytes", type=int, default=3000, help="of the first backup (3000)")
    parser.add_argument("--file-kb", type=int, default=3000, help="size of its files (3000)")
    parser.add_argument("--files", type=int, default=20_000, help="small files besides (20000)")
    parser.add_argument("--runs", type=int, default=3, help="of which the median is told (3)")
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lantern-bench-", dir=Path.cwd()) as home:
        tell_figures(measure(Path(home), asked), BARS, as_json=asked.json)


if __name__ == "__main__":
    main()
