"""Send notices to the owner's addresses, by mail or whatever they name: the sole user of apprise.

A process of its own, `python -m lantern.backup.notice OUTBOX ADDRESSES`: it alone knows the
addresses, with their passwords, and it alone reaches the Internet. Nothing of an address but its
kind is logged.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import apprise
import msgspec

from lantern import log
from lantern.backup import outbox
from lantern.backup.outbox import LONGEST_S, Notice
from lantern.errors import ConfigError, Unavailable

BLANK_HEAD = "#"


def addresses(file: Path) -> list[str]:
    """Return the addresses in `file`, one a line; "#" begins a line that is none.

    Raises:
        ConfigError: there is no such file, or nothing in it.
        Unavailable: this user may not read it.
    """
    step = 'write one a line, such as "mailto://name:password@example.org"'
    try:
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise ConfigError(
            f"{file}: expected the addresses of notices, got no file; {step}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no text"
        raise Unavailable(f"{file}: cannot be read ({reason}); try by sudo") from error
    found = [line.strip() for line in lines]
    found = [line for line in found if line and not line.startswith(BLANK_HEAD)]
    if not found:
        raise ConfigError(f"{file}: expected an address for notices, got none; {step}")
    return found


def send(address: str, notice: Notice) -> bool:
    """Send `notice` to `address`; tell whether it was taken."""
    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Lantern", app_desc="Lantern"))
    if not sender.add(address):
        return False
    kind = apprise.NotifyType.WARNING if notice.bad else apprise.NotifyType.INFO
    format_ = apprise.NotifyFormat.TEXT
    return bool(
        sender.notify(title=notice.title, body=notice.body, notify_type=kind, body_format=format_)
    )


def kind(address: str) -> str:
    """Return the kind of `address`, which is no secret: "mailto"."""
    return address.partition(":")[0] if "://" in address else "no address"


def send_waiting(folder: Path, to: Sequence[str], now: float) -> list[str]:
    """Send what waits in `folder`, to whoever has it not yet; return the kinds that took it not.

    Raises:
        OSError: the disk refuses.
    """
    left: list[str] = []
    for notice in outbox.waiting(folder):
        done, failed = _sent(notice, to)
        left += failed
        if not failed or now - notice.at > LONGEST_S:
            outbox.take(folder, notice)
            log.info("notice sent" if not failed else "notice given up", notice=notice.id)
        elif done != notice.done:
            outbox.leave(folder, msgspec.structs.replace(notice, done=done))
    return left


def _sent(notice: Notice, to: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Send to each; return who has it now, and the kinds of those who have it not."""
    done, failed = list(notice.done), []
    for number, address in enumerate(to, 1):
        digest = hashlib.sha256(address.encode()).hexdigest()[:16]
        if digest in done:
            continue
        if send(address, notice):
            done.append(digest)
        else:
            failed.append(kind(address))
            log.warning("notice not sent", notice=notice.id, address=number, kind=kind(address))
    return tuple(done), failed


def main(folder: Path, file: Path) -> int:
    """Send what waits; return the exit status, 1 if something waits on."""
    log.set_up()
    try:
        return 1 if send_waiting(folder, addresses(file), time.time()) else 0
    except (ConfigError, Unavailable, OSError) as error:
        log.warning("notices not sent", reason=str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
