"""The presence board on a serial line, as a sensor that the show hears.

A thread of its own reads the line and posts; `link.session` knows what is said, `link.serial` the
line. See ARCHITECTURE.md for the way of a footstep, and firmware/PROTOCOL.md.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque

import msgspec

from lantern import log
from lantern.errors import DeviceFault, Unavailable
from lantern.hardware.offset import offset_mm
from lantern.hardware.ports import BEAT_S, Fault, Level, Post
from lantern.link.board_state import BoardState, of_hello, of_report
from lantern.link.messages import (
    FURTHEST_MM,
    NEAREST_MM,
    Configure,
    Echo,
    Lamp,
    Light,
    Report,
)
from lantern.link.serial import SerialPort, Wiring
from lantern.link.session import BOOT_S, LOST_S, Session

WIRING = Wiring(baud=115200)

INTERVAL_MS = 50
SILENCE_MS = 3000

ANSWER_S = BOOT_S + LOST_S
"""A board that was reset by the opening of its line has answered within so long."""

STALE_S = 10.0
"""A line where no board answers for so long is opened anew: its name may lead elsewhere now."""

REST_S = 0.02
"""Who fills a whole read is left alone for so long: a flood shall not cost a core."""

LASTS_S = 1.0
"""A change of how it is that lasts for so long is worth a line of the log."""

MOST_REPORTS = 1000
"""What a calibration hears out, at most."""

_DEAF = {
    Echo.DEAD: "nothing comes on its echo line; check the ultrasonic sensor's power and wires",
    Echo.STUCK: "its echo line stays high; check the ultrasonic sensor's wires",
}
_BEAT_S = BEAT_S / 2  # so that a busy machine keeps what is promised


class Board:
    """A presence board at `device` (`PresenceBoard`), found again by itself when it was lost.

    Somebody is there from `enter_m` metres on until beyond `leave_m`, or while the motion detector
    says so, if `motion`. `offset_mm` is added to every distance. The lamp shows `light`.
    """

    def __init__(  # noqa: PLR0913 - as it is configured
        self,
        name: str,
        device: str,
        *,
        enter_m: float,
        leave_m: float,
        motion: bool,
        light: Light,
        offset_mm: int = 0,
    ) -> None:
        self._name, self._device = name, device
        enter_mm, leave_mm = _within_reach_mm(enter_m), _within_reach_mm(leave_m)
        configure = Configure(INTERVAL_MS, enter_mm, leave_mm, offset_mm, int(motion), SILENCE_MS)
        # The session, and what is known of it, are for whoever holds the lock of `_news`.
        self._news = threading.Condition()
        self._session = Session(configure, Lamp(light), first=1 + secrets.randbelow(0xFFFF))
        self._trouble = self._logged = ""
        self._agreed_at = 0.0
        self._state = BoardState(name, device, fault=f"{self}: is not opened", offset_mm=offset_mm)
        self._reports: deque[Report] = deque(maxlen=0)
        self._port: SerialPort | None = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self._name

    def __str__(self) -> str:
        """Return what errors call it."""
        return f"presence board on {self._device}"

    def open(self, post: Post) -> None:
        """Begin to post levels, and a fault at least each beat while it cannot tell.

        Blocks for a few seconds at most.

        Raises:
            Unavailable: the device is not there, or what is there does not answer as a board.
        """
        self._stopped = stopped = threading.Event()
        port = self._begin()
        try:
            self._await_answer(port, stopped)
        except Unavailable as error:
            self._end(port, str(error))
            raise
        self._thread = threading.Thread(
            target=self._run, args=(post, stopped, port), name=self._name, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop, and let go of the line; the board goes on measuring. Idempotent."""
        self._stopped.set()
        self._wake()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    # For those who look after it: any thread ---------------------------------------------------

    def state(self) -> BoardState:
        """Return how it is; never blocks."""
        return self._state

    def restart(self, timeout_s: float = 5.0) -> None:
        """Have the board begin anew, and wait until it was configured again.

        Raises:
            Unavailable: it does not answer, or was not back in time.
        """
        asked, before = time.monotonic(), self._connected()
        with self._news:
            self._session.restart()
            self._wake()
            if not self._news.wait_for(lambda: self._is_anew(before, asked), timeout_s):
                self._session.restart(wanted=False)
                raise Unavailable(
                    f"{self}: did not begin anew within {timeout_s:g} s; pull its plug for a moment"
                )

    def calibrate(self, metres: float, seconds: float = 3.0) -> int:
        """Measure a thing that stands at `metres`, and correct all distances by what is wrong.

        Blocks for `seconds` and a little; one at a time. Return the new `offset_mm`, which the
        board has, and which the next `Board` should be made with.

        Raises:
            Unavailable: the board does not answer.
            DeviceFault: what it measures swings, is nothing, or is further off than an offset can
                mend.
        """
        self._connected()
        self._reports = deque(maxlen=MOST_REPORTS)
        self._stopped.wait(seconds)
        reports, self._reports = self._reports, deque(maxlen=0)
        configure = self._session.configure
        try:
            found_mm = offset_mm(reports, metres, configure.offset_mm)
        except DeviceFault as error:
            raise DeviceFault(f"{self}: {error}") from error
        self._reconfigure(configure, msgspec.structs.replace(configure, offset_mm=found_mm))
        return found_mm

    def _connected(self) -> BoardState:
        """Return how it is.

        Raises:
            Unavailable: it is not connected.
        """
        state = self._state
        if not state.connected:
            raise Unavailable(state.fault)
        return state

    def _is_anew(self, before: BoardState, asked: float) -> bool:
        """Tell whether it has begun anew since `asked`, and is configured again."""
        state, since_s = self._state, time.monotonic() - asked
        is_young = state.reset == "asked" and state.up_s <= since_s + 0.5  # its clock may be fast
        return state.connected and is_young and state.greeted > before.greeted

    def _reconfigure(self, before: Configure, wanted: Configure) -> None:
        """Have the board configured as `wanted`, or else as `before`."""
        with self._news:
            self._session.wish(wanted)
            self._wake()
            if not self._news.wait_for(lambda: self._session.is_met, LOST_S):
                self._session.wish(before)
                raise Unavailable(f"{self}: does not take its offset; try again when it answers")

    def _wake(self) -> None:
        """Have what is wished said now."""
        if (port := self._port) is not None:
            port.wake()

    # The line: one thread ----------------------------------------------------------------------

    def _begin(self) -> SerialPort:
        """Open the line.

        Raises:
            Unavailable: it cannot be opened.
        """
        try:
            self._port = port = SerialPort(self._device, WIRING)
        except Unavailable as error:
            self._lose(str(error))
            raise
        with self._news:
            self._session.begin(time.monotonic())
        return port

    def _end(self, port: SerialPort, reason: str) -> None:
        """Let go of the line, for a `reason`."""
        self._port = None
        port.close()
        self._lose(reason)

    def _await_answer(self, port: SerialPort, stopped: threading.Event) -> None:
        """Return when the board has answered, and is as it is wished.

        Raises:
            Unavailable: it has not for long enough, or the line broke.
        """
        deadline = time.monotonic() + ANSWER_S
        while not self._session.is_met:
            if time.monotonic() >= deadline or stopped.is_set():
                raise Unavailable(self._state.fault)
            self._turn(port, deadline)

    def _run(self, post: Post, stopped: threading.Event, first: SerialPort) -> None:
        """Listen on `first`, and then on what is opened anew, until `stopped`."""
        port: SerialPort | None = first
        while not stopped.is_set():
            reason = f"{self}: is closed"
            try:
                port = port or self._begin()
                self._listen(port, post, stopped)
            except Unavailable as error:
                reason = str(error)
                post(Fault(self._name, time.monotonic(), reason))
                stopped.wait(_BEAT_S)
            if port is not None:
                self._end(port, reason)
            port = None

    def _listen(self, port: SerialPort, post: Post, stopped: threading.Event) -> None:
        """Post what comes on `port`, until `stopped`.

        Raises:
            Unavailable: it broke, or no board has answered there for a long time.
        """
        posted_at = time.monotonic()
        while not stopped.is_set():
            report = self._turn(port, posted_at + _BEAT_S)
            now = time.monotonic()
            if self._trouble and now >= posted_at + _BEAT_S:
                post(Fault(self._name, now, self._trouble))
            elif report and not self._trouble:
                post(Level(self._name, now, bool(report.present)))
            elif now < posted_at + _BEAT_S:
                continue
            posted_at = now
            if now > self._session.believed_at + STALE_S:
                raise Unavailable(self._trouble)

    def _turn(self, port: SerialPort, until: float) -> Report | None:
        """Say what is due, hear what comes until it is due again, and return the newest report.

        Of several that came at once it tells as much as all. None if the board has not measured.
        """
        with self._news:
            saying, due = self._session.says(time.monotonic()), self._session.due
        if saying:
            port.write(saying)
        data = port.read(min(due, until) - time.monotonic())
        if len(data) == port.LONGEST_READ:
            time.sleep(REST_S)
            port.skip()
        return self._hear(data, time.monotonic())

    def _hear(self, data: bytes, now: float) -> Report | None:
        with self._news:
            reports = self._session.hear(data, now)
            self._reports.extend(reports)
            self._tell(now)
            self._news.notify_all()
            measured = [report for report in reports if report.echo is not Echo.NOT_YET]
            return measured[-1] if measured and self._session.is_met else None

    # What is known -----------------------------------------------------------------------------

    def _tell(self, now: float) -> None:
        """Let `state` be how it is at `now`."""
        session = self._session
        trouble = self._trouble_at(now)
        odd = "" if trouble else session.hearing.oddity()
        fault = trouble or (f"{self}: {odd}" if odd else "")
        self._trouble = trouble
        self._journal(fault, now)
        self._state = BoardState(
            self._name,
            self._device,
            connected=session.is_met,
            fault=fault or ("" if session.is_met else f"{self}: has not answered yet"),
            offset_mm=session.configure.offset_mm,
            round_trip_ms=None if session.round_trip_s is None else 1000 * session.round_trip_s,
            greeted=session.greeted,
            spoiled_here=session.hearing.spoiled,
            **of_hello(session.hello),
            **of_report(session.report),
        )

    def _trouble_at(self, now: float) -> str:
        """Return why it cannot tell whether somebody is there; a reason stands until it can."""
        reason = self._session.fault(now)
        if not reason and self._session.is_met and self._session.report:
            reason = _DEAF.get(self._session.report.echo, "")
        if reason:
            return f"{self}: {reason}"
        return "" if self._session.is_met else self._trouble

    def _lose(self, reason: str) -> None:
        """Let it not be connected, for a `reason`."""
        with self._news:
            self._trouble = reason
            if not self._logged and not self._stopped.is_set():
                self._log(reason)
            self._state = msgspec.structs.replace(self._state, connected=False, fault=reason)
            self._news.notify_all()

    def _journal(self, fault: str, now: float) -> None:
        """Log conversations that began, and faults that came or went for longer than a moment.

        A loose wire changes its mind with each echo.
        """
        if self._session.greeted != self._state.greeted:
            greeted = of_hello(self._session.hello)
            log.info("presence board greeted", sensor=self._name, **greeted)
        if bool(fault) == bool(self._logged):
            self._agreed_at = now
        elif now >= self._agreed_at + LASTS_S:
            self._log(fault)

    def _log(self, fault: str) -> None:
        self._logged = fault
        if fault:
            log.warning("presence board in trouble", sensor=self._name, reason=fault)
        else:
            log.info("presence board well", sensor=self._name)


def _within_reach_mm(metres: float) -> int:
    return max(NEAREST_MM, min(FURTHEST_MM, round(1000 * metres)))
