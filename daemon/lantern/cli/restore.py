"""`lantern restore REPOSITORY`: all of Lantern out of a backup, on a machine that has nothing.

What was cut off goes on when it is asked for again.
"""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import sys
import tempfile
from pathlib import Path

from lantern import config
from lantern.backup import archive as archives
from lantern.backup import bare, restore, setup
from lantern.backup.archive import Archive
from lantern.backup.identity import owner_to_be
from lantern.backup.location import Location
from lantern.backup.plan import Plan
from lantern.backup.put_back import Put
from lantern.backup.restore import Way
from lantern.backup.secrets import Secrets
from lantern.cli.backup_setup import met
from lantern.cli.exit_codes import ExitCode
from lantern.cli.restore_told import is_whole, lines, progress
from lantern.config import Backup
from lantern.config.file import SYSTEM_CONFIG
from lantern.errors import ConfigError, Unavailable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "repository", metavar="REPOSITORY", help='"ssh://user@host/path", or a folder'
    )
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="holds it; without, it is asked for"
    )
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="the ssh key; without, ssh goes by your own"
    )
    parser.add_argument(
        "--accept-host-key",
        nargs="?",
        const="any",
        metavar="FINGERPRINT",
        help="with --key: know the other machine by the key that it shows now, or by this one",
    )
    parser.add_argument("--archive", metavar="A", help="out of this one, instead of the newest")
    parser.add_argument("--photos", metavar="DIR", help="photos go here, not where they were")
    parser.add_argument(
        "--without-photos", action="store_true", help="bring configuration and catalog back alone"
    )
    parser.add_argument(
        "--over", action="store_true", help="replace photos that are there by what was saved"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Bring back configuration, catalog and photos; exit code 4 if other photos are in the way."""
    file = arguments.config or _usual_file()
    backup = _of(arguments.repository)
    with tempfile.TemporaryDirectory(prefix="lantern-restore-") as folder:
        os.chmod(folder, 0o700)
        given = Secrets(Path(folder) / "backup")
        with restore.as_guest(_plan(arguments, given, backup)) as plan:
            archive = archives.find(plan, arguments.repository, arguments.archive)
            print(f"out of {archive.address}", flush=True)
            staged = bare.Staged(plan, archive, archives.fresh_folder(Path(folder) / "staged"))
            wanted = os.path.abspath(arguments.photos) if arguments.photos else None
            text, catalog = staged.config_text(wanted), staged.catalog
            settings = config.parse(text)
            print(bare.put_catalog(catalog, settings.paths))
            for line in bare.put_by_hand(staged.by_hand(settings.paths), settings.paths):
                print(line)
            print(bare.put_config(text, file))
            print(bare.put_secrets(given, settings.paths, owner_to_be(settings.paths)), flush=True)
            if arguments.without_photos:
                return ExitCode.OK
            put = _photos(plan, archive, bare.root_of(settings), over=arguments.over)
    print("\n".join(lines(archive, put)))
    print(
        'Now start it ("sudo systemctl start lantern.target", or "lantern run"): it makes '
        'thumbnails and index anew.\nThen "sudo lantern backup setup" has the backup go on, and '
        '"sudo lantern passwd" sets the password.'
    )
    return ExitCode.OK if is_whole(put) else ExitCode.UNAVAILABLE


def _usual_file() -> Path:
    if os.geteuid() == 0:
        return SYSTEM_CONFIG
    home = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    return home / "lantern" / "lantern.toml"


def _photos(plan: Plan, archive: Archive, root: Path, *, over: bool) -> Put:
    top = archives.inside(os.fsencode(archive.comment.photos))
    found = restore.items(plan, archive, top)
    way = Way(top, os.fsencode(root), over, trusting=not over)
    return restore.bring_back(plan, archive, found, way, progress)


def _of(repository: str) -> Backup:
    """Return the settings of a backup there, as the configuration would have them."""
    try:
        return Backup(repositories=(repository,), encryption="authenticated")
    except ValueError as error:
        raise ConfigError(str(error).replace("backup.repositories", "REPOSITORY")) from error


def _plan(arguments: argparse.Namespace, secrets: Secrets, backup: Backup) -> Plan:
    """Return how the repository is opened, by what a person gave."""
    secrets.make_folders()
    setup.keep_secret(secrets.kept_passphrase, _passphrase(arguments.passphrase_file))
    location = Location.of(arguments.repository)
    ssh_command = "ssh"
    if location.is_far and arguments.key is not None:
        _keep_key(arguments.key, secrets)
        if left := met(secrets, location, arguments.accept_host_key):
            raise Unavailable(left)
        ssh_command = secrets.ssh_command()
    return Plan(
        photos="/",
        staged=str(secrets.staged),
        file=str(secrets.borgmatic_config),
        base=str(secrets.base),
        passphrase_file=str(secrets.kept_passphrase),
        ssh_command=ssh_command,
        backup=backup,
    )


def _keep_key(key: Path, secrets: Secrets) -> None:
    public = key.with_name(f"{key.name}.pub")
    try:
        shutil.copyfile(key, secrets.key)
        secrets.key.chmod(0o600)
        if public.is_file():
            shutil.copyfile(public, secrets.public_key)
    except OSError as error:
        raise ConfigError(f"--key {key}: cannot be read ({error.strerror})") from error


def _passphrase(file: Path | None) -> bytes:
    if file is None:
        if not sys.stdin.isatty():
            raise ConfigError(
                "no terminal to ask at for the passphrase; give it by a file, "
                "--passphrase-file FILE"
            )
        return f"{getpass.getpass('Passphrase of the backup: ').strip()}\n".encode()
    try:
        return file.read_bytes().strip() + b"\n"
    except OSError as error:
        raise ConfigError(f"--passphrase-file {file}: cannot be read ({error.strerror})") from error
