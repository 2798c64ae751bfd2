"""The presence boards of the show as people look after them: told, restarted, calibrated.

Part of the daemon's composition: `control` asks, `hardware` knows. The show hears the boards by
itself, as it does any sensor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import anyio
import anyio.to_thread

from lantern import log
from lantern.control.protocol import Boards, CalibrateBoard, GetBoards, RestartBoard
from lantern.errors import DeviceFault, StateUnavailable, Unavailable
from lantern.hardware import calibration
from lantern.hardware.ports import PresenceBoard
from lantern.link.board_state import BoardState


class BoardKeeper:
    """Answers what is asked of `boards`, and keeps in `file` what calibration found."""

    def __init__(self, boards: Iterable[PresenceBoard], file: Path) -> None:
        self._boards = {board.name: board for board in boards}
        self._file = file
        self._one = anyio.CapacityLimiter(1)

    @property
    def states(self) -> tuple[BoardState, ...]:
        """Return how each of them is."""
        return tuple(board.state() for board in self._boards.values())

    async def answer(self, question: GetBoards | RestartBoard | CalibrateBoard) -> Boards:
        """Answer a question from the control socket.

        Raises:
            Unavailable: there is no such board, it does not answer, or measures nothing of use.
        """
        match question:
            case RestartBoard(sensor):
                await self._do(self._named(sensor).restart)
                log.info("board restarted", sensor=sensor)
            case CalibrateBoard(sensor, metres):
                await self._do(calibrate, self._named(sensor), metres, self._file)
        return Boards(self.states)

    def _named(self, sensor: str) -> PresenceBoard:
        if sensor not in self._boards:
            known = ", ".join(self._boards) or "none"
            raise Unavailable(f"expected the name of a board ({known}), got {sensor!r}")
        return self._boards[sensor]

    async def _do(self, call: Callable[..., None], *args: object) -> None:
        """Block a thread by `call`; one at a time, and nobody waits for it who ends."""
        try:
            await anyio.to_thread.run_sync(call, *args, limiter=self._one, abandon_on_cancel=True)
        except DeviceFault as error:
            raise Unavailable(str(error)) from error


def calibrate(board: PresenceBoard, metres: float, file: Path) -> None:
    """Calibrate `board` by a thing at `metres`, and keep what was found in `file`. Blocking.

    Raises:
        Unavailable: it does not answer, or what was found cannot be kept.
        DeviceFault: it is in trouble, or what it measures is of no use.
    """
    state = board.state()
    if state.connected and state.fault:
        raise DeviceFault(state.fault)
    offset_mm = board.calibrate(metres)
    log.info("board calibrated", sensor=board.name, metres=metres, offset_mm=offset_mm)
    try:
        calibration.keep(file, board.name, offset_mm)
    except OSError as error:
        raise StateUnavailable(
            f"{board.name}: {offset_mm:+} mm hold until the board or the daemon begins anew; they "
            f"cannot be kept: {error}; mend that, then calibrate once more"
        ) from error
