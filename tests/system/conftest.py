"""One browser for a module of tests: starting it takes longer than most of them.

Not one for all: while it runs, its thread belongs to Playwright, and others want an event loop.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from support.album import Album, album
from support.browser import DESKTOP, chromium, served, visiting


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def photos() -> Album:
    return album(130)


@pytest.fixture
def site(photos: Album) -> Iterator[str]:
    with served(photos) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with visiting(browser, **DESKTOP) as page:
        yield page
