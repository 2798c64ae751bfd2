"""Text for a terminal: names of files are whatever somebody made them."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import NamedTuple, Self

from lantern.model import display_path

NARROWEST = 40
"""Columns: what does not fit in fewer runs over."""

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def one_line(text: str) -> str:
    """Return `text` on one line and without control codes, each of which becomes U+FFFD."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def shown_path(path: bytes) -> str:
    """Return `path` as one line of text."""
    return one_line(display_path(path))


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds, "90:05"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """Return a duration in its two largest units: "3 d 4 h", "5 min 2 s"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days:,} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Layout(NamedTuple):
    """How wide lines may be, None for any width, and whether they may shine.

    Whoever reads a pipe gets a line a fact, whatever its length, and no colours.
    """

    width: int | None = None
    shines: bool = False

    @classmethod
    def now(cls) -> Self:
        """Return what suits standard output [no-color.org for whoever wants none]."""
        if not sys.stdout.isatty():
            return cls()
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return cls(max(NARROWEST, shutil.get_terminal_size().columns), shines=not plain)

    def hung(self, head: str, text: str, *, strong: bool = False) -> list[str]:
        """Return `text` behind `head`, wrapped under itself; a `strong` head shines."""
        if self.width is None:
            return [f"{head}{text}"]
        lines = textwrap.wrap(
            text,
            self.width - len(head),
            break_on_hyphens=False,
        ) or [""]
        shining = f"{BOLD}{head}{PLAIN}" if strong and self.shines else head
        return [shining + lines[0], *(" " * len(head) + line for line in lines[1:])]
