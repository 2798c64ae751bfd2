"""A damaged catalog is kept aside, and a new one takes from it what the photos cannot tell.

Photos carry their sentences, so a scan fills the new catalog again. They do not carry which of them
are hidden, what people said that was written nowhere, and how many came to see the show: that is
salvaged, row by row, from both ends of each table until the damage. What is missing then is taken
from the copy that the last backup made.
"""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lantern import durable, log
from lantern.catalog.live import READ_ONLY_IMMUTABLE, LiveConnection, is_damage, uri_of
from lantern.catalog.store import SUSPECT, Catalog
from lantern.errors import Damaged, StateUnavailable, Unavailable

MOST_KEPT = 3
"""Damaged catalogs; older ones make room."""

_ASIDE = ".damaged-"
_TABLES = {
    "hidden": ("fingerprint", "which photos are hidden from visitors"),
    "correction": ("id", "what people said of photos"),
    "visit": ("start", "how many came to see the show"),
}
"""What is salvaged: (the key by which a table is read from both ends, what it tells)."""


class Salvaged(msgspec.Struct, frozen=True):
    """What became of one table: how many rows were saved, and whether that is all of them."""

    rows: int
    whole: bool


def open_catalog(path: Path, now: float, copy: Path | None = None) -> Catalog:
    """Open the catalog at `path`; at Unix time `now` a damaged one makes room for a new one.

    `copy` is an older one of the same catalog, for what cannot be salvaged; it need not be there.

    Raises:
        ConfigError: the catalog comes from a newer Lantern.
        Unavailable: the disk refuses, or another program holds the file.
    """
    try:
        _examine_suspect(path)
        return Catalog.open(path)
    except Damaged as error:
        reason = str(error)
    aside = _set_aside(path, now)
    log.error("catalog damaged", reason=reason, kept_as=aside)
    Catalog.open(path).close()  # its tables are there now
    found = {table: _salvage(aside, "mode=rw", path, table) for table in _TABLES}
    copied = _fill_in(copy, path, [table for table, one in found.items() if not one.whole])
    with contextlib.suppress(OSError):
        durable.keep(_report(aside), report(reason, found, copied).encode())
    return Catalog.open(path)


def asides(path: Path) -> list[Path]:
    """Return the damaged catalogs that were kept of the one at `path`, oldest first."""
    found = path.parent.glob(f"{path.name}{_ASIDE}*")
    return sorted(file for file in found if file.name[-1].isdecimal())


def told(path: Path) -> str | None:
    """Return what a person should know of the newest that was kept aside, None if none is there."""
    kept = asides(path)
    if not kept:
        return None
    try:
        what = _report(kept[-1]).read_text()
    except OSError:
        what = "the catalog was damaged"
    return (
        f"{what}; it is kept as {kept[-1]}, and made anew from the photos and their captions; "
        f'look at the disk ("lantern doctor"), then remove that file: "rm {kept[-1]}*"'
    )


def report(reason: str, found: dict[str, Salvaged], copied: str = "") -> str:
    """Return in one sentence what was wrong, what was saved and what is lost. Pure.

    `copied` is when the copy was made from which the rest was taken, "" if it was from none.
    """
    lost = ", and ".join(_TABLES[table][1] for table, one in found.items() if not one.whole)
    saved = ", ".join(f"{one.rows:,} of {table}" for table, one in found.items())
    loss = f"not all is known any more of {lost}" if lost else "nothing is lost"
    if lost and copied:
        loss = f"the rest of {lost} is as the backup copied it at {copied}: what is newer is lost"
    return f"{reason}; saved: {saved}; {loss} that the photos do not carry"


def suspect(path: Path) -> Path:
    """Return the file that says that the catalog at `path` is to be examined before it is used."""
    return path.with_name(path.name + SUSPECT)


def _examine_suspect(path: Path) -> None:
    """Raise `Damaged` if the catalog is suspected, and with reason."""
    mark = suspect(path)
    if not mark.exists() or not path.exists():
        return
    try:
        damage = LiveConnection(path).damage()
    except Unavailable as error:
        if not durable.is_kept(path.parent):  # the disk, not the file alone
            raise StateUnavailable(f"{path.parent}: the disk fails; look at it") from error
        damage = str(error)
    if damage is not None:
        raise Damaged(f"{path.name}: {damage}")
    log.info("catalog is whole", suspected=True)
    mark.unlink(missing_ok=True)


def _set_aside(path: Path, now: float) -> Path:
    """Rename the catalog and what belongs to it; return its new name.

    The log of changes first: beside a new catalog it would be taken for that one's.
    """
    stamp = datetime.datetime.fromtimestamp(now, datetime.UTC).strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.name}{_ASIDE}{stamp}")
    while aside.exists():
        aside = aside.with_name(f"{aside.name}0")
    try:
        for end in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
        suspect(path).unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(
            f"{path}: is damaged, and cannot be moved aside ({error.strerror}); look at the disk"
        ) from error
    for old in asides(path)[:-MOST_KEPT]:
        log.warning("old damaged catalog removed", file=old)
        for file in old.parent.glob(f"{old.name}*"):
            file.unlink(missing_ok=True)
    return aside


def _report(aside: Path) -> Path:
    return aside.with_name(f"{aside.name}.txt")


def _fill_in(copy: Path | None, path: Path, tables: list[str]) -> str:
    """Carry what is missing of `tables` from `copy`; return when it was made, "" if it fails."""
    if copy is None or not tables:
        return ""
    try:
        made = datetime.datetime.fromtimestamp(copy.stat().st_mtime).isoformat(" ", "minutes")
        # Nobody writes it, and there may be no right to do what readers of a live one do.
        carried = [_salvage(copy, READ_ONLY_IMMUTABLE, path, table) for table in tables]
    except (OSError, sqlite3.Error) as error:
        log.warning("copy of the catalog not used", file=copy, reason=str(error))
        return ""
    return made if all(one.whole for one in carried) else ""


def _salvage(source: Path, how: str, path: Path, table: str) -> Salvaged:
    """Carry what can be read of `table` into the catalog at `path`, where what is there stays.

    `source` is opened by SQLite as `how` says.
    """
    with (
        contextlib.closing(sqlite3.connect(path)) as fresh,
        contextlib.closing(_Wreck(uri_of(source, how), table)) as wreck,
        fresh,
    ):
        for row in wreck.rows():
            marks = ",".join("?" * len(row))
            names = ",".join(row)
            fresh.execute(
                f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", tuple(row.values())
            )
        ((count,),) = fresh.execute(f"SELECT COUNT(*) FROM {table}").fetchall()
    return Salvaged(count, wreck.whole)


class _Wreck:
    """One table of a damaged catalog; `whole` tells, once read, whether nothing of it was lost."""

    def __init__(self, uri: str, table: str) -> None:
        self._connection = sqlite3.connect(uri, uri=True)
        self._connection.row_factory = sqlite3.Row
        self._table = table
        self.whole = True

    def rows(self) -> Iterator[dict[str, object]]:
        """Yield its rows, those at both ends of a gap."""
        yield from self._from("ASC")
        if not self.whole:
            yield from self._from("DESC")

    def close(self) -> None:
        self._connection.close()

    def _from(self, end: str) -> Iterator[dict[str, object]]:
        key = _TABLES[self._table][0]
        try:
            for row in self._connection.execute(
                f"SELECT * FROM {self._table} ORDER BY {key} {end}"
            ):
                yield dict(row)
        except sqlite3.DatabaseError as error:
            older = str(error).startswith("no such table") and self._has_files()
            self.whole = older and not is_damage(error)

    def _has_files(self) -> bool:
        """Tell whether it is a catalog at all: all that ever were have this table."""
        named = "SELECT 1 FROM sqlite_schema WHERE name = 'file'"
        return self._connection.execute(named).fetchone() is not None
