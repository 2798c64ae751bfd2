"""Who answers for a presence board: the daemon that looks after it, else the device itself.

A running daemon holds the device. Where none runs, or it has no show, the device is free.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence

from lantern import config, log
from lantern.config import Config, Sensor
from lantern.control import client
from lantern.control.protocol import Boards, CalibrateBoard, GetBoards, OfBoards, RestartBoard
from lantern.errors import ProtocolError, Unavailable
from lantern.hardware.ports import PresenceBoard
from lantern.link.board_state import BoardState

PATIENCE_S = 25.0
"""A board that begins anew, or measures for its calibration, takes seconds."""

FIRST_S = 1.0
"""How long a board that was just opened may take to measure for the first time."""

_NOT_YET = ("", "not_yet")


def look(settings: Config, sections: Sequence[Sensor]) -> list[BoardState]:
    """Return how the boards of `sections` are; of one that does not answer, why."""
    told = _of_daemon(settings)
    return [_found(told, section) or _looked(settings, section) for section in sections]


def restart(settings: Config, section: Sensor) -> BoardState:
    """Have the board of `section` begin anew; return how it is then.

    Raises:
        Unavailable: it does not answer, or did not come back.
    """
    if _found(_of_daemon(settings), section):
        return _done(settings, section, RestartBoard(section.name))
    with _opened(settings, section) as board:
        board.restart()
        return _settled(board)


def calibrate(settings: Config, section: Sensor, metres: float) -> BoardState:
    """Correct the distances of the board of `section` by a thing at `metres`; return how it is.

    Raises:
        Unavailable: it does not answer, or what was found cannot be kept.
        DeviceFault: what it measures is of no use.
    """
    from lantern import boards  # noqa: PLC0415 - slow

    if _found(_of_daemon(settings), section):
        return _done(settings, section, CalibrateBoard(section.name, metres))
    with _opened(settings, section) as board:
        boards.calibrate(board, metres, settings.paths.calibration)
        return _settled(board)


def real(device: str) -> str:
    """Return the device that `device` is, perhaps by another name."""
    return os.path.realpath(os.path.expanduser(device))


# The daemon ---------------------------------------------------------------------------------------


def _of_daemon(settings: Config) -> tuple[BoardState, ...]:
    """Return the boards that the daemon looks after; none where no daemon runs."""
    try:
        return _asked(settings, GetBoards(), client.PATIENCE_S)
    except Unavailable:
        return ()


def _done(settings: Config, section: Sensor, question: OfBoards) -> BoardState:
    """Have the daemon do as it is asked; return how the board is then."""
    state = _found(_asked(settings, question), section)
    if state is None:
        raise Unavailable(f"board {section.name}: the daemon lost it from its list; try again")
    return state


def _asked(
    settings: Config, question: OfBoards, patience_s: float = PATIENCE_S
) -> tuple[BoardState, ...]:
    answer = client.ask(settings.paths.control_socket, question, patience_s=patience_s)
    if not isinstance(answer, Boards):
        raise ProtocolError(f"expected the boards, got {type(answer).__name__}")
    return answer.boards


def _found(states: Sequence[BoardState], section: Sensor) -> BoardState | None:
    """Return the state of the board of `section`, None where it is not among `states`."""
    return next(
        (
            state
            for state in states
            if state.sensor == section.name and real(state.device) == real(section.device)
        ),
        None,
    )


# The device itself --------------------------------------------------------------------------------


@contextlib.contextmanager
def _opened(settings: Config, section: Sensor) -> Iterator[PresenceBoard]:
    """Hold the board of `section`; one that is no sensor's goes by thresholds of its own."""
    from lantern.hardware import build, calibration  # noqa: PLC0415 - slow

    is_ours = any(board.name == section.name for board in settings.boards)
    presence = settings.presence if is_ours else config.Presence()
    offsets = calibration.load(settings.paths.calibration)
    (board,) = build.boards([section], presence, offsets)
    with contextlib.closing(board), log.only_errors():
        board.open(lambda _: None)
        yield board


def _looked(settings: Config, section: Sensor) -> BoardState:
    try:
        with _opened(settings, section) as board:
            return _settled(board)
    except Unavailable as error:
        return BoardState(sensor=section.name, device=section.device, fault=str(error))


def _settled(board: PresenceBoard) -> BoardState:
    """Return how `board` is once it has measured."""
    deadline = time.monotonic() + FIRST_S
    while (state := board.state()).echo in _NOT_YET and time.monotonic() < deadline:
        time.sleep(0.01)
    return state
