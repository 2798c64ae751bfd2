"""The daemon's end of the control socket."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.abc
import msgspec
from anyio.streams.buffered import BufferedByteReceiveStream

from lantern.control.address import short
from lantern.control.protocol import Question, Reply, Wrong, decode_question, encode

LONGEST_QUESTION = 4096
PATIENCE_S = 5.0


async def serve(
    path: Path,
    answer: Callable[[Question], Reply],
    *,
    task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Answer questions on the socket at `path` until cancelled; its owner and group may ask.

    A socket left behind by a killed daemon is replaced: the caller holds the lock on the state.
    """
    _clear(path)
    before = os.umask(0o117)
    try:
        with short(path) as address:
            listener = await anyio.create_unix_listener(address)
    finally:
        os.umask(before)

    async def handle(connection: anyio.abc.SocketStream) -> None:
        async with connection:
            with anyio.move_on_after(PATIENCE_S):
                await _converse(connection, answer)

    try:
        task_status.started()
        await listener.serve(handle)
    finally:
        _clear(path)


def _clear(path: Path) -> None:
    if path.is_socket():
        path.unlink()


async def _converse(
    connection: anyio.abc.SocketStream, answer: Callable[[Question], Reply]
) -> None:
    try:
        line = await BufferedByteReceiveStream(connection).receive_until(b"\n", LONGEST_QUESTION)
    except (anyio.IncompleteRead, anyio.DelimiterNotFound, anyio.BrokenResourceError):
        return
    try:
        reply = answer(decode_question(line))
    except msgspec.DecodeError as error:
        reply = Wrong(f"question not understood: {error}")
    await connection.send(encode(reply) + b"\n")
