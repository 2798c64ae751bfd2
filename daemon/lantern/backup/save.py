"""Saves to one repository: the archive, what is kept of the old ones, and how full it is there.

Blocking, for hours if need be. A line that is cut is tried again: what was sent until the last
checkpoint is not sent again. See `run` for what comes before and after.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from lantern import log
from lantern.backup import borgmatic, far, outcome
from lantern.backup.outcome import Fault, Kind, Ran
from lantern.backup.plan import Plan
from lantern.backup.report import MOST_SENTENCES, Outcome, RepositoryReport, Saved
from lantern.backup.tally import Tally, kept, made, saved

TRIES = 4
PAUSE_S = 60.0
"""So often a line is tried that was cut, with such pauses."""

Told = Callable[[Tally], None]
"""Is told while an archive is made."""

_TELLING = (
    "--verbosity=1",
    "--extra-borg-options.create=--json --list --filter AMCE",
    "--extra-borg-options.prune=--list",
)
"""Has Borg tell what it found and what it kept, for `tally`."""


def save(plan: Plan, repository: str, before: Saved | None, told: Told) -> RepositoryReport:
    """Save what `plan` says to `repository`; `before` is what the last archive there held.

    What fails is in what is returned; a repository that fails is no reason to leave out others.

    Raises:
        Unavailable: borgmatic cannot be run.
    """
    began = time.monotonic()
    knew = _known_files(plan)
    ran, tally = _persistently(plan, repository, told)
    archive = made(ran.out)
    fault = far.failure(plan, ran, repository)
    if archive is None:
        fault = fault or Fault(Kind.OTHER, f"{repository}: Borg told of no archive that it made")
        return failed(repository, fault, time.monotonic() - began)
    room = far.ask(plan.ssh_command, repository).room
    sentences = [*([str(fault)] if fault else []), *outcome.warnings(ran)]
    return RepositoryReport(
        repository=repository,
        outcome=Outcome.WARNED if sentences or tally.unread else Outcome.DONE,
        kind=str(fault.kind) if fault else "",
        sentences=tuple(sentences[:MOST_SENTENCES]),
        saved=saved(archive, tally, _staged(plan), before, knew=archive.repository.id in knew),
        archives=kept(ran.out),
        stored_bytes=archive.stored_bytes,
        free_bytes=room.free if room else None,
        disk_bytes=room.total if room else None,
        seconds=time.monotonic() - began,
    )


def failed(repository: str, fault: Fault, seconds: float = 0.0) -> RepositoryReport:
    """Return the report of a `repository` that failed by `fault`, after so many seconds."""
    return RepositoryReport(
        repository=repository,
        outcome=Outcome.FAILED,
        kind=str(fault.kind),
        sentences=(str(fault),),
        seconds=seconds,
    )


def _persistently(plan: Plan, repository: str, told: Told) -> tuple[Ran, Tally]:
    """Try until it is done, or fails otherwise than by a line that was cut on the way."""
    for tries_left in reversed(range(TRIES)):
        tally = Tally(plan.staged)
        ran = _create(plan, repository, tally, told)
        fault = outcome.failure(ran, repository)
        cut = fault is not None and fault.kind is Kind.UNREACHABLE and tally.has_begun
        if not cut or not tries_left or made(ran.out):
            break
        log.warning("backup cut off", repository=repository, sent=tally.original_bytes)
        time.sleep(PAUSE_S)
    return ran, tally


def _create(plan: Plan, repository: str, tally: Tally, told: Told) -> Ran:
    def heard(line: borgmatic.Line) -> None:
        tally.hear(line)
        if line.get("type") == "archive_progress":
            told(tally)

    comment = plan.comment.replace("{", "{{").replace("}", "}}")  # Borg knows placeholders
    actions = ["create", "--progress", "--comment", comment, "prune", "compact"]
    return borgmatic.run(plan, repository, [*_TELLING, *actions], heard=heard)


def _known_files(plan: Plan) -> set[str]:
    """Return the ids of the repositories whose files Borg knows from before."""
    return {file.parent.name for file in Path(plan.base).glob(".cache/borg/*/files*")}


def _staged(plan: Plan) -> int:
    return sum(1 for file in Path(plan.staged).iterdir() if file.is_file())
