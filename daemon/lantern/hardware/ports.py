"""The ports of hardware: what the show needs of sensors and projectors, whoever made them.

Adapters report and obey; thresholds, hold times and what to do about a fault are `kiosk`'s. Times
are seconds of the monotonic clock.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from lantern.errors import Unavailable
from lantern.link.board_state import BoardState

if TYPE_CHECKING:  # numpy costs every command 0.1 s
    import numpy as np
    import numpy.typing as npt

    GreyImage = npt.NDArray[np.uint8]
    """(height, width) brightness in [0, 255], about 320 pixels wide."""

BEAT_S = 1.0
"""A working sensor says something at least so often, even if it is the same: silence is a fault."""


class Distance(msgspec.Struct, frozen=True, tag="distance"):
    """How far the nearest thing in front of `sensor` was, in metres; None where nothing echoed."""

    sensor: str
    at: float
    metres: float | None


class Level(msgspec.Struct, frozen=True, tag="level"):
    """Whether `sensor` saw somebody: a motion detector's line, a board's verdict, a camera's."""

    sensor: str
    at: float
    active: bool


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """`sensor` cannot tell at the moment, for this `reason`; its next `Distance` or `Level` can."""

    sensor: str
    at: float
    reason: str


Reading = Distance | Level | Fault

Post = Callable[[Reading], None]
"""Takes a reading, from any thread, and never blocks."""


class PresenceSensor(Protocol):
    """Something that may notice people."""

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        ...

    def open(self, post: Post) -> None:
        """Begin to post readings, at least one each `BEAT_S`, in the order of their times.

        Called while it is closed, and again after `close` if need be. May block for seconds.

        Raises:
            Unavailable: it cannot be reached now. Trying again is the caller's business.
        """
        ...

    def close(self) -> None:
        """Stop posting and let go of the device. Idempotent; no reading comes after it.

        May block for a second; never called from within `post`.
        """
        ...


class PresenceBoard(PresenceSensor, Protocol):
    """A sensor with a processor of its own, which can be asked how it is, and looked after.

    From any thread; open.
    """

    def state(self) -> BoardState:
        """Return how it is; never blocks."""
        ...

    def restart(self) -> None:
        """Have it begin anew, and wait for it, seconds at most.

        Raises:
            Unavailable: it does not answer, or did not come back.
        """
        ...

    def calibrate(self, metres: float) -> int:
        """Measure a thing at `metres` for some seconds, and correct distances by what is wrong.

        Return the millimetres that are added to each from now on.

        Raises:
            Unavailable: it does not answer.
            DeviceFault: what it measures does not stand still, or is nothing like as far.
        """
        ...


class Button(Protocol):
    """Something to press."""

    def open(self, pressed: Callable[[float], None]) -> None:
        """Call `pressed` with the time, from any thread, once whenever it is pressed.

        Raises:
            Unavailable: it cannot be reached now. Trying again is the caller's business.
        """
        ...

    def close(self) -> None:
        """Let go of it. Idempotent."""
        ...


class Camera(Protocol):
    """Something that sees what is before it, for all that want to look.

    Opened when it is first needed, and anew after a fault or `close`. From any thread; who comes
    while somebody looks waits. Calls block for seconds at most, and raise `Unavailable` where it
    cannot be reached now; they may be repeated at once.
    """

    def glance(self) -> GreyImage:
        """Return what it sees now, small and grey."""
        ...

    def picture(self) -> bytes:
        """Take a picture as good as it can, and return it as a JPEG file."""
        ...

    def close(self) -> None:
        """Let go of the camera. Idempotent."""
        ...


class Power(enum.StrEnum):
    """What a projector says of its lamp. `WARMING` and `COOLING` end by themselves."""

    OFF = "off"
    WARMING = "warming"
    ON = "on"
    COOLING = "cooling"


class ProjectorState(msgspec.Struct, frozen=True):
    """What a projector told about itself; None and empty where its protocol has no word for it."""

    power: Power
    input: str | None = None
    lamp_hours: tuple[int, ...] = ()
    troubles: tuple[str, ...] = ()


class Refused(Unavailable):
    """The projector understood, and will not now: it warms up, cools down, or protects itself."""


class Projector(Protocol):
    """A projector or display that can be switched.

    Every method may raise `Unavailable` where it does not answer within a few seconds, and may be
    called again at once. One call at a time.
    """

    async def state(self) -> ProjectorState:
        """Ask how it is."""
        ...

    async def switch(self, *, on: bool) -> None:
        """Begin to switch the lamp on or off; harmless where it is so, or on its way.

        Raises:
            Refused: it will not while it warms up or cools down.
        """
        ...

    async def choose(self, source: str) -> None:
        """Show the input `source`, by the protocol's own name.

        Raises:
            Refused: it has no such input, or not while the lamp is off.
        """
        ...

    async def close(self) -> None:
        """Let go of the line. Idempotent."""
        ...
