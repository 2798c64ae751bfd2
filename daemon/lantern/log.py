"""Log lines that a person and a machine can read: a constant message plus fields.

    log.info("photo described", photo="a/b.jpg", took_ms=31)
    2026-11-21 10:00:00 INFO photo described photo=a/b.jpg took_ms=31

Under systemd the time is left out and the priority goes in front as "<6>", as the journal wants it
on standard error [sd-daemon(3)].
"""

from __future__ import annotations

import json
import logging
import os
import sys

_logger = logging.getLogger("lantern")

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}


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


def set_up(*, verbose: bool = False) -> None:
    """Send log lines to standard error, in the journal's form where that is a journal's stream."""
    handler = logging.StreamHandler(sys.stderr)
    journal = "JOURNAL_STREAM" in os.environ
    handler.setFormatter(_JournalFormatter() if journal else _TerminalFormatter())
    _logger.handlers[:] = [handler]
    _logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    _logger.propagate = False


class _TerminalFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")


class _JournalFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"<{_PRIORITIES.get(record.levelno, 5)}>{super().format(record)}"


def _log(level: int, message: str, fields: dict[str, object]) -> None:
    if _logger.isEnabledFor(level):
        _logger.log(
            level, "%s", " ".join([message, *(f"{k}={_value(v)}" for k, v in fields.items())])
        )


def _value(value: object) -> str:
    """Return `value` as one word, or quoted: no field can forge a second line or field."""
    text = str(value)
    plain = text.isprintable() and text and not any(c in text for c in ' "=')
    return text if plain else json.dumps(text)
