"""The backup's folder: what lies in it, who may read it, and where the passphrase comes from.

Nobody but the backup's user reads key, passphrase and Borg's cache. The group of the folder reads
the reports, and the staged copy of the catalog, which it reads anyway. A secret's text is returned
by nothing here: programs get the file's name. `setup` makes all of it, the doctor asks `flaws`.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import msgspec

from lantern.config import Paths
from lantern.errors import ConfigError, Unavailable

USER, GROUP = "lantern-backup", "lantern-data"
"""Who makes the backup, and who reads its reports, on a machine that Lantern was installed on."""

CREDENTIAL = "backup-passphrase"
"""The passphrase's name among the credentials that systemd hands to a unit."""

CREDSTORE, SEALED = Path("/etc/credstore"), Path("/etc/credstore.encrypted")
"""Where systemd finds it, the latter encrypted, so that its units alone have it [systemd.exec(5)].

A command that is run by hand gets no credentials: it looks into the former itself.
"""

_NOBODY_ELSE, _GROUP_READS = 0o700, 0o750

PATIENCE_S = 20
"""So long a far side may take to answer, or be silent."""


class Secrets(msgspec.Struct, frozen=True):
    """What lies in the backup's folder, `folder`. Blocking where it looks at the disk."""

    folder: Path

    @classmethod
    def of(cls, paths: Paths) -> Self:
        """Return those of the configuration's folder."""
        return cls(paths.backup_folder)

    @property
    def secret(self) -> Path:
        """Return the folder of key and passphrase."""
        return self.folder / "secret"

    @property
    def key(self) -> Path:
        """Return the private key with which the far side lets the backup in."""
        return self.secret / "id_ed25519"

    @property
    def public_key(self) -> Path:
        """Return the other half of `key`."""
        return self.secret / "id_ed25519.pub"

    @property
    def known_hosts(self) -> Path:
        """Return the file with the keys by which the far sides are known."""
        return self.secret / "known_hosts"

    @property
    def kept_passphrase(self) -> Path:
        """Return the file of the passphrase that `setup` makes, mode 0400."""
        return self.secret / "passphrase"

    @property
    def base(self) -> Path:
        """Return Borg's own folder: cache, security data (BORG_BASE_DIR)."""
        return self.folder / "borg"

    @property
    def borgmatic_config(self) -> Path:
        """Return the configuration that is made for borgmatic before each run, mode 0600."""
        return self.folder / "borgmatic.yaml"

    @property
    def staged(self) -> Path:
        """Return the folder of what is copied before it is saved: catalog, captions, config."""
        return self.folder / "staged"

    @property
    def reports(self) -> Path:
        """Return the folder that `spool` fills."""
        return self.folder / "reports"

    @property
    def is_set_up(self) -> bool:
        """Tell whether `setup` has been here: there is a passphrase to go by."""
        return self._credential() is not None or any(map(_is_file, self._kept()))

    @property
    def is_sealed(self) -> bool:
        """Tell whether there is a passphrase that systemd alone can read."""
        return not self.is_set_up and _is_file(SEALED / CREDENTIAL)

    def passphrase_file(self) -> Path:
        """Return the file that holds the passphrase: what systemd hands over before what is kept.

        Raises:
            ConfigError: there is none, or it is empty.
            Unavailable: this user may not read it.
        """
        kept = next(filter(_is_file, self._kept()), self.kept_passphrase)
        file = self._credential() or kept
        try:
            with open(file, "rb") as opened:
                if opened.read(1).strip():
                    return file
        except FileNotFoundError:
            pass
        except OSError as error:
            raise Unavailable(
                f"{file}: cannot be read ({error.strerror}); run it by sudo, or as who owns it"
            ) from error
        raise ConfigError(
            f'{file}: expected the backup\'s passphrase; run "sudo lantern backup setup"'
        )

    def ssh_command(self) -> str:
        """Return how ssh is called: by our key alone, for hosts that are known, and never asking.

        A far side that says nothing for `PATIENCE_S` is gone.
        """
        options = {
            "UserKnownHostsFile": f'"{self.known_hosts}"',
            "GlobalKnownHostsFile": "none",
            "StrictHostKeyChecking": "yes",
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "ConnectTimeout": PATIENCE_S,
            "ServerAliveInterval": PATIENCE_S // 4,
            "ServerAliveCountMax": 4,
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return shlex.join(["ssh", "-F", "none", "-i", str(self.key), *words])

    def make_folders(self, owner: tuple[int, int] | None = None) -> None:
        """Make the folders with their modes, and put right what is there; `owner` is (uid, gid).

        Raises:
            Unavailable: the disk refuses, or this user may not.
        """
        try:
            for folder, mode in self._folders():
                folder.mkdir(mode=mode, parents=True, exist_ok=True)
                if owner is not None:
                    os.chown(folder, *owner)
                folder.chmod(mode)
        except OSError as error:
            raise Unavailable(
                f"{error.filename}: cannot be made ({error.strerror}); run it by sudo, or set "
                "paths.backup to a folder that this user may write"
            ) from error

    def flaws(self) -> list[str]:
        """Return a sentence for each folder or file that more people may read than should."""
        return [*self._flaws()]

    def _flaws(self) -> Iterator[str]:
        step = 'run "sudo lantern backup setup" again'
        wanted = (*self._folders(), *self._files())
        owner = _owner(self.folder)
        for path, mode in wanted:
            try:
                status = path.lstat()
            except (FileNotFoundError, PermissionError):
                continue
            found = stat.S_IMODE(status.st_mode)
            if found & ~mode:
                yield f"{path}: expected mode {mode:04o} at most, found {found:04o}; {step}"
            if owner is not None and status.st_uid != owner:
                yield f"{path}: belongs to another user than {self.folder}; {step}"

    def _folders(self) -> tuple[tuple[Path, int], ...]:
        return (
            (self.folder, _GROUP_READS),
            (self.secret, _NOBODY_ELSE),
            (self.base, _NOBODY_ELSE),
            (self.staged, _GROUP_READS),
            (self.reports, _GROUP_READS),
        )

    def _files(self) -> tuple[tuple[Path, int], ...]:
        return (
            (self.key, 0o600),
            (self.known_hosts, 0o644),
            (self.kept_passphrase, 0o600),
            (self.borgmatic_config, 0o600),
        )

    def _kept(self) -> tuple[Path, ...]:
        return (self.kept_passphrase, CREDSTORE / CREDENTIAL)

    def _credential(self) -> Path | None:
        """Return the passphrase that systemd handed over; an empty one is none."""
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        file = Path(folder) / CREDENTIAL if folder else None
        return file if file and _is_file(file) and file.stat().st_size else None


def _is_file(path: Path) -> bool:
    """Tell whether a file is there; False for one in a folder that is closed to this user."""
    try:
        return path.is_file()
    except PermissionError:
        return False


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None
