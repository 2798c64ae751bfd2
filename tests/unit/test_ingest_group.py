"""The service that keeps groups of similar photos: what it looks at, and when it rests."""

import anyio
import pytest

from lantern.catalog.store import ORPHAN_LIFETIME_S
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.ingest import group
from lantern.ingest.desk import Desk
from lantern.ingest.group import Grouper
from support.lookalikes import NOW, Lookalikes


@pytest.fixture
def house(tmp_path):
    house = Lookalikes(tmp_path)
    yield house
    house.close()


def names(house):
    """Return the groups by their photos' names."""
    found = {}
    for folder_name, leader in house.catalog.rows(
        "SELECT name, group_id FROM file JOIN photo ON photo.id = photo_id"
    ):
        found.setdefault(leader, set()).add(folder_name.decode())
    return sorted(sorted(group) for group in found.values())


def test_a_copy_joins_its_original_whenever_it_was_taken(house):
    house.add("a", 0.0, taken_at="2001-01-01T00:00:00")
    house.add("b", 1.0)
    house.group()
    house.add("copy of a", 0.1, taken_at="2024-01-01T00:00:00")
    assert house.group() == 1
    assert names(house) == [["a", "copy of a"], ["b"]]


def test_shots_of_one_camera_within_seconds_are_a_burst_others_as_alike_are_not(house):
    moment = "2019-07-04T18:30:0{}+02:00"
    house.add("a", 0.0, camera="Canon", taken_at=moment.format(1))
    house.add("b", 0.4, camera="Canon", taken_at=moment.format(9))
    house.add("another camera", -0.4, camera="Nikon", taken_at=moment.format(1))
    house.add("no camera", -0.4, taken_at=moment.format(1))
    house.add("much later", -0.4, camera="Canon", taken_at="2019-07-04T18:40:00+02:00")
    house.group()
    assert names(house)[0] == ["a", "b"]
    assert ["another camera"] not in names(house)  # "no camera" and it are the same picture
    assert ["another camera", "much later", "no camera"] in names(house)


def test_a_chain_of_small_steps_does_not_glue_a_holiday_together(house):
    for number in range(40):
        house.add(f"{number:02}", number * 0.15)
    while house.group(7):
        pass
    assert all(len(group) <= 3 for group in names(house))
    assert house.groups() == house.from_scratch()


def test_photos_of_different_models_or_lengths_share_nothing(house):
    house.add("a", 0.0)
    house.add("b", 0.0, model="m 2")
    house.add("c", 0.0, dimensions=4)
    house.group()
    assert names(house) == [["a"], ["b"], ["c"]]


def test_a_photo_that_a_new_model_describes_changes_its_group(house):
    house.add("a", 0.0)
    house.add("b", 0.0)
    house.group()
    assert names(house) == [["a", "b"]]
    house.add("a", 0.0, model="m 2")
    house.group()
    assert names(house) == [["a"], ["b"]]
    house.add("b", 0.0, model="m 2")
    house.group()
    assert names(house) == [["a", "b"]]


def test_who_leaves_parts_from_the_group_and_comes_back_into_it(house):
    for name in "abc":
        house.add(name, 0.0)
    house.group()
    for name in "abc":
        house.remove(name)
        house.group()
        assert [len(group) for group in house.groups()] == [2]
        house.add(name)
        house.group()
        assert [len(group) for group in house.groups()] == [3]


def test_a_leader_that_is_forgotten_unnoticed_leaves_no_orphans(house):
    for name in "abc":
        house.add(name, 0.0)
    house.group()
    ((leader,),) = house.catalog.rows(
        "SELECT name FROM file JOIN photo ON photo.id = photo_id AND photo.id = group_id"
    )
    house.remove(leader.decode())
    records = house.catalog.read.outbox(10)
    house.catalog.indexed([(record.id, record.revision) for record in records])
    assert len(house.catalog.purge(NOW + ORPHAN_LIFETIME_S + 1)) == 1
    assert house.group() == 2
    assert house.groups() == house.from_scratch()


def test_many_photos_of_one_picture_follow_one_leader(house, monkeypatch):
    monkeypatch.setattr(group, "MOST_KEPT", 3)
    for number in range(30):
        house.add(f"{number:02}", 0.0)
    while house.group(4):
        pass
    assert len(names(house)) == 1
    house.add("99", 0.0)
    house.group()
    assert len(names(house)) == 1
    assert house.groups() == house.from_scratch()


def test_the_service_groups_what_waits_and_then_rests(house, tmp_path):
    async def live():
        thumbnails = ThumbnailStore.open(tmp_path / "thumbnails.sqlite3")
        desk = Desk(house.catalog, thumbnails)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Grouper(desk, house.similar).run)
            for name in "ab":
                await desk.writer(house.add, name, 0.0)
                desk.revised.give()
                with anyio.fail_after(20):
                    while await desk.writer(house.similar.waiting, 1):  # noqa: ASYNC110
                        await anyio.sleep(0.02)
            tasks.cancel_scope.cancel()
        thumbnails.close()
        assert desk.noticeboard.notices == ()

    anyio.run(live)
    assert names(house) == [["a", "b"]]


def test_another_rule_groups_everything_anew(house, tmp_path):
    house.catalog.groups.begin_anew("another rule")
    house.add("a", 0.0)
    house.group()

    async def live():
        thumbnails = ThumbnailStore.open(tmp_path / "thumbnails.sqlite3")
        grouper = Grouper(Desk(house.catalog, thumbnails), house.similar)
        assert await grouper.group() == 1
        assert await grouper.group() == 0
        thumbnails.close()

    anyio.run(live)
    assert house.similar.rule() == group.RULE
    assert names(house) == [["a"]]
