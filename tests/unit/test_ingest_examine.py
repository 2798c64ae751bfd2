"""When the catalog is examined, and what is said of one that was kept aside."""

import shutil

import anyio
import pytest

from lantern.catalog.rescue import asides, open_catalog, suspect
from lantern.catalog.store import Catalog, Found
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.errors import Damaged
from lantern.ingest import examine
from lantern.ingest.desk import Desk
from lantern.ingest.examine import Examiner

PAGE = 1024


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(examine, "QUIET_S", 0.0)
    monkeypatch.setattr(examine, "LOOK_S", 0.01)
    path = tmp_path / "catalog.sqlite3"
    catalog = Catalog.open(path)
    catalog.discover(b"", [Found(f"{n}.jpg".encode(), 1, 1) for n in range(500)], 0.0)
    catalog.close()
    return path


def left_open(path, tmp_path):
    """Return the path of a copy as a power cut leaves it."""
    place = tmp_path / "cut"
    place.mkdir()
    catalog = Catalog.open(path)
    catalog.discover(b"", [Found(b"last.jpg", 1, 1)], 0.0)
    for file in tmp_path.glob(f"{path.name}*"):
        shutil.copy(file, place)
    catalog.close()
    return place / path.name


def spoil_a_page(path):
    page = path.read_bytes().index(b"50.jpg") // PAGE
    with open(path, "r+b") as file:
        file.seek(page * PAGE)
        file.write(b"\xa5" * PAGE)


def examining(path, tmp_path, until=lambda _: False, seconds=0.3):
    """Run the examiner over the catalog at `path`; return the notices after that."""

    async def run():
        desk = Desk(open_catalog(path, 0.0), ThumbnailStore.open(tmp_path / "thumbnails"))
        try:
            with anyio.move_on_after(seconds):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(Examiner(desk, path).run)
                    while not until(desk):  # noqa: ASYNC110 - seen from outside
                        await anyio.sleep(0.01)
                    tasks.cancel_scope.cancel()
            return desk.noticeboard.notices
        finally:
            desk.catalog.close()

    return anyio.run(run)


def test_after_a_power_cut_damage_is_looked_for_and_found(path, tmp_path):
    cut = left_open(path, tmp_path)
    spoil_a_page(cut)
    with pytest.raises(ExceptionGroup) as raised:
        examining(cut, tmp_path, seconds=20)
    assert raised.group_contains(Damaged, match="the next start keeps it aside")
    assert suspect(cut).exists()


def test_a_catalog_that_is_whole_after_a_power_cut_stays(path, tmp_path):
    cut = left_open(path, tmp_path)
    assert examining(cut, tmp_path) == ()
    assert not suspect(cut).exists()


def test_a_catalog_that_was_closed_is_not_read_from_end_to_end(path, tmp_path):
    spoil_a_page(path)
    assert examining(path, tmp_path) == ()


def test_one_kept_aside_is_told_until_a_person_removes_it(path, tmp_path):
    path.write_bytes(b"damaged")
    (notice,) = examining(path, tmp_path, lambda desk: desk.noticeboard.notices)
    assert "made anew from the photos" in notice

    def remove(desk):
        if desk.noticeboard.notices:
            for file in path.parent.glob("*.damaged-*"):
                file.unlink()
        return not asides(path) and not desk.noticeboard.notices

    assert examining(path, tmp_path, remove, seconds=20) == ()
