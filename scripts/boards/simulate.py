"""Play a little scene before a simulated presence board.

`scripts/board simulate`. The board is the binary that is flashed, in a simulated chip, on a
pseudo-terminal that the daemon takes for the serial line of a real one. Somebody comes each half
minute. Ends with Ctrl-C.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

FIRMWARE = Path(__file__).parents[2] / "build/firmware"
STEP_S = 0.1
WALK_M_S = 1.0

OPENING = """\
The board is on {device}. In lantern.toml:

    [[sensors]]
    name = "front"
    by = "board"
    device = "{device}"

To see what it says instead: scripts/board monitor {device}
"""


def scene() -> Iterator[tuple[str, int | None]]:
    """Return what is to be told each `STEP_S`, and how far off somebody is, in millimetres."""
    while True:
        yield from _stays("nobody is there", None, 10)
        yield from _walks("somebody comes", 3500, 900)
        yield from _stays("stands before the picture", 900, 10)
        yield from _walks("goes", 900, 3500)


def _stays(words: str, distance_mm: int | None, seconds: float) -> Iterator[tuple[str, int | None]]:
    for _ in range(round(seconds / STEP_S)):
        yield words, distance_mm


def _walks(words: str, from_mm: int, to_mm: int) -> Iterator[tuple[str, int | None]]:
    steps = round(abs(to_mm - from_mm) / 1000 / WALK_M_S / STEP_S)
    for step in range(1, steps + 1):
        yield words, from_mm + (to_mm - from_mm) * step // steps


def play(board: subprocess.Popen[str]) -> None:
    """Play the scene until the board ends.

    Raises:
        BrokenPipeError: it did.
    """
    assert board.stdin  # noqa: S101 - a pipe was asked for
    assert board.stdout  # noqa: S101 - a pipe was asked for
    if not (opening := board.stdout.readline()):
        raise BrokenPipeError
    print(OPENING.format(device=opening.removeprefix("pty ").strip()), flush=True)
    told = ""
    for words, distance_mm in scene():
        if words != told:
            print(time.strftime("%H:%M:%S"), words, flush=True)
            told = words
        board.stdin.write(f"distance {distance_mm or 'beyond'}\n")
        board.stdout.readline()
        time.sleep(STEP_S)


def main() -> int:
    """Start the board and play; return an exit code."""
    command = (FIRMWARE / "lantern-simulator", FIRMWARE / "lantern-board.elf")
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            start_new_session=True,  # Ctrl-C is for this script
        ) as board:
            play(board)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        print("scripts/board simulate: it ended; run scripts/board build", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
