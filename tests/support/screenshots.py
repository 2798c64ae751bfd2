"""Take the screenshots of the README, into a folder that is named; see scripts/screenshots.

Runs the demo as anybody would, over the scenes, with its show on a display that nobody sees, and
looks at its page in Chromium.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from support import scenes
from support.browser import DESKTOP, PHONE, chromium, visiting
from support.canvas import Canvas
from support.ports import free_port
from support.screen import Display, display

PATIENCE_S = 900
PATIENCE_MS = 30_000
SHOWN_S = 4.0
"""So far into its time a photo of the show stands in full light, with its sentence."""
SHARP = {**PHONE, "device_scale_factor": 2}


@contextlib.contextmanager
def demo(folder: Path, state: Path, shown_on: Display) -> Iterator[str]:
    """Run the demo over `folder`; give its page's address when every picture is described."""
    port = free_port()
    words = ("-m", "lantern", "demo", "--show", "--port", str(port), "--state", str(state), folder)
    process = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "DISPLAY": shown_on.name},
    )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + PATIENCE_S
        while searchable(address) < len(scenes.SCENES):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the demo did not describe the scenes; run it by hand to see why")
            time.sleep(1)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def searchable(address: str) -> int:
    """Return how many pictures a search finds, 0 where nobody answers yet."""
    with contextlib.suppress(OSError):
        answer = urllib.request.urlopen(f"{address}/api/status", timeout=10)
        return int(json.load(answer)["searchable"])
    return 0


def take(browser: Browser, address: str, folder: Path) -> None:
    """Save four pictures of the page at `address` into `folder`."""
    with visiting(browser, **DESKTOP) as page:
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.goto(address)  # the first search of a process opens the index
        keep(page, folder / "search-1440x900.webp")
        look_at(page, scenes.beach)
        keep(page, folder / "photo-1440x900.webp")
    with visiting(browser, **SHARP) as page:
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.fill("#q", "sea")
        expect(page.locator("#grid mark").first).to_have_text(re.compile("sea", re.IGNORECASE))
        keep(page, folder / "search-390x844.webp")
    with visiting(browser, **SHARP, color_scheme="dark") as page:
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        look_at(page, scenes.snowy_peaks)
        keep(page, folder / "photo-390x844.webp")


def take_show(shown_on: Display, state: Path, folder: Path) -> None:
    """Save a picture of the show's window on `shown_on`, once the photo wished for is in it."""
    scene = next(scene for scene in scenes.SCENES if scene.paint is scenes.sailing_boat)
    (settings,) = state.glob("*/lantern.toml")
    show = [sys.executable, "-m", "lantern", "--config", str(settings), "show"]
    subprocess.run([*show, "play", scene.sentence], check=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        told = json.loads(subprocess.run([*show, "--json"], check=True, capture_output=True).stdout)
        if told["work"] == scenes.path(scene) and told["position_s"] > SHOWN_S:
            break
        if time.monotonic() > deadline:
            raise SystemExit(f"{scenes.path(scene)} was not shown in time; look at lantern show")
        time.sleep(0.2)
    whole = shown_on.grab()
    save(whole.crop(whole.getbbox()), folder / "show.webp")  # around the window all is black


def look_at(page: Page, paint: Callable[[Canvas], None]) -> None:
    """Open the photo of the scene that `paint` draws."""
    sentence = next(scene.sentence for scene in scenes.SCENES if scene.paint is paint)
    page.locator("#grid a", has_text=sentence).click()
    expect(page.locator("#viewer-details")).to_contain_text("Sketchbook")
    page.wait_for_function("() => document.getElementById('picture').src.includes('/image/')")


def keep(page: Page, file: Path) -> None:
    """Save what is seen when all pictures are there and nothing moves or has the focus."""
    page.evaluate("() => document.activeElement.blur()")
    page.wait_for_function(
        "() => [...document.images].filter((one) => one.src && one.checkVisibility())"
        ".every((one) => one.complete)"
    )
    page.wait_for_timeout(500)
    save(Image.open(io.BytesIO(page.screenshot())), file)


def save(picture: Image.Image, file: Path) -> None:
    """Save `picture`, and tell how large it is."""
    picture.save(file, quality=82, method=6)
    sys.stdout.write(f"{file.name}: {file.stat().st_size / 1000:.0f} kB\n")


def main(folder: Path) -> None:
    """Take all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        photos, state = Path(place) / "photos", Path(place) / "state"
        scenes.save(photos)
        with display(1920, 1080) as shown_on, demo(photos, state, shown_on) as address:
            take_show(shown_on, state, folder)
            with chromium() as browser:
                take(browser, address, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
