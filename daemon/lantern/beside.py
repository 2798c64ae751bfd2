"""The processes that run beside the daemon where no systemd starts them: page and screen."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.abc

from lantern import log

CHILD_PATIENCE_S = 1.0
SCREEN_AGAIN_S = 2.0
"""How long a screen that ended stays away."""


@contextlib.asynccontextmanager
async def page(config_file: Path) -> AsyncIterator[anyio.abc.Process]:
    """Run the page's process for as long as the context lasts."""
    async with _child(web_command(config_file)) as process:
        yield process


@contextlib.asynccontextmanager
async def screen(config_file: Path) -> AsyncIterator[None]:
    """Keep the screen's process up for as long as the context lasts, as systemd does."""

    async def keep_up() -> None:
        while True:
            async with _child(screen_command(config_file)) as process:
                log.info("screen ended", status=await process.wait())
            await anyio.sleep(SCREEN_AGAIN_S)

    async with anyio.create_task_group() as group:
        group.start_soon(keep_up)
        yield
        group.cancel_scope.cancel()


@contextlib.asynccontextmanager
async def _child(command: list[str]) -> AsyncIterator[anyio.abc.Process]:
    """Run a process of Lantern's own for as long as the context lasts."""
    # Its output goes where ours does: in a pipe that nobody reads it would be lost, and then block.
    async with await anyio.open_process(command, stdin=None, stdout=None, stderr=None) as process:
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
                with anyio.move_on_after(CHILD_PATIENCE_S, shield=True):
                    await process.wait()


def web_command(config_file: Path) -> list[str]:
    """Return the command line of the page's process."""
    return [sys.executable, "-m", "lantern", "--config", str(config_file), "web"]


def screen_command(config_file: Path) -> list[str]:
    """Return the command line of the screen's process, on a desktop beside other windows."""
    return [sys.executable, "-m", "lantern", "--config", str(config_file), "screen", "--windowed"]
