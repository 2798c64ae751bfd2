"""The presence board on a serial line, as a sensor that the show hears."""

from __future__ import annotations

from lantern.hardware.ports import Post
from lantern.link.board_state import BoardState
from lantern.link.messages import Light


class Board:
    """A presence board at `device` (`PresenceSensor`), found again by itself when it was lost.

    Somebody is there from `enter_m` metres on until beyond `leave_m`, or while the motion detector
    says so, if `motion`. `offset_mm` is added to every distance. The lamp shows `light`.
    """

    def __init__(
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
        raise NotImplementedError

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        raise NotImplementedError

    def open(self, post: Post) -> None:
        """Begin to post levels, and a fault at least each beat while it cannot tell.

        Blocks for a few seconds at most.

        Raises:
            Unavailable: the device is not there, or what is there does not answer as a board.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Stop, and let go of the line; the board goes on measuring. Idempotent."""
        raise NotImplementedError

    def state(self) -> BoardState:
        """Return how it is. From any thread; never blocks."""
        raise NotImplementedError

    def restart(self, timeout_s: float = 5.0) -> None:
        """Have the board begin anew, and wait until it was configured again. From any thread.

        Raises:
            Unavailable: it does not answer, or was not back in time.
        """
        raise NotImplementedError

    def calibrate(self, metres: float, seconds: float = 3.0) -> int:
        """Measure a thing that stands at `metres`, and correct all distances by what is wrong.

        Blocks for `seconds` and a little. From any thread. Return the new `offset_mm`, which the
        board has and its next configuration should name.

        Raises:
            Unavailable: the board does not answer.
            DeviceFault: what it measures swings, is nothing, or is further off than an offset can
                mend.
        """
        raise NotImplementedError
