"""What a first visit costs: everything that the browser fetches, but for the thumbnails."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from support.album import album
from support.browser import DESKTOP, NEEDS_CHROMIUM, served, visiting

MOST_BYTES = 60_000

pytestmark = NEEDS_CHROMIUM


@pytest.mark.parametrize("address", ["/", "/photo/35?at=3"])
def test_a_first_visit_loads_at_most_60_kilobytes_besides_pictures(browser, address):
    loaded = []
    with served(album(130)) as site, visiting(browser, **DESKTOP) as page:
        page.on("requestfinished", lambda request: loaded.append(request.response()))
        page.goto(site + address)
        expect(page.locator("#grid.live a").first).to_be_attached()
        page.wait_for_timeout(1000)  # the stream of events never ends: no network is idle
        weights = {
            answer.url.removeprefix(site): int(answer.headers["content-length"])
            for answer in loaded
            if not answer.url.startswith((f"{site}/thumb/", f"{site}/image/"))
        }
    assert any(name.endswith("/viewer.js") for name in weights)
    assert sum(weights.values()) <= MOST_BYTES, sorted(weights.items(), key=lambda one: -one[1])
