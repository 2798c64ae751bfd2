"""Serial lines: one to ask and be answered by, one to listen to. The only importer of pyserial.

Knows bytes and deadlines; what they mean is its users' business. Calls block, so that they belong
on a thread of their own.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import termios
import threading
import time
from collections.abc import Callable, Iterator

import msgspec
import serial

from lantern.errors import Unavailable

LONGEST_REPLY = 4096
"""Whoever says more than so many bytes is not answering."""

_GLANCE_S = 0.05  # how long one read waits: how late a complete reply is noticed, at worst


class Wiring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How bytes travel: bits a second, data bits, parity, stop bits."""

    baud: int = 9600
    bits: int = 8
    parity: str = "none"
    stop_bits: float = 1

    def __post_init__(self) -> None:
        """Check against what serial lines can do."""
        for option, value, known in (
            ("bits", self.bits, serial.Serial.BYTESIZES),
            ("parity", self.parity, tuple(_PARITY)),
            ("stop_bits", self.stop_bits, serial.Serial.STOPBITS),
        ):
            if value not in known:
                raise ValueError(f"{option}: expected one of {known}, got {value!r}")
        if not 50 <= self.baud <= 4_000_000:
            raise ValueError(f"baud: expected 50 to 4000000, got {self.baud}")


_PARITY = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}


class SerialLine:
    """The line at `device`, opened when it is first needed and anew after a fault.

    One call at a time, from any thread.
    """

    def __init__(self, device: str, wiring: Wiring) -> None:
        self._device = device
        self._wiring = wiring
        self._port: serial.Serial | None = None

    def exchange(
        self,
        question: bytes,
        complete: Callable[[bytes], bool],
        timeout_s: float,
        settle_s: float = 0.0,
    ) -> bytes:
        """Send `question`, and return what came back once it is `complete`, or time is up.

        What came before the question is thrown away. Then `settle_s` more are waited for, for
        devices that go on talking. Blocks for `timeout_s` + `settle_s` at most; nothing at all is
        b"".

        Raises:
            Unavailable: the line cannot be opened, or broke: the adapter was pulled out.
        """
        try:
            with _telling(self._device):
                port = self._port = self._port or _open(self._device, self._wiring)
                port.reset_input_buffer()
                port.write(question)
                reply = _listen(port, b"", complete, timeout_s)
                return _listen(port, reply, lambda _: False, settle_s) if settle_s else reply
        except Unavailable:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the device. Idempotent."""
        port, self._port = self._port, None
        if port is not None:
            port.close()


class SerialPort:
    """The line at `device`, listened to as bytes come, and held until `close`.

    Nobody else who asks for it may have it meanwhile. Closing it does not hang up, so that whoever
    opens it next does not reset an Arduino, whose reset hangs on that signal. All methods but
    `wake` are for one thread.

    Raises:
        Unavailable: by every method but `wake` and `close`: the line cannot be opened, or broke.
    """

    LONGEST_READ = 512
    """So many bytes come at once, at most. A line of 115200 baud brings them in 44 ms."""

    def __init__(self, device: str, wiring: Wiring) -> None:
        self._device = device
        with _telling(device):
            self._port = _open(device, wiring)
        self._awake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._poll = select.poll()
        self._lock = threading.Lock()
        try:
            with _telling(device):
                _stay_up(self._port.fileno())
                _hurry(self._port)
                self._poll.register(self._port.fileno(), select.POLLIN)
                self._poll.register(self._awake, select.POLLIN)
        except Unavailable:
            self.close()
            raise

    def read(self, wait_s: float) -> bytes:
        """Return what has come, after `wait_s` at most, or b"" if nothing did or it was woken."""
        with _telling(self._device):
            line = self._port.fileno()
            ready = dict(self._poll.poll(1000 * max(0.0, wait_s)))
            if self._awake in ready:
                os.read(self._awake, 64)
            if line not in ready:
                return b""
            if not (data := os.read(line, self.LONGEST_READ)):
                raise OSError("the device is gone")
            return data

    def skip(self) -> None:
        """Throw away what has come and was not read."""
        with _telling(self._device):
            self._port.reset_input_buffer()

    def write(self, data: bytes) -> None:
        """Send `data`. Blocks for a second at most."""
        with _telling(self._device):
            self._port.write(data)

    def wake(self) -> None:
        """Have `read` return now, or the next time at once. From any thread."""
        with self._lock, contextlib.suppress(BlockingIOError):  # full of them: it is awake
            if self._waker >= 0:
                os.write(self._waker, b"\0")

    def close(self) -> None:
        """Let go of the device. Idempotent."""
        with self._lock:
            if self._waker < 0:
                return
            os.close(self._awake)
            os.close(self._waker)
            self._waker = -1
        with contextlib.suppress(OSError, termios.error):  # it may be gone
            self._port.close()


@contextlib.contextmanager
def _telling(device: str) -> Iterator[None]:
    """Let what goes wrong with the line at `device` be `Unavailable`."""
    try:
        yield
    except (serial.SerialException, OSError, termios.error) as error:
        raise Unavailable(f"serial line {device}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Return what went wrong and what to do, of what pyserial wraps its own words around."""
    cause = error.__context__ if isinstance(error.__context__, termios.error) else error
    number = cause.args[0] if isinstance(cause, termios.error) else getattr(error, "errno", None)
    if number == errno.EAGAIN:
        return "another program has it locked; end that, or ask it"
    reason = os.strerror(number) if number else error
    return f"{reason}; check the adapter and its cable"


def _open(device: str, wiring: Wiring) -> serial.Serial:
    return serial.Serial(
        device,
        baudrate=wiring.baud,
        bytesize=wiring.bits,
        parity=_PARITY[wiring.parity],
        stopbits=wiring.stop_bits,
        timeout=_GLANCE_S,
        write_timeout=1.0,
        exclusive=True,
    )


def _stay_up(line: int) -> None:
    """Have `line` not hang up when it is closed [termios(3), HUPCL]."""
    attributes = termios.tcgetattr(line)
    attributes[2] &= ~termios.HUPCL
    termios.tcsetattr(line, termios.TCSANOW, attributes)


def _hurry(port: serial.Serial) -> None:
    """Have an adapter pass on at once what it has heard, where its driver can.

    Those of FTDI wait 16 ms for more, or 1 ms for who asks so [Linux, ftdi_sio, ASYNC_LOW_LATENCY].
    """
    with contextlib.suppress(ValueError, NotImplementedError):  # a line with no such choice
        port.set_low_latency_mode(True)


def _listen(
    port: serial.Serial, heard: bytes, complete: Callable[[bytes], bool], timeout_s: float
) -> bytes:
    """Return `heard` and what else comes until it is `complete`, too long, or time is up."""
    deadline = time.monotonic() + timeout_s
    while not complete(heard) and len(heard) < LONGEST_REPLY:
        if time.monotonic() >= deadline:
            break
        heard += port.read(max(1, min(port.in_waiting, LONGEST_REPLY - len(heard))))
    return heard
