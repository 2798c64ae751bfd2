"""Simulated projectors on real wires: a PJLink server, a serial device on a pty, a CEC bus, sysfs.

Each twin lets the same model of a projector speak one protocol, written from the protocol's
manual and not from the adapter under test. `Noise` says how badly the wire treats what is said.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pty
import re
import select
import socket
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, Refused
from lantern.hardware.projector.simulated import Projection


class Clock:
    """The time of a test, which goes by when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Noise(msgspec.Struct):
    """What happens to what a twin says: `pieces` one byte at a time, `junk` instead of it, `reset`
    of the connection, `late` by so many seconds, `mute` entirely."""

    pieces: bool = False
    junk: bytes = b""
    reset: bool = False
    late: float = 0.0
    mute: bool = False


class Twin:
    """A model on a wire, in the time of a clock. `heard` is each command, as it came."""

    def __init__(self, model: Projection, clock: Callable[[], float]) -> None:
        self.model = model
        self.clock = clock
        self.noise = Noise()
        self.heard: list[str] = []
        self._lock = threading.RLock()

    def reply(self, command: str) -> str | None:
        """Return what the projector says to a command, None where it says nothing."""
        raise NotImplementedError

    def reply_on_the_wire(self, command: str) -> bytes:
        with self._lock:
            self.heard.append(command)
            said = None if self.noise.mute else self.reply(command)
        time.sleep(self.noise.late)
        if said is not None and self.noise.junk:
            return self.noise.junk
        return (said or "").encode("latin-1")


# PJLink -------------------------------------------------------------------------------------------

_PJLINK_POWER = {Power.OFF: "0", Power.ON: "1", Power.COOLING: "2", Power.WARMING: "3"}
_PJLINK_ERRORS = ("fan", "lamp", "temperature", "cover", "filter", "other")


class PJLinkTwin(Twin):
    """PJLink class 1: one connection at a time, a digest where a password is set."""

    password: str | None = None
    salt = "498e4a67"  # the example of the specification, 5.1
    greeting: bytes | None = None

    def reply(self, command: str) -> str | None:
        if not (found := re.fullmatch(r"%1([A-Z]{4}) (.+)", command)):
            return "%1" + command[2:6] + "=ERR1\r"
        return f"%1{found[1]}={self._answer(found[1], found[2])}\r"

    def _answer(self, command: str, parameter: str) -> str:
        try:
            return self._told(command, parameter)
        except Refused:
            return "ERR3"

    def _told(self, command: str, parameter: str) -> str:
        model, now = self.model, self.clock()
        state = model.tell(now)
        if parameter == "?":
            answers = {
                "POWR": _PJLINK_POWER[state.power],
                "INPT": state.input or "ERR3",
                "LAMP": f"{state.lamp_hours[0]} {int(model.lit)}",
                "ERST": "".join("02"[name in state.troubles] for name in _PJLINK_ERRORS),
            }
            return answers.get(command, "ERR1")
        if command == "POWR" and state.power in (Power.WARMING, Power.COOLING):
            return "ERR3"  # whichever way it goes
        if command == "POWR" and parameter in "01":
            model.switch(now, on=parameter == "1")
        elif command == "INPT" and parameter in model.make.inputs:
            model.choose(now, parameter)
        else:
            return "ERR2"
        return "OK"

    @contextlib.contextmanager
    def serving(self) -> Iterator[int]:
        """Listen on a port of loopback."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
            thread.start()
            try:
                yield listener.getsockname()[1]
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                thread.join(5)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        digest = hashlib.md5((self.salt + (self.password or "")).encode()).hexdigest()
        greeting = f"PJLINK 1 {self.salt}\r" if self.password else "PJLINK 0\r"
        if self.model.deaf:
            connection.recv(1)  # accepted by the kernel, and nobody is there
            return
        self._send(connection, greeting.encode() if self.greeting is None else self.greeting)
        owed = digest if self.password else ""
        for line in connection.makefile("r", newline="\r"):
            command = line.removesuffix("\r")
            if self.noise.reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            if not command.startswith(owed):
                self._send(connection, b"PJLINK ERRA\r")
                return
            try:
                self._send(connection, self.reply_on_the_wire(command.removeprefix(owed)))
            except Unavailable:
                return
            owed = ""

    def _send(self, connection: socket.socket, said: bytes) -> None:
        for piece in _pieces(said, self.noise):
            connection.sendall(piece)


# RS-232 -------------------------------------------------------------------------------------------


class SerialTwin(Twin):
    """A projector on one end of a pty; the other end is its serial device."""

    end = "\r"

    @contextlib.contextmanager
    def plugged(self) -> Iterator[str]:
        """Have a device file for the line."""
        ours, theirs = pty.openpty()
        os.set_blocking(ours, False)
        tty.setraw(theirs)
        self.pulled, self.gone = threading.Event(), threading.Event()
        self._ours = ours
        thread = threading.Thread(target=self._listen, args=(ours,), daemon=True)
        thread.start()
        try:
            yield os.ttyname(theirs)
        finally:
            self.pull()
            thread.join(5)
            os.close(theirs)

    def pull(self) -> None:
        """Pull the adapter out, as one does with those on USB."""
        self.pulled.set()
        self.gone.wait(5)

    def unasked(self, said: bytes) -> None:
        """Say something that nobody asked for, and wait until it is in the other's buffer."""
        os.write(self._ours, said)
        time.sleep(0.02)

    def _listen(self, line: int) -> None:
        heard = ""
        with open(line, "rb+", buffering=0):
            while not self.pulled.is_set():
                if not select.select([line], [], [], 0.01)[0]:
                    continue
                heard += os.read(line, 100).decode("latin-1")
                while self.end in heard:
                    command, heard = heard.split(self.end, 1)
                    with contextlib.suppress(Unavailable):
                        said = self.reply_on_the_wire(command)
                        for piece in _pieces(said, self.noise):
                            self._say(line, piece)
        self.gone.set()

    def _say(self, line: int, said: bytes) -> None:
        """Say all of it, for as long as somebody may still listen."""
        while said and not self.pulled.is_set():
            if select.select([], [line], [], 0.01)[1]:
                with contextlib.suppress(BlockingIOError):
                    said = said[os.write(line, said) :]


class EpsonTwin(SerialTwin):
    """ESC/VP21: PWR, SOURCE, LAMP, ERR; a colon when done, ERR when not ready."""

    slow = False
    """Like older models: silent from PWR ON until the lamp is lit."""

    def reply(self, command: str) -> str | None:
        model, now = self.model, self.clock()
        state = model.tell(now)
        if self.slow and state.power is Power.WARMING:
            return None
        try:
            said = self._obeyed(command, model, now) + ":"
        except Refused:
            return "ERR\r:"
        return None if self.slow and model.power is Power.WARMING else said

    def _obeyed(self, command: str, model: Projection, now: float) -> str:
        state = model.tell(now)
        words = {Power.OFF: "04", Power.ON: "01", Power.WARMING: "02", Power.COOLING: "03"}
        errors = {(): "00", ("temperature",): "04", ("lamp",): "06"}
        answers = {
            "PWR?": f"PWR={words[state.power]}\r",
            "SOURCE?": f"SOURCE={state.input}\r" if state.input else "ERR\r",
            "LAMP?": f"LAMP={state.lamp_hours[0]}\r",
            "ERR?": f"ERR={errors[state.troubles]}\r",
            "": "",
        }
        if command in ("PWR ON", "PWR OFF"):
            model.switch(now, on=command == "PWR ON")
            return ""
        if command.startswith("SOURCE "):
            model.choose(now, command.removeprefix("SOURCE "))
            return ""
        return answers.get(command, "ERR\r")


class BenqTwin(SerialTwin):
    """BenQ: an echo after a prompt, then the answer in capitals; no word for warm or cold."""

    echoes = True

    def reply(self, command: str) -> str | None:
        if not command:
            return ">" if self.echoes else ""
        said = self._obeyed(command)
        return f"{command}\r\n*{said}#\r\n" if self.echoes else f"\r\n*{said}#\r\n"

    def _obeyed(self, command: str) -> str:
        model, now = self.model, self.clock()
        state = model.tell(now)
        found = re.fullmatch(r"\*(\w+)=(\S+)#", command.lower())
        key, word = found.groups() if found else ("", "")
        said = command.strip("*#").upper()
        try:
            match key, word:
                case "pow", "?":
                    said = f"POW={state.power.upper()}"
                case "pow", _:
                    model.switch(now, on=word == "on")
                case "sour", "?":
                    said = f"SOUR={state.input.upper()}" if state.input else "Block item"
                case "sour", _:
                    model.choose(now, word)
                case "ltim", "?":
                    said = f"LTIM= {state.lamp_hours[0]}"
                case _:
                    said = "Unsupported item" if found else "Illegal format"
        except Refused:
            said = "Block item"
        return said


# CEC ----------------------------------------------------------------------------------------------

_CEC_CTL = """#!/bin/sh
echo "$*" >'{folder}/asked'
exec <'{folder}/told'
read -r status
cat
exit "$status"
"""


class CecTwin(Twin):
    """A `cec-ctl` on PATH, at whose bus's end the model is the television.

    Its output has the form of v4l-utils 1.22, cec-ctl.cpp and cec-log.cpp.
    """

    claimed = False
    connected = True
    sequence = 0

    @contextlib.contextmanager
    def on_path(self, folder: Path) -> Iterator[None]:
        self._folder = folder
        for pipe in ("asked", "told"):
            os.mkfifo(folder / pipe)
        program = folder / "cec-ctl"
        program.write_text(_CEC_CTL.format(folder=folder))
        program.chmod(0o755)
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        before = os.environ["PATH"]
        os.environ["PATH"] = f"{folder}:{before}"
        try:
            yield
        finally:
            os.environ["PATH"] = before
            (folder / "asked").write_text("end")
            thread.join(5)

    def _serve(self) -> None:
        while (asked := (self._folder / "asked").read_text().strip()) != "end":
            self.heard.append(asked)
            time.sleep(self.noise.late)
            status, said = self._ran(asked)
            self._tell(f"{status}\n{said}")

    def _tell(self, said: str) -> None:
        """Hand it to whoever asked; nobody, if they were killed meanwhile."""
        for _ in range(200):
            with contextlib.suppress(OSError):
                pipe = os.open(self._folder / "told", os.O_WRONLY | os.O_NONBLOCK)
                with open(pipe, "w") as told:
                    told.write(said)
                return
            time.sleep(0.005)

    def _ran(self, asked: str) -> tuple[int, str]:
        common, _, message = asked.partition(" --skip-info ")
        if common != "--device /dev/cec0":
            return 1, "Failed to open: No such file or directory\n"
        if message.startswith("--playback"):
            self.claimed = self.connected
            return 0, ""
        if not self.claimed:
            return 0, "\nAdapter is unconfigured, please configure it first.\n"
        return 0, self.noise.junk.decode() or self._bus(message)

    def _bus(self, message: str) -> str:
        self.sequence += 1
        model, now = self.model, self.clock()
        try:
            state = model.tell(now)
        except Unavailable:
            return transmitted(message, self.sequence, "Tx, Not Acknowledged (4), Max Retries")
        match message:
            case "--to 0 --give-device-power-status":
                power = {Power.OFF: 1, Power.ON: 0, Power.WARMING: 2, Power.COOLING: 3}
                return transmitted(message, self.sequence, power=power[state.power])
            case "--to 0 --image-view-on":
                model.switch(now, on=True)
            case "--to 0 --standby":
                model.switch(now, on=False)
            case "--active-source phys-addr=1.0.0.0":
                pass
            case _:
                raise AssertionError(message)
        return transmitted(message, self.sequence)


_CEC_NAMES = {
    "--to 0 --give-device-power-status": "GIVE_DEVICE_POWER_STATUS (0x8f)",
    "--to 0 --image-view-on": "IMAGE_VIEW_ON (0x04)",
    "--to 0 --standby": "STANDBY (0x36)",
    "--active-source phys-addr=1.0.0.0": "ACTIVE_SOURCE (0x82):\n\tphys-addr: 1.0.0.0",
}
_CEC_POWER = ("on", "standby", "to-on", "to-standby")


def transmitted(message: str, sequence: int, status: str = "", power: int | None = None) -> str:
    """Return what cec-ctl prints of a message, and of the power status that came back."""
    to = "all (4 to 15)" if message.startswith("--active") else "TV (4 to 0)"
    said = f"\nTransmit from Playback Device 1 to {to}:\nCEC_MSG_{_CEC_NAMES[message]}\n"
    if power is not None:
        said += "    Received from TV (0):\n    CEC_MSG_REPORT_POWER_STATUS (0x90):\n"
        said += f"\tpwr-state: {_CEC_POWER[power]} (0x{power:02x})\n"
    said += f"\tSequence: {sequence} Tx Timestamp: 117.341s"
    if power is not None:
        said += " Rx Timestamp: 117.430s\n\tApproximate response time: 38 ms"
    return said + "\n" + (f"\t{status}\n" if status else "")


# DPMS ---------------------------------------------------------------------------------------------


class SysfsTwin(Twin):
    """The kernel's files of a display: the console's `blank` and a connector's `dpms`.

    Like the kernel's, a write to `blank` succeeds whether or not it has an effect: it has none
    while a `master` holds the display.
    """

    master = False
    connected = True

    @contextlib.contextmanager
    def mounted(self, sysfs: Path) -> Iterator[Path]:
        self._blank = sysfs / "class/graphics/fb0/blank"
        self._connector = sysfs / "class/drm/card1-HDMI-A-1"
        for folder in (self._blank.parent, self._connector, sysfs / "class/drm/card1"):
            folder.mkdir(parents=True)
        self._show()
        os.mkfifo(self._blank)
        thread = threading.Thread(target=self._obey, daemon=True)
        thread.start()
        try:
            yield sysfs
        finally:
            self._blank.write_text("end")
            thread.join(5)

    def sync(self) -> None:
        """Write what the connector tells, after the test has changed something."""
        self._show()

    def _obey(self) -> None:
        while (written := self._blank.read_text().strip()) != "end":
            with self._lock:
                self.heard.append(written)
                if not self.master:
                    self.model.switch(self.clock(), on=written == "0")
                self._show()

    def _show(self) -> None:
        with self._lock:
            self.model.advance(self.clock())
            there = self.connected and not self.model.deaf
            self._write("dpms", "On\n" if self.model.lit else "Off\n")
            self._write("status", "connected\n" if there else "disconnected\n")

    def _write(self, name: str, text: str) -> None:
        """Change a file at once, as the kernel's are."""
        new = self._connector / "new"
        new.write_text(text)
        new.rename(self._connector / name)


def _pieces(said: bytes, noise: Noise) -> Iterator[bytes]:
    if not noise.pieces:
        yield said
        return
    for byte in said:
        yield bytes([byte])
        time.sleep(0.001)
