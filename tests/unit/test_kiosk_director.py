"""The director brings about what is wanted, soon enough, and says when it cannot."""

import math
import threading
import time

import anyio
import pytest

from lantern import config
from lantern.hardware.ports import Level, Power
from lantern.hardware.projector.simulated import Make
from lantern.kiosk import orders as standing
from lantern.kiosk import wall
from lantern.kiosk.director import IDLE_S, RAMP_S, Director, Sections
from lantern.kiosk.hours import Doors
from lantern.kiosk.orders import Orders
from lantern.kiosk.senses import Senses
from lantern.kiosk.wanted import Mode
from lantern.noticeboard import Noticeboard
from lantern.waiting import Hint
from support.theatre import Stage, Theatre

SOUND = config.Sound()
PRESENCE = config.Presence()
PROJECTOR = config.Projector(by="simulated", warm_s=20, cool_s=30, minimum_off_s=5)
LIGHTS_S = 100.0


@pytest.fixture
def theatre():
    return Theatre()


def test_where_nothing_closes_it_opens_by_itself_and_plays_at_the_idle_level(theatre):
    assert theatre.go_on(20) is Mode.ATTRACT
    assert theatre.stage.audible_db == SOUND.idle_db


def test_the_sound_follows_whoever_comes_and_goes_as_the_ramp_is_drawn(theatre):
    theatre.go_on(20)
    came = theatre.now + PRESENCE.enter_s
    theatre.come()
    theatre.go_on(3)
    assert theatre.mode is Mode.ENGAGED
    rising = [(at, db) for at, db, _ in theatre.stage.levels if at >= came]
    assert rising[0][0] == pytest.approx(came)
    for at, db in rising:
        risen_db = SOUND.attack_db_s * (at + RAMP_S - came)
        assert db == pytest.approx(min(0.0, SOUND.idle_db + risen_db))
    left = theatre.now + PRESENCE.leave_s
    theatre.come(active=False)
    theatre.go_on(20)
    falling = [(at, db) for at, db, _ in theatre.stage.levels if at >= left]
    assert falling[0][0] - left == pytest.approx(SOUND.hold_s)
    assert theatre.stage.audible_db == SOUND.idle_db
    assert theatre.mode is Mode.ATTRACT


def test_it_looks_a_hundred_times_a_second_while_the_sound_moves_and_seldom_otherwise(theatre):
    theatre.go_on(20)
    theatre.looks.clear()
    theatre.go_on(10)
    assert len(theatre.looks) <= 10 / IDLE_S + 1
    theatre.looks.clear()
    theatre.come()
    theatre.go_on(1)
    assert len(theatre.looks) >= 90


def test_everything_closes_in_order_and_opens_again():
    theatre = Theatre(Sections(projector=PROJECTOR), make=Make(warm_s=10, cool_s=15))
    theatre.come()
    theatre.go_on(LIGHTS_S)
    assert theatre.mode is Mode.ENGAGED
    assert theatre.booth.report[0].power is Power.ON
    theatre.order(doors="close")
    theatre.go_on(1)
    assert (theatre.mode, theatre.stage.report.work) == (Mode.CLOSING, "film")
    assert -5 <= theatre.stage.audible_db < 0
    theatre.go_on(60 / SOUND.release_db_s)
    assert theatre.stage.report.work is None
    assert theatre.go_on(LIGHTS_S) is Mode.CLOSED
    assert theatre.booth.report[0].power is Power.OFF
    theatre.order(doors="auto")
    assert theatre.go_on(LIGHTS_S) is Mode.ENGAGED
    assert theatre.booth.model.hot_strikes == 0


def test_orders_overrule_the_hours_in_both_directions():
    closed = dict.fromkeys(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), ()
    )
    theatre = Theatre(hours=config.Hours(needs_ntp=False, **closed))
    assert theatre.go_on(10) is Mode.CLOSED
    theatre.order(doors="open")
    assert theatre.go_on(10) is Mode.ATTRACT
    theatre.order(doors="auto")
    assert theatre.go_on(60) is Mode.CLOSED


def test_the_opening_hours_open_and_close_it_to_the_second():
    hours = config.Hours(
        zone="UTC", needs_ntp=False, exceptions={"2027-01-15/2027-01-16": ("08:00-08:10",)}
    )
    eight = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
    theatre = Theatre(hours=hours, wall=eight - 130)  # it begins at 100 s
    assert theatre.go_on(29) is Mode.CLOSED
    assert theatre.director.next_change(theatre.wall) == eight
    assert theatre.go_on(3) is Mode.ATTRACT
    assert theatre.director.next_change(theatre.wall) == eight + 600
    assert theatre.go_on(600) is Mode.CLOSING
    theatre.order(doors="open")
    assert theatre.director.next_change(theatre.wall) is None


def test_muting_is_heard_at_once_and_taken_back_at_once(theatre):
    theatre.come()
    theatre.go_on(20)
    theatre.order(muted=True)
    theatre.go_on(0.01)
    assert theatre.stage.audible_db == -math.inf
    theatre.order(muted=False)
    theatre.go_on(0.01)
    assert theatre.stage.audible_db == SOUND.full_db


def test_the_limit_of_the_hour_holds_whoever_is_there():
    sound = config.Sound(limits={"00:00-24:00": -20.0})
    theatre = Theatre(Sections(sound=sound))
    theatre.come()
    theatre.go_on(20)
    assert theatre.stage.audible_db == -20.0


def test_a_player_that_died_is_told_and_the_sound_waits_for_the_picture(theatre):
    theatre.come()
    theatre.go_on(20)
    theatre.stage.connected = False
    theatre.go_on(30)
    assert theatre.mode is Mode.DEGRADED
    assert theatre.board.topics == ("show",)
    assert "the player does not answer" in theatre.board.notices[0]
    muted = theatre.stage.levels[-1]
    theatre.stage.connected = True
    theatre.go_on(20)
    assert muted[2]
    assert theatre.mode is Mode.ENGAGED
    assert theatre.board.notices == ()
    assert theatre.stage.audible_db == SOUND.full_db


def test_a_silent_sensor_is_told_and_the_sound_stays_at_the_set_level(theatre):
    theatre.go_on(20)
    theatre.sensor.silent = True
    theatre.go_on(30)
    (notice,) = theatre.board.notices
    assert notice == (
        "nobody can tell who is there: door: said nothing for 3 s; check its cable; "
        "the sound stays at its set level"
    )
    assert theatre.stage.audible_db == SOUND.set_db
    theatre.sensor.silent = False
    theatre.go_on(30)
    assert theatre.board.notices == ()


def test_a_sensor_that_falls_silent_before_it_is_believed_costs_no_time(theatre):
    theatre = Theatre(presence=config.Presence(leave_s=20))
    theatre.come()
    theatre.go_on(20)
    theatre.come(active=False)
    theatre.go_on(0.1)
    theatre.sensor.silent = True
    theatre.looks.clear()
    theatre.go_on(60)  # within, what was due lies behind
    assert len(theatre.looks) < 5 * 60 / IDLE_S


def test_captioning_is_asked_to_rest_while_somebody_is_there(theatre):
    theatre.go_on(20)
    theatre.come()
    theatre.go_on(5)
    theatre.come(active=False)
    theatre.go_on(5)
    assert [scene.wanted.rest for scene in theatre.scenes[-3:]] == [False, True, False]


# In real time -------------------------------------------------------------------------------------


class Door:
    """A sensor with a thread of its own, which a test opens and shuts."""

    name = "door"

    def __init__(self):
        self.active = False
        self.edges = []
        self._post = None
        self._thread = None
        self._ending = threading.Event()
        self._edge = threading.Event()

    def open(self, post):
        self._post = post
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self):
        self._ending.set()
        self._edge.set()
        self._thread.join()

    def set(self, active):
        self.active = active
        self._edge.set()

    def _run(self):
        while not self._ending.is_set():
            self._edge.clear()
            at = time.monotonic()
            self._post(Level(self.name, at, self.active))
            self._edge.wait(0.05)


def test_from_a_sensors_thread_to_the_players_level_takes_less_than_a_tenth_of_a_second():
    settings = config.Presence(leave_s=0.05, hold_off_s=0.05)
    sound = config.Sound(hold_s=0.05, attack_db_s=60, release_db_s=60)

    async def evening():
        door, stage, awake, late = Door(), Stage(takes_s=0.0), Hint(), []
        senses = Senses([door], settings, awake.give)
        director = Director(
            Sections(sound=sound),
            stage,
            senses,
            None,
            doors=Doors(config.Hours(), time.monotonic()),
            board=Noticeboard(),
            awake=awake,
            now=time.monotonic(),
        )

        async def play():
            while True:
                stage.advance(time.monotonic())
                await anyio.sleep(0.01)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(senses.run)
            tasks.start_soon(director.run)
            tasks.start_soon(play)
            await anyio.sleep(1.5)  # until it plays at the idle level
            for _ in range(12):
                before = len(stage.levels)
                began = time.monotonic()
                door.set(True)
                while len(stage.levels) == before:  # noqa: ASYNC110 - sampled, as ears do
                    await anyio.sleep(0.001)
                late.append(stage.levels[before][0] - began)
                door.set(False)
                await anyio.sleep(0.3)
            tasks.cancel_scope.cancel()
        return late, stage

    late, stage = anyio.run(evening)
    assert sorted(late)[-2] < 0.1
    assert stage.levels[-1][1] <= sound.idle_db  # whoever stops it leaves no loud room behind


async def eventually(senses, so):
    """Return the first verdict of which `so` is true."""
    with anyio.fail_after(5):
        while not so(verdict := senses.at(time.monotonic())):  # noqa: ASYNC110 - sampled
            await anyio.sleep(0.005)
    return verdict


class Broken:
    """A sensor that cannot be opened before its `tries` are over."""

    name = "broken"

    def __init__(self, tries, error):
        self.tries, self.error = tries, error
        self.closed = 0

    def open(self, post):
        if self.tries:
            self.tries -= 1
            raise self.error
        post(Level(self.name, time.monotonic(), True))

    def close(self):
        self.closed += 1


@pytest.mark.parametrize("error", [OSError("no such device"), ValueError("a bug of its driver")])
def test_a_sensor_that_does_not_open_is_told_tried_again_and_costs_no_other(monkeypatch, error):
    monkeypatch.setattr("lantern.kiosk.senses.REOPEN_S", 0.3)
    monkeypatch.setattr("lantern.kiosk.senses.CHECK_S", 0.05)
    monkeypatch.setattr("lantern.kiosk.presence.SILENT_S", 0.25)

    async def listen():
        door, broken, changes = Door(), Broken(3, error), []
        senses = Senses([door, broken], PRESENCE, lambda: changes.append(time.monotonic()))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(senses.run)
            told = await eventually(senses, lambda presence: presence.faults)
            await eventually(senses, lambda presence: presence.present)
            tasks.cancel_scope.cancel()
        return told, broken, changes

    told, broken, changes = anyio.run(listen)
    assert dict(told.faults)["broken"] == str(error)
    assert broken.closed >= 4
    assert changes


def test_a_clock_that_the_system_says_was_set_is_believed(tmp_path, monkeypatch):
    told = tmp_path / "synchronized"
    monkeypatch.setattr(wall, "_kernel_says_so", lambda: False)
    assert not wall.is_synchronised(told)
    told.touch()
    assert wall.is_synchronised(told)
    monkeypatch.setattr(wall, "_kernel_says_so", lambda: True)
    assert wall.is_synchronised(tmp_path / "none")


def test_the_kernel_is_asked_and_its_clock_left_alone():
    before = time.time() - time.monotonic()
    assert wall._kernel_says_so() in (True, False)
    assert time.time() - time.monotonic() == pytest.approx(before, abs=0.05)


# Orders -------------------------------------------------------------------------------------------


def test_orders_are_kept(tmp_path):
    file = tmp_path / "show.json"
    assert standing.load(file) == Orders()
    standing.save(file, Orders("close", muted=True))
    assert standing.load(file) == Orders("close", muted=True)
    assert [path.name for path in tmp_path.iterdir()] == ["show.json"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"doors": "ajar"}', b"\xff\xfe", b"null"])
def test_orders_that_are_not_whole_are_none(tmp_path, data):
    file = tmp_path / "show.json"
    file.write_bytes(data)
    assert standing.load(file) == Orders()


def test_orders_that_cannot_be_written_leave_the_old_ones(tmp_path):
    file = tmp_path / "show.json"
    standing.save(file, Orders("open"))
    file.with_name("show.json.new").mkdir()
    with pytest.raises(OSError, match="directory"):
        standing.save(file, Orders("close"))
    assert standing.load(file) == Orders("open")
