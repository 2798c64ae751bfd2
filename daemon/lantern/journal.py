"""Log records as entries of the systemd journal, with fields. Alone imports systemd-python.

    journalctl -u lantern LANTERN_EVENT="photo not described"
    journalctl -u lantern LANTERN_PHOTO=2021/beach.jpg -o json

The package comes with the system (python3-systemd), not by pip; `handler` tells whether it has.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}
"""The journal's, of logging's levels [sd-daemon(3)]."""


def priority(level: int) -> int:
    """Return the journal's priority of a level; that of a notice for one that is not ours."""
    return PRIORITIES.get(level, 5)


def handler() -> logging.Handler | None:
    """Return a handler that writes into the journal, None where systemd-python is missing."""
    try:
        import systemd.journal as journal  # noqa: PLC0415, PLR0402 - only some systems have it
    except ImportError:
        return None
    return _Handler(journal.send)


def entry(record: logging.LogRecord) -> dict[str, object]:
    """Return the journal's fields of `record` but for its message. Pure.

    Text that is no UTF-8 (a file's name) goes as the bytes that it was made of.
    """
    known = vars(record)
    ours = {"event": known.get("event", record.getMessage()), **known.get("fields", {})}
    return {
        "PRIORITY": str(priority(record.levelno)),
        "SYSLOG_IDENTIFIER": "lantern",
        "CODE_FILE": record.pathname,
        "CODE_LINE": record.lineno,
        "CODE_FUNC": record.funcName,
        **{f"LANTERN_{name.upper()}": os.fsencode(str(value)) for name, value in ours.items()},
    }


class _Handler(logging.Handler):
    def __init__(self, send: Callable[..., Any]) -> None:
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Write one entry; as with all handlers, one that fails costs only itself."""
        try:
            self._send(self.format(record), **entry(record))
        except Exception:  # noqa: BLE001 - a log line must never end what it tells of
            self.handleError(record)
