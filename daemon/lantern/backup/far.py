"""The disk of a repository, here or on the far side; whether a far side can be reached. Blocking.

A far side that was set up as `lantern backup setup` says tells its disk for one word; another one
need not, and is none the worse for it.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess

import msgspec

from lantern.backup import outcome
from lantern.backup.location import FREE, Location
from lantern.backup.outcome import Fault, Kind, Message, Ran
from lantern.backup.plan import Plan
from lantern.backup.secrets import PATIENCE_S


class Room(msgspec.Struct, frozen=True):
    """Bytes of a disk, `free` those that may be taken."""

    free: int
    total: int


class Answer(msgspec.Struct, frozen=True):
    """What the far side said to the question of its disk; None if it does not tell."""

    room: Room | None
    messages: tuple[Message, ...] = ()


def ask(ssh_command: str, repository: str) -> Answer:
    """Ask for the disk of `repository`; ssh's words are there where it was not reached."""
    location = Location.of(repository)
    if not location.is_far:
        return Answer(_here(location.path))
    command = [*shlex.split(ssh_command), *location.ssh_words, FREE]
    try:
        told = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            timeout=2 * PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Answer(None, (Message("ERROR", "", str(error)),))
    said = tuple(Message("WARNING", "", line) for line in told.stderr.splitlines())
    return Answer(_parsed(told.stdout, location.path), said)


def failure(plan: Plan, ran: Ran, repository: str) -> Fault | None:
    """Return why `ran` failed, None if it did not; ssh is asked where Borg saw only its end."""
    fault = outcome.failure(ran, repository)
    if fault is None or fault.kind is not Kind.UNREACHABLE:
        return fault
    said = ask(plan.ssh_command, repository).messages
    return outcome.failure(msgspec.structs.replace(ran, messages=ran.messages + said), repository)


def checked(plan: Plan, ran: Ran, repository: str) -> Ran:
    """Return `ran` if it did what it should, with or without warnings.

    Raises:
        Fault: it did not.
    """
    if fault := failure(plan, ran, repository):
        raise fault
    return ran


def reaches(repository: str) -> bool:
    """Tell whether a machine listens where `repository` is; True for a folder of this one."""
    location = Location.of(repository)
    if not location.is_far:
        return True
    try:
        socket.create_connection((location.host, location.port), timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True


def _here(path: str) -> Room | None:
    try:
        disk = os.statvfs(path)
    except OSError:
        return None
    return Room(disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize)


def _parsed(told: str, path: str) -> Room | None:
    """Return what "df -Pk" told of the disk of `path` [POSIX, df: "-P"]: a line a repository.

    df tells disks and where they are mounted, not what was asked for: of several lines the one
    mounted nearest above `path` is meant.
    """
    found: list[tuple[int, Room]] = []
    for line in told.splitlines()[1:]:
        words = line.split(None, 5)
        if len(words) == 6 and words[1].isdecimal() and words[3].isdecimal():
            mounted = words[5].rstrip("/") + "/"
            near = len(mounted) if f"{path}/".startswith(mounted) else 0
            found.append((near, Room(int(words[3]) * 1024, int(words[1]) * 1024)))
    return max(found, key=lambda one: one[0])[1] if found else None
