"""The daemon's end of the control socket."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import anyio.abc
from anyio.streams.buffered import BufferedByteReceiveStream

from lantern.address import short
from lantern.control.protocol import (
    NotNow,
    Question,
    Reply,
    Unable,
    Wrong,
    decode_question,
    encode,
)
from lantern.errors import LanternError, PhotoError, Unavailable

LONGEST_QUESTION = 32_768
"""Bytes: a long sentence and a deep path, or a thousand photos' ids."""

PATIENCE_S = 5.0
"""How long somebody may take to ask."""

LONGEST_ANSWER_S = 20.0
"""How long an answer may take, and be taken."""

Answerer = Callable[[Question], Awaitable[Reply]]


async def serve(
    path: Path,
    answer: Answerer,
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
            with anyio.move_on_after(LONGEST_ANSWER_S):
                await _converse(connection, answer)

    try:
        task_status.started()
        await listener.serve(handle)
    finally:
        _clear(path)


def _clear(path: Path) -> None:
    if path.is_socket():
        path.unlink()


async def _converse(connection: anyio.abc.SocketStream, answer: Answerer) -> None:
    """Answer one question. Whoever leaves early, or never ends a line, costs nothing else."""
    with contextlib.suppress(anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
        if reply := await _reply(connection, answer):
            await connection.send(encode(reply) + b"\n")


async def _reply(connection: anyio.abc.SocketStream, answer: Answerer) -> Reply | None:
    """Return the reply, None to somebody who takes too long to ask."""
    try:
        line = await _line(connection)
        return None if line is None else await answer(decode_question(line))
    except anyio.DelimiterNotFound:
        return Wrong(f"question not understood: no line ended within {LONGEST_QUESTION} bytes")
    except PhotoError as error:
        return Unable(str(error))
    except Unavailable as error:
        return NotNow(str(error))
    except LanternError as error:
        return Wrong(str(error))


async def _line(connection: anyio.abc.SocketStream) -> bytes | None:
    with anyio.move_on_after(PATIENCE_S):
        return await BufferedByteReceiveStream(connection).receive_until(b"\n", LONGEST_QUESTION)
    return None
