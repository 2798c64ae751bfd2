"""Text for a terminal: names of files are whatever somebody made them."""

from __future__ import annotations

from lantern.model import display_path


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
