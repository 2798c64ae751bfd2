"""A machine to install on: a Debian that systemd boots, in a container of its own.

It starts from a root folder that is never changed, with an overlay in memory, and has no network
but its own loopback. It wants root, systemd-nspawn, and a cgroup2 tree of its own, which is mounted
where nobody else sees it; the machine that runs the tests keeps its users and units.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from support.shell import Shell

NEEDED = ("systemd-nspawn", "mmdebstrap", "unshare", "nsenter")
BOOT_S, STOP_S = 60.0, 30.0
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
POWER_OFF = signal.SIGRTMIN + 4
"""What systemd as process 1 takes for "power off" [systemd(1), "Signals"]."""

_OWN_CGROUPS = "umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && "
_BOOT = f"""{_OWN_CGROUPS}
mkdir "/sys/fs/cgroup/$0" && echo $$ >"/sys/fs/cgroup/$0/cgroup.procs" &&
exec setpriv --pdeathsig TERM systemd-nspawn "$@"
"""
_CLEAN = f'{_OWN_CGROUPS} find "/sys/fs/cgroup/$0" -depth -type d -exec rmdir "{{}}" +'


def missing() -> str | None:
    """Return why no machine can be booted here, None where one can."""
    if os.geteuid() != 0:
        return "no root"
    programs = [program for program in NEEDED if not shutil.which(program)]
    if programs:
        return f"no {', '.join(programs)}: apt systemd-container mmdebstrap util-linux"
    tried = subprocess.run(
        _hidden("mount -t cgroup2 none /mnt"),
        capture_output=True,
        text=True,
        check=False,
    )
    return f"no cgroup2: {tried.stderr.strip()}" if tried.returncode else None


class Machine(Shell):
    """A booted machine, to run commands on."""

    def __init__(self, process: subprocess.Popen[bytes], leader: int) -> None:
        self._process = process
        self._leader = leader

    def run(self, command: str, *, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a line of shell as root; its output and errors come together."""
        entered = ["nsenter", "-t", str(self._leader), "-m", "-u", "-i", "-n", "-p", "-C", "--"]
        return subprocess.run(
            [*entered, "/bin/sh", "-c", command],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )

    def switch_off(self) -> None:
        """Shut the machine down, or pull its plug if it does not."""
        if self._process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._leader, POWER_OFF)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.kill(self._leader, signal.SIGKILL)
            self._process.wait(STOP_S)


@contextlib.contextmanager
def booted(root: Path, name: str, shown: Mapping[Path, str]) -> Iterator[Machine]:
    """Boot a machine from `root`. Folders of ours are `shown` to it, read-only, at other paths."""
    with tempfile.TemporaryDirectory(prefix="lantern-rig-") as folder:
        log = Path(folder) / "console"
        address = f"{folder}/notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices, log.open("wb") as console:
            notices.bind(address)
            notices.settimeout(BOOT_S)
            process = subprocess.Popen(
                [*_hidden(_BOOT), name, *_arguments(root, name, shown)],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env={
                    **ENVIRONMENT,
                    "NOTIFY_SOCKET": address,
                    "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
                },
            )
            try:
                leader = _await_boot(notices)
            except TimeoutError as error:
                process.kill()
                process.wait()
                raise AssertionError(f"no boot: {log.read_text()[-2000:]}") from error
        machine = Machine(process, leader)
        try:
            yield machine
        finally:
            machine.switch_off()
            subprocess.run([*_hidden(_CLEAN), name], check=False)


def _hidden(script: str) -> list[str]:
    """Return the command that runs `script` where nobody else sees what it mounts."""
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]


def _arguments(root: Path, name: str, shown: Mapping[Path, str]) -> list[str]:
    return [
        f"--directory={root}",
        "--boot",
        "--register=no",
        "--keep-unit",
        "--private-network",
        f"--machine={name}",
        "--console=pipe",
        "--notify-ready=yes",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        "--volatile=overlay",
        # For IPAddressDeny= and DeviceAllow= to hold in it, which otherwise go by in silence.
        "--capability=CAP_BPF,CAP_PERFMON",
        "--system-call-filter=bpf",
        *(f"--bind-ro={ours}:{theirs}" for ours, theirs in shown.items()),
    ]


def _await_boot(notices: socket.socket) -> int:
    """Return the machine's first process, as this one numbers it, once the machine is up."""
    leader = 0
    while True:
        for line in notices.recv(4096).decode().splitlines():
            if line.startswith("X_NSPAWN_LEADER_PID="):
                leader = int(line.partition("=")[2])
            if line == "READY=1":
                return leader
