"""Tell which locked packages have a known hole, by a copy of an advisory database in OSV's format.

scripts/audit DATABASE [LOCK...] runs it; no network is asked. The database is a folder of JSON,
below any folders, or a zip of it, as OSV exports its PyPI part; how new it is, is told. What an
advisory means is OSV's "Evaluation" (ossf.github.io/osv-schema): a version is affected if it is
listed, or stands in a range of the package's own order.
"""

from __future__ import annotations

import argparse
import itertools
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

from provenance import locks

REPOSITORY = Path(__file__).parents[2]

Advisory = Mapping[str, Any]


class Finding(NamedTuple):
    """A locked package that an advisory is about."""

    name: str
    version: str
    advisory: Advisory
    fixed: list[str]

    def __str__(self) -> str:
        """Say it in a line."""
        names = ", ".join([self.advisory["id"], *self.advisory.get("aliases", ())])
        summary = " ".join(self.advisory.get("summary", "").split())
        mend = (
            f"fixed in {', '.join(self.fixed)}"
            if self.fixed
            else "no version is told that mends it"
        )
        return f"{self.name} {self.version}: {names}: {summary}; {mend}"


class Advisories:
    """The advisories of a database about Python packages, by the package's name."""

    def __init__(self, advisories: Iterable[Advisory]) -> None:
        self._about: dict[str, list[Advisory]] = {}
        self.count = 0
        self.newest = ""
        for advisory in advisories:
            if advisory.get("withdrawn") or not (names := set(_names(advisory))):
                continue
            self.count += 1
            self.newest = max(self.newest, advisory.get("modified", ""))
            for name in names:
                self._about.setdefault(name, []).append(advisory)

    def findings(self, pins: Iterable[locks.Pin]) -> Iterator[Finding]:
        """Yield what is known against what is pinned."""
        for pin in pins:
            name = locks.normal(pin.name)
            for advisory in self._about.get(name, ()):
                about = [one for one in _packages(advisory) if _name(one) == name]
                if any(_affects(one, pin.version) for one in about):
                    yield Finding(name, pin.version, advisory, _fixes(about))


def read(database: Path) -> Iterator[Advisory]:
    """Yield the advisories in a folder or a zip."""
    if database.is_dir():
        for path in sorted(database.rglob("*.json")):
            yield json.loads(path.read_bytes())
        return
    with zipfile.ZipFile(database) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".json"):
                yield json.loads(archive.read(name))


def _packages(advisory: Advisory) -> Iterator[Mapping[str, Any]]:
    for affected in advisory.get("affected", ()):
        if affected.get("package", {}).get("ecosystem") == "PyPI":
            yield affected


def _name(affected: Mapping[str, Any]) -> str:
    return locks.normal(affected["package"]["name"])


def _names(advisory: Advisory) -> Iterator[str]:
    return map(_name, _packages(advisory))


def _affects(affected: Mapping[str, Any], version: str) -> bool:
    listed = set(affected.get("versions", ()))
    return version in listed or any(
        _in_range(one, Version(version))
        for one in affected.get("ranges", ())
        if one["type"] == "ECOSYSTEM"
    )


def _in_range(one: Mapping[str, Any], version: Version) -> bool:
    """Tell whether the events of a range, in the versions' order, leave `version` affected."""
    affected = False
    for when, what in sorted((_when(text), what) for what, text in _events(one)):
        if what == "introduced" and version >= when:
            affected = True
        if (what in {"fixed", "limit"} and version >= when) or (
            what == "last_affected" and version > when
        ):
            affected = False
    return affected


def _events(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return itertools.chain.from_iterable(event.items() for event in one["events"])


def _when(text: str) -> Version:
    """Return a version; "0" is before all, and one that is none counts as before all as well."""
    try:
        return Version("0.dev0" if text == "0" else text)
    except InvalidVersion:
        return Version("0.dev0")


def _fixes(about: Iterable[Mapping[str, Any]]) -> list[str]:
    events = itertools.chain.from_iterable(
        _events(one)
        for affected in about
        for one in affected.get("ranges", ())
        if one["type"] == "ECOSYSTEM"
    )
    return sorted({text for what, text in events if what == "fixed"}, key=_when)


def main(arguments: list[str] | None = None) -> int:
    """Say what is known; return 1 if anything is, 2 if the database holds nothing of the kind."""
    parser = argparse.ArgumentParser(prog="scripts/audit", description=__doc__)
    parser.add_argument("database", type=Path)
    parser.add_argument("lock", type=Path, nargs="*", help="all of them, where none is named")
    asked = parser.parse_args(arguments)
    every = [*REPOSITORY.glob("requirements*.lock"), *REPOSITORY.glob("scripts/*/*.lock")]
    advisories = Advisories(read(asked.database))
    if not advisories.count:
        print(f"{asked.database}: expected advisories about PyPI's packages (OSV), found none")
        return 2
    found: dict[str, list[str]] = {}
    for lock in asked.lock or sorted(every):
        for finding in advisories.findings(locks.pins(lock)):
            found.setdefault(str(finding), []).append(lock.name)
    for told, where in sorted(found.items()):
        print(f"{told} [{', '.join(where)}]")
    print(f"{len(found)} found by {advisories.count} advisories, the newest of {advisories.newest}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
