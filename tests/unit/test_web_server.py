"""Listening, serving and stopping, on real sockets of the loopback interface."""

import re
import socket
import threading
import time

import anyio
import httpx
import pytest
from anyio import to_thread

from lantern.errors import ConfigError, Unavailable
from lantern.web.app import create_app
from lantern.web.news import News
from lantern.web.server import listen, names, serve
from support.album import album


def test_the_page_is_served_and_ends_within_two_seconds_though_a_visitor_stays_connected():
    app = create_app(album(), hosts=frozenset({"localhost"}))
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]

    async def visit() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve, app, listener)
            answer = await to_thread.run_sync(httpx.get, f"http://127.0.0.1:{port}/health")
            assert answer.text == "ok\n"
            assert "server" not in answer.headers
            lingering = socket.create_connection(("127.0.0.1", port))
            lingering.sendall(b"GET /api/search HTTP/1.1\r\nHost: local")
            await anyio.sleep(0.1)
            tasks.cancel_scope.cancel()
        lingering.close()

    begun = time.monotonic()
    anyio.run(visit)
    assert time.monotonic() - begun < 5  # starting included, on a busy machine
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_request_whose_head_does_not_end_is_cut_off():
    app = create_app(album(), hosts=frozenset({"localhost"}))
    listener = listen("127.0.0.1", 0)

    def flood() -> bytes:
        with socket.create_connection(listener.getsockname()) as visitor:
            visitor.sendall(b"GET /?q=" + b"x" * 100_000)
            return visitor.recv(4096)

    async def visit() -> bytes:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve, app, listener)
            answer = await to_thread.run_sync(flood)
            tasks.cancel_scope.cancel()
        return answer

    assert anyio.run(visit).startswith(b"HTTP/1.1 400")


def test_a_port_that_is_taken_is_told_with_the_way_out():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=f"listens on 127.0.0.1 port {port}; stop it"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no..name"])
def test_an_address_of_another_machine_is_an_error_of_the_configuration(host):
    with pytest.raises(
        ConfigError, match=f"cannot listen on {re.escape(host)} port 0 \\(.+\\); set web.host"
    ):
        listen(host, 0)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_listening_on_every_address_takes_both_families():
    with listen("::", 0) as listener:
        socket.create_connection(("127.0.0.1", listener.getsockname()[1])).close()


def test_the_page_answers_to_localhost_to_this_machine_and_to_what_the_owner_adds():
    known = names(("photos.example",))
    own = socket.gethostname().lower().partition(".")[0]
    assert {"localhost", own, f"{own}.local", "photos.example"} <= known


def test_streams_of_events_end_with_the_server_and_as_answers_end():
    photos = album()
    live = News(photos.status)
    app = create_app(photos, hosts=frozenset({"localhost"}), live=live)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    heard = threading.Semaphore(0)

    def hear() -> None:
        with httpx.stream("GET", f"http://127.0.0.1:{port}/api/events", timeout=20) as answer:
            for text in answer.iter_text():  # raises where a stream is torn off
                if "event: status" in text:
                    heard.release()

    async def visit() -> None:
        async with anyio.create_task_group() as visitors, anyio.create_task_group() as tasks:
            tasks.start_soon(serve, app, listener)
            for _ in range(5):
                visitors.start_soon(to_thread.run_sync, hear)
            for _ in range(5):
                assert await to_thread.run_sync(heard.acquire, True, 20)
            live.end()
            tasks.cancel_scope.cancel()

    anyio.run(visit)
    assert live.status.listeners == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_answer_s_body_does_not_wait_for_its_head_to_be_acknowledged(host: str) -> None:
    with (
        listen(host, 0) as listener,
        socket.create_connection(listener.getsockname()[:2]),
        listener.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
