"""Pages kept open in a real browser: news as they come, Lantern away and back again."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator

import msgspec
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from lantern.catalog.state import State
from lantern.catalog.summary import Counts, Problem
from lantern.web.app import create_app
from lantern.web.news import News
from lantern.web.report import Collected, Daemon, Report
from lantern.web.server import listen
from support.album import Album, album, photo
from support.browser import NEEDS_CHROMIUM
from support.ports import free_port

PATIENCE_MS = 15_000
HOSTS = frozenset({"localhost"})

pytestmark = NEEDS_CHROMIUM


class Site:
    """The page of an album and of a report that may be changed; it may go away and come back."""

    def __init__(self) -> None:
        self.album: Album = album(30)
        counts = Counts(files=30, captioned=30, photos=30, indexed=30)
        self.report = Report("1.0", Collected(counts), Daemon("1.0", since=1_795_000_000.0))
        self._port = free_port()
        self._running = contextlib.ExitStack()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        listener = listen("127.0.0.1", self._port)
        news = News(self.album.status, lambda: self.report)
        app = create_app(self.album, hosts=HOSTS, live=news)
        config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()

        def stop() -> None:
            news.end()
            server.should_exit = True
            thread.join()

        self._running.callback(stop)
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start within 20 s"
            time.sleep(0.01)

    def stop(self) -> None:
        self._running.close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    site.start()
    yield site
    site.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    context.close()
    assert broken == []


def streams(page: Page) -> list[str]:
    """Return a list that grows by the address of each stream that `page` asks for."""
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/api/events" in r.url else None)
    return asked


def test_a_photo_that_arrives_while_somebody_looks_is_shown_within_two_seconds(page, site):
    page.goto(site.address)
    expect(page.locator("#count")).to_contain_text("30 photos")
    page.wait_for_timeout(300)
    site.album.photos[31] = photo(31, "a heron by the water", taken_at="2026-01-01T12:00:00")
    begun = time.monotonic()
    expect(page.locator("#count")).to_contain_text("31 photos")
    assert time.monotonic() - begun < 4  # 2 where the machine is not busy
    expect(page.locator(".caption").first).to_have_text("a heron by the water")


def test_who_is_further_down_is_not_disturbed_and_sees_it_on_the_way_back(page, site):
    page.goto(site.address)
    expect(page.locator("#count")).to_contain_text("30 photos")
    page.evaluate("scrollTo(0, 900)")
    site.album.photos[31] = photo(31, "a heron by the water", taken_at="2026-01-01T12:00:00")
    page.wait_for_timeout(2500)
    expect(page.locator("#count")).to_contain_text("30 photos")
    assert page.evaluate("scrollY") == 900
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("#count")).to_contain_text("31 photos")


def test_a_corrected_caption_is_shown_though_no_photo_came_or_went(page, site):
    page.goto(site.address)
    first = page.locator(".caption").first
    expect(first).to_contain_text("a small boat")
    newest = site.album._newest_first()[0]
    metadata = msgspec.structs.replace(newest.metadata, human_caption="Our ferry to Texel")
    site.album.photos[newest.id] = msgspec.structs.replace(newest, metadata=metadata)
    site.album.revision += 1
    expect(first).to_have_text("Our ferry to Texel")


def test_a_page_that_nobody_sees_holds_no_connection(page, site):
    asked = streams(page)
    page.goto(site.address)
    expect(page.locator("#count")).to_contain_text("30 photos")
    page.wait_for_timeout(300)
    assert len(asked) == 1
    hide = """hidden => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    page.wait_for_timeout(300)
    assert len(asked) == 1
    site.album.photos[31] = photo(31, "a heron by the water", taken_at="2026-01-01T12:00:00")
    page.evaluate(hide, False)
    expect(page.locator("#count")).to_contain_text("31 photos")
    assert len(asked) == 2


def test_the_status_page_shows_by_itself_what_has_changed(page, site):
    page.goto(f"{site.address}/status")
    expect(page.locator("h1")).to_have_text("All is well")
    expect(page.locator("#live")).to_have_text("What changes appears here by itself.")
    page.locator("#versions").evaluate("section => { section.kept = true; }")
    counts = Counts(files=40, captioned=30, discovered=9, failed=1, photos=30, indexed=30)
    problem = Problem(b"secret/name.jpg", State.FAILED, "empty file; copy it again")
    site.report = msgspec.structs.replace(site.report, collected=Collected(counts, (problem,)))
    expect(page.locator("h1")).to_have_text("Describing photos: 9 to go")
    expect(page.locator("#failed")).to_contain_text("Empty file; copy it again 1 file")
    expect(page.locator("#photos")).to_contain_text("30 of 40 files")
    order = page.locator("#sections > section").evaluate_all("all => all.map(one => one.id)")
    assert order == ["photos", "failed", "search", "versions"]
    assert page.locator("#versions").evaluate("section => section.kept") is True
    assert "secret" not in page.content()
    site.report = msgspec.structs.replace(site.report, daemon=None)
    expect(page.locator("h1")).to_have_text("New photos are not being described")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_the_script_shows_is_what_the_server_would_have_made(page, site):
    counts = Counts(files=40, captioned=30, discovered=9, failed=1, photos=30, indexed=30)
    problem = Problem(b"secret/name.jpg", State.FAILED, "empty file; copy it again")
    page.goto(f"{site.address}/status")
    expect(page.locator("#live")).to_be_visible()
    site.report = msgspec.structs.replace(site.report, collected=Collected(counts, (problem,)))
    expect(page.locator("#failed")).to_be_visible()
    said = "() => document.getElementById('sections').innerHTML.replace(/\\s+/g, ' ')"
    tidy = re.compile(r"\s*(<[^>]*>)\s*")
    live = tidy.sub(r"\1", page.evaluate(said))
    page.reload()
    made = tidy.sub(r"\1", page.evaluate(said))
    assert live.replace('value="0.75"', 'value="0.750"') == made


def test_a_status_page_says_that_lantern_is_away_and_goes_on_when_it_is_back(page, site):
    page.goto(f"{site.address}/status")
    expect(page.locator("#live")).to_have_text("What changes appears here by itself.")
    site.stop()
    expect(page.locator("#live")).to_contain_text("Lantern does not answer")
    expect(page.locator("h1")).to_have_text("All is well")
    site.report = msgspec.structs.replace(site.report, daemon=None)
    site.start()
    expect(page.locator("h1")).to_have_text("New photos are not being described")
    expect(page.locator("#live")).to_have_text("What changes appears here by itself.")


def test_when_lantern_is_away_the_page_says_so_itself_and_comes_back_by_itself(page, site):
    page.goto(site.address)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    site.stop()
    page.goto(f"{site.address}/?q=boat")
    expect(page.locator("h1")).to_have_text("Lantern cannot be reached")
    expect(page.locator("img")).to_have_js_property("complete", True)
    assert page.locator("img").evaluate("image => image.naturalWidth") > 0
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.button')).borderRadius") == "8px"
    )
    site.start()
    expect(page.locator("#count")).to_contain_text("photos")
    expect(page.locator("#q")).to_have_value("boat")


def test_the_service_worker_keeps_the_page_and_nothing_of_the_photos(page, site):
    page.goto(site.address)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate("caches.open('lantern-old').then(cache => cache.put('/x', new Response('x')))")
    page.evaluate("caches.open('another').then(cache => cache.put('/x', new Response('x')))")
    page.reload()
    expect(page.locator("#grid.live img").first).to_be_visible()
    page.goto(f"{site.address}/status")
    kept = page.evaluate(
        """async () => {
            const kept = {};
            for (const name of await caches.keys()) {
                const requests = await (await caches.open(name)).keys();
                kept[name] = requests.map((request) => new URL(request.url).pathname);
            }
            return kept;
        }"""
    )
    (shell,) = [name for name in kept if name not in ("lantern-old", "another")]
    assert "/offline" in kept[shell]
    assert all(path == "/offline" or path.startswith("/static/") for path in kept[shell])
    page.evaluate("navigator.serviceWorker.ready.then((r) => r.unregister())")
    page.goto(site.address)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function(
        "async () => JSON.stringify(await caches.keys()).indexOf('lantern-old') < 0"
    )
    assert "another" in page.evaluate("caches.keys()")


def test_a_browser_would_install_the_page(page, site):
    page.goto(site.address)
    session = page.context.new_cdp_session(page)
    told = session.send("Page.getAppManifest")
    assert told["errors"] == []
    assert told["url"] == f"{site.address}/manifest.webmanifest"
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one["errorId"] for one in found if one["errorId"] != "in-incognito"] == []
