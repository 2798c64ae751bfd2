"""What changed is counted by what Borg tells of each file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lantern.backup.report import Saved
from lantern.backup.tally import Made, Tally, kept, made, saved

STAGED = "/var/lib/lantern-backup/staged"


def told(*files: tuple[str, str]) -> Tally:
    tally = Tally(STAGED)
    for status, path in files:
        tally.hear({"type": "file_status", "status": status, "path": path})
    return tally


def archive(files: int, **more: Any) -> bytes:
    stats = {
        "nfiles": files,
        "original_size": 9,
        "compressed_size": 8,
        "deduplicated_size": 7,
    }
    return json.dumps(
        {"archive": {"name": "a", "stats": stats}, "repository": {"id": "r"}, **more}, indent=4
    ).encode()


def made_of(files: int) -> Made:
    found = made(archive(files))
    assert found is not None
    return found


def before(files: int) -> Saved:
    return Saved("b", files, 0, 0, 0, 0, 0, 0, 0)


def test_files_are_counted_by_what_became_of_them() -> None:
    tally = told(
        ("A", "/p/new.jpg"),
        ("M", "/p/edited.jpg"),
        ("C", "/p/written to.jpg"),
        ("E", "/p/unreadable.jpg"),
        ("d", "/p"),
        ("M", f"{STAGED}/catalog.sqlite3"),
    )
    assert (tally.new, tally.changed, tally.unread) == (1, 2, 1)


def test_what_vanished_is_what_is_missing() -> None:
    tally = told(("A", "/p/1"), ("A", "/p/2"))
    held = saved(made_of(10 + 4), tally, 4, before(11), knew=True)
    assert (held.files, held.new, held.gone) == (10, 2, 3)


def test_of_the_first_archive_nothing_vanished() -> None:
    held = saved(made_of(2 + 4), told(("A", "/p/1"), ("A", "/p/2")), 4, None, knew=False)
    assert (held.files, held.new, held.gone) == (2, 2, 0)


def test_a_lost_cache_does_not_look_as_if_all_had_been_replaced() -> None:
    tally = told(*(("A", f"/p/{number}") for number in range(10)))
    held = saved(made_of(10 + 4), tally, 4, before(9), knew=False)
    assert (held.new, held.changed, held.gone) == (1, 0, 0)


def test_progress_is_heard() -> None:
    tally = Tally(STAGED)
    tally.hear({"type": "archive_progress", "nfiles": 3, "original_size": 30})
    tally.hear({"type": "archive_progress", "finished": True})
    assert (tally.files, tally.original_bytes) == (3, 30)


@pytest.mark.parametrize("out", [b"", b"nothing", b"{", b'{"archive": {}}', b"[]"])
def test_without_an_archive_there_is_none(out: bytes) -> None:
    assert made(out) is None


def test_what_stands_around_it_does_no_harm() -> None:
    found = made(b"words\n" + archive(1, cache={"stats": {"unique_csize": 5}}) + b"\nmore")
    assert found is not None
    assert found.stored_bytes == 5


def listed(text: str) -> bytes:
    line = {"type": "log_message", "message": text, "name": "borg.output.list"}
    return json.dumps(line).encode() + b"\n"


def test_what_was_kept_is_counted() -> None:
    out = (
        archive(1)
        + listed("Keeping archive (rule: daily #1):   lantern-2")
        + listed("Keeping archive (rule: weekly #1):  lantern-1")
        + listed("Pruning archive (1/2):              lantern-0")
        + listed("Pruning checkpoint archive:         lantern-0.checkpoint")
        + json.dumps({"type": "log_message", "message": "Pruning archives"}).encode()
    )
    assert kept(out) == 2
    assert made(out) == made_of(1)


def test_of_archives_that_nobody_looked_at_nothing_is_told() -> None:
    assert kept(archive(1)) is None
