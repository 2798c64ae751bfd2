"""The guest book at work: a camera that sees, a folder that keeps, a button that is pressed."""

import os
import threading
import time

import anyio
import pytest

from lantern import config
from lantern.errors import Unavailable
from lantern.hardware.pictures import FileCamera
from lantern.kiosk import guest_book
from lantern.kiosk.guest_book import GuestBook
from lantern.kiosk.guests import Sight
from lantern.noticeboard import Noticeboard
from support.sightings import Scene, fill

pytestmark = pytest.mark.anyio

FAST = 50  # seconds of the guest book within one of the test
SLOW = 5  # where the test has to be in time
PATIENCE_S = 10.0


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(autouse=True)
def haste(monkeypatch):
    monkeypatch.setattr(guest_book, "LOOK_S", 0.02)
    monkeypatch.setattr(guest_book, "BUSY_S", 0.02)


class Screen:
    """The words on the screen, all that ever stood there."""

    def __init__(self):
        self.words = []

    def say(self, text):
        self.words.append(text)


class Finger:
    """A button, pressed from a thread of its own. `lost`: it cannot be had for so many times."""

    def __init__(self, lost=0):
        self.lost = lost
        self.pressed = None

    def open(self, pressed):
        if self.lost:
            self.lost -= 1
            raise Unavailable("button: no /dev/gpiochip0; this wants a Raspberry Pi")
        self.pressed = pressed

    def close(self):
        self.pressed = None

    def press(self):
        thread = threading.Thread(target=self.pressed, args=(time.monotonic(),))
        thread.start()
        thread.join()


class Room:
    """All that the guest book works with."""

    def __init__(self, folder, by="dwell", finger=None, *, fast=FAST):
        self.seen, self.root = folder / "seen", folder / "photos"
        for made in (self.seen, self.root):
            made.mkdir()
        (self.root / "one.jpg").write_bytes(b"one")
        fill(self.seen, Scene().look(100))
        self.screen, self.board = Screen(), Noticeboard()
        self.sight = Sight(False, True)
        self.camera = FileCamera(self.seen)
        self.book = GuestBook(
            config.Guests(by=by, dwell_s=2, countdown_s=3),
            os.fsencode(self.root),
            camera=self.camera,
            player=self.screen,
            look=lambda: self.sight,
            board=self.board,
            button=finger,
            clock=lambda: time.monotonic() * fast,
        )

    def kept(self):
        return sorted(self.root.glob("Guest book/*"))


async def until(what):
    with anyio.fail_after(PATIENCE_S):
        while not what():  # noqa: ASYNC110 - the screen tells nobody
            await anyio.sleep(0.01)


async def test_who_stays_is_asked_and_kept_among_the_photos(tmp_path):
    room = Room(tmp_path)
    async with anyio.create_task_group() as group:
        group.start_soon(room.book.run)
        room.sight = Sight(True, True)
        await until(lambda: "Thank you!" in room.screen.words)
        group.cancel_scope.cancel()
    (path,) = room.kept()
    assert path.read_bytes() == room.camera.picture()
    assert room.screen.words[0].startswith("A picture of you")
    assert room.screen.words[-1] == ""


async def test_who_steps_away_is_not_kept(tmp_path):
    room = Room(tmp_path, fast=SLOW)
    async with anyio.create_task_group() as group:
        group.start_soon(room.book.run)
        room.sight = Sight(True, True)
        await until(lambda: room.screen.words)
        room.sight = Sight(False, True)
        await until(lambda: room.screen.words[-1] == "")
        await anyio.sleep(1)
        group.cancel_scope.cancel()
    assert room.kept() == []
    assert len(room.screen.words) == 2


async def test_two_presses_make_a_picture_though_no_sensor_sees_who_presses(tmp_path):
    finger = Finger()
    room = Room(tmp_path, "button", finger, fast=SLOW)
    async with anyio.create_task_group() as group:
        group.start_soon(room.book.run)
        await until(lambda: finger.pressed)
        finger.press()
        await until(lambda: room.screen.words)
        await anyio.sleep(1 / SLOW)
        finger.press()
        await until(lambda: "Thank you!" in room.screen.words)
        group.cancel_scope.cancel()
    assert len(room.kept()) == 1
    assert finger.pressed is None


async def test_a_camera_that_is_away_is_told_and_works_again_later(tmp_path):
    room = Room(tmp_path)
    away = room.seen.rename(tmp_path / "away")
    async with anyio.create_task_group() as group:
        group.start_soon(room.book.run)
        room.sight = Sight(True, True)
        await until(lambda: "No picture was taken." in room.screen.words)
        assert "seen" in room.board.notices[0]
        away.rename(room.seen)
        room.sight = Sight(False, True)
        await anyio.sleep(20 / FAST)  # until somebody else comes
        room.sight = Sight(True, True)
        await until(lambda: "Thank you!" in room.screen.words)
        assert room.board.notices == ()
        group.cancel_scope.cancel()


async def test_photos_that_are_not_mounted_are_told(tmp_path):
    room = Room(tmp_path)
    (room.root / "one.jpg").unlink()
    async with anyio.create_task_group() as group:
        group.start_soon(room.book.run)
        room.sight = Sight(True, True)
        await until(lambda: "No picture was taken." in room.screen.words)
        group.cancel_scope.cancel()
    assert room.board.topics == ("guests",)
    assert not list(room.root.iterdir())


async def test_a_picture_that_comes_too_late_is_thrown_away(tmp_path):
    room = Room(tmp_path)
    arrived, picture = threading.Event(), room.camera.picture

    def late():
        arrived.wait(PATIENCE_S)
        return picture()

    room.camera.picture = late
    async with anyio.create_task_group() as group:
        group.start_soon(room.book.run)
        room.sight = Sight(True, True)
        await until(lambda: "No picture was taken." in room.screen.words)
        arrived.set()
        await anyio.sleep(0.3)
        group.cancel_scope.cancel()
    assert room.kept() == []


async def test_a_button_that_is_missing_is_told(tmp_path):
    room = Room(tmp_path, "button", Finger(lost=1))
    async with anyio.create_task_group() as group:
        group.start_soon(room.book.run)
        await until(lambda: room.board.notices)
        group.cancel_scope.cancel()
    assert "gpiochip0" in room.board.notices[0]
