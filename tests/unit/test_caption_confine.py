"""What is closed to a worker is closed: to all its threads, for good, by the right numbers."""

from __future__ import annotations

import platform
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from lantern.caption.client import WorkerClient, worker_command
from lantern.caption.confine import MACHINES

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
KNOWN = pytest.mark.skipif(platform.machine() not in MACHINES, reason="another processor")

SCRIPT = """
import os, socket, subprocess, sys, threading
from lantern.caption.confine import confine

tries = {
    "network": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5).close(),
    "another service": lambda: socket.socket(socket.AF_UNIX).close(),
    "program": lambda: subprocess.run(["/bin/true"], check=True),
    "signal": lambda: os.kill(os.getppid(), 0),
}

def refused():
    for name, attempt in tries.items():
        try:
            attempt()
        except PermissionError:
            yield name

go, late = threading.Event(), []
thread = threading.Thread(target=lambda: go.wait() and late.extend(refused()))
thread.start()
assert not list(refused()), "all of it is open first"
assert confine()
assert list(refused()) == list(tries)
go.set()
thread.join()
assert late == list(tries), "a thread that was there before"
assert open(sys.executable, "rb").read(1)
threading.Thread(target=print, args=("threads are made, files are read",)).start()
"""


@pytest.fixture
def port() -> Iterator[int]:
    """Give a port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@KNOWN
def test_network_programs_and_processes_are_closed_and_files_and_threads_are_not(port: int):
    command = [sys.executable, "-c", SCRIPT, str(port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "threads are made, files are read\n"


@KNOWN
def test_a_worker_is_confined_before_it_sees_a_photo(tmp_path):
    async def ask() -> tuple[bool, str]:
        async with WorkerClient(
            worker_command(bytes(tmp_path), describes=False), deadline_s=20
        ) as it:
            ready = await it.start()
            status = await anyio.Path(f"/proc/{it.pid}/status").read_text()
            return ready.confined, status

    confined, status = anyio.run(ask)
    assert confined
    assert re.search(r"^Seccomp:\t2$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)


@pytest.mark.parametrize("processor", MACHINES)
def test_the_numbers_are_linux_s(processor: str):
    header = HEADERS[processor]
    if not header.exists():
        pytest.skip(f"no {header}: apt linux-libc-dev")
    numbers = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text()))
    machine = MACHINES[processor]
    assert machine.seccomp == int(numbers["seccomp"])
    assert machine.refused == {name: int(numbers[name]) for name in machine.refused}
    assert len(set(machine.refused.values())) == len(machine.refused)


def test_both_processors_close_the_same():
    one, other = (set(machine.refused) for machine in MACHINES.values())
    assert one == other


MEMORY = """
import ctypes, os
from lantern.cli.run import close_memory

if os.getuid() == 0:  # to root nothing is closed
    os.setgid(65534)
    os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as a program is that a service started

def refused():
    if not (child := os.fork()):
        try:
            open(f"/proc/{os.getppid()}/mem", "r+b")
        except PermissionError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0

before = refused()
close_memory()
print(before, refused(), len(os.listdir("/proc/self/fd")) > 0)
"""


def test_the_daemon_s_memory_is_closed_to_its_workers():
    """Where the kernel is as strict by itself (Yama) it was so before, too."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, check=False
    )
    assert done.stdout.split()[1:] == ["True", "True"], done
