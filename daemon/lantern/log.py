"""Log lines that a person and a machine can read: a constant message plus fields.

    log.info("photo described", photo="a/b.jpg", took_ms=31)
    2026-11-21 10:00:00 INFO photo described photo=a/b.jpg took_ms=31

Where standard error is the journal's, an entry with its fields goes there instead (`journal`); or
the line, without the time and with the priority in front as "<6>" [sd-daemon(3)].
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from lantern import journal

_logger = logging.getLogger("lantern")


def debug(message: str, **fields: object) -> None:
    """Log what only a developer wants to know."""
    _log(logging.DEBUG, message, fields)


def info(message: str, **fields: object) -> None:
    """Log a change of state that belongs to the day's story."""
    _log(logging.INFO, message, fields)


def warning(message: str, **fields: object) -> None:
    """Log something that degrades and is expected to heal, or costs one photo."""
    _log(logging.WARNING, message, fields)


def error(message: str, **fields: object) -> None:
    """Log something that a person must see to."""
    _log(logging.ERROR, message, fields)


@contextlib.contextmanager
def only_errors() -> Iterator[None]:
    """Log nothing below errors meanwhile: a command tells its user the same as its answer."""
    before = _logger.level
    _logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        _logger.setLevel(before)


def set_up(*, verbose: bool = False) -> None:
    """Send log lines to standard error, or into the journal where that is the journal's."""
    heard = _is_journal(sys.stderr)
    entries = journal.handler() if heard else None
    _logger.handlers[:] = [
        entries or _lines(_JournalFormatter() if heard else _TerminalFormatter())
    ]
    _logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    _logger.propagate = False
    if heard and entries is None:
        warning("journal gets no fields", reason="no systemd-python", install="python3-systemd")


def _is_journal(stream: TextIO) -> bool:
    """Tell whether `stream` is what JOURNAL_STREAM names, not one that took its place since.

    A program that a service starts elsewhere inherits the name: systemd.exec(5).
    """
    try:
        stat = os.fstat(stream.fileno())
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stat.st_dev}:{stat.st_ino}"


def _lines(formatter: logging.Formatter) -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    return handler


class _TerminalFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")


class _JournalFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"<{journal.priority(record.levelno)}>{super().format(record)}"


def _log(level: int, message: str, fields: dict[str, object]) -> None:
    if _logger.isEnabledFor(level):
        line = " ".join([message, *(f"{k}={_value(v)}" for k, v in fields.items())])
        _logger.log(level, "%s", line, extra={"event": message, "fields": fields}, stacklevel=3)


def _value(value: object) -> str:
    """Return `value` as one word, or quoted: no field can forge a second line or field."""
    text = str(value)
    plain = text.isprintable() and text and not any(c in text for c in ' "=')
    return text if plain else json.dumps(text)
