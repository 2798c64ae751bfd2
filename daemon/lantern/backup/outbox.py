"""Notices that wait to be sent: a folder between the daemon, which writes them, and the sender.

The daemon neither holds the passwords of anybody's mail nor reaches the Internet; the sender
(`notice`) holds nothing else. A notice stays until every address has it, `LONGEST_S` at most.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lantern import durable, log

LONGEST_S = 14 * 86400.0
"""Older news is no news; an address that takes none for so long is wrong."""

MODE = 0o660


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent. `id` sorts by time; `done` are the addresses that have it, by digest."""

    id: str
    at: float
    title: str
    body: str
    bad: bool = True
    """Whether it tells of a trouble."""
    done: tuple[str, ...] = ()


def leave(folder: Path, notice: Notice) -> None:
    """Have `notice` wait in `folder`, whole or not at all.

    Raises:
        OSError: the disk refuses.
    """
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)
    file = _file(folder, notice)
    durable.keep(file, msgspec.json.encode(notice))
    with contextlib.suppress(OSError):
        file.chmod(MODE)


def waiting(folder: Path) -> Iterator[Notice]:
    """Yield the notices in `folder`, the oldest first; what is none is logged and passed over."""
    for name in _names(folder):
        try:
            yield msgspec.json.decode((folder / name).read_bytes(), type=Notice)
        except FileNotFoundError:
            continue
        except (OSError, msgspec.DecodeError) as error:
            log.warning("notice not read", file=name, reason=str(error))


def take(folder: Path, notice: Notice) -> None:
    """Take `notice` out of `folder`.

    Raises:
        OSError: the disk refuses.
    """
    _file(folder, notice).unlink(missing_ok=True)


def _file(folder: Path, notice: Notice) -> Path:
    return folder / f"{notice.id}.json"


def _names(folder: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    return []
