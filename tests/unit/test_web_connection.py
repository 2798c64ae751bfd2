"""Connections that do what no browser does, on real sockets, and who has to get past them."""

import contextlib
import json
import re
import resource
import select
import socket
import threading
import time
from collections.abc import Iterator

import anyio
import anyio.from_thread
import httpx
import pytest

from lantern.web import connection, crowd
from lantern.web.app import create_app
from lantern.web.news import News
from lantern.web.server import listen, serve
from support.album import album

HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF = b"GET /api/search?q=dog HTTP/1.1\r\nHost: local"
PATIENCE_S = 20.0


@contextlib.contextmanager
def house() -> Iterator[tuple[str, int]]:
    """Serve the page; give its address."""
    photos = album()
    live = News(photos.status)
    app = create_app(photos, hosts=frozenset({"localhost"}), live=live)
    listener = listen("127.0.0.1", 0)
    address = listener.getsockname()
    with anyio.from_thread.start_blocking_portal() as portal:
        serving = portal.start_task_soon(serve, app, listener)
        yield address
        portal.call(live.end)
        serving.cancel()


@contextlib.contextmanager
def visitor(address: tuple[str, int], *said: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(address, PATIENCE_S) as visitor:
        for words in said:
            visitor.sendall(words)
        yield visitor


def all_said(visitor: socket.socket) -> bytes:
    """Return what the server says until it ends the connection."""
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while more := visitor.recv(65536):
            heard += more
    return heard


def body(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no patience."""
    monkeypatch.setattr(connection, "HEAD_S", 0.3)
    monkeypatch.setattr(connection, "STALLED_S", 0.3)


@pytest.fixture
def many_files() -> Iterator[None]:
    """Allow this process both ends of more connections than the server has room for."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * crowd.MOST + 1000
    if before[1] != resource.RLIM_INFINITY and before[1] < wanted:
        pytest.skip(f"this machine lets nobody open {wanted} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, before[0]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("said", [HALF, b"", HEAD], ids=["half a head", "nothing", "one request"])
def test_a_newcomer_is_served_at_once_though_more_than_have_room_ask_for_nothing(
    said: bytes, many_files: None
) -> None:
    with house() as address, contextlib.ExitStack() as crowded:
        for _ in range(crowd.MOST + 100):
            crowded.enter_context(visitor(address, said))
        begun = time.monotonic()
        answer = httpx.get(f"http://127.0.0.1:{address[1]}/api/search?q=dog", timeout=PATIENCE_S)
        assert answer.status_code == 200
        took_s = time.monotonic() - begun  # milliseconds, where nothing else keeps the machine busy
        assert took_s < 0.9 * connection.HEAD_S, "it had to wait until others ran out of time"


def test_whoever_hears_of_news_stays_when_the_house_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd.Crowd.__init__, "__defaults__", (10, 10))
    events = b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with (
        house() as address,
        visitor(address, events) as listener,
        contextlib.ExitStack() as crowded,
    ):
        assert b"event: status" in heard(listener, b"event: status")
        for _ in range(30):
            crowded.enter_context(visitor(address, HALF))
        answer = httpx.get(f"http://127.0.0.1:{address[1]}/health")
        assert answer.text == "ok\n"
        assert not select.select([listener], [], [], 0.1)[0]


def heard(visitor: socket.socket, wanted: bytes) -> bytes:
    """Return what the server says until `wanted` is in it."""
    known = b""
    while wanted not in known:
        more = visitor.recv(65536)
        assert more, known
        known += more
    return known


def test_where_all_are_being_answered_a_newcomer_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowd.Crowd.__init__, "__defaults__", (2, 2))
    events = b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with house() as address, visitor(address, events) as one, visitor(address, events) as other:
        heard(one, b"event: status")
        heard(other, b"event: status")
        answer = httpx.get(f"http://127.0.0.1:{address[1]}/api/search")
        assert answer.status_code == 503
        assert answer.json()["error"].startswith("too many visitors are here")
        assert answer.headers["retry-after"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        with visitor(address, HEAD) as third:
            assert all_said(third).startswith(b"HTTP/1.1 503")


@pytest.mark.parametrize("said", [b"", HALF, b"\r\n", HEAD + HALF], ids=repr)
def test_a_head_that_does_not_come_whole_ends_the_connection(said: bytes, quick: None) -> None:
    with house() as address, visitor(address, said) as slow:
        begun = time.monotonic()
        told = all_said(slow)
        assert 0.2 < time.monotonic() - begun < PATIENCE_S / 2
        assert told.count(b"HTTP/1.1 ") == said.count(HEAD)


def test_a_head_that_trickles_in_has_no_more_time(quick: None) -> None:
    with house() as address, visitor(address) as slow:
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for number in range(100):
                slow.sendall(HALF[number : number + 1] or b"x")
                time.sleep(0.05)
        assert time.monotonic() - begun < 3


def test_a_connection_is_kept_for_longer_than_a_head_may_take(quick: None) -> None:
    with house() as address, visitor(address, HEAD) as kept:
        heard(kept, b"ok\n")
        time.sleep(0.6)
        kept.sendall(HEAD)
        heard(kept, b"ok\n")


def test_a_body_that_nobody_wants_ends_the_connection(quick: None) -> None:
    asked = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    with house() as address, visitor(address, asked) as talker:
        assert all_said(talker).startswith(b"HTTP/1.1 405")


def test_who_takes_no_answers_is_dropped_whatever_else_is_asked(quick: None) -> None:
    asked = b"GET /api/search?limit=100 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with house() as address, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(address)
        deaf.settimeout(0.05)
        deadline = time.monotonic() + PATIENCE_S
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < deadline:
                with contextlib.suppress(TimeoutError):
                    deaf.sendall(asked * 4)
                time.sleep(0.02)
        assert time.monotonic() < deadline


def test_more_requests_ahead_than_a_browser_has_end_the_connection() -> None:
    with house() as address, visitor(address, HEAD * 100) as hasty:
        assert all_said(hasty).count(b"ok\n") < 100


def test_a_few_requests_ahead_are_answered_in_their_order() -> None:
    asked = b"".join(HEAD.replace(b"/health", b"/api/photos/%d" % n) for n in range(1, 9))
    with house() as address, visitor(address, asked) as hasty:
        told = b""
        while told.count(b'"details"') < 8:
            told += hasty.recv(65536)
        assert re.findall(rb'"id":(\d+),"fing', told)[0] == b"1"
        assert [int(n) for n in re.findall(rb'\{"id":(\d+),"fing', told)] == [*range(1, 9)]


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("GET /?q=café HTTP/1.1\r\nHost: localhost\r\n\r\n", "/"),
        ("GET /café HTTP/1.1\r\nHost: localhost\r\n\r\n", "/"),
        ("nonsense\r\n\r\n", "/"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x" * 20_000 + "\r\n\r\n", "/"),
        ("GET /api/search?q=café HTTP/1.1\r\nHost: localhost\r\n\r\n", "/api/"),
        ("GET /api/search?q=" + "x" * 20_000 + " HTTP/1.1\r\n\r\n", "/api/"),
    ],
)
def test_what_cannot_be_read_is_told_as_all_errors_are(asked: str, path: str) -> None:
    with house() as address, visitor(address, asked.encode()) as stranger:
        told = all_said(stranger)
    assert told.startswith(b"HTTP/1.1 400")
    assert b"\r\nx-content-type-options: nosniff\r\n" in told
    if path == "/api/":
        refusal = json.loads(body(told))
        assert refusal["status"] == 400
        assert "percent-encoded" in refusal["error"]
    else:
        assert b"<h1>That did not work</h1>" in body(told)
        assert b"percent-encoded" in body(told)


def test_one_visitor_s_nonsense_reaches_no_answer_of_another_request() -> None:
    with house() as address, visitor(address, HEAD + b"nonsense\r\n\r\n") as stranger:
        before, ok, _ = all_said(stranger).partition(b"ok\n")
    assert b"HTTP/1.1 400" not in before
    assert ok or not before


def test_visitors_come_and_go_and_leave_nothing_behind() -> None:
    def visit() -> None:
        for _ in range(20):
            with visitor(address, HEAD) as one:
                heard(one, b"ok\n")

    with house() as address:
        threads = [threading.Thread(target=visit) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert httpx.get(f"http://127.0.0.1:{address[1]}/health").text == "ok\n"
