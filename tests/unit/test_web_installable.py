"""What browsers ask before they offer to install the page."""

import io
import json
import re

import pytest
from PIL import Image

from lantern.web import assets
from lantern.web.app import create_app
from support.album import album
from support.visitor import Visitor


@pytest.fixture
def get():
    return Visitor(create_app(album(3), hosts=frozenset({"localhost"}))).get


def test_the_manifest_names_pages_and_icons_that_are_there(get):
    answer = get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["id"], manifest["start_url"], manifest["scope"]) == ("/", "/", "/")
    assert manifest["display"] == "standalone"
    sizes = {icon["sizes"] for icon in manifest["icons"]}
    assert {"192x192", "512x512"} <= sizes
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        picture = get(icon["src"])
        assert picture.headers["content-type"] == icon["type"] == "image/png"
        width, height = Image.open(io.BytesIO(picture.content)).size
        assert icon["sizes"] == f"{width}x{height}"


def test_icons_that_systems_cut_or_lay_on_black_have_no_holes():
    for name in ("icon-mask.png", "icon-touch.png"):
        image = Image.open(io.BytesIO(assets.files()[name])).convert("RGBA")
        assert image.getchannel("A").getextrema() == (255, 255)


def test_the_page_names_its_manifest_and_its_icons(get):
    page = get("/").text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    (touch,) = re.findall(r'rel="apple-touch-icon" href="([^"]+)"', page)
    assert get(touch).headers["content-type"] == "image/png"


def test_the_service_worker_is_of_this_version_and_keeps_files_that_are_there(get):
    answer = get("/service-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    version, files, *_ = answer.text.splitlines()
    assert version == f'const VERSION = "{assets.version()}";'
    kept = json.loads(files.removeprefix("const FILES = ").removesuffix(";"))
    assert assets.address("page.css") in kept
    for address in kept:
        assert get(address).status_code == 200
        assert address.startswith(f"/static/{assets.version()}/")


def test_the_page_for_when_lantern_is_away_needs_nothing_but_what_is_kept(get):
    page = get("/offline")
    assert "Lantern cannot be reached" in page.text
    kept = get("/service-worker.js").text
    for address in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert address in kept or address == "/"
