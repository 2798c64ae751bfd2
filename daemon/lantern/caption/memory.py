"""How much memory a worker may have, before the machine is as slow as its disk.

Where memory is short, Linux lets go of programs' pages for as long as there are any, and reads them
again from the card: for minutes nothing moves, neither show nor page, until at last it kills one.
So a worker has less than there is, and a photo that wants more is refused at once.
"""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_SHARE = 2 / 3
"""Of all there is; the rest is for the daemon and its programs' pages."""


def limit() -> int:
    """Limit what this process may allocate; return to how many bytes.

    They are those of RLIMIT_DATA: what is written to, without files that are mapped.
    [getrlimit(2)]
    """
    groups = limits_of_groups(Path("/proc/self/cgroup").read_text(), Path("/sys/fs/cgroup"))
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    allowed = int(_SHARE * min([machine, *groups]))
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        allowed = min(allowed, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
    return allowed


def limits_of_groups(told: str, mount: Path) -> Iterator[int]:
    """Yield the limits in bytes of a process's control group and of those around it that have one.

    `told` is its /proc/PID/cgroup. [Linux's Documentation/admin-guide/cgroup-v2.rst]
    """
    for line in told.splitlines():
        if not line.startswith("0::"):  # of a kernel that still counts memory the older way
            continue
        own = PurePosixPath(line.removeprefix("0::/"))
        for group in (own, *own.parents):
            with contextlib.suppress(OSError):  # the root has none
                most = (mount / group / "memory.max").read_text().strip()
                if most != "max":
                    yield int(most)
