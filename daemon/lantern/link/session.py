"""The host's side of the talk with a presence board: bytes and the time in, bytes out. Pure.

`hear` takes what came, `says` returns what is to be sent, and `due` tells when to ask again. What
the board shall be like (its configuration, its lamp) is a wish that stands: it is told after each
greeting, and again when it changes. So there is no queue: of two wishes the later counts, and one
command at a time is under way. See firmware/PROTOCOL.md for the rules, `framing` and `messages`
for the bytes, `hearing` for what is on the line if it is no board.
"""

from __future__ import annotations

import math

import msgspec

from lantern.errors import ProtocolError
from lantern.link.framing import Frame, encode
from lantern.link.hearing import Hearing
from lantern.link.messages import (
    DICTIONARY_HASH,
    Configure,
    Greet,
    Hello,
    Lamp,
    Message,
    Ping,
    Refusal,
    Report,
    Restart,
    told,
)

REPEAT_S = 0.1
"""A command that nothing acknowledges is said again after so long."""

REPEATS = 10
"""After so many repetitions in vain the board is greeted anew."""

LOST_S = 2.0
"""A board reports each half second at least, and once a second in its safe state."""

BOOT_S = 2.5
"""How long a line that was just opened is left in peace, unless a board is heard.

Opening it resets an Arduino, whose bootloader listens for up to two seconds. What it does not
understand makes it start the firmware by the watchdog, which would then be told as the reason for
the reset. The one greeting at the very opening does no harm: the chip is awake 65 ms after a reset
at the earliest [ATmega328P data sheet, start-up times].
"""

CALL_S = 1.0
"""How often a board is greeted of which nothing is heard."""

STRANGER_S = 5.0
"""How often a board is greeted that speaks another dictionary: it may be flashed meanwhile."""

_HALF, _WHOLE = 1 << 31, 1 << 32


class _Sending:
    """A command under way: its bytes, when it was first and last sent, and how often."""

    def __init__(self, message: Message, number: int, now: float) -> None:
        self.message, self.number = message, number
        # The zero ends whatever a disturbed line made the board believe was a beginning.
        self.bytes = b"\0" + encode(message.frame(number))
        self.first = self.last = now
        self.times = 1

    def again(self, now: float) -> bytes:
        """Return the bytes, which are sent once more."""
        self.times += 1
        self.last = now
        return self.bytes


class _Talk(msgspec.Struct):
    """What is known of the conversation under way.

    The board has what it `took`, last at `at`, and did not like what is in `refusals`.
    """

    at: float
    took: dict[type[Message], Message] = msgspec.field(default_factory=dict)
    refusals: dict[type[Message], str] = msgspec.field(default_factory=dict)
    newest_ms: int | None = None

    def has(self, wish: Message) -> bool:
        """Tell whether the board is as it is wished to be."""
        return self.took.get(type(wish)) == wish

    def is_news(self, report: Report) -> bool:
        """Tell whether `report` is newer than the newest; the board's clock wraps around."""
        if self.newest_ms is None:
            return True
        return 0 < (report.at_ms - self.newest_ms) % _WHOLE < _HALF


class Session:
    """A conversation with whatever is on the line, and the next one, and so on.

    `first` is the name of the first session, in [1, 65535]; a host that begins anew takes another
    than before. `hello` and `report` are the last that were believed, None before any; `greeted`
    counts conversations begun, `dropped` reports that were late or of another conversation.
    `believed_at` is when the board was last believed, or the line opened. `round_trip_s` is from a
    command to what acknowledged it, lately; None before any.
    """

    def __init__(self, configure: Configure, lamp: Lamp, *, first: int) -> None:
        self.hearing = Hearing()
        self.hello: Hello | None = None
        self.report: Report | None = None
        self.round_trip_s: float | None = None
        self.greeted = self.dropped = 0
        self._wishes: dict[type[Message], Message] = {Configure: configure, Lamp: lamp}
        self._wants_restart = False
        self._name, self._number = first - 1, 0
        self._sending: _Sending | None = None
        self._talk: _Talk | None = None
        self._stranger: Hello | None = None
        self._stranger_at = self._opened_at = self.believed_at = -math.inf

    def begin(self, now: float) -> None:
        """Note that the line was opened: who is there is not known."""
        self.hearing.begin(now)
        self._opened_at = self.believed_at = now
        self._meet_stranger(None, -math.inf)
        self._part()

    # What is wished, and how it is -------------------------------------------------------------

    @property
    def configure(self) -> Configure:
        """What the board is configured with, or will be as soon as it hears."""
        wish = self._wishes[Configure]
        assert isinstance(wish, Configure)  # noqa: S101 - by its key
        return wish

    def wish(self, message: Configure | Lamp) -> None:
        """Have the board so from now on, in this conversation and all later ones."""
        self._wishes[type(message)] = message

    def restart(self, *, wanted: bool = True) -> None:
        """Have the board begin anew, once; or no longer, if it has not heard of it yet."""
        self._wants_restart = wanted
        if not wanted and self._asks_restart:
            self._part()

    @property
    def is_met(self) -> bool:
        """Whether the board takes part in the conversation, and has all that is wished."""
        talk = self._talk
        return talk is not None and all(map(talk.has, self._wishes.values()))

    def fault(self, now: float) -> str:
        """Return why what the board says is of no use, and what to do; "" if it is, or soon may be.

        Whoever does not answer has `LOST_S` for it.
        """
        if self._talk:
            return next(filter(None, self._talk.refusals.values()), "")
        if self._stranger and self.hearing.is_framed(now, LOST_S):
            return _mismatch(self._stranger)
        return "" if now - self.believed_at < LOST_S else self.hearing.fault(now, LOST_S)

    # Bytes and the time ------------------------------------------------------------------------

    def hear(self, data: bytes, now: float) -> list[Report]:
        """Take what came, and return the reports in it that are new and of this conversation."""
        frames = self.hearing.feed(data, now)
        return [report for frame in frames if (report := self._take(frame, now))]

    def says(self, now: float) -> bytes:
        """Return what is to be sent at `now`: the caller sends all of it, once."""
        if self._talk and now >= self.believed_at + LOST_S:
            self._part()
        if self._sending is None:
            message = self._next(now)
            return self._send(message, now) if message else b""
        if now < self._again_at:
            return b""
        if self._sending.times <= REPEATS:
            return self._sending.again(now)
        self._part()
        return self._send(self._greeting(), now)

    @property
    def due(self) -> float:
        """Return when `says` may have something new to say."""
        if not self._talk:
            return self._again_at if self._sending else self._stranger_at + STRANGER_S
        if self._sending:
            soon = self._again_at
        else:
            soon = -math.inf if self._outstanding(self._talk) else self._ping_at(self._talk)
        return min(soon, self.believed_at + LOST_S)

    # What is sent ------------------------------------------------------------------------------

    def _next(self, now: float) -> Message | None:
        """Return the command to begin with, None if there is nothing to say."""
        if not self._talk:
            return self._greeting() if now >= self._stranger_at + STRANGER_S else None
        outstanding = self._outstanding(self._talk)
        return outstanding or (Ping() if now >= self._ping_at(self._talk) else None)

    def _outstanding(self, talk: _Talk) -> Message | None:
        wish = next((one for one in self._wishes.values() if not talk.has(one)), None)
        return wish or (Restart() if self._wants_restart else None)

    def _greeting(self) -> Greet:
        self._name = self._name % 0xFFFF + 1
        return Greet(self._name)

    def _send(self, message: Message, now: float) -> bytes:
        self._number = (self._number + 1) % 256
        self._sending = _Sending(message, self._number, now)
        return self._sending.bytes

    @property
    def _again_at(self) -> float:
        """When the command under way is to be said again: soon to a board that is heard."""
        assert self._sending is not None  # noqa: S101 - asked then only
        last, framed_at = self._sending.last, self.hearing.framed_at
        if self._stranger:
            return last + STRANGER_S
        if self._talk or framed_at >= last - LOST_S:
            return last + REPEAT_S
        return max(last + CALL_S, self._opened_at + BOOT_S)

    def _ping_at(self, talk: _Talk) -> float:
        """When the board must hear something again, not to believe that it is alone."""
        return talk.at + self.configure.silence_ms / 3000

    # What is heard -----------------------------------------------------------------------------

    def _take(self, frame: Frame, now: float) -> Report | None:
        """Return the report in `frame` if it is to be believed."""
        try:
            message = told(frame)
        except ProtocolError:
            return None  # a board of another dictionary says so in its Hello
        if isinstance(message, Hello):
            self._meet(frame, message, now)
            return None
        if self._talk and message.session == self._name and self._talk.is_news(message):
            self._believe(self._talk, frame, message, now)
            return message
        self.dropped += 1
        return None

    def _meet(self, frame: Frame, hello: Hello, now: float) -> None:
        """Take a Hello: the answer to the greeting under way, or of a board that began anew."""
        knows = hello.dictionary == DICTIONARY_HASH
        if hello.session != self._name:
            if self._talk or (self._stranger and knows):
                self._meet_stranger(None, -math.inf)
                self._part()
        elif not self._talk and self._is_acknowledged(frame, now):
            self.hello, self.believed_at = hello, now
            self._talk = _Talk(now) if knows else None
            self._meet_stranger(*((None, -math.inf) if knows else (hello, now)))
            self.greeted += knows

    def _meet_stranger(self, hello: Hello | None, at: float) -> None:
        self._stranger, self._stranger_at = hello, at

    def _believe(self, talk: _Talk, frame: Frame, report: Report, now: float) -> None:
        self.report, self.believed_at, talk.newest_ms = report, now, report.at_ms
        sending = self._sending
        if sending and self._is_acknowledged(frame, now):
            talk.at = now
            kind = type(sending.message)
            talk.took[kind] = sending.message
            talk.refusals[kind] = _refused(sending.message, report)
            self._wants_restart &= not isinstance(sending.message, Restart)

    def _is_acknowledged(self, frame: Frame, now: float) -> bool:
        """Tell whether `frame` ends what is under way."""
        sending = self._sending
        if sending is None or frame.number != sending.number:
            return False
        if sending.times == 1:  # else nobody knows which of them was answered
            self.round_trip_s = now - sending.first
        self._sending = None
        return True

    @property
    def _asks_restart(self) -> bool:
        return self._sending is not None and isinstance(self._sending.message, Restart)

    def _part(self) -> None:
        """End the conversation; the next begins with a greeting."""
        if self._asks_restart:
            self._wants_restart = False  # it may have been heard: better not at all than twice
        self._sending = self._talk = None


def _mismatch(hello: Hello) -> str:
    version = f"{hello.major}.{hello.minor}.{hello.patch}"
    return (
        f"its firmware {version} speaks dictionary {hello.dictionary:08x}, expected "
        f'{DICTIONARY_HASH:08x}; run "scripts/board flash"'
    )


def _refused(message: Message, report: Report) -> str:
    """Return that the board refused `message`, "" if it did not."""
    if report.refusal is Refusal.NONE:
        return ""
    reason = report.refusal.name.lower().replace("_", " ")
    return f'refused {message} ({reason}); run "scripts/board flash"'
