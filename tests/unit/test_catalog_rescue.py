"""Damaged catalogs, as disks and power cuts leave them: what is kept, saved and told."""

import os
import shutil
import sqlite3

import pytest

from lantern.catalog import rescue
from lantern.catalog.rescue import Salvaged, asides, open_catalog, report, suspect, told
from lantern.catalog.store import Catalog, Found
from lantern.catalog.visits import Visited
from lantern.errors import ConfigError, Damaged

NOW = 1_700_000_000.0
HIDDEN = [f"{number:032x}" for number in range(300)]
CORRECTION = (
    "INSERT INTO correction (fingerprint, path, sentence, stood, machine, model, at)"
    " VALUES (?, x'61', ?, '', 'a dog', 'm 1', 1)"
)


@pytest.fixture
def path(tmp_path):
    """A closed catalog of many pages: 300 hidden photos, 300 corrections, 300 hours of visits."""
    path = tmp_path / "catalog.sqlite3"
    catalog = Catalog.open(path)
    catalog.visits.add([Visited(hour * 3600, 2, 60.0) for hour in range(300)])
    catalog.close()
    with sqlite3.connect(path) as connection:
        connection.executemany("INSERT INTO hidden VALUES (?, 1)", [(name,) for name in HIDDEN])
        connection.executemany(CORRECTION, [(name, f"sentence of {name}") for name in HIDDEN])
    connection.close()
    return path


def page_size(path):
    return int.from_bytes(path.read_bytes()[16:18], "big")


def spoil(path, page):
    """Overwrite a page, counted from 1, with what was never written there."""
    size = page_size(path)
    with open(path, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


def root_of(path, table):
    with sqlite3.connect(path) as connection:
        ((page,),) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)
        ).fetchall()
    connection.close()
    return page


def page_with(path, text):
    return path.read_bytes().index(text) // page_size(path) + 1


def hidden(catalog):
    return {row[0] for row in catalog.rows("SELECT fingerprint FROM hidden")}


def works(catalog):
    """Tell whether a catalog takes what a daemon writes."""
    catalog.discover(b"", [Found(b"new.jpg", 1, 1)], NOW)
    return [file.path for file in catalog.pending(NOW, 10)] == [b"new.jpg"]


def test_a_whole_catalog_is_opened_and_nothing_is_kept_aside(path):
    catalog = open_catalog(path, NOW)
    assert hidden(catalog) == set(HIDDEN)
    assert asides(path) == []
    assert told(path) is None
    catalog.close()


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda _: b"",
        lambda data: b"\0" * len(data),
        lambda _: b"no catalog at all" * 100,
        lambda data: b"\0" * 100 + data[100:],
        lambda data: data[:1024],
        lambda data: data[:16] + bytes(byte ^ 0x55 for byte in data[16:]),
    ],
    ids=["empty", "zeros", "text", "no header", "cut short", "garbled"],
)
def test_what_is_no_catalog_any_more_is_kept_aside_and_a_new_one_works(path, spoilt):
    data = spoilt(path.read_bytes())
    path.write_bytes(data)
    catalog = open_catalog(path, NOW)
    assert works(catalog)
    (aside,) = asides(path)
    assert aside.name == "catalog.sqlite3.damaged-20231114-221320"
    assert aside.read_bytes() == data
    assert "which photos are hidden from visitors" in told(path)
    assert str(aside) in told(path)
    catalog.close()


def test_damage_elsewhere_loses_nothing_that_photos_do_not_carry(path):
    spoil(path, root_of(path, "photo"))
    suspect(path).touch()
    catalog = open_catalog(path, NOW)
    assert hidden(catalog) == set(HIDDEN)
    said = dict(catalog.rows("SELECT fingerprint, sentence FROM correction WHERE standing"))
    assert said == {name: f"sentence of {name}" for name in HIDDEN}
    assert catalog.read.visited_ever().visits == 600
    assert "saved: 300 of hidden, 300 of correction, 300 of visit; nothing is lost" in told(path)
    assert not suspect(path).exists()
    catalog.close()


@pytest.mark.parametrize("folder", ["of 20%20 photos", "what?", "#1", os.fsdecode(b"caf\xe9")])
def test_a_catalog_is_salvaged_whatever_its_folder_is_called(path, tmp_path, folder):
    there = tmp_path / folder / path.name
    there.parent.mkdir()
    path.rename(there)
    spoil(there, root_of(there, "photo"))
    suspect(there).touch()
    catalog = open_catalog(there, NOW)
    assert hidden(catalog) == set(HIDDEN)
    catalog.close()


def test_of_a_damaged_table_both_ends_are_saved_and_the_loss_is_told(path):
    spoil(path, page_with(path, HIDDEN[150].encode()))
    suspect(path).touch()
    catalog = open_catalog(path, NOW)
    saved = hidden(catalog)
    assert HIDDEN[0] in saved
    assert HIDDEN[-1] in saved
    assert 200 < len(saved) < 300
    loss = "not all is known any more of which photos are hidden from visitors that the photos"
    assert loss in told(path)
    catalog.close()


def test_what_is_lost_of_a_table_comes_from_the_copy_that_the_backup_made(path, tmp_path):
    copy = tmp_path / "staged" / "catalog.sqlite3"
    copy.parent.mkdir()
    shutil.copy(path, copy)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO hidden VALUES ('since', 2)")
    connection.close()
    before = copy.read_bytes()
    spoil(path, page_with(path, HIDDEN[150].encode()))
    suspect(path).touch()
    catalog = open_catalog(path, NOW, copy)
    assert hidden(catalog) == {*HIDDEN, "since"}
    assert "the rest of which photos are hidden from visitors is as the backup copied it" in told(
        path
    )
    assert copy.read_bytes() == before
    catalog.close()


@pytest.mark.parametrize("text", [None, b"", b"no catalog at all"])
def test_a_copy_that_is_of_no_use_is_not_counted_on(path, tmp_path, text):
    copy = tmp_path / "copy.sqlite3"
    if text is not None:
        copy.write_bytes(text)
    spoil(path, page_with(path, HIDDEN[150].encode()))
    suspect(path).touch()
    catalog = open_catalog(path, NOW, copy)
    assert HIDDEN[0] in hidden(catalog)
    assert "not all is known any more of which photos are hidden" in told(path)
    catalog.close()


def test_what_a_killed_daemon_had_written_last_is_saved_as_well(path, tmp_path):
    catalog = Catalog.open(path)
    catalog.visits.add([Visited(999 * 3600, 7, 60.0)])
    copy = tmp_path / "killed"
    copy.mkdir()
    for file in tmp_path.glob("catalog.sqlite3*"):
        shutil.copy(file, copy)
    catalog.close()
    killed = copy / path.name
    assert (copy / "catalog.sqlite3-wal").stat().st_size
    spoil(killed, root_of(path, "photo"))
    suspect(killed).touch()
    catalog = open_catalog(killed, NOW)
    assert catalog.read.visited_ever().visits == 607
    catalog.close()


def test_damage_that_is_met_at_work_is_told_and_remembered_for_the_next_start(path):
    spoil(path, root_of(path, "file"))
    catalog = open_catalog(path, NOW)
    assert not suspect(path).exists()
    with pytest.raises(Damaged, match="the next start keeps it aside"):
        catalog.discover(b"", [Found(b"new.jpg", 1, 1)], NOW)
    catalog.close()
    assert suspect(path).exists()
    catalog = open_catalog(path, NOW)
    assert works(catalog)
    assert hidden(catalog) == set(HIDDEN)
    catalog.close()


def test_a_suspected_catalog_that_is_whole_stays(path):
    suspect(path).touch()
    catalog = open_catalog(path, NOW)
    assert hidden(catalog) == set(HIDDEN)
    assert asides(path) == []
    assert not suspect(path).exists()
    catalog.close()


def test_a_catalog_of_a_newer_lantern_is_refused_and_not_put_aside(path):
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(ConfigError, match="newer Lantern"):
        open_catalog(path, NOW)
    assert asides(path) == []


def test_the_oldest_make_room_and_the_newest_is_told(path):
    for day in range(5):
        path.write_bytes(b"damaged once more" * 100)
        open_catalog(path, NOW + day * 86400).close()
    kept = asides(path)
    assert len(kept) == rescue.MOST_KEPT
    assert kept[-1].name.endswith("20231118-221320")
    assert str(kept[-1]) in told(path)
    assert len(list(path.parent.glob("*.txt"))) == rescue.MOST_KEPT


def test_two_within_a_second_are_both_kept(path):
    for _ in range(2):
        path.write_bytes(b"damaged")
        open_catalog(path, NOW).close()
    assert len(asides(path)) == 2


def test_the_trouble_is_over_once_a_person_has_removed_what_was_kept(path):
    path.write_bytes(b"damaged")
    open_catalog(path, NOW).close()
    for file in path.parent.glob("*.damaged-*"):
        file.unlink()
    assert told(path) is None


def test_a_report_tells_all_that_is_lost():
    found = {
        "hidden": Salvaged(3, whole=False),
        "correction": Salvaged(1200, whole=True),
        "visit": Salvaged(0, whole=False),
    }
    assert report("catalog.sqlite3: malformed", found) == (
        "catalog.sqlite3: malformed; saved: 3 of hidden, 1,200 of correction, 0 of visit; not all "
        "is known any more of which photos are hidden from visitors, and how many came to see the "
        "show that the photos do not carry"
    )
