"""The embedded index written once more into few segments, and when the publisher has that done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest

from lantern.errors import Unavailable
from lantern.ingest import publish
from lantern.ingest.desk import Desk
from lantern.ingest.publish import Publisher
from lantern.model import PhotoId
from lantern.search.document import Document
from lantern.search.embedded import EmbeddedIndex, EmbeddedReader
from lantern.search.embedded import index as writing
from lantern.search.embedded.compaction import LARGEST, TOGETHER, commit_of
from lantern.search.embedded.folder import compacted, read_current
from lantern.search.embedded.integrity import LIST
from lantern.search.query import FACETS, parse
from support.shelf import Shelf

PHOTOS = 100


def described(number: int) -> Document:
    said = f"a dog and {number} cats in the {'snow' if number % 3 else 'sea'}"
    return Document(PhotoId(number), said, taken=number * 86_400, tags=("dog",), formats=("jpeg",))


def segments(folder: Path) -> list[int]:
    """Return how many photos stand in each segment of the index in `folder`."""
    current = read_current(folder)
    assert current is not None
    held = json.loads((folder / current.generation / LIST).read_text())["segments"]
    return [segment["max_doc"] for segment in held]


def generations(folder: Path) -> list[str]:
    return sorted(child.name for child in folder.iterdir() if child.is_dir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedIndex]:
    monkeypatch.setattr(writing, "FEW", PHOTOS)
    index = EmbeddedIndex.open(folder)
    for begin in range(1, PHOTOS + 1, 20):
        index.apply([described(number) for number in range(begin, begin + 20)])
    yield index
    index.close()


def compact(index: EmbeddedIndex, photos: int = PHOTOS) -> None:
    compaction = index.compaction()
    for begin in range(1, photos + 1, 7):
        compaction.add([described(n) for n in range(begin, min(begin + 7, photos + 1))])
    compaction.finish()
    compaction.drop()


def test_a_compaction_makes_one_segment_of_many_and_changes_no_answer(
    index: EmbeddedIndex, folder: Path
) -> None:
    reader = EmbeddedReader(folder)
    asked = [parse(text, limit=100, facets=FACETS) for text in ("", "dog ", "7 c", "snwo ", "sea")]
    before = [reader.search(query) for query in asked]
    assert segments(folder) == [20, 20, 20, 20, 20]
    generation = index.generation()
    compact(index)
    assert segments(folder) == [PHOTOS]
    assert [reader.search(query) for query in asked] == before
    assert (index.generation(), reader.generation()) == (generation, generation)
    assert len(generations(folder)) == 1


def test_readers_see_a_compaction_when_it_is_finished_and_not_before(
    index: EmbeddedIndex, folder: Path
) -> None:
    reader = EmbeddedReader(folder)
    compaction = index.compaction()
    compaction.add([described(1)])
    assert EmbeddedReader(folder).search(parse("")).total == PHOTOS
    assert reader.search(parse("")).total == PHOTOS
    compaction.finish()
    compaction.drop()
    assert reader.search(parse("")).total == index.count() == 1


def test_a_compaction_that_is_dropped_leaves_the_index_as_it_was(
    index: EmbeddedIndex, folder: Path
) -> None:
    there = generations(folder)
    compaction = index.compaction()
    compaction.add([described(1)])
    compaction.drop()
    compaction.drop()
    assert generations(folder) == there
    index.apply([described(PHOTOS + 1)])
    assert index.count() == PHOTOS + 1


def test_what_a_killed_compaction_left_is_removed_at_the_next_start(
    index: EmbeddedIndex, folder: Path
) -> None:
    there = generations(folder)
    left = folder / compacted(index.generation(), PHOTOS)
    left.mkdir()
    (left / "half.idx").write_bytes(b"half")
    index.close()
    again = EmbeddedIndex.open(folder)
    assert generations(folder) == there
    assert again.count() == PHOTOS
    again.close()


def test_an_index_goes_on_in_a_compaction_whose_forerunner_cannot_be_removed(
    index: EmbeddedIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("busy")

    compaction = index.compaction()
    compaction.add([described(number) for number in range(1, PHOTOS + 1)])
    with monkeypatch.context() as broken:
        broken.setattr(shutil, "rmtree", fail)
        with pytest.raises(Unavailable, match="busy"):
            compaction.finish()
        compaction.drop()
    index.apply([described(PHOTOS + 1)])
    assert EmbeddedReader(folder).search(parse("dog")).total == index.count() == PHOTOS + 1


def test_a_compacted_index_takes_photos_under_its_generation_after_a_restart(
    index: EmbeddedIndex, folder: Path
) -> None:
    compact(index)
    generation = index.generation()
    index.close()
    again = EmbeddedIndex.open(folder)
    assert again.generation() == generation
    again.apply([described(PHOTOS + 1)], [PhotoId(1)])
    assert EmbeddedReader(folder).search(parse("dog")).total == PHOTOS
    again.clear()
    assert again.generation() != generation
    again.close()


def test_an_index_is_scattered_until_it_is_compacted_and_when_a_quarter_more_came(
    index: EmbeddedIndex,
) -> None:
    assert index.is_scattered()
    compact(index)
    assert not index.is_scattered()
    index.apply([described(PHOTOS + number) for number in range(1, 26)])
    assert not index.is_scattered()
    index.apply([described(PHOTOS + 26)])
    assert index.is_scattered()


def test_a_small_index_is_never_scattered(folder: Path) -> None:
    index = EmbeddedIndex.open(folder)
    index.apply([described(1)])
    assert not index.is_scattered()
    index.close()


@pytest.mark.parametrize("photos", [0, 1, 7, 8, 9, 10_000, 100_000, 112_001, 200_000, 1_000_000])
def test_all_photos_are_committed_in_groups_of_eight_like_parts(photos: int) -> None:
    each = commit_of(photos)
    assert 1 <= each <= LARGEST
    commits = -(-photos // each)
    groups = -(-photos // (TOGETHER * LARGEST))
    assert commits <= TOGETHER * max(groups, 1)
    assert photos < 8 or commits > TOGETHER * (max(groups, 1) - 1)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setattr(writing, "FEW", 3)
    shelf = Shelf(tmp_path)
    shelf.catalog.index_is(shelf.index.generation())
    yield shelf
    shelf.close()


def publisher(shelf: Shelf) -> Publisher:
    published = Publisher(Desk(shelf.catalog, shelf.thumbnails), shelf.index)
    while anyio.run(published.publish):
        pass
    return published


def test_the_publisher_compacts_all_photos_that_are_to_be_found(
    shelf: Shelf, tmp_path: Path
) -> None:
    for number in range(TOGETHER):
        shelf.add(f"{number}.jpg", f"dog number {number}")
    hidden = shelf.add("hidden.jpg", "a dog that nobody is to see")
    shelf.catalog.hiding.hide(hidden, 3.0)
    published = publisher(shelf)
    before = generations(tmp_path / "index")
    assert anyio.run(published.compact)
    assert generations(tmp_path / "index") != before
    assert segments(tmp_path / "index") == [TOGETHER]
    found = EmbeddedReader(tmp_path / "index").search(parse("dog"))
    assert {hit.id for hit in found.hits} == {*shelf.catalog.read.photo_ids()} - {hidden}
    assert anyio.run(published.publish) is None, "photos are sent again"
    assert not anyio.run(published.compact)


def test_the_publisher_gives_a_compaction_up_when_a_photo_waits(
    shelf: Shelf, tmp_path: Path
) -> None:
    for number in range(4):
        shelf.add(f"{number}.jpg", f"dog number {number}")
    published = publisher(shelf)
    there = generations(tmp_path / "index")
    (first,) = shelf.catalog.read.after(PhotoId(0), 1)
    shelf.catalog.captions.correct(first, "Rex", 3.0)
    assert not anyio.run(published.compact)
    assert generations(tmp_path / "index") == there
    assert anyio.run(published.publish) is not None
    assert EmbeddedReader(tmp_path / "index").search(parse("rex")).total == 1


def test_the_publisher_compacts_when_nothing_came_for_a_while(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "QUIET_S", 0.01)
    for number in range(TOGETHER):
        shelf.add(f"{number}.jpg", f"dog number {number}")
    published = publisher(shelf)
    (before,) = generations(tmp_path / "index")
    anyio.run(run_until, published, lambda: before not in generations(tmp_path / "index"))
    assert segments(tmp_path / "index") == [TOGETHER]


async def run_until(service: Publisher, done: Callable[[], bool]) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(service.run)
        with anyio.fail_after(60):
            while not done():  # noqa: ASYNC110 - files tell of no event
                await anyio.sleep(0.02)
        group.cancel_scope.cancel()
