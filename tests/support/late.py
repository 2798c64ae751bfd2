"""A line to a player that is slow now and then, as on a machine that has other work to do."""

from __future__ import annotations

from pathlib import Path

import anyio
import anyio.abc

HELD_S = 0.2


async def late(
    player: Path, socket: Path, held: bytes, *, task_status: anyio.abc.TaskStatus[None]
) -> None:
    """Pass on at `socket` what `player` tells, whole lines, each with `held` in it `HELD_S` late.

    What comes behind such a line waits, as nothing overtakes it.
    """

    async def serve(here: anyio.abc.SocketStream) -> None:
        async with here, await _reached(player) as there, anyio.create_task_group() as tasks:
            tasks.start_soon(_pass_on, here, there)
            await _pass_lines(there, here, held)
            tasks.cancel_scope.cancel()

    listener = await anyio.create_unix_listener(socket)
    async with listener:
        task_status.started()
        await listener.serve(serve)


async def _reached(player: Path) -> anyio.abc.SocketStream:
    with anyio.fail_after(10):
        while True:
            try:
                return await anyio.connect_unix(player)
            except OSError:
                await anyio.sleep(0.05)


async def _pass_on(source: anyio.abc.SocketStream, sink: anyio.abc.SocketStream) -> None:
    async for data in source:
        await sink.send(data)


async def _pass_lines(
    source: anyio.abc.SocketStream, sink: anyio.abc.SocketStream, held: bytes
) -> None:
    rest = b""
    async for data in source:
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if held in line:
                await anyio.sleep(HELD_S)
            await sink.send(line + b"\n")
