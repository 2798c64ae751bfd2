"""The presence board's real C core, in this process, and a line to it that may treat it badly.

All in the time of the test: nothing here sleeps. What `scripts/board build` makes is needed.
"""

from __future__ import annotations

import ctypes
import functools
import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from lantern.link.framing import Deframer, Frame
from lantern.link.messages import Echo, Report, Reset
from lantern.link.session import Session

FIRMWARE = Path(__file__).parents[2] / "build" / "firmware"

SOUND_M_S = 343.4  # at 20 °C, which a board without a thermometer assumes
LONGEST_SAYING = 128


def built(name: str) -> Path:
    """Return what the firmware's build made under `name`."""
    path = FIRMWARE / name
    assert path.exists(), f'{path} is missing; run "scripts/board build" first'
    return path


@functools.cache
def library() -> ctypes.CDLL:
    """Return the core as it is compiled for this machine."""
    loaded = ctypes.CDLL(str(built("libboard.so")))
    u8, u16, u32 = ctypes.c_uint8, ctypes.c_uint16, ctypes.c_uint32
    board, size = ctypes.c_void_p, ctypes.c_size_t
    for name, result, *arguments in (
        ("board_size", size),
        ("board_begin", None, board, ctypes.c_int, u32),
        ("board_hear", None, board, u8, u32),
        ("board_wants_ping", ctypes.c_bool, board, u32),
        ("board_echoed", None, board, ctypes.c_int, u16, u32),
        ("board_moved", None, board, ctypes.c_bool),
        ("board_feels", None, board, u16),
        ("board_says", size, board, ctypes.c_char_p, size, u32),
        ("board_lit", ctypes.c_bool, board, u32),
        ("board_restarts", ctypes.c_bool, board),
        ("checksum", u16, ctypes.c_char_p, size),
        ("deframer_take", ctypes.c_bool, board, u8, ctypes.c_void_p),
        ("frame_write", size, ctypes.c_char_p, ctypes.c_void_p),
    ):
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded


class CoreFrame(ctypes.Structure):
    """`struct frame` of firmware/core/framing.h."""

    _fields_ = (
        ("number", ctypes.c_uint8),
        ("type", ctypes.c_uint8),
        ("length", ctypes.c_uint8),
        ("payload", ctypes.POINTER(ctypes.c_uint8)),
    )

    @classmethod
    def of(cls, frame: Frame) -> CoreFrame:
        payload = (ctypes.c_uint8 * max(1, len(frame.payload)))(*frame.payload)
        return cls(frame.number, frame.type, len(frame.payload), payload)

    def frame(self) -> Frame:
        return Frame(self.number, self.type, bytes(self.payload[: self.length]))


class CoreDeframer(ctypes.Structure):
    """`struct deframer` of firmware/core/framing.h."""

    _fields_ = (
        ("stretch", ctypes.c_uint8 * 37),
        ("length", ctypes.c_uint8),
        ("spoiled", ctypes.c_uint16),
    )

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that `data` completes."""
        frame = CoreFrame()
        for byte in data:
            if library().deframer_take(ctypes.byref(self), byte, ctypes.byref(frame)):
                yield frame.frame()


def written(frame: Frame) -> bytes:
    """Return the bytes of `frame` as the core writes them."""
    bytes_ = ctypes.create_string_buffer(LONGEST_SAYING)
    length = library().frame_write(bytes_, ctypes.byref(CoreFrame.of(frame)))
    return bytes_.raw[:length]


class Core:
    """A board, whose clock shows `clock_ms` when it begins. `resets` are its reasons, in order."""

    def __init__(self, clock_ms: int = 0) -> None:
        self._c = library()
        self._memory = ctypes.create_string_buffer(self._c.board_size())
        self._board = ctypes.cast(self._memory, ctypes.c_void_p)
        self._clock_ms = clock_ms
        self._began_ms = 0
        self._echo: tuple[float, Echo, int] | None = None
        self.metres: float | None = 3.0
        self.motion = False
        self.pings = 0
        self.resets: list[Reset] = []
        self.reset(Reset.POWER, 0)

    def reset(self, why: Reset, now_ms: int) -> None:
        """Begin anew."""
        self._began_ms, self._echo = now_ms - self._clock_ms, None
        self.resets.append(why)
        self._c.board_begin(self._board, why, self._clock_ms)

    def hear(self, data: bytes, now_ms: int) -> None:
        """Take bytes from the host."""
        for byte in data:
            self._c.board_hear(self._board, byte, self._chip_ms(now_ms))

    def lives(self, now_ms: int) -> bytes:
        """Ping, listen, and return what it says, as its main loop does."""
        chip_ms = self._chip_ms(now_ms)
        self._c.board_moved(self._board, self.motion)
        if self._echo and now_ms >= self._echo[0]:
            _, outcome, pulse_us = self._echo
            self._echo = None
            self._c.board_echoed(self._board, outcome, pulse_us, chip_ms)
        if self._c.board_wants_ping(self._board, chip_ms):
            self.pings += 1
            self._echo = self._echo_of(self.metres, now_ms)
        said = ctypes.create_string_buffer(LONGEST_SAYING)
        length = self._c.board_says(self._board, said, LONGEST_SAYING, chip_ms)
        if self._c.board_restarts(self._board):
            self.reset(Reset.ASKED, now_ms)
        return said.raw[:length]

    def is_lit(self, now_ms: int) -> bool:
        """Tell whether the lamp is on."""
        return bool(self._c.board_lit(self._board, self._chip_ms(now_ms)))

    def _chip_ms(self, now_ms: int) -> int:
        return (now_ms - self._began_ms) % (1 << 32)

    @staticmethod
    def _echo_of(metres: float | None, now_ms: int) -> tuple[float, Echo, int]:
        """Return when an echo from `metres` has ended, and how it was; None: nothing is there."""
        pulse_us = 38_000 if metres is None else round(2e6 * metres / SOUND_M_S)
        return now_ms + 0.45 + pulse_us / 1000, Echo.MEASURED, pulse_us


class Fate(msgspec.Struct, frozen=True):
    """What becomes of bytes on a line: `copies` of them (0: lost), `late_ms` each, the `junk`
    before them, the bits `flipped` (counted from the first), in `pieces` that come one by one."""

    copies: int = 1
    late_ms: int = 0
    junk: bytes = b""
    flipped: tuple[int, ...] = ()
    pieces: int = 1

    def treat(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield what comes of `data`, and after how many milliseconds."""
        bits = bytearray(data)
        for bit in self.flipped if data else ():
            bits[bit // 8 % len(bits)] ^= 1 << bit % 8
        spoiled, size = self.junk + bytes(bits), -(-len(data) // self.pieces)
        for copy in range(self.copies):
            for number, start in enumerate(range(0, len(spoiled), max(1, size))):
                yield (copy + 1) * self.late_ms + number, spoiled[start : start + max(1, size)]


KIND = Fate()


class Wire:
    """One direction of a line, on which things take `takes_ms`; what waits is `underway`."""

    def __init__(self, fates: Iterator[Fate], takes_ms: int = 2) -> None:
        self._fates = fates
        self._takes_ms = takes_ms
        self._order = itertools.count()
        self.underway: list[tuple[int, int, bytes]] = []

    def put(self, data: bytes, now_ms: int) -> None:
        """Send `data`, to whatever fate is next."""
        for late_ms, part in next(self._fates).treat(data):
            entry = now_ms + self._takes_ms + late_ms, next(self._order), part
            heapq.heappush(self.underway, entry)

    def take(self, now_ms: int) -> bytes:
        """Return what has come by now."""
        come = []
        while self.underway and self.underway[0][0] <= now_ms:
            come.append(heapq.heappop(self.underway)[2])
        return b"".join(come)


class Trial:
    """A session and a core on a line. `now_ms` goes on by `run`; `heard` are its reports.

    `down` and `up` are the fates of what the host and the board say, from the first to the last and
    from the first again; `is_kind` makes the line good. `told` are the board's frames as it said
    them, before anything happened to them.
    """

    STEP_MS = 10

    def __init__(
        self, session: Session, core: Core, down: Sequence[Fate] = (), up: Sequence[Fate] = ()
    ) -> None:
        self.session, self.core = session, core
        self.is_kind = False
        self.is_frozen = False
        self.now_ms = 0
        self.heard: list[Report] = []
        self.told: list[Frame] = []
        self._tap = Deframer()
        self.down, self.up = Wire(self._fates(down)), Wire(self._fates(up))
        session.begin(self.now)

    @property
    def now(self) -> float:
        """The host's clock."""
        return 1000.0 + self.now_ms / 1000

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time go by, until something is so; tell whether it is."""
        for _ in range(round(1000 * seconds / self.STEP_MS)):
            if until():
                return True
            self.now_ms += self.STEP_MS
            self._step()
        return until()

    def _step(self) -> None:
        if not self.is_frozen:
            self.core.hear(self.down.take(self.now_ms), self.now_ms)
            if said := self.core.lives(self.now_ms):
                self.told.extend(self._tap.feed(said))
                self.up.put(said, self.now_ms)
        self.heard += self.session.hear(self.up.take(self.now_ms), self.now)
        while self.session.due <= self.now:
            said = self.session.says(self.now)
            if not said:
                assert self.session.due > self.now, "it is due, and has nothing to say"
            else:
                self.down.put(said, self.now_ms)

    def _fates(self, unkind: Sequence[Fate]) -> Iterator[Fate]:
        for fate in itertools.cycle(unkind or (KIND,)):
            yield KIND if self.is_kind else fate
