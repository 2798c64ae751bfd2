"""The show as it is told to people, and describing that yields to it."""

from __future__ import annotations

import subprocess
import sys
import time

import anyio
import msgspec
import pytest

from lantern import config, easing
from lantern.cli import show as command
from lantern.control.protocol import Direct, GetShow, Play, Showing
from lantern.easing import Easing
from lantern.glance import is_done
from lantern.health.strain import REST, SLOW, VISIT_S, Vitals
from lantern.kiosk.director import Scene
from lantern.kiosk.orders import Orders
from lantern.kiosk.telling import said
from lantern.kiosk.wanted import Mode, Presence, Sound, Wanted
from lantern.kiosk.works import Playing, Work
from lantern.noticeboard import Noticeboard
from lantern.show import Show

PHOTO = Playing(Work("a.jpg", "/run/a.jpg", still=True), 3.0)
FILM = Playing(Work("b.mp4", "/films/b.mp4", still=False), 3.0, paused=True)


def scene(mode: Mode, present: bool | None = None) -> Scene:
    wanted = Wanted(mode, True, Sound.IDLE, None, False)
    return Scene(wanted, Presence(present, 0.0), True, -24.0)


@pytest.mark.parametrize(
    ("of", "orders", "playing", "words"),
    [
        (None, Orders(), None, "begins"),
        (scene(Mode.CLOSED), Orders(), None, "closed"),
        (scene(Mode.CLOSED), Orders("close"), None, "closed, kept closed"),
        (scene(Mode.OPENING), Orders("open"), None, "opens, waiting for the projector, kept open"),
        (scene(Mode.CLOSING), Orders(), PHOTO, "closes"),
        (scene(Mode.ATTRACT, False), Orders(), PHOTO, "a photo plays, nobody is there"),
        (
            scene(Mode.ENGAGED, True),
            Orders(muted=True),
            FILM,
            "a film stands still, somebody is there, muted",
        ),
        (scene(Mode.DEGRADED), Orders(), None, "nothing plays, nobody can tell who is there"),
    ],
)
def test_the_show_is_told_in_a_few_words_without_names_of_files(of, orders, playing, words):
    assert said(of, orders, playing) == words


# The command --------------------------------------------------------------------------------------

SHOWING = Showing(
    "engaged",
    "a photo plays, somebody is there",
    is_open=True,
    work="2019/two\nlines.jpg",
    sentence="a dog on a beach",
    position_s=64.2,
    programme="everyday",
    photos=1204,
    films=1,
    gain_db=-3.4,
    faults=(("door", "said nothing for 3 s; check its cable"),),
    power="on",
    lamp_hours=(1204,),
    troubles=("sensor door: said nothing for 3 s; check its cable", "no display to play on"),
    eased=REST,
    eased_by="somebody is there",
)


def test_all_of_the_show_is_told_on_lines_of_their_own():
    assert command.lines(SHOWING) == [
        "show: a photo plays, somebody is there",
        "open",
        "plays 2019/two\ufffdlines.jpg, 1:04: a dog on a beach",
        "programme: everyday, 1,204 photos, 1 film",
        "sound: -3 dB",
        "projector: on, lamp 1,204 h",
        "describing photos rests: somebody is there",
        "trouble: sensor door: said nothing for 3 s; check its cable",
        "trouble: no display to play on",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"muted": True}, "sound: muted"),
        ({"gain_db": -60.0}, "sound: silent"),
        ({"eased": SLOW}, "describing photos goes slowly: somebody is there"),
        ({"doors": "open"}, 'kept open until "lantern show auto"'),
        ({"doors": "close", "is_open": False}, 'kept closed until "lantern show auto"'),
    ],
)
def test_orders_and_silence_are_told(changes, line):
    assert line in command.lines(msgspec.structs.replace(SHOWING, **changes))


def test_the_next_change_is_told_by_this_machines_clock_with_its_day_unless_it_is_today():
    today = time.mktime((*time.localtime()[:3], 23, 59, 30, 0, 0, -1))
    assert command.lines(msgspec.structs.replace(SHOWING, changes_at=today))[1] == (
        "open until 23:59"
    )
    shut = msgspec.structs.replace(SHOWING, is_open=False, changes_at=today + 40 * 3600)
    then = time.localtime(today + 40 * 3600)
    assert command.lines(shut)[1] == f"closed until {time.strftime('%A %d %B, %H:%M', then)}"


def test_words_become_questions():
    assert command.question("status", []) == GetShow()
    assert command.question("next", []) == Direct("next")
    assert command.question("play", ["dogs", "at the beach"]) == Play("dogs at the beach")
    assert command.question("play", []) == Play("")


def test_a_daemon_without_a_show_imports_none_of_it():
    ask = "import lantern.app, sys; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    loaded = told.stdout.split()
    assert "lantern.ingest.turns" in loaded
    rooms = ("lantern.kiosk", "lantern.hardware", "lantern.show", "lantern.easing")
    assert not [name for name in loaded if name.startswith(rooms)]


@pytest.mark.parametrize(
    ("asked", "changes", "done"),
    [
        (Direct("next"), {}, False),
        (Direct("next"), {"work": None}, False),
        (Direct("previous"), {"work": "b.jpg"}, True),
        (Play("dogs"), {"work": "b.jpg"}, True),
        (Direct("pause"), {"said": "a photo plays, nobody is there"}, False),
        (Direct("pause"), {"paused": True}, True),
        (Direct("resume"), {"paused": True}, False),
        (Direct("close"), {}, False),
        (Direct("close"), {"is_open": False}, True),
        (Direct("mute"), {}, True),
    ],
)
def test_an_order_is_done_when_what_it_was_about_is_to_be_seen(asked, changes, done):
    assert is_done(asked, SHOWING, msgspec.structs.replace(SHOWING, **changes)) is done


# Yielding -----------------------------------------------------------------------------------------


class Course:
    """The shares that were left, with a machine and a clock to play with."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr(easing, "LOOK_S", 0.005)
        self.shares = []
        self.vitals = Vitals()
        self.now = 0.0
        self.easing = Easing(self.shares.append, lambda: self.vitals, lambda: self.now)

    async def until(self, share):
        with anyio.fail_after(5):
            while self.shares[-1:] != [share]:  # noqa: ASYNC110 - seen from outside
                await anyio.sleep(0.002)


def test_describing_yields_to_visitors_at_once_and_to_heat_when_it_is_seen(monkeypatch):
    course = Course(monkeypatch)

    async def evening():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(course.easing.run)
            await course.until(0.0)
            course.easing.watched(True)
            assert course.shares[-1] == REST
            assert course.easing.strain.reason == "somebody is there"
            course.now = VISIT_S
            await course.until(SLOW)
            course.easing.watched(False)
            assert course.shares[-1] == 0.0
            course.vitals = Vitals(heat_c=81.0)
            await course.until(REST)
            tasks.cancel_scope.cancel()

    anyio.run(evening)
    assert course.shares[-1] == 0.0  # a show that is gone leaves nothing to itself


def test_this_machine_can_be_looked_at():
    told = easing.vitals()
    assert told.memory_free


# Faults -------------------------------------------------------------------------------------------


def test_a_part_that_fails_is_told_and_takes_neither_the_others_nor_the_daemon_along(tmp_path):
    text = f"""
        [photos]
        root = "{tmp_path}"
        [projector]
        by = "simulated"
        [paths]
        state = "{tmp_path}"
        runtime = "{tmp_path}"
    """
    board, left = Noticeboard(), []

    async def nothing(*_: object) -> bytes:
        raise AssertionError

    async def fail() -> None:
        raise ZeroDivisionError("a bug")

    async def evening() -> Showing:
        show = Show(config.parse(text), board, left.append, nothing, nothing)
        show._senses.run = fail
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(show.run)
            with anyio.fail_after(5):
                while show.showing().power != "off":  # noqa: ASYNC110 - seen from outside
                    await anyio.sleep(0.01)
            told = await show.answer(Direct("close"))
            tasks.cancel_scope.cancel()
        return told

    told = anyio.run(evening)
    assert (told.doors, told.is_open) == ("close", False)
    assert board.notices == ("the senses: a bug; it is begun anew",)
    assert left[-1] == 0.0
