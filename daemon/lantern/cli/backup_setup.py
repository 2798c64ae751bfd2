"""`lantern backup setup`: keys, repositories and the timer; says what is left to a person.

It may be run again at any time: it does what is missing. Root makes the folders and the timer, and
has the rest done by the backup's own user.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from lantern.backup import hosts, setup, timer
from lantern.backup.borgmatic import plan_for
from lantern.backup.identity import call_as_owner, owner_to_be
from lantern.backup.location import Location, accounts, authorized_line
from lantern.backup.outcome import Fault, Kind
from lantern.backup.secrets import Secrets
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.config import Config
from lantern.errors import ConfigError, LanternError, Unavailable

_PROGRAMS = {"borg": "borgbackup", "ssh": "openssh-client"}
"""What has to be installed, and the Debian package that has it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--accept-host-key",
        nargs="?",
        const="any",
        metavar="FINGERPRINT",
        help="know the other machines by the keys that they show now, or by this one alone, "
        "without asking",
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="write what is to be kept elsewhere into this new file, such as on a USB stick",
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Do what is missing; exit code 4 if something is left to a person."""
    settings = configured(arguments)
    _require_ready(settings)
    next_run = timer.next_run(settings.backup.schedule)
    secrets = Secrets.of(settings.paths)
    owner = _owner(secrets) or owner_to_be(settings.paths)
    secrets.make_folders(owner)
    _make_local(settings, owner)
    status = call_as_owner(settings.paths)
    if status is None:
        status = _set_up(settings, secrets, arguments)
    if status == ExitCode.OK:
        _begin(settings, next_run)
    return ExitCode(status)


def _require_ready(settings: Config) -> None:
    if not settings.backup.is_wanted:
        raise ConfigError(
            "backup.repositories: expected where the backup goes, got nothing; write one such as "
            '"ssh://lantern@nas.local/backup/photos" into the section [backup] of lantern.toml'
        )
    for program, package in _PROGRAMS.items():
        if shutil.which(program) is None:
            raise Unavailable(f'{program}: is not installed; run "sudo apt install {package}"')


def _owner(secrets: Secrets) -> tuple[int, int] | None:
    """Return (uid, gid) of the backup's folder; None where there is none yet, or not for root."""
    if os.geteuid() != 0:
        return None
    try:
        status = secrets.folder.stat()
    except OSError:
        return None
    return status.st_uid, status.st_gid


def _make_local(settings: Config, owner: tuple[int, int] | None) -> None:
    """Make the repositories' folders on this machine's disks, which only root may."""
    for location in map(Location.of, settings.backup.repositories):
        folder = Path(location.path)
        if location.is_far or owner is None or folder.exists() or not folder.parent.is_dir():
            continue
        folder.mkdir(mode=0o700)
        os.chown(folder, *owner)


def _begin(settings: Config, next_run: str | None) -> None:
    """Have the timer stand, where systemd is and root asks; say when it is due."""
    schedule = settings.backup.schedule
    if not timer.is_installed():
        print(f'timer: none on this machine; have "lantern backup now" called ({schedule})')
    elif os.geteuid() != 0:
        print('timer: run "sudo lantern backup setup" to have it stand')
    else:
        timer.begin(settings.backup)
        print(f"timer: {schedule}, next {next_run}")
    print('Back up now: "sudo lantern backup now"')


def _set_up(settings: Config, secrets: Secrets, arguments: argparse.Namespace) -> ExitCode:
    """Do all that the backup's own user does."""
    print(f"key: {_made(setup.make_key(secrets))}, {secrets.key}")
    is_new = setup.make_passphrase(secrets)
    print(f"passphrase: {_made(is_new)}, {secrets.passphrase_file()}")
    public_key = secrets.public_key.read_text().strip()
    strangers: dict[str, str] = {}
    for places in accounts(settings.backup.repositories).values():
        if sentence := met(secrets, places[0], arguments.accept_host_key):
            strangers[places[0].known_as] = sentence
        print(f"\nAdd this line to ~/.ssh/authorized_keys of {places[0].account}, unless it is")
        print("there; Borg has to be installed on that machine:\n")
        print(f"{authorized_line(public_key, places)}\n")
    left = list(strangers.values())
    for repository in settings.backup.repositories:
        if Location.of(repository).known_as in strangers:
            continue
        try:
            made = setup.make_repository(plan_for(settings, secrets), repository)
            print(f"{repository}: {_made(made)}, {settings.backup.encryption}")
            is_new |= made
        except LanternError as error:
            left.append(_advised(error, repository))
    if left:
        print("\n".join(["", *left, 'Then run "sudo lantern backup setup" again.']))
        return ExitCode.UNAVAILABLE
    _hand_over(settings, secrets, arguments.keep, is_new=is_new)
    return ExitCode.OK


def met(secrets: Secrets, place: Location, accept: str | None) -> str:
    """Know the host of `place`; return what is left to a person, "" if nothing is."""
    known = hosts.known(secrets, place)
    try:
        key = hosts.offered(place)
    except Unavailable as error:
        return "" if known else str(error)
    if key in known:
        return ""
    print(f"{place.known_as}: shows the {key.name} key {key.fingerprint}")
    if known and accept != key.fingerprint:
        return (
            f"{place.known_as}: was known by another key, {known[0].fingerprint}; if that machine "
            f"was set up anew, say so: --accept-host-key {key.fingerprint}"
        )
    if not _is_accepted(key, accept):
        return (
            f"{place.known_as}: compare its key with what that machine says itself ("
            '"ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"), and accept it: '
            f"--accept-host-key {key.fingerprint}"
        )
    hosts.remember(secrets, place, key)
    print(f"{place.known_as}: is known by this key from now on")
    return ""


def _is_accepted(key: hosts.HostKey, accept: str | None) -> bool:
    if accept is not None:
        return accept in {"any", key.fingerprint}
    if not sys.stdin.isatty():
        return False
    print(
        f"  That machine tells its own: ssh-keygen -lf /etc/ssh/ssh_host_{key.name.lower()}_key.pub"
    )
    return input("  Are they the same? [y/N] ").strip().lower() in {"y", "yes"}


def _advised(error: LanternError, repository: str) -> str:
    """Return the error, and what a person does about one that is expected at first."""
    if isinstance(error, Fault) and error.kind is Kind.REFUSED:
        return f"{repository}: lets nobody in by our key yet; add the line above there"
    return str(error)


def _hand_over(settings: Config, secrets: Secrets, file: Path | None, *, is_new: bool) -> None:
    """Show what is to be kept, if it is new, to a terminal alone: elsewhere it would be logged."""
    if file is not None:
        try:
            setup.keep_secret(file, _to_keep(settings, secrets).encode())
        except OSError as error:
            raise Unavailable(
                f"{file}: cannot be written ({error.strerror}); name a file elsewhere"
            ) from error
        print(f"what to keep elsewhere: written, {file}")
    elif is_new and sys.stdout.isatty():
        print(f"\n{_to_keep(settings, secrets)}")
    else:
        print(
            f"Keep {secrets.passphrase_file()} elsewhere, too: without it nothing is restored; "
            '"lantern backup setup --keep FILE" writes it and the keys into a file'
        )


def _to_keep(settings: Config, secrets: Secrets) -> str:
    """Return what a restore needs on the day on which there is nothing else."""
    plan = plan_for(settings, secrets)
    head = (
        "What a restore needs if this machine is lost. Keep it elsewhere: on paper, in a password\n"
        "manager. The passphrase opens the backup; a key helps where the repository's own is lost."
    )
    passphrase = f"passphrase: {secrets.passphrase_file().read_text().strip()}"
    keys = (
        f"repository: {one}\n{setup.exported_key(plan, one)}" for one in plan.backup.repositories
    )
    return "\n\n".join([head, passphrase, *keys]) + "\n"


def _made(is_new: bool) -> str:
    return "made" if is_new else "there"
