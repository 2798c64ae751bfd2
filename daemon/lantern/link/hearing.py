"""What is heard on a board's line since it was opened: frames, and what else it sounds like. Pure.

Tells apart a board, another gadget, a wrong baud rate and a flood, as far as bytes alone can.
"""

from __future__ import annotations

import math

from lantern.link.framing import Deframer, Frame

QUOTED = 32
"""So many of its first bytes tell a person what a strange device is."""

FLOOD = 5000
"""Bytes a second that no board has to say.

A report is 24 bytes, a board that each echo surprises makes 60 a second of them, and an answer to
each command. The line itself carries 11,520.
"""

_WINDOW_S = 1.0


class Hearing:
    """Frames of a line. `framed_at` is when the last came since the opening, -inf before the first.

    `bytes_per_s` is how fast they came during the last whole second.
    """

    def __init__(self) -> None:
        self._deframer = Deframer()
        self.begin(0.0)

    def begin(self, now: float) -> None:
        """Note that the line was opened; half a frame from before is none."""
        list(self._deframer.feed(b"\0"))
        self.framed_at = -math.inf
        self.bytes_per_s = 0.0
        self._first = b""
        self._window_at, self._window_bytes = now, 0

    @property
    def spoiled(self) -> int:
        """Return how many stretches of bytes were no frame, over all openings."""
        return self._deframer.spoiled

    def feed(self, data: bytes, now: float) -> list[Frame]:
        """Return the frames that `data`, which came at `now`, completes."""
        self._first += data[: QUOTED - len(self._first)]
        self._measure(len(data), now)
        frames = list(self._deframer.feed(data))
        if frames:
            self.framed_at = now
        return frames

    def is_framed(self, now: float, within_s: float) -> bool:
        """Tell whether frames of any kind were heard lately."""
        return now - self.framed_at < within_s

    def fault(self, now: float, within_s: float) -> str:
        """Return what is on a line where no board has answered for so long, and what to do."""
        if self.is_framed(now, within_s):
            return (
                "speaks but does not answer; check the wire to its RX, and who else is on the line"
            )
        if self.framed_at > -math.inf:
            return f'no report for {within_s:g} s; check the cable, then "lantern board reset"'
        if self._first:
            return (
                f'expected frames of a board at 115200 baud, got "{repr(self._first)[2:-1]}"; '
                'see which device this is, or run "scripts/board flash"'
            )
        return 'says nothing; check its power and cable, or run "scripts/board flash"'

    def oddity(self) -> str:
        """Return what is odd of a board that is heard well, "" for nothing."""
        if self.bytes_per_s <= FLOOD:
            return ""
        return (
            f"says {self.bytes_per_s:.0f} bytes a second, expected {FLOOD} at most; "
            'check the motion detector, or run "scripts/board flash"'
        )

    def _measure(self, count: int, now: float) -> None:
        passed_s = now - self._window_at
        if passed_s >= _WINDOW_S:
            self.bytes_per_s = self._window_bytes / passed_s
            self._window_at, self._window_bytes = now, 0
        self._window_bytes += count
