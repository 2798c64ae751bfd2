"""A machine with a kernel of its own: a guest in User-Mode Linux, whose power can be cut.

It has what a container has not: limits of memory, GPIO lines that the tests pull (gpio-sim), a
watchdog, and a disk. Its root is the Debian of scripts/rig, only read, under a layer of ours, under
an overlay in memory, as a Raspberry Pi's is whose card is read-only; what it keeps lies on the
disk. Lantern runs in it from this checkout, by the packages of this environment.

It wants root, no virtualization, and a kernel: `kernel` says which. tests/rig/guest holds what runs
in the guest, and the kernel's configuration.
"""

from __future__ import annotations

import contextlib
import itertools
import lzma
import os
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from support.shell import Shell

REPOSITORY = Path(__file__).parents[2]
PARTS = REPOSITORY / "tests" / "rig" / "guest"
NEEDED = ("mkfs.ext4", "e2fsck", "debugfs", "gcc", "systemctl", "systemd-sysusers")
KERNEL = "LANTERN_GUEST_KERNEL"
"""The variable that names a kernel; else that of scripts/rig, else one that lies beside."""

BESIDE = REPOSITORY.parent / "shared" / "rig" / "linux.rig.xz"
MADE = REPOSITORY / ".cache" / "rig" / "linux"
BOOT_S, STOP_S = 120.0, 30.0
SYSTEMD, ALONE = "/lib/systemd/systemd", "/usr/local/sbin/guest-agent"
PYTHON = (3, 11)
"""Of the Debian in it, which runs this environment's packages."""


def missing() -> str | None:
    """Return why no guest can be booted here, None where one can."""
    if programs := [program for program in NEEDED if not shutil.which(program)]:
        return f"no {', '.join(programs)}: apt e2fsprogs gcc systemd"
    if sys.version_info[:2] != PYTHON:
        return f"Python {sys.version.split()[0]}, expected the guest's {PYTHON[0]}.{PYTHON[1]}"
    if not named().exists():
        return f'no kernel at {named()}: "scripts/rig kernel" builds one in 10 minutes'
    return None


def named() -> Path:
    """Return where the kernel lies, or should."""
    if KERNEL in os.environ:
        return Path(os.environ[KERNEL])
    return MADE if MADE.exists() or not BESIDE.exists() else BESIDE


def kernel(folder: Path) -> Path:
    """Return the kernel, unpacked into `folder` if it is packed."""
    packed = named()
    if packed.suffix != ".xz":
        return packed
    unpacked = folder / "linux"
    if not unpacked.exists():
        unpacked.write_bytes(lzma.decompress(packed.read_bytes()))
        unpacked.chmod(0o755)
    return unpacked


class Guest(Shell):
    """A guest that runs, to run commands in."""

    def __init__(self, process: subprocess.Popen[bytes], shared: Path, ends: tuple[int, int]):
        self._process = process
        self._shared = shared
        self._asks, self._answers = ends
        self._heard = b""
        self._numbers = itertools.count(1)

    def run(self, command: str, *, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a line of shell as root; its output and errors come together."""
        number = self.ask(command)
        told, _, status = self.hear(timeout_s).partition(" ")
        assert told == str(number), f"{command}: expected an answer to {number}, got {told!r}"
        output = (self._shared / f"{number}.out").read_text(errors="replace")
        return subprocess.CompletedProcess(command, int(status), output)

    def ask(self, command: str) -> int:
        """Have the agent run a line of shell, wait for nothing, and return the line's number."""
        number = next(self._numbers)
        (self._shared / f"{number}.sh").write_text(command)
        os.write(self._asks, f"{number}\n".encode())
        return number

    def hear(self, timeout_s: float) -> str:
        """Return the agent's next line."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._heard:
            left_s = max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select([self._answers], [], [], left_s)
            told = os.read(self._answers, 4096) if ready else b""
            assert told, f"the guest is silent{'' if ready else f' for {timeout_s:g} s'}"
            self._heard += told
        line, _, self._heard = self._heard.partition(b"\n")
        return line.decode().strip()

    def cut(self) -> None:
        """Cut its power: nothing that runs in it does anything any more."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_S)

    def ends(self, within_s: float) -> bool:
        """Wait until it has gone by itself; tell whether it did."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(within_s)
        return self._process.poll() is not None


@contextlib.contextmanager
def booted(
    root: Path,
    shared: Path,
    first: str,
    *,
    disk: Path,
    memory: str,
    drive: Mapping[str, str] | None = None,
) -> Iterator[Guest]:
    """Boot a guest from `root` under the layer in `shared`, with `disk` as /dev/ubda.

    `first` is its first program: `SYSTEMD`, or `ALONE` for nothing but the agent. `drive` is the
    environment that makes the disk one of `support.drive`.
    """
    asks, tells = os.pipe(), os.pipe()
    log = shared / "console"
    with log.open("ab") as console:
        process = subprocess.Popen(
            [
                *(str(kernel(shared)), f"mem={memory}", f"ubd0={disk}"),
                *("root=/dev/root", "rootfstype=hostfs", f"rootflags={root}", "ro"),
                *("overlayroot=tmpfs", "quiet", f"uml_dir={shared}/", "TERM=dumb"),
                *("con=null", "con0=null,fd:1", f"con3=fd:{asks[0]},fd:{tells[1]}"),
                *(f"SHARED={shared}", f"LANTERN={REPOSITORY / 'daemon'}", f"FIRST={first}"),
                *(f"PACKAGES={sysconfig.get_path('purelib')}", "init=/bin/sh", "--"),
                *("-c", f'"mount -t hostfs none /mnt -o {PARTS}; exec /mnt/init"'),
            ],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            pass_fds=(asks[0], tells[1]),
            start_new_session=True,
            env={"PATH": os.environ["PATH"], **(drive or {})},
        )
    os.close(asks[0])
    os.close(tells[1])
    guest = Guest(process, shared, (asks[1], tells[0]))
    try:
        _await_boot(guest, log)
        yield guest
    finally:
        guest.cut()
        os.close(asks[1])
        os.close(tells[0])


def _await_boot(guest: Guest, log: Path) -> None:
    try:
        assert guest.hear(BOOT_S) == "up"
    except AssertionError as error:
        raise AssertionError(f"no boot: {log.read_text(errors='replace')[-3000:]}") from error
