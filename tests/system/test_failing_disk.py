"""A disk that is full, failing or read-only, Lantern's or the photos': told, healed, nothing lost.

Each kind once here. More, by chance, are for by hand; `-s` shows the seed and what was tried:

    export LANTERN_FAULTS=100 LANTERN_SEED=1
    .venv/bin/python -m pytest -s tests/system/test_failing_disk.py
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from lantern.cli.exit_codes import ExitCode
from lantern.control import client
from lantern.control.protocol import SetCaption, Status
from lantern.errors import LanternError, ProtocolError, Unavailable
from support.checked import originals, wrongs
from support.faulty_disk import READING, WRITING, Calls, FaultyDisk
from support.house import House, photo

SEED = int(os.environ.get("LANTERN_SEED", random.randrange(2**32)))
MORE = int(os.environ.get("LANTERN_FAULTS", "0"))
TESTS = Path(__file__).parents[1]
NEW = 4
"""Photos that come while a disk fails."""

SOON_S = 15.0

ENOUGH = 4
"""Calls that failed."""


class Fault(NamedTuple):
    """Which disk fails ("state" or "photos"), how, at which calls, and one in how many."""

    disk: str
    error: int
    calls: Calls
    one_in: int = 1

    def __str__(self) -> str:
        return f"{self.disk} {errno.errorcode[self.error]} {self.calls!r} 1/{self.one_in}"


FAULTS = (
    Fault("state", errno.ENOSPC, Calls.WRITE | Calls.TO_WRITE),
    Fault("state", errno.EIO, READING | WRITING, 3),
    Fault("state", errno.EROFS, WRITING),
    Fault("photos", errno.ENOSPC, Calls.WRITE | Calls.TO_WRITE),
    Fault("photos", errno.EIO, READING),
    Fault("photos", errno.EIO, READING | WRITING, 4),
    Fault("photos", errno.EROFS, WRITING),
    Fault("photos", errno.EROFS, Calls.SYNC | Calls.NAME),
)


def any_fault(draw: random.Random) -> Fault:
    """Return a fault by chance."""
    error = draw.choice((errno.ENOSPC, errno.EIO, errno.EROFS))
    may_fail = list(WRITING) + (list(READING) if error == errno.EIO else [])
    chosen = draw.sample(may_fail, draw.randint(1, len(may_fail)))
    return Fault(
        draw.choice(("state", "photos")), error, Calls(sum(chosen)), draw.choice((1, 2, 7))
    )


class Ward:
    """A house on such disks; a daemon that ends is started again, as systemd does."""

    def __init__(self, home: Path, seed: int) -> None:
        self.house = House(home, write="embed", settle_s=0.1)
        self.disk = FaultyDisk(home, seed)
        self.asked = home / "asked"
        self.house.program = "support.plain_daemon"
        self.house.environment = {
            "PYTHONPATH": str(TESTS),
            "ASKED": str(self.asked),
            "HURRY": "1",
            **self.disk.environment,
        }
        self.before = {}
        self.ends: list[int] = []
        self._photos = 0

    def put(self, count: int) -> None:
        for _ in range(count):
            self.house.put(f"{self._photos % 3}/{self._photos}.jpg", photo(self._photos, 96, 72))
            self._photos += 1
        self.before |= {
            path: one for path, one in originals(self.house.root).items() if path not in self.before
        }

    def suffer(self, fault: Fault) -> str:
        """Have photos come while the disk fails; return how that was told."""
        place = self.house.root if fault.disk == "photos" else self.house.config.paths.state_folder
        with self.disk.failing(fault.error, fault.calls, place, one_in=fault.one_in):
            self.put(NEW)
            self._correct()
            return self._told(fault)

    def _correct(self) -> None:
        with contextlib.suppress(LanternError):  # whoever says something is told
            client.ask(self.house.config.paths.control_socket, SetCaption("Rex", path=b"0/0.jpg"))

    def _told(self, fault: Fault) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            self.revive()
            with contextlib.suppress(Unavailable, ProtocolError):
                now = self.house.status()
                reasons = [problem.reason for problem in now.problems]
                reasons += [one.reason for one in now.unwritten if one.reason]
                told = [*now.notices, *reasons, *map(str, self.ends)]
                if told and self.disk.failed >= ENOUGH:
                    return told[0]
                if self._is_done(now) and fault.one_in > 1:
                    return "(nothing that matters failed)"
            if self.ends and self.disk.failed >= ENOUGH:
                return f"ended by {self.ends[-1]}"
            time.sleep(0.1)
        raise AssertionError(
            self.house._tell(f"{fault}: not told; {self.disk.failed} calls failed")
        )

    def revive(self) -> None:
        """Start the daemon again if it ended, which it may by an exit status of its table alone."""
        process = self.house.process
        if process is not None and process.poll() is not None:
            assert process.returncode in set(ExitCode) - {ExitCode.OK}, process.returncode
            self.ends.append(process.returncode)
            time.sleep(0.3)
            self.house.start()

    def is_well(self) -> bool:
        self.revive()
        with contextlib.suppress(Unavailable, ProtocolError):
            now = self.house.status()
            return self._is_done(now) and not now.notices
        return False

    def _is_done(self, now: Status) -> bool:
        waiting = now.counts.retry + now.counts.unwritten
        return now.settled and not waiting and now.counts.captioned == len(self.before)

    def check(self) -> None:
        """Hold that nothing is wrong, or no more once what can be made anew has been."""
        deadline = time.monotonic() + SOON_S
        while (found := wrongs(self.house.config, self.before)) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert found == []
        log = self.house.journal.read_text("utf-8", "replace")
        assert "Traceback" not in log, log[-6000:]


@pytest.fixture
def ward(tmp_path):
    print(f"seed {SEED}")  # noqa: T201 - to repeat a failure
    ward = Ward(tmp_path, SEED)
    ward.put(NEW)
    with ward.house.running():
        ward.house.wait(ward.is_well, "all is well")
        yield ward


def overcome(ward: Ward, fault: Fault) -> None:
    told = ward.suffer(fault)
    print(f"{fault}: {ward.disk.failed} failed; {told}; ends {ward.ends}")  # noqa: T201 - what was tried
    ward.house.wait(ward.is_well, f"{fault}: healed")
    ward.house.wait(lambda: not list(ward.house.root.rglob(".lantern-*")), "leftovers are swept")
    ward.check()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("disk", ["state", "photos"])
def test_a_disk_that_fails_is_told_heals_and_costs_nothing(ward, disk):
    for fault in FAULTS:
        if fault.disk == disk:
            overcome(ward, fault)


@pytest.mark.timeout(60 + 60 * MORE)
@pytest.mark.skipif(not MORE, reason="by hand: LANTERN_FAULTS says how many")
def test_faults_by_chance_cost_nothing(ward):
    draw = random.Random(SEED)
    for _ in range(MORE):
        overcome(ward, any_fault(draw))
