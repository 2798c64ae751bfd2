"""Status and reports for a support bundle: without names of photos and places of copies. Pure."""

from __future__ import annotations

import msgspec

from lantern.backup.report import Report
from lantern.catalog.backup_state import BackupState
from lantern.control.protocol import Status


def nameless(known: Status) -> Status:
    """Return a status without the names of photos and what they show."""
    playing = known.show and msgspec.structs.replace(
        known.show, work=known.show.work and "(a work)", sentence="", programme="(a programme)"
    )
    return msgspec.structs.replace(
        known,
        newest=None,
        backup=known.backup and _nowhere(known.backup),
        show=playing,
        problems=tuple(msgspec.structs.replace(one, path=b"(a file)") for one in known.problems),
        unwritten=tuple(msgspec.structs.replace(one, path=b"(a file)") for one in known.unwritten),
    )


def nowhere(report: Report) -> Report:
    """Return a report without where the copies are.

    Sentences name hosts and files; what kind of failure it was stands beside them.
    """
    told = (
        msgspec.structs.replace(
            one,
            repository=f"repository {number}",
            sentences=tuple("(a sentence)" for _ in one.sentences),
        )
        for number, one in enumerate(report.repositories, 1)
    )
    skipped = report.skipped and "(a reason)"
    return msgspec.structs.replace(report, repositories=tuple(told), skipped=skipped)


def _nowhere(state: BackupState) -> BackupState:
    repositories = (
        msgspec.structs.replace(
            one, repository=f"repository {number}", fault=one.fault and "(a fault)"
        )
        for number, one in enumerate(state.repositories, 1)
    )
    running = state.running and msgspec.structs.replace(
        state.running,
        repository="(a repository)",
        waits_for=state.running.waits_for and "(a reason)",
    )
    return msgspec.structs.replace(
        state,
        repositories=tuple(repositories),
        running=running,
        skipped=state.skipped and "(a reason)",
    )
