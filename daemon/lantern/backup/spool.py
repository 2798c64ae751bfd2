"""The folder in which the job leaves its reports, and the file that tells how far it is.

The job writes, everybody of the group "lantern-data" reads. Reports are small and few: the oldest
go when there are more than `MOST`, which is long after the daemon took them.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lantern import durable, log
from lantern.backup.report import Report, decode, encode
from lantern.catalog.backup_state import RunningBackup
from lantern.config import Paths

MOST = 200
"""Of so many runs the reports lie in the folder."""


def folder(paths: Paths) -> Path:
    """Return the folder of the reports."""
    return paths.backup_folder / "reports"


def leave(paths: Paths, report: Report) -> None:
    """Leave `report` for whoever reads it, whole or not at all; forget the oldest ones.

    Raises:
        OSError: the disk refuses.
    """
    place = folder(paths)
    durable.keep(place / f"{report.id}.json", encode(report))
    for name in _names(place)[:-MOST]:
        (place / name).unlink(missing_ok=True)


def reports(paths: Paths, *, after: str = "") -> Iterator[Report]:
    """Yield the reports with an id behind `after`, the oldest first; unreadable ones are logged."""
    place = folder(paths)
    for name in _names(place):
        if name.removesuffix(".json") <= after:
            continue
        try:
            yield decode((place / name).read_bytes())
        except (OSError, msgspec.DecodeError) as error:
            log.warning("report of a backup not read", file=name, reason=str(error))


def tell_progress(paths: Paths, progress: RunningBackup | None) -> None:
    """Have everybody see how far the run is; None for no run. Whoever cannot be told is not."""
    file = paths.backup_progress
    with contextlib.suppress(OSError):
        if progress is None:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.new")
        fresh.write_bytes(encode(progress))
        fresh.replace(file)


def progress(paths: Paths, *, within_s: float = math.inf) -> RunningBackup | None:
    """Return how far the run under way is; None for none, or one that told it longer ago."""
    try:
        if time.time() - paths.backup_progress.stat().st_mtime > within_s:
            return None
        return msgspec.json.decode(paths.backup_progress.read_bytes(), type=RunningBackup)
    except (OSError, msgspec.DecodeError):
        return None


def _names(place: Path) -> list[str]:
    """Return the names of the reports in `place`, the oldest first."""
    with contextlib.suppress(OSError):
        return sorted(name for name in os.listdir(place) if name.endswith(".json"))
    return []
