"""A whole evening in little: the real daemon, the real mpv on a display, photos and a film.

The room is a simulated one that is never empty for long, the projector a simulated one that is soon
warm. What is to be seen is looked at on the display, and what is to be heard in the player.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lantern.address import short
from lantern.control import client
from lantern.control.protocol import Direct, GetShow, HidePhoto, Order, Play, Showing
from lantern.errors import PhotoError
from support.house import House, photo
from support.reel import film
from support.screen import Display, Player, display, needs_player, playing

pytestmark = needs_player

CONFIG = """
[show]
programme = "everyday"
output = "window"
audio = "null"
photo_s = {photo_s}
fade_s = 0.2
[programmes.everyday]
photos = "all"
films = "{films}"
photos_between = 2
[[sensors]]
name = "room"
by = "simulated"
every_s = {every_s}
[sound]
attack_db_s = 30
release_db_s = 60
"""


class Theatre:
    """A house with a show, the display that it plays on, and the player."""

    def __init__(self, house: House, shown_on: Display, player: Player) -> None:
        self.house, self.display, self.player = house, shown_on, player

    def ask(self, question: GetShow | Direct | Play) -> Showing:
        answer = client.ask(self.house.config.paths.control_socket, question)
        assert isinstance(answer, Showing)
        return answer

    def order(self, order: Order) -> Showing:
        return self.ask(Direct(order))

    @property
    def showing(self) -> Showing:
        return self.ask(GetShow())

    def wait(self, met: Callable[[Showing], object], what: str) -> Showing:
        self.house.wait(lambda: bool(met(self.showing)), what)
        return self.showing

    def told(self, name: str) -> object:
        """Return a property of the player, as anybody may ask for it."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            with short(self.player.socket) as address:
                line.connect(address)
            line.sendall(json.dumps({"command": ["get_property", name], "request_id": 9}).encode())
            line.sendall(b"\n")
            for reply in line.makefile("rb"):
                answer = json.loads(reply)
                if answer.get("request_id") == 9:
                    return answer.get("data")
        raise AssertionError("the player hung up")

    @property
    def brightness(self) -> float:
        """Return the mean brightness of the display, in [0, 255]."""
        grey = self.display.grab().convert("L").resize((1, 1))
        return float(grey.getpixel((0, 0)))


PROJECTOR = """
[projector]
by = "simulated"
warm_s = 1
cool_s = 1
minimum_off_s = 0
"""
CROWDED, EMPTY, PATIENT = (1, PROJECTOR, 1), (86400, "", 1), (86400, "", 600)
"""Somebody comes each so many seconds, on average; a projector; how many seconds a photo stays."""


def add_film(folder: Path, name: str) -> None:
    """Put a film there, as old as one that was copied long ago."""
    os.utime(film(folder, name, "white", 2.5).path, (1e9, 1e9))


@pytest.fixture(params=[EMPTY], ids=[""])
def theatre(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Theatre]:
    films = tmp_path / "films"
    films.mkdir()
    add_film(films, "film")
    every_s, projector, photo_s = request.param
    config = CONFIG.format(films=films, every_s=every_s, photo_s=photo_s)
    house = House(tmp_path, further=config + projector)
    for number in range(3):
        house.put(f"{number}.jpg", photo(number, 640, 480))
    runtime = tmp_path / "run"
    runtime.mkdir()
    with (
        display(640, 480) as shown_on,
        playing(runtime, shown_on, "--ao=null", settings=house.config.show) as player,
        house.running(),
    ):
        yield Theatre(house, shown_on, player)


@pytest.mark.parametrize("theatre", [CROWDED], ids=[""], indirect=True)
def test_an_evening_opens_plays_obeys_survives_and_closes_in_order(
    theatre: Theatre, tmp_path: Path
):
    # Describing photos rests while somebody is there: so long there are films alone.
    add_film(tmp_path / "films", "other")
    theatre.wait(lambda now: now.mode in ("attract", "engaged"), "it has opened")
    theatre.wait(lambda now: now.work is not None, "a photo plays")
    assert theatre.showing.power == "on"
    theatre.house.wait(lambda: theatre.brightness > 30, "it is to be seen")

    # The sound follows whoever comes, on the player itself.
    theatre.wait(lambda now: now.present and now.gain_db == 0, "somebody hears all of it")
    theatre.house.wait(lambda: theatre.told("volume") == 100, "the player is loud")
    theatre.order("mute")
    theatre.house.wait(lambda: theatre.told("mute") is True, "the player is mute")
    theatre.order("unmute")

    # Photos and the film come by themselves, and what stands still comes and goes by order alone.
    theatre.wait(lambda now: now.work == "film.mkv", "the film has its turn")
    theatre.order("pause")
    paused = theatre.wait(lambda now: now.paused, "it stands still")
    theatre.order("next")
    theatre.wait(lambda now: now.work not in (None, paused.work), "another is there")
    theatre.order("previous")
    theatre.wait(lambda now: now.work == paused.work, "it is there again")
    theatre.order("resume")
    theatre.wait(lambda now: not now.paused, "it goes on")

    # Whoever stops the daemon leaves the picture, and no loud room behind.
    theatre.wait(lambda now: now.gain_db == 0, "it is loud")
    assert theatre.house.stop() == 0
    volume = theatre.told("volume")
    assert isinstance(volume, float)
    assert volume <= 100 * 10 ** (-24 / 60) + 0.1
    assert theatre.told("idle-active") is False
    theatre.house.start()
    theatre.wait(lambda now: now.power == "on", "it is open again")

    # It ends as it should: the picture goes first, the lamp last.
    theatre.order("close")
    seen = []
    theatre.wait(lambda now: seen.append((now.work, now.power)) or now.mode == "closed", "closed")
    assert seen[-1] == (None, "off")
    assert all(power == "on" for work, power in seen if work is not None)
    theatre.house.wait(lambda: theatre.told("idle-active") is True, "the player plays nothing")
    assert theatre.house.status().notices == ()


def test_a_photo_that_arrives_is_shown_and_a_query_takes_the_programmes_place(theatre: Theatre):
    theatre.wait(lambda now: now.work is not None, "a photo plays")
    theatre.house.put("new.jpg", photo(77, 640, 480))
    theatre.wait(lambda now: now.work == "new.jpg", "the new photo is shown")
    with pytest.raises(PhotoError, match="no photo is found"):
        theatre.ask(Play("zebra unicycle"))
    assert theatre.ask(Play("new")).programme == 'photos of "new"'
    theatre.wait(lambda now: now.work == "new.jpg", "it is shown again")
    assert theatre.ask(Play()).programme == "everyday"


@pytest.mark.parametrize("theatre", [PATIENT], ids=[""], indirect=True)
def test_what_is_hidden_leaves_the_screen_and_what_is_asked_for_is_there_at_once(theatre: Theatre):
    work = theatre.wait(lambda now: (now.work or "").endswith(".jpg"), "a photo plays").work
    assert work is not None
    client.ask(theatre.house.config.paths.control_socket, HidePhoto(path=work.encode()))
    theatre.wait(lambda now: now.work not in (None, work), "another is there")
    theatre.house.wait(lambda: theatre.house.status().counts.indexed == 2, "all are described")
    other = next(f"{number}.jpg" for number in range(3) if f"{number}.jpg" != work)
    theatre.ask(Play(other))
    theatre.wait(lambda now: now.work == other, "it is there")


def test_a_player_that_is_killed_comes_back_to_the_same_work_and_place(theatre: Theatre):
    theatre.wait(lambda now: now.work == "film.mkv" and now.position_s > 1, "the film plays")
    before = theatre.showing
    theatre.player.kill()
    theatre.house.wait(lambda: theatre.showing.work is None, "nothing plays")
    theatre.player.start()
    now = theatre.wait(lambda now: now.work is not None, "it plays again")
    assert now.work == before.work
    assert now.position_s >= before.position_s - 0.5
    assert theatre.house.status().running


def test_a_daemon_that_is_killed_finds_the_picture_as_it_left_it(theatre: Theatre):
    theatre.wait(lambda now: now.work is not None, "it plays")
    theatre.order("pause")
    work = theatre.showing.work
    theatre.house.stop(9)
    assert theatre.told("idle-active") is False
    theatre.house.start()
    theatre.wait(lambda now: now.work is not None, "it goes on")
    assert theatre.showing.work == work
    assert theatre.told("idle-active") is False
    theatre.wait(lambda now: now.mode in ("attract", "engaged"), "it is open")
