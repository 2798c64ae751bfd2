"""A device on a serial line, asked and heard out: the only importer of pyserial.

Knows bytes and deadlines; what they mean is its users' business. Calls block, so that they belong
on a thread of their own.
"""

from __future__ import annotations

import termios
import time
from collections.abc import Callable

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
            port = self._open()
            port.reset_input_buffer()
            port.write(question)
            reply = _listen(port, b"", complete, timeout_s)
            return _listen(port, reply, lambda _: False, settle_s) if settle_s else reply
        except (serial.SerialException, OSError, termios.error) as error:
            self.close()
            reason = getattr(error, "strerror", None) or error
            raise Unavailable(
                f"serial line {self._device}: {reason}; check the adapter and its cable"
            ) from error

    def close(self) -> None:
        """Let go of the device. Idempotent."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def _open(self) -> serial.Serial:
        if self._port is None:
            wiring = self._wiring
            self._port = serial.Serial(
                self._device,
                baudrate=wiring.baud,
                bytesize=wiring.bits,
                parity=_PARITY[wiring.parity],
                stopbits=wiring.stop_bits,
                timeout=_GLANCE_S,
                write_timeout=1.0,
                exclusive=True,
            )
        return self._port


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
