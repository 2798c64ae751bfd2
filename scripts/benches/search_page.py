"""The page's real process, for the bench of search: started, asked over loopback, watched."""

import asyncio
import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HOST = "127.0.0.1"
LARGE = 1 << 16
PATIENCE_S = 30.0
KEY_S = 0.2
"""Between two keys of a visitor, once the answer is there."""

MOST_S = 20.0
"""Visitors who type at once stop after so long."""


class Page:
    """One process of `lantern web`, and one kept-alive connection to it.

    Answers are read off a plain socket: `http.client` would spend a quarter of a millisecond of
    each key on reading headers, which is no time of the page's.
    """

    def __init__(self, process, port):
        self.process = process
        self.port = port
        self._line = socket.create_connection((HOST, port), PATIENCE_S)
        self._coming = self._line.makefile("rb", LARGE)

    def get(self, address):
        """Return the decoded answer; end the bench if it is none."""
        return _decoded(address, *self._ask(address))

    def timed(self, address):
        """Return the answer, the milliseconds it took, and those of processor time in the page."""
        begun, used = time.perf_counter(), self.cpu_s()
        answer = self._ask(address)
        took_ms, used_ms = (time.perf_counter() - begun) * 1e3, (self.cpu_s() - used) * 1e3
        return _decoded(address, *answer), took_ms, used_ms

    def _ask(self, address):
        """Return the status of the answer, and its content."""
        self._line.sendall(f"GET {address} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        status = int(self._coming.readline().split(maxsplit=2)[1])
        length = 0
        while (header := self._coming.readline()) != b"\r\n":
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, self._coming.read(length)

    def cpu_s(self):
        """Return the processor time that the process has used, in seconds.

        Linux names the clock of any process by its id [clock_getcpuclockid(3)].
        """
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def memory_mb(self):
        """Return the process's memory in megabytes: its peak, and what it holds now, by kind."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        fields = {"peak": "VmHWM", "now": "VmRSS", "own": "RssAnon", "files": "RssFile"}
        return {
            name: round(int(re.search(rf"{field}:\s+(\d+)", text)[1]) * 1024 / 1e6, 1)
            for name, field in fields.items()
        }


def _decoded(address, status, content):
    if status != 200:
        raise SystemExit(f"{address}: the page answered {status}: {content[:300]!r}")
    return json.loads(content)


@contextlib.contextmanager
def served(config_file, log):
    """Run the page of this configuration, whose port is 0, for as long as the context lasts."""
    with open(log, "w") as journal:
        process = subprocess.Popen(
            [sys.executable, "-m", "lantern", "--config", str(config_file), "web"], stderr=journal
        )
    try:
        yield Page(process, _port(process, Path(log)))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def _port(process, log):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"page is served .*port=(\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.05)
    raise SystemExit(f"the page did not start: {log.read_text()[-500:]}")


class Crowd(NamedTuple):
    """What visitors who typed at once met."""

    took_ms: list
    errors: list
    seconds: float


def crowd(port, visitors):
    """Let one visitor type each list of addresses, all at once; each waits for its answers."""
    return asyncio.run(_crowd(port, visitors))


async def _crowd(port, visitors):
    took_ms, errors = [], []
    begun = time.perf_counter()
    await asyncio.gather(
        *(
            _visit(port, addresses, KEY_S * number / len(visitors), took_ms, errors)
            for number, addresses in enumerate(visitors)
        )
    )
    return Crowd(took_ms, errors, time.perf_counter() - begun)


async def _visit(port, addresses, late_s, took_ms, errors):
    await asyncio.sleep(late_s)
    end = time.perf_counter() + MOST_S
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
        with contextlib.closing(writer):
            for address in addresses:
                if time.perf_counter() > end:
                    return
                begun = time.perf_counter()
                status = await asyncio.wait_for(_ask(reader, writer, address), PATIENCE_S)
                took_ms.append((time.perf_counter() - begun) * 1e3)
                if status != 200:
                    errors.append(f"{address}: {status}")
                await asyncio.sleep(KEY_S)
    except (OSError, EOFError, TimeoutError) as error:
        errors.append(f"{type(error).__name__}: {error}")


async def _ask(reader, writer, address):
    """Return the status of the answer, which is read whole."""
    writer.write(f"GET {address} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    await reader.readexactly(int(re.search(r"content-length: (\d+)", head, re.IGNORECASE)[1]))
    return int(head.split(maxsplit=2)[1])
