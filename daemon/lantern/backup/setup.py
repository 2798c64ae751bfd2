"""What is made once: the key, the passphrase, and the repositories. All of it may be done again.

Nothing that is there is made anew or changed. Who talks with a person is `cli.backup_setup`.
"""

from __future__ import annotations

import json
import os
import secrets as chance
import socket
import subprocess
from pathlib import Path

from lantern.backup import borgmatic, far
from lantern.backup.location import Location
from lantern.backup.plan import Plan, encryption
from lantern.backup.secrets import CREDENTIAL, SEALED, USER, Secrets
from lantern.errors import ConfigError, Unavailable

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of these is a passphrase: none is taken for another on paper."""

_GROUPS, _LETTERS = 8, 4
"""So many groups of so many letters: 158 bits."""

_NONE_YET = frozenset({"Repository.DoesNotExist", "Repository.InvalidRepository"})
"""Borg's words for an empty place: no folder, or one in which nothing is."""


def make_key(secrets: Secrets) -> bool:
    """Make the key for the far sides, both halves; return False if there was one. Blocking.

    Raises:
        Unavailable: it cannot be made.
    """
    is_new = not secrets.key.exists()
    name = f"lantern@{socket.gethostname()}"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(secrets.key)]
    try:
        if is_new:
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        elif not secrets.public_key.exists():  # whoever restored gave the private half alone
            command = ["ssh-keygen", "-y", "-f", str(secrets.key)]
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE, input=b"").stdout
            secrets.public_key.write_bytes(told)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(
            f"ssh-keygen: cannot make {secrets.key} ({error}); install openssh-client"
        ) from error
    return is_new


def make_passphrase(secrets: Secrets) -> bool:
    """Make a passphrase and keep it, mode 0400; return False if there was one.

    Raises:
        ConfigError: there is one that systemd alone can read.
        Unavailable: the disk refuses.
    """
    if secrets.is_set_up:
        return False
    if secrets.is_sealed:
        raise ConfigError(
            f"{SEALED / CREDENTIAL}: holds the passphrase, for systemd's units alone; run "
            f'"sudo systemd-run --pty -p User={USER} -p LoadCredentialEncrypted={CREDENTIAL} '
            'lantern backup …", or put it into the folder of the backup for as long as you need it'
        )
    try:
        keep_secret(secrets.kept_passphrase, f"{new_passphrase()}\n".encode())
    except OSError as error:
        raise Unavailable(
            f"{secrets.kept_passphrase}: cannot be written ({error.strerror}); look at the disk"
        ) from error
    return True


def new_passphrase() -> str:
    """Return a passphrase that nobody guesses, and that can be written on paper."""
    groups = ("".join(chance.choice(ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def keep_secret(file: Path, data: bytes) -> None:
    """Write `data` into a new file that its owner alone may read, and nobody change.

    Raises:
        OSError: the disk refuses, or there is such a file.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    with open(descriptor, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(descriptor)


def make_repository(plan: Plan, repository: str) -> bool:
    """Make `repository`, unless it is there; return whether it was made. Blocking.

    Raises:
        ConfigError: it is there, and encrypted otherwise than is wanted.
        Unavailable: it cannot be reached, made or opened.
    """
    ran = borgmatic.borg(plan, ["info", "--json", repository])
    if any(message.id in _NONE_YET for message in ran.messages):
        _require_disk(repository)
        words = ["init", "--encryption", encryption(plan), repository]
        if Location.of(repository).is_far:
            words.insert(1, "--make-parent-dirs")
        borgmatic.checked(borgmatic.borg(plan, words), repository)
        return True
    told = json.loads(far.checked(plan, ran, repository).out)
    mode = told["encryption"]["mode"]
    if not mode.startswith(plan.backup.encryption):
        raise ConfigError(
            f'{repository}: is encrypted as "{mode}", expected "{encryption(plan)}"; change '
            "backup.encryption, or name another folder in backup.repositories"
        )
    return False


def exported_key(plan: Plan, repository: str) -> str:
    """Return the key of `repository`, which its passphrase opens: lines to keep elsewhere.

    Raises:
        Unavailable: the repository cannot be reached or opened.
    """
    ran = borgmatic.borg(plan, ["key", "export", repository, "/dev/stdout"])
    return borgmatic.checked(ran, repository).out.decode("ascii", "replace").strip()


def _require_disk(repository: str) -> None:
    """Raise `Unavailable` if the folder above a repository here is missing: a disk may be."""
    location = Location.of(repository)
    above = Path(location.path).parent
    if not location.is_far and not above.is_dir():
        raise Unavailable(
            f"{above}: is not there; connect the disk, or make the folder if it is the right place"
        )
