"""The whole house in a browser: a daemon, its page's process, a folder, and somebody who looks."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from lantern.config import load
from lantern.control import client
from lantern.control.protocol import SetCaption
from support import scenes
from support.browser import DESKTOP, NEEDS_CHROMIUM, PHONE, visiting
from support.house import House, photo
from support.ports import free_port

PATIENCE_MS = 40_000

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    house = House(tmp_path)
    house.file.write_text(f"{house.file.read_text()}[web]\nport = {free_port()}\n")
    house.config = load(house.file)
    with house.running():
        yield house


@contextlib.contextmanager
def page_of(house: House) -> Iterator[str]:
    """Run the page's process; give its address when it answers."""
    address = f"http://127.0.0.1:{house.config.web.port}"
    process = subprocess.Popen(house.command("web"))
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{address}/health").text == "ok\n":
                    break
            assert time.monotonic() < deadline, "no page"
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_what_happens_in_the_house_is_seen_by_who_looks(house: House, browser: Browser):
    expect.set_options(timeout=PATIENCE_MS)
    house.put("first.jpg", photo(1))
    house.wait_for({"first.jpg"})
    with page_of(house) as address, visiting(browser, **PHONE) as page:
        page.goto(address)
        expect(page.locator("#count")).to_contain_text("1 photo")
        house.put("second.jpg", photo(2))
        expect(page.locator("#count")).to_contain_text("2 photos")
        question = SetCaption("Our ferry to Texel", path=b"second.jpg")
        client.ask(house.config.paths.control_socket, question)
        expect(page.locator("#grid")).to_contain_text("Our ferry to Texel")

        page.click("text=Status")
        expect(page.locator("h1")).to_have_text("All is well")
        expect(page.locator("#photos")).to_contain_text("2 of 2 files")
        expect(page.locator("#machine")).to_contain_text("free of")
        house.put("broken.jpg", b"")
        house.put("torn.jpg", photo(3)[:200])
        expect(page.locator("#failed")).to_contain_text("Empty file; copy it again")
        expect(page.locator("#summary")).to_contain_text("2 files cannot be used")
        assert "broken" not in page.content()
        house.stop(signal.SIGKILL)
        expect(page.locator("h1")).to_have_text("New photos are not being described")
        expect(page.locator("#photos")).to_contain_text("2 of 4 files")
        house.start()
        expect(page.locator("h1")).to_have_text("2 files cannot be used")


def test_a_photo_with_all_that_is_known_of_it_is_found_looked_at_and_taken_along(
    house: House, browser: Browser
):
    expect.set_options(timeout=PATIENCE_MS)
    shown = {scenes.path(scene): scene for scene in scenes.SCENES[:3]}
    for path, scene in shown.items():
        house.put(path, scenes.photo(scene))
    house.wait_for(set(shown))
    with page_of(house) as address, visiting(browser, **DESKTOP) as page:
        page.goto(address)
        expect(page.locator("#count")).to_contain_text("3 photos")
        page.keyboard.type("red sa")
        expect(page.locator("#grid mark").last).to_have_text("sail")
        expect(page.locator("#grid a")).to_have_count(1)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        details = page.locator("#viewer-details")
        expect(details).to_contain_text("Monday 21 July 2025, 20:58")
        expect(details).to_contain_text("Lantern Sketchbook")
        expect(details).to_contain_text("1/250 s at f/5.6, ISO 200, 35 mm")
        expect(details).to_contain_text("47.5826° N, 9.4213° E")
        expect(details).to_contain_text("1.2 megapixels (1,350 × 900)")
        expect(page.locator("#viewer-whose")).to_have_text("A person wrote this")
        expect(page.locator("#viewer-map")).to_be_visible()
        with page.expect_download() as download:
            page.click("#original")
        assert download.value.suggested_filename == "sailing-boat.jpg"
        path = house.root / scenes.path(scenes.SCENES[1])
        assert download.value.path().read_bytes() == path.read_bytes()
        details.get_by_role("link", name="2025/lake").click()
        page.wait_for_url(f"{address}/?folder=2025%2Flake")
        expect(page.locator("#count")).to_contain_text("1 photo")
        page.goto(f"{address}/?camera=Lantern+Sketchbook&rating=5")
        expect(page.locator("#count")).to_contain_text("1 photo")
