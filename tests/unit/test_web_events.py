"""Streams of events, over a collection in memory, at the application's own interface."""

from collections import Counter

import anyio
import anyio.lowlevel
import pytest

from lantern.errors import Unavailable
from lantern.web import events
from lantern.web.app import create_app
from lantern.web.events import EventStream, Feed
from lantern.web.library import Status
from lantern.web.news import News
from support.album import album, photo
from support.listener import Listener
from support.visitor import Visitor

HOSTS = frozenset({"localhost"})
SOON_S = 0.02


class Counted:
    """A question whose answers are set, and how often it was asked."""

    def __init__(self) -> None:
        self.answer = b"0"
        self.asked = 0

    async def __call__(self) -> bytes:
        self.asked += 1
        await anyio.lowlevel.checkpoint()
        return self.answer


def test_the_status_is_told_at_once_and_again_when_a_photo_arrived():
    photos = album(5)

    async def listen():
        app = create_app(photos, hosts=HOSTS)
        async with Listener("/api/events").listening(app) as listener:
            assert await listener.text() == b"retry: 3000\n\n"
            name, status = await listener.event()
            assert (name, status["searchable"]) == ("status", 5)
            headers = dict(listener.started["headers"])
            assert headers[b"content-type"].startswith(b"text/event-stream")
            assert headers[b"cache-control"] == b"no-store"
            assert b"content-length" not in headers
            assert b"content-security-policy" in headers
            photos.photos[6] = photo(6, "a heron by the water")
            name, status = await listener.event()
            assert (name, status["searchable"]) == ("status", 6)

    anyio.run(listen)


def test_of_many_listeners_one_asks_for_all_and_nobody_asks_when_the_last_has_left():
    question = Counted()
    feed = Feed("status", question, SOON_S)
    heard: Counter[bytes] = Counter()

    async def listen():
        known = None
        with feed.listening():
            while (known := await feed.after(known)) is not None:
                heard[known] += 1

    async def all_of_them():
        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(listen)
            await anyio.sleep(10 * SOON_S)
            assert feed.listeners == 100
            assert 1 < question.asked <= 11
            question.answer = b"1"
            await anyio.sleep(10 * SOON_S)
            tasks.cancel_scope.cancel()
        asked = question.asked
        await anyio.sleep(5 * SOON_S)
        assert question.asked == asked

    anyio.run(all_of_them)
    assert heard == {b"0": 100, b"1": 100}


def test_when_the_one_who_asks_leaves_another_goes_on():
    question = Counted()
    feed = Feed("status", question, SOON_S)

    async def listen():
        with feed.listening():
            first = anyio.CancelScope()

            async def leaving():
                with first, feed.listening():
                    await feed.after(await feed.after(None))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(leaving)
                known = await feed.after(None)
                first.cancel()
                question.answer = b"1"
                with anyio.fail_after(5):
                    assert await feed.after(known) == b"1"

    anyio.run(listen)


def test_whoever_comes_when_all_had_left_hears_of_now_and_not_of_then():
    question = Counted()
    feed = Feed("status", question, 60.0)

    async def listen():
        with feed.listening():
            assert await feed.after(None) == b"0"
        question.answer = b"1"
        with feed.listening(), anyio.fail_after(5):
            assert await feed.after(None) == b"1"

    anyio.run(listen)


def test_while_the_catalog_cannot_be_read_nothing_is_told_and_then_all_is():
    photos = album(3)
    photos.trouble = "catalog: not there yet"

    async def question() -> bytes:
        return str(photos.status().searchable).encode()

    async def listen():
        feed = Feed("status", question, SOON_S)
        with feed.listening():
            with anyio.move_on_after(5 * SOON_S) as waiting:
                await feed.after(None)
            assert waiting.cancelled_caught
            photos.trouble = ""
            with anyio.fail_after(5):
                assert await feed.after(None) == b"3"

    anyio.run(listen)


def test_a_quiet_stream_is_kept_alive_by_comments(monkeypatch):
    monkeypatch.setattr(events, "KEEP_ALIVE_S", SOON_S)
    feed = Feed("status", Counted(), SOON_S)

    async def listen():
        async with Listener("/").listening(EventStream(feed)) as listener:
            texts = [await listener.text() for _ in range(4)]
        assert texts[1] == b"event: status\ndata: 0\n\n"
        assert set(texts[2:]) == {b": still here\n\n"}

    anyio.run(listen)


def test_a_slow_listener_gets_the_newest_alone_and_one_that_takes_nothing_is_dropped(monkeypatch):
    question = Counted()
    feed = Feed("status", question, SOON_S)

    async def listen():
        async with Listener("/").listening(EventStream(feed)) as listener:
            await listener.event()
            listener.slow = anyio.Event()
            for number in range(1, 6):
                question.answer = str(number).encode()
                await anyio.sleep(3 * SOON_S)
            listener.slow.set()
            late = [await listener.event() for _ in range(2)]
            assert late == [("status", 1), ("status", 5)]
            monkeypatch.setattr(events, "PATIENCE_S", SOON_S)
            listener.slow = anyio.Event()
            question.answer = b"6"
            with anyio.fail_after(5):
                await listener.end()
            assert feed.listeners == 0

    anyio.run(listen)


def test_a_feed_that_is_over_ends_its_streams_as_answers_should_end():
    feed = Feed("status", Counted(), 60.0)

    async def listen():
        listeners = [Listener("/") for _ in range(3)]
        async with anyio.create_task_group() as tasks:
            for listener in listeners:
                tasks.start_soon(
                    EventStream(feed), listener.scope, listener._receive, listener._send
                )
            for listener in listeners:
                await listener.event()
            feed.end()
            with anyio.fail_after(5):
                for listener in listeners:
                    await listener.end()
            tasks.cancel_scope.cancel()
        late = Listener("/")
        with anyio.fail_after(5):
            async with late.listening(EventStream(feed)):
                await late.end()

    anyio.run(listen)


def test_more_listeners_than_there_may_be_are_asked_to_come_later(monkeypatch):
    monkeypatch.setattr("lantern.web.news.MOST_LISTENERS", 0)
    answer = Visitor(create_app(album(), hosts=HOSTS)).get("/api/events")
    assert answer.status_code == 503
    assert "listen already" in answer.json()["error"]
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize(("query", "status"), [("report=2", 400), ("report=1", 404)])
def test_a_report_that_is_not_there_is_refused(query, status):
    answer = Visitor(create_app(album(), hosts=HOSTS)).get(f"/api/events?{query}")
    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_head_of_a_stream_ends_at_once():
    answer = Visitor(create_app(album(), hosts=HOSTS)).request("HEAD", "/api/events")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.content == b""


def test_news_end_all_feeds_at_once():
    def status() -> Status:
        raise Unavailable("not now")

    async def listen():
        news = News(status)
        async with Listener("/api/events").listening(
            create_app(album(), hosts=HOSTS, live=news)
        ) as listener:
            await listener.text()
            news.end()
            with anyio.fail_after(5):
                await listener.end()

    anyio.run(listen)


def test_a_look_that_takes_long_is_followed_by_a_longer_pause(monkeypatch):
    monkeypatch.setattr(events, "PAUSE_FACTOR", 1000)
    question = Counted()

    async def slowly() -> bytes:
        await anyio.sleep(SOON_S)
        return await question()

    async def listen():
        feed = Feed("status", slowly, SOON_S)
        with feed.listening():
            known = await feed.after(None)
            with anyio.move_on_after(10 * SOON_S):
                await feed.after(known)

    anyio.run(listen)
    assert question.asked == 1
