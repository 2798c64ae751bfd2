"""`lantern notify`: send the notices that wait, to the addresses that the owner wrote down.

By lantern-notice.service whenever one waits; `--test` is for whoever has written an address down.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path

from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.config import Config
from lantern.errors import Unavailable

CREDENTIAL = "notices"
"""The name of the addresses among the credentials that systemd hands to the unit."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--test", action="store_true", help="send a notice that says so, and nothing else"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Send what waits; exit code 4 if an address does not take it.

    Raises:
        ConfigError: there is no address.
        Unavailable: the addresses cannot be read, or the outbox cannot.
    """
    from lantern.backup import notice  # noqa: PLC0415 - apprise is slow

    settings = configured(arguments)
    to = notice.addresses(_file(settings))
    if arguments.test:
        return _try(to)
    try:
        left = notice.send_waiting(settings.paths.outbox, to, time.time())
    except OSError as error:
        raise Unavailable(f"{error.filename}: {error.strerror}; try by sudo") from error
    if left:
        raise Unavailable(f"not sent to {', '.join(left)}; it is tried again")
    return ExitCode.OK


def _file(settings: Config) -> Path:
    """Return the file of the addresses: systemd's credential before our own."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    handed = Path(folder) / CREDENTIAL if folder else None
    if handed and handed.exists() and handed.read_bytes().strip():
        return handed
    return settings.backup.notice_addresses


def _try(to: list[str]) -> ExitCode:
    """Send a notice to each address, and print which take it."""
    from lantern.backup import notice, outbox  # noqa: PLC0415 - apprise is slow

    host = platform.node()
    told = outbox.Notice(
        id="test",
        at=time.time(),
        title=f"Lantern on {host}: a test",
        body="Notices of this Lantern arrive here.",
        bad=False,
    )
    took = [notice.send(address, told) for address in to]
    for number, (address, good) in enumerate(zip(to, took, strict=True), 1):
        print(f"address {number} ({notice.kind(address)}): {'sent' if good else 'NOT sent'}")
    return ExitCode.OK if all(took) else ExitCode.UNAVAILABLE
