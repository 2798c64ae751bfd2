"""Chromium as a visitor has it: the page served over a real socket, and looked at.

Whoever looks must meet no error of a script, and the page must ask nobody but its own server.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from starlette.types import ASGIApp

from lantern.web.app import create_app
from lantern.web.library import Library
from lantern.web.news import News
from lantern.web.owner import Owner
from lantern.web.report import Report

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE_MS = 30_000
"""How long is waited for the page: a busy machine lets it wait, too."""

DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}

NEEDS_CHROMIUM = pytest.mark.skipif(
    not os.path.exists(CHROMIUM), reason=f"NO BROWSER: {CHROMIUM} is missing; apt install chromium"
)

_TOLD = re.compile(
    r"Failed to load resource: the server responded with a status of (401|403|404|503)"
)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Give a browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextlib.contextmanager
def served(
    library: Library, report: Callable[[], Report] | None = None, owner: Owner | None = None
) -> Iterator[str]:
    """Serve the page over `library`, as `create_app` tells; give its address."""
    live = News(library.status, report)
    app = create_app(library, hosts=frozenset({"localhost"}), live=live, owned=owner)
    with listening(app, live) as address:
        yield address


@contextlib.contextmanager
def listening(app: ASGIApp, live: News) -> Iterator[str]:
    """Serve `app` from a thread; give its address. At the end, `live` sends its listeners away."""
    # Browsers connect ahead of need: such a connection, made in the last moment, never ends itself.
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start within 20 s"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.servers[0].get_loop().call_soon_threadsafe(live.end)
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def visiting(browser: Browser, **options: Any) -> Iterator[Page]:
    """Give a page whose scripts must not fail and which must ask nobody but its server."""
    context: BrowserContext = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    complaints: list[str] = []
    asked: set[str] = set()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    yield page
    complaints = [text for text in complaints if not _TOLD.match(text)]
    assert not complaints, complaints
    assert len(asked) == 1, asked
    context.close()


def swipe(page: Page, start: int, end: int, y: int = 200) -> None:
    """Draw one finger from `start` to `end`, in pixels from the left."""
    session = page.context.new_cdp_session(page)
    steps = [start + (end - start) * step // 5 for step in range(6)]
    for kind, xs in (("touchStart", steps[:1]), ("touchMove", steps[1:]), ("touchEnd", [None])):
        for x in xs:
            points = [] if x is None else [{"x": x, "y": y}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
