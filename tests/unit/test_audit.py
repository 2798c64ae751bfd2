"""Advisories in OSV's format against what is locked."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from provenance.advisories import Advisories, main
from provenance.locks import Pin


def advisory(*events: dict[str, str], name: str = "Some_Thing", **other: Any) -> dict[str, Any]:
    package = {"ecosystem": other.pop("ecosystem", "PyPI"), "name": name}
    kind = other.pop("type", "ECOSYSTEM")
    affected: dict[str, Any] = {"package": package, "versions": other.pop("versions", [])}
    if events:
        affected["ranges"] = [{"type": kind, "events": list(events)}]
    return {
        "id": "OWN-1",
        "aliases": ["CVE-1"],
        "summary": "a hole\nin it",
        "modified": "2026-01-01T00:00:00Z",
        "affected": [affected],
        **other,
    }


def known(one: dict[str, Any], version: str) -> list[str]:
    pin = Pin("some-thing", version, "", set())
    return [str(finding) for finding in Advisories([one]).findings([pin])]


@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        ([{"introduced": "0"}, {"fixed": "1.10"}], ["0.1", "1.9", "1.10rc1"], ["1.10", "2"]),
        ([{"introduced": "1.2"}], ["1.2", "99"], ["1.1", "1.2rc1"]),
        ([{"introduced": "0"}, {"last_affected": "1.4"}], ["1.4", "1.4.0"], ["1.4.1"]),
        (
            [{"introduced": "2"}, {"fixed": "2.5"}, {"introduced": "0"}, {"fixed": "1.5"}],
            ["1.4", "2.4"],
            ["1.5", "1.9", "2.5"],
        ),
    ],
)
def test_a_range_is_read_in_the_order_of_versions(events, inside, outside) -> None:
    one = advisory(*events)
    assert [version for version in inside + outside if known(one, version)] == inside


def test_a_listed_version_is_affected_whatever_the_ranges_say() -> None:
    one = advisory({"introduced": "5"}, versions=["1.0"])
    assert known(one, "1.0")
    assert not known(one, "1.1")


def test_it_is_told_what_it_is_and_what_mends_it() -> None:
    one = advisory({"introduced": "0"}, {"fixed": "1.10"})
    assert known(one, "1.0") == ["some-thing 1.0: OWN-1, CVE-1: a hole in it; fixed in 1.10"]
    assert "no version is told" in known(advisory({"introduced": "0"}), "1")[0]


@pytest.mark.parametrize(
    "other",
    [
        {"withdrawn": "2026-01-02T00:00:00Z"},
        {"ecosystem": "npm"},
        {"type": "GIT"},
        {"name": "some-thing-else"},
    ],
)
def test_what_is_withdrawn_or_about_something_else_is_not_told(other: dict[str, Any]) -> None:
    assert not known(advisory({"introduced": "0"}, **other), "1.0")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    folder = tmp_path / "PyPI" / "deeper"
    folder.mkdir(parents=True)
    about = [advisory({"introduced": "0"}, name="Jinja2"), advisory({"introduced": "0"})]
    for number, one in enumerate(about):
        (folder / f"{number}.json").write_text(json.dumps(one))
    return tmp_path / "PyPI"


def test_the_locks_of_this_repository_are_looked_through(database: Path, capsys) -> None:
    assert main([str(database)]) == 1
    found, count = capsys.readouterr().out.splitlines()
    assert found.startswith("jinja2 3")
    assert "requirements-dev.lock, requirements.lock" in found
    assert count == "1 found by 2 advisories, the newest of 2026-01-01T00:00:00Z"


def test_a_database_may_be_a_zip(database: Path, tmp_path: Path, capsys) -> None:
    (database / "deeper" / "0.json").unlink()
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(database / "deeper" / "1.json", "1.json")
    assert main([str(packed)]) == 0
    assert capsys.readouterr().out.startswith("0 found by 1 advisories")


def test_a_folder_without_advisories_is_no_clean_bill(tmp_path: Path, capsys) -> None:
    (tmp_path / "other.json").write_text(json.dumps(advisory(ecosystem="npm")))
    assert main([str(tmp_path)]) == 2
    assert "found none" in capsys.readouterr().out
