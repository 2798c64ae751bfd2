"""The control socket: whatever a client says, and however it leaves, the daemon goes on."""

import contextlib
import socket
import stat
import threading

import anyio
import anyio.to_thread
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.address import short
from lantern.catalog.correction import LONGEST
from lantern.catalog.state import State
from lantern.catalog.summary import Counts, Problem
from lantern.control import client, server
from lantern.control.protocol import (
    Ask,
    Asked,
    Direct,
    Done,
    GetShow,
    GetStatus,
    Play,
    Recaption,
    Rescan,
    SetCaption,
    Showing,
    Status,
    Wrong,
    decode_question,
    decode_reply,
    encode,
)
from lantern.errors import PhotoError, ProtocolError, Unavailable

SHOWING = Showing("engaged", "a photo plays", True, work="a.jpg", faults=(("door", "silent"),))

STATUS = Status(
    version="1",
    running=True,
    root="/srv/photos",
    counts=Counts(files=2, failed=2),
    problems=(Problem(b"two\nlines\xff.jpg", State.FAILED, "empty file"),),
    notices=("disk full",),
    newest=("a.jpg", "a dog"),
    show=SHOWING,
)


async def answer(question):
    match question:
        case GetStatus():
            return STATUS
        case Rescan(True):
            raise Unavailable("catalog: cannot be read now")
        case SetCaption(sentence=""):
            raise PhotoError("nobody corrected it")
        case GetShow() | Direct("next") | Play("dogs"):
            return SHOWING
        case Direct() | Play():
            raise Unavailable("nothing plays: it is closed")
        case Recaption(photos):
            return Asked(len(photos))
        case _:
            return Done()


@contextlib.asynccontextmanager
async def daemon(path):
    async with anyio.create_task_group() as group:
        await group.start(server.serve, path, answer)
        yield
        group.cancel_scope.cancel()


def conversing(path, dialogue):
    """Run `dialogue`, blocking calls in a thread, against a server at `path`; return its result."""

    async def both():
        async with daemon(path):
            return await anyio.to_thread.run_sync(dialogue)

    return anyio.run(both)


def raw(path, data, *, read=True):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        with short(path) as address:
            connection.connect(address)
        connection.sendall(data)
        return connection.makefile("rb").readline() if read else b""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "control.sock"


def test_a_status_arrives_as_it_was_sent(path):
    assert conversing(path, lambda: client.ask(path, GetStatus())) == STATUS


def test_the_show_is_asked_for_and_directed(path):
    def dialogue():
        told = [client.ask(path, one) for one in (GetShow(), Direct("next"), Play("dogs"))]
        with pytest.raises(Unavailable, match="it is closed"):
            client.ask(path, Direct("pause"))
        return told

    assert conversing(path, dialogue) == [SHOWING] * 3


def test_an_order_that_nobody_knows_is_refused(path):
    reply = conversing(path, lambda: raw(path, b'{"type":"Direct","order":"explode"}\n'))
    assert decode_reply(reply).reason.startswith("question not understood: Invalid enum value")


def test_a_question_is_answered_on_a_path_longer_than_the_kernel_takes(tmp_path):
    folder = tmp_path / ("deep" * 20) / ("er" * 30)
    folder.mkdir(parents=True)
    path = folder / "control.sock"
    assert len(str(path)) > 107
    assert conversing(path, lambda: client.ask(path, Rescan())) == Done()


def test_what_the_daemon_cannot_answer_is_told_and_it_goes_on(path):
    def dialogue():
        with pytest.raises(Unavailable, match=r"^catalog: cannot be read now$"):
            client.ask(path, Rescan(accept_removals=True))
        with pytest.raises(PhotoError, match=r"^nobody corrected it$"):
            client.ask(path, SetCaption("", path=b"a.jpg"))
        return client.ask(path, GetStatus())

    assert conversing(path, dialogue) == STATUS


def test_the_longest_questions_are_understood(path):
    ids = tuple(range(10**18, 10**18 + 1000))
    assert conversing(path, lambda: client.ask(path, Recaption(ids))) == Asked(1000)
    longest = SetCaption("\U0001f600" * LONGEST, path=b"\xff" * 4096)
    assert conversing(path, lambda: client.ask(path, longest)) == Done()


HOSTILE = [
    b"\n",
    b"{}\n",
    b"null\n",
    b"[" * 4000 + b"\n",
    b"\xff\xfe\n",
    b'{"type": "\xff"}\n',
    b'{"type": "Frobnicate"}\n',
    b'{"type": "GetStatus", "more": 1}\n',
    b'{"type": "Rescan", "accept_removals": "yes"}\n',
    b'{"type": "HidePhoto", "photo": 9223372036854775808}\n',  # SQLite has no such number
    b'{"type": "Recaption", "photos": [5, -9223372036854775809]}\n',
    b"GET / HTTP/1.1\r\n",
    b"x" * 100_000 + b"\n",
]


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_a_question_that_is_not_understood_is_answered_so(path, line):
    def dialogue():
        with contextlib.suppress(ConnectionError):  # cut off within a very long line
            assert isinstance(decode_reply(raw(path, line)), Wrong)
        return client.ask(path, GetStatus())

    assert conversing(path, dialogue) == STATUS


def test_clients_that_leave_early_cost_nothing(path):
    def dialogue():
        for data in (b"", b'{"type": "GetSta', encode(GetStatus()) + b"\n", b"x" * 100_000):
            for _ in range(10):
                with contextlib.suppress(ConnectionError):
                    raw(path, data, read=False)
        return client.ask(path, GetStatus())

    assert conversing(path, dialogue) == STATUS


def test_a_client_that_leaves_before_a_long_answer_costs_nothing(path, monkeypatch):
    long = msgspec.structs.replace(STATUS, notices=("x" * 4_000_000,))
    monkeypatch.setattr(server, "encode", lambda _: encode(long))

    def dialogue():
        for _ in range(5):
            raw(path, encode(GetStatus()) + b"\n", read=False)
        return client.ask(path, GetStatus())

    assert conversing(path, dialogue) == long


def test_a_slow_client_is_given_up_and_keeps_nobody_waiting(path, monkeypatch):
    monkeypatch.setattr(server, "PATIENCE_S", 0.5)

    def dialogue():
        with socket.socket(socket.AF_UNIX) as slow:
            slow.settimeout(10)
            with short(path) as address:
                slow.connect(address)
            slow.sendall(b'{"type"')
            meanwhile = client.ask(path, GetStatus())
            assert slow.recv(1) == b""  # hung up on
        return meanwhile

    assert conversing(path, dialogue) == STATUS


def test_only_owner_and_group_may_ask(path):
    mode = conversing(path, lambda: path.stat().st_mode)
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o660


def test_the_socket_is_gone_when_the_server_ends(path):
    conversing(path, lambda: None)
    assert not path.exists()


def test_a_socket_left_behind_by_a_killed_daemon_is_replaced(path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert path.is_socket()
    with pytest.raises(Unavailable, match="is it running"):
        client.ask(path, GetStatus())
    assert conversing(path, lambda: client.ask(path, GetStatus())) == STATUS


def test_nobody_there_is_unavailable_with_the_next_step(tmp_path):
    for path in (tmp_path / "none.sock", tmp_path / "no" / "folder.sock"):
        with pytest.raises(Unavailable, match="lantern run"):
            client.ask(path, GetStatus())


def peer_that_says(path, reply):
    """Ask a peer that reads a line, says `reply` and hangs up."""

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def say():
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as questions:
                questions.readline()
                connection.sendall(reply)

        peer = threading.Thread(target=say)
        peer.start()
        try:
            return client.ask(path, GetStatus())
        finally:
            peer.join(10)


@pytest.mark.parametrize(
    "reply", [b"", b"\n", b"hello\n", b"{}\n", b'{"type": "Status"}\n', b"\xff"]
)
def test_an_answer_of_another_version_is_a_protocol_error(path, reply):
    with pytest.raises(ProtocolError, match="another version"):
        peer_that_says(path, reply)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_decoder_of_questions(data):
    try:
        question = decode_question(data)
    except ProtocolError:
        return
    assert isinstance(question, Ask)
