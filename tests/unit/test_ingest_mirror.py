"""The outbox to a search server, and a server that is down, wrong, wiped or another catalog's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from lantern.catalog.store import ORPHAN_LIFETIME_S, Catalog, Found, Reading
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.errors import Unavailable
from lantern.imaging.formats import Format
from lantern.ingest.desk import Desk
from lantern.ingest.mirror import Mirror
from lantern.model import Caption, Description, Features, Fingerprint, Metadata, PhotoId
from lantern.search.embedded import EmbeddedReader
from lantern.search.fallback import REST_S, FallbackReader
from lantern.search.meili import MeiliIndex, MeiliReader, Server
from lantern.search.meili.index import FRESH, LIVE
from lantern.search.meili.keys import KeyFile, make_keys
from lantern.search.port import Hit, Results
from lantern.search.query import Query, parse
from support import meili
from support.meili_server import FakeMeili

NOW = 1_700_000_000.0


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(tmp_path / "catalog.sqlite3")
    yield opened
    opened.close()


def describe(catalog: Catalog, name: bytes, sentence: str) -> PhotoId:
    catalog.discover(b"x", [Found(name, 1, 1)], NOW)
    file = next(file for file in catalog.pending(NOW, 100) if file.path == b"x/" + name)
    read = Reading(Fingerprint(name.decode()), Format.JPEG, Metadata(4, 3), None)
    said = Description(Caption(sentence, 0.5, "m 1"), (), Features(b"\1\2", 0.1))
    return catalog.described(file, read, said, NOW)


def remove(catalog: Catalog, name: bytes) -> None:
    catalog.remove([catalog.known(b"x")[name].id], NOW)


def test_without_a_server_nothing_is_written_down_for_one(catalog: Catalog) -> None:
    describe(catalog, b"a.jpg", "a dog")
    assert catalog.served.generation() is None
    assert catalog.served.due(10) == []


def test_a_new_server_is_due_every_photo_and_then_what_changes(catalog: Catalog) -> None:
    first = describe(catalog, b"a.jpg", "a dog")
    catalog.served.begin("g")
    assert [photo for photo, _ in catalog.served.due(10)] == [first]
    catalog.served.done(catalog.served.due(10))
    second = describe(catalog, b"b.jpg", "a cat")
    assert [photo for photo, _ in catalog.served.due(10)] == [second]
    assert catalog.served.waiting() == 1


def test_what_is_revised_while_it_is_sent_stays_due(catalog: Catalog) -> None:
    catalog.served.begin("g")
    photo = describe(catalog, b"a.jpg", "a dog")
    taken = catalog.served.due(10)
    catalog.captions.correct(photo, "my dog", NOW)
    catalog.served.done(taken)
    assert [due.photo for due in catalog.served.due(10)] == [photo]


def test_a_photo_forgotten_while_the_server_is_down_is_still_due(catalog: Catalog) -> None:
    photo = describe(catalog, b"a.jpg", "a dog")
    catalog.served.begin("g")
    catalog.served.done(catalog.served.due(10))
    remove(catalog, b"a.jpg")
    catalog.indexed([(photo, 100)])
    assert catalog.purge(NOW + ORPHAN_LIFETIME_S + 1)
    assert [due.photo for due in catalog.served.due(10)] == [photo]


def test_a_server_that_is_given_up_leaves_nothing(catalog: Catalog) -> None:
    catalog.served.begin("g")
    describe(catalog, b"a.jpg", "a dog")
    catalog.served.forget()
    describe(catalog, b"b.jpg", "a cat")
    assert (catalog.served.generation(), catalog.served.waiting()) == (None, 0)


class Mirrored:
    """A catalog and a server, and the mirror between them."""

    def __init__(self, catalog: Catalog, server: FakeMeili, folder: Path) -> None:
        self.catalog = catalog
        self.server = server
        self.keys = meili.keys_of(server, folder)
        self._folder = folder
        self.reader = MeiliReader(self.keys.search)

    def send(self) -> None:
        """Send what is due, as a daemon that was started just now."""
        anyio.run(self._send)

    async def _send(self) -> None:
        with (
            closing(ThumbnailStore.open(self._folder / "thumbnails.sqlite3")) as thumbnails,
            closing(MeiliIndex(self.keys.index)) as index,
        ):
            mirror = Mirror(Desk(self.catalog, thumbnails), index)
            while await mirror.publish() is not None:
                pass

    def found(self) -> set[int]:
        return {hit.id for hit in self.reader.search(parse("")).hits}


@pytest.fixture
def mirrored(catalog: Catalog, tmp_path: Path) -> Iterator[Mirrored]:
    meili.need_specification()
    with meili.fake(tmp_path) as server:
        yield Mirrored(catalog, server, tmp_path)


def test_the_server_gets_what_is_described_changed_and_removed(mirrored: Mirrored) -> None:
    dog = describe(mirrored.catalog, b"a.jpg", "a dog")
    cat = describe(mirrored.catalog, b"b.jpg", "a cat")
    mirrored.send()
    assert mirrored.found() == {dog, cat}
    remove(mirrored.catalog, b"a.jpg")
    mirrored.catalog.captions.correct(cat, "Minka asleep", NOW)
    mirrored.send()
    assert mirrored.found() == {cat}
    assert mirrored.reader.search(parse("minka")).total == 1
    assert mirrored.catalog.served.waiting() == 0


def test_nothing_is_lost_while_the_server_is_down(mirrored: Mirrored) -> None:
    mirrored.send()
    mirrored.server.stop()
    dog = describe(mirrored.catalog, b"a.jpg", "a dog")
    with pytest.raises(Unavailable, match="cannot be reached"):
        mirrored.send()
    assert mirrored.catalog.served.waiting() == 1
    mirrored.server.start()
    mirrored.send()
    assert mirrored.found() == {dog}


def test_a_task_that_fails_leaves_its_photos_due(mirrored: Mirrored) -> None:
    describe(mirrored.catalog, b"a.jpg", "a dog")
    mirrored.send()
    mirrored.server.engine.failing = {"documentAdditionOrUpdate": "No space left on device"}
    describe(mirrored.catalog, b"b.jpg", "a cat")
    with pytest.raises(Unavailable, match="No space left"):
        mirrored.send()
    assert mirrored.catalog.served.waiting() == 1
    mirrored.server.engine.failing = {}
    mirrored.send()
    assert len(mirrored.found()) == 2


def test_a_wiped_server_is_filled_again_once_its_keys_are_there(mirrored: Mirrored) -> None:
    dog = describe(mirrored.catalog, b"a.jpg", "a dog")
    mirrored.send()
    mirrored.server.wipe()
    with pytest.raises(Unavailable, match="was refused"):
        mirrored.send()
    master = Server(mirrored.server.url, mirrored.server.key_file)
    files = (KeyFile(mirrored.keys.index.key_file), KeyFile(mirrored.keys.search.key_file))
    make_keys(master, *files)
    mirrored.send()
    assert mirrored.found() == {dog}


def test_an_index_of_another_catalog_is_never_shown(mirrored: Mirrored) -> None:
    with closing(MeiliIndex(mirrored.keys.index)) as other:
        other.ensure()
    mirrored.server.engine.put(LIVE, [{"id": 77, "any": "their dog"}])
    dog = describe(mirrored.catalog, b"a.jpg", "a dog")
    mirrored.send()
    assert mirrored.found() == {dog}


def test_a_fill_that_was_cut_off_goes_on_and_is_seen_when_it_is_whole(mirrored: Mirrored) -> None:
    dog = describe(mirrored.catalog, b"a.jpg", "a dog")
    mirrored.server.engine.failing = {"documentAdditionOrUpdate": "disk gone"}
    with pytest.raises(Unavailable, match="disk gone"):
        mirrored.send()
    with pytest.raises(Unavailable, match="none yet"):
        mirrored.found()
    mirrored.server.engine.failing = {}
    begun = mirrored.server.requests.count(("POST", "/indexes"))
    mirrored.send()
    assert mirrored.server.requests.count(("POST", "/indexes")) == begun
    assert FRESH not in mirrored.server.engine.indexes
    assert mirrored.found() == {dog}


async def _stopped_within(mirrored: Mirrored, folder: Path, seconds: float) -> bool:
    with (
        closing(ThumbnailStore.open(folder / "thumbnails.sqlite3")) as thumbnails,
        closing(MeiliIndex(mirrored.keys.index)) as index,
    ):
        mirror = Mirror(Desk(mirrored.catalog, thumbnails), index)
        with anyio.move_on_after(seconds) as running:
            await mirror.run()
        return running.cancelled_caught


def test_a_slow_server_does_not_hold_up_the_end(mirrored: Mirrored, tmp_path: Path) -> None:
    mirrored.server.engine.delay_s = 3600.0
    describe(mirrored.catalog, b"a.jpg", "a dog")
    before = threading.active_count()
    assert anyio.run(_stopped_within, mirrored, tmp_path, 0.3)
    assert threading.active_count() <= before + 3


class Answers:
    """A reader that answers, or does not."""

    def __init__(self, photo: int) -> None:
        self.answer = Results((Hit(PhotoId(photo), 1.0),), 1)
        self.failure = ""
        self.asked = 0

    def search(self, _: Query) -> Results:
        self.asked += 1
        if self.failure:
            raise Unavailable(self.failure)
        return self.answer

    def close(self) -> None:
        self.failure = "closed"


def test_another_engine_answers_and_says_why_until_the_first_is_back() -> None:
    first, second, clock = Answers(1), Answers(2), [0.0]
    reader = FallbackReader(first, second, now=lambda: clock[0])
    assert reader.search(parse("")) == first.answer
    first.failure = "server down"
    found = reader.search(parse(""))
    assert (found.hits, found.instead_of) == (second.answer.hits, "server down")
    first.failure = ""
    assert reader.search(parse("")).instead_of == "server down"
    assert first.asked == 2
    clock[0] = REST_S
    assert reader.search(parse("")) == first.answer


def test_where_neither_answers_the_second_ones_reason_is_told(tmp_path: Path) -> None:
    first = Answers(1)
    first.failure = "server down"
    with pytest.raises(Unavailable, match="there is none yet; start Lantern"):
        FallbackReader(first, EmbeddedReader(tmp_path)).search(parse(""))
