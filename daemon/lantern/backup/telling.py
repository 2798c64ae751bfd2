"""A report in words: for the terminal and for whoever is written to. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from lantern.backup.report import Action, Outcome, Report, RepositoryReport
from lantern.backup.words import moment, size

_WHAT = {Action.BACKUP: "backup", Action.CHECK: "check", Action.DRILL: "restore drill"}
_HOW = {Outcome.DONE: "good", Outcome.WARNED: "good, with warnings", Outcome.FAILED: "FAILED"}


def headline(report: Report) -> str:
    """Return what became of the run in a few words."""
    what = f"{_WHAT[report.action]} of {moment(report.began)}"
    if report.skipped:
        return f"{what}: left out"
    outcomes = {one.outcome for one in report.repositories}
    if not outcomes:
        return f"{what}: nothing was done"
    if Outcome.FAILED in outcomes:
        return f"{what}: {'FAILED' if len(outcomes) == 1 else 'FAILED in part'}"
    return f"{what}: {_HOW[max(outcomes, key=list(Outcome).index)]}"


def lines(report: Report) -> list[str]:
    """Return all that there is to tell of the run, the headline first."""
    told = [headline(report)]
    if report.skipped:
        return [*told, f"  why: {report.skipped}"]
    told.append(f"  took {_took(report.ended - report.began)}{_here(report)}")
    for repository in report.repositories:
        told.append(f"  {repository.repository}: {_HOW[repository.outcome]}")
        told += [f"    {line}" for line in _of(repository)]
    return told


def _of(told: RepositoryReport) -> Iterator[str]:
    """Yield what became of one repository."""
    if saved := told.saved:
        yield (
            f"{_files(saved.files)} in {saved.archive}: {saved.new:,} new, "
            f"{saved.changed:,} changed, {saved.gone:,} gone, {saved.unread:,} not readable"
        )
        yield (
            f"{size(saved.original_bytes)}, compressed {size(saved.compressed_bytes)}, "
            f"of which {size(saved.deduplicated_bytes)} were not there yet"
        )
    if proved := told.proved:
        what = f"{_files(proved.files)} taken out of {proved.archive} and compared"
        yield f"{what}, {size(proved.photo_bytes)} of photos"
    if there := ", ".join(_there(told)):
        yield there
    mark = "fault" if told.outcome is Outcome.FAILED else "warning"
    yield from (f"{mark}: {sentence}" for sentence in told.sentences)


def _there(told: RepositoryReport) -> Iterator[str]:
    """Yield what is on the far side."""
    if told.archives is not None:
        yield f"{told.archives:,} archive{'' if told.archives == 1 else 's'} kept"
    if told.stored_bytes is not None:
        yield f"{size(told.stored_bytes)} in all"
    if told.free_bytes is not None and told.disk_bytes:
        yield f"{size(told.free_bytes)} of {size(told.disk_bytes)} free there"


def _here(report: Report) -> str:
    told = [f"{report.photos:,} photos in the catalog"] if report.photos else []
    told += [f"{size(report.free_bytes)} free here"] if report.free_bytes else []
    return "".join(f", {one}" for one in told)


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _took(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
