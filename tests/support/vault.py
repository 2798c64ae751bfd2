"""A photo folder with its catalog, backed up over a real ssh to repositories on `far_side`."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec

from lantern.backup import borgmatic
from lantern.backup.plan import Plan, encryption
from lantern.backup.report import Report, decode
from lantern.backup.run import Job
from lantern.backup.secrets import Secrets
from lantern.catalog.store import Catalog
from lantern.config import Config, load
from support.far_side import FarSide, give_client

PASSPHRASE = "brass-and-lamp-oil"

CONFIG = """
[photos]
root = "{home}/by link"
[backup]
repositories = {repositories}
{options}
[paths]
state = "{home}/state"
runtime = "{home}/run"
"""


class Vault:
    """What is backed up, where to, and with which secrets; repositories are made by `make`."""

    def __init__(self, home: Path, far: FarSide, *names: str, photos: str = "photos") -> None:
        self.home = home
        self.far = far
        self.photos = home / photos
        self.photos.mkdir(parents=True)
        (home / "by link").symlink_to(self.photos)
        (home / "state").mkdir()
        Catalog.open(home / "state" / "catalog.sqlite3").close()
        self.file = home / "lantern.toml"
        self.goes_to([far.url(name) for name in names])
        self.secrets = Secrets.of(self.config.paths)
        self.secrets.make_folders()
        give_client(far, self.secrets.folder, PASSPHRASE)

    def goes_to(self, repositories: list[str], options: str = "") -> None:
        """Configure `repositories`, and `options`, lines of the section."""
        self.file.write_text(
            CONFIG.format(
                home=self.home,
                repositories=json.dumps(repositories),
                options=options,
            )
        )
        self.config: Config = load(self.file)

    @property
    def plan(self) -> Plan:
        return borgmatic.plan_for(self.config)

    @property
    def job(self) -> Job:
        return Job(self.config, self.file)

    def make(self, repository: str) -> None:
        """Make a repository that is empty, as setup does."""
        words = ["init", "--make-parent-dirs", "--encryption", encryption(self.plan), repository]
        borgmatic.checked(borgmatic.borg(self.plan, words), repository)

    def put(self, name: str, data: bytes) -> None:
        path = self.photos / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    def fill(self, count: int, size: int, seed: int = 1) -> None:
        """Put `count` files of `size` bytes there that compress to nothing smaller."""
        draw = random.Random(seed)
        for number in range(count):
            self.put(f"{seed}-{number:04}.jpg", draw.randbytes(size))

    # Lantern's command, in a process of its own.

    def command(self, *words: str, quickly: bool = False) -> list[str]:
        """Return the words of a command; `quickly`: it makes a checkpoint each second."""
        start = "import lantern.backup.plan as p; p.CHECKPOINT_S = 1; " if quickly else ""
        main = "import sys; from lantern.__main__ import main; sys.exit(main())"
        return [sys.executable, "-c", start + main, "--config", str(self.file), *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=120, check=False
        )

    def reports(self) -> list[Report]:
        """Return the reports that were left, the oldest first."""
        files = sorted(self.secrets.reports.iterdir())
        return [decode(file.read_bytes()) for file in files]

    def archived(self, repository: str) -> dict[str, int]:
        """Return the files of the newest archive, by name below the photo folder, and their sizes.

        "staged/NAME" are the staged copies.
        """
        words = ["list", "--json-lines", f"{repository}::{self.newest(repository)}"]
        lines = borgmatic.checked(borgmatic.borg(self.plan, words), repository).out.splitlines()
        entries = [msgspec.json.decode(line) for line in lines]
        return {
            os.path.relpath(f"/{entry['path']}", self._root(entry["path"])): entry["size"]
            for entry in entries
            if entry["type"] == "-"
        }

    def newest(self, repository: str) -> str:
        words = ["list", "--last", "1", "--short", repository]
        return borgmatic.checked(borgmatic.borg(self.plan, words), repository).out.decode().strip()

    def _root(self, path: str) -> Path:
        staged = f"/{path}".startswith(f"{self.secrets.staged}/")
        return self.secrets.folder if staged else self.photos
