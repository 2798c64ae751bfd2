"""The job: what is done when a backup is made or checked, in which order, and what is left of it.

One at a time (`alone`). Every run leaves a report in the spool, also one that is skipped, fails or
is ended; what the daemon makes of that, and of none, is its own affair. Blocking.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import lantern
from lantern import lock, log
from lantern.backup import borgmatic, outcome, skip, spool
from lantern.backup.drill import drill
from lantern.backup.outcome import Fault, Kind
from lantern.backup.past import due, last_archive
from lantern.backup.plan import Plan
from lantern.backup.report import Action, Outcome, Report, RepositoryReport
from lantern.backup.save import failed, save
from lantern.backup.staging import stage
from lantern.backup.tally import Tally
from lantern.catalog.backup_state import RunningBackup
from lantern.config import Config, Paths
from lantern.errors import LanternError, Unavailable

LONGEST_WAIT_S = 15 * 60.0
"""So long a planned run waits for whoever stands before the show to leave."""

_LOOK_S = 5.0
_TELL_S = 2.0

Somebody = Callable[[], bool]
"""Tells whether somebody stands before the show; False where nobody can tell."""


class Job:
    """The runs for one configuration, which is that of the file `file`."""

    def __init__(self, settings: Config, file: Path) -> None:
        self._settings = settings
        self._paths = settings.paths
        self._file = file

    def planned(self, somebody: Somebody) -> list[Report]:
        """Do what is due, unless something speaks against it; return the reports that were left.

        Raises:
            ConfigError: the backup is not set up.
            Unavailable: another run is under way, or nothing can be done at all.
        """
        with alone(self._paths):
            if why := skip.reason(self._settings.backup.repositories):
                log.info("backup skipped", reason=why)
                return [self._left(self._report(Action.BACKUP, time.time(), skipped=why))]
            self._wait(somebody)
            done = [self._back_up()]
            past = list(spool.reports(self._paths))
            backup, now = self._settings.backup, time.time()
            if due(past, Action.CHECK, backup.check_every_d, now):
                done.append(self._check(backup.repositories))
            if due(past, Action.DRILL, backup.drill_every_d, now, at_once=True):
                done.append(self._left(drill(self._settings)))
            return done

    def back_up(self, only: Sequence[str] = ()) -> Report:
        """Back up now, to all repositories or `only` to these; see `planned` for what is raised."""
        with alone(self._paths):
            return self._back_up(only)

    def check(self, only: Sequence[str] = ()) -> Report:
        """Have Borg check the repositories, all or `only` these; as `back_up`."""
        with alone(self._paths):
            return self._check(only or self._settings.backup.repositories)

    def _back_up(self, only: Sequence[str] = ()) -> Report:
        repositories = only or self._settings.backup.repositories
        began, done, photos = time.time(), list[RepositoryReport](), 0
        try:
            plan = borgmatic.plan_for(self._settings)
            self._tell(RunningBackup(action=Action.BACKUP, repository=repositories[0], began=began))
            photos = stage(plan, self._paths.catalog, self._file, self._paths.set_by_hand)
            require_photos(plan, photos)
            for repository in repositories:
                done.append(self._saved(plan, repository, began))
        except LanternError as error:
            kind = error.kind if isinstance(error, Fault) else Kind.OTHER
            done += [failed(one, Fault(kind, str(error))) for one in repositories[len(done) :]]
        except KeyboardInterrupt:
            fault = Fault(Kind.KILLED, "it was ended before it was done; the next run goes on")
            done += [failed(one, fault) for one in repositories[len(done) :]]
            self._left(self._report(Action.BACKUP, began, done, photos))
            raise
        finally:
            spool.tell_progress(self._paths, None)
        return self._left(self._report(Action.BACKUP, began, done, photos))

    def _saved(self, plan: Plan, repository: str, began: float) -> RepositoryReport:
        before = last_archive(spool.reports(self._paths), repository)
        told_at = 0.0

        def told(tally: Tally) -> None:
            nonlocal told_at
            if time.monotonic() - told_at >= _TELL_S:
                told_at = time.monotonic()
                self._tell(
                    RunningBackup(
                        action=Action.BACKUP,
                        repository=repository,
                        began=began,
                        files=tally.files,
                        original_bytes=tally.original_bytes,
                        of_bytes=before.original_bytes if before else 0,
                    )
                )

        report = save(plan, repository, before, told)
        saved = report.saved
        log.info(
            "backup made" if saved else "backup failed",
            repository=repository,
            outcome=report.outcome,
            kind=report.kind or "none",
            new=saved.new if saved else 0,
            changed=saved.changed if saved else 0,
            added_bytes=saved.deduplicated_bytes if saved else 0,
            took_s=round(report.seconds, 1),
        )
        return report

    def _check(self, repositories: Sequence[str]) -> Report:
        began = time.time()
        try:
            plan = borgmatic.plan_for(self._settings)
            done = [self._checked(plan, one, began) for one in repositories]
        finally:
            spool.tell_progress(self._paths, None)
        return self._left(self._report(Action.CHECK, began, done))

    def _checked(self, plan: Plan, repository: str, began: float) -> RepositoryReport:
        self._tell(RunningBackup(action=Action.CHECK, repository=repository, began=began))
        start = time.monotonic()
        ran = borgmatic.run(plan, repository, ["check", "--force"])
        fault = outcome.failure(ran, repository, otherwise=Kind.DAMAGED)
        seconds = time.monotonic() - start
        log.info("backup checked", repository=repository, good=fault is None)
        if fault:
            return failed(repository, fault, seconds)
        return RepositoryReport(repository=repository, outcome=Outcome.DONE, seconds=seconds)

    def _wait(self, somebody: Somebody) -> None:
        """Wait until nobody stands before the show, or for long enough."""
        began = time.monotonic()
        waits = False
        while time.monotonic() - began < LONGEST_WAIT_S and somebody():
            if not waits:
                log.info("backup waits", reason="somebody stands before the show")
                self._tell(
                    RunningBackup(
                        action=Action.BACKUP,
                        repository=self._settings.backup.repositories[0],
                        began=time.time(),
                        waits_for="somebody stands before the show",
                    )
                )
            waits = True
            time.sleep(_LOOK_S)

    def _tell(self, progress: RunningBackup) -> None:
        spool.tell_progress(self._paths, progress)

    def _report(
        self,
        action: Action,
        began: float,
        done: Sequence[RepositoryReport] = (),
        photos: int = 0,
        skipped: str = "",
    ) -> Report:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began))
        return Report(
            id=f"{moment}-{action}",
            action=action,
            began=began,
            ended=time.time(),
            version=lantern.__version__,
            skipped=skipped,
            repositories=tuple(done),
            photos=photos,
            free_bytes=_free(self._paths.backup_folder),
        )

    def _left(self, report: Report) -> Report:
        try:
            spool.leave(self._paths, report)
        except OSError as error:
            raise Unavailable(
                f"{spool.folder(self._paths)}: the report cannot be left ({error.strerror}); "
                'run "sudo lantern backup setup", or look at the disk'
            ) from error
        return report


@contextlib.contextmanager
def alone(paths: Paths) -> Iterator[None]:
    """Be the only run meanwhile, also where the last one was killed.

    Raises:
        Unavailable: there is another, or the folder is not there.
    """
    file = paths.backup_folder / "running"
    try:
        held = lock.take(file, 0o600)
    except BlockingIOError as error:
        raise Unavailable(
            'another backup is under way; wait for it, "lantern status" tells how far it is'
        ) from error
    except OSError as error:
        raise Unavailable(
            f"{file}: cannot be opened ({error.strerror}); run it by sudo, after "
            '"sudo lantern backup setup"'
        ) from error
    try:
        yield
    finally:
        os.close(held)


def require_photos(plan: Plan, photos: int) -> None:
    """Refuse to save an empty folder in place of `photos`: an absent disk is not a deletion.

    Raises:
        Fault: there is nothing, or it cannot be read.
    """
    try:
        with os.scandir(plan.photos) as entries:
            empty = next(entries, None) is None
    except OSError as error:
        raise Fault(
            Kind.UNREADABLE,
            f"{plan.photos}: cannot be read ({error.strerror}); is the disk of the photos mounted?",
        ) from error
    if empty and photos:
        raise Fault(
            Kind.UNREADABLE,
            f"{plan.photos}: is empty, while the catalog knows {photos:,} photos; is the disk "
            "mounted?",
        )


def _free(folder: Path) -> int:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return 0
    return disk.f_bavail * disk.f_frsize
