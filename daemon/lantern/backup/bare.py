"""The day on which there is nothing else: configuration, catalog and photos out of a repository.

What is there already is set aside under another name, or left alone; nothing is lost by a restore.
The daemon must not run: whoever restores holds its lock. Blocking.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from lantern import config, durable, lock
from lantern.backup import archive as archives
from lantern.backup.archive import LEAVE_OUT, Archive, inside
from lantern.backup.plan import Plan
from lantern.backup.secrets import Secrets
from lantern.backup.staging import CATALOG, CONFIG
from lantern.catalog.copy import forget_indexes, known_files
from lantern.config import Config
from lantern.errors import ConfigError, Unavailable

BESIDE = ".before-restore-"
"""What was there is called so, with the time, afterwards."""

_ROOT = re.compile(
    r"^(?P<name>\s*root\s*=\s*)(?P<value>\"(?:[^\"\\]|\\.)*\"|'[^']*')", re.MULTILINE
)
"""The option photos.root; no other section has a "root"."""


class Staged:
    """The copies in an archive, taken out into a folder."""

    def __init__(self, plan: Plan, archive: Archive, folder: Path) -> None:
        """Take them out.

        Raises:
            Fault: the archive cannot be read.
            Unavailable: they are not in it.
        """
        staged = inside(os.fsencode(archive.comment.staged))
        archives.take_out(plan, archive, [staged], folder, *LEAVE_OUT)
        self._folder = folder / os.fsdecode(staged)
        for name in (CATALOG, CONFIG):
            if not (self._folder / name).is_file():
                raise Unavailable(
                    f"{archive.address}: holds no {name}; restore from an older archive "
                    "(--archive), or the photos alone by borg extract"
                )

    def config_text(self, photos: str | None) -> str:
        """Return the configuration, with `photos` as the photo root, None for that of then.

        Raises:
            ConfigError: it is none any more for this Lantern, or its root cannot be found in it.
        """
        text = (self._folder / CONFIG).read_text("utf-8-sig")
        if photos is not None:
            text = with_root(text, photos)
        config.parse(text)
        return text

    @property
    def catalog(self) -> Path:
        """Return the catalog, which is whole, and met no index of this machine.

        Raises:
            Damaged: it is not whole.
        """
        copy = self._folder / CATALOG
        known_files(copy)
        forget_indexes(copy)
        return copy

    def by_hand(self, paths: config.Paths) -> dict[Path, bytes]:
        """Return what people had set, by the file that holds it: those that were saved."""
        copies = {file: self._folder / file.name for file in paths.set_by_hand}
        return {file: copy.read_bytes() for file, copy in copies.items() if copy.is_file()}


def with_root(text: str, photos: str) -> str:
    """Return the configuration `text` with another photo root; all else stays as it was. Pure.

    Raises:
        ConfigError: there is not one place where it says so.
    """
    quoted = photos.replace("\\", "\\\\").replace('"', '\\"')
    changed, count = _ROOT.subn(lambda found: f'{found["name"]}"{quoted}"', text)
    if count != 1 or config.parse(changed).photos.root != photos:
        raise ConfigError(
            "photos.root: cannot be found in the configuration that was saved; restore without "
            "--photos, to where they were"
        )
    return changed


def put_config(text: str, file: Path) -> str:
    """Have `file` hold the configuration `text`; return what became of it, for people.

    Raises:
        Unavailable: it cannot be written.
    """
    try:
        if file.is_file() and file.read_text("utf-8", "replace") == text:
            return f"{file}: was there"
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = _set_aside(file)
        durable.keep(file, text.encode())
        file.chmod(0o644)
    except OSError as error:
        raise _refused(error, file) from error
    return f"{file}: brought back{aside}"


def put_catalog(copy: Path, paths: config.Paths) -> str:
    """Have the state's catalog be `copy`; return what became of it, for people.

    Raises:
        Unavailable: the daemon runs, or the disk refuses.
    """
    place = paths.catalog
    with _alone(paths):
        try:
            aside = _set_aside(place)
            for end in ("-wal", "-shm"):
                place.with_name(place.name + end).unlink(missing_ok=True)
            fresh = place.with_name(f"{place.name}.new")
            shutil.copyfile(copy, fresh)
            _like_its_folder(fresh, 0o640)
            fresh.replace(place)
        except OSError as error:
            raise _refused(error, place) from error
    return f"{place}: brought back{aside}"


def put_by_hand(saved: Mapping[Path, bytes], paths: config.Paths) -> list[str]:
    """Have each file hold what was saved of it; return what became of each, for people.

    Raises:
        Unavailable: the daemon runs, or the disk refuses.
    """
    told = []
    with _alone(paths):
        for file, data in saved.items():
            if file.is_file() and file.read_bytes() == data:
                told.append(f"{file}: was there")
                continue
            aside = _set_aside(file)
            durable.keep(file, data)
            _like_its_folder(file, 0o644)
            told.append(f"{file}: brought back{aside}")
    return told


def put_secrets(given: Secrets, paths: config.Paths, owner: tuple[int, int] | None) -> str:
    """Have the backup go on with the passphrase and the key by which was restored.

    `owner` is (uid, gid) of who makes backups, None for who is asking. What is there stays.

    Raises:
        Unavailable: the disk refuses.
    """
    place = Secrets.of(paths)
    place.make_folders(owner)
    kept = 0
    try:
        pairs = [(given.kept_passphrase, place.kept_passphrase, 0o400)]
        pairs += [(given.key, place.key, 0o600), (given.public_key, place.public_key, 0o644)]
        pairs += [(given.known_hosts, place.known_hosts, 0o644)]
        for source, target, mode in pairs:
            if source.is_file() and not target.exists():
                shutil.copyfile(source, target)
                target.chmod(mode)
                if owner is not None:
                    os.chown(target, *owner)
                kept += 1
    except OSError as error:
        raise _refused(error, place.secret) from error
    return f"{place.secret}: {'brought back' if kept else 'was there'}"


def root_of(settings: Config) -> Path:
    """Return the folder into which the photos go."""
    return Path(os.fsdecode(settings.photos.folder))


@contextlib.contextmanager
def _alone(paths: config.Paths) -> Iterator[None]:
    """Keep the daemon from starting meanwhile."""
    file = paths.lock
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        held = lock.take(file)
    except BlockingIOError as error:
        raise Unavailable(
            f'{paths.state_folder}: lantern runs; stop it first: "sudo systemctl stop '
            'lantern.target"'
        ) from error
    except OSError as error:
        raise _refused(error, file) from error
    try:
        _like_its_folder(file, 0o640)
        yield
    except OSError as error:
        raise _refused(error, file) from error
    finally:
        os.close(held)


def _set_aside(file: Path) -> str:
    """Give a file that is there another name; return a clause that says which."""
    if not file.exists():
        return ""
    aside = file.with_name(file.name + BESIDE + time.strftime("%Y%m%d-%H%M%S"))
    file.rename(aside)
    return f"; what was there is now {aside.name}"


def _like_its_folder(file: Path, mode: int) -> None:
    """Have a file that root made belong to whom its folder does."""
    file.chmod(mode)
    if os.geteuid() == 0:
        status = file.parent.stat()
        os.chown(file, status.st_uid, status.st_gid)


def _refused(error: OSError, file: Path) -> Unavailable:
    return Unavailable(
        f"{error.filename or file}: cannot be written ({error.strerror}); run it by sudo, or look "
        "at the disk"
    )
