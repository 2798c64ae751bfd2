"""A real daemon whose catalog is damaged, between two runs and in the middle of one."""

import json
import signal
import sqlite3
import urllib.error
import urllib.request

import pytest

from lantern.catalog.rescue import asides, suspect
from lantern.cli.exit_codes import ExitCode
from lantern.control import client
from lantern.control.protocol import HidePhoto, SetCaption
from support.house import PATIENCE_S, House, photo

PHOTOS = {"a.jpg", "b.jpg", "c.jpg"}


@pytest.fixture
def house(tmp_path):
    """Three photos that carry their sentences, the first hidden, the second corrected; at rest."""
    house = House(tmp_path, write="embed")
    for number, name in enumerate(sorted(PHOTOS)):
        house.put(name, photo(number))
    with house.running():
        house.wait_for(PHOTOS)
        house.wait(lambda: house.status().counts.unwritten == 0, "the photos carry sentences")
        ask(house, HidePhoto(path=b"a.jpg"))
        ask(house, SetCaption("Our ferry to Texel", path=b"b.jpg"))
        house.wait_settled()
        assert house.stop() == 0
    in_one_file(house)
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop(signal.SIGKILL)


def ask(house, question):
    return client.ask(house.config.paths.control_socket, question)


def shown(address):
    """Return how many photos a visitor finds, -1 while the page cannot tell."""
    try:
        with urllib.request.urlopen(f"{address}/api/search?q=", timeout=10) as answer:
            return json.load(answer)["total"]
    except urllib.error.HTTPError:
        return -1


def catalog(house):
    return house.config.paths.catalog


def in_one_file(house):
    """Have the catalog's file hold all of it: whoever looks on keeps its log of changes alive."""
    with sqlite3.connect(catalog(house)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def spoil(house, table):
    """Overwrite the first page of a table."""
    with sqlite3.connect(catalog(house)) as connection:
        ((size,),) = connection.execute("PRAGMA page_size").fetchall()
        ((page,),) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)
        ).fetchall()
    connection.close()
    with open(catalog(house), "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


def is_made_anew(house, captionings):
    house.wait(lambda: set(house.described()) == PHOTOS, "all are described")
    house.wait(lambda: house.searchable() == PHOTOS - {"a.jpg"}, "all but the hidden are found")
    house.wait_settled()
    assert house.captionings() == captionings  # the photos told it all
    assert house.status().counts.hidden == 1
    assert house.found("ferry texel") == {"b.jpg"}
    (aside,) = asides(catalog(house))
    house.wait_notice(f"it is kept as {aside}, and made anew from the photos")
    house.wait_notice("nothing is lost that the photos do not carry")
    assert f"rm {aside}*" in house.run("doctor").stdout


def test_a_catalog_that_is_none_any_more_is_made_anew_from_the_photos(house):
    captionings = house.captionings()
    catalog(house).write_bytes(b"\0" * 50_000)
    with house.running():
        house.wait_for(PHOTOS)
        house.wait_settled()
        assert house.captionings() == captionings
        assert house.found("ferry texel") == {"b.jpg"}
        house.wait_notice("which photos are hidden from visitors")  # that is lost, and told
        assert house.status().counts.hidden == 0


def test_damage_that_is_met_ends_the_daemon_and_the_next_makes_the_catalog_anew(house):
    captionings = house.captionings()
    spoil(house, "file")
    house.put("d.jpg", photo(9))
    house.start()
    assert house.process.wait(PATIENCE_S) == ExitCode.UNAVAILABLE
    assert "the next start keeps it aside" in house.journal.read_text()
    assert suspect(catalog(house)).exists()
    (house.root / "d.jpg").unlink()
    with house.running():
        is_made_anew(house, captionings)


def test_the_doctor_finds_damage_that_nobody_met_and_says_how_to_mend_it(house):
    captionings = house.captionings()
    spoil(house, "features")
    found = house.run("doctor")
    assert found.returncode == ExitCode.UNHEALTHY
    step = f"touch {catalog(house)}.suspect"
    assert step in found.stdout
    suspect(catalog(house)).touch()
    with house.running():
        is_made_anew(house, captionings)


def test_the_page_goes_on_over_it(house):
    with house.page() as address:
        with house.running():
            house.wait(lambda: shown(address) == 2, "the page shows two photos")
            house.stop(signal.SIGKILL)
        in_one_file(house)
        catalog(house).write_bytes(b"\0" * 50_000)
        with house.running():
            house.wait(lambda: shown(address) == 3, "the page shows what was made anew")
