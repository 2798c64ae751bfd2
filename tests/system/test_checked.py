"""The checker of tortured houses finds each fault that is planted, and nothing in a clean house."""

import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from lantern.config import load
from support.checked import main, originals, repetitions, wrongs
from support.house import House, photo

TESTS = Path(__file__).parents[1]
OF_A = "WHERE name = CAST('a.jpg' AS BLOB)"
NAMES = ("a.jpg", "b.jpg", "c/c.jpg")


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """A house at rest, and what its photos were."""
    home = tmp_path_factory.mktemp("clean")
    house = House(home)
    house.program = "support.plain_daemon"
    house.environment = {"PYTHONPATH": str(TESTS), "ASKED": str(home / "asked")}
    for number, name in enumerate(NAMES):
        house.put(name, photo(number))
    before = originals(house.root)
    with house.running():
        house.wait_for(set(NAMES))
        house.wait_settled()
        assert house.stop() == 0
    return home, before


class Spoilt:
    """A copy of a house in which somebody plants a fault."""

    def __init__(self, home, clean):
        shutil.copytree(clean, home)
        self.root = home / "photos"
        self.file = home / "lantern.toml"
        self.file.write_text(self.file.read_text().replace(str(clean), str(home)))
        self.config = load(self.file)

    def sql(self, statement, database="catalog"):
        with sqlite3.connect(getattr(self.config.paths, database)) as connection:
            connection.execute(statement)
        connection.close()

    def overwrite(self, table):
        """Write over the page that a table begins with."""
        with sqlite3.connect(self.config.paths.catalog) as connection:
            ((size,),) = connection.execute("PRAGMA page_size").fetchall()
            where = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
            ((page,),) = connection.execute(where, (table,)).fetchall()
        connection.close()
        with open(self.config.paths.catalog, "r+b") as file:
            file.seek((page - 1) * size)
            file.write(b"\xa5" * size)

    def touch(self, name, seed=None):
        path = self.root / name
        path.write_bytes(path.read_bytes() + b"more" if seed is None else photo(seed))


@pytest.fixture
def spoilt(tmp_path, clean):
    return Spoilt(tmp_path / "spoilt", clean[0])


def test_a_clean_house_gives_nothing(spoilt, clean):
    assert len(clean[1]) == len(NAMES)
    assert wrongs(spoilt.config, clean[1]) == []


FAULTS = {
    "a.jpg: lost": lambda house: os.unlink(house.root / "a.jpg"),
    "a.jpg: another picture": lambda house: house.touch("a.jpg", seed=77),
    "a.jpg: other bytes": lambda house: house.touch("a.jpg"),
    "a.jpg: other size or time in the catalog": lambda house: os.utime(house.root / "a.jpg"),
    "d.jpg: a stranger": lambda house: (house.root / "d.jpg").write_bytes(photo(4)),
    "c/.lantern-0123456789abcdef.tmp: left behind": lambda house: (
        house.root / "c/.lantern-0123456789abcdef.tmp"
    ).touch(),
    "a.jpg: FAILED": lambda house: house.sql(f"UPDATE file SET state = 'FAILED' {OF_A}"),
    "a.jpg: not in the catalog": lambda house: house.sql(f"DELETE FROM file {OF_A}"),
    "x.jpg: only in the catalog": lambda house: house.sql(
        f"UPDATE file SET name = CAST('x.jpg' AS BLOB) {OF_A}"
    ),
    "a.jpg: another picture in the catalog": lambda house: house.sql(
        f"UPDATE file SET photo_id = photo_id % 3 + 1 {OF_A}"
    ),
    "1 photos have no thumbnail": lambda house: house.sql(
        "DELETE FROM image WHERE rowid = 1", "thumbnails"
    ),
    "1 photos in the index are none that may be found": lambda house: (
        house.sql(
            f"UPDATE photo SET orphaned_at = 1 WHERE id = (SELECT photo_id FROM file {OF_A})"
        ),
        house.sql(f"DELETE FROM file {OF_A}"),
    ),
}


@pytest.mark.parametrize("told", FAULTS)
def test_a_fault_that_is_planted_is_found(spoilt, clean, told):
    FAULTS[told](spoilt)
    assert told in wrongs(spoilt.config, clean[1])


def test_a_damaged_page_is_found(spoilt, clean):
    spoilt.overwrite("correction")
    assert any("integrity_check" in one for one in wrongs(spoilt.config, clean[1]))


def test_a_row_without_its_owner_is_found(spoilt, clean):
    spoilt.sql("INSERT INTO features VALUES (99, 1, x'01')")
    found = wrongs(spoilt.config, clean[1])
    assert any("foreign_key_check" in one for one in found)
    assert "1 features of no photo" in found


def test_what_was_captioned_twice_without_cause_is_found(clean):
    before = clean[1]
    asked = [photo.fingerprint for photo in before.values()]
    assert repetitions(asked, NAMES, before, kills=0) == []
    assert repetitions([*asked, asked[0]], NAMES, before, kills=1) == []
    assert len(repetitions([*asked, asked[0]], NAMES, before, kills=0)) == 1
    assert repetitions(asked, [*NAMES, "a.jpg"], before, kills=1) == [
        f"{before['a.jpg'].fingerprint} was described 2 times"
    ]
    assert repetitions([*asked, "f00"], NAMES, before, kills=0) == ["f00 was captioned and is none"]


def test_it_can_be_asked_from_the_command_line(spoilt, clean, capsysbinary, monkeypatch):
    assert main("before", str(clean[0] / "photos")) == 0
    kept = clean[0].parent / "kept"
    kept.write_bytes(capsysbinary.readouterr().out)
    for status in (0, 1):
        with kept.open() as told:
            monkeypatch.setattr(sys, "stdin", told)
            assert main("after", str(spoilt.file)) == status
        spoilt.touch("a.jpg")
