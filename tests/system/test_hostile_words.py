"""Hostile words in photos and their names, from the file to the page: only text, wherever shown."""

from __future__ import annotations

import html.parser
import json
import os
import re

import httpx
import pytest

import photos
from support.house import House, photo

SCRIPT = "<script>alert(1)</script>"
HOSTILE = f'"><img src=x onerror=alert(1)>{SCRIPT}{{{{7*7}}}}&lt;b&gt;'
UNSEEN = "\x1b]0;title\x07\x1b[31m\u202e\r\nset-cookie: a=b"
"""What changes a terminal, the order of letters, and a header."""

NAMES = (
    "<img src=x onerror=alert(1)>.jpg",
    "'\"><svg onload=alert(1)>.jpg",
    "javascript:alert(1).jpg",
    "%2e%2e%2fetc%2fpasswd.jpg",
    "{{7*7}}${7*7}.jpg",
    "\x1b]0;title\x07\x1b[31m.jpg",
    "a\r\nset-cookie: a=b.jpg",
    "\u202egpj.exe.jpg",
)
ATTRIBUTES = frozenset({"href", "src", "action", "formaction", "srcdoc", "data"})


class Page(html.parser.HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        if not self._in_script:
            self.texts.append(data)

    def require_inert(self) -> None:
        """Check that nothing runs but the page's own scripts, and no link leads out of it."""
        for tag, attributes in self.elements:
            assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
            for name in ATTRIBUTES & set(attributes):
                address = (attributes[name] or "").strip()
                assert re.match(r"(/(?!/)|[?#]|$)", address), (tag, name, address)
            if tag == "script":
                source = attributes.get("src") or ""
                assert source.startswith("/static/") or attributes["type"] == "application/json"
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", "".join(self.texts))
            assert tag not in {"svg:script", "iframe", "object", "embed", "base"}


def hostile_photo(number: int) -> bytes:
    return photos.annotated(
        photo(number),
        {
            "Exif.Image.Make": HOSTILE,
            "Exif.Image.Model": HOSTILE,
            "Exif.Image.ImageDescription": HOSTILE + UNSEEN,
            "Exif.Photo.LensModel": HOSTILE + UNSEEN,
        },
        [("Iptc.Application2.Keywords", HOSTILE), ("Iptc.Application2.City", HOSTILE)],
        {"Xmp.dc.subject": HOSTILE, "Xmp.dc.description": HOSTILE + UNSEEN},
    )


@pytest.fixture
def house(tmp_path) -> House:
    house = House(tmp_path)
    for number, name in enumerate(NAMES):
        folder = os.fsencode(f"{number}{HOSTILE[:20]}".replace("/", "\u2215"))
        house.put(folder + b"/" + os.fsencode(name), hostile_photo(number))
    house.put(b"<b>broken</b>.jpg", b"no photo")
    return house


def test_what_a_file_says_and_is_called_is_only_text_to_browser_program_and_terminal(house):
    with house.running():
        house.wait(lambda: len(house.searchable()) == len(NAMES), "all are searchable")
        house.wait(lambda: house.status().counts.failed == 1, "what is no photo is told")
        with house.page() as address, httpx.Client(base_url=address) as visitor:
            found = visitor.get("/api/search?all=1").json()["photos"]
            assert len(found) == len(NAMES)
            ids = [one["id"] for one in found]
            pages = ["/", "/status", "/?q=img", "/?q=alert"]
            pages += [f"/photo/{one}" for one in ids]
            for asked in pages:
                told = visitor.get(asked)
                assert told.status_code == 200
                assert "set-cookie" not in told.headers
                assert SCRIPT not in told.text
                Page(told.text).require_inert()
            assert "&lt;script&gt;alert(1)" in visitor.get(f"/photo/{ids[0]}").text, "it is shown"
            for one in ids:
                told = visitor.get(f"/api/photos/{one}")
                assert told.headers["content-type"].startswith("application/json")
                assert told.headers["x-content-type-options"] == "nosniff"
                kept = visitor.get(f"/original/{one}")
                assert kept.status_code == 200
                assert "set-cookie" not in kept.headers
                assert kept.headers["content-disposition"].startswith("attachment")
        for words in (["status"], ["search", "img"], ["search", "alert", "--json"]):
            said = house.run(*words).stdout
            assert all(line.isprintable() for line in said.splitlines()), (words, said)
        assert json.loads(house.run("search", "img", "--json").stdout)
