"""The whole house in a browser: a daemon, its page's process, a folder, and somebody who looks."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from lantern.config import load
from lantern.control import client
from lantern.control.protocol import SetCaption
from support.browser import NEEDS_CHROMIUM, PHONE, visiting
from support.house import House, photo

PATIENCE_MS = 40_000

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    house = House(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    house.file.write_text(f"{house.file.read_text()}[web]\nport = {port}\n")
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
        expect(page.locator("#summary")).to_contain_text("2 files could not be used.")
        assert "broken" not in page.content()
        house.stop(signal.SIGKILL)
        expect(page.locator("h1")).to_have_text("New photos are not being described")
        expect(page.locator("#photos")).to_contain_text("2 of 4 files")
        house.start()
        expect(page.locator("h1")).to_have_text("All is well")
