"""Saves to one repository: the archive, what is kept of the old ones, and how full it is there.

Blocking, for hours if need be. A line that is cut is tried again: what was sent until the last
checkpoint is not sent again. See `run` for what comes before and after.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from lantern import log
from lantern.backup import borgmatic, far, outcome
from lantern.backup.outcome import Fault, Kind, Ran
from lantern.backup.plan import PREFIX, Plan
from lantern.backup.report import MOST_SENTENCES, Outcome, RepositoryReport
from lantern.backup.tally import Tally, made, saved

TRIES = 4
PAUSE_S = 60.0
"""So often a line is tried that was cut, with such pauses."""

Told = Callable[[Tally], None]
"""Is told while an archive is made."""

_LISTED = "--extra-borg-options.create=--json --list --filter AMCE"
"""Borg's own words for what it found, for `tally`; borgmatic passes them on with "--progress"."""


def save(
    plan: Plan, repository: str, before: RepositoryReport | None, told: Told
) -> RepositoryReport:
    """Save what `plan` says to `repository`; `before` tells of the last archive there.

    What fails is in what is returned; a repository that fails is no reason to leave out others.

    Raises:
        Unavailable: borgmatic cannot be run.
    """
    began = time.monotonic()
    knew = _known_files(plan)
    ran, tally = _persistently(plan, repository, told)
    archive = made(ran.out)
    fault = _refined(plan, ran, repository)
    if archive is None:
        fault = fault or Fault(Kind.OTHER, f"{repository}: Borg told of no archive that it made")
        return _failed(repository, fault, time.monotonic() - began)
    kept = _archives(plan, repository)
    if fault is None and _pruned(before, kept):
        fault = outcome.failure(borgmatic.run(plan, repository, ["compact"]), repository)
    room = far.ask(plan.ssh_command, repository).room
    sentences = [*([str(fault)] if fault else []), *outcome.warnings(ran)]
    return RepositoryReport(
        repository=repository,
        outcome=Outcome.WARNED if sentences or tally.unread else Outcome.DONE,
        kind=str(fault.kind) if fault else "",
        sentences=tuple(sentences[:MOST_SENTENCES]),
        saved=saved(
            archive,
            tally,
            _staged(plan),
            before.saved if before else None,
            knew=archive.repository.id in knew,
        ),
        archives=kept,
        stored_bytes=archive.stored_bytes,
        free_bytes=room.free if room else None,
        disk_bytes=room.total if room else None,
        seconds=time.monotonic() - began,
    )


def failed(repository: str, fault: Fault) -> RepositoryReport:
    """Return the report of a `repository` for which nothing was done, by `fault`."""
    return _failed(repository, fault, 0.0)


def _failed(repository: str, fault: Fault, seconds: float) -> RepositoryReport:
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
    actions = ["create", "--progress", "--comment", comment, "prune"]
    return borgmatic.run(plan, repository, [_LISTED, *actions], heard=heard)


def _refined(plan: Plan, ran: Ran, repository: str) -> Fault | None:
    """Return why `ran` failed, None if it did not; ssh is asked where Borg saw only its end."""
    fault = outcome.failure(ran, repository)
    if fault is None or fault.kind is not Kind.UNREACHABLE:
        return fault
    said = far.ask(plan.ssh_command, repository).messages
    return outcome.failure(msgspec.structs.replace(ran, messages=ran.messages + said), repository)


def _archives(plan: Plan, repository: str) -> int | None:
    """Return how many archives are kept, None if that cannot be learnt."""
    ran = borgmatic.borg(plan, ["list", "--json", "--glob-archives", f"{PREFIX}*", repository])
    try:
        return len(json.loads(ran.out)["archives"])
    except (ValueError, KeyError):
        return None


def _pruned(before: RepositoryReport | None, kept: int | None) -> bool:
    """Tell whether archives went, so that there is room to be made; of the first one none did."""
    return before is not None and (before.archives is None or kept != before.archives + 1)


def _known_files(plan: Plan) -> set[str]:
    """Return the ids of the repositories whose files Borg knows from before."""
    return {file.parent.name for file in Path(plan.base).glob(".cache/borg/*/files*")}


def _staged(plan: Plan) -> int:
    return sum(1 for file in Path(plan.staged).iterdir() if file.is_file())
