"""Whose work a free worker is given, and what becomes of sentences that cannot be written."""

import time
from collections import Counter

import anyio
import anyio.lowlevel
import pytest

from lantern import log
from lantern.caption.protocol import Developed, Identified, Inscribed
from lantern.catalog.store import Catalog, Found
from lantern.catalog.thumbnails import THUMBNAIL, ThumbnailStore
from lantern.errors import PhotoError, Unavailable, WorkerLost
from lantern.imaging.formats import Format
from lantern.ingest.correct import Corrector
from lantern.ingest.describe import Describer
from lantern.ingest.desk import Desk
from lantern.ingest.render import Renderer
from lantern.ingest.scribe import MOST_WARNINGS, PATIENT_FAILURES, Scribe
from lantern.ingest.story import MOST_NAMED
from lantern.ingest.turns import Turns
from lantern.model import Caption, Description, Features, Fingerprint, Metadata

DESCRIPTION = Description(Caption("a dog", 0.5, "m 1"), (), Features(b"\1", 0.1))


class Worker:
    """Tells what it was asked; `fate` maps a name to the error that writing it ends with."""

    patience_s = 60.0

    def __init__(self, fate=None):
        self.asked = []
        self.fate = fate or {}
        self._path = b""
        self.remark = None
        self.takes_s = 0.0
        self.most_at_once = self._at_once = 0

    async def start(self):
        await anyio.lowlevel.checkpoint()

    async def identify(self, path):
        self._path = path
        return Identified(1, 1, 0, Format.JPEG, Fingerprint(path.hex()), None)

    async def develop(self, **_):
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await anyio.sleep(self.takes_s)
        self._at_once -= 1
        self.asked.append(("describe", self._path.decode()))
        return Developed(Metadata(4, 3), None, DESCRIPTION, 1.0, b"thumbnail", None, {})

    async def render(self, path, width, height):
        self.asked.append(("render", path.decode()))
        await anyio.sleep(0.01)
        if path.decode() in self.fate:
            raise self.fate[path.decode()]
        return b"%d x %d" % (width, height)

    async def inscribe(self, path, size, mtime_ns, imprint, **_):
        self.asked.append(("write", path.decode(), imprint.sentence))
        await anyio.sleep(0.01)
        if path.decode() in self.fate:
            raise self.fate[path.decode()]
        return Inscribed(size + 1, mtime_ns, 0, self.remark)


class Workshop:
    def __init__(self, home, *, policy="embed", fate=None):
        self.desk = Desk(Catalog.open(home / "catalog"), ThumbnailStore.open(home / "thumbnails"))
        self.describer = Describer(self.desk, lambda _: None)
        self.scribe = Scribe(self.desk, policy)
        self.scribe.begin()
        self.renderer = Renderer(self.desk)
        self.turns = Turns(self.desk, self.describer, self.scribe, self.renderer)
        self.corrector = Corrector(self.desk)
        self.worker = Worker(fate)

    def put(self, *names):
        self.desk.catalog.discover(b"", [Found(name.encode(), 1, 1) for name in names], time.time())
        self.desk.arrived.give()

    def photo(self, name):
        return self.desk.catalog.read.file_at(name.encode()).photo

    def counts(self):
        return self.desk.catalog.read.counts()

    def run(self, play, workers=1):
        """Let `workers` work while `play` goes on."""

        async def within():
            with anyio.fail_after(60):
                async with anyio.create_task_group() as group:
                    for _ in range(workers):
                        group.start_soon(self.turns.run, self.worker)
                    await play()
                    group.cancel_scope.cancel()

        anyio.run(within)

    async def until(self, met):
        while not met():  # noqa: ASYNC110 - seen from outside, there is no event
            await anyio.sleep(0.005)


@pytest.fixture
def told(monkeypatch):
    """Return what is logged without being asked for more: (event, fields) one after the other."""
    lines = []
    monkeypatch.setattr(log, "info", lambda event, **fields: lines.append((event, fields)))
    return lines


@pytest.fixture
def workshop(tmp_path):
    made = []

    def make(**options):
        made.append(Workshop(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.desk.thumbnails.close()
        one.desk.catalog.close()


def test_all_is_described_before_a_models_sentence_is_written(workshop):
    shop = workshop()
    shop.put("a.jpg", "b.jpg", "c.jpg")
    shop.run(lambda: shop.until(lambda: shop.scribe.written == 3))
    assert [what for what, *_ in shop.worker.asked] == ["describe"] * 3 + ["write"] * 3
    assert shop.counts().unwritten == 0


def test_two_workers_write_one_file_at_a_time_and_none_twice(workshop):
    shop = workshop()
    names = [f"{number}.jpg" for number in range(40)]
    shop.put(*names)
    shop.run(lambda: shop.until(lambda: shop.scribe.written == 40), workers=2)
    written = Counter(name for what, name, *_ in shop.worker.asked if what == "write")
    assert written == dict.fromkeys(names, 1)


def test_what_a_person_says_is_written_before_anything_else(workshop):
    shop = workshop()
    shop.put("first.jpg")

    async def play():
        await shop.until(lambda: shop.scribe.written == 1)
        shop.put(*(f"{number}.jpg" for number in range(30)))
        said = await shop.corrector.say(shop.photo("first.jpg"), "Rex")
        assert (said.sentence, said.by_human) == ("Rex", True)
        assert [(file.path, file.place) for file in said.files] == [(b"first.jpg", "photo")]
        await shop.until(lambda: shop.scribe.written == 32)

    shop.run(play)
    order = [asked for asked in shop.worker.asked if asked[1] != "first.jpg" or asked[-1] == "Rex"]
    assert ("write", "first.jpg", "Rex") in order[:5]
    assert all(asked[0] == "describe" for asked in order[5:30])


def test_a_picture_for_the_screen_is_made_before_anything_else(workshop):
    shop = workshop()
    shop.put(*(f"{number}.jpg" for number in range(30)))

    async def play():
        await shop.until(lambda: len(shop.worker.asked) >= 3)
        before = len(shop.worker.asked)
        assert await shop.renderer.render(b"a.jpg", 1920, 1080) == b"1920 x 1080"
        in_hand = 1
        assert [what for what, *_ in shop.worker.asked].index("render") <= before + in_hand

    shop.run(play)


def test_a_picture_for_the_screen_is_made_while_all_else_rests(workshop):
    shop = workshop()
    shop.turns.ease(1)
    shop.put("a.jpg")

    async def play():
        await anyio.sleep(0.1)
        assert await shop.renderer.render(b"a.jpg", 1, 1)

    shop.run(play)
    assert shop.worker.asked == [("render", "a.jpg")]


def test_a_picture_that_fails_is_told_to_who_asked_and_costs_nothing_else(workshop):
    fate = {"bad.jpg": PhotoError("bad.jpg: truncated"), "killer.jpg": WorkerLost("worker died")}
    shop = workshop(fate=fate)

    async def play():
        with pytest.raises(PhotoError, match="truncated"):
            await shop.renderer.render(b"bad.jpg", 10, 10)
        with pytest.raises(Unavailable, match="worker died"):
            await shop.renderer.render(b"killer.jpg", 10, 10)
        assert await shop.renderer.render(b"good.jpg", 10, 10)

    shop.run(play)
    assert shop.counts().failed == 0
    assert shop.desk.noticeboard.notices == ()


def test_a_picture_that_nobody_waits_for_any_more_is_not_made(workshop):
    shop = workshop()

    async def give_up():
        with anyio.move_on_after(0.05):
            await shop.renderer.render(b"late.jpg", 10, 10)

    async def play():
        assert await shop.renderer.render(b"good.jpg", 10, 10)

    anyio.run(give_up)
    shop.run(play)
    assert shop.worker.asked == [("render", "good.jpg")]


def test_a_policy_of_off_has_nothing_written_whatever_is_said(workshop):
    shop = workshop(policy="off")
    shop.put("a.jpg")

    async def play():
        await shop.until(lambda: shop.counts().captioned == 1)
        said = await shop.corrector.say(shop.photo("a.jpg"), "Rex")
        assert [(file.place, file.reason) for file in said.files] == [
            ("nowhere", 'captions.write is "off"')
        ]

    shop.run(play)
    assert [what for what, *_ in shop.worker.asked] == ["describe"]


def test_what_cannot_be_written_is_told_and_keeps_nobody_waiting(workshop):
    fate = {
        "locked.jpg": PhotoError("locked.jpg: read-only"),
        "busy.jpg": Unavailable("busy.jpg: changed since"),
        "killer.jpg": WorkerLost("inscribe: worker died, signal 9"),
    }
    shop = workshop(fate=fate)
    shop.put("locked.jpg", "busy.jpg", "killer.jpg", "good.jpg")

    async def play():
        await shop.until(lambda: shop.scribe.written == 1)
        await shop.until(lambda: len(shop.desk.catalog.read.unwritten()) == 3)
        said = await shop.corrector.say(shop.photo("locked.jpg"), "Rex")
        assert [(file.place, file.reason) for file in said.files] == [("catalog", "read-only")]

    shop.run(play)
    told = {one.path: (one.reason, one.refused) for one in shop.desk.catalog.read.unwritten()}
    assert told == {
        b"locked.jpg": ("read-only", True),
        b"busy.jpg": ("changed since", False),
        b"killer.jpg": ("inscribe: worker died, signal 9", False),
    }
    assert shop.desk.torn == {b""}
    assert shop.counts().failed == 0
    assert shop.desk.noticeboard.notices == ()


def test_the_first_captions_that_go_beside_their_photos_are_logged_with_why(workshop, capfd):
    log.set_up()
    shop = workshop()
    shop.worker.remark = "in a sidecar, since two EXIF blocks"
    shop.put(*(f"{number}.jpg" for number in range(MOST_WARNINGS + 5)))
    shop.run(lambda: shop.until(lambda: shop.scribe.written == MOST_WARNINGS + 5))
    told = [line for line in capfd.readouterr().err.splitlines() if "two EXIF blocks" in line]
    assert len(told) == MOST_WARNINGS
    assert all("INFO caption beside its photo" in line for line in told)


def test_a_full_disk_is_told_and_not_asked_for_every_photo(workshop):
    names = [f"{number}.jpg" for number in range(30)]
    shop = workshop(fate={name: Unavailable(f"{name}: no space left") for name in names})
    shop.put(*names)

    async def play():
        await shop.until(lambda: shop.desk.noticeboard.notices)
        await anyio.sleep(0.5)

    shop.run(play)
    (notice,) = shop.desk.noticeboard.notices
    assert "no space left" in notice
    tried = sum(what == "write" for what, *_ in shop.worker.asked)
    assert tried == PATIENT_FAILURES


def test_a_person_is_told_why_a_photo_cannot_be_corrected(workshop):
    shop = workshop()
    shop.put("a.jpg")

    async def play():
        with pytest.raises(PhotoError, match="not in the catalog"):
            await shop.corrector.photo_at(b"b.jpg")
        await shop.until(lambda: shop.counts().captioned == 1)
        photo = await shop.corrector.photo_at(b"a.jpg")
        with pytest.raises(PhotoError, match="the sentence is empty"):
            await shop.corrector.say(photo, " \n")
        with pytest.raises(PhotoError, match="nobody corrected"):
            await shop.corrector.say(photo, "")

    async def not_described():
        shop.put("new.jpg")
        with pytest.raises(Unavailable, match="not described yet"):
            await shop.corrector.photo_at(b"new.jpg")

    shop.run(play)
    anyio.run(not_described)


def test_at_rest_only_what_people_say_is_written(workshop):
    shop = workshop()
    shop.put("first.jpg")

    async def play():
        await shop.until(lambda: shop.scribe.written == 1)
        shop.turns.ease(1.0)
        shop.put("a.jpg", "b.jpg")
        said = await shop.corrector.say(shop.photo("first.jpg"), "Rex")
        assert [file.place for file in said.files] == ["photo"]
        await anyio.sleep(0.2)
        assert shop.worker.asked[2:] == [("write", "first.jpg", "Rex")]
        shop.turns.ease(0.0)
        await shop.until(lambda: shop.scribe.written == 4)

    shop.run(play, workers=2)


def test_an_eased_workshop_works_one_at_a_time_and_rests_in_between(workshop):
    shop = workshop(policy="off")
    shop.worker.takes_s = 0.01
    shop.turns.ease(0.75)
    shop.put(*(f"{number}.jpg" for number in range(8)))
    began = time.monotonic()
    shop.run(lambda: shop.until(lambda: shop.counts().captioned == 8), workers=2)
    assert shop.worker.most_at_once == 1
    assert time.monotonic() - began >= 8 * 0.01 + 7 * 0.03


def test_the_log_names_the_first_photos_and_adds_up_the_others_in_a_line(workshop, told):
    it = workshop(policy="off")
    it.put(*(f"{number:02}.jpg" for number in range(MOST_NAMED + 25)))
    it.run(lambda: it.until(lambda: any(event == "photos described" for event, _ in told)))
    lines = [line for line in told if "described" in line[0]]
    assert [fields["photo"] for _, fields in lines[:-1]] == [
        f"{number:02}.jpg" for number in range(MOST_NAMED)
    ]
    assert lines[-1] == ("photos described", {"count": 25, "inferred": 25, "took_s": 0})


def test_a_thumbnail_that_the_disk_refused_after_all_while_its_photo_was_described_is_missed(
    workshop,
):
    shop = workshop(policy="off")
    thumbnails = shop.desk.thumbnails
    thumbnails.put(Fingerprint(b"a.jpg".hex()), THUMBNAIL, b"there, though not yet on the disk")

    async def develop(*, thumbnail, **_):
        assert not thumbnail
        thumbnails._connection.rollback()  # as another photo's is refused
        return Developed(Metadata(4, 3), None, DESCRIPTION, 1.0, None, None, {})

    shop.worker.develop = develop
    shop.put("a.jpg")
    shop.run(lambda: shop.until(lambda: shop.counts().captioned == 1))
    assert thumbnails.has_lost
