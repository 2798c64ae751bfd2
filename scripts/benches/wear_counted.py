"""What writing is counted: by the processes, by their disk, by the files; for the bench of wear."""

import contextlib
import os
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
"""Of the kernel's counters, whatever the disk's own. [Linux: "Block layer statistics in sysfs"]"""

LOOK_S = 1.0


class Counted(NamedTuple):
    """Bytes and seconds until now, by the processes together.

    `sent` went to a disk; `cancelled` of it were removed or overwritten before they got there.
    `disk` is what the disk itself took, from whomever, None where there is no counter of it.
    """

    sent: int
    cancelled: int
    disk: int | None
    cpu_s: float

    def since(self, before):
        """Return what was added to `before`."""
        disk = None if self.disk is None or before.disk is None else self.disk - before.disk
        return Counted(
            self.sent - before.sent,
            self.cancelled - before.cancelled,
            disk,
            self.cpu_s - before.cpu_s,
        )


def counted(pids, folder):
    """Return what these processes, their children and the disk of `folder` count, all written."""
    subprocess.run(["sync", "--file-system", str(folder)], check=True)
    family = [member for pid in pids for member in (pid, *children(pid))]
    fields = [_io(pid) for pid in family]
    return Counted(
        sum(field["write_bytes"] for field in fields),
        sum(field["cancelled_write_bytes"] for field in fields),
        _taken_by_disk(folder),
        sum(map(cpu_s, family)),
    )


def children(pid):
    """Return the process ids of the children of `pid`."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_s(pid):
    """Return the processor time that a process has used, in seconds.

    Linux names the clock of any process by its id [clock_getcpuclockid(3)].
    """
    return time.clock_gettime((~pid << 3) | 2)


def counts_writing(folder):
    """Tell whether what is written to the disk of `folder` is counted: of a tmpfs nothing is."""
    before = _io(os.getpid())["write_bytes"]
    probe = folder / "probe"
    with open(probe, "wb") as file:
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())
    probe.unlink()
    return _io(os.getpid())["write_bytes"] > before


def changes(folder, seconds):
    """Return how often each file below `folder` changed in so many seconds, looking once in one."""
    changed, before, until = Counter(), _stamps(folder), time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(LOOK_S, left))
        now = _stamps(folder)
        changed.update(name for name in now | before if now.get(name) != before.get(name))
        before = now
    return dict(changed.most_common())


def _stamps(folder):
    stamps = {}
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if file.is_file():
                stamps[str(file.relative_to(folder))] = file.stat().st_mtime_ns
    return stamps


def _io(pid):
    """Return the counters of a process. [proc(5), /proc/PID/io]."""
    try:
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    except PermissionError as error:  # the daemon closes itself to its own user, too
        raise SystemExit(f"process {pid}: only root may read what it counts; use sudo") from error
    return {name: int(value) for name, _, value in (line.partition(":") for line in lines)}


def _taken_by_disk(folder):
    """Return the bytes that the disk of `folder` took since the machine started."""
    number = os.stat(folder).st_dev
    counters = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat")
    return int(counters.read_text().split()[6]) * SECTOR if counters.exists() else None
