"""What is copied before it is saved: catalog, configuration, and what people said."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from pathlib import Path

import pytest

from lantern.backup.plan import Plan
from lantern.backup.staging import stage
from lantern.catalog.store import Catalog
from lantern.config import Backup
from lantern.errors import Unavailable

CONFIG = '[photos]\nroot = "/srv/photos"\n'


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.sqlite3"
    Catalog.open(path).close()
    return path


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "staged").mkdir()
    (tmp_path / "lantern.toml").write_text(CONFIG)
    return Plan(
        photos="/srv/photos",
        staged=str(tmp_path / "staged"),
        file="",
        base="",
        passphrase_file="",
        ssh_command="",
        backup=Backup(),
    )


def staged(plan: Plan, catalog: Path) -> Path:
    stage(plan, catalog, catalog.with_name("lantern.toml"))
    return Path(plan.staged)


def fill(catalog: Path) -> None:
    """Put two photos there: a person corrected the one, said something of the other, and hid it."""
    with contextlib.closing(sqlite3.connect(catalog)) as connection, connection:
        for number, fingerprint in enumerate(("aa", "bb"), 1):
            connection.execute(
                "INSERT INTO photo (id, fingerprint, description) VALUES (?, ?, '{}')",
                (number, fingerprint),
            )
        connection.execute(
            "INSERT INTO file (folder, name, size, mtime_ns, state, attempts, losses, retry_at,"
            " reason, metadata, photo_id) VALUES (?, ?, 1, 1, 'CAPTIONED', 0, 0, 0, '', ?, 2)",
            (b"summer", b"caf\xe9.jpg", b'{"human_caption": "Ada and a boat"}'),
        )
        connection.execute(
            "INSERT INTO correction (fingerprint, path, sentence, stood, machine, model, at)"
            " VALUES ('aa', ?, 'a heron', '[]', 'a bird', 'm', 1700000000)",
            (b"a.jpg",),
        )
        connection.execute("INSERT INTO hidden VALUES ('bb', 1)")


def test_what_people_said_and_chose_is_told_in_plain_json(catalog: Path, plan: Plan) -> None:
    fill(catalog)
    told = json.loads((staged(plan, catalog) / "captions.json").read_text())
    assert told["corrections"] == [
        {
            "file": "a.jpg",
            "fingerprint": "aa",
            "sentence": "a heron",
            "time": "2023-11-14T22:13:20+00:00",
        }
    ]
    assert told["in_files"] == [{"file": "summer/caf\udce9.jpg", "sentence": "Ada and a boat"}]
    assert told["hidden"] == ["bb"]


def test_the_configuration_is_copied_and_a_person_is_told_what_this_is(
    catalog: Path, plan: Plan
) -> None:
    folder = staged(plan, catalog)
    assert (folder / "lantern.toml").read_text() == CONFIG
    told = json.loads((folder / "backup.json").read_text())
    assert (told["photo_root"], told["format"]) == ("/srv/photos", 1)


def test_what_people_set_is_copied_for_as_long_as_it_is_there(
    catalog: Path, plan: Plan, tmp_path: Path
) -> None:
    config, orders, offsets = (tmp_path / name for name in ("lantern.toml", "show.json", "b.json"))
    orders.write_bytes(b'{"doors":"close"}')
    stage(plan, catalog, config, [orders, offsets])
    copy = Path(plan.staged) / "show.json"
    assert copy.read_bytes() == b'{"doors":"close"}'
    assert not (Path(plan.staged) / "b.json").exists()
    orders.unlink()
    stage(plan, catalog, config, [orders, offsets])
    assert not copy.exists()


def test_the_catalog_is_copied_as_it_was_at_one_moment_while_it_is_written(
    catalog: Path, plan: Plan
) -> None:
    """Two rows are always added together: a copy holds both or neither."""
    ended = threading.Event()

    def write() -> None:
        with contextlib.closing(sqlite3.connect(catalog, timeout=20)) as connection:
            number = 0
            while not ended.is_set():
                number += 1
                with connection:
                    connection.execute("INSERT INTO hidden VALUES (?, 1)", (f"left {number}",))
                    connection.execute("INSERT INTO hidden VALUES (?, 1)", (f"right {number}",))

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    try:
        for _ in range(10):
            folder = staged(plan, catalog)
            assert sorted(file.name for file in folder.iterdir()) == [
                "backup.json",
                "captions.json",
                "catalog.sqlite3",
                "lantern.toml",
            ]
            with contextlib.closing(sqlite3.connect(folder / "catalog.sqlite3")) as copy:
                assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                names = [row[0] for row in copy.execute("SELECT fingerprint FROM hidden")]
            lefts = {name.split()[1] for name in names if name.startswith("left")}
            rights = {name.split()[1] for name in names if name.startswith("right")}
            assert lefts == rights
            seen.add(len(lefts))
    finally:
        ended.set()
        writer.join()
    assert len(seen) > 1, "nothing was written meanwhile"


def test_without_a_catalog_nothing_is_staged(tmp_path: Path, plan: Plan) -> None:
    with pytest.raises(Unavailable, match="start the daemon"):
        stage(plan, tmp_path / "none.sqlite3", tmp_path / "lantern.toml")


def test_a_configuration_that_is_gone_is_named(catalog: Path, plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"gone\.toml: cannot be copied"):
        stage(plan, catalog, tmp_path / "gone.toml")
