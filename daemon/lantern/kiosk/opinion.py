"""A second opinion of how a work looks at some moment: decoded anew, beside the player.

By another mpv that draws nothing, with the processor alone, so that neither the player's state nor
the graphics chip has a say in it. Source: mpv's manual, "Video Output Drivers", image.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import anyio
import anyio.to_thread

from lantern.errors import Unavailable
from lantern.kiosk.grab import squares

PATIENCE_S = 60.0
"""It is niced, and a long film on a slow disk has to be wound to its place."""

BACK_S = 3.0
"""Where nothing is found, so much before is tried: films end a little before they say."""

_COMMAND = (
    "nice",
    "--adjustment=15",
    "mpv",
    "--no-config",
    "--load-scripts=no",
    "--ytdl=no",
    "--access-references=no",
    "--really-quiet",
    "--no-terminal",
    "--no-audio",
    "--no-sub",
    "--hwdec=no",
    "--frames=1",
    "--vo=image",
    "--vo-image-format=png",
    "--vo-image-png-compression=0",
    "--vo-image-png-filter=0",
)


async def decoded(path: str, position_s: float) -> bytes | None:
    """Return how the work at `path` looks there, as `grab.squares`; None if nothing is decoded.

    Raises:
        Unavailable: nobody can say.
    """
    for at in (position_s, position_s - BACK_S):
        with tempfile.TemporaryDirectory(prefix="lantern-") as folder:
            if frame := await _frame(path, max(0.0, at), Path(folder)):
                return frame
    return None


async def _frame(path: str, position_s: float, folder: Path) -> bytes | None:
    start = [f"--start={position_s:.3f}"] if position_s else []
    command = [*_COMMAND, *start, f"--vo-image-outdir={folder}", "--", path]
    try:
        with anyio.fail_after(PATIENCE_S):
            await anyio.run_process(
                command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
    except TimeoutError as error:
        raise Unavailable(f"no picture decoded within {PATIENCE_S:g} s") from error
    except OSError as error:
        raise Unavailable(f"no picture decoded: {error}") from error
    return await anyio.to_thread.run_sync(_only_picture, folder)


def _only_picture(folder: Path) -> bytes | None:
    written = list(folder.iterdir())
    return squares(written[0].read_bytes()) if written else None
