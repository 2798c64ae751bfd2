"""Who came is written down now and then, and once more at the end; nothing is counted twice."""

import datetime
import time

import anyio
import anyio.lowlevel
import pytest

from lantern.catalog.reader import CatalogReader
from lantern.catalog.store import Catalog
from lantern.errors import StateUnavailable
from lantern.kiosk import turnstile as module
from lantern.kiosk.turnstile import Turnstile
from lantern.noticeboard import Noticeboard


class Book:
    """The catalog's visits, on a disk that may be `full`."""

    def __init__(self, folder):
        self._catalog = Catalog.open(folder / "catalog.sqlite3")
        self.reader = CatalogReader.open(folder / "catalog.sqlite3")
        self.full = False
        self.writes = 0

    async def write(self, hours):
        await anyio.lowlevel.checkpoint()
        self.writes += 1
        if self.full:
            raise StateUnavailable("catalog: cannot be written (disk full)")
        self._catalog.visits.add(hours)

    def close(self):
        self._catalog.close()


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WRITE_S", 0.05)
    made = Book(tmp_path)
    yield made
    made.close()


def run(book, play):
    """Return the notices while `play(turnstile)` went on."""
    board = Noticeboard()

    async def within():
        turnstile = Turnstile(datetime.UTC, book.write, board)
        async with anyio.create_task_group() as group:
            group.start_soon(turnstile.run)
            await play(turnstile, board)
            group.cancel_scope.cancel()

    anyio.run(within)


def test_visits_are_written_down_while_they_last_and_at_the_end(book):
    async def play(turnstile, _):
        turnstile.note(False)
        turnstile.note(True)
        await anyio.sleep(0.3)
        assert book.reader.visited_ever().visits == 1
        assert book.reader.visited_ever().dwell_s > 0.05

    before = time.time()
    run(book, play)
    ever = book.reader.visited_ever()
    assert ever.visits == 1
    assert 0.3 <= ever.dwell_s <= time.time() - before
    assert book.reader.visited(ever.start) == book.reader.visited()
    assert book.reader.visited(time.time() + 1) == []


def test_where_nobody_comes_nothing_is_written(book):
    async def play(turnstile, _):
        turnstile.note(False)
        await anyio.sleep(0.2)

    run(book, play)
    assert book.writes == 0
    assert book.reader.visited_ever().visits == 0


def test_what_a_full_disk_refuses_is_told_and_kept_until_there_is_room(book):
    async def play(turnstile, board):
        book.full = True
        turnstile.note(True)
        turnstile.note(False)
        await anyio.sleep(0.2)
        assert board.topics == ("visits",)
        book.full = False
        await anyio.sleep(0.2)
        assert board.topics == ()

    run(book, play)
    assert book.reader.visited_ever().visits == 1
