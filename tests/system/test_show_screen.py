"""The screen on a real mpv with a real display: what is to be seen there, whatever goes wrong."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import anyio
import pytest
from PIL import Image, ImageChops

from lantern import config
from lantern.kiosk import deck as decks
from lantern.kiosk import screen as screens
from lantern.kiosk.mpv import connected
from lantern.kiosk.screen import Screen
from lantern.kiosk.stand import UNHEARD_S
from lantern.kiosk.works import Work
from lantern.noticeboard import Noticeboard
from support.late import late
from support.reel import Reel, film, photo
from support.screen import Display, Player, display, needs_player, playing

pytestmark = [pytest.mark.anyio, needs_player]

QUICK = config.Show(output="window", photo_s=1.0, fade_s=0.2, zoom=1.1)
SLOW = config.Show(output="window", photo_s=600, fade_s=0.2, zoom=1.1)
SILENT = "--ao=null"

BLACK, RED, GREEN, BLUE = (0, 0, 0), (254, 0, 0), (0, 255, 0), (0, 0, 254)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def on() -> Iterator[Display]:
    with display(640, 360) as on:
        yield on


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Work]:
    folder = tmp_path_factory.mktemp("works")
    photos = [photo(folder, "red", "red"), photo(folder, "green", "#00ff00", (600, 900))]
    films = [film(folder, "blue", "blue"), film(folder, "white", "white", 1.0)]
    return {work.name: work for work in (*photos, *films)}


class House:
    """A screen, its player and its display."""

    def __init__(self, screen: Screen, player: Player, board: Noticeboard, on: Display) -> None:
        self.screen, self.player, self.board, self.on = screen, player, board, on

    @property
    def colour(self) -> tuple[int, ...]:
        """Return the colour a little above the middle."""
        pixel = self.on.grab().getpixel((320, 120))
        assert isinstance(pixel, tuple)
        return pixel

    def sees(self, colour: tuple[int, ...]) -> bool:
        return all(abs(a - b) < 12 for a, b in zip(self.colour, colour, strict=True))

    @property
    def name(self) -> str | None:
        playing = self.screen.playing
        return playing.work.name if playing else None


async def until(so: Callable[[], object], seconds: float = 15.0) -> None:
    with anyio.fail_after(seconds):
        while not so():  # noqa: ASYNC110 - the screen has no event for tests alone
            await anyio.sleep(0.01)


@contextlib.asynccontextmanager
async def house(
    folder: Path,
    on: Display | None,
    reel: Reel,
    settings: config.Show = SLOW,
    *,
    up: bool = True,
    held: bytes | None = None,
) -> AsyncIterator[House]:
    """Show `reel` on a player of its own; `up` starts that first, and wishes for a picture.

    What the player tells by lines that contain `held` comes late, and all behind it.
    """
    board = Noticeboard()
    line = folder / ("late.sock" if held else "screen.sock")
    screen = Screen(reel, settings, line, board)
    sound = () if settings.audio == DEAF else (SILENT,)
    with playing(folder, on, *sound, settings=settings, up=up) as player:
        async with anyio.create_task_group() as tasks:
            if held:
                await tasks.start(late, player.socket, line, held)
            tasks.start_soon(screen.run)
            screen.show(True)
            assert on is not None
            yield House(screen, player, board, on)
            tasks.cancel_scope.cancel()


async def test_photos_follow_each_other_through_black(tmp_path, on, works):
    async with house(tmp_path, on, Reel(works["red"], works["green"]), QUICK) as it:
        await until(lambda: it.sees(RED))
        assert it.screen.report.work == "red"
        darkest = 255
        with anyio.fail_after(10):
            while not it.sees(GREEN):
                darkest = min(darkest, max(it.colour))
                assert it.screen.report.work is not None
                await anyio.sleep(0.005)
        assert darkest < 40
        assert it.name == "green"


async def test_a_film_that_follows_itself_is_never_interrupted(tmp_path, on, works):
    async with house(tmp_path, on, Reel(works["white"])) as it:
        await until(lambda: it.sees((255, 255, 255)))
        laps, before, darkest, begun = 0, 0.0, 255, time.monotonic()
        while time.monotonic() < begun + 2.6:
            playing = it.screen.playing
            assert playing is not None
            laps += playing.position_s < before
            before = playing.position_s
            darkest = min(darkest, *it.colour)
            await anyio.sleep(0.01)
        assert laps >= 2  # of a second each
        assert darkest > 240


async def test_a_film_that_comes_twice_is_followed_by_what_comes_then(tmp_path, on, works):
    white = works["white"]
    again = Work("again", white.path, still=False)
    async with house(tmp_path, on, Reel(white, again, works["red"])) as it:
        await until(lambda: it.sees((255, 255, 255)))
        laps, before = 0, 0.0
        with anyio.fail_after(15):
            while not it.sees(RED):
                position_s = it.screen.playing.position_s if it.screen.playing else 0.0
                laps += position_s < before
                before = position_s
                await anyio.sleep(0.01)
        assert laps <= 3  # the second, a third that fades at once, and the photo


async def test_films_follow_each_other_without_black(tmp_path, on, works):
    reel = Reel(works["white"], works["blue"])
    async with house(tmp_path, on, reel) as it:
        await until(lambda: it.sees((255, 255, 255)))
        lightest = 255
        with anyio.fail_after(10):
            while not it.sees(BLUE):
                lightest = min(lightest, max(it.colour))
                await anyio.sleep(0.01)
        assert lightest > 220
        await until(lambda: it.name == "blue")


async def test_a_killed_player_goes_on_where_it_was(tmp_path, on, works):
    async with house(tmp_path, on, Reel(works["blue"], works["red"])) as it:
        await until(lambda: it.screen.playing and it.screen.playing.position_s > 0.9)
        it.player.kill()
        await until(lambda: not it.screen.report.connected)
        assert it.screen.playing is None
        it.player.start()
        await until(lambda: it.name == "blue" and it.sees(BLUE))
        assert it.screen.playing is not None
        assert it.screen.playing.position_s > 0.8


async def test_a_player_that_hangs_is_reported_and_goes_on_once_it_can(
    tmp_path, on, works, monkeypatch
):
    monkeypatch.setattr(screens, "PATIENCE_S", 1.5)
    async with house(tmp_path, on, Reel(works["red"])) as it:
        await until(lambda: it.sees(RED))
        it.player.signal(signal.SIGSTOP)
        await until(lambda: not it.screen.report.connected)
        it.player.signal(signal.SIGCONT)
        await until(lambda: it.screen.report.connected and it.sees(RED))


async def test_a_player_that_comes_late_is_waited_for(tmp_path, on, works):
    async with house(tmp_path, on, Reel(works["red"]), up=False) as it:
        await anyio.sleep(0.3)
        assert it.screen.report == it.screen.report.__class__(connected=False)
        it.player.start()
        await until(lambda: it.sees(RED))
        assert it.screen.report.connected


@pytest.mark.parametrize("kind", ["noise.mp4", "noise.jpg", "empty.mp4", "absent.mp4", "sound.mp4"])
async def test_what_cannot_be_played_is_passed_over_soon(tmp_path, on, works, kind):
    path = tmp_path / kind
    if kind == "sound.mp4":
        film(tmp_path, "sound", "red", picture=False)
        (tmp_path / "sound.mkv").rename(path)
    elif kind != "absent.mp4":
        path.write_bytes(b"" if kind == "empty.mp4" else b"no film at all\n" * 7_000)
    bad = Work("bad", str(path), still=kind.endswith("jpg"))
    reel = Reel(bad, works["red"])
    async with house(tmp_path, on, reel) as it:
        await until(lambda: it.screen.report.connected)
        begun = time.monotonic()
        await until(lambda: it.sees(RED))
        assert reel.reasons["bad"]
        assert time.monotonic() - begun < 6  # a second or two, where nothing else runs


HELD = {"the next file's beginning": b'"event":"start-file"', "its failure": b'"reason":"error"'}


@pytest.mark.parametrize("held", [None, *HELD])
async def test_a_film_that_cannot_follow_is_passed_over(tmp_path, on, works, held):
    path = tmp_path / "noise.mp4"
    path.write_bytes(b"no film at all\n" * 7_000)  # noise is taken for MP3 now and then
    reel = Reel(works["white"], Work("bad", str(path), still=False), works["blue"])
    async with house(tmp_path, on, reel, held=held and HELD[held]) as it:
        await until(lambda: it.name == "blue" and it.sees(BLUE))
        assert reel.reasons == {"bad": "unrecognized file format"}


async def test_a_film_follows_however_late_its_beginning_is_told(tmp_path, on, works):
    reel = Reel(works["white"], works["blue"], works["red"])
    held = HELD["the next file's beginning"]
    async with house(tmp_path, on, reel, held=held) as it:
        await until(lambda: it.name == "white")
        await until(lambda: it.name != "white")
        assert it.name == "blue"


async def test_nothing_is_blamed_on_works_while_there_is_no_display(tmp_path, works, monkeypatch):
    monkeypatch.setattr(decks, "DISPLAY_S", 1.0)
    gone = Display(f":{3000 + os.getpid() % 30000}", Path())  # of which no other server thinks
    reel = Reel(works["red"], works["blue"])
    async with house(tmp_path, gone, reel) as it:
        await until(lambda: it.board.topics == ("display",))
        assert it.screen.report.work is None
        assert it.screen.report.connected
        assert reel.reasons == {}
        with display(640, 360, gone.name) as there:
            it.on = there
            await until(lambda: it.sees(RED))
            await until(lambda: not it.board.topics)


DEAF = "alsa/of nobody"
CHANGED = (("ao-pcm-file", "/dev/null"), ("audio-device", "auto"), ("ao", "pcm"))
"""What gives a player without a sound card something to play to."""


async def test_films_whose_sound_nobody_can_hear_are_told_of_until_there_is_a_device(
    tmp_path, on, works
):
    settings = config.Show(output="window", audio=DEAF)
    async with house(tmp_path, on, Reel(works["blue"]), settings) as it:
        await until(lambda: it.board.topics == ("sound",))
        assert f'no sound device by show.audio = "{DEAF}"' in it.board.notices[0]
        assert it.name == "blue"
        for name, value in CHANGED:
            await it.player.ask("set_property", name, value)
        await until(lambda: not it.board.topics)


async def test_a_show_that_is_to_have_no_sound_lacks_none(tmp_path, on, works):
    silent = config.Show(output="window", audio="null")
    async with house(tmp_path, on, Reel(works["blue"]), silent) as it:
        await until(lambda: it.sees(BLUE))
        assert await it.player.ask("get_property", "current-ao") == "null"
        await anyio.sleep(UNHEARD_S + 1.5)
        assert it.board.topics == ()


async def test_a_closed_screen_lets_go_of_the_display_and_opens_again(tmp_path, on, works):
    async with house(tmp_path, on, Reel(works["red"], works["green"])) as it:
        await until(lambda: it.sees(RED))
        it.screen.show(False)
        await until(lambda: it.screen.report.work is None)
        assert it.sees(BLACK)
        assert await it.player.ask("get_property", "vo-configured") is False
        it.screen.show(True)
        await until(lambda: it.sees(GREEN))


async def test_people_go_on_and_back_and_let_a_photo_stand(tmp_path, on, works):
    reel = Reel(works["red"], works["green"], works["blue"])
    async with house(tmp_path, on, reel) as it:
        await until(lambda: it.sees(RED))
        it.screen.skip()
        await until(lambda: it.sees(GREEN))
        it.screen.skip(back=True)
        await until(lambda: it.sees(RED))
        it.screen.pause(True)
        await until(lambda: it.screen.playing and it.screen.playing.paused)
        assert it.screen.playing is not None
        stood = it.screen.playing.position_s
        await anyio.sleep(0.2)
        assert it.screen.playing.position_s == stood
        it.screen.skip()
        await until(lambda: it.sees(GREEN))
        it.screen.skip()
        await until(lambda: it.sees(BLUE) and it.screen.playing and it.screen.playing.paused)
        assert await it.player.ask("get_property", "pause") is True
        it.screen.pause(False)
        await until(lambda: it.screen.playing and it.screen.playing.position_s > 0.5)


async def test_the_level_is_the_player_s_also_when_it_is_a_new_one(tmp_path, on, works):
    async with house(tmp_path, on, Reel(works["blue"])) as it:
        it.screen.level(-20.0, muted=False)
        await until(lambda: it.screen.report.connected)
        await it.player.until("volume", pytest.approx(46.4159, abs=1e-3))
        await it.player.until("mute", False)
        it.player.kill()
        it.screen.level(-60.0, muted=True)
        it.player.start()
        await until(lambda: it.name == "blue" and it.screen.report.connected)
        await it.player.until("volume", pytest.approx(10.0))
        await it.player.until("mute", True)


async def test_a_work_that_the_player_dies_of_twice_is_passed_over(tmp_path, on, works):
    reel = Reel(works["blue"], works["red"])
    async with house(tmp_path, on, reel) as it:
        for _ in range(2):
            await until(lambda: it.screen.report.connected and it.sees(BLUE))
            it.player.kill()
            await until(lambda: not it.screen.report.connected)
            it.player.start()
        await until(lambda: it.sees(RED))
        assert reel.reasons == {"blue": "the player died of it twice"}


async def test_a_film_goes_on_while_the_daemon_begins_anew(tmp_path, on, works):
    reel = Reel(works["blue"], works["red"])
    with playing(tmp_path, on, SILENT) as player:
        for life in range(2):
            screen = Screen(reel, SLOW, tmp_path / "screen.sock", Noticeboard())
            it = House(screen, player, Noticeboard(), on)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(screen.run)
                screen.show(life == 0)  # the second does not know yet that something plays
                await until(lambda it=it: it.screen.report.work == "blue")
                screen.show(True)
                await until(lambda it=it: it.screen.report.connected and it.sees(BLUE))
                await until(lambda it=it: it.screen.playing.position_s > 0.3)
                tasks.cancel_scope.cancel()
        assert await player.ask("get_property", "playlist/0/id") == 2  # nothing was opened anew
        assert reel.asked[-3:] == ["next", "resume blue", "next"]


async def test_what_was_handed_out_is_void_once_the_programme_changes(tmp_path, on, works):
    reel = Reel(works["red"], works["blue"])
    async with house(tmp_path, on, reel, QUICK) as it:
        await until(lambda: it.sees(RED))
        reel.change(works["green"])
        await until(lambda: it.sees(GREEN))
        assert "blue" not in (it.name, *reel.reasons)


async def test_a_photo_stays_until_the_next_one_is_made(tmp_path, on, works):
    reel = Reel(works["red"], works["green"])
    reel.made = 1
    async with house(tmp_path, on, reel, QUICK) as it:
        await until(lambda: it.sees(RED))
        await until(lambda: it.screen.playing and it.screen.playing.position_s > 1.5)
        assert it.sees(RED)
        reel.made = 2
        await until(lambda: it.sees(GREEN))


async def test_without_works_the_screen_is_dark_and_takes_up_the_first_that_comes(
    tmp_path, on, works
):
    reel = Reel()
    async with house(tmp_path, on, reel) as it:
        await until(lambda: it.screen.report.connected)
        await anyio.sleep(0.3)
        assert it.screen.report.work is None
        reel.change(works["red"])
        await until(lambda: it.sees(RED), 3)


async def test_words_are_shown_large_over_the_picture(tmp_path, on, works):
    async with house(tmp_path, on, Reel(works["red"])) as it:
        await until(lambda: it.sees(RED))
        it.screen.say(r"{\an8}3\N")
        white = (255, 255, 255)
        await until(lambda: white in (c for _, c in it.on.grab().getcolors(1 << 20)))
        it.screen.say("")
        await until(lambda: white not in (c for _, c in it.on.grab().getcolors(1 << 20)))
        plain = it.on.grab()
        it.screen.remark("The backup needs attention")
        await until(lambda: written_on(it, plain))
        left, _, right, foot = written_on(it, plain)
        assert left > plain.width * 0.6
        assert right < plain.width
        assert foot < plain.height * 0.1
        it.screen.remark("")
        await until(lambda: not written_on(it, plain))


def written_on(it: House, plain: Image.Image) -> tuple[int, int, int, int] | None:
    """Return where something is drawn that is not on `plain`, None for nowhere."""
    return ImageChops.difference(it.on.grab(), plain).getbbox()


async def test_the_sound_of_a_film_comes_and_goes_with_its_picture(tmp_path, on, works):
    slow = config.Show(output="window", photo_s=600, fade_s=3.0)  # as a busy machine makes steps
    long = film(tmp_path, "long", "blue", 4.0)
    async with house(tmp_path, on, Reel(long, works["red"]), slow) as it:
        it.screen.level(0.0, muted=False)
        heard: list[float] = []
        await until(lambda: it.screen.report.connected)
        async with connected(it.player.socket, lambda _: None) as mpv:
            with anyio.fail_after(15):
                while not it.sees(RED):
                    told = await mpv.look("path", "volume")
                    if told["path"] == long.path:
                        heard.append(told["volume"])
        assert heard[0] < 50
        assert max(heard) == 100
        assert heard[-1] < 50
        assert max(abs(a - b) for a, b in itertools.pairwise(heard)) < 70
