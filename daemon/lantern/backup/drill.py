"""The drill: files are taken out of the newest archive and compared, so that a restore is no hope.

Of each repository: the catalog in it, which is examined wholly; photos drawn by lot, the newest
among them, with their sidecars. A photo's picture is compared with the fingerprint in that catalog,
and its bytes with the photo here. `verdict` says what a difference means. Blocking; changes nothing
but a folder of its own. That nobody drills is an alarm of the daemon's (`alarm`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence

import lantern
from lantern import log
from lantern.backup import archive as archives
from lantern.backup import spool
from lantern.backup.archive import LEAVE_OUT, Archive, inside, told
from lantern.backup.borgmatic import plan_for
from lantern.backup.outcome import Fault, Kind
from lantern.backup.plan import Plan
from lantern.backup.report import (
    MOST_SENTENCES,
    Action,
    Outcome,
    Proved,
    Report,
    RepositoryReport,
)
from lantern.backup.secrets import Secrets
from lantern.backup.staging import CAPTIONS, CATALOG, CONFIG
from lantern.backup.verdict import Seen, Verdict, drawn, judge
from lantern.catalog.backup_state import RunningBackup
from lantern.catalog.copy import KnownFile, known_files
from lantern.config import Config, parse
from lantern.errors import ConfigError, Damaged, LanternError, PhotoError, Unavailable
from lantern.imaging.fingerprint import fingerprint
from lantern.imaging.formats import Format
from lantern.imaging.sidecar import shared_sidecar_names, sidecar_names
from lantern.imaging.source import open_photo, printable

AT_ONCE = 200
AT_ONCE_BYTES = 256 * 1024 * 1024
"""So many files, and so many bytes, are taken out before they are compared and removed."""

ROTTEN = "rotten"
"""The kind of failure of a repository whose photos differ from those here: see `outcome.Kind`."""

_SENTENCES = {
    Verdict.ROTTEN_HERE: "is no longer what was saved, though its size and time are: the disk here "
    'lost some of it; look at that disk, and bring the photo back: "sudo lantern backup restore '
    '--over {path}"',
    Verdict.SAVED_ROTTEN: "was saved otherwise than it was described, though its size and time "
    "agree: the disk here had lost some of it before; look at that disk, and for the photo in an "
    "older archive",
    Verdict.ROTTEN_THERE: "comes out of the archive otherwise than it is here, where it is right: "
    'the repository is damaged; "sudo lantern backup check" tells more',
}


def drill(
    settings: Config,
    *,
    seed: int | None = None,
    only: Sequence[str] = (),
    photos: int | None = None,
) -> Report:
    """Drill each repository, or `only` these; return what came of it, which nobody was told yet.

    `seed` draws the lots, None for any; it is logged. So many `photos` are drawn, None for as many
    as the configuration wants. A repository that fails keeps no other from being drilled.

    Raises:
        ConfigError: the backup is not set up.
        Unavailable: there is no room, or this user may not.
    """
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    began = time.time()
    plan = plan_for(settings)
    count = settings.backup.drill_photos if photos is None else photos
    known = 0
    reports = []
    for repository in only or settings.backup.repositories:
        one = _Drill(settings, plan, repository, seed, count)
        log.info("backup drill", repository=repository, seed=seed)
        reports.append(one.report())
        known = known or one.photos
    spool.tell_progress(settings.paths, None)
    disk = os.statvfs(settings.paths.backup_folder)
    return Report(
        id=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)) + "-drill",
        action=Action.DRILL,
        began=began,
        ended=time.time(),
        version=lantern.__version__,
        repositories=tuple(reports),
        photos=known,
        free_bytes=disk.f_bavail * disk.f_frsize,
    )


class _Drill:
    """The drill of one repository."""

    def __init__(
        self, settings: Config, plan: Plan, repository: str, seed: int, count: int
    ) -> None:
        self._settings = settings
        self._plan = plan
        self._repository = repository
        self._seed = seed
        self._count = count
        self._folder = Secrets.of(settings.paths).folder / "drill"
        self._began = time.time()
        self._faults: list[str] = []
        self._damaged = False
        self._files = self._bytes = 0
        self.photos = 0

    def report(self) -> RepositoryReport:
        """Drill, and tell what came of it."""
        kind, proved = "", None
        start = time.monotonic()
        try:
            with self._empty_folder():
                proved = self._prove()
        except LanternError as error:
            self._faults.append(str(error))
            kind = str(error.kind) if isinstance(error, Fault) else str(Kind.OTHER)
        if self._faults and not kind:
            kind = str(Kind.DAMAGED) if self._damaged else ROTTEN
        return RepositoryReport(
            repository=self._repository,
            outcome=Outcome.FAILED if self._faults else Outcome.DONE,
            kind=kind,
            sentences=tuple(self._faults[:MOST_SENTENCES]),
            seconds=time.monotonic() - start,
            proved=proved,
        )

    @contextlib.contextmanager
    def _empty_folder(self) -> Iterator[None]:
        archives.fresh_folder(self._folder)
        try:
            yield
        finally:
            archives.remove(self._folder)

    def _prove(self) -> Proved:
        archive = archives.find(self._plan, self._repository)
        known = self._staged(archive)
        there = archives.names(self._plan, archive)
        self.photos = len({file.photo for file in known})
        saved = [file for file in known if told(archive.stored(file.path)) in there]
        if len(saved) < len(known):
            self._look_for_missing(archive, known, there)
        chosen = drawn(saved, self._count, self._seed)
        by_path = {file.path: file for file in chosen}
        sizes = [(file.path, file.size) for file in chosen]
        for batch in archives.batches(sizes, AT_ONCE, AT_ONCE_BYTES):
            self._compare(archive, [by_path[path] for path in batch], there)
            self._tell_progress()
        return Proved(archive.name, self._files, self._bytes, self._seed)

    def _staged(self, archive: Archive) -> list[KnownFile]:
        """Take the staged copies out and examine them; return the files that the catalog knows."""
        staged = inside(os.fsencode(archive.comment.staged))
        archives.take_out(self._plan, archive, [staged], self._folder, *LEAVE_OUT)
        here = self._folder / os.fsdecode(staged)
        for name, examine in _EXAMINED.items():
            try:
                examine((here / name).read_text("utf-8"))
            except (OSError, ValueError, ConfigError) as error:
                self._damage(f"{name} in {archive.name}: cannot be used ({error})")
        try:
            return known_files(here / CATALOG)
        except (Damaged, Unavailable) as error:
            self._damage(f"catalog in {archive.name}: cannot be used ({error})")
            return []

    def _damage(self, sentence: str) -> None:
        self._damaged = True
        self._faults.append(sentence)

    def _look_for_missing(
        self, archive: Archive, known: list[KnownFile], there: set[bytes]
    ) -> None:
        """Say if photos of the catalog that are still here as they were are not in the archive.

        With files that the owner leaves out nobody can tell, and nothing is said.
        """
        if self._settings.backup.exclude:
            return
        missing = (file for file in known if told(archive.stored(file.path)) not in there)
        found = [file.path for file in missing if self._stood_here(file, archive)]
        if found:
            self._faults.append(
                f"{len(found):,} photos were not saved, such as {printable(found[0])}; see what "
                'the last backup warned of: "lantern backup report"'
            )

    def _stood_here(self, file: KnownFile, archive: Archive) -> bool:
        """Tell whether a file is here and was all the time, as the catalog knows it."""
        try:
            status = os.lstat(os.path.join(self._settings.photos.folder, file.path))
        except OSError:
            return False
        same = (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
        return same and status.st_ctime_ns < archive.began_ns

    def _compare(self, archive: Archive, files: list[KnownFile], there: set[bytes]) -> None:
        """Take `files` and their sidecars out, and say what is wrong with them."""
        wanted: list[tuple[bytes, KnownFile | None]] = []
        for file in files:
            wanted.append((file.path, file))
            beside = _sidecars_of(file.path)
            wanted += [(path, None) for path in beside if told(archive.stored(path)) in there]
        paths = [archive.stored(path) for path, _ in wanted]
        archives.take_out(self._plan, archive, paths, self._folder, *LEAVE_OUT)
        root = os.path.join(os.fsencode(self._folder), inside(os.fsencode(archive.comment.photos)))
        for path, known in wanted:
            self._judge(archive, root, path, known)
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(root, path))

    def _judge(self, archive: Archive, root: bytes, path: bytes, known: KnownFile | None) -> None:
        picture = known.format if known else None
        with contextlib.suppress(OSError):
            os.chmod(os.path.join(root, path), 0o600)  # as it may be closed to all but its owner
        taken = look(root, path, picture)
        if taken is None and known is None and os.path.lexists(os.path.join(root, path)):
            return  # an empty sidecar says nothing, and cannot rot
        if taken is None:
            self._damage(f"{printable(path)}: is told to be in {archive.name}, and is not")
            return
        try:
            here = look(self._settings.photos.folder, path, picture)
        except Unavailable as error:
            self._faults.append(f"{error}; look at the disk, and who may read the photo")
            return
        self._files += 1
        self._bytes += taken.size
        verdict = judge(taken, here, known, archive.began_ns)
        if not verdict.is_fine:
            self._damaged |= verdict is Verdict.ROTTEN_THERE
            name = printable(path)
            self._faults.append(f"{name}: {_SENTENCES[verdict].format(path=name)}")

    def _tell_progress(self) -> None:
        progress = RunningBackup(
            action=Action.DRILL,
            repository=self._repository,
            began=self._began,
            files=self._files,
            original_bytes=self._bytes,
        )
        spool.tell_progress(self._settings.paths, progress)


def look(root: bytes, path: bytes, picture: Format | None) -> Seen | None:
    """Return what the file at `path` below `root` is; None where no plain file is, or an empty one.

    Raises:
        Unavailable: it cannot be read.
    """
    try:
        with open_photo(root, path) as file:
            data, status = file.read(), os.fstat(file.fileno())
    except PhotoError:
        return None
    except Unavailable as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            return None
        raise
    except OSError as error:
        raise Unavailable(f"{printable(path)}: cannot be read ({error.strerror})") from error
    return Seen(
        size=len(data),
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        digest=hashlib.blake2b(data, digest_size=16).digest(),
        fingerprint=fingerprint(data, picture) if picture else None,
    )


def _sidecars_of(path: bytes) -> tuple[bytes, ...]:
    return (*sidecar_names(path), *shared_sidecar_names(path))


_EXAMINED: dict[str, Callable[[str], object]] = {
    CONFIG: parse,
    CAPTIONS: json.loads,
}
"""What lies beside the catalog, and how it is examined."""
