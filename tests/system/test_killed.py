"""Daemon, workers and page killed at any moment while photos are described and written.

Five kills over sixty photos here. Two hundred over a thousand are for by hand, in some ten minutes;
`-s` shows the seed and how it went:

    export LANTERN_KILLS=200 LANTERN_SEED=1
    .venv/bin/python -m pytest -s tests/system/test_killed.py
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantern.catalog.reader import CatalogReader
from lantern.control import client
from lantern.control.protocol import Rescan
from lantern.errors import ProtocolError, Unavailable
from support.checked import originals, repetitions, wrongs
from support.house import House, photo
from support.ports import free_port

KILLS = int(os.environ.get("LANTERN_KILLS", "5"))
SEED = int(os.environ.get("LANTERN_SEED", random.randrange(2**32)))
PHOTOS = max(60, 5 * KILLS)
WORKERS = 2
TESTS = Path(__file__).parents[1]
VICTIMS = {"daemon": 4, "worker": 4, "page": 2}
"""How often each is chosen, of ten."""


class Killing:
    """A house whose processes are killed; what is killed begins anew, as systemd has it."""

    def __init__(self, house: House, draw: random.Random) -> None:
        self.house = house
        self.draw = draw
        self.asked = house.file.with_name("asked")
        house.program = "support.plain_daemon"
        house.environment = {
            "PYTHONPATH": str(TESTS),
            "ASKED": str(self.asked),
            "HURRY": "1",
        }
        self.killed: collections.Counter[str] = collections.Counter()
        port = free_port()
        house.file.write_text(f"{house.file.read_text()}[web]\nport = {port}\n")
        self.address = f"http://127.0.0.1:{port}"
        self._page: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        self._start_page()
        try:
            with self.house.running():
                yield
        finally:
            self._end_page()

    def kill(self) -> None:
        """Wait for a moment of chance, and kill one of the processes."""
        self._wait_for_progress(self.draw.randrange(2 * PHOTOS // KILLS))
        time.sleep(self.draw.random() * 0.15)
        (victim,) = self.draw.choices(list(VICTIMS), list(VICTIMS.values()))
        getattr(self, f"_kill_{victim}")()
        self.killed[victim] += 1

    def finish(self) -> None:
        """Wait until all is described and written, as long as it goes on.

        What cost two workers, which were killed for no fault of it, is tried once more by the
        maintainer.
        """
        while not self._is_done():
            done = self._done()
            self.house.wait(lambda: self._done() > done or self._is_done(), "it goes on")  # noqa: B023

    def shown(self) -> int | None:
        """Return how many photos the page finds, None while it begins."""
        asked = f"{self.address}/api/search?q=picture"
        with (
            contextlib.suppress(urllib.error.URLError),
            urllib.request.urlopen(asked, timeout=20) as answer,
        ):
            return int(json.load(answer)["total"])
        return None

    def _kill_daemon(self) -> None:
        while True:
            assert self.house.stop(signal.SIGKILL) == -signal.SIGKILL
            self.house.start()
            if self.draw.random() < 0.7:  # else one that has only begun to start is killed, too
                return
            self.killed["daemon that starts"] += 1
            time.sleep(self.draw.random())

    def _kill_worker(self) -> None:
        deadline = time.monotonic() + 20
        while not (workers := self.house.worker_pids()) and time.monotonic() < deadline:
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile: killed all the same
            os.kill(self.draw.choice(workers), signal.SIGKILL)

    def _kill_page(self) -> None:
        self._end_page(signal.SIGKILL)
        self._start_page()

    def _start_page(self) -> None:
        self._page = subprocess.Popen(self.house.command("web"), env=self._environment())

    def _environment(self) -> dict[str, str]:
        return os.environ | self.house.environment

    def _end_page(self, how: signal.Signals = signal.SIGTERM) -> None:
        assert self._page is not None
        self._page.send_signal(how)
        self._page.wait(20)

    def _wait_for_progress(self, steps: int) -> None:
        deadline, before = time.monotonic() + 4, self._done()
        while self._done() < before + steps and time.monotonic() < deadline:
            time.sleep(0.02)

    def _is_done(self) -> bool:
        with contextlib.suppress(Unavailable, ProtocolError):
            now = self.house.status()
            if now.settled and (now.counts.failed or now.counts.refused):
                client.ask(self.house.config.paths.control_socket, Rescan())
            missing = now.counts.unwritten + now.counts.refused
            return now.settled and now.counts.captioned == PHOTOS and not missing
        return False

    def _done(self) -> int:
        """Return how many descriptions there are, and how many were written into photos."""
        with contextlib.suppress(Unavailable):
            counts = CatalogReader.open(self.house.config.paths.catalog).counts()
            return 2 * counts.captioned - counts.unwritten
        return 0

    def described(self) -> list[str]:
        """Return the paths of photos whose inferred description was written down, ever."""
        log = self.house.journal.read_text("utf-8", "replace")
        return re.findall(r"photo described photo=(\S+) .*inferred=True", log)


@pytest.mark.timeout(120 + 8 * KILLS)
def test_whatever_is_killed_no_photo_is_lost_or_changed_and_all_agree(tmp_path):
    print(f"seed {SEED}")  # noqa: T201 - to repeat a failure
    house = House(tmp_path, workers=WORKERS, write="embed")
    killing = Killing(house, random.Random(SEED))
    for number in range(PHOTOS):
        house.put(f"{number % 7}/{number}.jpg", photo(number, 96, 72))
    before = originals(house.root)
    with killing.running():
        for _ in range(KILLS):
            killing.kill()
        killing.finish()
        house.wait(lambda: killing.shown() == PHOTOS, "the page shows all")
        house.wait(lambda: not list(house.root.rglob(".lantern-*")), "leftovers are swept")
        house.program = "lantern"
        told = house.run("doctor").stdout
        assert house.stop() == 0
    print(dict(killing.killed))  # noqa: T201 - what was tried
    cost = sum(killing.killed.values()) * WORKERS
    assert wrongs(house.config, before) == []
    asked = killing.asked.read_text().split()
    assert repetitions(asked, killing.described(), before, kills=cost) == []
    assert "good   agreement" in told
