"""Whether the picture is what it is believed to be: a real player whose picture goes wrong."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from pathlib import Path

import anyio
import pytest

from lantern import config
from lantern.errors import Unavailable
from lantern.kiosk import opinion, peer, picture, truth
from lantern.kiosk.mpv import connected
from lantern.kiosk.screen import Screen
from lantern.kiosk.truth import Truth
from lantern.kiosk.works import Work
from lantern.noticeboard import Noticeboard
from support.reel import Reel, film, photo
from support.screen import display, needs_player, playing

pytestmark = needs_player

PATIENCE_S = 30.0


def colours_in(folder):
    """Return a film in which everything moves."""
    path = folder / "colours.mkv"
    source = "av://lavfi:testsrc2=s=320x180:r=25:d=20"
    command = ["mpv", "--no-config", "--really-quiet", "--of=matroska", "--ovc=mpeg4"]
    subprocess.run([*command, f"--o={path}", source], check=True)
    return Work("colours", str(path), still=False)


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    return colours_in(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    return film(tmp_path_factory.mktemp("films"), "night", "black", 20)


@pytest.fixture(scope="module")
def shown_on():
    with display(640, 360) as one:
        yield one


@pytest.fixture
def quick(monkeypatch):
    """Look often, and be impatient."""
    monkeypatch.setattr(truth, "LOOK_S", 0.1)
    monkeypatch.setattr(truth, "HUNG_S", 2.0)
    monkeypatch.setattr(truth, "AGAIN_S", 0.2)
    for suspicion in picture.Suspicion:
        busy = suspicion is picture.Suspicion.STALLED  # as a machine may be
        monkeypatch.setitem(picture.PATIENCE_S, suspicion, 2.0 if busy else 0.8)


class Watched(Screen):
    """The screen, which also counts how often its work was opened anew."""

    reloads = 0
    doubts: tuple[str, ...] = ()

    def reload(self) -> None:
        self.reloads += 1
        super().reload()

    def doubt(self, reason: str) -> None:
        if reason and reason not in self.doubts:
            self.doubts += (reason,)
        super().doubt(reason)


class Room:
    """A player that is started anew when it ends, the screen that plays on it, and its watch."""

    def __init__(self, folder: Path, player, *works: Work) -> None:
        self.folder = folder
        self.player = player
        self.reel = Reel(*works)
        self.board = Noticeboard()
        self.decoded = opinion.decoded
        self.opinions: list[str] = []
        self.starts = 0

    async def _decoded(self, path: str, position_s: float) -> bytes | None:
        self.opinions.append(path)
        return await self.decoded(path, position_s)

    async def _live(self, story) -> None:
        settings = config.Show(output="window", audio="null", fade_s=0.0, photo_s=600.0)
        socket, board = self.player.socket, self.board
        self.screen = Watched(self.reel, settings, socket, board)
        self.truth = Truth(
            self.screen,
            socket,
            self.folder,
            board,
            spoiled=self.reel.spoiled,
            decoded=self._decoded,
        )
        self.screen.show(True)
        async with anyio.create_task_group() as tasks:
            for service in (self.screen.run, self.truth.run, self._start_anew):
                tasks.start_soon(service)
            await story()
            tasks.cancel_scope.cancel()

    def live(self, story) -> None:
        """Let `story` happen while everything runs."""
        anyio.run(self._live, story)

    async def _start_anew(self) -> None:
        """Do what systemd does."""
        while True:
            if self.player.process.poll() is not None:
                self.player.process = None
                self.player.start()
                self.starts += 1
            await anyio.sleep(0.1)

    async def until(self, condition) -> None:
        with anyio.fail_after(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - the screen tells no event
                await anyio.sleep(0.05)

    async def plays(self) -> None:
        """Wait until the picture is believed, and the work some way on."""
        await self.until(
            lambda: (
                self.screen.report.truthful
                and self.screen.expected is not None
                and self.screen.playing.position_s > 0.5
            )
        )

    async def tell(self, *command) -> None:
        async with connected(self.player.socket, lambda _: None) as mpv:
            await mpv.tell(command)


@contextlib.contextmanager
def room(folder, shown_on, *works, options=("--ao=null",)):
    with playing(folder, shown_on, *options) as player:
        yield Room(folder, player, *works)


def test_a_film_that_plays_is_left_alone(tmp_path, shown_on, quick, colours):
    with room(tmp_path, shown_on, colours) as it:

        async def story():
            await it.plays()
            await anyio.sleep(2)

        it.live(story)
        assert (it.screen.reloads, it.starts, it.opinions, it.screen.doubts) == (0, 0, [], ())


def test_a_player_that_hangs_is_ended_and_the_film_goes_on_where_it_was(
    tmp_path, shown_on, quick, colours
):
    with room(tmp_path, shown_on, colours) as it:

        async def story():
            await it.until(lambda: it.screen.playing and it.screen.playing.position_s > 2)
            it.player.process.send_signal(signal.SIGSTOP)
            await it.until(lambda: not it.screen.report.truthful)
            await it.until(lambda: it.starts)
            await it.plays()
            assert 2 <= it.screen.playing.position_s < 12

        it.live(story)
        assert it.starts == 1
        assert it.screen.doubts == ("the player does not answer",)


def test_a_player_that_hangs_from_the_start_is_ended(tmp_path, shown_on, quick, colours):
    with room(tmp_path, shown_on, colours) as it:

        async def story():
            await it.plays()

        deadline = time.monotonic() + PATIENCE_S
        while not it.player.socket.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        it.player.process.send_signal(signal.SIGSTOP)
        it.live(story)
        assert it.starts == 1


def test_a_black_film_is_looked_up_once_and_played_on(tmp_path, shown_on, quick, night):
    with room(tmp_path, shown_on, night) as it:

        async def story():
            await it.until(lambda: it.opinions)
            await anyio.sleep(2.5)

        it.live(story)
        assert len(it.opinions) == 1
        assert (it.screen.reloads, it.starts, it.screen.doubts) == (0, 0, ())


def test_a_broken_output_is_loaded_anew_then_started_anew(tmp_path, shown_on, quick, colours):
    with room(tmp_path, shown_on, colours) as it:

        async def story():
            await it.plays()
            await it.tell("vf", "set", "lavfi=[drawbox=color=black:t=fill]")
            await it.until(lambda: it.screen.reloads)
            assert not it.screen.report.truthful
            await it.until(lambda: it.starts)
            await it.plays()

        it.live(story)
        assert it.screen.doubts == ("the picture is black",)
        assert (it.screen.reloads, it.starts) == (1, 1)
        assert not it.board.notices


def test_a_film_that_goes_on_behind_a_still_picture_is_found_out(
    tmp_path, shown_on, quick, colours
):
    with room(tmp_path, shown_on, colours) as it:

        async def story():
            await it.plays()
            await it.tell("vf", "set", "lavfi=[drawbox=color=navy:t=fill]")
            await it.until(lambda: it.screen.reloads)

        it.live(story)
        assert it.screen.doubts == ("the picture stands still, though its film goes on",)
        assert len(it.opinions) == 1


def test_a_film_that_is_drawn_black_is_found_out(tmp_path, shown_on, quick, colours):
    black = r"{\pos(0,0)\1c&H000000&\bord0\shad0\p1}m 0 0 l 640 0 640 360 0 360"
    veil = {"name": "osd-overlay", "id": 1, "format": "ass-events", "data": black}
    drawn = ("--ao=null", "--vo=gpu", "--gpu-sw=yes")
    with room(tmp_path, shown_on, colours, options=drawn) as it:

        async def story():
            await it.plays()
            async with connected(it.player.socket, lambda _: None) as mpv:
                await mpv.tell({**veil, "res_x": 640, "res_y": 360})
                it.truth._draws_at = 0.0  # it is time to look, and not before it is black
                await it.until(lambda: it.screen.doubts)

        it.live(story)
        assert it.screen.doubts == ("the picture is black, though its work is not",)
        assert it.opinions == []


def test_a_film_that_stands_still_by_itself_is_loaded_anew(tmp_path, shown_on, quick, colours):
    with room(tmp_path, shown_on, colours) as it:

        async def story():
            await it.plays()
            await it.tell("set_property", "pause", True)  # not by the screen
            await it.until(lambda: it.screen.reloads)
            await it.tell("set_property", "pause", False)
            await it.plays()

        it.live(story)
        assert it.screen.doubts == ("the picture does not go on",)
        assert it.starts == 0


def test_a_work_that_decodes_to_nothing_is_passed_over_and_nothing_is_restarted(
    tmp_path, shown_on, quick, colours, night
):
    async def nothing(path, position_s):
        assert path == night.path
        assert position_s > 0

    with room(tmp_path, shown_on, night, colours) as it:
        it.decoded = nothing

        async def story():
            await it.until(lambda: it.reel.reasons)
            await it.until(lambda: it.screen.playing.work == colours)
            await it.plays()

        it.live(story)
        assert it.reel.reasons["night"].startswith("nothing is decoded at")
        assert (it.screen.reloads, it.starts) == (0, 0)


def test_what_nothing_heals_is_told(tmp_path, shown_on, quick, colours):
    options = ("--ao=null", "--vf=lavfi=[drawbox=color=black:t=fill]")
    with room(tmp_path, shown_on, colours, options=options) as it:

        async def story():
            await it.until(lambda: it.board.topics)

        it.live(story)
        assert it.screen.reloads == 1
        assert "neither loading the work anew nor starting the player anew" in it.board.notices[0]


def test_a_second_opinion_is_what_the_work_looks_like_there(tmp_path):
    work = film(tmp_path, "red", "red", 2)
    red = anyio.run(opinion.decoded, work.path, 1.0)
    assert red == anyio.run(opinion.decoded, work.path, 0.0)
    assert not picture.is_black(red)
    at_its_end = anyio.run(opinion.decoded, work.path, 2.0)
    assert at_its_end == red
    black = anyio.run(opinion.decoded, photo(tmp_path, "night", "black").path, 0.0)
    assert picture.is_black(black)


def test_there_is_no_second_opinion_of_what_nobody_can_decode(tmp_path, monkeypatch):
    broken = tmp_path / "-broken.mkv"
    broken.write_bytes(b"nothing" * 1000)
    assert anyio.run(opinion.decoded, str(broken), 0.0) is None
    monkeypatch.setattr(opinion, "PATIENCE_S", 0.0)
    with pytest.raises(Unavailable, match="within 0 s"):
        anyio.run(opinion.decoded, str(broken), 0.0)


def test_whoever_listens_at_a_socket_can_be_ended_though_it_hangs(tmp_path):
    with playing(tmp_path, None, "--vo=null", "--ao=null") as player:
        deadline = time.monotonic() + PATIENCE_S
        while not player.socket.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        player.process.send_signal(signal.SIGSTOP)
        with contextlib.closing(peer.listening_at(player.socket)) as listener:
            assert listener.lives
            listener.kill()
            player.process.wait(PATIENCE_S)
            assert not listener.lives
            listener.kill()
        player.process = None


def test_nobody_listens_where_there_is_no_player(tmp_path):
    with pytest.raises(Unavailable, match="player at"):
        peer.listening_at(tmp_path / "screen.sock")
