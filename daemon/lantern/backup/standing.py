"""How each repository stands, by the reports of what became of it. Pure.

A run that a wrong clock dated counts for nothing here: `alarm` tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from lantern.backup.report import Action, Outcome, Report, RepositoryReport
from lantern.catalog.backup_state import RepositoryState

FUTURE_S = 3600.0
"""A report that is further ahead was dated by a clock that was wrong."""

LONGEST_S = 14 * 86400.0
"""No run takes so long: the clock was set while it ran."""


class Try(msgspec.Struct, frozen=True):
    """What became of one repository in the run `id`, which ended at `at`, Unix seconds."""

    id: str
    at: float
    told: RepositoryReport

    @property
    def good(self) -> bool:
        """Tell whether it was done, with or without warnings."""
        return self.told.outcome is not Outcome.FAILED


def is_odd(report: Report, now: float) -> bool:
    """Tell whether a wrong clock dated `report`."""
    took_s = report.ended - report.began
    return report.ended > now + FUTURE_S or not -60 <= took_s <= LONGEST_S


def tries(reports: Sequence[Report], repository: str, action: Action, now: float) -> Iterator[Try]:
    """Yield what became of `repository` in runs for `action`, in the order of `reports`."""
    for report in reports:
        if report.action is action and not is_odd(report, now):
            for told in report.repositories:
                if told.repository == repository:
                    yield Try(report.id, report.ended, told)


def standing(reports: Sequence[Report], repository: str, now: float) -> RepositoryState:
    """Return how `repository` stands; `reports` are the newest first."""
    backups = list(tries(reports, repository, Action.BACKUP, now))
    newest = backups[0] if backups else None
    good = next((one for one in backups if one.good), None)
    saved = good.told.saved if good else None
    return RepositoryState(
        repository=repository,
        good_at=good.at if good else None,
        tried_at=newest.at if newest else None,
        fault="" if newest is None or newest.good else _first(newest.told),
        warnings=len(newest.told.sentences) if newest and newest.good else 0,
        files=saved.files if saved else 0,
        new=saved.new if saved else 0,
        changed=saved.changed if saved else 0,
        gone=saved.gone if saved else 0,
        archives=_newest(backups, "archives"),
        stored_bytes=_newest(backups, "stored_bytes"),
        free_bytes=_newest(backups, "free_bytes"),
        disk_bytes=_newest(backups, "disk_bytes"),
        checked_at=last_good(tries(reports, repository, Action.CHECK, now)),
        proved_at=last_good(tries(reports, repository, Action.DRILL, now)),
    )


def last_good(made: Iterator[Try]) -> float | None:
    """Return when the first good one of `made` ended, None for none."""
    return next((one.at for one in made if one.good), None)


def _newest(backups: Sequence[Try], field: str) -> int | None:
    """Return the newest number that was told."""
    told = (getattr(one.told, field) for one in backups)
    return next((number for number in told if number is not None), None)


def _first(told: RepositoryReport) -> str:
    """Return why it failed, in one part of a sentence."""
    said = told.sentences[0] if told.sentences else told.kind or "nobody said why"
    return said.replace("; ", ", ")
