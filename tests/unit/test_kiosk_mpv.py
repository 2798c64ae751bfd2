"""Questions to a player end, whatever is at the other end of its socket."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.errors import ProtocolError, Unavailable
from lantern.kiosk.mpv import LONGEST_LINE, Event, Lines, Mpv, NotDone, Reply, connected, line

PATIENCE_S = 0.2
TOLD = b'{"event":"idle"}\n{"data":4,"request_id":3,"error":"success"}\n\n{"some":1}\r\n'
MEANT = [Event("idle", {}), Reply(3, "success", 4)]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@given(st.lists(st.integers(0, len(TOLD))))
def test_answers_and_events_are_read_however_the_bytes_are_cut(cuts: list[int]):
    lines, at = Lines(), [0, *sorted(cuts), len(TOLD)]
    parts = [TOLD[a:b] for a, b in itertools.pairwise(at)]
    assert [message for part in parts for message in lines.feed(part)] == MEANT


@given(st.binary(max_size=300))
def test_any_bytes_are_messages_or_one_error_of_ours(data: bytes):
    with contextlib.suppress(ProtocolError):
        Lines().feed(data)


@pytest.mark.parametrize(
    "data",
    [b"HTTP/1.1 400 Bad Request\r\n", b"[1]\n", b"7\n", b"[" * 100_000 + b"\n"],
    ids=["another protocol", "a list", "a number", "nesting without end"],
)
def test_what_no_player_says_is_an_error(data: bytes):
    with pytest.raises(ProtocolError, match="player: expected"):
        Lines().feed(data)


def test_a_line_without_end_is_not_kept():
    lines = Lines()
    lines.feed(b"x" * LONGEST_LINE)
    with pytest.raises(ProtocolError, match="more than"):
        lines.feed(b"x")


def test_names_that_are_no_utf8_travel_as_they_are_both_ways():
    name = b"/films/caf\xe9.mp4"
    said = line(1, ["loadfile", name.decode("utf-8", "surrogateescape")])
    assert name in said
    (event,) = Lines().feed(b'{"event":"x","path":"' + name + b'"}\n')
    assert event == Event("x", {"path": name.decode("utf-8", "surrogateescape")})


def test_a_command_may_name_its_arguments():
    told = json.loads(line(5, {"name": "loadfile", "url": "a\nb"}))
    assert told == {"command": {"name": "loadfile", "url": "a\nb"}, "request_id": 5}
    assert line(5, {"name": "loadfile", "url": "a\nb"}).count(b"\n") == 1


class Line:
    """The peer's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.say = writer.write
        self.leave = writer.close
        self._reader = reader

    async def questions(self) -> AsyncIterator[dict[str, Any]]:
        while one := await self._reader.readline():
            yield json.loads(one)


Peer = Callable[[Line], Awaitable[None]]


@contextlib.asynccontextmanager
async def talking_to(peer: Peer, folder: Path) -> AsyncIterator[tuple[Mpv, list[Event]]]:
    """Hold a connection to `peer`, and the events that came."""
    heard: list[Event] = []
    path = folder / "peer.sock"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            await peer(Line(reader, writer))

    async with (
        await asyncio.start_unix_server(serve, path),
        connected(path, heard.append, PATIENCE_S) as player,
    ):
        yield player, heard


def reply(number: object, data: object, error: str = "success") -> bytes:
    return json.dumps({"request_id": number, "error": error, "data": data}).encode() + b"\n"


async def echo(line: Line) -> None:
    """Answer two questions in the wrong order, with what was asked."""
    waiting = []
    async for question in line.questions():
        waiting.append(reply(question["request_id"], question["command"]))
        if len(waiting) == 2:
            line.say(b'{"event":"before"}\n' + waiting.pop() + waiting.pop())


async def refuse(line: Line) -> None:
    async for question in line.questions():
        line.say(reply(question["request_id"], None, "property unavailable"))


async def stay_silent(line: Line) -> None:
    async for _ in line.questions():
        pass


async def leave_when_asked(line: Line) -> None:
    async for _ in line.questions():
        return


async def leave_at_once(line: Line) -> None:
    line.leave()


async def talk_nonsense(line: Line) -> None:
    line.say(b"SSH-2.0-OpenSSH_9.2\r\n")
    await stay_silent(line)


async def answer_what_nobody_asked(line: Line) -> None:
    async for question in line.questions():
        line.say(reply(999, "?") + reply(None, "?") + reply("7", "?") + b'{"error":4}\n')
        line.say(reply(question["request_id"], "!") * 2)


@pytest.mark.anyio
async def test_each_question_gets_its_own_answer(tmp_path):
    async with talking_to(echo, tmp_path) as (player, heard):
        assert await player.tell(["a"], ["b", 1]) == [["a"], ["b", 1]]
        assert heard == [Event("before", {})]


@pytest.mark.anyio
async def test_what_the_player_cannot_do_is_told_and_the_connection_goes_on(tmp_path):
    async with talking_to(refuse, tmp_path) as (player, _):
        for _ in range(2):
            with pytest.raises(NotDone, match="property unavailable"):
                await player.ask("get_property", "time-pos")


@pytest.mark.anyio
async def test_odd_answers_are_passed_over(tmp_path):
    async with talking_to(answer_what_nobody_asked, tmp_path) as (player, _):
        assert await player.ask("anything") == "!"
        assert await player.ask("anything") == "!"


@pytest.mark.anyio
@pytest.mark.parametrize("peer", [stay_silent, leave_when_asked])
async def test_a_player_that_hangs_or_leaves_is_unavailable_soon(tmp_path, peer: Peer):
    with anyio.fail_after(5), pytest.raises(Unavailable, match="player"):
        async with talking_to(peer, tmp_path) as (player, _):
            await player.ask("anything")


@pytest.mark.anyio
async def test_that_a_player_left_is_noticed_without_a_question(tmp_path):
    with anyio.fail_after(5), pytest.raises(Unavailable, match="gone"):
        async with talking_to(leave_at_once, tmp_path):
            await anyio.sleep_forever()


@pytest.mark.anyio
async def test_another_service_at_the_socket_is_told_from_a_player(tmp_path):
    with anyio.fail_after(5), pytest.raises(ProtocolError, match="expected a line of JSON"):
        async with talking_to(talk_nonsense, tmp_path):
            await anyio.sleep_forever()


@pytest.mark.anyio
async def test_an_absent_player_is_unavailable_and_the_sentence_names_its_socket(tmp_path):
    for name in ("absent.sock", "absent/screen.sock"):
        with pytest.raises(Unavailable, match=r"player at .*\.sock: No such file"):
            async with connected(tmp_path / name, print):
                raise AssertionError


@pytest.mark.anyio
async def test_an_error_of_the_caller_leaves_as_it_is(tmp_path):
    with pytest.raises(KeyError):
        async with talking_to(echo, tmp_path):
            raise KeyError
