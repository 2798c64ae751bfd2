"""A line that is listened to, on a pseudo-terminal that the test holds the other end of."""

from __future__ import annotations

import os
import pty
import termios
import threading
import time
import tty
from collections.abc import Iterator

import msgspec
import pytest

from lantern.errors import Unavailable
from lantern.link.serial import SerialPort, Wiring

WIRING = Wiring(baud=115200)
PATIENCE_S = 10.0


class Line(msgspec.Struct):
    """A pseudo-terminal: `ours` is the test's end, `device` the other's name."""

    ours: int
    theirs: int
    device: str

    def pull(self) -> None:
        """Unplug the device."""
        for end in (self.ours, self.theirs):
            os.close(end)
        self.ours = self.theirs = -1


@pytest.fixture
def line() -> Iterator[Line]:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    line = Line(ours, theirs, os.ttyname(theirs))
    yield line
    if line.ours >= 0:
        line.pull()


@pytest.fixture
def port(line: Line) -> Iterator[SerialPort]:
    port = SerialPort(line.device, WIRING)
    yield port
    port.close()


def test_it_reads_what_has_come_and_waits_no_longer_than_told(line, port):
    began = time.monotonic()
    assert port.read(0.05) == b""
    assert time.monotonic() - began >= 0.05
    os.write(line.ours, b"a\0b")
    assert port.read(PATIENCE_S) == b"a\0b"
    assert port.read(-1.0) == b""


def test_it_writes_bytes_as_they_are(line, port):
    port.write(b"\0\x11\x13\r\n\xff")
    assert os.read(line.ours, 100) == b"\0\x11\x13\r\n\xff"


def test_it_reads_no_more_at_once_than_it_says(line, port):
    os.write(line.ours, b"x" * 2000)
    time.sleep(0.05)
    assert len(port.read(PATIENCE_S)) == port.LONGEST_READ
    port.skip()
    assert port.read(0.0) == b""


def test_who_waits_is_woken_from_another_thread(port):
    began = time.monotonic()
    threading.Timer(0.05, port.wake).start()
    assert port.read(PATIENCE_S) == b""
    assert time.monotonic() - began < PATIENCE_S / 2


def test_a_hundred_thousand_calls_to_wake_wake_it_once_and_block_nobody(port):
    for _ in range(100_000):
        port.wake()
    port.close()
    port.wake()


def test_a_device_that_is_pulled_out_is_unavailable(line, port):
    line.pull()
    with pytest.raises(Unavailable, match=rf"serial line {line.device}: .*; check the adapter"):
        port.read(PATIENCE_S)


def test_what_is_no_serial_line_is_unavailable_and_its_reason_is_plain(tmp_path):
    file = tmp_path / "file"
    file.write_text("no device")
    for path, reason in (
        (file, "Inappropriate ioctl for device"),
        (tmp_path, "Is a directory"),
        (tmp_path / "nothing", "No such file or directory"),
    ):
        with pytest.raises(Unavailable) as caught:
            SerialPort(str(path), WIRING)
        assert str(caught.value) == (
            f"serial line {path}: {reason}; check the adapter and its cable"
        )


def test_a_line_that_somebody_has_is_unavailable_until_he_closes_it(line, port):
    with pytest.raises(Unavailable, match=r"another program has it locked; end that, or ask it$"):
        SerialPort(line.device, WIRING)
    port.close()
    SerialPort(line.device, WIRING).close()


def test_closing_it_does_not_hang_up(line, port):
    port.close()
    port.close()
    control_modes = termios.tcgetattr(line.theirs)[2]
    assert not control_modes & termios.HUPCL
