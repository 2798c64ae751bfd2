"""A real daemon over a folder of real photos: `python -m lantern run` in a process of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

from PIL import Image

from lantern.catalog.reader import CatalogReader
from lantern.config import Config, Policy, load
from lantern.control import client
from lantern.control.protocol import GetStatus, Rescan, Status
from lantern.errors import ProtocolError, Unavailable
from lantern.search.embedded import EmbeddedReader
from lantern.search.query import parse
from support.ports import free_port

PATIENCE_S = 60.0
"""A test waits so long for what should come at once: the machine may be busy."""

GHOST = "(in the index, and not in the catalog)"

CONFIG = """
[photos]
root = "{root}"
settle_s = {settle_s}
[captions]
write = "{write}"
workers = {workers}
[paths]
state = "{home}/state"
runtime = "{home}/run"
"""


class House:
    """One photo folder with its daemon, which may be started, killed and asked."""

    def __init__(
        self,
        home: Path,
        *,
        workers: int = 1,
        settle_s: float = 0.3,
        write: Policy = "off",
        further: str = "",
    ) -> None:
        self.root = home / "photos"
        self.root.mkdir(parents=True)
        self.file = home / "lantern.toml"
        self._further = further
        self._options = {"workers": workers, "settle_s": settle_s}
        self.captions_go(write)
        self.journal = home / "journal"
        self.program = "lantern"
        self.environment: dict[str, str] = {}
        self.options: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    def captions_go(self, write: Policy) -> None:
        """Set the policy; a daemon heeds it from its next start on."""
        home = self.file.parent
        text = CONFIG.format(root=self.root, home=home, write=write, **self._options)
        self.file.write_text(text + self._further)
        self.config: Config = load(self.file)

    # Photos.

    def put(self, name: str | bytes, data: bytes) -> None:
        path = os.path.join(os.fsencode(self.root), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    # The daemon.

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", self.program, "--config", str(self.file), *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )

    def start(self) -> None:
        with open(self.journal, "ab") as journal:
            self.process = subprocess.Popen(
                self.command("run", "--verbose", *self.options),
                stderr=journal,
                env=os.environ | self.environment,
            )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; return the exit status (negative: the signal that ended it)."""
        assert self.process is not None
        self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.process = None

    @contextlib.contextmanager
    def running(self) -> Iterator[House]:
        self.start()
        try:
            yield self
        finally:
            if self.process is not None and self.process.poll() is None:
                self.stop(signal.SIGKILL)

    @contextlib.contextmanager
    def page(self) -> Iterator[str]:
        """Run the page's process on a free port; give its address when it answers."""
        port = free_port()
        self.file.write_text(f"{self.file.read_text()}[web]\nport = {port}\n")
        process = subprocess.Popen(self.command("web"))
        address = f"http://127.0.0.1:{port}"
        try:
            self.wait(lambda: _answers(address), "the page answers")
            yield address
        finally:
            process.terminate()
            assert process.wait(20) == 0

    def status(self) -> Status:
        answer = client.ask(self.config.paths.control_socket, GetStatus())
        assert isinstance(answer, Status)
        return answer

    def rescan(self, *, accept_removals: bool = False) -> None:
        client.ask(self.config.paths.control_socket, Rescan(accept_removals))

    def worker_pids(self) -> list[int]:
        assert self.process is not None
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children]

    # What it knows.

    def described(self) -> dict[str, str]:
        """Return every described file's path and sentence."""
        reader = CatalogReader.open(self.config.paths.catalog)
        return {os.fsdecode(path): sentence for path, sentence in reader.sentences()}

    def searchable(self) -> set[str]:
        """Return the paths of all photos that the index finds, and `GHOST` for what is none."""
        found = EmbeddedReader(self.config.paths.index).search(parse("", limit=1000))
        photos = CatalogReader.open(self.config.paths.catalog).photos([h.id for h in found.hits])
        paths = {os.fsdecode(file.path) for photo in photos for file in photo.files}
        return paths if len(photos) == found.total else paths | {GHOST}

    def found(self, words: str) -> set[str]:
        """Return the paths of the photos that a search for `words` finds."""
        found = EmbeddedReader(self.config.paths.index).search(parse(words, limit=100))
        photos = CatalogReader.open(self.config.paths.catalog).photos([h.id for h in found.hits])
        return {os.fsdecode(file.path) for photo in photos for file in photo.files}

    def captionings(self) -> int:
        """Return how often a picture went through the model and was written down, ever."""
        lines = self.journal.read_text("utf-8", "replace").splitlines()
        return sum("photo described" in line and "inferred=True" in line for line in lines)

    def problems(self) -> dict[str, str]:
        """Return path and reason of every file with one, as `lantern status --json` tells them."""
        told = json.loads(self.run("status", "--json").stdout)
        return {problem["path"]: problem["reason"] for problem in told["problems"]}

    # Waiting.

    def wait(self, met: Callable[[], bool], what: str) -> None:
        """Return as soon as `met`; fail with the daemon's journal if it never is."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(Unavailable, ProtocolError):
                if met():
                    return
            assert self.process is None or self.process.poll() is None, self._tell("daemon ended")
            assert time.monotonic() < deadline, self._tell(f"waited in vain until {what}")
            time.sleep(0.1)

    def wait_for(self, paths: set[str]) -> None:
        """Return when exactly `paths` are described and searchable."""
        self.wait(
            lambda: set(self.described()) == paths == self.searchable(),
            f"described and searchable are {sorted(paths)}",
        )

    def wait_settled(self) -> Status:
        self.wait(lambda: self.status().settled, "settled")
        return self.status()

    def wait_notice(self, words: str) -> None:
        self.wait(lambda: any(words in n for n in self.status().notices), f"{words!r} is told")

    def wait_no_notice(self) -> None:
        self.wait(lambda: not self.status().notices, "no trouble is told")

    def _tell(self, what: str) -> str:
        journal = self.journal.read_text("utf-8", "replace")[-6000:]
        with contextlib.suppress(Unavailable, ProtocolError):
            journal += f"\n{self.status()}"
        return f"{what}\n{journal}"


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def photo(seed: int, width: int = 160, height: int = 120) -> bytes:
    """Return a JPEG that no other seed gives: coloured tiles."""
    draw = random.Random(seed)
    tiles = Image.new("RGB", (8, 6))
    tiles.putdata([tuple(draw.randrange(256) for _ in range(3)) for _ in range(48)])
    out = io.BytesIO()
    tiles.resize((width, height), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()
