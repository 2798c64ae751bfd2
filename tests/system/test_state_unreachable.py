"""A daemon that starts while the disk of its state is full, read-only or fails.

It is there, says so, goes on with the show, and is itself again when the disk is.
"""

from __future__ import annotations

import errno
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantern.catalog import schema
from lantern.control import client
from lantern.control.protocol import GetShow, SetCaption, Showing
from lantern.errors import Unavailable
from support.faulty_disk import READING, WRITING, Calls, FaultyDisk
from support.house import House, photo

TESTS = Path(__file__).parents[1]
SHOW = '[show]\nprogramme = "all"\n[programmes.all]\nphotos = "all"\n'
TOLD = "the state cannot be opened; it is tried again every 0.5 s, and the show goes on meanwhile: "


@pytest.fixture
def disk(tmp_path: Path) -> FaultyDisk:
    return FaultyDisk(tmp_path, seed=1)


@pytest.fixture
def house(tmp_path: Path, disk: FaultyDisk) -> Iterator[House]:
    house = House(tmp_path, further=SHOW)
    house.program = "support.plain_daemon"
    house.environment = {"PYTHONPATH": str(TESTS), "ASKED": str(tmp_path / "asked"), "HURRY": "1"}
    house.environment |= disk.environment
    house.put("a.jpg", photo(1))
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop(signal.SIGKILL)


def showing(house: House) -> Showing:
    answer = client.ask(house.config.paths.control_socket, GetShow())
    assert isinstance(answer, Showing)
    return answer


def is_itself_again(house: House) -> None:
    """Wait for what comes by itself when the disk is back, in the process that was there before."""
    house.put("b.jpg", photo(2))
    house.wait_for({"a.jpg", "b.jpg"})
    house.wait(lambda: not [n for n in house.status().notices if TOLD in n], "it is no news")
    assert "state is back" in house.journal.read_text()
    assert "Traceback" not in house.journal.read_text()


@pytest.mark.parametrize(
    ("error", "calls"),
    [(errno.EROFS, WRITING), (errno.EIO, READING | WRITING)],
    ids=["read-only", "failing"],
)
def test_it_goes_on_with_the_show_and_is_itself_again_when_the_disk_is(
    house: House, disk: FaultyDisk, error: int, calls: Calls
) -> None:
    with house.running():
        house.wait_for({"a.jpg"})
        house.wait_settled()
        assert house.stop() == 0
    with disk.failing(error, calls, house.config.paths.state_folder), house.running():
        house.wait_notice(TOLD)
        process = house.process
        assert showing(house).is_open
        if not calls & Calls.READ:
            house.wait(lambda: showing(house).photos == 1, "what can be read is played")
            assert house.status().counts.captioned == 1
        with pytest.raises(Unavailable, match="the state cannot be opened"):
            client.ask(house.config.paths.control_socket, SetCaption("Rex", path=b"a.jpg"))
        disk.heal()
        is_itself_again(house)
        assert house.process is process
        assert house.stop() == 0


def test_a_catalog_of_an_older_lantern_waits_for_room_to_be_migrated(
    house: House, disk: FaultyDisk
) -> None:
    path = house.config.paths.catalog
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statements in schema.MIGRATIONS[:-1]:
            connection.executescript(statements)
        connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) - 1}")
    connection.close()
    with disk.failing(errno.ENOSPC, Calls.WRITE, path.parent), house.running():
        house.wait_notice(TOLD)
        assert showing(house).is_open
        disk.heal()
        is_itself_again(house)
    with sqlite3.connect(path) as connection:
        assert schema.schema_version(connection) == len(schema.MIGRATIONS)
    connection.close()
